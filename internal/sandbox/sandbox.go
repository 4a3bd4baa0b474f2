// Package sandbox runs an Infisical and a GitLab in this process, on loopback, that answer as the real ones do
// for everything a GitLab connection needs. Tests and commands start it; nothing of the provider imports it.
//
// Infisical checks a credential by calling GitLab over HTTP, as the real server does, and nothing ever connects
// to an address that is not loopback.
package sandbox

import (
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A Sandbox is a running pair of servers, with their common request log and their faults.
type Sandbox struct {
	*server.Network

	Infisical *infisical.Server
	GitLab    *gitlab.Server
	// Cloud is what the machine runs in that logs in to Infisical by its cloud's word.
	Cloud *cloud.Server
}

type options struct {
	now       func() time.Time
	tls       bool
	latency   time.Duration
	infisical infisical.Settings
	gitLab    gitlab.Settings
}

// An Option changes how a Sandbox starts.
type Option func(*options)

// WithClock makes both servers tell the time by now: expiries, Date headers, rate limits. Default: time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithTLS makes both servers speak https, with a certificate of an authority made for this sandbox alone.
func WithTLS() Option { return func(o *options) { o.tls = true } }

// WithGitLabPath serves GitLab below a relative root such as "/gitlab".
func WithGitLabPath(path string) Option { return func(o *options) { o.gitLab.Path = path } }

// WithGitLabDotCom lets the sandbox's GitLab answer when Infisical calls https://gitlab.com, which is where it goes
// for a connection without an instance URL. Without it that host cannot be reached.
func WithGitLabDotCom() Option { return func(o *options) { o.infisical.GitLabDotCom = true } }

// WithRateLimit limits Infisical's requests per minute, as Infisical Cloud does: those that read, and those that write,
// among which logins are. Each route counts for itself. A limit of 0 is no limit.
func WithRateLimit(read, write int) Option {
	return func(o *options) { o.infisical.ReadsPerMinute, o.infisical.WritesPerMinute = read, write }
}

// WithGitLabRateLimit limits GitLab's API requests per minute and token.
func WithGitLabRateLimit(requests int) Option {
	return func(o *options) { o.gitLab.RequestsPerMinute = requests }
}

// WithRateLimitWindow makes the minute of the rate limits another while, so that waiting for them does not take as
// long.
func WithRateLimitWindow(window time.Duration) Option {
	return func(o *options) { o.infisical.RateLimitWindow, o.gitLab.RateLimitWindow = window, window }
}

// WithLatency keeps every request from outside the sandbox waiting that long, as a way to the server and back does.
func WithLatency(latency time.Duration) Option { return func(o *options) { o.latency = latency } }

// WithOlderInfisical makes Infisical one of before May 2026. It answers 403 where the newest answers 404 for another
// organization's connection, 500 where that answers 422 for a text too long for its column, and its access tokens do
// not name the organization. It does not know the sub-folders of syncs, keeps why a run failed in another form, lets
// three runs of a connection be at work instead of five, and does not repeat failed runs at midnight.
func WithOlderInfisical() Option { return func(o *options) { o.infisical.Older = true } }

// WithNewestInfisical makes Infisical one of November 2026, which is the default unless AgeVariable says otherwise.
func WithNewestInfisical() Option { return func(o *options) { o.infisical.Older = false } }

// AgeVariable names the environment variable that chooses the age of the Infisical of every sandbox whose test does not
// choose it: a key of Ages.
const AgeVariable = "SANDBOX_INFISICAL"

// Ages are the ages of Infisical that a sandbox can play.
func Ages() map[string]Option {
	return map[string]Option{"newest": WithNewestInfisical(), "older": WithOlderInfisical()}
}

// WithOlderGitLab makes GitLab one of before 18: it words the 404 of a missing project or group token otherwise, and
// does not say which project or group a token belongs to.
func WithOlderGitLab() Option { return func(o *options) { o.gitLab.Older = true } }

// WithCommunityGitLab makes GitLab a community edition, which has no webhooks of groups and no environment scopes of
// their variables.
func WithCommunityGitLab() Option { return func(o *options) { o.gitLab.Community = true } }

// WithAnswerWithin sets how long Infisical may take for an answer before it drops the client's connection, which does
// not keep it from doing what it was asked: 30 seconds, the connectionTimeout that backend/src/server/app.ts gives
// Fastify.
func WithAnswerWithin(limit time.Duration) Option {
	return func(o *options) { o.infisical.AnswerWithin = limit }
}

// WithAddresses sets the loopback host:port that each server listens on; an empty one is a free port of 127.0.0.1.
func WithAddresses(infisical, gitlab string) Option {
	return func(o *options) { o.infisical.Address, o.gitLab.Address = infisical, gitlab }
}

// Start starts both servers with their seeds. The caller closes the sandbox.
func Start(opts ...Option) (*Sandbox, error) {
	o := options{now: time.Now}
	age, known := Ages()[cmp.Or(os.Getenv(AgeVariable), "newest")]
	if !known {
		return nil, fmt.Errorf("%s is %q, and no age of Infisical", AgeVariable, os.Getenv(AgeVariable))
	}
	age(&o)
	for _, opt := range opts {
		opt(&o)
	}
	network, err := server.NewNetwork(o.now, o.tls)
	if err != nil {
		return nil, err
	}
	sb := &Sandbox{Network: network}
	if err := sb.start(o); err != nil {
		sb.Close()
		return nil, err
	}
	return sb, nil
}

func (sb *Sandbox) start(o options) (err error) {
	o.gitLab.Latency, o.infisical.Latency = o.latency, o.latency
	if sb.GitLab, err = gitlab.Start(sb.Network, o.gitLab); err != nil {
		return fmt.Errorf("starting GitLab: %w", err)
	}
	sb.Cloud = cloud.New(sb.Network)
	o.infisical.GitLabURL, o.infisical.Cloud = sb.GitLab.URL, sb.Cloud
	if sb.Infisical, err = infisical.Start(sb.Network, o.infisical); err != nil {
		return fmt.Errorf("starting Infisical: %w", err)
	}
	return nil
}
