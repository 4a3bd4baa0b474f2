package connection_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// moveTo leads provider and connection to another GitLab.
func (w *workspace) moveTo(other *acctest.Servers, config block) {
	w.manage(block{"instance_url": other.InstanceURL, "management_token": other.Sandbox.GitLab.Token("admin-management").Value})
	config["instance_url"] = other.InstanceURL
}

// otherGitLab is the GitLab of another sandbox, with the same clock.
func (w *workspace) otherGitLab() *acctest.Servers {
	return acctest.StartSandbox(w.t, sandbox.WithClock(w.clock.Now))
}

// holds checks which live token Infisical has.
func (w *workspace) holds(at *acctest.Servers) {
	w.t.Helper()
	token, ok := at.Sandbox.GitLab.TokenByValue(w.connections()[0].AccessToken)
	if !ok || token.Revoked || !strings.HasPrefix(token.Name, "infisical ") {
		w.t.Error("Infisical does not hold a live managed token of that GitLab")
	}
}

func TestAccManagedToken_movesWithTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.dies = true
	w.must(managed())
	old := managedTokens(w.servers)[0]
	other := w.otherGitLab()
	config := managed()
	w.moveTo(other, config)
	w.servers.Sandbox.Log.Reset()

	w.plans(config, acctest.Update, "because instance_url changes")
	diags := w.run(config)
	if diags.Failed() || !strings.Contains(diags.String(), "GitLab token left at another GitLab") || !strings.Contains(diags.String(), old.Name) || !strings.Contains(diags.String(), w.servers.InstanceURL) {
		t.Errorf("the old token is not named: %s", diags)
	}
	w.holds(other)
	if w.Attribute("instance_url") != other.InstanceURL || len(managedTokens(other)) != 1 {
		t.Errorf("the connection is at %s, with %d tokens there", w.Attribute("instance_url"), len(managedTokens(other)))
	}
	w.plans(config, acctest.NoOp, "")
	if asked := w.servers.Lines(server.GitLab); len(asked) > 0 {
		t.Errorf("the old GitLab was asked: %q", asked)
	}
	w.must(nil)
	if len(w.connections())+len(managedTokens(other)) > 0 {
		t.Error("the destroy left something over")
	}
}

// A revocation that failed before the move is let go as well: nobody could do it from then on.
func TestAccManagedToken_movesWithRevocationsLeft(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.dies = true
	w.must(managed())
	lift := w.fail(revocationFails)
	w.must(managed(block{"rotation_triggers": block{"a": "b"}}))
	lift()
	left := managedTokens(w.servers)
	other := w.otherGitLab()
	config := managed(block{"rotation_triggers": block{"a": "b"}})
	w.moveTo(other, config)
	diags := w.run(config)
	for _, token := range left {
		if !strings.Contains(diags.String(), token.Name) {
			t.Errorf("the token %q is not named: %s", token.Name, diags)
		}
	}
	w.plans(config, acctest.NoOp, "")
}

// Whatever became of the GitLab of its tokens, a connection can be destroyed.
func TestAccManagedToken_wayOut(t *testing.T) {
	t.Parallel()
	for name, days := range map[string]int{"nothing due": 0, "rotation due": 61} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.must(managed())
			token := managedTokens(w.servers)[0]
			other := w.otherGitLab()
			w.manage(block{"instance_url": other.InstanceURL, "management_token": other.Sandbox.GitLab.Token("admin-management").Value})
			w.clock.advance(days)
			w.servers.Sandbox.GitLab.Stop()

			destruction := w.Plan(w.ctx, managed(), acctest.Destroying)
			if destruction.Diagnostics.Failed() {
				t.Fatalf("the destruction cannot be planned: %s", destruction.Diagnostics)
			}
			diags := w.ApplyPlan(w.ctx, destruction)
			if diags.Failed() || w.InState() || len(w.connections()) > 0 {
				t.Errorf("the way out is blocked: %s", diags)
			}
			if !strings.Contains(diags.String(), token.Name) || !strings.Contains(diags.String(), w.servers.InstanceURL) {
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
	w := newWorkspace(t)
	w.must(managed())
	token := managedTokens(w.servers)[0]
	other := w.otherGitLab()
	w.manage(block{"instance_url": other.InstanceURL, "management_token": other.Sandbox.GitLab.Token("admin-management").Value})
	w.LosePrivate()
	w.servers.Sandbox.Log.Reset()
	if diags := w.run(nil); diags.Failed() || w.InState() || !strings.Contains(diags.String(), token.Name) {
		t.Errorf("want the connection deleted, and the token named: %s", diags)
	}
	for _, servers := range []*acctest.Servers{w.servers, other} {
		if asked := servers.Lines(server.GitLab); len(asked) > 0 {
			t.Errorf("a GitLab was asked: %q", asked)
		}
	}
}

// At the same GitLab a token that cannot be revoked still keeps the state.
func TestAccManagedToken_noWayOutWithoutManagementToken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	right := w.managementToken()
	w.manage(block{"management_token": nil})
	if diags := w.run(nil); !diags.Failed() || !w.InState() || len(w.connections()) != 1 || !strings.Contains(diags.String(), "Management token needed") {
		t.Errorf("want an error, and everything as it was: %s", diags)
	}
	w.manage(block{"management_token": right})
	w.must(nil)
	w.settled(nil, "")
}

