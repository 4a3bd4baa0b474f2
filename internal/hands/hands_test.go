package hands_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
)

// sampledOf is of how many cells `make test` tries one.
const sampledOf = 16

// Whatever a plan has at hand, it says what the apply will do.
func TestAccHands(t *testing.T) {
	t.Parallel()
	count := acctest.Points(t, figures.Hands)
	stories := map[string][]cell{}
	for _, c := range cells() {
		if acctest.Sampled(c.story()+c.hands(), sampledOf) {
			stories[c.story()] = append(stories[c.story()], c)
		}
	}
	for story, cells := range stories {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			var w *world
			for _, c := range cells {
				t.Run(c.hands(), func(here *testing.T) {
					count.Add(1)
					if w == nil {
						w = newWorld(t, c)
						w.before()
					}
					w.t, w.cell = here, c
					if w.holdsAll(); w.applied {
						w.ends()
						w = nil
					}
				})
			}
		})
	}
}

// holdsAll runs the story, and once more what the first apply has stopped for its variables.
func (w *world) holdsAll() {
	w.t.Helper()
	first := w.run()
	w.judge(first)
	if !slices.Contains(errorsOf(first.applied), wouldDelete) {
		return
	}
	again := w.run()
	again.connection = map[string]string{isNew: isUnchanged, managedNew: managed, oauthNew: oauth}[again.connection]
	again.own = map[string]string{given: given, changed: given, later: same, absent: absent}[again.own]
	w.judge(again)
	failed := errorsOf(append(again.plan.Diagnostics, again.applied...))
	lacks := w.looksUp() && !one(w.token, owners, readAPI, developers) && slices.Equal(failed, []string{needsID})
	if !lacks && (again.applied.Failed() || !again.green()) {
		w.t.Errorf("the apply stopped for variables that it would delete, and goes on no more: %s; %s", titles(again.plan.Diagnostics), titles(again.applied))
	}
}

// run plans with what the cell has at hand, applies in a process of its own, and plans again.
func (w *world) run() outcome {
	w.t.Helper()
	ctx, blocks := w.t.Context(), w.now(false)
	inPlan, inApply := w.tokens()
	w.holds(inPlan)
	o := outcome{cell: w.cell, address: w.useAddress(), plan: w.module.Plan(ctx, blocks, w.options()...), before: w.scene()}
	o.after = o.before
	if !o.green() {
		return o
	}
	w.holds(inApply)
	w.applied = true
	o.applied, o.appliedOf = w.module.ApplyPlan(ctx, o.plan), map[string]acctest.Diagnostics{}
	for _, change := range o.plan.Changes {
		o.appliedOf[change.Address] = w.module.Said(change.Address)
	}
	w.infisical.RunJobs()
	if o.after = w.scene(); !o.applied.Failed() {
		w.holds(inPlan)
		o.next = w.module.Plan(ctx, w.now(true))
	}
	return o
}

// judge holds the promises against what came of the story.
func (w *world) judge(o outcome) {
	w.t.Helper()
	for _, promise := range slices.Sorted(maps.Keys(promises)) {
		if wrong := promises[promise](o); wrong != "" {
			w.t.Errorf("%s: %s", promise, wrong)
		}
	}
	if w.t.Failed() {
		w.t.Logf("the plan said: %s\nthe apply said: %s\n%s", o.plan.Diagnostics, o.applied, acctest.Again(w.t))
	}
}
