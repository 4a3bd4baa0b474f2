package storm_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// world is what a story happens in: both servers, a clock that moves only while something is waited for, and two
// workspaces that know nothing of each other.
type world struct {
	*rapid.T
	atHand

	sandbox   *sandbox.Sandbox
	infisical *infisical.Server
	gitlab    *gitlab.Server
	clock     *server.Clock
	// project is Infisical's.
	project string
	// places are the projects and groups of GitLab's by the path that each has now, and former those by a path that
	// they had, which leads there until another takes it.
	places, former map[string]gitlab.Resource
	// moves is how many projects have moved.
	moves int
	// byHand are the variables that people have made.
	byHand map[variable]bool
	// named are the places and scopes that a configuration has named at the time of a plan.
	named map[destination]bool
	// known are the tokens that lived when a plugin was killed.
	known map[int]bool
	// called are the names that a sync has had, by its id.
	called     map[string][]string
	workspaces []*workspace
	// powerless: somebody has lost a token, a role or a right, at least for a time.
	powerless bool
	// hasty: a configuration has given something less time than it takes.
	hasty bool
	// relief are the ways back out of what keeps Terraform from its work.
	relief []func()
	// diagnostics are all that Terraform has said, and log is that with what has happened.
	diagnostics acctest.Diagnostics
	log         strings.Builder
}

// atHand is what all runs of a story have.
type atHand struct {
	providerToken, older bool
	parallelism          int
}

// variable is one of GitLab's.
type variable struct {
	destination

	key string
}

// destination is where runs write.
type destination struct {
	place gitlab.Resource
	scope string
}

// workspace is a directory with a configuration and a state.
type workspace struct {
	name   string
	module *acctest.Module
	blocks map[string]*acctest.Block
	// doubtful: the latest apply did not go its way, so that something may be left to do of which nobody could tell.
	doubtful bool
	// cut: the latest apply was not heard to the end.
	cut bool
	// unseen: others did something since its state was refreshed.
	unseen bool
}

func newWorld(t *testing.T, rt *rapid.T, hand atHand) *world {
	w := &world{
		T: rt, atHand: hand, clock: acctest.NewClock(), byHand: map[variable]bool{}, named: map[destination]bool{}, known: map[int]bool{},
		called: map[string][]string{},
	}
	options := []sandbox.Option{sandbox.WithClock(w.clock.Now)}
	if hand.older {
		options = append(options, sandbox.WithOlderInfisical())
	}
	sb, err := sandbox.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	rt.Cleanup(sb.Close)
	w.sandbox, w.infisical, w.gitlab, w.project = sb, sb.Infisical, sb.GitLab, sb.Infisical.Projects[0]
	w.infisical.DelayRuns(2 * time.Second)
	w.former = map[string]gitlab.Resource{}
	w.places = map[string]gitlab.Resource{
		"acme/app": w.gitlab.Project("acme/app"), "acme/platform/apps/api": w.gitlab.Project("acme/platform/apps/api"),
		"acme/web": w.gitlab.AddProject("acme/web"), "acme/platform": w.gitlab.Group("acme/platform"),
		"acme/platform/apps": w.gitlab.Group("acme/platform/apps"),
	}
	for folder, key := range map[string]string{"/": "ROOT", "/app": "APP"} {
		w.setSecret(folder, key)
		w.setSecret(folder, "SHARED")
	}
	for _, name := range []string{"one", "two"} {
		w.workspaces = append(w.workspaces, w.newWorkspace(t, name))
	}
	return w
}

func (w *world) newWorkspace(t *testing.T, name string) *workspace {
	settings := object{"instance_url": w.gitlab.URL()}
	if w.providerToken {
		settings["token"] = w.gitlab.Token("admin-management").Value
	}
	module := acctest.NewModule(t, w.environment(), object{
		"host": w.infisical.URL(), "gitlab": settings, "max_retries": 1, "request_timeout": "20s",
		"auth": object{"universal": object{"client_id": w.infisical.ClientID, "client_secret": w.infisical.ClientSecret}},
	})
	module.Silent, module.Parallelism = true, w.parallelism
	return &workspace{name: name, module: module, blocks: map[string]*acctest.Block{}}
}

