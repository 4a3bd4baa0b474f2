package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// MaxBody bounds what a server reads of a request.
const MaxBody = 4 << 20

// InfisicalUserAgent marks the calls of the sandbox's Infisical to its GitLab.
const InfisicalUserAgent = "sandbox-infisical"

// A Config says what a server is.
type Config struct {
	// Name is what requests and faults call it.
	Name string
	// Address is a loopback host:port. Port 0 is a free one, which takes its place with the first Start.
	Address string
	// Root is a relative root such as "/gitlab", part of the server's URL; "" is none.
	Root    string
	Handler http.Handler
	// NaturalAnswer is what the server, or the proxy in front of it, says with a status.
	NaturalAnswer func(status int) Reply
	// Plain is http in any case.
	Plain bool
	// AnswerWithin is after how long a client's connection is dropped; 0 is never.
	AnswerWithin time.Duration
	// Latency keeps requests from outside the sandbox waiting.
	Latency time.Duration
}

// A Server is one server of a network: a listener whose requests are logged and meet the network's faults.
type Server struct {
	Config

	network *Network

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	release  func()       // gives up the address that is kept meanwhile; nil when none is
	http     *http.Server // nil while stopped
	drops    bool         // connections are not kept
	closed   bool
	serving  sync.WaitGroup
	working  int       // requests that are being processed
	idle     sync.Cond // on mu, when working falls to 0
}

// Start listens on the address, from then on always the same, and serves.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil || s.closed {
		return nil
	}
	if err := requireLoopback(s.Address); err != nil {
		return err
	}
	if s.release != nil {
		s.release()
		s.release = nil
	}
	listener, err := new(net.ListenConfig).Listen(s.network.ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.Address, err)
	}
	s.Address = listener.Addr().String()
	if s.http == nil {
		s.http = s.newHTTPServer()
	}
	if ca := s.network.authority; ca != nil && !s.Plain {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{ca.server}, MinVersion: tls.VersionTLS12})
	}
	s.listener = listener
	running := s.http
	s.serving.Go(func() { _ = running.Serve(listener) })
	return nil
}

func (s *Server) newHTTPServer() *http.Server {
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
func (s *Server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
		if !s.closed {
			s.release = reserve(s.Address)
		}
	}
}

// Stop refuses new connections and closes the open ones.
func (s *Server) Stop() {
	s.refuse()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close()
		s.http = nil
	}
}

// close stops for good and waits for what is still being processed.
func (s *Server) close() {
	s.mu.Lock()
	s.closed = true
	if s.release != nil {
		s.release()
		s.release = nil
	}
	s.mu.Unlock()
	s.Stop()
	s.serving.Wait()
	s.waitIdle()
}

// begin counts a request in, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.working++
	return true
}

func (s *Server) count(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working += change
	s.idle.Broadcast()
}

func (s *Server) waitIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.working > 0 {
		s.idle.Wait()
	}
}

func (s *Server) dropKeptConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = true
	if s.http != nil {
		s.http.SetKeepAlivesEnabled(false)
	}
}

// URL is the address without a trailing slash, with GitLab's relative root.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	scheme := "http"
	if s.network.authority != nil && !s.Plain {
		scheme = "https"
	}
	return scheme + "://" + s.Address + s.Root
}

// ServeHTTP logs the request, lets the hooks and the faults have it, and answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.count(-1)
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody))
	if err != nil {
		return // the client went away in the middle
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !s.travel(r) {
		panic(http.ErrAbortHandler)
	}
	entry := &Request{
		Server: s.Name, Client: clientOf(r), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(),
		Header: r.Header.Clone(), Body: body, At: time.Now(),
	}
	s.network.Log.add(entry)

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.network.ctx, cancel)() //nolint:contextcheck // the request ends with the sandbox as well as with its client

	x := &exchange{
		ctx: ctx, request: entry, writer: w, now: s.network.Now, natural: s.NaturalAnswer,
		answered: func(status int) { s.network.Log.setStatus(entry, status) },
	}
	x.process = func() *Recording { return s.process(x, r) }
	struck := s.network.faults.strike(entry, s.Root)
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
	s.network.Log.setFault(entry, struck.Kind)
	struck.inflict(x)
}

// travel lets the latency pass, unless the client or the sandbox goes first.
func (s *Server) travel(r *http.Request) bool {
	if s.Latency == 0 || clientOf(r) != ClientProvider {
		return true
	}
	select {
	case <-time.After(s.Latency):
		return true
	case <-r.Context().Done():
	case <-s.network.ctx.Done():
	}
	return false
}

// process does what is asked. When that takes too long, the client's connection is dropped, and it is done all the
// same.
func (s *Server) process(x *exchange, r *http.Request) *Recording {
	if s.AnswerWithin == 0 {
		return Record(func(w http.ResponseWriter) { s.Handler.ServeHTTP(w, r) })
	}
	processed := make(chan *Recording, 1)
	s.count(1)
	go func() {
		defer s.count(-1)
		processed <- Record(func(w http.ResponseWriter) { s.Handler.ServeHTTP(w, r) })
	}()
	limit := time.NewTimer(s.AnswerWithin)
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
	if r.UserAgent() == InfisicalUserAgent {
		return ClientInfisical
	}
	return ClientProvider
}