// On a machine without GITLAB_BASE_URL plans go on while nothing is to be made or revoked.
func TestAccManagedToken_providerWithoutAddress(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	here := w.servers.InstanceURL
	const warning = "Managed token for another GitLab"
	w.manage(block{"instance_url": nil})
	w.plans(managed(), acctest.NoOp, warning)
	w.plans(named("renamed"), acctest.Update, warning)
	w.must(named("renamed"))
	w.plans(named("renamed"), acctest.NoOp, warning)

	// What is left to revoke waits for a run with the right address, and is no change here.
	w.manage(block{"instance_url": here})
	lift := w.fail(revocationFails)
	triggered := named("renamed")
	triggered["managed_access_token"] = block{"group": "acme", "rotation_triggers": block{"a": "b"}}
	w.must(triggered)
	lift()
	w.manage(block{"instance_url": nil})
	w.plans(triggered, acctest.NoOp, "GitLab tokens to revoke")
	triggered["name"] = "platform"
	w.must(triggered)
	w.manage(block{"instance_url": here})
	w.plans(triggered, acctest.Update, "GitLab tokens to revoke")
	w.must(triggered)
	w.settled(triggered, "")

	// What must be made fails, and says so beforehand.
	w.manage(block{"instance_url": nil})
	w.clock.advance(61)
	w.plans(triggered, acctest.Update, "A new token is needed because the token expires")
	w.refuses(triggered, warning)
	w.manage(block{"instance_url": here})
	w.must(triggered)
	w.settled(triggered, "")
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
			w := newWorkspace(t)
			config := func(changes block) block {
				config := managed(changes)
				config["use_cases"] = []string{"project_secret_sync"}
				return config
			}
			w.must(config(tc.before))
			first := w.Attribute("token", "id")
			plan := w.Plan(w.ctx, config(tc.after))
			if strings.Contains(plan.Diagnostics.String(), "will be made") {
				t.Errorf("the plan says: %s", plan.Diagnostics)
			}
			w.servers.Sandbox.Log.Reset()
			w.must(config(tc.after))
			if w.Attribute("token", "id") != first || len(w.servers.Writes()) > 0 {
				t.Errorf("something was written: %q", w.asked())
			}
			w.settled(config(tc.after), "")
		})
	}
}

func TestAccManagedToken_groupIsRenamed(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := managed(block{"group": "acme/platform"})
	w.must(config)
	first := w.Attribute("token", "id")
	w.servers.Sandbox.GitLab.RenameGroup("acme/platform", "acme/core")
	w.plans(config, acctest.NoOp, "")
	renamed := managed(block{"group": "acme/core"})
	w.must(renamed)
	w.settled(renamed, "")
	if w.Attribute("token", "id") != first {
		t.Error("the token was rotated")
	}

	// A path that leads to another group by the time of the apply is another group.
	saved := w.Plan(w.ctx, managed(block{"group": "acme/platform"}))
	if saved.Diagnostics.Failed() {
		t.Fatalf("the plan fails: %s", saved.Diagnostics)
	}
	w.servers.Sandbox.GitLab.AddGroup("acme/platform")
	if diags := w.ApplyPlan(w.ctx, saved); diags.Failed() {
		t.Fatalf("the apply fails: %s", diags)
	}
	if w.Attribute("token", "id") == first {
		t.Error("the token still belongs to the old group")
	}
	w.settled(managed(block{"group": "acme/platform"}), "")
}

func TestAccManagedToken_otherGroupIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed(block{"group": "acme"}))
	w.plans(managed(block{"group": "acme/platform"}), acctest.Update, "because it is to belong to another project or group")
	w.servers.Sandbox.Log.Reset()
	w.plans(managed(block{"group": "4711"}), acctest.Update, "because it is to belong to another project or group")
	if slices.Contains(w.asked(), "GET /api/v4/groups/{id}") {
		t.Errorf("asked for an id: %q", w.asked())
	}
	w.refuses(managed(block{"group": "acme/nowhere"}), "404", "Check the path or id")
	w.must(managed(block{"group": "acme/platform"}))
	w.settled(managed(block{"group": "acme/platform"}), "")
}
