package infisical

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// organizations are those of the connections that the server has shown to this session.
type organizations struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (o *organizations) saw(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[id] = true
}

// Organizations returns the ids, sorted, of the organizations that this session is known to belong to: those of the
// connections that it has seen, and the one that newer servers name in the access token. It asks the server only when
// none is known yet; older servers do not tell.
func (c *Client) Organizations(ctx context.Context) ([]string, error) {
	known, err := c.knownOrganizations(ctx)
	if err == nil && len(known) == 0 {
		known[c.homeOrganization(ctx)] = true
	}
	delete(known, "")
	return slices.Sorted(maps.Keys(known)), err
}

// Organization is the id of the one organization that this session is known to belong to. It asks the server, once,
// where neither the access token nor a connection has told, as with servers of before 2026; empty when the server does
// not tell either.
func (c *Client) Organization(ctx context.Context) string {
	known, _ := c.knownOrganizations(ctx)
	if len(known) != 1 {
		return c.homeOrganization(ctx)
	}
	return slices.Collect(maps.Keys(known))[0]
}

func (c *Client) knownOrganizations(ctx context.Context) (map[string]bool, error) {
	token, err := c.accessToken(ctx, "")
	if err != nil {
		return nil, err
	}
	c.organizations.mu.Lock()
	known := maps.Clone(c.organizations.seen)
	c.organizations.mu.Unlock()
	known[organizationID(tokenOrganization(token))] = true
	delete(known, "")
	return known, nil
}

// homeOrganization is the id of the identity's organization, which it asks for once, by GET /api/v1/identities/details.
// It is empty when the server does not tell, and for a session that is scoped to a sub-organization, which is another
// one.
func (c *Client) homeOrganization(ctx context.Context) string {
	if c.config.OrganizationSlug != "" {
		return ""
	}
	home, _ := c.home.Get(ctx, c.askForOrganization) // The end of ctx is found out by the caller's own next request.
	return home
}

func (c *Client) askForOrganization(ctx context.Context) string {
	var reply struct {
		Details struct {
			Organization struct {
				ID transport.Data `json:"id"`
			} `json:"organization"`
		} `json:"identityDetails"`
	}
	call := call{operation: "find out the identity's organization", method: http.MethodGet, path: "/api/v1/identities/details"}
	if _, err := c.do(ctx, call, &reply); err != nil {
		return ""
	}
	return organizationID(reply.Details.Organization.ID)
}

// organizationID is empty for what cannot be an id.
func organizationID(id transport.Data) string {
	if !areIdentifiers(id) {
		return ""
	}
	return string(id)
}

// tokenOrganization reads orgId from the payload of an access token; empty when there is none. The signature is for the
// server to verify: nothing is granted by what the payload says.
func tokenOrganization(token string) transport.Data {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		OrganizationID transport.Data `json:"orgId"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.OrganizationID
}
