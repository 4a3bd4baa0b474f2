package infisical

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// identityTokenLifetime is the default of an identity.
const identityTokenLifetime = 2592000 * time.Second

type identity struct {
	id, name, orgID        string
	clientID, clientSecret string
	actions                []string
	withheld               []string            // of what these include
	strangerTo             []string            // projects of its organization that it is no member of
	expelled               bool                // from its organization, see ExpelFromOrganization
	lockouts               map[string]*lockout // by method
	oidc                   *OIDCAuth           // nil without this method
}

type identityToken struct {
	identity         *identity
	expired, revoked bool
	usesLeft         int // of a limited one
	limited          bool
}

type identityClaims struct {
	jwt.RegisteredClaims
	IdentityID            string `json:"identityId"`
	IdentityAccessTokenID string `json:"identityAccessTokenId"`
	AuthTokenType         string `json:"authTokenType"`
	OrgID                 string `json:"orgId,omitempty"` // newest servers
}

func (i *Server) addIdentity(name, orgID string, actions ...string) *identity {
	id := &identity{
		id: uuid.NewString(), name: name, orgID: orgID,
		clientID: uuid.NewString(), clientSecret: secrets.New(server.RandomHex(32)), actions: actions, lockouts: map[string]*lockout{},
	}
	i.identities = append(i.identities, id)
	return id
}

// AccessToken is a fresh identity access token of ClientID's identity.
func (i *Server) AccessToken() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issue(i.identities[0])
}

// OmitOrganization makes the server one from before access tokens named their organization in their payload.
func (i *Server) OmitOrganization(omit bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.anonymousTokens = omit
}

// ExpireAccessTokens ends the life of every access token issued so far: 403 TokenError.
func (i *Server) ExpireAccessTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, token := range i.tokens {
		token.expired = true
	}
}

// RevokeAccessTokens revokes every access token issued so far: 401.
func (i *Server) RevokeAccessTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, token := range i.tokens {
		token.revoked = true
	}
}

// Permit sets what the identity of clientID may do with app connections, in the organization and its projects: any of
// "read", "create", "edit", "delete", "connect". It panics when there is no such identity.
func (i *Server) Permit(clientID string, actions ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := i.identityByClientID(clientID)
	if id == nil {
		panic("sandbox: no identity has the client id " + clientID)
	}
	id.actions = slices.Clone(actions)
}

// ExpelFromOrganization ends the membership of the identity of clientID in its organization; those in projects last.
func (i *Server) ExpelFromOrganization(clientID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.identityByClientID(clientID).expelled = true
}

// Withhold takes rights away that those of Permit include otherwise: "sync-secrets" and "remove-secrets" of syncs, and
// "describe-secret", without which no sync may read a folder.
func (i *Server) Withhold(clientID string, rights ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.identityByClientID(clientID).withheld = slices.Clone(rights)
}

// withholds refuses what Withhold took away of the rights on syncs.
func (i *Server) withholds(id *identity, action string) *server.Reply {
	if !slices.Contains(id.withheld, action) {
		return nil
	}
	failure := apiErrorWith(http.StatusForbidden, "PermissionDenied", "You are not allowed to "+action+" on secret-syncs", map[string]any{"details": []any{}})
	return &failure
}

func (i *Server) identityByClientID(clientID string) *identity {
	for _, id := range i.identities {
		if id.clientID == clientID {
			return id
		}
	}
	return nil
}

func (i *Server) issue(id *identity) string {
	now, tokenID := i.now(), uuid.NewString()
	i.tokens[tokenID] = &identityToken{identity: id, limited: i.accessTokens.uses > 0, usesLeft: i.accessTokens.uses}
	claims := identityClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(i.accessTokens.lifetime)),
		},
		IdentityID: id.id, IdentityAccessTokenID: tokenID, AuthTokenType: "identityAccessToken",
	}
	if !i.older && !i.anonymousTokens {
		claims.OrgID, claims.ID = id.orgID, tokenID
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(i.jwtKey)
	if err != nil {
		panic("sandbox: signing an identity access token: " + err.Error())
	}
	return secrets.New(signed)
}

// details answers with the identity's own organization, whatever organization the session is scoped to.
func (i *Server) details(c *call) server.Reply {
	slug := i.OrganizationSlug
	if c.identity.orgID != i.OrganizationID {
		slug = "other-org"
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"identityDetails": map[string]any{
		"organization": map[string]any{"id": c.identity.orgID, "name": slug, "slug": slug},
	}}}
}

// authenticated lets only calls with a live identity access token through, before anything of them is validated.
func (i *Server) authenticated(next handler) handler {
	return func(c *call) server.Reply {
		if c.Header.Get("X-API-Key") != "" {
			return badRequest("API key authentication is not supported anymore. Please switch to identity authentication.")
		}
		authorization := c.Header.Get("Authorization")
		if authorization == "" {
			return unauthorized("Token missing")
		}
		token := authorization[min(len("Bearer "), len(authorization)):]
		if strings.HasPrefix(token, "st.") {
			return apiError(http.StatusForbidden, "Forbidden access to "+c.URL.RequestURI(), "You are not allowed to access this resource")
		}
		id, failure := i.identify(token)
		if failure != nil {
			return *failure
		}
		c.identity = id
		return next(c)
	}
}

func (i *Server) identify(token string) (*identity, *server.Reply) {
	var claims identityClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return i.jwtKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithTimeFunc(i.now))
	if err != nil {
		failure := apiError(http.StatusForbidden, "TokenError", jwtMessage(token, err))
		return nil, &failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.tokens[claims.IdentityAccessTokenID]
	switch {
	case known == nil:
		failure := unauthorized("No identity access token found")
		return nil, &failure
	case known.expired:
		failure := apiError(http.StatusForbidden, "TokenError", expiredTokenMessage)
		return nil, &failure
	case known.revoked && i.older:
		failure := unauthorized("Failed to authorize revoked access token, access token is revoked")
		return nil, &failure
	case known.revoked:
		failure := unauthorized("Failed to authorize: token has been revoked")
		return nil, &failure
	case known.limited && known.usesLeft == 0:
		failure := unauthorized("Failed to authorize: token usage limit reached")
		return nil, &failure
	}
	known.usesLeft--
	return known.identity, nil
}

const expiredTokenMessage = "Your token has expired. Please re-authenticate."

func jwtMessage(token string, err error) string {
	switch {
	case token == "":
		return "jwt must be provided"
	case errors.Is(err, jwt.ErrTokenExpired):
		return expiredTokenMessage
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "The provided access token is malformed. Please use a valid token or generate a new one and try again."
	case algorithm(token) != jwt.SigningMethodHS256.Alg():
		return "The access token is signed with an invalid algorithm. Please provide a valid token and try again."
	default:
		return "invalid signature"
	}
}

func algorithm(token string) string {
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		return ""
	}
	return parsed.Method.Alg()
}
