package connection_test

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// moveTo leads provider and connection to another GitLab.
func (w *workspace) moveTo(other *acctest.Servers, config block) {
	w.Manage(block{"instance_url": other.InstanceURL, "token": other.Sandbox.GitLab.Token("admin-management").Value})
	config["instance_url"] = other.InstanceURL
}

// otherGitLab is the GitLab of another sandbox, with the same clock.
func (w *workspace) otherGitLab() *acctest.Servers {
	return acctest.StartSandbox(w.t, sandbox.WithClock(w.Clock.Now))
}

// holds checks which live token Infisical has.
func (w *workspace) holds(at *acctest.Servers) {
	w.t.Helper()
	token, ok := at.Sandbox.GitLab.TokenByValue(w.Connections()[0].AccessToken)
	if !ok || token.Revoked || !strings.HasPrefix(token.Name, "infisical ") {
		w.t.Error("Infisical does not hold a live managed token of that GitLab")
	}
}

func TestAccManagedToken_movesWithTheProvider(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Dies = true
	w.Must(managed())
	old := w.Servers.ManagedTokens()[0]
	other := w.otherGitLab()
	config := managed()
	w.moveTo(other, config)
	w.Servers.Sandbox.Log.Reset()

	w.Plans(config, acctest.Update, "because instance_url changes")
	diags := w.Run(config)
	if diags.Failed() || !strings.Contains(diags.String(), "GitLab token left at another GitLab") || !strings.Contains(diags.String(), old.Name) ||
		!strings.Contains(diags.String(), w.Servers.InstanceURL) {
		t.Errorf("the old token is not named: %s", diags)
	}
	w.holds(other)
	if w.Attribute("instance_url") != other.InstanceURL || len(other.ManagedTokens()) != 1 {
		t.Errorf("the connection is at %s, with %d tokens there", w.Attribute("instance_url"), len(other.ManagedTokens()))
	}
	w.Plans(config, acctest.NoOp, "")
	if asked := w.Servers.Lines(server.GitLab); len(asked) > 0 {
		t.Errorf("the old GitLab was asked: %q", asked)
	}
	w.Must(nil)
	if len(w.Connections())+len(other.ManagedTokens()) > 0 {
		t.Error("the destroy left something over")
	}
}

// A revocation that failed before the move is let go as well: nobody could do it from then on.
func TestAccManagedToken_movesWithRevocationsLeft(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Dies = true
	w.Must(managed())
	lift := w.Fail(revocationFails)
	w.Must(managed(block{"rotation_triggers": block{"a": "b"}}))
	lift()
	left := w.Servers.ManagedTokens()
	other := w.otherGitLab()
	config := managed(block{"rotation_triggers": block{"a": "b"}})
	w.moveTo(other, config)
	diags := w.Run(config)
	for _, token := range left {
		if !strings.Contains(diags.String(), token.Name) {
			t.Errorf("the token %q is not named: %s", token.Name, diags)
		}
	}
	w.Plans(config, acctest.NoOp, "")
}

// Whatever became of the GitLab of its tokens, a connection can be destroyed.
func TestAccManagedToken_wayOut(t *testing.T) {
	t.Parallel()
	for name, days := range map[string]int{"nothing due": 0, "rotation due": 61} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed())
			token := w.Servers.ManagedTokens()[0]
			other := w.otherGitLab()
			w.Manage(block{"instance_url": other.InstanceURL, "token": other.Sandbox.GitLab.Token("admin-management").Value})
			w.Clock.AdvanceDays(days)
			w.Servers.Sandbox.GitLab.Stop()

			destruction := w.Plan(w.Context, managed(), acctest.Destroying)
			if destruction.Diagnostics.Failed() {
				t.Fatalf("the destruction cannot be planned: %s", destruction.Diagnostics)
			}
			diags := w.ApplyPlan(w.Context, destruction)
			if diags.Failed() || w.InState() || len(w.Connections()) > 0 {
				t.Errorf("the way out is blocked: %s", diags)
			}
			if !strings.Contains(diags.String(), token.Name) || !strings.Contains(diags.String(), w.Servers.InstanceURL) {
				t.Errorf("the token is not named: %s", diags)
			}
			if asked := other.Lines(server.GitLab); len(asked) > 0 {
				t.Errorf("the other GitLab was asked: %q", asked)
			}
		})
	}
}

// When what was recorded is lost besides, GitLab would be searched for more: not the other one.
func TestAccManagedToken_wayOutWithoutRecords(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	token := w.Servers.ManagedTokens()[0]
	other := w.otherGitLab()
	w.Manage(block{"instance_url": other.InstanceURL, "token": other.Sandbox.GitLab.Token("admin-management").Value})
	w.LosePrivate()
	w.Servers.Sandbox.Log.Reset()
	if diags := w.Run(nil); diags.Failed() || w.InState() || !strings.Contains(diags.String(), token.Name) {
		t.Errorf("want the connection deleted, and the token named: %s", diags)
	}
	for _, servers := range []*acctest.Servers{w.Servers, other} {
		if asked := servers.Lines(server.GitLab); len(asked) > 0 {
			t.Errorf("a GitLab was asked: %q", asked)
		}
	}
}

