package connection_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const noQueries = "this CLI knows no queries, which Terraform has since 1.14: make testacc TERRAFORM=/path/to/terraform"

// What was made by hand is found, written down and imported by its identity, without a change and without a write.
// TestList has the rest, over the protocol, for CLIs that know no queries.
func TestAccConnection_query(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	backend := servers.Sandbox.Infisical
	backend.Add(infisical.Connection{Name: "gitlab-by-hand", AccessTokenType: "group"})
	backend.Add(infisical.Connection{Name: "gitlab-by-hand", AccessTokenType: "project", ProjectID: &backend.Projects[0]})
	backend.Add(infisical.Connection{Name: "gitlab-oauth", Method: "oauth"})
	backend.Add(infisical.Connection{Name: "another"})
	cli := acctest.NewCLI(t, servers.Environment()...)
	if !cli.Knows("1.14.0", "") {
		t.Skip(noQueries)
	}
	cli.Write("provider \"infisical\" {}\n")
	writeQuery(t, cli, `
list "infisical_gitlab_connection" "found" {
  provider = infisical

  config {
    name_regex = "^gitlab-"
  }
}
`)

	// 1. The query shows them, namesakes apart.
	output := cli.Run("query", "-generate-config-out=found.tf")
	for _, shown := range []string{"gitlab-by-hand\n", "gitlab-by-hand (project " + backend.Projects[0] + ")\n", "gitlab-oauth\n"} {
		if !strings.Contains(output, "   "+shown) {
			t.Errorf("the query does not show %q:\n%s", shown, output)
		}
	}
	if strings.Contains(output, "another") {
		t.Errorf("the query does not filter:\n%s", output)
	}

	// 2. What it wrote imports them as they are.
	if plan := cli.Run("plan", "-input=false"); !strings.Contains(plan, "3 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("the plan changes something:\n%s", plan)
	}
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.NoWrites(t)
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the import is not empty")
	}
}

func TestAccConnection_queryFails(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	if !cli.Knows("1.14.0", "") {
		t.Skip(noQueries)
	}
	cli.Write("provider \"infisical\" {}\n")
	for config, want := range map[string]string{
		`name_regex = "("`: "Not a regular expression",
		`project_id = "99999999-9999-4999-8999-999999999999"`: "Looked in the project 99999999-9999-4999-8999-999999999999",
	} {
		writeQuery(t, cli, "list \"infisical_gitlab_connection\" \"found\" {\n  provider = infisical\n\n  config {\n    "+config+"\n  }\n}\n")
		if output, err := cli.Try("query"); err == nil || !says(want).MatchString(output) {
			t.Errorf("%s: %v\n%s", config, err, output)
		}
	}
}

func writeQuery(t *testing.T, cli *acctest.CLI, query string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(cli.Dir, "connections.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Over the CLI, since what it makes of an identity is its own affair.
func TestAccConnection_importByIdentity(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	existing := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab-by-hand", AccessTokenType: "group"})
	cli := acctest.NewCLI(t, servers.Environment()...)
	if !cli.Knows("1.12.0", "1.12.0") {
		t.Skip("this CLI knows no identities, which Terraform and OpenTofu have since 1.12: make testacc TERRAFORM=/path/to/one")
	}
	by := func(id string) string {
		return "provider \"infisical\" {}\n\nimport {\n  to = infisical_gitlab_connection.test\n  identity = {\n    id = \"" + id + "\"\n  }\n}\n\n" +
			"resource \"infisical_gitlab_connection\" \"test\" {\n  name         = \"gitlab-by-hand\"\n  access_token = {}\n}\n"
	}
	for id, want := range map[string]string{
		"gitlab-by-hand":                       "Not an id of Infisical",
		"00000000-0000-4000-8000-000000000000": "No such GitLab connection",
	} {
		cli.Write(by(id))
		if output, err := cli.Try("plan", "-input=false"); err == nil || !says(want).MatchString(output) {
			t.Errorf("%s: %v\n%s", id, err, output)
		}
	}
	cli.Write(by(existing.ID))
	if plan := cli.Run("plan", "-input=false"); !strings.Contains(plan, "1 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("the plan changes something:\n%s", plan)
	}
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.NoWrites(t)
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the import is not empty")
	}
}
