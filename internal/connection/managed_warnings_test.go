package connection_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const selfRequest = "GET /api/v4/personal_access_tokens/self"

// titled counts the diagnostics with a title.
func titled(diags acctest.Diagnostics, title string) int {
	return len(slices.DeleteFunc(slices.Clone(diags), func(d *tfprotov6.Diagnostic) bool { return d.Summary != title }))
}

// advised is a managed token with a role that suffices GitLab and not Infisical's manual.
func advised(changes block) block {
	config := managed(block{"group": nil, "project": "acme/app", "access_level": "maintainer"})
	config["use_cases"] = []string{"project_secret_sync"}
	for name, value := range changes {
		config[name] = value
	}
	return config
}

const advice = "Managed token would have a lower role than Infisical's manual asks for"

func TestAccManagedToken_adviceIsGivenOnce(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	for range 2 { // For a connection to be created, and for one that exists.
		if plan := w.Plan(w.Context, advised(nil)); plan.Diagnostics.Failed() || titled(plan.Diagnostics, advice) != 1 {
			t.Errorf("want the advice once: %s", plan.Diagnostics)
		}
		w.Must(advised(nil))
	}
	w.Plans(advised(block{"token_validation": "off"}), acctest.Update, "")
	w.Must(advised(block{"token_validation": "off"}))
	w.Plans(advised(block{"token_validation": "off"}), acctest.NoOp, "")
	w.Manage(block{"token_validation": "off"})
	w.Plans(advised(nil), acctest.Update, "")

	// Somebody lowers the role of the token at GitLab further.
	w.Manage(block{"token_validation": "warn"})
	w.Must(advised(nil))
	w.Servers.Sandbox.GitLab.SetAccessLevel(w.Servers.ManagedTokens()[0].ID, gitlab.DeveloperAccess)
	plan := w.Plan(w.Context, advised(nil))
	if titled(plan.Diagnostics, advice) != 1 || titled(plan.Diagnostics, "Managed token would have too low a role") != 1 {
		t.Errorf("want the advice and a warning of the role: %s", plan.Diagnostics)
	}
}

// Terraform validates a configuration several times on the way to a plan.
func TestAccManagedToken_adviceIsShownOnce(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.Sandbox.GitLab.Token("admin-management").Value)...)
	cli.Write(`
provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["project_secret_sync"]
  managed_access_token = {
    project      = "acme/app"
    access_level = "maintainer"
  }
}
`)
	if planned := cli.Run("plan", "-input=false"); strings.Count(planned, "lower role than") != 1 || strings.Contains(planned, "similar warning") {
		t.Errorf("want the advice once:\n%s", planned)
	}
}

func TestAccOAuth_usesAreNotSpokenOf(t *testing.T) {
	t.Parallel()
	const title = "Cannot check use_cases of an OAuth connection"
	w, application := newOAuthWorkspace(t)
	config := func(validation any) block {
		return block{"name": "platform", "use_cases": []string{"group_secret_sync"}, "token_validation": validation,
			"oauth": block{"authorization_code_wo": newCode(w.Servers, application)}}
	}
	for range 2 {
		if plan := w.Plan(w.Context, config(nil)); titled(plan.Diagnostics, title) != 1 {
			t.Errorf("want the warning once: %s", plan.Diagnostics)
		}
		if plan := w.Plan(w.Context, config("off")); titled(plan.Diagnostics, title) != 0 {
			t.Errorf("want no warning: %s", plan.Diagnostics)
		}
		w.Must(config(nil))
	}
}

