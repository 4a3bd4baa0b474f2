package gitlab

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// What is wrong with a token, in the words of lib/api/api_guard.rb.
var (
	unknownToken = message(http.StatusUnauthorized, "401 Unauthorized")
	expiredToken = rackError(http.StatusUnauthorized, "invalid_token",
		"Token is expired. You can either do re-authorization or token refresh.")
	revokedToken = rackError(http.StatusUnauthorized, "invalid_token",
		"Token was revoked. You have to re-authorize from the user.")
	notPersonal = badRequest("This endpoint requires token type to be a personal access token")
)

// sentToken is the token of a request, and whether it came as Bearer, by which alone OAuth tokens come.
func sentToken(r *http.Request) (value string, bearer bool) {
	if value := r.Header.Get("PRIVATE-TOKEN"); value != "" {
		return value, false
	}
	if value := r.URL.Query().Get("private_token"); value != "" {
		return value, false
	}
	value, bearer = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return "", false
	}
	return value, true
}

// authenticate finds the token of a request; nil is none. GitLab looks at expiry before revocation, then at scopes.
func (g *Server) authenticate(r *http.Request, e endpoint) (*Token, *server.Reply) {
	value, bearer := sentToken(r)
	if value == "" {
		return nil, nil
	}
	token := g.tokenByValue(value)
	switch {
	case token == nil, token.Kind == OAuthToken && !bearer:
		return nil, &unknownToken
	case g.expired(token):
		return nil, &expiredToken
	case token.Revoked:
		return nil, &revokedToken
	}
	if token.Kind == GranularToken {
		return token, g.lacksPermission(token, e, r)
	}
	if failure := g.refusesClassic(token, e, r); failure != nil {
		return nil, failure
	}
	return token, lacksScope(token, e.scopes)
}

func lacksScope(token *Token, scopes []string) *server.Reply {
	if scopes == nil || slices.ContainsFunc(token.Scopes, func(s string) bool { return slices.Contains(scopes, s) }) {
		return nil
	}
	if len(scopes) == 1 {
		scopes = []string{"api", "read_api"} // read_api is allowed on the class, for GET only
	}
	return &server.Reply{Status: http.StatusForbidden, Body: map[string]any{
		"error": "insufficient_scope", "scope": strings.Join(scopes, " "),
		"error_description": "The request requires higher privileges than provided by the access token.",
	}}
}

// expired tells whether a token is dead by date: from 00:00 UTC of its expires_at on.
func (g *Server) expired(t *Token) bool {
	if t.Kind == OAuthToken {
		return !g.now().Before(t.expires)
	}
	if t.ExpiresAt == nil {
		return false
	}
	midnight, err := time.Parse(time.DateOnly, *t.ExpiresAt)
	return err == nil && !g.now().Before(midnight)
}
