// Package infisical is a client for the parts of the Infisical API that GitLab connections need. A Client logs in, and
// has a service for each kind of objects: Connections, Syncs and DataSources. What they share is in Objects. It knows
// nothing of Terraform.
package infisical

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Config says which server to talk to, as whom and how. Every field is required save those of the organization and
// CredentialsTimeout.
type Config struct {
	// Host is the server's address, such as https://app.infisical.com, with or without a path, a trailing slash and
	// /api.
	Host string
	// Login is how this identity proves itself.
	Login Login
	// OrganizationSlug scopes the session to a sub-organization; empty means the identity's own.
	OrganizationSlug string
	// OrganizationSlugSource says where the slug came from, for errors.
	OrganizationSlugSource string
	// HTTP sends the requests, and knows the secrets that no error may repeat.
	HTTP *transport.Client
	// Now is the local clock.
	Now func() time.Time
	// Wait pauses for a while, or returns the context's error when that ends first.
	Wait func(context.Context, time.Duration) error
	// CredentialsTimeout is the least time a call that carries credentials waits for its answer; 0 is
	// transport.CredentialsTimeout.
	CredentialsTimeout time.Duration
}

// Client talks to one server as one identity. It logs in at the first call and is safe for concurrent use.
type Client struct {
	Connections *Connections
	Syncs       *Syncs
	DataSources *DataSources

	config        Config
	session       session
	organizations organizations
	home          memo.Of[string] // see homeOrganization
	writes        *writes
}

// New returns a client. It sends nothing.
func New(config Config) *Client {
	config.Host = NormalizeHost(config.Host)
	c := &Client{
		config:        config,
		session:       newSession(config.Login),
		organizations: organizations{seen: map[string]bool{}},
		writes:        newWrites(),
	}
	c.Connections = newConnections(c)
	c.Syncs = newSyncs(c)
	c.DataSources = newDataSources(c)
	return c
}

// Format keeps the session's access token out of every fmt verb.
func (c *Client) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "{%s as %s}", c.config.Host, c.config.Login)
}

// Host is the server's address, as NormalizeHost spells it.
func (c *Client) Host() string { return c.config.Host }

// call is one request to the API and what its sender knows of it.
type call struct {
	// operation completes the sentence "could not …".
	operation string
	method    string
	// path is the route's; parameter is what follows it, such as an id; action is what follows that.
	path, parameter, action string
	query                   url.Values
	body                    any
	// refersTo are what the server must know besides: ids, or the keys of names.
	refersTo []string
	// secrets are the credentials in the body, which no error may repeat.
	secrets []string
	// asksGitLab: the server asks GitLab before it answers.
	asksGitLab bool
	// large: the response lists everything.
	large bool
	// once: the body holds something that can be spent only once.
	once bool
}

// maxSessions is how many sessions may expire during one call. With many calls at once, the second may expire while the
// calls that the first one failed are still being repeated.
const maxSessions = 5

// do sends a call as the logged-in identity and decodes the response into out. It is sent again when the session has
// ended. It returns the server's own time, zero when it did not say. Errors are of type *Error.
func (c *Client) do(ctx context.Context, call call, out any) (time.Time, error) {
	token, err := c.accessToken(ctx, "")
	if err != nil {
		return time.Time{}, err
	}
	doubt := false
	for session := 1; ; session++ {
		date, err := c.send(ctx, call, token, out)
		err = inDoubt(err, doubt)
		if !sessionEnded(err) {
			c.session.heard(err)
			return date, err
		}
		doubt = IsAmbiguous(err)
		renewed, loginErr := c.accessToken(ctx, token)
		switch {
		case loginErr != nil:
			return time.Time{}, inDoubt(loginErr, doubt)
		case renewed == token || session == maxSessions:
			return date, c.explainSession(err)
		}
		token = renewed
	}
}

// send makes one request, with token as bearer when there is one.
func (c *Client) send(ctx context.Context, call call, token string, out any) (time.Time, error) {
	var doubt bool
	req, err := c.request(ctx, call, token, &doubt)
	if err != nil {
		return time.Time{}, &Error{Operation: call.operation, cause: err}
	}
	c.config.HTTP.Secrets.Remember(call.secrets...)
	resp, err := c.config.HTTP.Do(req)
	if err != nil {
		return time.Time{}, c.connectionError(call, err).after(doubt)
	}
	defer func() { _ = resp.Body.Close() }()
	date, _ := http.ParseTime(resp.Header.Get("Date"))

	var raw bytes.Buffer
	_, err = raw.ReadFrom(resp.Body)
	switch {
	case err != nil:
		return date, unreadable(call, resp, err).after(doubt)
	case resp.StatusCode >= http.StatusBadRequest:
		return date, c.refusal(call, resp, raw.Bytes()).after(doubt)
	case !isJSON(resp):
		return date, unreadable(call, resp, fmt.Errorf("the answer is %s instead of JSON: is %s the address of an Infisical server?",
			c.contentType(resp), c.config.Host))
	}
	if err := json.Unmarshal(raw.Bytes(), out); err != nil {
		return date, unreadable(call, resp, notTheContract(err))
	}
	return date, nil
}

// words are an explanation of the server's, and label is something short, such as a media type.
func (c *Client) words(text foreign) transport.Words {
	return c.config.HTTP.Secrets.Words(string(text), transport.MessageLimit)
}

func (c *Client) label(text foreign) transport.Words {
	return c.config.HTTP.Secrets.Words(string(text), transport.NameLimit)
}

func (c *Client) request(ctx context.Context, call call, token string, doubt *bool) (*http.Request, error) {
	// The rate limits count each route for itself:
	// https://github.com/fastify/fastify-rate-limit#options-on-the-endpoint-itself.
	policy := transport.Policy{Once: call.once, Doubt: doubt, Counted: call.method + " " + call.path}
	if call.parameter != "" {
		policy.Counted += "/:parameter" + call.action
	}
	if len(call.secrets) > 0 || call.asksGitLab {
		policy.Timeout = cmp.Or(c.config.CredentialsTimeout, transport.CredentialsTimeout)
	}
	if call.large {
		policy.MaxResponse = transport.LargeResponse
	}
	ctx = transport.WithPolicy(ctx, policy)
	address := c.config.Host + call.path
	if call.parameter != "" {
		address += "/" + url.PathEscape(call.parameter) + call.action
	}
	if len(call.query) > 0 {
		address += "?" + call.query.Encode()
	}
	var body io.Reader
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, call.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("preparing the request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if call.body != nil {
		// Not without a body: the server answers an empty JSON body with 500.
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

func isJSON(resp *http.Response) bool {
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
}

func (c *Client) contentType(resp *http.Response) transport.Words {
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return "of no declared type"
	}
	return c.label(foreign(mediaType))
}
