package connection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	seed "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const needed = "Provider's GitLab token needed"

// The provider's GitLab token cannot create the token: the plan says so, where the apply has failed, and creates
// nothing.
func TestAccManagedToken_providerTokenIsTooWeak(t *testing.T) {
	t.Parallel()
	inProject := block{"group": nil, "project": "acme/app"}
	for name, tc := range map[string]struct {
		token    string
		settings block
		title    string
	}{
		"read_api":                      {"read-api-management", nil, "Provider's GitLab token lacks a scope"},
		"a Developer's":                 {"developer-management", nil, "Provider's GitLab token has too low a role"},
		"a Maintainer's, for a group":   {"maintainer-management", nil, "Provider's GitLab token has too low a role"},
		"a Maintainer's, for an Owner":  {"maintainer-management", inProject, "Provider's GitLab token has too low a role"},
		"a group's":                     {"group-owner-api", nil, "Provider's GitLab token cannot create tokens"},
		"a project's":                   {"project-owner-api", inProject, "Provider's GitLab token cannot create tokens"},
		"revoked":                       {"personal-revoked", nil, "Provider's GitLab token does not work"},
		"expired":                       {"personal-expired", nil, "Provider's GitLab token does not work"},
		"for a group that is not there": {"admin-management", block{"group": "acme/nowhere"}, "Project or group of the managed token not found"},
		"for a project that is not there": {"admin-management", block{"group": nil, "project": "acme/nowhere"},
			"Project or group of the managed token not found"},
		"for a service account, a Maintainer's": {"maintainer-management", block{"service_account": "deployer"},
			"Provider's GitLab token has too low a role"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token(tc.token).Value})
			config := managed(tc.settings)
			if tc.settings["project"] != nil {
				config["use_cases"] = []string{"project_secret_sync"}
			}
			if tc.settings["service_account"] != nil {
				config["use_cases"] = []string{"project_secret_sync"}
			}
			plan := w.Plan(w.Context, config)
			if !plan.Diagnostics.Failed() || titled(plan.Diagnostics, tc.title) != 1 || len(plan.Diagnostics) != 1 {
				t.Errorf("want the error %q alone: %s", tc.title, plan.Diagnostics)
			}
			config["token_validation"] = "warn"
			plan = w.Plan(w.Context, config)
			if plan.Diagnostics.Failed() || titled(plan.Diagnostics, tc.title) != 1 {
				t.Errorf("want the warning %q: %s", tc.title, plan.Diagnostics)
			}
			config["token_validation"] = "off"
			w.Servers.Sandbox.Log.Reset()
			if plan := w.Plan(w.Context, config); len(plan.Diagnostics) > 0 || len(w.Servers.Lines(server.GitLab)) > 0 {
				t.Errorf("want nothing asked and said: %q %s", w.Servers.Lines(server.GitLab), plan.Diagnostics)
			}
			if left := w.Servers.ManagedTokens(); len(left) > 0 {
				t.Errorf("there are %d tokens", len(left))
			}
		})
	}
}

// What suffices is planned and applied: a Maintainer's token where that is enough, a service account's, an
// administrator's who is no member of anything.
func TestAccManagedToken_providerTokenSuffices(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token  string
		config block
	}{
		"an Owner's": {"admin-management", managed()},
		"a Maintainer's": {"maintainer-management", block{"name": "platform", "use_cases": []string{"project_secret_scanning"},
			"managed_access_token": block{"project": "acme/app"}}},
		"a service account's": {"service-account-api", block{"name": "platform", "use_cases": []string{"project_secret_scanning"},
			"managed_access_token": block{"project": "acme/app"}}},
		"an administrator's": {"", managed()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			gitlab := w.Servers.Sandbox.GitLab
			if tc.token == "" {
				root := gitlab.AddUser("root")
				gitlab.MakeAdmin(root)
				w.Manage(block{"token": gitlab.AddToken(seed.TokenSpec{Name: "root", User: root, ExpiresAt: new("2027-05-01")}).Value})
			} else {
				w.Manage(block{"token": gitlab.Token(tc.token).Value})
			}
			w.Plans(tc.config, acctest.Create, "")
			w.Must(tc.config)
			w.Settled(tc.config, "")
		})
	}
}

// Where GitLab cannot be asked, the plan warns: the apply may reach it.
func TestAccManagedToken_providerTokenCouldNotBeAsked(t *testing.T) {
	t.Parallel()
	const title = "Could not check the provider's GitLab token"
	w := newManaging(t)
	for _, path := range []string{selfRequest, "GET /api/v4/groups/acme"} {
		_, at, _ := strings.Cut(path, " ")
		lift := w.Fail(server.Fault{Server: server.GitLab, Path: at, Kind: server.FaultStatus, Status: 500})
		if plan := w.Plan(w.Context, managed()); plan.Diagnostics.Failed() || titled(plan.Diagnostics, title) != 1 {
			t.Errorf("%s: want a warning: %s", path, plan.Diagnostics)
		}
		lift()
	}
	w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token("granular-described").Value})
	const lacks = "Provider's GitLab token lacks a permission" // A fine-grained token says itself what it may do.
	if plan := w.Plan(w.Context, managed()); !plan.Diagnostics.Failed() || titled(plan.Diagnostics, lacks) != 1 {
		t.Errorf("want an error of the fine-grained token: %s", plan.Diagnostics)
	}
}

