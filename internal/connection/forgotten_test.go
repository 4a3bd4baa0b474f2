package connection_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const forgetting = `
removed {
  from = infisical_gitlab_connection.test

  lifecycle {
    destroy = false
  }
}
`

const kept = "lifecycle {\n    destroy = false\n  }"

// What Terraform forgets stays as it is, at both servers, and the provider changes nothing. Imported again, the
// connection gets another token. The one from before is revoked if its name holds the connection's id. The first token
// has no such name, because it was made before the connection: that one stays valid.
func TestAccManagedToken_forgotten(t *testing.T) {
	t.Parallel()
	for name, rotated := range map[string]bool{"as created": false, "after a rotation": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stays := !rotated
			servers := acctest.StartSandbox(t)
			cli := acctest.NewCLI(t)
			config := managedConfig(servers, "platform", `group = "acme"`, groupSync)
			cli.Write(config)
			cli.Run("apply", "-auto-approve", "-input=false")
			if rotated {
				config = managedConfig(servers, "platform", "group = \"acme\"\n    rotation_triggers = { quarter = \"2\" }", groupSync)
				cli.Write(config)
				cli.Run("apply", "-auto-approve", "-input=false")
			}
			connection, token := servers.Only(t), servers.OnlyLive(t)

			// 1. Forgotten.
			cli.Write(managedProvider(servers) + forgetting)
			servers.Sandbox.Log.Reset()
			cli.Run("apply", "-auto-approve", "-input=false")
			staysAlone(t, servers, connection, token.ID)
			if left := cli.Run("state", "list"); strings.Contains(left, address) {
				t.Errorf("the state still has %s", left)
			}

			// 2. Imported again.
			cli.Write(config + "import {\n  to = infisical_gitlab_connection.test\n  id = \"name/platform\"\n}\n")
			cli.Run("apply", "-auto-approve", "-input=false")
			live := servers.ManagedTokens()
			if isLive := slices.ContainsFunc(live, func(other gitlab.Token) bool { return other.ID == token.ID }); isLive != stays {
				t.Errorf("the token %q is alive: %t, want %t", token.Name, isLive, stays)
			}
			if servers.Only(t).ID != connection.ID || servers.Only(t).AccessToken == token.Value {
				t.Error("not the same connection with another token")
			}
			if !cli.PlanIsEmpty() {
				t.Error("the plan after the import is not empty")
			}
		})
	}
}

// With destroy = false of the resource a destroy forgets as well.
func TestAccManagedToken_keptByDestroy(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t)
	if !cli.Knows("1.16.0", "1.12.0") {
		t.Skip("this CLI does not know destroy = false of a resource, which Terraform has since 1.16, OpenTofu since 1.12")
	}
	cli.Write(managedConfig(servers, "platform", `group = "acme"`, groupSync+"\n  "+kept))
	cli.Run("apply", "-auto-approve", "-input=false")
	connection, token := servers.Only(t), servers.OnlyLive(t)
	servers.Sandbox.Log.Reset()
	// OpenTofu ends such a destroy with an error of its own.
	if output, err := cli.Try("destroy", "-auto-approve", "-input=false"); err != nil && !strings.Contains(output, "forgotten") {
		t.Fatalf("destroy: %v\n%s", err, output)
	}
	staysAlone(t, servers, connection, token.ID)
}

// With destroy = false, a replacement leaves the old connection with its token beside the new one. Terraform 1.16.0 to
// 1.16.2 and pre-releases of 1.17 destroy it all the same, and plan to; its token is then revoked with it.
func TestAccManagedToken_keptByReplacement(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t)
	if !cli.Knows("1.16.0", "1.12.0") {
		t.Skip("this CLI does not know destroy = false of a resource, which Terraform has since 1.16, OpenTofu since 1.12")
	}
	cli.Write(managedConfig(servers, "platform", `group = "acme"`, groupSync+"\n  "+kept))
	cli.Run("apply", "-auto-approve", "-input=false")
	connection, token := servers.Only(t), servers.OnlyLive(t)

	cli.Write(managedConfig(servers, "platform", `group = "acme"`, groupSync+"\n  project_id = \""+servers.ProjectID+"\"\n  "+kept))
	left := 2
	// https://github.com/hashicorp/terraform/issues/39088
	if output := cli.Run("apply", "-auto-approve", "-input=false"); strings.Contains(output, "1 destroyed") {
		left = 1
		if cli.HasFix("1.16.3", "1.12.0") {
			t.Error("the replacement destroyed what is to be kept")
		}
	}
	if connections, tokens := servers.Connections(), servers.ManagedTokens(); len(connections) != left || len(tokens) != left {
		t.Fatalf("%d connections and %d live tokens, want %d of each", len(connections), len(tokens), left)
	}
	for _, other := range servers.Connections() {
		if other.ID == connection.ID && (left == 1 || other.AccessToken != token.Value) {
			t.Error("the old connection was not kept with its token, or not destroyed")
		}
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the replacement is not empty")
	}
}

