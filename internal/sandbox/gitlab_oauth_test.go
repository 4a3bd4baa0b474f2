package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const callback = "https://infisical.example.com/organization/app-connections/gitlab/oauth/callback"

// oauthSandbox is a sandbox whose Infisical is registered at its GitLab.
func oauthSandbox(t *testing.T, opts ...Option) (*Sandbox, gitlab.Application) {
	t.Helper()
	sb := start(t, opts...)
	a := sb.GitLab.AddApplication(callback)
	sb.Infisical.ConfigureOAuth(a.ClientID, a.ClientSecret, "https://infisical.example.com/")
	return sb, a
}

func (sb *Sandbox) oauthBody(name, code string) map[string]any {
	return map[string]any{"name": name, "method": "oauth", "credentials": map[string]any{"code": code, "instanceUrl": sb.GitLab.URL()}}
}

// The server looks for no token in GitLab's answer to the code. It calls /user with what it found, and that fails.
func TestOAuth_answersWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"an empty object": {Kind: server.FaultStatus, Status: 200, Body: "{}"},
		"a page":          {Kind: server.FaultHTML},
	} {
		sb, app := oauthSandbox(t)
		fault.Server, fault.Client, fault.Path = server.GitLab, server.ClientInfisical, "/oauth/token"
		sb.Fail(fault)
		body := sb.oauthBody("oauth", sb.GitLab.AuthorizationCode(app.ClientID, callback))
		if a := sb.infisical(t, http.MethodPost, connectionsPath, body); a.field("message") != "Failed to validate credentials: Unauthorized" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestOAuth_connectionLives(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb, app := oauthSandbox(t, WithClock(now.Now))
	code := sb.GitLab.AuthorizationCode(app.ClientID, callback)

	// 1. The code makes a connection, once.
	made := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("oauth", code))
	if made.status != http.StatusOK || made.field("appConnection", "method") != "oauth" || strings.Contains(made.text, "accessTokenType") {
		t.Fatalf("%d %s", made.status, made.text)
	}
	const refused = "Failed to exchange OAuth code: Request failed with status code 400"
	if again := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("again", code)); again.field("message") != refused {
		t.Errorf("the code again: %d %s", again.status, again.text)
	}

	// 2. A refresh moves the hash and kills the old tokens.
	before, _ := sb.Infisical.Connection(made.field("appConnection", "id"))
	if err := sb.Infisical.RefreshOAuth(before.ID); err != nil {
		t.Fatal(err)
	}
	after, _ := sb.Infisical.Connection(before.ID)
	if after.CredentialsHash == before.CredentialsHash || after.AccessToken == before.AccessToken {
		t.Error("the refresh changed nothing")
	}
	if a := sb.gitlab(t, http.MethodGet, "/user", before.AccessToken, nil); a.status != http.StatusUnauthorized {
		t.Errorf("the old token: %d", a.status)
	}
	if a := sb.gitlab(t, http.MethodGet, "/user", after.AccessToken, nil); a.status != http.StatusOK {
		t.Errorf("the new token: %d", a.status)
	}

	// 3. An update takes a fresh code, and nothing else.
	update := func(credentials map[string]any) answer {
		return sb.infisical(t, http.MethodPatch, idPath(before), map[string]any{"credentials": credentials})
	}
	fresh := sb.GitLab.AuthorizationCode(app.ClientID, callback)
	if a := update(map[string]any{"code": fresh, "instanceUrl": sb.GitLab.URL()}); a.status != http.StatusOK {
		t.Errorf("a fresh code: %d %s", a.status, a.text)
	}
	for want, credentials := range map[string]map[string]any{
		"Invalid credentials for the selected connection method": {"refreshToken": "x", "instanceUrl": sb.GitLab.URL()},
		"Invalid credential format for GitLab Connection with method OAuth": {"accessToken": "x", "accessTokenType": "personal",
			"instanceUrl": sb.GitLab.URL()},
	} {
		if a := update(credentials); a.field("message") != want {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}

func TestOAuth_codesThatAreRefused(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb, app := oauthSandbox(t, WithClock(now.Now))
	expired := sb.GitLab.AuthorizationCode(app.ClientID, callback)
	now.Advance(10 * time.Minute)
	other := sb.GitLab.AddApplication(callback)
	for name, code := range map[string]string{
		"expired":             expired,
		"unknown":             "unknown",
		"another redirect":    sb.GitLab.AuthorizationCode(app.ClientID, "https://elsewhere.example.com"),
		"another application": sb.GitLab.AuthorizationCode(other.ClientID, callback),
	} {
		a := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("oauth", code))
		if a.field("message") != "Failed to exchange OAuth code: Request failed with status code 400" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if n := len(sb.Infisical.Connections()); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestOAuth_needsTheServersEnvironment(t *testing.T) {
	t.Parallel()
	sb := start(t)
	a := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("oauth", "code"))
	if a.status != http.StatusInternalServerError || a.field("message") != "GitLab environment variables have not been configured" {
		t.Errorf("%d %s", a.status, a.text)
	}
	sb.Infisical.OfferMethods("access-token")
	if a := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("oauth", "code")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a server without the method: %d %s", a.status, a.text)
	}
	options := sb.infisical(t, http.MethodGet, "/api/v1/app-connections/options", nil)
	if !strings.Contains(options.text, `"app":"gitlab","methods":["access-token"]`) || strings.Contains(options.text, "oauthClientId") {
		t.Errorf("options: %s", options.text)
	}
}

