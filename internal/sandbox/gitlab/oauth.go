package gitlab

import (
	"cmp"
	"crypto/subtle"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Lifetimes of GitLab's OAuth provider: https://docs.gitlab.com/api/oauth2/.
const (
	oauthTokenLifetime = 2 * time.Hour
	oauthCodeLifetime  = 10 * time.Minute
)

// oauthScopes are those an application may ask for: https://docs.gitlab.com/integration/oauth_provider/.
var oauthScopes = []string{
	"api", "read_api", "read_user", "create_runner", "manage_runner", "k8s_proxy", "read_repository", "write_repository", "read_registry",
	"write_registry", "read_virtual_registry", "write_virtual_registry", "read_observability", "write_observability", "ai_features",
	"sudo", "admin_mode", "read_service_ping", "openid", "profile", "email",
}

// An Application is an OAuth application registered at GitLab, with its secret: do not print it whole.
type Application struct {
	ClientID, ClientSecret string
	RedirectURI            string
	Scopes                 []string

	approved bool
}

type authorizationCode struct {
	value, clientID, redirectURI string
	scopes                       []string
	userID                       int
	expires                      time.Time
	spent                        bool
}

// AddApplication registers an OAuth application. Without scopes it may ask for api and read_repository.
func (g *Server) AddApplication(redirectURI string, scopes ...string) Application {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(scopes) == 0 {
		scopes = []string{"api", "read_repository"}
	}
	a := &Application{
		ClientID: server.RandomHex(32), ClientSecret: secrets.New("gloas-" + server.RandomHex(32)), RedirectURI: redirectURI, Scopes: slices.Clone(scopes),
	}
	g.applications = append(g.applications, a)
	return *a
}

// Approve answers the authorize page of an application in the user's place from now on: it redirects at once.
func (g *Server) Approve(clientID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mustApplication(clientID).approved = true
}

// AuthorizationCode is a fresh code as the authorize page gives it to the user of personal-api, for this redirect URI.
func (g *Server) AuthorizationCode(clientID, redirectURI string, scopes ...string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(scopes) == 0 {
		scopes = []string{"api"}
	}
	return g.newCode(g.mustApplication(clientID), redirectURI, scopes)
}

func (g *Server) mustApplication(clientID string) *Application {
	a := g.application(clientID)
	if a == nil {
		panic("sandbox: no application has the client id " + clientID)
	}
	return a
}

func (g *Server) application(clientID string) *Application {
	n := slices.IndexFunc(g.applications, func(a *Application) bool { return a.ClientID == clientID })
	if n < 0 {
		return nil
	}
	return g.applications[n]
}

func (g *Server) newCode(a *Application, redirectURI string, scopes []string) string {
	code := &authorizationCode{
		value: secrets.New(server.RandomHex(32)), clientID: a.ClientID, redirectURI: redirectURI, scopes: slices.Clone(scopes),
		userID: seededUserID, expires: g.now().Add(oauthCodeLifetime),
	}
	g.codes = append(g.codes, code)
	return code.value
}

func (g *Server) routeOAuth() {
	g.page("GET /oauth/authorize", g.authorizePage)
	g.page("POST /oauth/authorize", g.authorizeConfirmed)
	g.page("POST /oauth/token", g.oauthToken)
}

// page adds a route that is not of the REST API and checks its own credentials.
func (g *Server) page(pattern string, h handler) {
	g.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		params, err := parameters(r)
		if err != nil {
			rackError(http.StatusBadRequest, "invalid_request", "The request is malformed.").Send(w, contentType)
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		h(&call{Request: r, params: params}).Send(w, contentType)
	})
}

func (c *call) param(name string) string {
	text, _ := c.params[name].(string)
	return text
}

// authorization checks what an authorize request asks for. A wrong client or redirect URI is told to the user, not to
// the redirect URI.
func (g *Server) authorization(c *call) (a *Application, scopes []string, failure *server.Reply) {
	a = g.application(c.param("client_id"))
	if a == nil {
		page := server.HTMLReply(http.StatusUnauthorized, "An error has occurred", "Client authentication failed due to unknown client.")
		return nil, nil, &page
	}
	if c.param("redirect_uri") != a.RedirectURI {
		page := server.HTMLReply(http.StatusBadRequest, "An error has occurred", "The redirect URI included is not valid.")
		return nil, nil, &page
	}
	if c.param("response_type") != "code" {
		back := g.redirectBack(c, url.Values{"error": {"unsupported_response_type"}})
		return nil, nil, &back
	}
	scopes = strings.Fields(cmp.Or(c.param("scope"), "api"))
	for _, scope := range scopes {
		if !slices.Contains(oauthScopes, scope) || !slices.Contains(a.Scopes, scope) {
			back := g.redirectBack(c, url.Values{"error": {"invalid_scope"}})
			return nil, nil, &back
		}
	}
	return a, scopes, nil
}

