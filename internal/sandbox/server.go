package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBody bounds what a server reads of a request.
const maxBody = 4 << 20

// infisicalUserAgent marks the calls of the sandbox's Infisical to its GitLab.
const infisicalUserAgent = "sandbox-infisical"

// A reply is what a handler answers: body is encoded as JSON, raw is sent as it is.
type reply struct {
	status int
	header http.Header
	body   any
	raw    []byte
}

// write sends the reply; contentType is that of JSON.
func (a reply) write(w http.ResponseWriter, contentType string) {
	content := a.raw
	if a.body != nil {
		encoded, err := json.Marshal(a.body)
		if err != nil {
			panic(fmt.Sprintf("sandbox: encoding an answer: %v", err))
		}
		content = encoded
		w.Header().Set("Content-Type", contentType)
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(content) // a recording never fails
}

// A recording is an answer that was made but not sent, so that a fault can have its way with it.
type recording struct {
	header http.Header
	status int
	body   []byte
}

func (r *recording) Header() http.Header { return r.header }

func (r *recording) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recording) Write(content []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, content...)
	return len(content), nil
}

func record(write func(http.ResponseWriter)) *recording {
	r := &recording{header: http.Header{}}
	write(r)
	return r
}

// A server is what both servers share: the listener, the request log, the faults.
type server struct {
	name          string
	root          string // GitLab's relative root
	handler       http.Handler
	naturalAnswer func(status int) reply
	plain         bool          // http in any case
	answerWithin  time.Duration // 0 is as long as it takes
	latency       time.Duration // of requests from outside the sandbox

	sandbox *Sandbox
	ctx     context.Context // ends when the sandbox closes
	now     func() time.Time

	mu       sync.Mutex
	address  string
	listener net.Listener // nil while connections are refused
	http     *http.Server // nil while stopped
	drops    bool         // connections are not kept
	closed   bool
	inFlight sync.WaitGroup
}

// start listens on the address, from then on always the same, and serves.
func (s *server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil || s.closed {
		return nil
	}
	if err := requireLoopback(s.address); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(s.ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.address, err)
	}
	s.address = listener.Addr().String()
	if s.http == nil {
		s.http = s.newHTTPServer()
	}
	if ca := s.sandbox.authority; ca != nil && !s.plain {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{ca.server}, MinVersion: tls.VersionTLS12})
	}
	s.listener = listener
	running := s.http
	s.inFlight.Go(func() { _ = running.Serve(listener) })
	return nil
}

func (s *server) newHTTPServer() *http.Server {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		// An empty map keeps HTTP/2 out: a fault must be able to break one connection for one request.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	h.SetKeepAlivesEnabled(!s.drops)
	return h
}

// refuse closes the listener, so that new connections are refused. Those that are open go on.
func (s *server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
}

// stop refuses new connections and closes the open ones.
func (s *server) stop() {
	s.refuse()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close()
		s.http = nil
	}
}

// close stops for good and waits for what is still being processed.
func (s *server) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.inFlight.Wait()
}

// begin counts a request in, unless the server is closing.
func (s *server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.inFlight.Add(1)
	return true
}

func (s *server) dropKeptConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = true
	if s.http != nil {
		s.http.SetKeepAlivesEnabled(false)
	}
}

// url is the address without a trailing slash, with GitLab's relative root.
func (s *server) url() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	scheme := "http"
	if s.sandbox.authority != nil && !s.plain {
		scheme = "https"
	}
	return scheme + "://" + s.address + s.root
}

// ServeHTTP logs the request, lets the hooks and the faults have it, and answers.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.inFlight.Done()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client went away in the middle
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !s.travel(r) {
		panic(http.ErrAbortHandler)
	}
	entry := &Request{
		Server: s.name, Client: clientOf(r), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(),
		Header: r.Header.Clone(), Body: body, At: time.Now(),
	}
	s.sandbox.Log.add(entry)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)() //nolint:contextcheck // the request ends with the sandbox as well as with its client

	x := &exchange{
		ctx: ctx, request: entry, writer: w, now: s.now, natural: s.naturalAnswer,
		answered: func(status int) { s.sandbox.Log.setStatus(entry, status) },
	}
	x.process = func() *recording { return s.process(x, r) }
	struck := s.sandbox.faults.strike(entry, s.root)
	if struck == nil {
		x.send(x.process())
		return
	}
	if struck.Kind == FaultRefuse { // for the requests that follow this one
		answer := x.process()
		s.refuse()
		x.send(answer)
		return
	}
	s.sandbox.Log.setFault(entry, struck.Kind)
	struck.inflict(x)
}

// travel lets the latency pass, unless the client or the sandbox goes first.
func (s *server) travel(r *http.Request) bool {
	if s.latency == 0 || clientOf(r) != ClientProvider {
		return true
	}
	select {
	case <-time.After(s.latency):
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}

// process does what is asked. When that takes too long, the client's connection is dropped, and it is done all the same.
func (s *server) process(x *exchange, r *http.Request) *recording {
	if s.answerWithin == 0 {
		return record(func(w http.ResponseWriter) { s.handler.ServeHTTP(w, r) })
	}
	processed := make(chan *recording, 1)
	s.inFlight.Go(func() {
		processed <- record(func(w http.ResponseWriter) { s.handler.ServeHTTP(w, r) })
	})
	limit := time.NewTimer(s.answerWithin)
	defer limit.Stop()
	select {
	case answer := <-processed:
		return answer
	case <-limit.C:
		x.hangUp()
		return nil // never: hangUp does not return
	}
}

func clientOf(r *http.Request) string {
	if r.UserAgent() == infisicalUserAgent {
		return ClientInfisical
	}
	return ClientProvider
}

// An exchange is one request on its way to an answer, or to a fault.
type exchange struct {
	ctx      context.Context // ends with the client or the sandbox
	request  *Request
	writer   http.ResponseWriter
	now      func() time.Time
	natural  func(status int) reply
	process  func() *recording // does what is asked
	answered func(status int)  // tells the log
}

func (x *exchange) send(a *recording) {
	x.answered(a.status)
	x.begin(a)
	_, _ = x.writer.Write(a.body) // the client may have gone away; its request is processed all the same
}

// begin sends the status and the headers of an answer.
func (x *exchange) begin(a *recording) {
	header := x.writer.Header()
	header.Set("Date", x.now().UTC().Format(http.TimeFormat))
	maps.Copy(header, a.header)
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	x.writer.WriteHeader(a.status)
}

// hangUp closes the connection without an answer.
func (x *exchange) hangUp() {
	x.answered(0)
	panic(http.ErrAbortHandler)
}

// handOver lets answer do with the connection what it wants, and closes it.
func (x *exchange) handOver(answer func(net.Conn, *Request)) {
	x.answered(0)
	connection, _, err := http.NewResponseController(x.writer).Hijack()
	if err != nil {
		panic("sandbox: the connection cannot be had: " + err.Error())
	}
	defer func() { _ = connection.Close() }()
	defer context.AfterFunc(x.ctx, func() { _ = connection.Close() })()
	answer(connection, x.request)
}

// cut sends half of an answer that announced its whole length, and closes the connection.
func (x *exchange) cut(a *recording) {
	x.answered(a.status)
	x.begin(a)
	_, _ = x.writer.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(x.writer).Flush()
	panic(http.ErrAbortHandler)
}
