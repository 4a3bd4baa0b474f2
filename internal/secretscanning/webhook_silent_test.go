package secretscanning_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// listings are the lists of webhooks that the provider has asked GitLab for since the log was reset.
func listings(servers *acctest.Servers) int {
	return len(slices.DeleteFunc(servers.Lines("gitlab"), func(line string) bool { return !strings.HasSuffix(line, "/hooks") }))
}

// GitLab switches a webhook off that fails, and Infisical does not know: the plan of what stays tells.
func TestAccSecretScanning_webhookSilent(t *testing.T) {
	t.Parallel()
	const paused, off, gone = "Webhook paused by GitLab", "Webhook switched off by GitLab", "No such webhook at GitLab"
	for name, test := range map[string]struct {
		change func(*workspace, *gitlab.Hook)
		config block
		says   string
	}{
		"works":                {func(*workspace, *gitlab.Hook) {}, nil, ""},
		"paused":               {func(w *workspace, h *gitlab.Hook) { h.DisabledUntil = w.Clock.Now().Add(time.Hour) }, nil, paused},
		"paused, and over":     {func(w *workspace, h *gitlab.Hook) { h.DisabledUntil = w.Clock.Now().Add(-time.Hour) }, nil, ""},
		"off":                  {func(_ *workspace, h *gitlab.Hook) { h.DisabledForGood = true }, nil, off},
		"off, and another":     {func(_ *workspace, h *gitlab.Hook) { h.DisabledForGood = true }, block{"name": "renamed"}, off},
		"renamed":              {func(_ *workspace, h *gitlab.Hook) { h.Name = "by hand" }, nil, gone},
		"without a name":       {func(_ *workspace, h *gitlab.Hook) { h.Name, h.DisabledForGood = "", true }, nil, ""},
		"not to be checked":    {func(_ *workspace, h *gitlab.Hook) { h.DisabledForGood = true }, block{"token_validation": "off"}, ""},
		"pushes are no matter": {func(_ *workspace, h *gitlab.Hook) { h.DisabledForGood = true }, block{"auto_scan": false}, ""},
		"replaced":             {func(_ *workspace, h *gitlab.Hook) { h.DisabledForGood = true }, block{"target": block{"project": "acme/platform/apps/api"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.HoldToken()
			w.Must(w.config())
			project := w.gitlab.Project("acme/app")
			w.gitlab.ChangeHook(project, w.only().HookID, func(h *gitlab.Hook) { test.change(w, h) })
			said := w.Plan(w.Context, w.config(test.config)).Diagnostics
			switch {
			case test.says == "" && len(said) > 0:
				t.Errorf("said %s", said)
			case test.says != "" && (len(said) != 1 || !strings.Contains(said.String(), "WARNING: "+test.says)):
				t.Errorf("said %s, want one warning: %s", said, test.says)
			}
		})
	}
}

// One that somebody has deleted is told by every plan until the data source is replaced; the apply does not repeat it.
func TestAccSecretScanning_webhookGone(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	first := w.only()
	w.gitlab.RemoveHook(w.gitlab.Project("acme/app"), first.HookID)
	w.Plans(w.config(), acctest.NoOp, "WARNING: No such webhook at GitLab")
	w.saysAll(w.Plan(w.Context, w.config()).Diagnostics, false, first.ID, "-replace", "project 1203")
	plan := w.Plan(w.Context, w.config(block{"name": "renamed"}))
	w.saysAll(plan.Diagnostics, false, "No such webhook at GitLab")
	if said := w.ApplyPlan(w.Context, plan); len(said) > 0 {
		t.Errorf("the apply says %s", said)
	}
	w.Must(w.config(block{"target": block{"group": "acme"}}))
	w.settled(w.config(block{"target": block{"group": "acme"}}))
}

// A plan without a token asks for no list, and one whose token may not list the webhooks says nothing.
func TestAccSecretScanning_webhookNotAsked(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	w.gitlab.ChangeHook(w.gitlab.Project("acme/app"), w.only().HookID, func(h *gitlab.Hook) { h.DisabledForGood = true })
	quiet := func(what string, requests int) {
		t.Helper()
		w.Servers.Sandbox.Log.Reset()
		if plan := w.Plan(w.Context, w.config()); !plan.Empty() || len(plan.Diagnostics) > 0 {
			t.Errorf("%s: %s", what, plan.Diagnostics)
		}
		if got := len(w.Servers.Lines("gitlab")); got != requests {
			t.Errorf("%s: %d requests to GitLab, want %d", what, got, requests)
		}
	}
	w.Manage(block{"token": nil})
	quiet("no token", 0)
	w.Manage(block{"token": w.gitlab.Token("developer-management").Value})
	quiet("a developer's token", 1)
	w.HoldToken()
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError, http.StatusTooManyRequests} {
		lift := w.Fail(server.Fault{Server: server.GitLab, Path: "/api/v4/projects/{id}/hooks", Kind: server.FaultStatus, Status: status})
		quiet(fmt.Sprint(status), 1)
		lift()
	}
	w.Plans(w.config(), acctest.NoOp, "WARNING: Webhook switched off by GitLab")
}

// All data sources of one target share one list, also where they name it in two ways.
func TestAccSecretScanning_webhookListedOnce(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	connection := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.ProviderToken())...)
	cli.Write(fmt.Sprintf(`
resource %q "test" {
  count         = 6
  name          = "app-${count.index}"
  project_id    = %q
  connection_id = %q
  target        = { project = ["acme/app", "1203", "acme/platform/apps/api"][count.index %% 3] }
}
`, resourceType, servers.Sandbox.Infisical.ScanningProject, connection.ID))
	cli.Run("apply", "-auto-approve", "-input=false")
	app := servers.Sandbox.GitLab.Project("acme/app")
	for _, hook := range servers.Sandbox.GitLab.Hooks(app)[:2] {
		servers.Sandbox.GitLab.ChangeHook(app, hook.ID, func(h *gitlab.Hook) { h.DisabledForGood = true })
	}
	servers.Sandbox.Log.Reset()
	said := cli.Run("plan", "-input=false", "-no-color")
	if count := strings.Count(said, "Webhook switched off by GitLab"); count == 0 {
		t.Errorf("said %s", said)
	}
	if got := listings(servers); got != 2 {
		t.Errorf("%d lists, want one for each of 2 projects: %q", got, servers.Lines("gitlab"))
	}
}

// A connection that asks whether its token may manage the webhooks of the target has made the list, with its own token.
func TestAccSecretScanning_webhookListedForBoth(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	connection := func(description string) acctest.Block {
		own := d.connection()
		own.Config["description"] = description
		own.Config["targets"] = block{"projects": []string{"acme/app"}}
		return own
	}
	scan := d.scan(d.idOf("acme/app"))
	d.says([]acctest.Block{connection("first"), scan}, false)
	app := d.servers.Sandbox.GitLab.Project("acme/app")
	d.servers.Sandbox.GitLab.ChangeHook(app, d.dataSources()[0].HookID, func(h *gitlab.Hook) { h.DisabledForGood = true })
	d.servers.Sandbox.Log.Reset()
	plan := d.Plan(t.Context(), []acctest.Block{connection("second"), scan})
	if said := plan.Diagnostics.String(); strings.Count(said, "Webhook switched off by GitLab") != 1 {
		t.Errorf("said %s", said)
	}
	if got := listings(d.servers); got != 1 {
		t.Errorf("%d lists, want 1: %q", got, d.servers.Lines("gitlab"))
	}
}
