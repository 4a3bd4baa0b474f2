// Package sandbox runs an Infisical and a GitLab in this process, on loopback, that answer as the real ones do
// for everything a GitLab connection needs. Tests and commands start it; nothing of the provider imports it.
//
// Infisical checks a credential by calling GitLab over HTTP, as the real server does, and nothing ever connects
// to an address that is not loopback.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A Sandbox is a running pair of servers, their common request log and their faults.
type Sandbox struct {
	Infisical *Infisical
	GitLab    *GitLab
	// Cloud is what the machine runs in that logs in to Infisical by its cloud's word.
	Cloud *Cloud
	// Log holds the requests both servers received, in order of arrival.
	Log *Log

	faults    *faults
	authority *authority
	cancel    context.CancelFunc
}

type options struct {
	now              func() time.Time
	tls              bool
	gitLabPath       string
	gitLabDotCom     bool
	readLimit        int
	writeLimit       int
	gitLabLimit      int
	infisicalAddress string
	gitLabAddress    string
	olderInfisical   bool
	olderGitLab      bool
	answerWithin     time.Duration
	window           time.Duration
	latency          time.Duration
}

// An Option changes how a Sandbox starts.
type Option func(*options)

// WithClock makes both servers tell the time by now: expiries, Date headers, rate limits. Default: time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithTLS makes both servers speak https, with a certificate of an authority made for this sandbox alone.
func WithTLS() Option { return func(o *options) { o.tls = true } }

// WithGitLabPath serves GitLab below a relative root such as "/gitlab".
func WithGitLabPath(path string) Option { return func(o *options) { o.gitLabPath = path } }

// WithGitLabDotCom lets the sandbox's GitLab answer when Infisical calls https://gitlab.com, which is where it goes
// for a connection without an instance URL. Without it that host cannot be reached.
func WithGitLabDotCom() Option { return func(o *options) { o.gitLabDotCom = true } }

// WithRateLimit limits Infisical's requests per minute, as Infisical Cloud does: those that read, and those that write, among which
// logins are. Each route counts for itself. A limit of 0 is no limit.
func WithRateLimit(read, write int) Option {
	return func(o *options) { o.readLimit, o.writeLimit = read, write }
}

// WithGitLabRateLimit limits GitLab's API requests per minute and token.
func WithGitLabRateLimit(requests int) Option { return func(o *options) { o.gitLabLimit = requests } }

// WithRateLimitWindow makes the minute of the rate limits another while, so that waiting for them does not take as long.
func WithRateLimitWindow(window time.Duration) Option { return func(o *options) { o.window = window } }

// WithLatency keeps every request from outside the sandbox waiting that long, as a way to the server and back does.
func WithLatency(latency time.Duration) Option { return func(o *options) { o.latency = latency } }

// WithOlderInfisical makes Infisical one of before May 2026. It answers 403 where the newest answers 404 for another organisation's
// connection, 500 where that answers 422 for a text too long for its column, and its access tokens do not name the organisation.
func WithOlderInfisical() Option { return func(o *options) { o.olderInfisical = true } }

// WithOlderGitLab makes GitLab one of before 18: it words the 404 of a missing project or group token otherwise, and does not say
// which project or group a token belongs to.
func WithOlderGitLab() Option { return func(o *options) { o.olderGitLab = true } }

// WithAnswerWithin sets how long Infisical may take for an answer before it drops the client's connection, which does not keep it from
// doing what it was asked: 30 seconds, the connectionTimeout that backend/src/server/app.ts gives Fastify.
func WithAnswerWithin(limit time.Duration) Option {
	return func(o *options) { o.answerWithin = limit }
}

// WithAddresses sets the loopback host:port that each server listens on; an empty one is a free port of 127.0.0.1.
func WithAddresses(infisical, gitlab string) Option {
	return func(o *options) { o.infisicalAddress, o.gitLabAddress = infisical, gitlab }
}

// Start starts both servers with the seeds of seed.go. The caller closes the sandbox.
//
//nolint:contextcheck // a sandbox ends by Close, not with a context of the caller's
func Start(opts ...Option) (*Sandbox, error) {
	o := options{now: time.Now, infisicalAddress: "127.0.0.1:0", gitLabAddress: "127.0.0.1:0", answerWithin: 30 * time.Second, window: time.Minute}
	for _, opt := range opts {
		opt(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	sb := &Sandbox{Log: newLog(), faults: &faults{}, cancel: cancel}
	if o.tls {
		ca, err := newAuthority()
		if err != nil {
			cancel()
			return nil, fmt.Errorf("making the certificate authority: %w", err)
		}
		sb.authority = ca
	}
	if err := sb.startServers(ctx, o); err != nil {
		sb.Close()
		return nil, err
	}
	return sb, nil
}

func (sb *Sandbox) startServers(ctx context.Context, o options) error {
	gitlab, err := newGitLab(ctx, sb, o)
	if err != nil {
		return fmt.Errorf("starting GitLab: %w", err)
	}
	sb.GitLab = gitlab
	sb.Cloud = newCloud(ctx, sb, o)
	infisical, err := newInfisical(ctx, sb, o)
	if err != nil {
		return fmt.Errorf("starting Infisical: %w", err)
	}
	sb.Infisical = infisical
	return nil
}

// Close stops both servers, ends requests that hang, and returns when none is left.
func (sb *Sandbox) Close() {
	sb.cancel()
	var wg sync.WaitGroup
	if sb.Infisical != nil {
		wg.Go(sb.Infisical.server.close)
	}
	if sb.GitLab != nil {
		wg.Go(sb.GitLab.server.close)
	}
	if sb.Cloud != nil {
		wg.Go(sb.Cloud.server.close)
	}
	wg.Wait()
}

// CACertificate is the authority of WithTLS in PEM, nil without it.
func (sb *Sandbox) CACertificate() []byte {
	if sb.authority == nil {
		return nil
	}
	return sb.authority.pem
}

// OnRequest calls f with a copy of each request of either server before it is processed. It may be called from
// many goroutines at once.
func (sb *Sandbox) OnRequest(f func(*Request)) { sb.Log.onArrival(f) }

// OnAnswer calls f with a copy of each request of either server once its status is known, before it is sent.
func (sb *Sandbox) OnAnswer(f func(*Request)) { sb.Log.onAnswer(f) }

var errNotLoopback = errors.New("not a loopback address")

// requireLoopback refuses an address whose host is not a literal loopback IP.
func requireLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q: %w", address, errNotLoopback)
	}
	return nil
}
