package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Lock-out of universal auth, with the defaults of an identity:
// https://infisical.com/docs/documentation/platform/identities/universal-auth.
const (
	lockoutThreshold    = 3
	lockoutDuration     = 5 * time.Minute
	lockoutCounterReset = 30 * time.Second
)

// identityTokenLifetime is the default of an identity.
const identityTokenLifetime = 2592000 * time.Second

// LDAPUsername is the user name that goes with the proof of "ldap".
const LDAPUsername = "ldap-user"

type identity struct {
	id, name, orgID        string
	clientID, clientSecret string
	actions                []string
	proofs                 map[string]string

	failures    int
	lastFailure time.Time
	lockedUntil time.Time
}

type identityToken struct {
	identity         *identity
	expired, revoked bool
}

type identityClaims struct {
	jwt.RegisteredClaims
	IdentityID            string `json:"identityId"`
	IdentityAccessTokenID string `json:"identityAccessTokenId"`
	AuthTokenType         string `json:"authTokenType"`
}

func (i *Infisical) addIdentity(name string, actions ...string) *identity {
	id := &identity{
		id: uuid.NewString(), name: name, orgID: i.OrganizationID,
		clientID: uuid.NewString(), clientSecret: randomHex(32), actions: actions, proofs: map[string]string{},
	}
	for _, method := range []string{"oidc", "jwt", "kubernetes", "azure", "gcp", "aws", "ldap"} {
		id.proofs[method] = method + "-proof-" + randomHex(8)
	}
	i.identities = append(i.identities, id)
	return id
}

// Proof is what proves IdentityID by a method: the JWT of oidc, jwt, kubernetes, azure and gcp, the access key id of aws, the
// password of ldap (for LDAPUsername). It is "" for any other.
func (i *Infisical) Proof(method string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.identities[0].proofs[method]
}

// AccessToken is a fresh identity access token of ClientID's identity.
func (i *Infisical) AccessToken() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issue(i.identities[0])
}

// ExpireAccessTokens ends the life of every access token issued so far: 403 TokenError.
func (i *Infisical) ExpireAccessTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, token := range i.tokens {
		token.expired = true
	}
}

// RevokeAccessTokens revokes every access token issued so far: 401.
func (i *Infisical) RevokeAccessTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, token := range i.tokens {
		token.revoked = true
	}
}

// Permit sets what the identity of clientID may do with app connections, in the organisation and its projects: any of
// "read", "create", "edit", "delete", "connect". It panics when there is no such identity.
func (i *Infisical) Permit(clientID string, actions ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := i.identityByClientID(clientID)
	if id == nil {
		panic("sandbox: no identity has the client id " + clientID)
	}
	id.actions = slices.Clone(actions)
}

func (i *Infisical) identityByClientID(clientID string) *identity {
	for _, id := range i.identities {
		if id.clientID == clientID {
			return id
		}
	}
	return nil
}

func (i *Infisical) issue(id *identity) string {
	now, tokenID := i.now(), uuid.NewString()
	i.tokens[tokenID] = &identityToken{identity: id}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, identityClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(identityTokenLifetime)),
		},
		IdentityID: id.id, IdentityAccessTokenID: tokenID, AuthTokenType: "identityAccessToken",
	}).SignedString(i.jwtKey)
	if err != nil {
		panic("sandbox: signing an identity access token: " + err.Error())
	}
	return signed
}

// logIn answers a login that has proved who it is. The lock is held.
func (i *Infisical) logIn(id *identity, body fields) reply {
	if slug := body.text("organizationSlug"); slug != "" && slug != i.OrganizationSlug {
		return notFound("Sub organization with slug " + slug + " not found")
	}
	seconds := int(identityTokenLifetime / time.Second)
	return reply{status: http.StatusOK, body: map[string]any{
		"accessToken": i.issue(id), "expiresIn": seconds, "accessTokenMaxTTL": seconds, "tokenType": "Bearer",
	}}
}

// loginBody parses the body of a login with the given string fields, all required.
func loginBody(c *infisicalCall, names ...string) (fields, *reply) {
	value, failure := c.decode()
	if failure != nil {
		return nil, failure
	}
	schema := object{{"organizationSlug", optional{slug("organizationSlug")}}}
	for _, name := range names {
		schema = append(schema, field{name, text{trim: true}})
	}
	body := schema.parse(value, nil)
	if len(body.issues) > 0 {
		failure := invalid(body.issues)
		return nil, &failure
	}
	return body.fields(), nil
}