// The plan may do without the provider's GitLab token, and names what the apply needs, which stops without it before
// anything is written.
func TestAccManagedToken_providerTokenIsForTheApply(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(w *workspace)
		config block
		action acctest.Action
	}{
		"a new connection":     {func(*workspace) {}, managed(), acctest.Create},
		"a rotation":           {func(w *workspace) { w.Must(managed()); w.Clock.AdvanceDays(firstDay) }, managed(), acctest.Update},
		"a trigger":            {func(w *workspace) { w.Must(managed()) }, managed(block{"rotation_triggers": block{"a": "b"}}), acctest.Update},
		"another kind":         {func(w *workspace) { w.Must(given(w.Servers)) }, managed(), acctest.Update},
		"perhaps another":      {func(w *workspace) { w.Must(managed()) }, managed(block{"group": "acme/platform"}), acctest.Update},
		"a rotation, by day":   {func(w *workspace) { w.Must(managed()); w.Clock.AdvanceDays(2) }, managed(block{"rotate_before_days": 89}), acctest.Update},
		"with service account": {func(*workspace) {}, managed(block{"service_account": "deployer"}), acctest.Create},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			tc.before(w)
			right := w.Servers.ProviderToken()
			w.Manage(block{"token": nil})
			plan := w.Plan(w.Context, tc.config)
			if plan.Diagnostics.Failed() || plan.Action != tc.action || titled(plan.Diagnostics, needed) != 1 ||
				!strings.Contains(plan.Diagnostics.String(), "at least the role owner") || !strings.Contains(plan.Diagnostics.String(), "group acme") {
				t.Fatalf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
			}
			w.Servers.Sandbox.Log.Reset()
			if diags := w.ApplyPlan(w.Context, plan); !diags.Failed() || !strings.Contains(diags.String(), needed) || len(w.Servers.Writes()) > 0 {
				t.Fatalf("want an error, and nothing written: %s", diags)
			}
			if lines := w.Servers.Lines(server.GitLab); slices.ContainsFunc(lines, func(line string) bool { return !strings.HasPrefix(line, "GET ") }) {
				t.Errorf("GitLab was asked %q", lines)
			}
			plan = w.Plan(w.Context, tc.config)
			w.Manage(block{"token": right})
			if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
				t.Fatalf("the apply with the token fails: %s", diags)
			}
			w.Settled(tc.config, "")
		})
	}
}

// A token that is due cannot be replaced with a token of the provider's that is too weak.
func TestAccManagedToken_providerTokenIsTooWeakForARotation(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.Clock.AdvanceDays(firstDay)
	right := w.Servers.ProviderToken()
	for token, title := range map[string]string{"read-api-management": "Provider's GitLab token lacks a scope",
		"developer-management": "Provider's GitLab token has too low a role"} {
		w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token(token).Value})
		for _, option := range []acctest.PlanOption{func(*acctest.Plan) {}, acctest.Unrefreshed} {
			if plan := w.Plan(w.Context, managed(), option); !plan.Diagnostics.Failed() || titled(plan.Diagnostics, title) != 1 {
				t.Errorf("want the error %q: %s", title, plan.Diagnostics)
			}
		}
	}
	w.Manage(block{"token": right})
	w.Must(managed())
	w.Settled(managed(), "")
}

// That the group is not there any more is no error as long as nobody changes the configuration: it would be in the way
// of a destroy.
func TestAccManagedToken_dueInAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	config := managed(block{"group": "acme/platform"})
	w.Must(config)
	w.Servers.Sandbox.GitLab.RenameGroup("acme/platform", "acme/core")
	w.Clock.AdvanceDays(firstDay)
	w.Plans(config, acctest.Update, "Project or group of the managed token not found")
	if plan := w.Plan(w.Context, config, acctest.Destroying); plan.Diagnostics.Failed() || plan.Action != acctest.Delete {
		t.Errorf("the destroy is to %s: %s", plan.Action, plan.Diagnostics)
	}
	w.Must(nil)
	w.Settled(nil, "")
}

// However many connections are to be created, each thing is asked for once.
func TestAccManagedToken_askedOnceForAll(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.ProviderToken())...)
	write := func(triggers string) {
		cli.Write(fmt.Sprintf(`
provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  count                = 3
  name                 = "platform-${count.index}"
  use_cases            = ["group_secret_sync"]
  managed_access_token = { group = "acme", rotation_triggers = { by = "%s" } }
}
`, triggers))
	}
	asks := func(when string, want ...string) {
		t.Helper()
		servers.Sandbox.Log.Reset()
		cli.Run("plan", "-input=false", "-out=saved")
		asked := servers.Lines(server.GitLab)
		slices.Sort(asked)
		if !slices.Equal(asked, want) {
			t.Errorf("%s GitLab was asked %q, want %q", when, asked, want)
		}
	}
	judged := []string{"GET /api/v4/groups/{id}", "GET /api/v4/groups/{id}/members/all/{id}", selfRequest, "GET /api/v4/user"}
	ofEach := slices.Repeat([]string{"GET /api/v4/groups/{id}/access_tokens/{id}"}, 3)
	write("nobody")
	asks("for new ones", judged...)
	cli.Run("apply", "-input=false", "saved")
	asks("when nothing changes", append(ofEach, selfRequest)...)
	write("somebody")
	asks("for a rotation", append(slices.Concat(judged[:1], ofEach), judged[1:]...)...)
}
