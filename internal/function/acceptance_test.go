package function_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// call is an expression as users write it.
func call(tokenType, useCases string) string {
	return fmt.Sprintf("provider::infisical::gitlab_token_requirements(%s, %s)", tokenType, useCases)
}

// No server is running and no credential is set in these tests: functions need neither.
func TestAccTokenRequirements_feedAResource(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t)
	// In place of gitlab_group_access_token, whose scopes are a set and whose access_level is a text.
	cli.Write(fmt.Sprintf(`
locals {
  needed = %s
}

resource "terraform_data" "token" {
  input = {
    scopes       = toset(local.needed.scopes)
    access_level = local.needed.access_level
  }
}

output "token" {
  value = terraform_data.token.output
}
`, call(`"group"`, `["group_secret_sync", "project_secret_scanning"]`)))
	cli.Run("validate")
	cli.Run("apply", "-input=false", "-auto-approve")
	const want = `{"access_level":"owner","scopes":["api"]}`
	if got := strings.TrimSpace(cli.Run("output", "-json", "token")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
}

func TestAccTokenRequirements_inConsole(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t)
	// OpenTofu's console has let go of the provider when it evaluates what is typed, so that the call stands in the
	// configuration.
	cli.Write("locals {\n  needed = " + call(`"personal"`, `["project_secret_scanning"]`) + "\n}\n")
	console := cli.Command(nil, "console")
	console.Stdin = strings.NewReader("jsonencode(local.needed)\n")
	output, err := console.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	const want = `{\"access_level\":null,\"permissions\":[\"create_webhook\",\"delete_webhook\",\"download_code\",\"read_project\",\"read_webhook\",\"update_webhook\"],` +
		`\"scopes\":[\"api\",\"read_repository\"],\"user_permissions\":[\"read_personal_access_token\",\"read_user\"]}`
	if !strings.Contains(string(output), want) {
		t.Errorf("got %s, want %s", output, want)
	}
}

func TestAccFunctions_wrongArguments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ call, says string }{
		"kind": {
			call(`"deploy"`, `["group_secret_sync"]`),
			`Invalid value for "token_type" parameter: "deploy" is not a kind of token: use one of personal, project, group.`,
		},
		"use case": {
			call(`"group"`, `["secret_sync"]`),
			`Invalid value for "use_cases" parameter: "secret_sync" is not a use case: use one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning.`,
		},
		"use case out of reach": {
			call(`"project"`, `["project_secret_sync", "group_secret_sync"]`),
			`Invalid value for "use_cases" parameter: a project access token cannot serve group_secret_sync: use a group or personal access token.`,
		},
		"null":        {call("null", `["group_secret_sync"]`), `Invalid value for "token_type" parameter: argument must not be null.`},
		"one too few": {`provider::infisical::gitlab_token_requirements("group")`, `Missing value for "use_cases".`},
		"address": {
			`provider::infisical::gitlab_oauth_authorize_url("app", "https://infisical.example.com/callback", ["api"], "", "gitlab.example.com")`,
			`Invalid value for "instance_url" parameter: not the URL of a GitLab instance such as https://gitlab.com: it must begin with https:// (or http://).`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			cli.Write("output \"needed\" {\n  value = " + tc.call + "\n}\n")
			output, err := cli.Try("validate")
			if err == nil {
				t.Errorf("it is valid:\n%s", output)
			}
			said := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
			// The CLI names the parameter and ends the sentence.
			if !strings.Contains(said, tc.says) || strings.Contains(said, tc.says+".") {
				t.Errorf("no %q in:\n%s", tc.says, said)
			}
		})
	}
}
