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
	"sync"
	"time"

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

// Client asks GitLab instances, in sessions: see At. It remembers the descriptions of tokens for as long as it lives,
// and is safe for concurrent use.
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

// messageLimit is how many characters of GitLab's explanations are shown.
const messageLimit = 300

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
