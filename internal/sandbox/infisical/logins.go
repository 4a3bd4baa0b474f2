package infisical

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Lock-out of universal and LDAP auth, with the defaults of an identity:
// https://infisical.com/docs/documentation/platform/identities/universal-auth.
const (
	lockoutThreshold    = 3
	lockoutDuration     = 5 * time.Minute
	lockoutCounterReset = 30 * time.Second
)

// The methods by which the identity of IdentityID logs in besides universal auth, as the paths of their logins name
// them.
const (
	MethodOIDC       = "oidc"
	MethodJWT        = "jwt"
	MethodKubernetes = "kubernetes"
	MethodAWS        = "aws"
	MethodAzure      = "azure"
	MethodGCP        = "gcp"
	MethodLDAP       = "ldap"
)

// methodTitles are the names of the methods in messages.
var methodTitles = map[string]string{
	MethodOIDC: "OIDC", MethodJWT: "JWT", MethodKubernetes: "Kubernetes", MethodAWS: "AWS", MethodAzure: "Azure", MethodGCP: "GCP", MethodLDAP: "LDAP",
}

// What the identity of IdentityID demands of a JWT of the methods oidc and jwt, and how LDAP knows it.
const (
	LDAPUsername = "ldap-user"
	// JWTIssuer is the only one that is trusted, for oidc and for jwt.
	JWTIssuer = "https://gitlab.example.com"
	// JWTAudience is the only audience that is accepted, for oidc and for jwt.
	JWTAudience = "https://app.infisical.com"
	// JWTSubject is a pattern; * stands for anything but a slash.
	JWTSubject = "project_path:acme/app:*"
	// KubernetesNamespace is the only namespace whose service accounts are accepted.
	KubernetesNamespace = "terraform"
)

// loginSettings are an administrator's, for the methods of IdentityID.
type loginSettings struct {
	absent       map[string]bool // methods that are not set up
	gcpType      string          // "gce" for tokens of the metadata service, "iam" for JWTs that IAM signed
	ldapPassword string
	awsAccounts  []string // allowed; nil is all
}

type accessTokenSettings struct {
	lifetime time.Duration
	uses     int // 0 is no limit
}

// LimitAccessTokens sets how long access tokens live that are issued from now on, and for how many calls; 0 uses are no
// limit.
func (i *Server) LimitAccessTokens(lifetime time.Duration, uses int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.accessTokens = accessTokenSettings{lifetime: lifetime, uses: uses}
}

// RemoveMethod makes IdentityID an identity for which the method is not set up.
func (i *Server) RemoveMethod(method string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.logins.absent[method] = true
}

// AllowAWSAccounts lets only these accounts log in.
func (i *Server) AllowAWSAccounts(ids ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.logins.awsAccounts = ids
}

// ExpectGCPIAM makes the method gcp accept JWTs that IAM signed instead of tokens of the metadata service.
func (i *Server) ExpectGCPIAM() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.logins.gcpType = "iam"
}

// LDAPPassword is that of LDAPUsername.
func (i *Server) LDAPPassword() string { return i.logins.ldapPassword }

// IDToken is a JWT that IdentityID's methods oidc and jwt accept: what GitLab puts into a job's variable for the
// project acme/app, https://docs.gitlab.com/ci/secrets/id_token_authentication. Claims given replace its own; nil ones
// are left out.
func (i *Server) IDToken(claims map[string]any) string {
	now := i.now()
	all := map[string]any{
		"iss": JWTIssuer, "aud": JWTAudience, "sub": "project_path:acme/app:ref_type:branch:ref:main",
		"iat": now.Unix(), "nbf": now.Unix() - 5, "exp": now.Add(5 * time.Minute).Unix(), "jti": server.RandomHex(16),
		"project_path": "acme/app", "namespace_path": "acme", "ref": "main", "ref_type": "branch", "ref_protected": "true",
		"pipeline_source": "push", "user_login": "ada",
	}
	return server.SignJWT(all, claims)
}