func TestOAuth_authorizePage(t *testing.T) {
	t.Parallel()
	sb, app := oauthSandbox(t)
	ask := func(method string, change url.Values) answer {
		query := url.Values{
			"client_id": {app.ClientID}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"api read_repository"}, "state": {"a&b"},
		}
		for name, values := range change {
			query[name] = values
		}
		return send(t, method, sb.GitLab.URL()+"/oauth/authorize?"+query.Encode(), nil, nil)
	}
	back := func(a answer) url.Values {
		target, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusFound || !strings.HasPrefix(target.String(), callback+"?") {
			t.Errorf("%d, Location %q", a.status, a.header.Get("Location"))
			return nil
		}
		return target.Query()
	}

	// 1. A person is asked, and answers with the button.
	if page := ask(http.MethodGet, nil); page.status != http.StatusOK || !strings.Contains(page.text, "api read_repository") {
		t.Errorf("%d %s", page.status, page.text)
	}
	if got := back(ask(http.MethodPost, nil)); got.Get("code") == "" || got.Get("state") != "a&b" {
		t.Errorf("%v", got)
	}
	// 2. Wrong requests.
	for name, change := range map[string]url.Values{"client_id": {"client_id": {"x"}}, "redirect_uri": {"redirect_uri": {"https://elsewhere"}}} {
		if a := ask(http.MethodGet, change); a.status < 400 || a.header.Get("Location") != "" {
			t.Errorf("wrong %s: %d", name, a.status)
		}
	}
	for want, change := range map[string]url.Values{"invalid_scope": {"scope": {"sudo"}}, "unsupported_response_type": {"response_type": {"token"}}} {
		if got := back(ask(http.MethodGet, change)); got.Get("error") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	// 3. Approved beforehand, the page redirects at once, with a code that works.
	sb.GitLab.Approve(app.ClientID)
	code := back(ask(http.MethodGet, nil)).Get("code")
	if a := sb.infisical(t, http.MethodPost, connectionsPath, sb.oauthBody("oauth", code)); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestOAuth_tokenEndpoints(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb, app := oauthSandbox(t, WithClock(now.Now))
	post := func(path string, form url.Values) answer {
		return send(t, http.MethodPost, sb.GitLab.URL()+path,
			map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
	}
	with := func(values url.Values) url.Values {
		values.Set("client_id", app.ClientID)
		if values.Get("client_secret") == "" {
			values.Set("client_secret", app.ClientSecret)
		}
		return values
	}
	for want, form := range map[string]url.Values{
		"invalid_request":        {},
		"unsupported_grant_type": {"grant_type": {"password"}},
		"invalid_client":         {"grant_type": {"refresh_token"}, "client_secret": {"wrong"}},
		"invalid_grant":          {"grant_type": {"refresh_token"}, "refresh_token": {"wrong"}},
	} {
		if a := post("/oauth/token", with(form)); a.field("error") != want {
			t.Errorf("%d %s, want %s", a.status, a.text, want)
		}
	}
	// An OAuth token lives two hours.
	seeded := sb.GitLab.Token("oauth-api").Value
	now.Advance(2 * time.Hour)
	if a := sb.gitlab(t, http.MethodGet, "/user", seeded, nil); !strings.HasPrefix(a.field("error_description"), "Token is expired.") {
		t.Errorf("%d %s", a.status, a.text)
	}
}
