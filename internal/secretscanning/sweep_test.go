package secretscanning_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// operation is one command, on a state that is brought about before.
type operation struct {
	before func(*workspace)
	// after is the configuration that the command is given; nil when the block has been removed.
	after func(*workspace) block
	// command is what is run, with that configuration; nil for plan and apply.
	command func(*workspace, block) acctest.Diagnostics
	// creates: a data source is made, so that a lost answer may leave one that only a person can import.
	creates bool
	// whole: it meets every mishap at every request.
	whole bool
}

func operations() map[string]operation {
	made := func(w *workspace) { w.Must(w.config()) }
	usual := func(w *workspace) block { return w.config() }
	changed := func(changes block) func(*workspace) block {
		return func(w *workspace) block { return w.config(changes) }
	}
	read := func(w *workspace, _ block) acctest.Diagnostics { return w.Refresh(w.Context) }
	nothing := func(*workspace) {}
	return map[string]operation{
		"create":               {before: nothing, after: usual, creates: true, whole: true},
		"create for a group":   {before: nothing, after: changed(block{"target": block{"group": "acme"}}), creates: true},
		"read":                 {before: made, after: usual, command: read, whole: true},
		"rename":               {before: made, after: changed(block{"name": "renamed"}), whole: true},
		"another project":      {before: made, after: changed(block{"target": block{"project": "acme/platform/apps/api"}}), creates: true, whole: true},
		"replace what is gone": {before: func(w *workspace) { made(w); w.deleteByHand() }, after: usual, creates: true},
		"destroy":              {before: made, after: func(*workspace) block { return nil }, whole: true},
		"destroy what is gone": {before: func(w *workspace) { made(w); w.deleteByHand() }, after: func(*workspace) block { return nil }},
		"import by id":         {before: byHand, after: usual, command: imports(func(w *workspace) string { return w.only().ID }), whole: true},
		"import by name":       {before: byHand, after: usual, command: imports(func(w *workspace) string { return w.infisical.ScanningProject + "/name/app" })},
		"data source, by name": {before: made, after: usual, command: (*workspace).readByName, whole: true},
		"query":                {before: made, after: usual, command: (*workspace).query, whole: true},
	}
}

// byHand is a data source that Terraform does not know.
func byHand(w *workspace) { newWorkspaceBeside(w).Must(w.config()) }

// deleteByHand deletes it in the web page, which removes its webhook.
func (w *workspace) deleteByHand() {
	gone := w.only()
	w.infisical.RemoveDataSource(gone.ID)
	w.gitlab.RemoveHook(w.gitlab.Project("acme/app"), gone.HookID)
}

// imports runs import, unless the state has the data source already, and applies.
func imports(id func(*workspace) string) func(*workspace, block) acctest.Diagnostics {
	return func(w *workspace, config block) acctest.Diagnostics {
		if !w.InState() {
			if diags := w.Import(w.Context, id(w)); diags.Failed() {
				return diags
			}
		}
		return w.Run(config)
	}
}

func (w *workspace) readByName(block) acctest.Diagnostics {
	read, diags := w.ReadDataSource(w.Context, resourceType, block{"name": "app"})
	return w.tells(read, diags)
}

func (w *workspace) query(block) acctest.Diagnostics {
	found, diags := w.Query(w.Context, block{})
	return w.tells(found, diags)
}

// tells checks that an answer without an error holds the data source.
func (w *workspace) tells(answer string, diags acctest.Diagnostics) acctest.Diagnostics {
	w.t.Helper()
	if !diags.Failed() && !strings.Contains(answer, w.only().ID) {
		w.t.Errorf("without an error it is missing in %s", answer)
	}
	return diags
}

// start brings about what the operation begins with. The log is empty then.
func (o operation) start(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	w.HoldToken()                                       // Some call their targets by paths.
	o.before(w)
	w.Servers.Sandbox.Log.Reset()
	return w
}

func (o operation) run(w *workspace) acctest.Diagnostics {
	w.t.Helper()
	config := o.after(w)
	if o.command == nil {
		return w.Run(config)
	}
	diags := o.command(w, config)
	w.Keep(diags, w.Saved())
	return diags
}

// finish is the clean command after a disturbed one, and what must hold then: nothing is left to do, and webhooks are
// where the data sources are, one each.
func (o operation) finish(w *workspace) {
	w.t.Helper()
	diags := o.run(w)
	config := o.after(w)
	if diags.Failed() && o.creates {
		diags = w.importNamed(config, diags)
	}
	if diags.Failed() {
		w.t.Errorf("the next command fails: %s", diags)
	}
	w.settled(config)
	if w.t.Failed() {
		w.t.Log(w.Said.String())
	}
}

// importNamed does what the error about a taken name says: it imports the data source, or deletes it where another is
// in the state.
func (w *workspace) importNamed(config block, diags acctest.Diagnostics) acctest.Diagnostics {
	w.t.Helper()
	_, rest, found := strings.Cut(diags.String(), "id = \"")
	id, _, _ := strings.Cut(rest, "\"")
	if !found {
		return diags
	}
	if imported := w.Import(w.Context, id); imported.Failed() {
		return imported
	}
	return w.Run(config)
}

func (o operation) swept() acctest.Swept {
	return acctest.Swept{
		Whole: o.whole,
		DryRun: func(t *testing.T) (requests []server.Request, planned int) {
			t.Helper()
			w := o.start(t)
			config := o.after(w)
			var diags acctest.Diagnostics
			if o.command != nil {
				diags = o.command(w, config)
			} else {
				plan := w.Plan(w.Context, config)
				planned = len(w.Requests())
				diags = append(plan.Diagnostics, w.ApplyPlan(w.Context, plan)...)
			}
			if diags.Failed() {
				t.Fatalf("the command fails: %s", diags)
			}
			requests = slices.Clone(w.Requests())
			w.settled(config)
			return requests, planned
		},
		Try: func(t *testing.T, disturb acctest.Disturbance) {
			t.Helper()
			w := o.start(t)
			disturb(w.Workspace, func() { o.run(w) })
			o.finish(w)
		},
	}
}

func swept() map[string]acctest.Swept {
	all := map[string]acctest.Swept{}
	for name, operation := range operations() {
		all[name] = operation.swept()
	}
	return all
}

func TestAccSecretScanning_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept())
}

func TestAccSecretScanning_stops(t *testing.T) {
	t.Parallel()
	acctest.Stops(t, swept())
}

func TestAccSecretScanning_deaths(t *testing.T) {
	t.Parallel()
	acctest.Deaths(t, swept())
}
