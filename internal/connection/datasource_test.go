package connection_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

func TestAccConnectionDataSource_byIDAndName(t *testing.T) {
	t.Parallel()
	servers := acctest.Start(t)
	name := acctest.Name(t)
	config := connectionConfig(servers, name, `description = "Platform team"`) + `
data "infisical_gitlab_connection" "by_id" {
  id = infisical_gitlab_connection.test.id
}

data "infisical_gitlab_connection" "by_name" {
  name = infisical_gitlab_connection.test.name
}
`
	var checks []statecheck.StateCheck
	for _, address := range []string{"data.infisical_gitlab_connection.by_id", "data.infisical_gitlab_connection.by_name"} {
		for attribute, value := range map[string]knownvalue.Check{
			"name":             knownvalue.StringExact(name),
			"description":      knownvalue.StringExact("Platform team"),
			"project_id":       knownvalue.Null(),
			"method":           knownvalue.StringExact("access-token"),
			"access_token":     knownvalue.ObjectExact(map[string]knownvalue.Check{"type": knownvalue.StringExact(servers.TokenType)}),
			"instance_url":     knownvalue.StringExact(servers.InstanceURL),
			"credentials_hash": knownvalue.NotNull(),
			"organization_id":  knownvalue.NotNull(),
			"created_at":       knownvalue.NotNull(),
		} {
			checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value))
		}
	}
	test(t, resource.TestStep{Config: config, ConfigVariables: acctest.Token(servers.Token), ConfigStateChecks: checks})
}

func TestAccConnectionDataSource_projectScope(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	backend := servers.Sandbox.Infisical
	backend.Add(infisical.Connection{Name: "twice", AccessToken: servers.Token, AccessTokenType: "group"})
	inProject := backend.Add(infisical.Connection{Name: "twice", ProjectID: &backend.Projects[0], Method: "oauth"})
	test(t, resource.TestStep{
		Config: servers.Provider("") + fmt.Sprintf(`
data "infisical_gitlab_connection" "project" {
  name       = "twice"
  project_id = %q
}

data "infisical_gitlab_connection" "organization" {
  name = "twice"
}
`, backend.Projects[0]),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.infisical_gitlab_connection.project", tfjsonpath.New("id"), knownvalue.StringExact(inProject.ID)),
			statecheck.ExpectKnownValue("data.infisical_gitlab_connection.project", tfjsonpath.New("method"), knownvalue.StringExact("oauth")),
			statecheck.ExpectKnownValue("data.infisical_gitlab_connection.project", tfjsonpath.New("access_token"), knownvalue.Null()),
			statecheck.ExpectKnownValue("data.infisical_gitlab_connection.organization", tfjsonpath.New("project_id"), knownvalue.Null()),
			statecheck.ExpectKnownValue("data.infisical_gitlab_connection.organization", tfjsonpath.New("instance_url"),
				knownvalue.StringExact(servers.InstanceURL)),
		},
	})
}

func TestAccConnectionDataSource_errors(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	servers.Sandbox.Infisical.Add(infisical.Connection{Name: "in-project", ProjectID: &servers.ProjectID})
	for name, tc := range map[string]struct{ arguments, want string }{
		"unknown id": {`id = "00000000-0000-4000-8000-000000000000"`,
			"There is no GitLab connection with the id 00000000-0000-4000-8000-000000000000"},
		"malformed id":          {`id = "platform"`, "Not an id of Infisical"},
		"name in another scope": {`name = "in-project"`, `There is no GitLab connection named "in-project" in the organization`},
		"name in no project":    {fmt.Sprintf("name = \"absent\"\nproject_id = %q", servers.ProjectID), "in the project " + servers.ProjectID},
		"both":                  {`id = "00000000-0000-4000-8000-000000000000"` + "\n" + `name = "x"`, "Too many attributes"},
		"neither":               {``, "Attribute missing"},
		"project_id with the id": {
			`id = "00000000-0000-4000-8000-000000000000"` + "\n" + `project_id = "00000000-0000-4000-8000-000000000000"`, "Too many attributes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, resource.TestStep{
				Config:      servers.Provider("") + fmt.Sprintf("data \"infisical_gitlab_connection\" \"test\" {\n%s\n}\n", tc.arguments),
				ExpectError: says(tc.want),
			})
		})
	}
}
