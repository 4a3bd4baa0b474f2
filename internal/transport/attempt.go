package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// RedirectError is a 3xx answer. It is never followed: that would carry the token to another host.
type RedirectError struct {
	Status int
	// Location is where the redirect leads, without query and user info; empty when it leads nowhere.
	Location Words
	// Path is that of the location, as the server has it.
	Path string
}

func (e *RedirectError) Error() string {
	if e.Location == "" {
		return fmt.Sprintf("the server answered with a redirect (%d), which is not followed", e.Status)
	}
	return fmt.Sprintf("the server redirects to %s (%d), which is not followed because it would carry credentials there", e.Location, e.Status)
}

// SizeError is a response larger than any genuine one.
type SizeError struct{ Limit int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the response is larger than %d MiB", e.Limit>>20)
}

// TimeoutError is an attempt that took longer than allowed.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("no complete answer within %s", e.After) }

// InsecureError is a plain http request to another machine that was not sent.
type InsecureError struct{ Host string }

func (e *InsecureError) Error() string {
	return fmt.Sprintf("plain http to %s is refused because it exposes credentials to the network; use https or set allow_http", e.Host)
}

// shownError wraps an error that may quote what the other side sent: a status line, a header, a certificate. Its own
// text is Words. Use the wrapped error for its type only, never for its text.
type shownError struct {
	text Words
	err  error
}

// Shown wraps an error that may quote the other side, and gives it a text of Words.
func (s *Secrets) Shown(err error) error {
	return &shownError{text: s.Words(err.Error(), MessageLimit), err: err}
}

func (e *shownError) Error() string { return string(e.text) }
func (e *shownError) Unwrap() error { return e.err }

// Reason is the failure of a request without the method and address that each http.Client on the way puts in front.
func Reason(err error) error {
	for {
		addressed, ok := err.(*url.Error) //nolint:errorlint // Only in front: one further in is a part of what is shown.
		if !ok {
			return err
		}
		err = addressed.Err
	}
}

// notSentError marks a failure before the first byte of the request was written.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// NotSent reports whether a request failed before any of it was written, so that the server surely did not process it.
func NotSent(err error) bool {
	var notSent *notSentError
	return errors.As(err, &notSent)
}

// attemptTransport sends a request once.
type attemptTransport struct {
	next      http.RoundTripper
	userAgent string
	timeout   time.Duration
	allowHTTP bool
	secrets   *Secrets
	metadata  bool
}

// RoundTrip implements http.RoundTripper.
func (t *attemptTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	allowed := t.allowHTTP || (t.metadata && isMetadataService(req.URL.Hostname()))
	if err := CheckSecure(req.URL); err != nil && !allowed {
		return nil, &notSentError{err}
	}
	policy := policyOf(req.Context())
	timeout := max(t.timeout, policy.Timeout)
	ctx, cancel := context.WithTimeoutCause(req.Context(), timeout, &TimeoutError{After: timeout})
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})

	req = req.Clone(ctx)
	req.Header.Set("User-Agent", t.userAgent)
	t.secrets.Remember(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	if err == nil && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		_ = resp.Body.Close()
		err = t.redirected(resp)
	}
	if err != nil {
		err = t.shown(timeoutOr(ctx, err))
	}
	t.logAttempt(ctx, req, resp, err, time.Since(began))
	if err != nil {
		cancel()
		if !sent.Load() {
			err = &notSentError{err}
		}
		return nil, err
	}
	limit := int64(defaultResponse)
	if resp.StatusCode < http.StatusBadRequest {
		limit = cmp.Or(policy.MaxResponse, limit)
	}
	resp.Body = &body{ctx: ctx, cancel: cancel, source: resp.Body, left: limit, limit: limit, shown: t.shown}
	return resp, nil
}

// shown makes the text of an error fit to be shown.
func (t *attemptTransport) shown(err error) error {
	switch err.(type) { //nolint:errorlint // What they wrap is shown by them.
	case *RedirectError, *TimeoutError:
		return err
	}
	return t.secrets.Shown(err)
}

// logAttempt names what was asked and how it went. Headers, queries and bodies hold credentials and stay out.
func (t *attemptTransport) logAttempt(ctx context.Context, req *http.Request, resp *http.Response, err error, took time.Duration) {
	fields := map[string]any{
		// A part of the path may be what a server has said, such as an id.
		"method": req.Method, "host": req.URL.Host, "path": string(t.secrets.Words(req.URL.Path, NameLimit)), "took_ms": took.Milliseconds(),
	}
	if resp != nil {
		fields["status"] = resp.StatusCode
	}
	if err != nil {
		fields["error"] = err.Error()
	}
	tflog.Debug(ctx, "HTTP request", fields)
}

// timeoutOr returns our own timeout error, which says how long the request waited, instead of the error that the
// timeout caused.
func timeoutOr(ctx context.Context, err error) error {
	var timeout *TimeoutError
	if errors.As(context.Cause(ctx), &timeout) {
		return timeout
	}
	return err
}

func (t *attemptTransport) redirected(resp *http.Response) *RedirectError {
	led := &RedirectError{Status: resp.StatusCode}
	if to, err := url.Parse(resp.Header.Get("Location")); err == nil {
		led.Location = t.secrets.Words((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String(), NameLimit)
		led.Path = to.Path
	}
	return led
}

// body ends the attempt's context when it is closed, and limits how much can be read from it.
type body struct {
	ctx    context.Context //nolint:containedctx // It is the attempt that this body is the rest of.
	cancel context.CancelFunc
	source io.ReadCloser
	left   int64
	limit  int64
	shown  func(error) error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.source.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, &SizeError{Limit: b.limit}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.shown(timeoutOr(b.ctx, err))
	}
	return n, err
}

func (b *body) Close() error {
	err := b.source.Close()
	b.cancel()
	return err
}