func (g *Server) redirectBack(c *call, values url.Values) server.Reply {
	if state := c.param("state"); state != "" {
		values.Set("state", state)
	}
	target := c.param("redirect_uri")
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return server.Reply{Status: http.StatusFound, Header: http.Header{"Location": {target + separator + values.Encode()}}}
}

func (g *Server) authorizePage(c *call) server.Reply {
	a, scopes, failure := g.authorization(c)
	if failure != nil {
		return *failure
	}
	if a.approved {
		return g.redirectBack(c, url.Values{"code": {g.newCode(a, a.RedirectURI, scopes)}})
	}
	var form strings.Builder
	fmt.Fprintf(&form, `An application asks for: %s. <form method="post" action="%s/oauth/authorize">`,
		html.EscapeString(strings.Join(scopes, " ")), html.EscapeString(g.URL()))
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state"} {
		fmt.Fprintf(&form, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(c.param(name)))
	}
	form.WriteString(`<button>Authorize</button></form>`)
	return server.HTMLReply(http.StatusOK, "Authorize application", form.String())
}

func (g *Server) authorizeConfirmed(c *call) server.Reply {
	a, scopes, failure := g.authorization(c)
	if failure != nil {
		return *failure
	}
	return g.redirectBack(c, url.Values{"code": {g.newCode(a, a.RedirectURI, scopes)}})
}

// client authenticates an application by its id and secret, in the body or by Basic authentication.
func (g *Server) client(c *call) *Application {
	id, secret := c.param("client_id"), c.param("client_secret")
	if user, password, given := c.BasicAuth(); given {
		id, secret = user, password
	}
	a := g.application(id)
	if a == nil || subtle.ConstantTimeCompare([]byte(a.ClientSecret), []byte(secret)) != 1 {
		return nil
	}
	return a
}

var (
	invalidGrant = rackError(http.StatusBadRequest, "invalid_grant", "The provided authorization grant is invalid, expired, revoked, "+
		"does not match the redirection URI used in the authorization request, or was issued to another client.")
	invalidClient = rackError(http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, "+
		"no client authentication included, or unsupported authentication method.")
)

func (g *Server) oauthToken(c *call) server.Reply {
	grant := c.param("grant_type")
	if grant == "" {
		return rackError(http.StatusBadRequest, "invalid_request", "Missing required parameter: grant_type.")
	}
	if grant != "authorization_code" && grant != "refresh_token" {
		return rackError(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	}
	a := g.client(c)
	if a == nil {
		return invalidClient
	}
	if grant == "refresh_token" {
		return g.refreshed(c, a)
	}
	return g.exchanged(c, a)
}

func (g *Server) exchanged(c *call, a *Application) server.Reply {
	n := slices.IndexFunc(g.codes, func(code *authorizationCode) bool { return code.value == c.param("code") })
	if n < 0 {
		return invalidGrant
	}
	code := g.codes[n]
	if code.spent || code.clientID != a.ClientID || code.redirectURI != c.param("redirect_uri") || !g.now().Before(code.expires) {
		return invalidGrant
	}
	code.spent = true
	return g.newOAuthToken(a.ClientID, code.userID, code.scopes)
}

// refreshed gives a new pair for a refresh token. Both old tokens are dead from then on.
func (g *Server) refreshed(c *call, a *Application) server.Reply {
	refreshToken := c.param("refresh_token")
	n := slices.IndexFunc(g.tokens, func(t *Token) bool { return refreshToken != "" && t.refreshToken == refreshToken })
	if n < 0 || g.tokens[n].Revoked || g.tokens[n].clientID != a.ClientID {
		return invalidGrant
	}
	old := g.tokens[n]
	old.Revoked = true
	return g.newOAuthToken(a.ClientID, old.UserID, old.Scopes)
}

func (g *Server) newOAuthToken(clientID string, userID int, scopes []string) server.Reply {
	t := g.addOAuthToken("", clientID, userID, scopes)
	return server.Reply{Status: http.StatusOK, Body: map[string]any{
		"access_token": t.Value, "token_type": "Bearer", "expires_in": int(oauthTokenLifetime / time.Second),
		"refresh_token": t.refreshToken, "scope": strings.Join(scopes, " "), "created_at": t.CreatedAt.Unix(),
	}}
}

func (g *Server) addOAuthToken(name, clientID string, userID int, scopes []string) *Token {
	t := g.addToken(TokenSpec{Name: name, Kind: OAuthToken, Scopes: scopes, Value: secrets.New(server.RandomHex(32))})
	t.UserID, t.clientID, t.refreshToken, t.expires = userID, clientID, secrets.New(server.RandomHex(32)), g.now().Add(oauthTokenLifetime)
	return t
}
