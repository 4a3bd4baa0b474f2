package infisical

import (
	"context"
	"sync/atomic"
	"time"
)

// session is the access token that all calls share.
type session struct {
	// turn is held while logging in or reading the fields below. It is a channel so that waiting for it ends with the
	// context.
	turn  chan struct{}
	token string
	// expires is when the token ends, and renewal when to log in again before that; zero when no end is known.
	expires, renewal time.Time
	// refused is why no other token can be obtained.
	refused error
	// unheard counts the logins since the server last took a token of ours.
	unheard atomic.Int32
}

// maxUnheard is how many tokens we request from a server that accepts none of them.
const maxUnheard = 3

func newSession(login Login) session {
	return session{turn: make(chan struct{}, 1), token: login.token}
}

// usable reports whether the token may still be accepted.
func (s *session) usable(now time.Time) bool {
	return s.token != "" && (s.expires.IsZero() || now.Before(s.expires))
}

func (s *session) due(now time.Time) bool { return !s.renewal.IsZero() && !now.Before(s.renewal) }

// begin starts a session with a token that was requested at a time. The session is due for renewal when less than a
// tenth of its lifetime is left.
func (s *session) begin(granted grant, asked time.Time) {
	s.token, s.expires, s.renewal = granted.token, time.Time{}, time.Time{}
	if granted.lifetime > 0 {
		s.expires = asked.Add(granted.lifetime)
		s.renewal = s.expires.Add(-granted.lifetime / 10)
	}
}

// failed records that another token could not be obtained. While the current one is valid, half of its remaining time
// passes before the next try.
func (s *session) failed(err error, now time.Time) {
	if final(err) {
		s.refused = err
	}
	if left := s.expires.Sub(now); left > 0 {
		s.renewal = now.Add(left / 2)
	}
}

// LogIn logs in, unless that was done before, for callers that first do something which is useless without a session.
func (c *Client) LogIn(ctx context.Context) error {
	_, err := c.accessToken(ctx, "")
	return err
}

// heard notes that a call was not refused for its token, when the server itself has answered.
func (s *session) heard(err error) {
	if e, ok := asError(err); err == nil || (ok && e.refused()) {
		s.unheard.Store(0)
	}
}

// accessToken returns the session's token. It logs in for another when there is none yet, when it is the stale one
// given, and when it is about to end. A token that cannot be renewed is returned even when it is stale, and so is the
// last one from a server that accepts none.
func (c *Client) accessToken(ctx context.Context, stale string) (string, error) {
	select {
	case c.session.turn <- struct{}{}:
		defer func() { <-c.session.turn }()
	case <-ctx.Done():
		return "", &Error{Operation: "log in", login: true, cause: context.Cause(ctx)}
	}
	stuck := stale != "" && c.session.token == stale && c.session.unheard.Load() >= maxUnheard
	if c.config.Login.proof == nil || stuck {
		return c.session.token, nil
	}
	if c.session.token == stale {
		c.session.token = ""
	}
	now := c.config.Now()
	usable := c.session.usable(now)
	if usable && !c.session.due(now) {
		return c.session.token, nil
	}
	if err := c.renew(ctx, now); err != nil && !usable {
		return "", err
	}
	return c.session.token, nil
}

// renew logs in, unless that was refused before: failed logins count towards a lock-out.
func (c *Client) renew(ctx context.Context, now time.Time) error {
	if c.session.refused != nil {
		return c.session.refused
	}
	granted, err := c.login(ctx)
	if err != nil {
		c.session.failed(err, now)
		return err
	}
	c.session.unheard.Add(1)
	c.session.begin(granted, now)
	return nil
}

// final reports that logging in again would have the same result: the server understood the login and refused it, or
// there is nothing to log in with. 429 is no refusal.
func final(err error) bool {
	e, ok := asError(err)
	return ok && (e.unproven || e.refused())
}
