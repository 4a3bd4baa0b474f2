package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// A backend keeps a state as Terraform's `http` backend asks for it:
// https://developer.hashicorp.com/terraform/language/backend/http.
type backend struct {
	server  *http.Server
	address string

	mu    sync.Mutex
	state []byte
}

func newBackend(ctx context.Context) (*backend, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the backend: %w", err)
	}
	b := &backend{address: "http://" + listener.Addr().String()}
	b.server = &http.Server{Handler: b} //nolint:gosec // The CLI is the only client.
	go func() { _ = b.server.Serve(listener) }()
	return b, nil
}

// ServeHTTP gives and takes the state.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Method == http.MethodPost:
		b.state, _ = io.ReadAll(r.Body)
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case b.state == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write(b.state)
	}
}

func (b *backend) close() { _ = b.server.Close() }
