package infisical

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// oauthCallbackPath is the redirect URI of Infisical's GitLab application, below SITE_URL.
const oauthCallbackPath = "/organization/app-connections/gitlab/oauth/callback"

// gitLabTimeout is gitbeaker's.
const gitLabTimeout = 300 * time.Second

// credentials are what a connection stores encrypted.
type credentials struct {
	accessToken, accessTokenType, refreshToken string
	instanceURL                                *string
	expiresAt                                  time.Time
}

func (s credentials) storeIn(c *storedConnection) {
	c.AccessToken, c.AccessTokenType, c.RefreshToken = s.accessToken, s.accessTokenType, s.refreshToken
	c.InstanceURL, c.TokenExpiresAt = s.instanceURL, s.expiresAt
	c.CredentialsHash = newCredentialsHash()
}

// quoted is an error in the words of the server or one of its libraries, which go into its answer.
type quoted string

func (q quoted) Error() string { return string(q) }

// oauthEnvironment is INF_APP_CONNECTION_GITLAB_OAUTH_CLIENT_ID and _SECRET, and SITE_URL.
type oauthEnvironment struct {
	clientID, clientSecret, siteURL string
}

func (e *oauthEnvironment) redirectURI() string { return e.siteURL + oauthCallbackPath }

// ConfigureOAuth sets the server's OAuth environment. Without it, or with an empty argument, OAuth answers 500.
func (i *Server) ConfigureOAuth(clientID, clientSecret, siteURL string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.oauth = nil
	if clientID != "" && clientSecret != "" && siteURL != "" {
		i.oauth = &oauthEnvironment{clientID, clientSecret, strings.TrimSuffix(siteURL, "/")}
	}
}

// RefreshOAuth makes the server refresh the tokens of an OAuth connection, as it does when a sync finds them expired.
// The hash moves.
func (i *Server) RefreshOAuth(id string) error {
	connection, found := i.Connection(id)
	if !found {
		return fmt.Errorf("no connection has the id %s", id)
	}
	i.mu.Lock()
	environment := i.oauth
	i.mu.Unlock()
	if environment == nil {
		return errNoOAuth
	}
	tokens, err := i.askForTokens(deref(connection.InstanceURL), url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {connection.RefreshToken}, "client_id": {environment.clientID},
		"client_secret": {environment.clientSecret}, "redirect_uri": {environment.redirectURI()},
	})
	if err != nil {
		return quoted("Failed to refresh GitLab token: " + err.Error())
	}
	i.change(id, func(c *storedConnection) {
		// Ten minutes early, so that a job does not meet the end of its token.
		tokens.credentials(i.now().Add(-10*time.Minute), c.InstanceURL).storeIn(c)
	})
	return nil
}

// errNoOAuth is a server without an OAuth application.
const errNoOAuth = quoted("GitLab environment variables have not been configured")

// authorize adds a connection's token to a header, which the server renews first when it has expired. No lock is held.
// https://github.com/Infisical/infisical: backend/src/services/app-connection/gitlab/gitlab-connection-fns.ts
func (i *Server) authorize(c Connection, header http.Header) error {
	if c.Method != methodOAuth {
		header.Set("PRIVATE-TOKEN", c.AccessToken)
		return nil
	}
	if c.RefreshToken != "" && c.TokenExpiresAt.Before(i.now()) {
		if err := i.RefreshOAuth(c.ID); err != nil {
			return err
		}
		c, _ = i.Connection(c.ID)
	}
	header.Set("Authorization", "Bearer "+c.AccessToken)
	return nil
}

// fitsMethod refuses credentials that parsed as those of the other method.
func fitsMethod(method string, sent fields) *server.Reply {
	_, typed := sent["accessTokenType"]
	if typed == (method == methodAccessToken) {
		return nil
	}
	label := "Access Token"
	if method == methodOAuth {
		label = "OAuth"
	}
	failure := badRequest("Invalid credential format for GitLab Connection with method " + label)
	return &failure
}

