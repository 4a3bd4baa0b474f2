package connection_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// Each way to name a connection leads to an empty plan, and the token that the server has stays.
func TestAccConnection_importByIDAndName(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	backend := servers.Sandbox.Infisical
	description := "Made by hand"
	empty := ""
	byID := backend.Add(infisical.Connection{Name: "by-id", AccessTokenType: "group", Description: &description})
	backend.Add(infisical.Connection{Name: "by-name", AccessTokenType: "personal", Description: &empty, InstanceURL: &empty})
	backend.Add(infisical.Connection{Name: "by-name", AccessTokenType: "project", ProjectID: &servers.ProjectID})
	backend.Add(infisical.Connection{Name: "by-oauth", Method: "oauth"})

	config := servers.Provider("")
	var checks []plancheck.PlanCheck
	for _, c := range []struct{ name, importID, attributes string }{
		{"by_id", strings.ToUpper(byID.ID), `name = "by-id"` + "\n" + `description = "Made by hand"` + "\n" + `access_token = { type = "group" }`},
		{"by_name", "name/by-name", `name = "by-name"` + "\n" + `access_token = {}`},
		{"by_project", servers.ProjectID + "/name/by-name", fmt.Sprintf("name = %q\nproject_id = %q\naccess_token = {}", "by-name", servers.ProjectID)},
		{"by_oauth", "name/by-oauth", `name = "by-oauth"` + "\n" + `oauth = {}`},
	} {
		to := "infisical_gitlab_connection." + c.name
		config += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n\nresource \"infisical_gitlab_connection\" %q {\n%s\n}\n", to, c.importID, c.name,
			c.attributes)
		checks = append(checks, plancheck.ExpectResourceAction(to, plancheck.ResourceActionNoop))
	}
	test(t, resource.TestStep{
		Config:           config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: checks},
		Check:            after(func() { servers.NoWrites(t) }),
	})
}

// What Terraform writes for an import block without a resource can be kept as it is.
func TestAccConnection_generatedConfiguration(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	description := "Made by hand"
	var blocks strings.Builder
	for name, made := range map[string]infisical.Connection{
		"plain":   {Name: "plain", AccessToken: servers.Token, AccessTokenType: "group"},
		"project": {Name: "project", AccessToken: servers.Token, ProjectID: &servers.ProjectID, Description: &description},
		"oauth":   {Name: "oauth", AccessToken: servers.Token, Method: "oauth"},
	} {
		existing := servers.Sandbox.Infisical.Add(made)
		fmt.Fprintf(&blocks, "import {\n  to = infisical_gitlab_connection.%s\n  id = %q\n}\n", name, existing.ID)
	}
	config := "provider \"infisical\" {}\n" + blocks.String()
	cli.Write(config)
	// https://github.com/hashicorp/terraform/issues/39144: until the resources are written, as the guide says.
	if cli.Knows("1.16.0", "") && !cli.HasFix("1.16.3", "") {
		cli.Write(strings.ReplaceAll(config, "import {", "import {\n  provider = infisical"))
	}
	cli.Run("plan", "-input=false", "-generate-config-out=generated.tf")
	cli.Write(config)
	generated, err := os.ReadFile(filepath.Join(cli.Dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(generated), servers.Token) {
		t.Error("the token is in the generated configuration")
	}
	planned := cli.Run("plan", "-input=false")
	if !strings.Contains(planned, "Plan: 3 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("of the generated configuration\n%s\ncomes the plan\n%s", generated, planned)
	}
	cli.Run("apply", "-auto-approve", "-input=false")
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the import is not empty")
	}
	servers.NoWrites(t)
}

func TestImport_failures(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	backend := p.Sandbox.Infisical
	github := backend.Add(infisical.Connection{Name: "of-github", App: "github"})
	elsewhere := backend.Add(infisical.Connection{Name: "elsewhere", OrgID: backend.OtherOrganizationID})
	backend.Add(infisical.Connection{Name: "in-project", ProjectID: &backend.Projects[0]})
	backend.Add(infisical.Connection{Name: "in-organization"})
	const unknown = "00000000-0000-4000-8000-000000000000"

	for id, want := range map[string]string{
		"":           "Not an id of Infisical: The identity has the id",
		"platform":   `Not an import id: The import id is "platform". Expected one of`,
		"name/":      "Not an import id",
		"/name/x":    "Not an import id",
		"a/b/name/x": "Not an import id",
		"name/x/y":   "Not an import id",
		"id/x":       "Not an import id",
		unknown: "No such GitLab connection: There is no GitLab connection with the id " + unknown +
			" in the organization that the provider's identity belongs to. Check the id",
		elsewhere.ID:                             "There is no GitLab connection with the id " + elsewhere.ID + " in the organization",
		github.ID:                                "is not for App \"gitlab\" (HTTP 400 BadRequest, reqId",
		"name/of-github":                         "Check that it is a connection for GitLab",
		"name/absent":                            `There is no GitLab connection named "absent" in the organization itself`,
		"name/in-project":                        `To import a connection of a project, use "PROJECT_ID/name/in-project"`,
		"absent/name/in-project":                 `There is no GitLab connection named "in-project" in the project absent`,
		backend.Projects[1] + "/name/in-project": "in the project " + backend.Projects[1],
		backend.Projects[0] + "/name/in-organization": `To import a connection of the organization itself, use "name/in-organization"`,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			req := &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: id}
			if id == "" {
				req = p.ByIdentity(resourceType, "platform")
			}
			if _, said := p.Imported(req); !says(want).MatchString(said) {
				t.Errorf("got %q, want it to say %q", said, want)
			}
		})
	}
}

// Older servers refuse to read a connection of another organization, where newer ones do not find it.
func TestImport_forbidden(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	existing := p.Sandbox.Infisical.Add(infisical.Connection{})
	p.Sandbox.Infisical.Permit(p.Sandbox.Infisical.ClientID, "create")
	want := "The connection may also belong to another organization"
	if _, said := p.Imported(&tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: existing.ID}); !says(want).MatchString(said) {
		t.Errorf("got %q, want it to say %q", said, want)
	}
}
