// Use this when an operation shall meet every fault at every of its requests, be stopped there, or lose its plugin: it
// tries each of these points in a Workspace of its own, or a third of them unless -whole is given.

package acctest

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Swept is an operation that is swept.
type Swept struct {
	// DryRun returns the requests that the operation makes when nothing is wrong, and how many of them are the plan's.
	DryRun func(t *testing.T) (requests []server.Request, planned int)
	// Try brings about what the operation begins with, lets it be disturbed, and checks that a clean one then
	// converges.
	Try func(t *testing.T, disturb Disturbance)
	// Whole: it meets every mishap at every request. The others begin where something went wrong before, and meet the
	// worst ones at the requests after the plan, which are theirs alone.
	Whole bool
	// Struck are the requests that meet it; nil for all.
	Struck func(*server.Request) bool
}

// A Disturbance runs an operation while something is wrong.
type Disturbance func(w *Workspace, run func())

// disturbed tries the operation, and looks at what came of it when the servers are done with all that was asked.
func (s Swept) disturbed(t *testing.T, disturb Disturbance) {
	t.Helper()
	s.Try(t, func(w *Workspace, run func()) {
		disturb(w, func() {
			run()
			for _, servers := range w.Everywhere() {
				servers.Sandbox.WaitIdle()
			}
		})
	})
}

func (s Swept) strikes(request *server.Request) bool { return s.Struck == nil || s.Struck(request) }

// Faults lets requests of every operation meet every mishap, once and from then on until the operation has ended.
func Faults(t *testing.T, operations map[string]Swept) {
	t.Helper()
	count := Points(t, figureOf(t))
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests, first := operation.DryRun(t)
			if operation.Whole {
				first = 0
			}
			for kind, mishap := range Mishaps() {
				for _, duration := range []string{once, lasting} {
					if !operation.Whole && mishap.worst != duration || !mishap.lasts(duration) {
						continue
					}
					t.Run(kind+","+duration, func(t *testing.T) {
						t.Parallel()
						struck := func(request *server.Request) bool { return mishap.befalls(request) && operation.strikes(request) }
						sweep(t, requests, first, struck, func(t *testing.T, at int) {
							count.Add(1)
							operation.disturbed(t, func(w *Workspace, run func()) { mishap.befall(w, requests, at, duration, run) })
						})
					})
				}
			}
		})
	}
}

// Stops interrupts every operation at each of its requests after the plan: when it arrives, and when it has been
// processed but not yet answered.
func Stops(t *testing.T, operations map[string]Swept) {
	t.Helper()
	strikeEach(t, operations, func(w *Workspace, at int, processed bool) (lift func()) {
		if hook := nth(at, w.Stop); processed {
			w.Servers.Sandbox.OnAnswer(hook)
		} else {
			w.Servers.Sandbox.OnRequest(hook)
		}
		return func() {}
	})
}

// Deaths lets the plugin die at each request of every operation after the plan, which is then done or not.
func Deaths(t *testing.T, operations map[string]Swept) {
	t.Helper()
	strikeEach(t, operations, func(w *Workspace, at int, processed bool) (lift func()) {
		var seen atomic.Int64
		return w.DieAt(func(*server.Request) bool { return seen.Add(1) == int64(at)+1 }, processed)
	})
}

// strikeEach strikes every operation at each of its requests after the plan, when it arrives and when it is processed.
func strikeEach(t *testing.T, operations map[string]Swept, strike func(w *Workspace, at int, processed bool) (lift func())) {
	t.Helper()
	count := Points(t, figureOf(t))
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests, first := operation.DryRun(t)
			for when, processed := range map[string]bool{"at the request": false, "at the answer": true} {
				t.Run(when, func(t *testing.T) {
					t.Parallel()
					sweep(t, requests, first, operation.strikes, func(t *testing.T, at int) {
						count.Add(1)
						operation.disturbed(t, func(w *Workspace, run func()) {
							defer strike(w, at, processed)()
							run()
						})
					})
				})
			}
		})
	}
}

// DieAt lets the plugin die at the first request that is the one, which is done or not done then. Nothing that it asks
// for later arrives.
func (w *Workspace) DieAt(isTheOne func(*server.Request) bool, done bool) (lift func()) {
	var mu sync.Mutex
	var over bool
	disarm := func() {}
	w.Servers.Sandbox.OnRequest(func(request *server.Request) {
		mu.Lock()
		defer mu.Unlock()
		if over || request.Client != server.ClientProvider || !isTheOne(request) {
			return
		}
		over = true
		w.Kill()
		dropped := server.Fault{Kind: server.FaultDropBefore}
		if done {
			dropped.Skip = 1 // This request itself.
		}
		disarm = w.Servers.Sandbox.Fail(dropped)
	})
	return func() {
		mu.Lock()
		over = true
		mu.Unlock()
		w.Servers.Sandbox.WaitIdle() // Whoever died may have left something under way.
		disarm()
	}
}

// figureOf is what the points of a sweep count as.
func figureOf(t *testing.T) string {
	t.Helper()
	switch {
	case strings.HasSuffix(t.Name(), "_stops"):
		return figures.Stops
	case strings.HasSuffix(t.Name(), "_deaths"):
		return figures.Kills
	}
	return figures.Faults
}

// Points counts what a sweep tries, prints it, adds it to a figure, and fails when that is nothing.
func Points(t *testing.T, figure string) *atomic.Int64 {
	t.Helper()
	RequireAcceptance(t)
	count := new(atomic.Int64)
	t.Cleanup(func() {
		figures.Add(t, figure, count.Load())
		if fmt.Printf("%s: %d points\n", t.Name(), count.Load()); count.Load() == 0 {
			t.Error("nothing was tried: does -run name a point that there is?")
		}
	})
	return count
}

// whole asks for every point of the sweeps.
var whole = flag.Bool("whole", false, "sweep every point instead of a sample")

// Sampled chooses one point of so many, always the same ones, unless all are asked for.
func Sampled(name string, of uint32) bool {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name))
	return *whole || hash.Sum32()%of == 0
}

// sweep runs try for the requests that can be struck, or a sample of them, each as a test of its own, named like
// "PATCH app-connections gitlab {id}", until one fails.
func sweep(t *testing.T, requests []server.Request, first int, struck func(*server.Request) bool, try func(t *testing.T, at int)) {
	t.Helper()
	for at := first; at < len(requests) && !t.Failed(); at++ {
		name := strings.NewReplacer("/api/v1/", "", "/api/v4/", "", "/", " ").Replace(requests[at].Line())
		if !struck(&requests[at]) || !Sampled(fmt.Sprint(t.Name(), name, at), 3) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			try(t, at)
			if t.Failed() {
				t.Logf("at request %d of %d; %s", at+1, len(requests), Again(t))
			}
		})
	}
}

// Again is how to run a point alone.
func Again(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("again, alone: TF_ACC=1 go test ./internal/%s -count=1 -whole -run '%s'", filepath.Base(must(os.Getwd())), alone(t))
}

// alone is the pattern that runs one test.
func alone(t *testing.T) string {
	t.Helper()
	var pattern []string
	for name := range strings.SplitSeq(t.Name(), "/") {
		pattern = append(pattern, "^"+regexp.QuoteMeta(name)+"$")
	}
	return strings.ReplaceAll(strings.Join(pattern, "/"), "'", ".") // It stands in quotes.
}

// nth calls f at the provider's request with this index.
func nth(index int, f func()) func(*server.Request) {
	var seen atomic.Int64
	return func(request *server.Request) {
		if request.Client == server.ClientProvider && seen.Add(1) == int64(index)+1 {
			f()
		}
	}
}
