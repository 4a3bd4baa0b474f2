package object_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// The same server under another address is the same, and what is deleted there is deleted.
func TestAccObject_serverMoves(t *testing.T) {
	t.Parallel()
	t.Run("then all are deleted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.test(
			resource.TestStep{Config: w.config()},
			resource.TestStep{Config: w.at(w.elsewhere()), ConfigPlanChecks: nothingToDo()},
			resource.TestStep{PreConfig: w.remove, Config: w.at(w.elsewhere()), PlanOnly: true, ExpectNonEmptyPlan: true},
			resource.TestStep{Config: w.at(w.elsewhere())},
		)
	})
	t.Run("while all are deleted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.test(
			resource.TestStep{Config: w.config()},
			resource.TestStep{PreConfig: w.remove, Config: w.at(w.elsewhere()), PlanOnly: true, ExpectNonEmptyPlan: true},
			resource.TestStep{Config: w.at(w.elsewhere())},
		)
	})
}

// Another Infisical, or another organization's identity: nothing is forgotten, by no command.
func TestAccObject_elsewhere(t *testing.T) {
	t.Parallel()
	for name, lead := range map[string]func(*world) string{
		"another Infisical": func(w *world) string {
			other := acctest.StartSandbox(w.t, sandbox.WithClock(w.clock.Now))
			own := w.servers
			return strings.NewReplacer(own.Host, other.Host, own.ClientID, other.ClientID, own.ClientSecret, other.ClientSecret).Replace(w.config())
		},
		"another organization": func(w *world) string {
			return strings.NewReplacer(w.servers.ClientID, w.infisical.OtherClientID, w.servers.ClientSecret, w.infisical.OtherClientSecret).Replace(w.config())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			astray := lead(w)
			w.test(
				resource.TestStep{Config: w.config()},
				resource.TestStep{PreConfig: func() { w.clock.Advance(time.Hour) }, Config: astray, ExpectError: says("State of another Infisical")},
				resource.TestStep{Config: astray, Destroy: true, ExpectError: says("State of another Infisical")},
				resource.TestStep{Config: w.config(), ConfigPlanChecks: nothingToDo()},
			)
		})
	}
}

// A server that was restored from a backup is waited for once.
func TestAccObject_restored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	restore := func() {
		w.clock.Advance(-time.Hour)
		w.infisical.SetDescription(w.servers.Only(t).ID, nil)
		w.infisical.ChangeSync(w.infisical.Syncs()[0].ID, func(*sandboxinfisical.Sync) {})
		w.infisical.ChangeDataSource(w.infisical.DataSources()[0].ID, func(*sandboxinfisical.DataSource) {})
		w.clock.Advance(2 * time.Hour)
	}
	w.test(
		resource.TestStep{Config: w.config()},
		resource.TestStep{PreConfig: restore, Config: w.config(), ConfigPlanChecks: nothingToDo()},
		resource.TestStep{PreConfig: func() {
			if w.waited.Load() == 0 {
				t.Error("nothing was waited for")
			}
			w.waited.Store(0)
		}, Config: w.config(), ConfigPlanChecks: nothingToDo()},
	)
	if waited := time.Duration(w.waited.Load()); waited != 0 {
		t.Errorf("waited %s again", waited)
	}
}

// Reads that are some seconds behind: what an apply has just made is there for what refers to it, and for the next
// command.
func TestAccObject_replicaIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infisical.LagBy(3 * time.Second)
	w.test(
		resource.TestStep{Config: w.config()},
		resource.TestStep{Config: w.config(), ConfigPlanChecks: nothingToDo()},
	)
}

// A saved plan that destroys or changes an object, applied where the object is not.
func TestAccObject_savedPlanElsewhere(t *testing.T) {
	t.Parallel()
	for _, typeName := range types[1:] {
		for where, lead := range map[string]func(*acctest.Workspace) *acctest.Servers{
			"another Infisical": func(w *acctest.Workspace) *acctest.Servers {
				return acctest.StartSandbox(t, sandbox.WithClock(w.Clock.Now))
			},
			"another organization": func(w *acctest.Workspace) *acctest.Servers {
				astray := *w.Servers
				astray.ClientID, astray.ClientSecret = w.Servers.Sandbox.Infisical.OtherClientID, w.Servers.Sandbox.Infisical.OtherClientSecret
				return &astray
			},
		} {
			t.Run(typeName+" at "+where, func(t *testing.T) {
				t.Parallel()
				w := acctest.NewWorkspace(t, typeName)
				backend := w.Servers.Sandbox.Infisical
				connection := backend.Add(sandboxinfisical.Connection{Name: "gitlab", AccessToken: w.Servers.Token, AccessTokenType: "group"})
				config := map[string]any{"name": "app", "project_id": backend.ScanningProject, "connection_id": connection.ID,
					"target": map[string]any{"project": "1203"}}
				if typeName == types[1] {
					config["project_id"], config["source"] = w.Servers.ProjectID, map[string]any{"environment": "prod"}
					config["variables"], config["wait_for_sync"] = map[string]any{"unmanaged": "keep"}, false
				}
				w.Must(config)
				w.Clock.Advance(time.Hour)
				renamed := maps.Clone(config)
				renamed["name"] = "renamed"
				destruction, update := w.Plan(w.Context, nil), w.Plan(w.Context, renamed)
				own := w.Servers
				w.Servers = lead(w)
				w.Configuration = w.Settings()
				for what, plan := range map[string]*acctest.Plan{"destroy": destruction, "update": update} {
					diags := w.ApplyPlan(w.Context, plan)
					if !diags.Failed() || !strings.Contains(diags.String(), "State of another Infisical") || !w.InState() {
						t.Errorf("%s: want an error, and the object in the state: %s", what, diags)
					}
				}
				w.Servers = own
				w.Configuration = w.Settings()
				w.Plans(config, acctest.NoOp, "")
			})
		}
	}
}
