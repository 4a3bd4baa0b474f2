package connection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// managedConfig is a provider block with the provider's GitLab token and one connection that makes its own token.
func managedConfig(servers *acctest.Servers, name, block, attributes string) string {
	return managedProvider(servers) + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name = %q
  %s
  managed_access_token = {
    %s
  }
}
`, name, attributes, block)
}

func managedProvider(servers *acctest.Servers) string {
	return strings.Replace(servers.Provider("max_retries = 1"), "instance_url =",
		fmt.Sprintf("token = %q\n    instance_url =", servers.Sandbox.GitLab.Token("admin-management").Value), 1)
}

const groupSync = `use_cases = ["group_secret_sync"]`

func managedTest(t *testing.T, environment provider.Environment, steps ...resource.TestStep) {
	t.Helper()
	acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(environment), Steps: steps})
}

func tokenAttribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("token_details").AtMapKey(name), value)
}

func TestAccManagedToken_lifecycle(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	subGroup := servers.Sandbox.GitLab.Group("acme/platform/apps")
	project := servers.Sandbox.GitLab.Project("acme/platform/apps/api")
	for name, tc := range map[string]struct{ block, uses, kind, level string }{
		"group by path":   {`group = "acme"`, groupSync, "group", "owner"},
		"sub-group":       {`group = "acme/platform/apps"`, groupSync, "group", "owner"},
		"group by id":     {fmt.Sprintf(`group = "%d"`, subGroup.ID), groupSync, "group", "owner"},
		"project by path": {`project = "acme/platform/apps/api"`, `use_cases = ["project_secret_scanning"]`, "project", "maintainer"},
		"project by id":   {fmt.Sprintf(`project = "%d"`, project.ID), `use_cases = ["project_secret_sync"]`, "project", "owner"},
		"explicit":        {"group = \"acme\"\nscopes = [\"api\", \"read_repository\"]\naccess_level = \"maintainer\"", "", "group", "maintainer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			managedTest(t, acctest.Environment(),
				resource.TestStep{
					Config:           managedConfig(servers, "platform", tc.block, tc.uses),
					ConfigPlanChecks: action(plancheck.ResourceActionCreate),
					ConfigStateChecks: []statecheck.StateCheck{
						tokenAttribute("type", knownvalue.StringExact(tc.kind)),
						tokenAttribute("access_level", knownvalue.StringExact(tc.level)),
						tokenAttribute("rotation_due", knownvalue.Null()),
						attribute("access_token", knownvalue.Null()),
					},
					Check: after(func() {
						if got := servers.Only(t).AccessTokenType; got != tc.kind {
							t.Errorf("Infisical was told %q", got)
						}
						servers.OnlyLive(t)
					}),
				},
				resource.TestStep{
					Config:           managedConfig(servers, "renamed", tc.block, tc.uses),
					ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
					Check:            after(func() { servers.OnlyLive(t) }),
				},
			)
			servers.NoneLive(t)
		})
	}
}

func TestAccManagedToken_rotation(t *testing.T) {
	t.Parallel()
	clock := acctest.NewClock()
	servers := acctest.StartSandbox(t, sandbox.WithClock(clock.Now))
	environment := acctest.Environment()
	environment.Now = clock.Now
	var first gitlab.Token
	// Whoever uses the connection never meets a dead token.
	servers.Sandbox.OnRequest(func(*server.Request) {
		for _, connection := range servers.Sandbox.Infisical.Connections() {
			if token, ok := servers.Sandbox.GitLab.TokenByValue(connection.AccessToken); ok && connection.App == "gitlab" && token.Revoked {
				t.Error("the connection holds a revoked token")
			}
		}
	})
	config := managedConfig(servers, "platform", `group = "acme"`, groupSync)
	managedTest(t, environment,
		resource.TestStep{Config: config, Check: after(func() { first = servers.OnlyLive(t) })},
		// One day before the window (90 days of life, 30 before the end).
		resource.TestStep{PreConfig: func() { clock.AdvanceDays(59) }, Config: config, ConfigPlanChecks: action(plancheck.ResourceActionNoop)},
		// Into it.
		resource.TestStep{
			PreConfig: func() { clock.AdvanceDays(1); servers.Sandbox.Log.Reset() },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("token_details").AtMapKey("id")),
				// What cannot change is not shown as known after apply.
				plancheck.ExpectKnownValue(address, tfjsonpath.New("token_details").AtMapKey("type"), knownvalue.StringExact("group")),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("token_details").AtMapKey("rotation_due"), knownvalue.Null()),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("token_details").AtMapKey("service_account_id"), knownvalue.Null()),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("token_details").AtMapKey("username"), knownvalue.Null()),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				tokenAttribute("rotation_due", knownvalue.Null()),
				tokenAttribute("expires_at", knownvalue.StringExact("2027-04-21")),
			},
			Check: after(func() {
				if servers.OnlyLive(t).ID == first.ID {
					t.Error("the token was not rotated")
				}
				lines := servers.Sandbox.Log.Provider()
				handed, revoked := slices.Index(lines, "PATCH /api/v1/app-connections/gitlab/{id}"),
					slices.Index(lines, "DELETE /api/v4/groups/{id}/access_tokens/{id}")
				if handed < 0 || revoked < handed {
					t.Errorf("the old token was not revoked after the new one was handed over: %q", lines)
				}
			}),
		},
	)
	servers.NoneLive(t)
}