func TestAccManagedToken_providerTokenEnds(t *testing.T) {
	t.Parallel()
	const soon, dead = "Provider's GitLab token expires soon", "Provider's GitLab token does not work"
	w := newManaging(t)
	management := w.Servers.Sandbox.GitLab.Token("admin-management")
	ends := func(days int) {
		w.Servers.Sandbox.GitLab.SetExpiresAt(management.ID, new(w.Clock.Now().AddDate(0, 0, days).Format("2006-01-02")))
	}
	says := func(when string, config block, expiring, refused int) {
		t.Helper()
		plan := w.Plan(w.Context, config)
		if titled(plan.Diagnostics, soon) != expiring || titled(plan.Diagnostics, dead) != refused {
			t.Errorf("%s: %s", when, plan.Diagnostics)
		}
	}
	ends(14)
	says("before the creation", managed(), 1, 0)
	w.Must(managed())
	says("while nothing is due", managed(), 1, 0)
	says("for a token of the user's", given(w.Servers), 0, 0)
	w.Manage(block{"expiry_warning_days": 7})
	says("long before", managed(), 0, 0)
	ends(3)
	says("shortly before", managed(), 1, 0)
	off := managed()
	off["token_validation"] = "off"
	says("when nothing is to be said", off, 0, 0)
	w.Manage(block{"expiry_warning_days": 0})
	says("when it is not to be said", managed(), 0, 0)
	w.Manage(block{"expiry_warning_days": 14})
	ends(0)
	says("when it has ended", managed(), 0, 1)
	ends(100)
	w.Servers.Sandbox.GitLab.Revoke(management.ID)
	says("when it is revoked", managed(), 0, 1)
}

// However many connections there are, GitLab is asked once in a process for the provider's GitLab token, and not at all
// where none is managed.
func TestAccManagedToken_providerTokenIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	management := servers.Sandbox.GitLab.Token("personal-expires-soon")
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+management.Value)...)
	const managedOnes = `
resource "infisical_gitlab_connection" "test" {
  count                = 3
  name                 = "platform-${count.index}"
  use_cases            = ["group_secret_sync"]
  managed_access_token = { group = "acme" }
}
`
	cli.Write("provider \"infisical\" {}\n" + managedOnes)
	selves := func(command string, want int) string {
		t.Helper()
		servers.Sandbox.Log.Reset()
		output := cli.Run(strings.Fields(command)...)
		asked := slices.DeleteFunc(servers.Lines(server.GitLab), func(line string) bool { return line != selfRequest })
		if len(asked) != want {
			t.Errorf("%s: GitLab was asked %d times, want %d: %q", command, len(asked), want, servers.Sandbox.Log.Provider())
		}
		return output
	}
	if planned := selves("plan -input=false -out=saved", 1); strings.Count(planned, "Provider's GitLab token expires soon") != 1 ||
		strings.Contains(planned, "similar warning") {
		t.Errorf("want the warning once:\n%s", planned)
	}
	selves("apply -input=false saved", 1)
	selves("plan -input=false", 1)
	cli.Write("provider \"infisical\" {}\n" + strings.Replace(managedOnes, "platform-", "renamed-", 1))
	selves("plan -input=false -out=saved", 1)
	selves("apply -input=false saved", 0)
	cli.Write("provider \"infisical\" {}\n")
	selves("plan -input=false", 0)
}

// Under create_before_destroy nothing is deleted first, and what is still in use is not left over.
func TestAccConnection_replacementInEitherOrder(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"create_before_destroy": true, "destroy first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, application := newOAuthWorkspace(t)
			w.HoldToken()
			w.CreateBeforeDestroy = before
			w.Must(managed())
			granted := block{"name": "granted", "oauth": block{"authorization_code_wo": newCode(w.Servers, application)}}
			plan := w.Plan(w.Context, granted)
			if said := plan.Diagnostics.String(); plan.Action != acctest.Replace || !strings.Contains(said, "will be deleted and another connection created") ||
				strings.Contains(said, "first") {
				t.Errorf("the plan is to %s: %s", plan.Action, said)
			}
			if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
				t.Fatalf("the apply fails: %s", diags)
			}
			w.Settled(granted, "")
		})
	}
	t.Run("of the same name", func(t *testing.T) {
		t.Parallel()
		w := newManaging(t)
		w.CreateBeforeDestroy = true
		w.Must(managed())
		token := w.Servers.ManagedTokens()[0].Name
		diags := w.ApplyPlan(w.Context, w.Plan(w.Context, managed(), acctest.Replacing))
		if !diags.Failed() || strings.Contains(diags.String(), "changed nothing") {
			t.Errorf("got %s", diags)
		}
		if strings.Contains(diags.String(), token) && !strings.Contains(diags.String(), "the one that is being replaced") {
			t.Errorf("the token in use is called left over: %s", diags)
		}
		w.Settled(managed(), "")
	})
}