// ServiceAccountToken is a token of a Kubernetes service account that IdentityID's method kubernetes accepts.
func (i *Server) ServiceAccountToken(claims map[string]any) string {
	now := i.now()
	return server.SignJWT(map[string]any{
		"iss": "https://kubernetes.default.svc.cluster.local", "aud": []string{"https://kubernetes.default.svc.cluster.local"},
		"sub": "system:serviceaccount:" + KubernetesNamespace + ":runner", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, claims)
}

// logIn answers a login that has proved who it is. The lock is held.
func (i *Server) logIn(id *identity, body fields) server.Reply {
	if slug := body.text("organizationSlug"); slug != "" && (slug != i.OrganizationSlug || id.orgID != i.OrganizationID) {
		return notFound("Sub organization with slug " + slug + " not found")
	}
	seconds := int(i.accessTokens.lifetime / time.Second)
	return server.Reply{Status: http.StatusOK, Body: map[string]any{
		"accessToken": i.issue(id), "expiresIn": seconds, "accessTokenMaxTTL": seconds, "tokenType": "Bearer",
	}}
}

// loginBody parses the body of a login with the given string fields, all required.
func loginBody(c *call, names ...string) (fields, *server.Reply) {
	schema := object{{"organizationSlug", optional{slug("organizationSlug")}}}
	for _, name := range names {
		schema = append(schema, field{name, text{trim: true}})
	}
	return c.sent(schema)
}

func (i *Server) loginUniversal(c *call) server.Reply {
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
	guard := id.lockout("universal")
	if guard.locked(i.now()) {
		return lockedOut()
	}
	if id.clientSecret != body.text("clientSecret") {
		guard.countFailure(i.now())
		return unauthorized("Invalid credentials")
	}
	guard.failures = 0
	return i.logIn(id, body)
}

// A lockout counts the failed logins of one method.
type lockout struct {
	failures    int
	lastFailure time.Time
	lockedUntil time.Time
}

func (id *identity) lockout(key string) *lockout {
	if id.lockouts[key] == nil {
		id.lockouts[key] = &lockout{}
	}
	return id.lockouts[key]
}

func (l *lockout) locked(now time.Time) bool { return now.Before(l.lockedUntil) }

func (l *lockout) countFailure(now time.Time) {
	if now.Sub(l.lastFailure) >= lockoutCounterReset {
		l.failures = 0
	}
	l.failures++
	l.lastFailure = now
	if l.failures >= lockoutThreshold {
		l.failures = 0
		l.lockedUntil = now.Add(lockoutDuration)
	}
}

func lockedOut() server.Reply {
	return unauthorized("This identity auth method is temporarily locked, please try again later")
}

// loginBy logs in the identity of the body when it has the method and accepts the proof: accept returns why it does
// not. The lock is held in accept.
func (i *Server) loginBy(method string, body fields, accept func(*identity) *server.Reply) server.Reply {
	id := body.text("identityId")
	if !server.UUIDPattern.MatchString(id) {
		// The look-up fails in the database, which does not compare a uuid with other text.
		return apiError(http.StatusInternalServerError, "Find one", "Something went wrong")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	found := i.identityWith(method, id)
	if found == nil {
		title := methodTitles[method]
		return notFound(title + " auth method not found for identity, did you configure " + title + " auth?")
	}
	if failure := accept(found); failure != nil {
		return *failure
	}
	return i.logIn(found, body)
}

// identityWith is the identity of that id, when the method is set up for it: all are for IdentityID, and oidc for those
// of AddOIDCIdentity.
func (i *Server) identityWith(method, id string) *identity {
	for index, identity := range i.identities {
		switch {
		case identity.id != id:
		case index == 0 && !i.logins.absent[method], index > 0 && method == MethodOIDC && identity.oidc != nil:
			return identity
		}
	}
	return nil
}

// An acceptance returns why the claims of a JWT do not suffice for an identity, or why they could not be had.
type acceptance func(id *identity, body fields, claims jwt.MapClaims, err error) *server.Reply

// loginJWT serves the methods whose proof is a JWT.
func (i *Server) loginJWT(method string, accept acceptance) handler {
	return func(c *call) server.Reply {
		body, failure := loginBody(c, "identityId", "jwt")
		if failure != nil {
			return *failure
		}
		return i.loginBy(method, body, func(id *identity) *server.Reply {
			claims, err := i.verify(body.text("jwt"))
			return accept(id, body, claims, err)
		})
	}
}

// verify reads a JWT that our signing key has signed. An error says why not, as the server's library does.
func (i *Server) verify(token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return server.SigningKey().Public(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithTimeFunc(i.now))
	if err != nil {
		return nil, jsonWebTokenError(err)
	}
	return claims, nil
}

func refusedWith(a server.Reply) *server.Reply { return &a }

// acceptJWT follows backend/src/services/identity-jwt-auth/identity-jwt-auth-service.ts of Infisical, with static keys.
func (i *Server) acceptJWT(_ *identity, _ fields, claims jwt.MapClaims, err error) *server.Reply {
	switch {
	case err != nil && err.Error() == jwtMalformed:
		return refusedWith(unauthorized("Invalid JWT"))
	case err != nil:
		return refusedWith(unauthorized("Access denied: JWT verification failed with all keys. Errors - " + err.Error()))
	case claims["iss"] != JWTIssuer:
		return refusedWith(apiError(http.StatusForbidden, "ForbiddenError", "Access denied: issuer mismatch"))
	case !matchesPolicy(claims["sub"], JWTSubject):
		return refusedWith(apiError(http.StatusForbidden, "ForbiddenError", "Access denied: subject not allowed"))
	case !hasAudience(claims, JWTAudience):
		return refusedWith(unauthorized("Access denied: token audience not allowed"))
	}
	return nil
}

// acceptKubernetes stands for the cluster's token review, too.
func (i *Server) acceptKubernetes(_ *identity, _ fields, claims jwt.MapClaims, err error) *server.Reply {
	if err != nil {
		return refusedWith(apiError(http.StatusUnauthorized, "KubernetesTokenReviewError", "Kubernetes token not authenticated"))
	}
	if !matchesPolicy(claims["sub"], "system:serviceaccount:"+KubernetesNamespace+":*") {
		return refusedWith(unauthorized("Access denied: K8s namespace not allowed."))
	}
	return nil
}

// acceptAzure follows backend/src/services/identity-azure-auth/identity-azure-auth-fns.ts of Infisical, which lets the
// errors of its JWT library through: the error handler makes a TokenError of them.
func (i *Server) acceptAzure(_ *identity, _ fields, claims jwt.MapClaims, err error) *server.Reply {
	switch {
	case err != nil && err.Error() == jwtMalformed:
		return refusedWith(internalServerError("Something went wrong"))
	case err != nil && err.Error() == jwtExpired:
		return refusedWith(apiError(http.StatusForbidden, "TokenError", expiredTokenMessage))
	case err != nil:
		return refusedWith(unauthorized("Invalid signing key"))
	case !hasAudience(claims, cloud.AzureResource):
		return refusedWith(apiError(http.StatusForbidden, "TokenError", "jwt audience invalid. expected: "+cloud.AzureResource))
	case claims["tid"] != cloud.AzureTenant:
		return refusedWith(unauthorized("Tenant ID mismatch"))
	case claims["oid"] != cloud.AzurePrincipal:
		return refusedWith(unauthorized(fmt.Sprintf("Service principal '%v' not allowed", claims["oid"])))
	}
	return nil
}

var serviceAccountPattern = regexp.MustCompile(`^[a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com$`)

// acceptGCP follows backend/src/services/identity-gcp-auth/identity-gcp-auth-fns.ts of Infisical.
func (i *Server) acceptGCP(_ *identity, body fields, claims jwt.MapClaims, err error) *server.Reply {
	email, _ := claims["email"].(string)
	if i.logins.gcpType == "iam" {
		email, _ = claims["sub"].(string)
	}
	switch {
	case i.logins.gcpType == "iam" && err != nil && err.Error() == jwtMalformed:
		return refusedWith(unauthorized("Invalid GCP IAM token"))
	case i.logins.gcpType == "iam" && err != nil:
		return refusedWith(unauthorized("Invalid GCP IAM token signature"))
	case i.logins.gcpType == "iam" && !serviceAccountPattern.MatchString(email):
		return refusedWith(unauthorized("Invalid service account identifier"))
	case i.logins.gcpType == "iam" && !hasAudience(claims, body.text("identityId")):
		return refusedWith(unauthorized("Invalid audience in GCP IAM Token"))
	case err != nil, i.logins.gcpType == "gce" && (claims["iss"] != cloud.GoogleIssuer || !hasAudience(claims, body.text("identityId"))):
		return refusedWith(unauthorized("Invalid GCP ID token"))
	case email != cloud.ServiceAccountEmail:
		return refusedWith(unauthorized("Access denied: GCP service account not allowed."))
	}
	return nil
}

func (i *Server) loginLDAP(c *call) server.Reply {
	body, failure := loginBody(c, "identityId", "username", "password")
	if failure != nil {
		return *failure
	}
	if !server.UUIDPattern.MatchString(body.text("identityId")) {
		return invalid([]issue{{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{"identityId"}}})
	}
	return i.loginBy(MethodLDAP, body, func(id *identity) *server.Reply {
		guard := id.lockout(MethodLDAP + " " + body.text("username"))
		if guard.locked(i.now()) {
			return refusedWith(lockedOut())
		}
		if body["username"] != LDAPUsername || body["password"] != i.logins.ldapPassword {
			guard.countFailure(i.now())
			return refusedWith(unauthorized("LDAP authentication failed"))
		}
		guard.failures = 0
		return nil
	})
}

// loginAWS follows backend/src/services/identity-aws-auth/identity-aws-auth-service.ts of Infisical: it sends the
// signed request to the STS of the region that the signature names. The cloud of this sandbox stands for STS.
func (i *Server) loginAWS(c *call) server.Reply {
	body, failure := loginBody(c, "identityId", "iamRequestBody", "iamRequestHeaders")
	if failure != nil {
		return *failure
	}
	return i.loginBy(MethodAWS, body, func(*identity) *server.Reply {
		headers := map[string]string{}
		encoded, err := base64.StdEncoding.DecodeString(body.text("iamRequestHeaders"))
		if err != nil || json.Unmarshal(encoded, &headers) != nil {
			return refusedWith(internalServerError("Something went wrong"))
		}
		request, err := base64.StdEncoding.DecodeString(body.text("iamRequestBody"))
		if err != nil {
			return refusedWith(internalServerError("Something went wrong"))
		}
		region := signedRegion(headers["Authorization"])
		if !awsRegionPattern.MatchString(region) {
			return refusedWith(badRequest("Invalid AWS region"))
		}
		// What STS says is an error of the HTTP client, which the error handler does not know.
		if err := i.cloud.CallerIdentity(i.now(), region, headers, string(request)); err != nil {
			return refusedWith(internalServerError("Something went wrong"))
		}
		if i.logins.awsAccounts != nil && !slices.Contains(i.logins.awsAccounts, cloud.AWSAccount) {
			return refusedWith(unauthorized("Access denied: AWS account ID not allowed."))
		}
		return nil
	})
}

var awsRegionPattern = regexp.MustCompile(`^[a-z0-9-]{1,20}$`)

// signedRegion is the third part of the credential scope,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
func signedRegion(authorization string) string {
	for _, part := range strings.Fields(authorization) {
		if scope := strings.Split(part, "/"); strings.HasPrefix(part, "Credential=") && len(scope) >= 3 {
			return scope[2]
		}
	}
	return ""
}

// matchesPolicy compares a claim with a pattern as the server does, with picomatch.
func matchesPolicy(claim any, pattern string) bool {
	value, ok := claim.(string)
	if !ok {
		return false
	}
	matched, err := path.Match(pattern, value)
	return err == nil && matched
}

func hasAudience(claims jwt.MapClaims, wanted string) bool {
	audiences, err := claims.GetAudience()
	return err == nil && slices.Contains(audiences, wanted)
}
