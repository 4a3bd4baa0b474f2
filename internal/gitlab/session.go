package gitlab

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	gogitlab "github.com/xanzy/go-gitlab"
)

// A Session is one GitLab, and a token to ask it with. No fmt verb, encoder or logger prints the token.
type Session struct {
	client *Client
	// instance is the address as it was given, root its one spelling, and fault why it has none.
	instance, root string
	fault          error
	token          func() string
	known          Known
}

// At returns a session that asks the GitLab at an address with a token. It sends nothing yet. An address that is not
// one of a GitLab is an error of every request. A session of no client tells its address, and cannot ask.
func (c *Client) At(instance, token string) *Session {
	root, fault := NormalizeInstanceURL(instance)
	return &Session{client: c, instance: instance, root: root, fault: fault, token: func() string { return strings.TrimSpace(token) }} // As Infisical does.
}

// Knowing is a session that remembers something of its token.
func (s *Session) Knowing(known Known) *Session {
	knowing := *s
	knowing.known = known
	return &knowing
}

// Instance is the address of the GitLab, as it was given.
func (s *Session) Instance() string { return s.instance }

// IsAt reports whether an address is that of the session's GitLab.
func (s *Session) IsAt(instance string) bool { return SameInstance(s.instance, instance) }

// Format implements fmt.Formatter.
func (s *Session) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session at %s", s.instance) }

// request is one API request. Its method is GET unless it has another one.
type request struct {
	// operation names it in errors, as in "describing the token".
	operation, method, path string
	// options go into the query or the body, and the JSON answer is decoded into out, which may be nil.
	options, out any
}

// call makes a request. Errors are always of type *Error.
func (s *Session) call(ctx context.Context, req request) (*gogitlab.Response, error) {
	api, err := s.api()
	if err != nil {
		return nil, &Error{Operation: req.operation, Reason: ReasonNotSent, Cause: err}
	}
	sent, err := api.NewRequest(cmp.Or(req.method, http.MethodGet), req.path, req.options, []gogitlab.RequestOptionFunc{gogitlab.WithContext(ctx)})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, &Error{Operation: req.operation, Reason: ReasonNotSent, Cause: err}
	}
	response, err := api.Do(sent, req.out)
	if failure := s.client.failureOf(response, err); failure != nil {
		failure.Operation = req.operation
		return nil, failure
	}
	return response, nil
}

// api returns go-gitlab's client. As an OAuth client it sends "Authorization: Bearer", which GitLab takes for every
// kind of token; PRIVATE-TOKEN does not carry OAuth tokens.
func (s *Session) api() (*gogitlab.Client, error) {
	root, err := apiRoot(s.instance)
	if err != nil {
		return nil, err
	}
	api, err := gogitlab.NewOAuthClient(s.token(),
		gogitlab.WithBaseURL(root),
		gogitlab.WithHTTPClient(s.client.http),
		gogitlab.WithoutRetries(),
		gogitlab.WithCustomLimiter(unlimited{}),
	)
	if err != nil {
		return nil, err
	}
	api.UserAgent = "" // The transport names us.
	return api, nil
}

// described is what the client remembers of the session's token. It identifies a token by its hash, so that the token
// itself is not kept.
func (s *Session) described() *described {
	key := sha256.Sum256([]byte(s.root + "\x00" + s.token()))
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if s.client.described[key] == nil {
		s.client.described[key] = &described{}
	}
	return s.client.described[key]
}
