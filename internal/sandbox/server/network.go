// Package server is what the servers of a sandbox have in common: they listen on loopback, log the requests that they
// receive, meet the faults that a test arms, speak TLS, limit rates, and tell the time by one clock.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// A Network is what the servers of a sandbox share.
type Network struct {
	// Log holds the requests that all servers received, in order of arrival.
	Log *Log
	// Now is the time by which the servers go.
	Now func() time.Time

	faults    *faults
	authority *authority
	ctx       context.Context // ends when the network closes
	cancel    context.CancelFunc

	mu      sync.Mutex
	servers []*Server
}

// NewNetwork makes a network without servers; secure gives it a certificate authority of its own, for https. The caller
// closes it.
func NewNetwork(now func() time.Time, secure bool) (*Network, error) {
	ctx, cancel := context.WithCancel(context.Background())
	n := &Network{Log: newLog(), Now: now, faults: &faults{}, ctx: ctx, cancel: cancel}
	if !secure {
		return n, nil
	}
	ca, err := newAuthority()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("making the certificate authority: %w", err)
	}
	n.authority = ca
	return n, nil
}

// Add makes a server, which does not listen before its Start.
func (n *Network) Add(config Config) *Server {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &Server{Config: config, network: n}
	s.idle.L = &s.mu
	n.servers = append(n.servers, s)
	return s
}

func (n *Network) all() []*Server {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.servers[:len(n.servers):len(n.servers)]
}

func (n *Network) named(name string) *Server {
	for _, s := range n.all() {
		if s.Name == name {
			return s
		}
	}
	panic(fmt.Sprintf("sandbox: no server is named %q", name))
}

// Close stops the servers, ends requests that hang, and returns when none is left.
func (n *Network) Close() {
	n.cancel()
	var wg sync.WaitGroup
	for _, s := range n.all() {
		wg.Go(s.close)
	}
	wg.Wait()
}

// WaitIdle returns when no request is being processed. A server goes on with one whose client has died; who looks at
// what came of it waits.
func (n *Network) WaitIdle() {
	for _, s := range n.all() {
		s.waitIdle()
	}
}

// Context ends when the network closes.
func (n *Network) Context() context.Context { return n.ctx }

// CACertificate is the authority in PEM, nil when the servers speak http.
func (n *Network) CACertificate() []byte {
	if n.authority == nil {
		return nil
	}
	return n.authority.pem
}

// OnRequest calls f with a copy of each request of any server before it is processed. It may be called from many
// goroutines at once.
func (n *Network) OnRequest(f func(*Request)) { n.Log.onArrival(f) }

// OnAnswer calls f with a copy of each request of any server once its status is known, before it is sent.
func (n *Network) OnAnswer(f func(*Request)) { n.Log.onAnswer(f) }

// Fail arms a fault and returns the function that lifts it. Of several that match, the one armed first strikes.
func (n *Network) Fail(f Fault) (lift func()) {
	for _, s := range n.all() {
		// net/http repeats a GET by itself when a kept connection breaks, and would meet the fault twice.
		s.dropKeptConnections()
	}
	disarm := n.faults.arm(f)
	if f.Kind != FaultRefuse {
		return disarm
	}
	refusing := n.named(f.Server)
	if f.Skip == 0 {
		refusing.refuse()
	}
	return func() {
		disarm()
		if err := refusing.Start(); err != nil {
			panic("sandbox: lifting a fault: " + err.Error())
		}
	}
}

// Transport is for a server of the network that calls another one. It trusts the authority and connects to loopback
// addresses only.
func (n *Network) Transport() *http.Transport {
	transport := &http.Transport{
		// Kept connections would blur what a fault strikes.
		DisableKeepAlives: true,
		DialContext: (&net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
			return requireLoopback(address)
		}}).DialContext,
	}
	if n.authority != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: n.authority.pool, MinVersion: tls.VersionTLS12}
	}
	return transport
}

// ErrNotLoopback is of an address that a sandbox does not connect to or listen on.
var ErrNotLoopback = errors.New("not a loopback address")

// requireLoopback refuses an address whose host is not a literal loopback IP.
func requireLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q: %w", address, ErrNotLoopback)
	}
	return nil
}
