package infisical

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Login is how an identity proves itself to Infisical. Make one with AccessToken or UniversalAuth.
type Login struct {
	// method is the name to show, such as "universal auth".
	method string
	// token is used as it is; when it is empty, path and proof are asked for one.
	token string
	path  string
	proof func(context.Context) (proof, error)
}

// Format keeps the token out of every fmt verb.
func (l Login) Format(state fmt.State, _ rune) { _, _ = fmt.Fprintf(state, "{%s}", l.method) }

// proof is the body of a login request, and which of its values are secret.
type proof struct {
	fields  map[string]string
	secrets []string
}

// AccessToken uses an access token that was obtained elsewhere. It cannot be renewed.
func AccessToken(token string) Login { return Login{method: "an access token", token: token} }

// UniversalAuth logs in by POST /api/v1/auth/universal-auth/login.
func UniversalAuth(clientID, clientSecret string) Login {
	return Login{
		method: "universal auth",
		path:   "/api/v1/auth/universal-auth/login",
		proof: func(context.Context) (proof, error) {
			return proof{
				fields:  map[string]string{"clientId": clientID, "clientSecret": clientSecret},
				secrets: []string{clientSecret},
			}, nil
		},
	}
}

// session holds the access token that all calls share.
type session struct {
	// turn is held by whoever logs in or looks at the fields below. It is a channel so that waiting for it ends with the context.
	turn    chan struct{}
	token   string
	refused error
}

func newSession(login Login) session {
	return session{turn: make(chan struct{}, 1), token: login.token}
}

// LogIn logs in, unless that was done before, for callers that do something first which is in vain without a session.
func (c *Client) LogIn(ctx context.Context) error {
	_, err := c.accessToken(ctx, "")
	return err
}

// accessToken returns the session's token, and logs in for a new one when there is none yet or it is the stale one given.
// A token that cannot be renewed is returned even when it is stale.
func (c *Client) accessToken(ctx context.Context, stale string) (string, error) {
	select {
	case c.session.turn <- struct{}{}:
		defer func() { <-c.session.turn }()
	case <-ctx.Done():
		return "", &Error{Operation: "log in", cause: context.Cause(ctx)}
	}
	switch {
	case c.session.refused != nil:
		return "", c.session.refused
	case c.session.token != "" && (c.session.token != stale || c.config.Login.proof == nil):
		return c.session.token, nil
	}
	token, err := c.login(ctx)
	if definite(err) {
		// Failed logins count towards a lock-out, so a refused one is not repeated.
		c.session.refused = err
	}
	if err != nil {
		return "", err
	}
	c.session.token = token
	return token, nil
}

func (c *Client) login(ctx context.Context) (string, error) {
	operation := "log in to Infisical with " + c.config.Login.method
	proof, err := c.config.Login.proof(ctx)
	if err != nil {
		return "", &Error{Operation: operation, cause: err}
	}
	if c.config.OrganizationSlug != "" {
		proof.fields["organizationSlug"] = c.config.OrganizationSlug
	}
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	_, err = c.send(ctx, call{
		operation: operation,
		method:    http.MethodPost,
		path:      c.config.Login.path,
		body:      proof.fields,
		secrets:   proof.secrets,
	}, "", &session)
	if e, ok := asError(err); ok {
		// Whatever became of the login, the call that was to follow was not sent.
		e.login, e.Ambiguous = true, false
		return "", e
	}
	if session.AccessToken == "" {
		return "", &Error{Operation: operation, Status: http.StatusOK, cause: errors.New("the answer holds no access token")}
	}
	return session.AccessToken, nil
}

// definite reports that the server understood a request and refused it. 429 is no refusal.
func definite(err error) bool {
	e, ok := asError(err)
	return ok && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && !IsRateLimited(err)
}
