package connection_test

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// A variable that is not set in this run gives a blank value: that counts as none where nothing is sent, and is an error where something is.
func TestAccConnection_blankToken(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"value_wo", "value"} {
		for name, blank := range map[string]string{"empty": "", "white space": " \n"} {
			t.Run(attribute+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t)
				with := func(name, token string) block {
					return block{"name": name, "access_token": block{"type": "group", attribute: token}}
				}
				w.refuses(with("platform", blank), "A new connection needs a token", "a blank value")
				w.must(with("platform", w.servers.Token))
				w.servers.Sandbox.Log.Reset()
				w.must(with("renamed", blank))
				if credentials, ok := onlyPatch(t, w.servers)["credentials"]; ok {
					t.Errorf("credentials were sent: %v", credentials)
				}
				w.settled(with("renamed", blank), "")
				moved := with("renamed", blank)
				moved["instance_url"] = "https://gitlab.example.com"
				w.refuses(moved, "GitLab token needed", "instance_url changes", "a blank value")
				w.must(nil)
			})
		}
	}
}

func TestAccConnection_blankTokenWithVersion(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	with := func(token string, version int) block {
		return block{"name": "platform", "access_token": block{"type": "group", "value_wo": token, "value_wo_version": version}}
	}
	w.must(with(w.servers.Token, 1))
	w.plans(with("", 1), acctest.NoOp, "")
	w.refuses(with("", 2), "GitLab token needed", "value_wo_version changes")
	w.must(with(w.servers.OtherToken, 2))
	if w.connections()[0].AccessToken != w.servers.OtherToken {
		t.Error("the token was not sent")
	}
}

// A version may be there before its token.
func TestAccConnection_importedWithBlankToken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	made := w.servers.Sandbox.Infisical.Add(infisical.Connection{
		Name: "platform", AccessToken: w.servers.OtherToken, AccessTokenType: "group", InstanceURL: &w.servers.InstanceURL,
	})
	w.Import(w.ctx, made.ID)
	with := func(token string) block {
		return block{"name": "platform", "access_token": block{"type": "group", "value_wo": token, "value_wo_version": 1}}
	}
	w.must(with(""))
	w.plans(with(""), acctest.NoOp, "")
	w.must(with(w.servers.Token))
	if w.connections()[0].AccessToken != w.servers.Token {
		t.Error("the token was not sent")
	}
	w.settled(with(w.servers.Token), "")
}

func TestAccOAuth_blankCode(t *testing.T) {
	t.Parallel()
	for name, blank := range map[string]string{"empty": "", "white space": "\t"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, application := newOAuthWorkspace(t)
			with := func(name, code string, version int) block {
				return block{"name": name, "oauth": block{"authorization_code_wo": code, "authorization_code_wo_version": version}}
			}
			w.refuses(with("platform", blank, 1), "Authorization code needed", "not set or blank")
			w.must(with("platform", newCode(w.servers, application), 1))
			w.must(with("renamed", blank, 1))
			w.settled(with("renamed", blank, 1), "")
			w.refuses(with("renamed", blank, 2), "New authorization code needed", "a blank value counts as none")
			w.must(nil)
		})
	}
}

// Terraform validates the configuration before it destroys, too.
func TestAccConnection_destroyedWithBlankToken(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	cli.Write(`
variable "token" {
  type      = string
  ephemeral = true
  default   = ""
}

provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  name = "platform"
  access_token = {
    type     = "group"
    value_wo = var.token
  }
}
`)
	if output, err := cli.TryWith([]string{"TF_VAR_token=" + servers.Token}, "apply", "-auto-approve", "-input=false"); err != nil {
		t.Fatalf("apply: %v\n%s", err, output)
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan without the token is not empty")
	}
	output := cli.Run("destroy", "-auto-approve", "-input=false")
	if !strings.Contains(output, "Destroy complete! Resources: 1 destroyed.") {
		t.Errorf("destroy: %s", output)
	}
}
