package storm_test

import (
	"maps"
	"slices"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// behind is how far a replica is.
const behind = 4 * time.Second

// byHandSuffix is what people add to a name.
const byHandSuffix = "-by-hand"

// deed draws what other people or servers do, and returns how it is done.
func (w *world) deed() (do func()) {
	deeds := map[string]func() func(){
		"a secret is set":            func() func() { return w.onSecret(w.setSecret) },
		"a secret is deleted":        func() func() { return w.onSecret(w.removeSecret) },
		"a folder is deleted":        func() func() { return func() { w.infisical.RemoveFolder(w.project, "prod", "/app") } },
		"a variable is made by hand": w.makeVariable,
		"a sync is described":        func() func() { return w.changeSync(func(s *infisical.Sync) { s.Description = new("edited by hand") }) },
		"a sync is renamed":          func() func() { return w.changeSync(func(s *infisical.Sync) { s.Name += byHandSuffix }) },
		"a sync gets another schema": func() func() { return w.changeSync(func(s *infisical.Sync) { s.KeySchema = "HAND_{{secretKey}}" }) },
		"a sync is run":              func() func() { return w.onSync(func(s infisical.Sync) { w.infisical.RunSync(s.ID) }) },
		"a sync is deleted":          func() func() { return w.onSync(func(s infisical.Sync) { w.infisical.RemoveSync(s.ID) }) },
		"a run is under way":         func() func() { return w.onSync(w.beginRun) },
		"runs are slow":              func() func() { return w.untilCalm(func() { w.slow(40 * time.Second) }, func() { w.slow(0) }) },
		"a project moves":            w.moveProject,
		"a token is revoked":         w.revokeToken,
		"a role is lost":             w.loseRole,
		"a right is lost":            w.loseRight,
		"time passes":                w.passTime,
		"a replica is some seconds behind": func() func() {
			return w.untilCalm(func() { w.infisical.LagBy(behind) }, func() { w.infisical.LagBy(0) })
		},
	}
	name := choose(w, "deed", slices.Sorted(maps.Keys(deeds))...)
	act := deeds[name]()
	return func() {
		told.deeds.Add(1)
		w.tells("%s", name)
		for _, ws := range w.workspaces {
			ws.unseen = true
		}
		act()
	}
}

func (w *world) untilCalm(act, back func()) func() {
	return func() {
		w.relief = append(w.relief, back)
		act()
	}
}

func (w *world) onSecret(do func(folder, key string)) func() {
	folder, key := choose(w, "folder", folders...), choose(w, "key", "SHARED", "APP", "NEW", "LATE")
	return func() {
		w.tells("  %s of %s", key, folder)
		do(folder, key)
	}
}

// setSecret gives a secret a value that GitLab can mask.
func (w *world) setSecret(folder, key string) {
	w.infisical.SetSecret(w.project, "prod", folder, key, "value-of:"+folder+":"+key)
}

func (w *world) removeSecret(folder, key string) {
	w.infisical.RemoveSecret(w.project, "prod", folder, key)
}

// onSync does something to one of Infisical's syncs, as long as there are any.
func (w *world) onSync(do func(infisical.Sync)) func() {
	n := choose(w, "sync", 0, 1, 2, 3)
	return func() {
		if syncs := w.infisical.Syncs(); len(syncs) > 0 {
			w.tells("  %s", syncs[n%len(syncs)].Name)
			do(syncs[n%len(syncs)])
		}
	}
}

func (w *world) changeSync(change func(*infisical.Sync)) func() {
	return w.onSync(func(s infisical.Sync) { w.infisical.ChangeSync(s.ID, change) })
}

// beginRun has a run of half a minute under way.
func (w *world) beginRun(s infisical.Sync) {
	w.slow(30 * time.Second)
	w.infisical.RunSync(s.ID)
	w.clock.Advance(3 * time.Second)
	w.infisical.RunJobs()
	w.slow(0)
}

func (w *world) slow(attempt time.Duration) {
	w.infisical.SlowRuns(attempt)
	w.infisical.SlowRemovals(attempt)
}

// makeVariable makes one where no sync deletes what it does not know.
func (w *world) makeVariable() func() {
	path := choose(w, "place", slices.Sorted(maps.Keys(w.places))...)
	key, scope := choose(w, "key", "BY_HAND", "INF_BY_HAND"), choose(w, "scope", "*", "production")
	return func() {
		made := variable{destination{w.places[path], scope}, key}
		deletes := func(s infisical.Sync) bool { return !s.DisableDeletion && w.placeOf(s) == made.destination }
		if made.place == nil || w.holds(made) || slices.ContainsFunc(w.infisical.Syncs(), deletes) {
			return
		}
		w.tells("  %s", made)
		w.gitlab.AddVariable(made.place, gitlab.Variable{Key: made.key, Value: "by hand", EnvironmentScope: made.scope})
		w.byHand[made] = true
	}
}

// moveProject renames or transfers a project; its old path may go to a new one.
func (w *world) moveProject() func() {
	from, to := "acme/web", choose(w, "to", "acme/web-renamed", "acme/platform/web")
	takenOver := w.maybe(2, "taken over")
	return func() {
		moved, ok := w.places[from]
		if _, taken := w.places[to]; taken || !ok {
			return
		}
		w.tells("  %d: %s is now %s, taken over: %t", idOf(moved), from, to, takenOver)
		w.moves++
		w.gitlab.RenameProject(from, to)
		w.places[to], w.former[from] = moved, moved
		delete(w.places, from)
		if takenOver {
			w.places[from] = w.gitlab.AddProject(from)
		}
	}
}

// revokeToken revokes one that a connection has. An own one is replaced when all calms down.
func (w *world) revokeToken() func() {
	n := choose(w, "connection", 0, 1)
	return func() {
		connections := w.infisical.Connections()
		if len(connections) == 0 {
			return
		}
		if token, ok := w.gitlab.TokenByValue(connections[n%len(connections)].AccessToken); ok {
			w.tells("  %s", token.Name)
			w.powerless = true
			w.gitlab.Revoke(token.ID)
			w.relief = append(w.relief, func() { w.replace(token) })
		}
	}
}

// replace gives the configurations another token.
func (w *world) replace(token gitlab.Token) {
	for _, ws := range w.workspaces {
		for _, block := range ws.blocksOf(connectionType) {
			if own, ok := block.Config["access_token"].(object); ok && own["value_wo"] == token.Value {
				block.Config = maps.Clone(block.Config)
				block.Config["access_token"] = w.ownToken("personal")
			}
		}
	}
}

// loseRole makes the owner of everything, who has the personal tokens, a developer.
func (w *world) loseRole() func() {
	acme, owner := w.gitlab.Group("acme"), w.gitlab.User("ada")
	give := func(role int) func() { return func() { w.powerless = true; w.gitlab.AddMember(acme, owner, role) } }
	return w.untilCalm(give(gitlab.DeveloperAccess), give(gitlab.OwnerAccess))
}

// loseRight takes a right on syncs away from the provider's identity.
func (w *world) loseRight() func() {
	right := choose(w, "right", "sync-secrets", "remove-secrets", "describe-secret")
	withhold := func(rights ...string) func() {
		return func() { w.powerless = true; w.infisical.Withhold(w.infisical.ClientID, rights...) }
	}
	return w.untilCalm(withhold(right), withhold())
}

func (w *world) passTime() func() {
	days := choose(w, "days", 0, 1, 20, 61)
	return func() {
		w.clock.Advance(10 * time.Minute)
		w.clock.AdvanceDays(days)
	}
}