// At the same GitLab a token that cannot be revoked still keeps the state.
func TestAccManagedToken_noWayOutWithoutProviderToken(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	right := w.Servers.ProviderToken()
	w.Plans(nil, acctest.Delete, "")
	w.Manage(block{"token": nil})
	w.Plans(nil, acctest.Delete, "Provider's GitLab token needed to destroy")
	diags := w.Run(nil)
	if !diags.Failed() || !w.InState() || len(w.Connections()) != 1 || !strings.Contains(diags.String(), "Provider's GitLab token needed") {
		t.Errorf("want an error, and everything as it was: %s", diags)
	}
	w.Manage(block{"token": right})
	w.Must(nil)
	w.Settled(nil, "")
}

// On a machine without GITLAB_BASE_URL plans go on while nothing is to be made or revoked.
func TestAccManagedToken_providerWithoutAddress(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	here := w.Servers.InstanceURL
	const warning = "Managed token for another GitLab"
	w.Manage(block{"instance_url": nil})
	w.Plans(managed(), acctest.NoOp, warning)
	w.Plans(named("renamed"), acctest.Update, warning)
	w.Must(named("renamed"))
	w.Plans(named("renamed"), acctest.NoOp, warning)

	// What is left to revoke waits for a run with the right address, and is no change here.
	w.Manage(block{"instance_url": here})
	lift := w.Fail(revocationFails)
	triggered := named("renamed")
	triggered["managed_access_token"] = block{"group": "acme", "rotation_triggers": block{"a": "b"}}
	w.Must(triggered)
	lift()
	w.Manage(block{"instance_url": nil})
	w.Plans(triggered, acctest.NoOp, "GitLab tokens to revoke")
	triggered["name"] = "platform"
	w.Must(triggered)
	w.Manage(block{"instance_url": here})
	w.Plans(triggered, acctest.Update, "GitLab tokens to revoke")
	w.Must(triggered)
	w.Settled(triggered, "")

	// What must be made fails, and says so beforehand.
	w.Manage(block{"instance_url": nil})
	w.Clock.AdvanceDays(61)
	w.Plans(triggered, acctest.Update, "A new token is needed because the token expires")
	w.Refuses(triggered, warning)
	w.Manage(block{"instance_url": here})
	w.Must(triggered)
	w.Settled(triggered, "")
}

// Other words for what is there already rotate nothing.
func TestAccManagedToken_sameInOtherWords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ before, after block }{
		"no triggers, empty triggers": {block{}, block{"rotation_triggers": block{}}},
		"empty triggers, no triggers": {block{"rotation_triggers": block{}}, block{}},
		"path, id":                    {block{"group": "acme"}, block{"group": "87"}},
		"id, path":                    {block{"group": "87"}, block{"group": "acme"}},
		"path in other letters":       {block{"group": "acme"}, block{"group": "ACME"}},
		"project by path, id":         {block{"group": nil, "project": "acme/app"}, block{"group": nil, "project": "1203"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			config := func(changes block) block {
				config := managed(changes)
				config["use_cases"] = []string{"project_secret_sync"}
				return config
			}
			w.Must(config(tc.before))
			first := w.Attribute("token_details", "id")
			plan := w.Plan(w.Context, config(tc.after))
			if strings.Contains(plan.Diagnostics.String(), "token will be created") {
				t.Errorf("the plan says: %s", plan.Diagnostics)
			}
			w.Servers.Sandbox.Log.Reset()
			w.Must(config(tc.after))
			if w.Attribute("token_details", "id") != first || len(w.Servers.Writes()) > 0 {
				t.Errorf("something was written: %q", w.Asked())
			}
			w.Settled(config(tc.after), "")
		})
	}
}

func TestAccManagedToken_groupIsRenamed(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	config := managed(block{"group": "acme/platform"})
	w.Must(config)
	first := w.Attribute("token_details", "id")
	w.Servers.Sandbox.GitLab.RenameGroup("acme/platform", "acme/core")
	w.Plans(config, acctest.NoOp, "")
	renamed := managed(block{"group": "acme/core"})
	w.Must(renamed)
	w.Settled(renamed, "")
	if w.Attribute("token_details", "id") != first {
		t.Error("the token was rotated")
	}

	// A path that leads to another group by the time of the apply is another group.
	moved := managed(block{"group": "acme/platform"})
	w.Refuses(moved, "Project or group of the managed token not found")
	moved["token_validation"] = "warn"
	saved := w.Plan(w.Context, moved)
	if saved.Diagnostics.Failed() {
		t.Fatalf("the plan fails: %s", saved.Diagnostics)
	}
	w.Servers.Sandbox.GitLab.AddGroup("acme/platform")
	if diags := w.ApplyPlan(w.Context, saved); diags.Failed() {
		t.Fatalf("the apply fails: %s", diags)
	}
	if w.Attribute("token_details", "id") == first {
		t.Error("the token still belongs to the old group")
	}
	w.Settled(moved, "")
}

func TestAccManagedToken_otherGroupIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed(block{"group": "acme"}))
	w.Plans(managed(block{"group": "acme/platform"}), acctest.Update, "because its project or group changes")
	for _, nowhere := range []string{"4711", "acme/nowhere"} {
		w.Refuses(managed(block{"group": nowhere}), "because its project or group changes", "Project or group of the managed token not found", "404")
	}
	w.Must(managed(block{"group": "acme/platform"}))
	w.Settled(managed(block{"group": "acme/platform"}), "")
}
