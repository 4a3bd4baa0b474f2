package sandbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
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

// A reply is an answer before it is sent: body is encoded as JSON, raw is sent as it is.
type reply struct {
	status int
	header http.Header
	body   any
	raw    []byte
}

func (a reply) bytes() []byte {
	if a.body == nil {
		return a.raw
	}
	encoded, err := json.Marshal(a.body)
	if err != nil {
		panic(fmt.Sprintf("sandbox: encoding an answer: %v", err))
	}
	return encoded
}

// A server is what both servers share: the listener, the request log, the faults.
type server struct {
	name          string
	root          string // GitLab's relative root
	contentType   string // of JSON answers
	naturalAnswer func(status int) reply
	process       func(r *http.Request, body []byte) reply

	sandbox *Sandbox
	ctx     context.Context // ends when the sandbox closes
	now     func() time.Time

	mu       sync.Mutex
	address  string
	http     *http.Server
	drops    bool // connections are not kept
	closed   bool
	inFlight sync.WaitGroup
}

// start listens on the address, from then on always the same, and serves.
func (s *server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil || s.closed {
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
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		// An empty map keeps HTTP/2 out: a fault must be able to break one connection for one request.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	s.http.SetKeepAlivesEnabled(!s.drops)
	if ca := s.sandbox.authority; ca != nil {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{ca.server}, MinVersion: tls.VersionTLS12})
	}
	running := s.http
	s.inFlight.Go(func() { _ = running.Serve(listener) })
	return nil
}

// stop closes the listener and all connections, so that new ones are refused.
func (s *server) stop() {
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
	if s.sandbox.authority != nil {
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
	entry := &Request{
		Server: s.name, Client: clientOf(r), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(),
		Header: r.Header.Clone(), Body: body, At: time.Now(),
	}
	s.sandbox.Log.add(entry)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	process := func() reply { return s.process(r, body) }
	send := func(a reply) {
		s.sandbox.Log.setStatus(entry, a.status)
		s.write(w, a, false)
	}
	hangUp := func(half *reply) {
		if half != nil {
			s.sandbox.Log.setStatus(entry, half.status)
			s.write(w, *half, true)
		} else {
			s.sandbox.Log.setStatus(entry, 0)
		}
		panic(http.ErrAbortHandler)
	}
	fault, struck := s.sandbox.faults.strike(entry, s.root)
	if !struck {
		send(process())
		return
	}
	s.sandbox.Log.setFault(entry, fault.Kind)
	fault.inflict(ctx, s, process, send, hangUp)
}

func clientOf(r *http.Request) string {
	if r.UserAgent() == infisicalUserAgent {
		return ClientInfisical
	}
	return ClientProvider
}

func (s *server) write(w http.ResponseWriter, a reply, half bool) {
	body := a.bytes()
	header := w.Header()
	if a.body != nil {
		header.Set("Content-Type", s.contentType)
	}
	header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	for name, values := range a.header {
		header[name] = values
	}
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if half {
		body = body[:len(body)/2]
	}
	if _, err := w.Write(body); err != nil {
		return // the client went away; its request is processed all the same
	}
	if half {
		_ = http.NewResponseController(w).Flush()
	}
}
