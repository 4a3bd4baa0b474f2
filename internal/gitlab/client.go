// Package gitlab describes, mints, lists and revokes GitLab access tokens, and knows the addresses of GitLab's pages.
//
// It is the only package that imports go-gitlab, which gives it authentication, addressing, encoding and pagination.
// Requests are made through its NewRequest and Do rather than its typed services: those lack the search, description
// and resource_id of tokens, and fail on fields that this package does not read.
package gitlab

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	gogitlab "github.com/xanzy/go-gitlab"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Config is what a Client needs.
type Config struct {
	// HTTP sends the requests and names the User-Agent. It decides about timeouts,
	// retries, redirects, certificates and proxies; nothing here repeats a
	// request. It knows the secrets that no error may repeat. Required.
	HTTP *transport.Client
	// Wait pauses for a while, or returns the context's error when that ends
	// first. FindMinted needs it.
	Wait func(context.Context, time.Duration) error
	// CredentialsTimeout is the least time that Mint waits for its answer; 0 is
	// transport.CredentialsTimeout.
	CredentialsTimeout time.Duration
}

// Client asks GitLab instances about tokens. It remembers the descriptions of
// tokens for as long as it lives, and is safe for concurrent use.
type Client struct {
	http               *http.Client
	secrets            *transport.Secrets
	wait               func(context.Context, time.Duration) error
	credentialsTimeout time.Duration

	mu        sync.Mutex
	described map[[sha256.Size]byte]*described
}

// New returns a client.
func New(config Config) *Client {
	own := *config.HTTP.Client
	own.Transport = errorBodyKeeper{own.Transport}
	return &Client{
		http:               &own,
		secrets:            config.HTTP.Secrets,
		wait:               config.Wait,
		credentialsTimeout: cmp.Or(config.CredentialsTimeout, transport.CredentialsTimeout),
		described:          map[[sha256.Size]byte]*described{},
	}
}

// request is one API request. Its method is GET unless it has another one.
type request struct {
	// operation names it in errors, as in "describing the token".
	operation, instance, token, method, path string
	// options go into the query or the body, and the JSON answer is decoded into out, which may be nil.
	options, out any
}

// call makes a request. Errors are always of type *Error.
func (c *Client) call(ctx context.Context, req request) (*gogitlab.Response, error) {
	client, err := c.forInstance(req.instance, strings.TrimSpace(req.token)) // As Infisical does.
	if err != nil {
		return nil, &Error{Operation: req.operation, Reason: ReasonNotSent, Cause: err}
	}
	sent, err := client.NewRequest(cmp.Or(req.method, http.MethodGet), req.path, req.options, []gogitlab.RequestOptionFunc{gogitlab.WithContext(ctx)})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, &Error{Operation: req.operation, Reason: ReasonNotSent, Cause: err}
	}
	response, err := client.Do(sent, req.out)
	if failure := c.failureOf(response, err); failure != nil {
		failure.Operation = req.operation
		return nil, failure
	}
	return response, nil
}

// messageLimit is how many characters of GitLab's explanations are shown.
const messageLimit = 300

// forInstance returns go-gitlab's client. As an OAuth client it sends
// "Authorization: Bearer", which GitLab takes for every kind of token;
// PRIVATE-TOKEN does not carry OAuth tokens.
func (c *Client) forInstance(instance, token string) (*gogitlab.Client, error) {
	root, err := apiRoot(instance)
	if err != nil {
		return nil, err
	}
	client, err := gogitlab.NewOAuthClient(token,
		gogitlab.WithBaseURL(root),
		gogitlab.WithHTTPClient(c.http),
		gogitlab.WithoutRetries(),
		gogitlab.WithCustomLimiter(unlimited{}),
	)
	if err != nil {
		return nil, err
	}
	client.UserAgent = "" // The transport names us.
	return client, nil
}

// unlimited replaces go-gitlab's limiter, which would take the first answer's
// RateLimit-Limit for a pace to keep.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// errorBodyKeeper keeps the bodies of failures: go-gitlab drops that of a 404, which tells a missing token from a
// missing project, and turns the others into texts that are not used, at a cost that the server decides.
type errorBodyKeeper struct{ next http.RoundTripper }

const errorBodyLimit = 64 << 10

func (k errorBodyKeeper) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := k.next.RoundTrip(request)
	if err != nil || response.StatusCode < 300 {
		return response, err
	}
	defer response.Body.Close()
	// Part of a truncated body is as useful as all of it.
	raw, _ := io.ReadAll(io.LimitReader(response.Body, errorBodyLimit))
	response.Body = keptBody{ReadCloser: http.NoBody, raw: raw}
	return response, nil
}

// keptBody is empty for go-gitlab.
type keptBody struct {
	io.ReadCloser
	raw []byte
}

// apiRoot returns the address under which go-gitlab finds /api/v4.
func apiRoot(instance string) (string, error) {
	normal, err := NormalizeInstanceURL(instance)
	if err != nil {
		return "", err
	}
	root, err := url.Parse(normal)
	if err != nil {
		return "", fmt.Errorf("parsing the GitLab instance URL: %w", err)
	}
	// www.gitlab.com may redirect, and redirects are refused.
	if root.Host == "www.gitlab.com" {
		root.Host = "gitlab.com"
	}
	return root.String(), nil
}

func asError(err error) *Error {
	var failure *Error
	if errors.As(err, &failure) {
		return failure
	}
	return nil
}
