package storm_test

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// attempt is one apply of a workspace, and what its promises depend on.
type attempt struct {
	*workspace

	plan  *acctest.Plan
	said  acctest.Diagnostics
	began time.Time
	// moves is how many projects had moved by the time of the plan.
	moves int
	// blind: the plan did not look at what others have done. replaces: it was made with -replace. disturbed: something
	// happened between the plan and the end of the apply. cuts: the provider may not be heard to the end.
	blind, replaces, disturbed, cuts bool
}

// apply plans a workspace and applies the plan, perhaps with a mishap, lets the servers rest, and looks what has come
// of it.
func (w *world) apply(ws *workspace) {
	ws.module.Next = shuffled(uint64(choose(w, "order", 1, 2, 3, 4, 5, 6, 7, 8)))
	w.clock.Advance(behind + time.Second) // Since the deeds of others.
	name, options := w.planOption(ws)
	a := w.plan(ws, "plan "+name, options...)
	a.blind = ws.unseen && (name == "-refresh=false" || name == "-minimal-refresh")
	a.replaces = strings.HasPrefix(name, "-replace")
	if a.plan.Diagnostics.Failed() {
		return // What its refresh has seen, nothing keeps.
	}
	ws.unseen = a.blind
	end := w.mishap(a)
	w.carryOut(a)
	end()
	w.look(a)
}

func (w *world) planOption(ws *workspace) (name string, options []acctest.PlanOption) {
	name = choose(w, "option", "", "", "", "", "-refresh=false", "-minimal-refresh", "-replace")
	switch name {
	case "-refresh=false":
		return name, []acctest.PlanOption{acctest.Unrefreshed}
	case "-minimal-refresh":
		return name, []acctest.PlanOption{acctest.MinimallyRefreshed}
	case "-replace":
		if block := w.blockOf(ws, connectionType, syncType, scanType); block != nil {
			return "-replace=" + block.Address, []acctest.PlanOption{acctest.ReplacingAt(block.Address)}
		}
	}
	return "", nil
}

// plan plans, notes which places that names, and looks at the promises of plans.
func (w *world) plan(ws *workspace, command string, options ...acctest.PlanOption) *attempt {
	told.plans.Add(1)
	for _, block := range ws.blocksOf(syncType) {
		w.names(block)
	}
	plan := ws.module.Plan(w.Context(), ws.configuration(), options...)
	w.heard(ws, command, plan.Diagnostics)
	if plan.Diagnostics.Failed() {
		told.refused.Add(1)
	}
	w.providerIsNotAtFault(plan.Diagnostics, false)
	w.alwaysHolds()
	return &attempt{workspace: ws, plan: plan, moves: w.moves}
}

// names notes which project or group a block names now.
func (w *world) names(block *acctest.Block) {
	target, _ := block.Config["target"].(object)
	scope, _ := target["environment_scope"].(string)
	for _, kind := range []string{"project", "group"} {
		if place := w.resolve(target[kind]); place != nil {
			w.named[destination{place, scope}] = true
		}
	}
}

func (w *world) carryOut(a *attempt) {
	told.applies.Add(1)
	a.began = w.clock.Now()
	a.cut = a.cuts
	a.said = a.module.ApplyPlan(w.Context(), a.plan)
	if a.said.Failed() {
		told.red.Add(1)
	}
	w.heard(a.workspace, "apply", a.said)
	for _, block := range a.blocksOf(syncType) {
		if _, known := a.plan.Change(block.Address).Planned("target", "id"); !known {
			w.names(block) // The plan has left open what the path leads to.
		}
	}
}

// look looks at the promises when all runs have ended.
func (w *world) look(a *attempt) {
	undisturbed := !a.blind && !a.disturbed
	if undisturbed {
		w.waitsForItsRunsOnly(a)
	}
	w.rest()
	w.alwaysHolds()
	a.doubtful = a.said.Failed() || !undisturbed
	a.unseen = a.unseen || a.doubtful
	if !a.cut {
		w.providerIsNotAtFault(a.said, w.moves > a.moves)
	}
	if undisturbed {
		w.greenPlanIsGreenApply(a)
	}
	if !a.doubtful {
		w.stateIsServers(a.workspace)
		w.nextPlanIsEmpty(a.workspace)
	}
}

// applyCalmly applies without mishaps, and reports whether it may go on.
func (w *world) applyCalmly(ws *workspace) bool {
	a := w.plan(ws, "plan, calmly")
	if a.plan.Diagnostics.Failed() || a.plan.Empty() {
		return false
	}
	w.carryOut(a)
	w.look(a)
	return true
}

// mishap is what goes wrong in an apply, mostly nothing.
func (w *world) mishap(a *attempt) (end func()) {
	at := choose(w, "at request", 1, 2, 3, 4, 5, 6, 8, 10, 13)
	mishaps := map[string]func() (end func()){
		"before it": func() func() { w.deed()(); return func() {} },
		"in it":     func() func() { return w.atRequest(at, w.deed()) },
		"stop":      func() func() { return w.atRequest(at, a.module.Stop) },
		"kill":      func() func() { return w.kill(a, at) },
		"fault":     func() func() { return w.fault(at) },
	}
	name := choose(w, "mishap", append([]string{"", "", "", "", "", "", ""}, slices.Sorted(maps.Keys(mishaps))...)...)
	if name == "" {
		return func() {}
	}
	told.mishaps.Add(1)
	w.tells("a mishap: %s (%d)", name, at)
	a.disturbed, a.cuts = true, name == "stop" || name == "kill"
	return mishaps[name]()
}

// atRequest does something once, at a request of the provider's, unless that does not come before the end.
func (w *world) atRequest(n int, do func()) (end func()) {
	var seen atomic.Int64
	w.sandbox.OnRequest(func(request *server.Request) {
		if request.Client == server.ClientProvider && seen.Add(1) == int64(n) {
			do()
		}
	})
	return func() { seen.Add(int64(n)) }
}

// fault lets some requests meet a fault.
func (w *world) fault(at int) (lift func()) {
	kind := choose(w, "kind", server.FaultDropAfter, server.FaultStatus, server.FaultHTML, server.FaultDropBefore, server.FaultStatusAfter)
	return w.sandbox.Fail(server.Fault{Kind: kind, Skip: at, Times: choose(w, "times", 1, 1, 3)})
}

// kill lets the plugin die at a request, which is done or not. Nothing that it asks for later arrives.
func (w *world) kill(a *attempt, at int) (lift func()) {
	done, disarm := choose(w, "done", 0, 1), func() {}
	end := w.atRequest(at, func() {
		a.module.Kill()
		disarm = w.sandbox.Fail(server.Fault{Kind: server.FaultDropBefore, Skip: done})
	})
	return func() {
		w.sandbox.WaitIdle()
		end()
		disarm()
		for _, token := range w.gitlab.LiveTokens() {
			w.known[token.ID] = true // Nobody was left to tell of it.
		}
	}
}