func (i *Infisical) loginUniversal(c *infisicalCall) reply {
	body, failure := loginBody(c, "clientId", "clientSecret")
	if failure != nil {
		return *failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	id := i.identityByClientID(body.text("clientId"))
	if id == nil {
		return unauthorized("Invalid credentials")
	}
	now := i.now()
	if now.Before(id.lockedUntil) {
		return unauthorized("This identity auth method is temporarily locked, please try again later")
	}
	if id.clientSecret != body.text("clientSecret") {
		id.countFailure(now)
		return unauthorized("Invalid credentials")
	}
	id.failures = 0
	return i.logIn(id, body)
}

func (id *identity) countFailure(now time.Time) {
	if now.Sub(id.lastFailure) >= lockoutCounterReset {
		id.failures = 0
	}
	id.failures++
	id.lastFailure = now
	if id.failures >= lockoutThreshold {
		id.failures = 0
		id.lockedUntil = now.Add(lockoutDuration)
	}
}

// loginProved logs in the identity when it accepts the proof for the method.
func (i *Infisical) loginProved(body fields, method string, proves func(accepted string) bool) reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, id := range i.identities {
		if id.id == body.text("identityId") && proves(id.proofs[method]) {
			return i.logIn(id, body)
		}
	}
	return unauthorized("Access denied: Identity could not be verified")
}

func (i *Infisical) loginJWT(method string) infisicalHandler {
	return func(c *infisicalCall) reply {
		body, failure := loginBody(c, "identityId", "jwt")
		if failure != nil {
			return *failure
		}
		return i.loginProved(body, method, func(accepted string) bool { return body["jwt"] == accepted })
	}
}

func (i *Infisical) loginLDAP(c *infisicalCall) reply {
	body, failure := loginBody(c, "identityId", "username", "password")
	if failure != nil {
		return *failure
	}
	return i.loginProved(body, "ldap", func(accepted string) bool {
		return body["username"] == LDAPUsername && body["password"] == accepted
	})
}

// loginAWS accepts a presigned GetCallerIdentity request whose signature names the accepted access key id. The signature itself
// cannot be checked here: AWS does that.
func (i *Infisical) loginAWS(c *infisicalCall) reply {
	body, failure := loginBody(c, "identityId", "iamHttpRequestMethod", "iamRequestBody", "iamRequestHeaders")
	if failure != nil {
		return *failure
	}
	request, err := base64.StdEncoding.DecodeString(body.text("iamRequestBody"))
	if err != nil {
		return badRequest("Invalid iamRequestBody")
	}
	encoded, err := base64.StdEncoding.DecodeString(body.text("iamRequestHeaders"))
	if err != nil {
		return badRequest("Invalid iamRequestHeaders")
	}
	var headers map[string]any
	if err := json.Unmarshal(encoded, &headers); err != nil {
		return badRequest("Invalid iamRequestHeaders")
	}
	authorization := ""
	for name, value := range headers {
		if strings.EqualFold(name, "Authorization") {
			authorization, _ = value.(string)
		}
	}
	return i.loginProved(body, "aws", func(accepted string) bool {
		return body["iamHttpRequestMethod"] == http.MethodPost &&
			strings.Contains(string(request), "Action=GetCallerIdentity") &&
			strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 ") &&
			strings.Contains(authorization, "Credential="+accepted+"/")
	})
}

// authenticated lets only calls with a live identity access token through, before anything of them is validated.
func (i *Infisical) authenticated(next infisicalHandler) infisicalHandler {
	return func(c *infisicalCall) reply {
		if c.Header.Get("X-API-Key") != "" {
			return badRequest("API key authentication is not supported anymore. Please switch to identity authentication.")
		}
		authorization := c.Header.Get("Authorization")
		if len(authorization) <= len("Bearer ") {
			return unauthorized("Token missing")
		}
		token := authorization[len("Bearer "):]
		if strings.HasPrefix(token, "st.") {
			return infisicalError(http.StatusForbidden, "Forbidden access to "+c.URL.RequestURI(), "You are not allowed to access this resource")
		}
		id, failure := i.identify(token)
		if failure != nil {
			return *failure
		}
		c.identity = id
		return next(c)
	}
}

func (i *Infisical) identify(token string) (*identity, *reply) {
	var claims identityClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return i.jwtKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithTimeFunc(i.now))
	if err != nil {
		failure := infisicalError(http.StatusForbidden, "TokenError", jwtMessage(token, err))
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
		failure := infisicalError(http.StatusForbidden, "TokenError", expiredTokenMessage)
		return nil, &failure
	case known.revoked:
		failure := unauthorized("Failed to authorize revoked access token, access token is revoked")
		return nil, &failure
	}
	return known.identity, nil
}

const expiredTokenMessage = "Your token has expired. Please re-authenticate."

func jwtMessage(token string, err error) string {
	switch {
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