// checkCredentials tries credentials at GitLab and returns what to store. No lock is held meanwhile.
func (i *Server) checkCredentials(method string, sent fields) (credentials, *server.Reply) {
	secret := credentials{}
	if instanceURL, given := sent["instanceUrl"].(string); given {
		secret.instanceURL = &instanceURL
	}
	base, err := instanceBase(deref(secret.instanceURL))
	if err != nil {
		failure := badRequest("Failed to validate credentials: " + err.Error())
		return secret, &failure
	}
	header := http.Header{}
	if method == methodOAuth {
		exchanged, failure := i.exchangeCode(sent, secret.instanceURL)
		if failure != nil {
			return secret, failure
		}
		secret = exchanged
		header.Set("Authorization", "Bearer "+cmp.Or(secret.accessToken, "undefined"))
	} else {
		secret.accessToken, secret.accessTokenType = sent.text("accessToken"), sent.text("accessTokenType")
		header.Set("PRIVATE-TOKEN", secret.accessToken)
	}
	if err := i.currentUser(base, header); err != nil {
		failure := badRequest("Failed to validate credentials: " + err.Error())
		return secret, &failure
	}
	return secret, nil
}

// instanceBase is the URL that GitLab's API is below, unless Infisical will not call it: it refuses some hosts by name,
// even with ALLOW_INTERNAL_IP_CONNECTIONS, which is set here.
func instanceBase(instanceURL string) (string, error) {
	if instanceURL == "" {
		return "https://" + server.GitLabDotComHost, nil
	}
	u, err := url.Parse(instanceURL)
	if err != nil {
		return "", quoted("Invalid URL")
	}
	if u.User != nil {
		return "", quoted("URLs with user credentials (e.g., user:pass@) are not allowed")
	}
	if host := strings.ToLower(u.Hostname()); host == "localhost" || host == "host.docker.internal" {
		return "", quoted("Local IPs not allowed as URL")
	}
	return strings.TrimSuffix(instanceURL, "/"), nil
}

func (i *Server) exchangeCode(sent fields, instanceURL *string) (credentials, *server.Reply) {
	i.mu.Lock()
	environment := i.oauth
	i.mu.Unlock()
	code := sent.text("code")
	if code == "" {
		failure := badRequest("Invalid credentials for the selected connection method")
		return credentials{}, &failure
	}
	if environment == nil {
		failure := internalServerError(errNoOAuth.Error())
		return credentials{}, &failure
	}
	tokens, err := i.askForTokens(deref(instanceURL), url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "client_id": {environment.clientID},
		"client_secret": {environment.clientSecret}, "redirect_uri": {environment.redirectURI()},
	})
	if err != nil {
		failure := badRequest("Failed to exchange OAuth code: " + err.Error())
		return credentials{}, &failure
	}
	// An answer without a token is noticed only by GitLab's next one: the server goes on with "Bearer undefined".
	return tokens.credentials(i.now().Add(-time.Minute), instanceURL), nil
}

type oauthTokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int    `json:"expires_in"`
}

func (t oauthTokens) credentials(from time.Time, instanceURL *string) credentials {
	return credentials{
		accessToken: t.AccessToken, refreshToken: t.RefreshToken, instanceURL: instanceURL,
		expiresAt: from.Add(time.Duration(t.ExpiresIn) * time.Second),
	}
}

