package acctest

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// What a plan reads and plans depends on how it refreshes.
func TestAccModule_refreshes(t *testing.T) {
	t.Parallel()
	servers := StartSandbox(t)
	heard := &recorder{}
	module := NewModule(t, quiet(), map[string]any{
		"host":   servers.Host,
		"auth":   map[string]any{"universal": map[string]any{"client_id": servers.ClientID, "client_secret": servers.ClientSecret}},
		"gitlab": map[string]any{"instance_url": servers.InstanceURL},
	})
	module.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		heard.ProviderServer = server
		return heard
	}
	blocks := func(name string) []Block {
		var all []Block
		for _, key := range []string{"a", "b"} {
			config := map[string]any{"name": key, "access_token": map[string]any{"value_wo": servers.Token, "type": "group"}}
			if key == "b" {
				config["name"] = name
			}
			all = append(all, Block{Address: `infisical_gitlab_connection.each["` + key + `"]`, Config: config})
		}
		return all
	}
	plan := module.Plan(t.Context(), blocks("b"))
	if diags := append(plan.Diagnostics, module.ApplyPlan(t.Context(), plan)...); diags.Failed() {
		t.Fatal(diags)
	}
	heard.said()
	for name, tc := range map[string]struct {
		options []PlanOption
		want    string
	}{
		"refreshed":           {nil, "read 1, plan 1, read 2, plan 2"},
		"unrefreshed":         {[]PlanOption{Unrefreshed}, "plan 1, plan 2"},
		"minimally refreshed": {[]PlanOption{MinimallyRefreshed}, "plan 1, plan 2, read 2, plan 2"},
	} {
		plan := module.Plan(t.Context(), blocks("renamed"), tc.options...)
		var asked []string
		for _, call := range heard.calls[1:] {
			words := strings.Fields(call)
			asked = append(asked, words[0]+" "+words[slices.Index(words, "gitlab_connection")+1])
		}
		heard.calls = nil
		if got := strings.Join(asked, ", "); got != tc.want || plan.Diagnostics.Failed() {
			t.Errorf("%s: asked to %s, want %s: %s", name, got, tc.want, plan.Diagnostics)
		}
	}
}
