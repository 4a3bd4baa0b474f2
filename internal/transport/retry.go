package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// maxRetryAfter caps what a server may ask for; the window of Infisical Cloud's and of GitLab's rate limits is a
	// minute.
	maxRetryAfter = 65 * time.Second
)

// Policy is what the sender of a request knows about it.
type Policy struct {
	// Timeout is the least time this request may take; the client's own applies when it is longer.
	Timeout time.Duration
	// Once forbids to repeat the request unless it surely was not processed, whatever its method.
	Once bool
	// MaxResponse is how many bytes of a response are read, up to LargeResponse; 0 is what suffices for all but
	// complete lists.
	MaxResponse int64
	// MaxWait is the longest pause that a repetition is worth, for answers that one can do without; 0 is any.
	MaxWait time.Duration
	// Attempts is the most times that the request is sent, the first included; 0 is as often as the client repeats.
	Attempts int
	// Doubt, unless nil, is set when an attempt that may have been processed is repeated: whatever the last attempt
	// returns, the request may have taken effect.
	Doubt *bool
	// Counted names the requests that the server's rate limit counts together; empty stands for those with the same
	// bearer token.
	Counted string
}

type policyKey struct{}

// WithPolicy returns a context under which requests are sent as policy says.
func WithPolicy(ctx context.Context, policy Policy) context.Context {
	return context.WithValue(ctx, policyKey{}, policy)
}

func policyOf(ctx context.Context) Policy {
	policy, _ := ctx.Value(policyKey{}).(Policy)
	return policy
}

// retryTransport repeats requests that may be repeated, by the rules of shouldRepeat, at the pace that servers allow.
type retryTransport struct {
	next       http.RoundTripper
	maxRetries int
	backoff    func(attempt int, resp *http.Response) time.Duration
	paces      paces
}

func newRetryTransport(next http.RoundTripper, config Config) *retryTransport {
	backoff := config.Backoff
	if backoff == nil {
		backoff = defaultBackoff(rand.Float64)
	}
	clock := clock{now: config.Now, wait: config.Wait}
	if clock.now == nil {
		clock.now = time.Now
	}
	if clock.wait == nil {
		clock.wait = wait
	}
	return &retryTransport{next: next, maxRetries: config.MaxRetries, backoff: backoff, paces: paces{clock: clock, kept: map[string]*pace{}}}
}

// RoundTrip implements http.RoundTripper.
func (t *retryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, pace := req.Context(), t.paces.of(req)
	policy, doubt := policyOf(ctx), false
	for attempt := 1; ; attempt++ {
		round, err := pace.enter(ctx, policy.MaxWait)
		if err != nil {
			return nil, givenUp(req, err, doubt)
		}
		resp, err := t.next.RoundTrip(req)
		pace.leave(round, resp)
		wait, repeat := t.repeats(req, attempt, resp, err)
		if limited(resp) {
			pace.refused(wait)
			wait = 0 // The pace waits, for all who are limited.
		}
		if !repeat {
			return resp, err
		}
		doubt = doubt || mayBeProcessed(resp, err)
		if policy.Doubt != nil {
			*policy.Doubt = doubt
		}
		if req, err = again(req, resp); err != nil {
			return nil, err
		}
		if err := t.pause(ctx, wait); err != nil {
			return nil, givenUp(req, err, doubt)
		}
	}
}

func (t *retryTransport) pause(ctx context.Context, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return t.paces.clock.wait(ctx, wait)
}

// repeats says whether a request is sent again after its attempt'th answer, one of resp and err being nil, and after
// what pause; the pause is that of others, too, when the answer is 429.
func (t *retryTransport) repeats(req *http.Request, attempt int, resp *http.Response, err error) (wait time.Duration, repeat bool) {
	policy := policyOf(req.Context())
	repeat = attempt <= t.maxRetries && attempt != policy.Attempts && req.Context().Err() == nil &&
		(req.Body == nil || req.GetBody != nil) && shouldRepeat(req.Method, policy.Once, resp, err)
	if repeat || limited(resp) {
		wait = t.backoff(attempt, resp)
	}
	return wait, repeat && (policy.MaxWait == 0 || wait <= policy.MaxWait)
}

func limited(resp *http.Response) bool {
	return resp != nil && resp.StatusCode == http.StatusTooManyRequests
}

// again returns a request like one that was sent, and lets the connection of its answer be used again.
func again(req *http.Request, resp *http.Response) (*http.Request, error) {
	if resp != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10))
		_ = resp.Body.Close()
	}
	req = req.Clone(req.Context())
	if req.GetBody == nil {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("sending the body again: %w", err)
	}
	req.Body = body
	return req, nil
}

// givenUp is the end of a context before an attempt. Where none before it may have been processed, nothing was sent.
func givenUp(req *http.Request, err error, doubt bool) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	if doubt {
		return err
	}
	return &notSentError{err}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// shouldRepeat decides whether a request is sent again after resp or err, of which one is nil.
//
// 429 and a request that was never sent were not processed, so everything may be repeated. Anything else that may pass
// on its own is repeated only when doing it twice is the same as doing it once. A timeout is not repeated: the user set
// how long to wait.
func shouldRepeat(method string, once bool, resp *http.Response, err error) bool {
	idempotent := method != http.MethodPost && !once
	if err == nil {
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			return true
		case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return idempotent
		}
		return false
	}
	return !lasting(err) && (idempotent || NotSent(err))
}

// mayBeProcessed judges an attempt that failed; one of resp and err is nil.
func mayBeProcessed(resp *http.Response, err error) bool {
	if err != nil {
		return !NotSent(err)
	}
	return resp.StatusCode >= http.StatusInternalServerError
}

// lasting reports faults that would be the same next time.
func lasting(err error) bool {
	var (
		redirect    *RedirectError
		timeout     *TimeoutError
		insecure    *InsecureError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		proxy       *ProxyError
		alert       *net.OpError
		dns         *net.DNSError
	)
	return errors.As(err, &redirect) || errors.As(err, &timeout) || errors.As(err, &insecure) ||
		errors.As(err, &certificate) || errors.As(err, &record) ||
		(errors.As(err, &proxy) && proxy.lasting()) ||
		// This is how crypto/tls reports an alert: the server does not accept our certificate, or requires one.
		(errors.As(err, &alert) && alert.Op == "remote error") ||
		(errors.As(err, &dns) && dns.IsNotFound)
}

// defaultBackoff waits as long as the server asks for, else twice as long each time, less up to half by chance so that
// ten resources do not come back together. random yields numbers in [0,1).
func defaultBackoff(random func() float64) func(int, *http.Response) time.Duration {
	return func(attempt int, resp *http.Response) time.Duration {
		if asked, ok := retryAfter(resp); ok {
			return asked
		}
		if resp != nil && resp.StatusCode == http.StatusTooManyRequests {
			now := time.Now()
			if quota, ok := quotaOf(resp, now); ok && quota.until.After(now) {
				return quota.until.Sub(now)
			}
		}
		wait := min(firstBackoff<<min(attempt-1, 10), maxBackoff) // More doublings would not fit.
		return wait - time.Duration(random()*float64(wait)/2)
	}
}

// retryAfter reads the header in both its forms, https://www.rfc-editor.org/rfc/rfc9110#field.retry-after. A date is
// taken relative to the server's own clock.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		// In this order, because that many seconds may not fit a Duration.
		return time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second, true
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return max(0, min(until.Sub(now), maxRetryAfter)), true
}