// askForTokens posts to /oauth/token. Its errors read as axios's do.
func (i *Server) askForTokens(instanceURL string, form url.Values) (oauthTokens, error) {
	base, err := instanceBase(instanceURL)
	if err != nil {
		return oauthTokens{}, err
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	response, body, err := i.callGitLab(http.MethodPost, base+"/oauth/token", header, form.Encode())
	if err != nil {
		return oauthTokens{}, quoted("connect ECONNREFUSED")
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return oauthTokens{}, quoted(fmt.Sprintf("Request failed with status code %d", response.StatusCode))
	}
	var tokens oauthTokens
	// axios hands on what is no JSON as text, in which there is no token.
	_ = json.Unmarshal(body, &tokens)
	return tokens, nil
}

// currentUser is gitbeaker's Users.showCurrentUser, of which other failures are told by their status.
func (i *Server) currentUser(base string, header http.Header) error {
	response, body, err := i.gitbeaker(http.MethodGet, base+"/api/v4/user", header, "")
	if err != nil {
		return err
	}
	status := response.StatusCode
	isJSON := status != http.StatusNoContent && strings.Contains(response.Header.Get("Content-Type"), "application/json")
	switch {
	case isJSON && !json.Valid(body):
		return quoted(syntaxError(body))
	case status < http.StatusMultipleChoices:
		return nil // Nobody looks at the Body: a page, nothing at all with 204.
	case status == http.StatusUnauthorized:
		return quoted("Unauthorized")
	}
	return quoted(http.StatusText(status) + ". Cause: " + cause(response.Header, body))
}

// gitbeaker sends a request as that library does, which tries 429 and 502 ten times at short intervals. Its error is
// none of the library's own kind, and has no description.
// https://github.com/jdalrymple/gitbeaker, packages/rest/src/Requester.ts
func (i *Server) gitbeaker(method, target string, header http.Header, body string) (*http.Response, []byte, error) {
	const attempts = 10
	status := 0
	for range attempts {
		response, answer, err := i.callGitLab(method, target, header, body)
		if err != nil {
			return nil, nil, quoted("fetch failed")
		}
		if status = response.StatusCode; status != http.StatusTooManyRequests && status != http.StatusBadGateway {
			return response, answer, nil
		}
	}
	advice := "Verify the status of the endpoint"
	if status == http.StatusTooManyRequests {
		advice = "Check the applicable rate limits for this endpoint"
	}
	return nil, nil, quoted(fmt.Sprintf("Could not successfully complete this request after %d retries, last status code: %d. %s.",
		attempts, status, advice))
}

// syntaxError is what V8's JSON.parse says of a body that is none or breaks off, in its commonest words.
func syntaxError(body []byte) string {
	if len(body) == 0 {
		return "Unexpected end of JSON input"
	}
	return "Expected property name or '}' in JSON at position 1 (line 1 column 2)"
}

// cause is gitbeaker's description of an error body.
func cause(header http.Header, body []byte) string {
	if !strings.Contains(header.Get("Content-Type"), "application/json") {
		return string(body)
	}
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return "" // JSON, but no object
	}
	for _, name := range []string{"error", "message"} {
		switch value := fields[name].(type) {
		case nil:
		case string:
			return value
		default:
			encoded, err := json.Marshal(value)
			if err != nil {
				return ""
			}
			return string(encoded)
		}
	}
	return ""
}

// callGitLab lasts as long as it takes: Infisical goes on when its own caller has gone away.
func (i *Server) callGitLab(method, target string, header http.Header, body string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(i.network.Context(), gitLabTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("preparing the request: %w", err)
	}
	request.Header = header.Clone()
	request.Header.Set("User-Agent", server.InfisicalUserAgent)
	response, err := i.client.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("calling GitLab: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, server.MaxBody))
	if err != nil {
		return nil, nil, fmt.Errorf("reading GitLab's answer: %w", err)
	}
	return response, answer, nil
}

// gitLabDotCom sends what is meant for gitlab.com to the sandbox's GitLab, or nowhere. Of other hosts only literal
// loopback addresses go further: a look-up of a name would leave this machine.
type gitLabDotCom struct {
	next      http.RoundTripper
	gitlabURL func() string
	reachable bool
}

func (t *gitLabDotCom) RoundTrip(r *http.Request) (*http.Response, error) {
	host := strings.ToLower(r.URL.Hostname())
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return t.next.RoundTrip(r)
	}
	if host != server.GitLabDotComHost || !t.reachable {
		return nil, fmt.Errorf("%s: %w", host, server.ErrNotLoopback)
	}
	sandboxed, err := url.Parse(t.gitlabURL() + r.URL.EscapedPath())
	if err != nil {
		return nil, fmt.Errorf("finding the sandbox's GitLab: %w", err)
	}
	sandboxed.RawQuery = r.URL.RawQuery
	r = r.Clone(r.Context())
	r.URL = sandboxed
	return t.next.RoundTrip(r)
}
