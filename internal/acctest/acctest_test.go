package acctest_test

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// A connection that one server has is neither another organization's nor another server's, and yet both may use the
// same GitLab.
func TestAccServers_apart(t *testing.T) {
	t.Parallel()
	first := acctest.StartSandbox(t)
	connection := func(s *acctest.Servers) map[string]any {
		return map[string]any{"name": "platform", "access_token": map[string]any{"type": "group", "value_wo": s.Token}}
	}
	for name, servers := range map[string]*acctest.Servers{
		"first": first, "another organization": first.OtherOrganization(), "another Infisical": first.AnotherInfisical(t),
	} {
		terraform := acctest.NewProtocol(t, acctest.Environment(), "infisical_gitlab_connection", map[string]any{
			"host":   servers.Host,
			"auth":   map[string]any{"universal": map[string]any{"client_id": servers.ClientID, "client_secret": servers.ClientSecret}},
			"gitlab": map[string]any{"instance_url": servers.InstanceURL},
		})
		plan := terraform.Plan(t.Context(), connection(servers))
		if diags := append(plan.Diagnostics, terraform.ApplyPlan(t.Context(), plan)...); diags.Failed() {
			t.Errorf("%s: %s", name, diags)
		}
	}
	if n := len(first.Sandbox.Infisical.Connections()); n != 2 {
		t.Errorf("%d connections on the first server, want 2", n)
	}
}
