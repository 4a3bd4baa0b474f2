package connection_test

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	soon, expired     = "GitLab token expires soon", "GitLab token has expired"
	replaced, unasked = "GitLab token was replaced outside Terraform", "Could not check the GitLab token"
	usesUnset         = "Scopes and role of the GitLab token are not checked"
)

// giving is the configuration of a connection with a token that this run has at hand, or not.
func giving(token any) block {
	return block{"name": "platform", "access_token": block{"type": "group", "value_wo": token}}
}

// says plans and checks that of these titles each is there as often as wanted, and no other warning of the token.
func (w *workspace) says(when string, config block, action acctest.Action, want ...string) *acctest.Plan {
	w.t.Helper()
	plan := w.Plan(w.Context, config)
	if plan.Diagnostics.Failed() || plan.Action != action || len(plan.Diagnostics) != len(want) {
		w.t.Errorf("%s the plan is to %s, want %s and %q: %s", when, plan.Action, action, want, plan.Diagnostics)
	}
	for _, title := range want {
		if titled(plan.Diagnostics, title) != 1 {
			w.t.Errorf("%s the plan does not say %q once: %s", when, title, plan.Diagnostics)
		}
	}
	return plan
}

// Most runs do not have the token. What the state knows of it they say all the same.
func TestAccConnection_tokenEndsThatIsNotAtHand(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Dies = true
	token := w.Servers.Token
	w.says("the first", giving(token), acctest.Create, usesUnset)
	w.Must(giving(token))
	w.says("long before", giving(nil), acctest.NoOp)
	w.Clock.AdvanceDays(176) // It was made for 180.
	for _, held := range []any{token, nil, " "} {
		w.says("shortly before", giving(held), acctest.NoOp, soon)
	}
	lift := w.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultStatus, Status: 503})
	w.says("while GitLab is down", giving(token), acctest.NoOp, unasked, soon)
	w.says("while GitLab is down, without the token,", giving(nil), acctest.NoOp, soon)
	lift()
	w.Servers.Sandbox.Log.Reset()
	w.says("shortly before", giving(nil), acctest.NoOp, soon)
	if asked := w.Servers.Lines(server.GitLab); len(asked) > 0 {
		t.Errorf("GitLab was asked %q", asked)
	}
	off := giving(nil)
	off["token_validation"] = "off"
	w.says("when nothing is to be said", off, acctest.Update)
	renamed := giving(nil)
	renamed["name"] = "renamed"
	w.says("beside a change", renamed, acctest.Update, soon)
	w.Manage(block{"expiry_warning_days": 0})
	w.says("when the end is not to be said", giving(nil), acctest.NoOp)
	w.Clock.AdvanceDays(9)
	w.says("when it has expired", giving(nil), acctest.NoOp, expired)
	if said := w.Plan(w.Context, giving(nil)).Diagnostics.String(); !strings.Contains(said, "the state records") {
		t.Errorf("the plan says %s", said)
	}
}

// A connection with use cases is judged by them, and there is nothing to say of use cases that are not set.
func TestAccConnection_saysThatUsesAreUnset(t *testing.T) {
	t.Parallel()
	w, application := newOAuthWorkspace(t)
	managedWithout := managed(block{"scopes": []string{"api"}, "access_level": "owner"})
	delete(managedWithout, "use_cases")
	grant := of(w, application, "oauth")
	delete(grant, "use_cases")
	for name, tc := range map[string]struct {
		config block
		want   int
	}{
		"given":              {giving(w.Servers.Token), 1},
		"managed":            {managedWithout, 1},
		"managed, with uses": {managed(), 0},
		"granted":            {grant, 0},
	} {
		for validation, want := range map[any]int{nil: tc.want, "warn": tc.want, "off": 0} {
			tc.config["token_validation"] = validation
			if plan := w.Plan(w.Context, tc.config); plan.Diagnostics.Failed() || titled(plan.Diagnostics, usesUnset) != want {
				t.Errorf("%s, %v: want it %d times: %s", name, validation, want, plan.Diagnostics)
			}
		}
	}
	w.Must(giving(w.Servers.Token))
	w.says("of a connection that exists", giving(w.Servers.Token), acctest.NoOp)
}

// Somebody replaces the credentials in Infisical: the plan restores them when it has the token, and says so when not.
func TestAccConnection_replacedWhileTheTokenIsNotAtHand(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	token := w.Servers.Token
	w.Must(giving(token))
	w.Servers.Sandbox.Infisical.SetAccessToken(w.Connections()[0].ID, w.Servers.OtherToken)
	w.Clock.AdvanceDays(177) // What the state knows of the token is not of the one that Infisical has.
	for range 2 {
		w.says("without the token", giving(nil), acctest.NoOp, replaced)
	}
	w.Refresh(w.Context)
	w.says("after a refresh, without the token,", giving(nil), acctest.NoOp, replaced)
	w.Manage(block{"expiry_warning_days": 0})
	plan := w.says("with the token", giving(token), acctest.Update)
	if diags := w.ApplyPlan(w.Context, plan); len(diags) > 0 {
		t.Errorf("the apply that mends it says: %s", diags)
	}
	w.says("when it is mended", giving(nil), acctest.NoOp)
	if held := w.Connections()[0].AccessToken; held != token {
		t.Error("Infisical has another token")
	}
}

