// Package storm tells random stories: people edit configurations and apply them, other people and servers do things
// meanwhile, and after each apply the promises are looked at. A story that breaks one is shortened, and printed with
// the seed that tells it again. It has no other code.
package storm_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// kinds are the kinds of runs, by what is at hand in all of a story.
var kinds = map[string]atHand{
	"without a provider token":    {},
	"with a provider token":       {providerToken: true},
	"older Infisical":             {older: true},
	"older, with a token":         {providerToken: true, older: true},
	"ten at a time":               {parallelism: 10},
	"ten at a time, with a token": {providerToken: true, parallelism: 10},
}

func TestAccStorm(t *testing.T) {
	t.Parallel()
	acctest.RequireAcceptance(t)
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			tell(t, *seed+uint64(i), (*stories+len(kinds)-1)/len(kinds), func(rt *rapid.T) { newWorld(t, rt, kinds[kind]).story() })
		})
	}
}

// story is some edits and deeds, and an apply after every other of them. In the end all is calm.
func (w *world) story() {
	if n := told.stories.Add(1); n%1000 == 0 {
		fmt.Printf("%d stories\n", n)
	}
	w.addSync(w.workspaces[0])
	w.apply(w.workspaces[0])
	for range rapid.IntRange(1, 6).Draw(w.T, "chapters") {
		ws := w.workspace()
		for range rapid.IntRange(1, 2).Draw(w.T, "edits") {
			w.edit(ws)
		}
		if w.maybe(2, "a deed") {
			w.deed()()
		}
		w.apply(ws)
	}
	w.calm()
}

// calm takes back what keeps Terraform from its work, and applies until nothing is left to do.
func (w *world) calm() {
	w.relieve()
	w.clock.Advance(lookAgain)
	for _, ws := range w.workspaces {
		for range 3 {
			if !w.applyCalmly(ws) {
				break
			}
		}
	}
}