// staysAlone checks that the connection holds its token, that this lives, and that the provider wrote nothing anywhere.
func staysAlone(t *testing.T, servers *acctest.Servers, connection infisical.Connection, token int) {
	t.Helper()
	servers.NoWrites(t)
	for _, line := range servers.Lines("gitlab") {
		if !strings.HasPrefix(line, "GET ") {
			t.Errorf("asked GitLab %s", line)
		}
	}
	if now := servers.OnlyLive(t); now.ID != token || servers.Only(t).ID != connection.ID {
		t.Errorf("now %s has the token %d", servers.Only(t).ID, now.ID)
	}
}

// An import block may stand in the module that has the resource.
func TestAccConnection_importInModule(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	if !cli.Knows("1.16.0", "") {
		t.Skip("this CLI takes import blocks in the root module only; Terraform 1.16 and newer in any")
	}
	servers.Sandbox.Infisical.Add(infisical.Connection{Name: "by-hand", AccessToken: servers.Token, AccessTokenType: "group"})
	module := filepath.Join(cli.Dir, "team")
	if err := os.Mkdir(module, 0o700); err != nil {
		t.Fatal(err)
	}
	content := "terraform {\n  required_providers {\n    infisical = { source = \"" + acctest.ProviderSource + "\" }\n  }\n}\n" + `
import {
  to = infisical_gitlab_connection.test
  id = "name/by-hand"
}

resource "infisical_gitlab_connection" "test" {
  name         = "by-hand"
  access_token = {}
}
`
	if err := os.WriteFile(filepath.Join(module, "main.tf"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	cli.Write("provider \"infisical\" {}\n\nmodule \"team\" {\n  source = \"./team\"\n}\n")
	cli.Run("get")
	output := cli.Run("apply", "-auto-approve", "-input=false")
	if !strings.Contains(output, "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.") {
		t.Errorf("the import in a module said\n%s", output)
	}
	servers.NoWrites(t)
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the import is not empty")
	}
}

// Where the provider has a local name of its own, the import block has to say it. Terraform 1.16 and newer writes it
// into the generated resource too; with others people add it.
func TestAccConnection_generatedConfigurationOfLocalName(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	servers.Sandbox.Infisical.Add(infisical.Connection{Name: "by-hand", AccessToken: servers.Token, AccessTokenType: "group"})
	config := "terraform {\n  required_providers {\n    infisical-gitlab = { source = \"" + acctest.ProviderSource + "\" }\n  }\n}\n" + `
provider "infisical-gitlab" {}

import {
  provider = infisical-gitlab
  to       = infisical_gitlab_connection.test
  id       = "name/by-hand"
}
`
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cli.Run("plan", "-input=false", "-generate-config-out=generated.tf")
	path := filepath.Join(cli.Dir, "generated.tf")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	generated := string(content)
	if !strings.Contains(generated, "= infisical-gitlab") {
		if cli.Knows("1.16.0", "") {
			t.Errorf("the generated resource does not name its provider:\n%s", generated)
		}
		generated = strings.Replace(generated, "\" \"test\" {\n", "\" \"test\" {\n  provider = infisical-gitlab\n", 1)
		if err := os.WriteFile(path, []byte(generated), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if output := cli.Run("apply", "-auto-approve", "-input=false"); !strings.Contains(output, "1 imported, 0 added, 0 changed, 0 destroyed.") {
		t.Errorf("of the generated configuration\n%s\ncomes\n%s", generated, output)
	}
	servers.NoWrites(t)
}
