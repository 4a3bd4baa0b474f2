package roundtrip_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// rounds are how many objects of each kind are written, of which the suite tries a sample.
const (
	rounds = 500
	sample = 25
)

// Any value that validation accepts, and that the servers store, comes back equal in all ways.
func TestAccRoundTrip(t *testing.T) {
	t.Parallel()
	count := acctest.Points(t, figures.Values)
	all := &tally{refused: map[string]int{}, tried: map[string]int{}}
	t.Cleanup(func() { fmt.Print(all) })
	for name, kind := range map[string]object{"connection": connections, "managed connection": managed, "sync": syncs, "scan": scans} {
		for part := range uint64(2) { // One for each processor.
			t.Run(fmt.Sprint(name, " ", part), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, part+1)
				for n := range roundsOf() / 2 {
					if trip(t, w, kind, n, all, count); t.Failed() {
						t.Logf("seed %d, round %d; %s", part+1, n, acctest.Again(t))
						return
					}
				}
			})
		}
	}
}

// inputs are those of data sources, which come back beside what was read.
var inputs = map[string]map[string]draw{
	"infisical_gitlab_connection_options": {"state": texts, "use_cases": connections.draws["use_cases"], "site_url": siteURL},
	"infisical_gitlab_connections":        {"name_regex": texts},
}

func siteURL(w *world) any { return "https://infisical.example.com/" + of(w.source, "", "a", w.text()) }

// Inputs of data sources that validation accepts come back equal.
func TestAccRoundTrip_inputs(t *testing.T) {
	t.Parallel()
	count := acctest.Points(t, figures.Values)
	w := newWorld(t, 1)
	p := w.workspace(t, connections.typeName)
	for n := range roundsOf() {
		for _, typeName := range slices.Sorted(maps.Keys(inputs)) {
			config := block{}
			for _, name := range slices.Sorted(maps.Keys(inputs[typeName])) {
				config[name] = inputs[typeName][name](w)
			}
			read, diags := p.DataSource(t.Context(), typeName, config)
			if diags.Failed() {
				continue
			}
			count.Add(int64(len(config)))
			if w.equal(t, typeName, read, object{}, config, true); t.Failed() {
				t.Fatalf("round %d: %q", n, config)
			}
		}
	}
}

func roundsOf() int {
	if acctest.Sampled("", 1<<31) {
		return rounds
	}
	return sample
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	servers := acctest.StartSandbox(t)
	backend := servers.Sandbox.Infisical
	backend.DelayRuns(0)
	w := &world{source: newSource(seed, servers), servers: servers, infisical: backend, gitlab: servers.Sandbox.GitLab}
	w.connection = backend.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	// What users write, Terraform shows; here they write secrets everywhere.
	acctest.HandOver(w.secrets...)
	for _, secret := range w.secrets {
		acctest.HandOver(strings.ToUpper(secret))
	}
	return w
}

// workspace is an empty state.
func (w *world) workspace(t *testing.T, typeName string) *acctest.Protocol {
	t.Helper()
	environment := acctest.Environment()
	environment.Wait = func(ctx context.Context, _ time.Duration) error {
		time.Sleep(time.Millisecond) // The server's runs take a moment.
		return context.Cause(ctx)
	}
	p := acctest.NewProtocol(t, environment, typeName, w.settings())
	p.Silent = true
	return p
}

func (w *world) settings() block {
	return block{
		"host":   w.servers.Host,
		"auth":   block{"universal": block{"client_id": w.servers.ClientID, "client_secret": w.servers.ClientSecret}},
		"gitlab": block{"instance_url": w.servers.InstanceURL, "token": w.servers.ProviderToken()},
	}
}

