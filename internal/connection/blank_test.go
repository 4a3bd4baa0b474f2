package connection_test

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// A variable that is not set in this run gives a blank value: that counts as none where nothing is sent, and is an
// error where something is.
func TestAccConnection_blankToken(t *testing.T) {
	t.Parallel()
	for name, blank := range map[string]string{"empty": "", "white space": " \n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			with := func(name, token string) block {
				return block{"name": name, "access_token": block{"type": "group", "value_wo": token}}
			}
			w.Refuses(with("platform", blank), "A new connection needs a token", "blank value")
			w.Must(with("platform", w.Servers.Token))
			w.Servers.Sandbox.Log.Reset()
			w.Must(with("renamed", blank))
			if credentials, ok := w.Servers.OnlyPatch(t)["credentials"]; ok {
				t.Errorf("credentials were sent: %v", credentials)
			}
			w.Settled(with("renamed", blank), "")
			moved := with("renamed", blank)
			moved["instance_url"] = "https://gitlab.example.com"
			w.Refuses(moved, "GitLab token needed", "instance_url changes", "blank value")
			w.Must(nil)
		})
	}
}

func TestAccConnection_blankTokenWithVersion(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	with := func(token string, version int) block {
		return block{"name": "platform", "access_token": block{"type": "group", "value_wo": token, "value_wo_version": version}}
	}
	w.Must(with(w.Servers.Token, 1))
	w.Plans(with("", 1), acctest.NoOp, "")
	w.Refuses(with("", 2), "GitLab token needed", "value_wo_version changes")
	w.Must(with(w.Servers.OtherToken, 2))
	if w.Connections()[0].AccessToken != w.Servers.OtherToken {
		t.Error("the token was not sent")
	}
}

// A version may be there before its token.
func TestAccConnection_importedWithBlankToken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{
		Name: "platform", AccessToken: w.Servers.OtherToken, AccessTokenType: "group", InstanceURL: &w.Servers.InstanceURL,
	})
	w.Import(w.Context, made.ID)
	with := func(token string) block {
		return block{"name": "platform", "access_token": block{"type": "group", "value_wo": token, "value_wo_version": 1}}
	}
	w.Must(with(""))
	w.Plans(with(""), acctest.NoOp, "")
	w.Must(with(w.Servers.Token))
	if w.Connections()[0].AccessToken != w.Servers.Token {
		t.Error("the token was not sent")
	}
	w.Settled(with(w.Servers.Token), "")
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
			w.Refuses(with("platform", blank, 1), "Authorization code needed", "not set or blank")
			w.Must(with("platform", newCode(w.Servers, application), 1))
			w.Must(with("renamed", blank, 1))
			w.Settled(with("renamed", blank, 1), "")
			w.Refuses(with("renamed", blank, 2), "New authorization code needed", "a blank value counts as not set")
			w.Must(nil)
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
