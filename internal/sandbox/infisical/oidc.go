package infisical

import (
	"maps"
	"net/http"
	"slices"

	"github.com/golang-jwt/jwt/v5"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// An OIDCAuth is what the method oidc of an identity demands of a JWT, by the fields of its page:
// https://infisical.com/docs/documentation/platform/identities/oidc-auth/gitlab.
type OIDCAuth struct {
	Issuer    string
	Audiences []string
	Subject   string            // a pattern; * stands for anything but a slash. Empty is any subject
	Claims    map[string]string // patterns by claim
}

// AddOIDCIdentity adds an identity to the organization that logs in by OIDC alone, and returns its id. It may do the
// actions that Permit lists.
func (i *Server) AddOIDCIdentity(name string, auth OIDCAuth, actions ...string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := i.addIdentity(name, i.OrganizationID, actions...)
	id.clientSecret, id.oidc = "", &auth
	return id.id
}

// BindOIDC demands a subject and claims of the JWTs of IdentityID's method oidc, as patterns. An empty subject may be
// any.
func (i *Server) BindOIDC(subject string, claims map[string]string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	auth := i.identities[0].oidc
	auth.Subject, auth.Claims = subject, maps.Clone(claims)
}

// acceptOIDC follows backend/src/services/identity-oidc-auth/identity-oidc-auth-service.ts of Infisical.
func (i *Server) acceptOIDC(id *identity, _ fields, claims jwt.MapClaims, err error) *server.Reply {
	auth := id.oidc
	switch {
	case err != nil && err.Error() == jwtMalformed:
		return refusedWith(unauthorized("Invalid JWT"))
	case err != nil:
		return refusedWith(unauthorized("Access denied: " + err.Error()))
	case claims["iss"] != auth.Issuer:
		return refusedWith(unauthorized("Access denied: jwt issuer invalid. expected: " + auth.Issuer))
	case auth.Subject != "" && !matchesPolicy(claims["sub"], auth.Subject):
		return refusedWith(apiError(http.StatusForbidden, "ForbiddenError", "Access denied: OIDC subject not allowed."))
	case !slices.ContainsFunc(auth.Audiences, func(allowed string) bool { return hasAudience(claims, allowed) }):
		return refusedWith(unauthorized("Access denied: OIDC audience not allowed."))
	}
	for name, pattern := range auth.Claims {
		if claims[name] == nil {
			return refusedWith(unauthorized("Access denied: token has no " + name + " field"))
		}
		if !matchesPolicy(claims[name], pattern) {
			return refusedWith(unauthorized("Access denied: OIDC claim not allowed."))
		}
	}
	return nil
}