// trip writes one object with drawn values and reads it back in all ways.
func trip(t *testing.T, w *world, kind object, n int, all *tally, count *atomic.Int64) {
	t.Helper()
	p := w.workspace(t, kind.typeName)
	config, drawn := w.draw(t, p, kind, n, all)
	if path, ok := nested(config, "source.secret_path").(string); ok {
		environment, _ := nested(config, "source.environment").(string)
		w.infisical.SetSecret(w.servers.ProjectID, environment, path, "DATABASE_URL", "postgres://database")
	}
	plan := p.Plan(t.Context(), config)
	diags := plan.Diagnostics
	if !diags.Failed() {
		diags = append(diags, p.ApplyPlan(t.Context(), plan)...)
	}
	if strings.Contains(diags.String(), "Provider produced") || strings.Contains(diags.String(), "Provider returned") {
		t.Errorf("%q: %s", config, diags)
		return
	}
	if diags.Failed() {
		all.notStored(diags)
	} else {
		w.returns(t, p, kind, config, drawn)
		count.Add(int64(len(drawn)))
	}
	if w.forget(); p.InState() && !t.Failed() {
		gone := p.Plan(t.Context(), nil)
		if said := p.ApplyPlan(t.Context(), gone); said.Failed() {
			t.Errorf("destroying %q: %s", config, said)
		}
	}
}

// forget deletes what would be in the way of the next sync: the former ones, and their variables.
func (w *world) forget() {
	for _, sync := range w.infisical.Syncs() {
		w.infisical.RemoveSync(sync.ID)
	}
	for _, place := range []gitlab.Resource{w.gitlab.Project("acme/app"), w.gitlab.Project("acme/platform/apps/api"), w.gitlab.Group("acme/platform")} {
		for _, variable := range w.gitlab.Variables(place) {
			w.gitlab.RemoveVariable(place, variable.Key)
		}
	}
}

// draw makes a configuration that validation accepts: what it refuses is drawn again, and then left as it was.
func (w *world) draw(t *testing.T, p *acctest.Protocol, kind object, n int, all *tally) (config block, drawn block) {
	t.Helper()
	drawn = block{}
	for _, path := range slices.Sorted(maps.Keys(kind.draws)) {
		if w.IntN(10) > 0 {
			drawn[path] = kind.draws[path](w)
		}
	}
	for attempt := 0; ; attempt++ {
		config = kind.plain(w, n)
		for _, path := range slices.Sorted(maps.Keys(drawn)) {
			put(config, path, drawn[path])
		}
		diags := p.Validate(t.Context(), config)
		if !diags.Failed() {
			all.accepted(len(drawn))
			return config, drawn
		}
		for _, path := range w.atFault(diags, drawn) {
			if all.refuse(path); attempt > 4 {
				delete(drawn, path)
				continue
			}
			drawn[path] = kind.draws[path](w)
		}
		if attempt > 60 {
			t.Fatalf("%q: %s", config, diags)
		}
	}
}

// atFault are the drawn values that validation refuses; all of them where it does not say.
func (w *world) atFault(diags acctest.Diagnostics, drawn block) []string {
	faults := map[string]bool{}
	for _, diagnostic := range diags {
		var names []string
		if diagnostic.Attribute != nil {
			for _, step := range diagnostic.Attribute.Steps() {
				if name, ok := step.(tftypes.AttributeName); ok {
					names = append(names, string(name))
				}
			}
		}
		for ; len(names) > 0; names = names[:len(names)-1] {
			if path := strings.Join(names, "."); drawn[path] != nil {
				faults[path] = true
				break
			}
		}
	}
	if len(faults) == 0 {
		return slices.Sorted(maps.Keys(drawn))
	}
	return slices.Sorted(maps.Keys(faults))
}

