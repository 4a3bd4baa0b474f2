package secretsync_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// A secret of the environment prod arrives as a variable, stays through an import, and goes with the sync. It runs with
// real servers as well, where the secret DATABASE_URL is there.
func TestAccSecretSync_anyServer(t *testing.T) {
	t.Parallel()
	servers := acctest.Start(t)
	if servers.ProjectID == "" || servers.GitLabProject == "" {
		t.Skip("real servers need TEST_INFISICAL_PROJECT_ID and TEST_GITLAB_PROJECT for a sync")
	}
	if servers.Sandbox != nil {
		servers.Sandbox.Infisical.SetSecret(servers.ProjectID, "prod", "/", "DATABASE_URL", "postgres://database")
	}
	name := acctest.Name(t)
	config := servers.Provider("max_retries = 1") + acctest.TokenVariable + `
resource "infisical_gitlab_connection" "test" {
  name = "` + name + `"

  access_token = {
    type     = "` + servers.TokenType + `"
    value_wo = var.token
  }
}

resource "infisical_gitlab_secret_sync" "test" {
  name          = "` + name + `"
  project_id    = "` + servers.ProjectID + `"
  connection_id = infisical_gitlab_connection.test.id
  source        = { environment = "prod" }
  target        = { project = "` + servers.GitLabProject + `" }
  variables     = { unmanaged = "keep" }
  on_destroy    = "remove_variables"
}
`
	acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()), Steps: []resource.TestStep{
		{
			Config: config, ConfigVariables: acctest.Token(servers.Token),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("status"), knownvalue.StringExact("succeeded")),
			},
			Check: after(func() {
				if got := variableAt(t, servers, "DATABASE_URL"); got != http.StatusOK {
					t.Errorf("GitLab answers %d for the variable after the run", got)
				}
			}),
		},
		{
			Config: config, ConfigVariables: acctest.Token(servers.Token), ResourceName: address,
			ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"on_destroy", "timeouts"},
		},
	}})
	if got := variableAt(t, servers, "DATABASE_URL"); got != http.StatusNotFound {
		t.Errorf("GitLab answers %d for the variable after the destroy, want 404", got)
	}
}

// variableAt is the status of GitLab's answer about a variable of the project.
func variableAt(t *testing.T, servers *acctest.Servers, key string) int {
	t.Helper()
	url := servers.InstanceURL + "/api/v4/projects/" + servers.GitLabProject + "/variables/" + key
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+servers.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}