// A merge request that adds a connection does not have its token, the apply does.
func TestAccConnection_createdWithoutTheTokenInThePlan(t *testing.T) {
	t.Parallel()
	const needed = "GitLab token needed"
	w := newWorkspace(t)
	config := giving(nil)
	config["use_cases"] = []string{"group_secret_sync"}
	delete(config["access_token"].(block), "type") //nolint:forcetypeassert // It is what giving made.
	plan := w.says("without the token", config, acctest.Create, needed)
	w.Servers.Sandbox.Log.Reset()
	if diags := w.ApplyPlan(w.Context, plan); !diags.Failed() || titled(diags, needed) == 0 || len(w.Servers.Writes()) > 0 || w.InState() {
		t.Fatalf("want an error, and nothing written: %s", diags)
	}
	for _, token := range []block{{}, {"value_wo": " \n"}, {"type": "group"}} {
		without := block{"name": "platform", "use_cases": config["use_cases"], "access_token": token}
		if diags := w.ApplyPlan(w.Context, w.says("without a token", without, acctest.Create, needed)); titled(diags, needed) == 0 || w.InState() {
			t.Errorf("%v: want an error: %s", token, diags)
		}
	}
	plan = w.Plan(w.Context, config)
	with := block{"name": "platform", "use_cases": config["use_cases"], "access_token": block{"value_wo": w.Servers.Token}}
	if diags := w.ApplyPlan(w.Context, w.Known(plan, with)); diags.Failed() {
		t.Fatalf("the apply with the token fails: %s", diags)
	}
	w.says("afterwards", config, acctest.NoOp)

	// What would be deleted first is not, as long as nothing can take its place.
	elsewhere := block{"name": "platform", "project_id": w.Servers.Sandbox.Infisical.Projects[0], "use_cases": config["use_cases"], "access_token": block{}}
	for name, plan := range map[string]*acctest.Plan{
		"in another project": w.Plan(w.Context, elsewhere), "-replace": w.Plan(w.Context, config, acctest.Replacing),
	} {
		if !plan.Diagnostics.Failed() || titled(plan.Diagnostics, needed) != 1 {
			t.Errorf("%s: want an error: %s", name, plan.Diagnostics)
		}
	}
	imported := newWorkspace(t)
	imported.Servers, imported.Clock = w.Servers, w.Clock
	imported.Environment, imported.Configuration = w.Environment, w.Configuration
	if diags := imported.Import(w.Context, w.Connections()[0].ID); diags.Failed() {
		t.Fatal(diags)
	}
	if plan := imported.Plan(w.Context, giving(nil), acctest.Replacing); !plan.Diagnostics.Failed() {
		t.Errorf("an imported one: want an error: %s", plan.Diagnostics)
	}
}

// The plan has the provider's GitLab token, and the apply has not: a grant is not deleted for a connection that cannot
// be made.
func TestAccConnection_keptWhenItsReplacementCannotBeMade(t *testing.T) {
	t.Parallel()
	w, application := newOAuthWorkspace(t)
	w.Must(of(w, application, "oauth"))
	before := w.Connections()[0].ID
	right := w.Servers.ProviderToken()
	for name, inPlan := range map[string]any{"with the token in the plan": right, "without": nil} {
		w.Manage(block{"token": inPlan})
		plan := w.Plan(w.Context, managed())
		if plan.Diagnostics.Failed() || plan.Action != acctest.Replace || (titled(plan.Diagnostics, needed) == 1) != (inPlan == nil) {
			t.Fatalf("%s the plan is to %s: %s", name, plan.Action, plan.Diagnostics)
		}
		w.Manage(block{"token": nil})
		if diags := w.ApplyPlan(w.Context, plan); !diags.Failed() || titled(diags, needed) != 1 {
			t.Errorf("%s: want an error: %s", name, diags)
		}
		if after := w.Connections(); len(after) != 1 || after[0].ID != before {
			t.Fatal("the connection was deleted")
		}
	}
	w.Manage(block{"token": right})
	w.Must(managed())
	w.Settled(managed(), "")
	w.Must(given(w.Servers))
	w.Manage(block{"token": nil})
	w.Plans(nil, acctest.Delete, "")
	w.Must(nil)
}
