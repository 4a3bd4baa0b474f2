package connection_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// notFound is what a server says of a connection that it has but does not find, as for the moment of a failover.
var notFound = server.Fault{Server: server.Infisical, Path: "/api/v1/app-connections/gitlab/*", Kind: server.FaultStatus, Status: 404}

// unseen lets the server find no connection, neither by id nor in a list.
func (w *workspace) unseen() (lift func()) {
	list := server.Fault{
		Server: server.Infisical, Method: http.MethodGet, Path: "/api/v1/app-connections/gitlab", Kind: server.FaultStatus, Status: 200,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"appConnections":[]}`,
	}
	liftList, liftOne := w.Fail(list), w.Fail(notFound)
	return func() { liftOne(); liftList() }
}

// tick lets a second pass, so that what is written then is newer.
func (w *workspace) tick() { w.Clock.Advance(time.Second) }

// same checks that the workspace's only connection is still that one, with its token alive.
func (w *workspace) same(before infisical.Connection) {
	w.t.Helper()
	connections := w.Connections()
	if len(connections) != 1 || connections[0].ID != before.ID || connections[0].AccessToken != before.AccessToken {
		w.t.Errorf("the connection was touched: %v", w.Servers.Sandbox.Log.Provider())
	}
	if token, ok := w.Servers.Sandbox.GitLab.TokenByValue(before.AccessToken); !ok || token.Revoked {
		w.t.Error("its token was revoked")
	}
}

// One answer of 404 changes nothing, whatever kind of credential the connection has.
func TestAccConnection_notFoundOnce(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*workspace) block{"managed": becomes(managed()), "given": becomesGiven} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(config(w))
			before := w.Connections()[0]
			once := notFound
			once.Times = 1
			w.Fail(once)
			w.Servers.Sandbox.Log.Reset()
			w.Plans(config(w), acctest.NoOp, "")
			if got := w.Asked()[:2]; !slices.Equal(got, []string{getRequest, listRequest}) {
				t.Errorf("asked %q", got)
			}
			w.same(before)
		})
	}
}

// A connection that is not found by id throughout, but stands in the list, is there.
func TestAccConnection_notFoundByID(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	before := w.Connections()[0]
	defer w.Fail(notFound)()
	w.Must(managed())
	w.same(before)
}

// What was not found when a plan was saved, and is there when it is applied, is not replaced because of that.
func TestAccManagedToken_isThereAgainAtApply(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	before := w.Connections()[0]
	lift := w.unseen()
	saved := w.Plan(w.Context, managed())
	lift()
	w.Clock.AdvanceDays(3)
	diags := w.ApplyPlan(w.Context, saved)
	if !diags.Failed() || !strings.Contains(diags.String(), "was found again") || !strings.Contains(diags.String(), "Plan again") {
		t.Errorf("want an error that says to plan again: %s", diags)
	}
	w.same(before)
	w.Plans(managed(), acctest.NoOp, "")
	w.Settled(managed(), "")
}

// What is to be destroyed is destroyed, whether it was found when that was planned or not.
func TestAccManagedToken_isThereAgainAtDestroy(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*workspace) *acctest.Plan{
		"destroy":       func(w *workspace) *acctest.Plan { return w.Plan(w.Context, managed(), acctest.Destroying) },
		"removed block": func(w *workspace) *acctest.Plan { return w.Plan(w.Context, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed())
			lift := w.unseen()
			w.Refresh(w.Context)
			saved := plan(w)
			lift()
			if diags := w.ApplyPlan(w.Context, saved); diags.Failed() {
				t.Errorf("the destroy fails: %s", diags)
			}
			w.Settled(nil, "")
		})
	}
}

// The deletion itself is answered by 404 although the connection is there: its token stays.
func TestAccManagedToken_deletionIsNotFound(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	before := w.Connections()[0]
	deletion := notFound
	deletion.Method = http.MethodDelete
	lift := w.Fail(deletion)
	if diags := w.Run(nil); !diags.Failed() || !w.InState() {
		t.Errorf("want an error, and the connection in the state: %s", diags)
	}
	w.same(before)
	lift()
	w.Must(nil)
	w.Settled(nil, "")
}

// When the list cannot be had, nothing is called deleted.
func TestAccConnection_notFoundAndNotListed(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Must(given(w.Servers))
	defer w.Fail(listAnswers(http.StatusInternalServerError))()
	defer w.Fail(notFound)()
	if plan := w.Plan(w.Context, given(w.Servers)); !plan.Diagnostics.Failed() {
		t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
	}
}

// An identity that may not list learns all the same that a connection was deleted, and is not misled by a replica.
func TestAccConnection_deletedAndListForbidden(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Must(given(w.Servers))
	defer w.Fail(listAnswers(http.StatusForbidden))()
	lagging := notFound
	lagging.Times = 4
	lift := w.Fail(lagging)
	w.Plans(given(w.Servers), acctest.NoOp, "")
	lift()
	w.Servers.Sandbox.Infisical.Remove(w.Connections()[0].ID)
	w.Plans(given(w.Servers), acctest.Create, usesUnset)
	w.Must(given(w.Servers))
	w.Settled(given(w.Servers), "")
}

func listAnswers(status int) server.Fault {
	return server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: "/api/v1/app-connections/gitlab", Kind: server.FaultStatus, Status: status}
}

// A replica that has not seen our last write says nothing about what others wrote.
func TestAccConnection_replicaLags(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*workspace, string) block{
		"managed": func(_ *workspace, run string) block {
			return managed(block{"rotation_triggers": block{"run": run}})
		},
		"given": func(w *workspace, run string) block {
			tokens := map[string]string{"1": w.Servers.Token, "2": w.Servers.OtherToken}
			return block{"name": "platform", "access_token": block{"type": "group", "value_wo": tokens[run]}}
		},
		"renamed": func(_ *workspace, run string) block { return named("platform-" + run) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(config(w, "1"))
			w.Servers.Sandbox.Infisical.Lag(3)
			w.tick()
			w.Must(config(w, "2"))
			before := w.Connections()[0]
			w.Plans(config(w, "2"), acctest.NoOp, "")
			w.same(before)
		})
	}
}

// A plan that was made by what a replica said when it lagged too long to be waited for rotates nothing once it has
// caught up.
func TestAccManagedToken_replicaLagsAtPlan(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.tick()
	triggered := managed(block{"rotation_triggers": block{"run": "2"}})
	catchUp := w.Servers.Sandbox.Infisical.Lag(0)
	w.Must(triggered)
	before := w.Connections()[0]
	saved := w.Plan(w.Context, triggered)
	if saved.Action != acctest.Update {
		t.Errorf("the plan is to %s, so there is nothing to see here", saved.Action)
	}
	catchUp()
	if diags := w.ApplyPlan(w.Context, saved); diags.Failed() {
		t.Errorf("the apply fails: %s", diags)
	}
	w.same(before)
	w.Plans(triggered, acctest.NoOp, "")
}

// A server that was restored from a backup has lost our last write for good, which is put right.
func TestAccManagedToken_serverIsRestored(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.tick()
	w.Dies = true
	w.Servers.Sandbox.Infisical.Lag(0)
	w.Must(managed(block{"rotation_triggers": block{"run": "2"}}))
	w.Plans(managed(block{"rotation_triggers": block{"run": "2"}}), acctest.Update, "the connection's credentials were changed outside Terraform")
}

// Nor is that server waited for ever after.
func TestAccConnection_serverIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Must(given(w.Servers))
	w.tick()
	w.Servers.Sandbox.Infisical.Lag(0)
	renamed := given(w.Servers)
	renamed["name"] = "renamed"
	w.Must(renamed)
	waits := 0
	w.Environment.Wait = func(context.Context, time.Duration) error { waits++; return nil }
	w.Refresh(w.Context)
	if waits == 0 {
		t.Error("the server was not given the time to catch up")
	}
	waits = 0
	w.Plans(renamed, acctest.Update, "")
	if waits > 0 {
		t.Errorf("waited %d times more", waits)
	}
}