// environment goes by the world's clock, which waiting moves.
func (w *world) environment() provider.Environment {
	environment := acctest.Environment()
	environment.Now = w.clock.Now
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	environment.Wait = func(ctx context.Context, d time.Duration) error {
		w.clock.Advance(d)
		if w.parallelism > 1 {
			time.Sleep(time.Millisecond) // The others get on, too.
		}
		return context.Cause(ctx)
	}
	return environment
}

// rest lets the servers end all that they have queued, in an hour at most.
func (w *world) rest() {
	for range 360 {
		if w.infisical.Jobs() == 0 {
			return
		}
		w.clock.Advance(10 * time.Second)
	}
}

// relieve takes back what keeps Terraform from its work.
func (w *world) relieve() {
	for _, back := range w.relief {
		back()
	}
	w.relief = nil
}

// resolve is the project or group that a configuration names, by id or path; nil for none.
func (w *world) resolve(reference any) gitlab.Resource {
	if later, ok := reference.(acctest.Later); ok {
		reference = later.Value
	}
	name, _ := reference.(string)
	for path, place := range w.places {
		if path == name || strconv.Itoa(idOf(place)) == name {
			return place
		}
	}
	return w.former[name]
}

// placeOf is where a sync writes.
func (w *world) placeOf(s infisical.Sync) destination {
	for _, place := range w.places {
		_, isGroup := place.(gitlab.Group)
		if strconv.Itoa(idOf(place)) == s.Destination.ID && isGroup == (s.Destination.Scope == "group") {
			return destination{place, s.Destination.Environment}
		}
	}
	return destination{}
}

func idOf(place gitlab.Resource) int {
	switch place := place.(type) {
	case gitlab.Project:
		return place.ID
	case gitlab.Group:
		return place.ID
	}
	return 0
}

func (w *world) holds(v variable) bool {
	return slices.ContainsFunc(w.gitlab.Variables(v.place), func(held gitlab.Variable) bool {
		return held.Key == v.key && held.EnvironmentScope == v.scope
	})
}

func (v variable) String() string { return fmt.Sprintf("%s of %d (%s)", v.key, idOf(v.place), v.scope) }

// blocksOf are the workspace's blocks of some types, sorted by address.
func (ws *workspace) blocksOf(types ...string) []*acctest.Block {
	var found []*acctest.Block
	for _, address := range slices.Sorted(maps.Keys(ws.blocks)) {
		if typeName, _, _ := strings.Cut(address, "."); slices.Contains(types, typeName) {
			found = append(found, ws.blocks[address])
		}
	}
	return found
}

// configuration is all blocks, by value.
func (ws *workspace) configuration() []acctest.Block {
	var blocks []acctest.Block
	for _, address := range slices.Sorted(maps.Keys(ws.blocks)) {
		blocks = append(blocks, *ws.blocks[address])
	}
	return blocks
}

// tells adds a line to the story.
func (w *world) tells(format string, args ...any) { fmt.Fprintf(&w.log, "- "+format+"\n", args...) }

// heard keeps what a command has printed.
func (w *world) heard(ws *workspace, command string, said acctest.Diagnostics) {
	w.diagnostics = append(w.diagnostics, said...)
	fmt.Fprintf(&w.log, "== %s: %s\n%s", ws.name, command, said)
}

// breaks ends a story whose promise was broken. The story itself is logged: what it says of addresses and ids is new
// each time, and rapid shortens only what fails twice with the same words.
func (w *world) breaks(promise string, args ...any) {
	w.Logf("The story:\n%s", w.log.String())
	w.Fatalf(promise, args...)
}

func choose[T any](w *world, what string, from ...T) T {
	return rapid.SampledFrom(from).Draw(w.T, what)
}

// maybe is once in so many times.
func (w *world) maybe(of int, what string) bool {
	return rapid.IntRange(0, of-1).Draw(w.T, what) == of-1
}

// workspace chooses one; the first has most of the story.
func (w *world) workspace() *workspace {
	if w.maybe(4, "the other workspace") {
		return w.workspaces[1]
	}
	return w.workspaces[0]
}

// shuffled makes a workspace visit what may come in any order in an order of its own.
func shuffled(seed uint64) func([]string) int {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // The order of a test.
	return func(names []string) int { return random.IntN(len(names)) }
}
