package connection_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// withoutRefresh are the ways to plan for the state as it is.
var withoutRefresh = map[string]acctest.PlanOption{"-refresh=false": acctest.Unrefreshed, "-minimal-refresh": acctest.MinimallyRefreshed}

const (
	rotates = "because the token expires 2027-02-20 and rotates 30 days before"
	waits   = "Rotation of the managed token is due"
)

// Before the first of these days the token of a connection that was made on 2026-11-22 is not due, from then on it is.
const dayBefore, firstDay = 59, 60

// A rotation that is due by the clock is planned without a refresh, too, and the apply does it, whatever day it is by
// then.
func TestAccManagedToken_rotatesWithoutRefresh(t *testing.T) {
	t.Parallel()
	for name, option := range withoutRefresh {
		for day, action := range map[int]acctest.Action{dayBefore: acctest.NoOp, firstDay: acctest.Update, firstDay + 40: acctest.Update} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				w.Must(managed())
				before := w.Connections()[0].AccessToken
				w.Clock.Set(w.Clock.Now().AddDate(0, 0, day))
				plan := w.Plan(w.Context, managed(), option)
				if plan.Action != action || strings.Contains(plan.Diagnostics.String(), rotates) != (action == acctest.Update) {
					t.Fatalf("on day %d the plan is to %s: %s", day, plan.Action, plan.Diagnostics)
				}
				if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
					t.Fatalf("the apply fails: %s", diags)
				}
				if after := w.Connections()[0].AccessToken; (after != before) != (action == acctest.Update) {
					t.Errorf("on day %d the token is another one: %t", day, after != before)
				}
				if action == acctest.Update {
					w.Settled(managed(), "")
				}
			})
		}
	}
}

// What else changes is not put off, and the rotation that becomes due meanwhile waits for the next plan: a plan that
// did not show it must not do it.
func TestAccManagedToken_becomesDueBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	renamed := managed()
	renamed["name"] = "renamed"
	for name, tc := range map[string]struct {
		day  int
		with []acctest.PlanOption
		// said by the plan, and by the apply.
		plan, apply int
	}{
		"with a refresh":              {dayBefore, nil, 0, 1},
		"without":                     {dayBefore, []acctest.PlanOption{acctest.Unrefreshed}, 0, 1},
		"without, when it is due":     {firstDay, []acctest.PlanOption{acctest.Unrefreshed}, 1, 1},
		"with little, when it is due": {firstDay, []acctest.PlanOption{acctest.MinimallyRefreshed}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed())
			before := w.Connections()[0].AccessToken
			w.Clock.Set(w.Clock.Now().AddDate(0, 0, tc.day))
			plan := w.Plan(w.Context, renamed, tc.with...)
			if plan.Action != acctest.Update || titled(plan.Diagnostics, waits) != tc.plan {
				t.Fatalf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
			}
			w.Clock.Set(w.Clock.Now().AddDate(0, 0, 1))
			diags := w.ApplyPlan(w.Context, plan)
			if diags.Failed() || titled(diags, waits) != tc.apply {
				t.Fatalf("the apply says: %s", diags)
			}
			inOne := name == "with little, when it is due" // It was refreshed, and planned again.
			if after := w.Connections()[0]; after.Name != "renamed" || (after.AccessToken != before) != inOne {
				t.Errorf("the connection is called %q, and has another token: %t", after.Name, after.AccessToken != before)
			}
			w.Must(renamed)
			w.Settled(renamed, "")
		})
	}
}

// Two applies: what is due is rotated by a plan that has nothing else to do, after tokens that are left to revoke.
func TestAccManagedToken_revokesBeforeItRotatesWithoutRefresh(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	lift := w.Fail(revocationFails)
	w.Must(managed(block{"rotation_triggers": block{"a": "b"}}))
	lift()
	config := managed(block{"rotation_triggers": block{"a": "b"}})
	w.Clock.Set(w.Clock.Now().AddDate(0, 0, firstDay))
	for _, says := range []string{"GitLab tokens to revoke", rotates} {
		plan := w.Plan(w.Context, config, acctest.Unrefreshed)
		if plan.Action != acctest.Update || !strings.Contains(plan.Diagnostics.String(), says) {
			t.Fatalf("want %q, the plan is to %s: %s", says, plan.Action, plan.Diagnostics)
		}
		if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
			t.Fatalf("the apply fails: %s", diags)
		}
	}
	w.Settled(config, "")
}

// A plan that is not preceded by a refresh shows that the method changes, and how to go on; -minimal-refresh goes on by
// itself.
func TestAccConnection_methodChangesWithoutRefresh(t *testing.T) {
	t.Parallel()
	const title = "GitLab connection must be replaced"
	for _, was := range kinds {
		for _, becomes := range kinds {
			if methodOfKind(was) == methodOfKind(becomes) {
				continue
			}
			t.Run(was+" becomes "+becomes, func(t *testing.T) {
				t.Parallel()
				w, application := newOAuthWorkspace(t)
				if slices.Contains([]string{was, becomes}, "managed_access_token") {
					w.HoldToken()
				}
				w.Must(of(w, application, was))
				before := w.Connections()[0]
				config := of(w, application, becomes)

				plan := w.Plan(w.Context, config, acctest.Unrefreshed)
				if plan.Diagnostics.Failed() || plan.Action != acctest.Update || titled(plan.Diagnostics, title) != 1 {
					t.Fatalf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
				}
				w.Servers.Sandbox.Log.Reset()
				if diags := w.ApplyPlan(w.Context, plan); !diags.Failed() || !strings.Contains(diags.String(), title) ||
					strings.Contains(diags.String(), "inconsistent") || len(w.Servers.Writes()) > 0 {
					t.Fatalf("want an error, and nothing written: %s\n%v", diags, w.Asked())
				}
				if after := w.Connections(); len(after) != 1 || after[0].ID != before.ID {
					t.Error("the connection is another one")
				}
				for _, with := range [][]acctest.PlanOption{{acctest.Unrefreshed, acctest.Replacing}, {acctest.MinimallyRefreshed}} {
					if plan := w.Plan(w.Context, config, with...); plan.Diagnostics.Failed() || plan.Action != acctest.Replace {
						t.Fatalf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
					}
				}
				plan = w.Plan(w.Context, config, acctest.MinimallyRefreshed)
				if said := plan.Diagnostics.String(); !strings.Contains(said, "GitLab connection will be replaced") || strings.Contains(said, title) {
					t.Errorf("the plan says: %s", said)
				}
				if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
					t.Fatalf("the apply fails: %s", diags)
				}
				w.Settled(config, "")
			})
		}
	}
}
