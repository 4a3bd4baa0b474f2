package connection_test

import "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"

const resourceType = "infisical_gitlab_connection"

// state is the state of a resource for a connection that the sandbox has.
func state(c infisical.Connection) map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "method": c.Method, "organization_id": c.OrgID, "instance_url": c.InstanceURL,
		"credentials_hash": c.CredentialsHash, "created_at": c.CreatedAt,
		"access_token": map[string]any{"type": c.AccessTokenType},
	}
}
