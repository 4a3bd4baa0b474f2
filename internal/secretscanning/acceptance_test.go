package secretscanning_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// A target that becomes known only in the apply replaces the data source: no plan may promise an update that the apply
// cannot do.
func TestAccSecretScanning_targetKnownAfterApply(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	connection := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.ProviderToken())...)
	for _, project := range []string{"acme/app", "acme/platform/apps/api"} {
		cli.Write(fmt.Sprintf(`
resource "terraform_data" "project" {
  input = %q
}

resource %q "test" {
  name          = "app"
  project_id    = %q
  connection_id = %q
  target        = { project = terraform_data.project.output }
}
`, project, resourceType, servers.Sandbox.Infisical.ScanningProject, connection.ID))
		cli.Run("apply", "-auto-approve", "-input=false")
		if !cli.PlanIsEmpty() {
			t.Errorf("%s: the plan after apply is not empty", project)
		}
	}
	for path, want := range map[string]int{"acme/app": 0, "acme/platform/apps/api": 1} {
		if hooks := servers.Sandbox.GitLab.Hooks(servers.Sandbox.GitLab.Project(path)); len(hooks) != want {
			t.Errorf("%d webhooks at %s, want %d", len(hooks), path, want)
		}
	}
}

// The whole way by the real CLI: a connection of the same run, whose token judges the target; changed, imported,
// destroyed. The stories tell the rest.
func TestAccSecretScanning_byCLI(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	const address = resourceType + ".test"
	config := func(settings string) string {
		return servers.Provider("max_retries = 1") + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name = "gitlab"
  access_token = {
    type     = "group"
    value_wo = %q
  }
}

resource %q "test" {
  connection_id = infisical_gitlab_connection.test.id
  %s
}
`, servers.Token, resourceType, strings.ReplaceAll(settings, "\n", "\n  "))
	}
	action := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
	}
	attribute := func(name string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
	}
	acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()), Steps: []resource.TestStep{
		{
			Config:           config("name = \"app\"\ntarget = { project = \"acme/app\" }"),
			ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("project_id", knownvalue.StringExact(servers.Sandbox.Infisical.ScanningProject)),
				attribute("target", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"project": knownvalue.StringExact("acme/app"), "group": knownvalue.Null(), "include_projects": knownvalue.Null(),
					"id": knownvalue.StringExact("1203"),
				})),
				attribute("disconnected", knownvalue.Bool(false)),
			},
		},
		{
			Config:           config("name = \"app\"\ndescription = \"Repositories\"\nauto_scan = false\ntarget = { project = \"acme/app\" }"),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
		},
		{ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithID, GenerateConfig: true},
		{ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"target.project"}},
		{
			Config:           config("name = \"group\"\ntarget = { group = \"87\" }"),
			ConfigPlanChecks: action(plancheck.ResourceActionReplace),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("target", knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"include_projects": knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("*")}),
				})),
			},
		},
	}})
	if sources := servers.Sandbox.Infisical.DataSources(); len(sources) > 0 {
		t.Errorf("%d data sources are left", len(sources))
	}
	gitlab := servers.Sandbox.GitLab
	if hooks := len(gitlab.Hooks(gitlab.Project("acme/app"))) + len(gitlab.Hooks(gitlab.Group("acme"))); hooks > 0 {
		t.Errorf("%d webhooks are left", hooks)
	}
}
