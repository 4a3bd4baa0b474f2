package connection_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

func TestAccConnectionsDataSource(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	backend := servers.Sandbox.Infisical
	description := "Platform team"
	platform := backend.Add(infisical.Connection{
		Name: "platform", Description: &description, ProjectID: &backend.Projects[0], AccessToken: servers.Token, AccessTokenType: "group",
	})
	backend.Add(infisical.Connection{Name: "apps", Method: "oauth"})
	backend.Add(infisical.Connection{Name: "platform", ProjectID: &backend.Projects[1]})
	backend.Add(infisical.Connection{Name: "of-another-app", App: "github"})

	whole := map[string]knownvalue.Check{
		"id":               knownvalue.StringExact(platform.ID),
		"name":             knownvalue.StringExact("platform"),
		"project_id":       knownvalue.StringExact(backend.Projects[0]),
		"description":      knownvalue.StringExact("Platform team"),
		"organization_id":  knownvalue.StringExact(backend.OrganizationID),
		"method":           knownvalue.StringExact("access-token"),
		"access_token":     knownvalue.ObjectExact(map[string]knownvalue.Check{"type": knownvalue.StringExact("group")}),
		"instance_url":     knownvalue.StringExact(servers.InstanceURL),
		"credentials_hash": knownvalue.StringExact(platform.CredentialsHash),
		"created_at":       knownvalue.NotNull(),
		"updated_at":       knownvalue.NotNull(),
		"project_name":     knownvalue.StringExact("project-alpha"),
		"project_slug":     knownvalue.StringRegexp(regexp.MustCompile("^project-alpha-")),
	}
	apps := knownvalue.ObjectPartial(map[string]knownvalue.Check{"name": knownvalue.StringExact("apps"), "method": knownvalue.StringExact("oauth"),
		"project_id": knownvalue.Null(), "project_name": knownvalue.Null(), "project_slug": knownvalue.Null()})
	ofProject := func(id string) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{"name": knownvalue.StringExact("platform"), "project_id": knownvalue.StringExact(id)})
	}
	sorted := []knownvalue.Check{ofProject(min(backend.Projects[0], backend.Projects[1])), ofProject(max(backend.Projects[0], backend.Projects[1]))}
	connections := func(name string, elements ...knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.infisical_gitlab_connections."+name, tfjsonpath.New("connections"), knownvalue.ListExact(elements))
	}
	test(t, resource.TestStep{
		Config: servers.Provider("") + fmt.Sprintf(`
data "infisical_gitlab_connections" "all" {}

data "infisical_gitlab_connections" "project" {
  project_id = %q
}

data "infisical_gitlab_connections" "named" {
  name_regex = "^plat"
}

data "infisical_gitlab_connections" "none" {
  name_regex = "^form"
}
`, backend.Projects[0]),
		ConfigStateChecks: []statecheck.StateCheck{
			connections("all", append([]knownvalue.Check{apps}, sorted...)...),
			connections("project", knownvalue.ObjectExact(whole)),
			connections("named", sorted...),
			connections("none"),
		},
	})
}

func TestAccConnectionsDataSource_errors(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	for name, tc := range map[string]struct{ arguments, want string }{
		"unknown project":       {`project_id = "99999999-9999-4999-8999-999999999999"`, "Check that project_id is the id of a project"},
		"no regular expression": {`name_regex = "("`, "Not a regular expression"},
		"empty project":         {`project_id = ""`, "Not an id of Infisical"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, resource.TestStep{
				Config:      servers.Provider("") + fmt.Sprintf("data \"infisical_gitlab_connections\" \"test\" {\n%s\n}\n", tc.arguments),
				ExpectError: says(tc.want),
			})
		})
	}
}