// returns checks that an object comes back in all ways.
func (w *world) returns(t *testing.T, p *acctest.Protocol, kind object, config, drawn block) {
	t.Helper()
	ctx := t.Context()
	w.equal(t, "apply", p.Value(), kind, drawn, true)
	if plan := p.Plan(ctx, config); plan.Diagnostics.Failed() || !plan.Empty() {
		t.Errorf("after the apply of %q the plan is to %s: %s", config, plan.Action, plan.Diagnostics)
	}
	id := p.Attribute("id")
	imported := w.workspace(t, kind.typeName)
	if diags := imported.Import(ctx, id); diags.Failed() {
		t.Errorf("import: %s", diags)
		return
	}
	w.equal(t, "import", imported.Value(), kind, drawn, false)
	generated := imported.Generated()
	maps.Copy(generated, kind.generated)
	if plan := imported.Plan(ctx, generated); plan.Diagnostics.Failed() || !plan.Empty() {
		t.Errorf("with the generated configuration %q the plan is to %s: %s", generated, plan.Action, plan.Diagnostics)
	}
	byName := block{"name": p.Attribute("name")}
	if project := p.Attribute("project_id"); project != "" {
		byName["project_id"] = project
	}
	for way, lookup := range map[string]block{"data source by id": {"id": id}, "data source by name": byName} {
		read, diags := p.DataSource(ctx, kind.typeName, lookup)
		if diags.Failed() {
			t.Errorf("%s: %s", way, diags)
			return
		}
		w.equal(t, way, read, kind, drawn, false)
	}
	w.listed(t, p, kind, drawn)
}

func (w *world) listed(t *testing.T, p *acctest.Protocol, kind object, drawn block) {
	t.Helper()
	id, filter := p.Attribute("id"), block{"name_regex": "^" + regexp.QuoteMeta(p.Attribute("name")) + "$"}
	if project := p.Attribute("project_id"); project != "" {
		filter["project_id"] = project
	}
	several, diags := p.DataSource(t.Context(), kind.typeName+"s", filter)
	found, said := p.Found(t.Context(), filter)
	if diags = append(diags, said...); diags.Failed() {
		t.Errorf("lists: %s", diags)
		return
	}
	var values []tftypes.Value
	for i := range found {
		values = append(values, p.Listed(&found[i]))
	}
	for way, from := range map[string][]tftypes.Value{"data source of several": elements(several), "list": values} {
		own := slices.IndexFunc(from, func(value tftypes.Value) bool { return at(value, "id").Equal(tftypes.NewValue(tftypes.String, id)) })
		if own < 0 {
			t.Errorf("%s: the object is not among %d", way, len(from))
			continue
		}
		w.equal(t, way, from[own], kind, drawn, false)
	}
}

// elements are those of the only list among attributes.
func elements(value tftypes.Value) (objects []tftypes.Value) {
	var attributes map[string]tftypes.Value
	_ = value.As(&attributes)
	for _, attribute := range attributes {
		if attribute.Type().Is(tftypes.List{}) {
			_ = attribute.As(&objects)
		}
	}
	return objects
}

// equal compares what came back with what was written.
func (w *world) equal(t *testing.T, way string, got tftypes.Value, kind object, drawn block, all bool) {
	t.Helper()
	for path, value := range drawn {
		if local := slices.Contains(kind.local, path); strings.HasSuffix(path, "value_wo") || local && !all {
			continue
		}
		if stored := kind.stored[path]; stored != nil && !all {
			value = stored(w, value)
		}
		members, several := value.(block)
		if !several || at(got, path).Type().Is(tftypes.Map{}) {
			members = block{"": value}
		}
		for name, member := range members {
			back := at(got, strings.TrimSuffix(path+"."+name, "."))
			if want := acctest.GoValue(back.Type(), member); !back.Equal(want) {
				t.Errorf("%s: %s came back as %s, not as %s", way, path, back, want)
			}
		}
	}
}

// nested is what a configuration holds at a path of two names.
func nested(config block, path string) any {
	outer, inner, _ := strings.Cut(path, ".")
	object, _ := config[outer].(block)
	return object[inner]
}

// tally is what became of what was drawn.
type tally struct {
	mu             sync.Mutex
	values         int
	refused, tried map[string]int
}

func (a *tally) accepted(values int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.values += values
}

func (a *tally) refuse(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused[path]++
}

func (a *tally) notStored(diags acctest.Diagnostics) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, diagnostic := range diags {
		a.tried[diagnostic.Summary]++
	}
}

func (a *tally) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	total := 0
	for _, n := range a.refused {
		total += n
	}
	return fmt.Sprintf("%d values accepted by validation, %d refused: %v; not stored: %v\n", a.values, total, a.refused, a.tried)
}
