package connection_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// operation is one command, on a state that is brought about before.
type operation struct {
	// before makes the state and what else is to be there.
	before func(*workspace)
	// after is the configuration that the command is given; nil when the block has been removed.
	after func(*workspace) block
	// command is what is run, with that configuration; nil for plan and apply.
	command func(*workspace, block) acctest.Diagnostics
	// with are arguments of plan and apply. Without -destroy they are given once, and not to the clean apply that
	// follows.
	with []acctest.PlanOption
	// destroys: nothing is to be left.
	destroys bool
	// creates: a connection is made, so that a lost answer may leave a token that can only be named.
	creates bool
	// names: tokens may live on of which the user was told, such as at a GitLab that the provider has no access to any
	// more.
	names bool
	// whole: it meets every mishap at every request. The others begin where something went wrong before, and meet the
	// worst ones at the requests after the plan, which are theirs alone.
	whole bool
	// struck are the requests that meet it; nil for all.
	struck func(*server.Request) bool
}

// run is the command.
func (o operation) run(w *workspace, with ...acctest.PlanOption) acctest.Diagnostics {
	w.t.Helper()
	config := o.after(w)
	if o.command == nil {
		return w.Run(config, with...)
	}
	diags := o.command(w, config)
	w.Keep(diags, w.Saved())
	return diags
}

func applied(config block) func(*workspace) { return func(w *workspace) { w.Must(config) } }

func appliedGiven(w *workspace) { w.Must(given(w.Servers)) }

func becomes(config block) func(*workspace) block { return func(*workspace) block { return config } }

func becomesGiven(w *workspace) block { return given(w.Servers) }

// destroyed is the configuration without the connection.
func destroyed(*workspace) block { return nil }

func sequence(steps ...func(*workspace)) func(*workspace) {
	return func(w *workspace) {
		for _, step := range steps {
			step(w)
		}
	}
}

func days(count int) func(*workspace) { return func(w *workspace) { w.Clock.AdvanceDays(count) } }

// failing runs an apply during which requests go wrong.
func failing(config block, faults ...server.Fault) func(*workspace) {
	return func(w *workspace) {
		for _, fault := range faults {
			defer w.Servers.Sandbox.Fail(fault)()
		}
		w.Run(config)
	}
}

// inProject is a managed connection of a project, which one of the organization can only be replaced by.
func inProject(w *workspace) block {
	config := managed()
	config["project_id"] = w.Servers.ProjectID
	return config
}

func tainted(w *workspace) { w.Taint() }

func losesPrivate(w *workspace) { w.LosePrivate() }

// createsBeforeDestroying sets the lifecycle argument.
func createsBeforeDestroying(w *workspace) { w.CreateBeforeDestroy = true }

// diesAsking runs an apply during which the plugin dies when it asks for something that is then done.
func diesAsking(line string, config block) func(*workspace) {
	return func(w *workspace) {
		lift := w.DieAt(func(request *server.Request) bool { return request.Line() == line }, true)
		defer lift()
		w.Run(config)
	}
}

// atAnotherInfisical runs an apply with credentials of a server that knows nothing of the connection.
func atAnotherInfisical(config block) func(*workspace) {
	return func(w *workspace) {
		another := w.Servers.AnotherInfisical(w.t, sandbox.WithClock(w.Clock.Now))
		own := w.Configuration
		defer func() { w.Configuration = own }()
		w.Configuration = maps.Clone(own)
		w.Configuration["host"] = another.Host
		w.Configuration["auth"] = block{"universal": block{"client_id": another.ClientID, "client_secret": another.ClientSecret}}
		w.Run(config)
	}
}

// at is a managed connection that names its GitLab.
func at(instanceURL string) block {
	config := managed()
	config["instance_url"] = instanceURL
	return config
}

// appliedElsewhere makes a managed connection with another GitLab, to which the provider has access then.
func appliedElsewhere(w *workspace) {
	w.Elsewhere = acctest.StartSandbox(w.t, sandbox.WithClock(w.Clock.Now))
	management := w.Elsewhere.Sandbox.GitLab.Token("admin-management").Value
	w.Manage(block{"instance_url": w.Elsewhere.InstanceURL, "token": management})
	w.Must(at(w.Elsewhere.InstanceURL))
}

// moves gives provider and connection another GitLab together.
func moves(w *workspace) block {
	w.Manage(block{"instance_url": w.Servers.InstanceURL, "token": w.Servers.ProviderToken()})
	return at(w.Servers.InstanceURL)
}

// movesAway leaves to the connection an address that the provider has no access to any more.
func movesAway(w *workspace) block {
	moves(w)
	return nil
}

var (
	revocationFails = server.Fault{Server: server.GitLab, Method: http.MethodDelete, Kind: server.FaultStatus, Status: 500}
	deletionFails   = server.Fault{Server: server.Infisical, Method: http.MethodDelete, Kind: server.FaultStatus, Status: 403}
	patchIsLost     = server.Fault{Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultDropAfter}
	patchFails      = server.Fault{Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultStatus, Status: 500}
	patchIsRefused  = server.Fault{Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultStatus, Status: 403}
	// lookFails: the plan can read the connection, and nobody after it.
	lookFails = server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: "/api/v1/app-connections/gitlab/*", Kind: server.FaultStatus, Status: 500,
		Skip: 1}
	postIsLost = server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: "/api/v1/app-connections/gitlab", Kind: server.FaultDropAfter}
)

func operations() map[string]operation {
	config, triggered := managed(), managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	again := managed(block{"rotation_triggers": block{"quarter": "2027Q1"}})
	quarter := block{"rotation_triggers": block{"quarter": "2026Q4"}}
	made := applied(config)
	rotatedOnce := sequence(made, applied(triggered))
	rewritten := func(w *workspace) {
		w.Servers.Sandbox.Infisical.SetAccessToken(w.Connections()[0].ID, w.Servers.OtherToken)
	}
	gone := func(w *workspace) { w.Servers.Sandbox.Infisical.Remove(w.Connections()[0].ID) }
	project := block{"name": "platform", "use_cases": []string{"project_secret_sync"}, "managed_access_token": block{"project": "acme/platform/apps/api"}}
	lostInRotation := sequence(made, failing(triggered, patchIsLost, lookFails))
	revocationsPending := sequence(made, failing(triggered, revocationFails))
	deposed := sequence(made, createsBeforeDestroying, func(w *workspace) { failing(inProject(w), deletionFails)(w) })
	replacing, destroying := []acctest.PlanOption{acctest.Replacing}, []acctest.PlanOption{acctest.Destroying}
	all := map[string]operation{
		"create":                               {before: sequence(), after: becomes(config), creates: true, whole: true},
		"rotate":                               {before: made, after: becomes(triggered), whole: true},
		"switch to a managed token":            {before: appliedGiven, after: becomes(config), whole: true},
		"switch to a token of one's own":       {before: made, after: becomesGiven, whole: true},
		"destroy":                              {before: made, after: becomes(config), with: destroying, destroys: true, whole: true},
		"remove from the configuration":        {before: made, after: destroyed, destroys: true},
		"create for a project":                 {before: sequence(), after: becomes(project), creates: true},
		"rotate when due":                      {before: sequence(made, days(61)), after: becomes(config)},
		"rotate after a foreign write":         {before: sequence(made, rewritten), after: becomes(config)},
		"rotate by fewer days":                 {before: made, after: becomes(managed(block{"expiration_days": 30}))},
		"switch to another group":              {before: made, after: becomes(managed(block{"group": "acme/platform"}))},
		"switch to a project":                  {before: made, after: becomes(project)},
		"switch scopes":                        {before: made, after: becomes(managed(block{"scopes": []string{"api", "read_repository"}}))},
		"replace for another scope":            {before: made, after: inProject, creates: true},
		"replace what is gone":                 {before: sequence(made, gone), after: becomes(config), creates: true},
		"replace by -replace":                  {before: rotatedOnce, after: becomes(triggered), with: replacing, creates: true},
		"replace what the user tainted":        {before: sequence(rotatedOnce, tainted), after: becomes(triggered), creates: true},
		"replace what is tainted":              {before: failing(config, postIsLost, patchIsRefused), after: becomes(config), creates: true},
		"replace beside the old one":           {before: sequence(made, createsBeforeDestroying), after: inProject, creates: true},
		"delete what is deposed":               {before: deposed, after: inProject},
		"revoke what is pending":               {before: revocationsPending, after: becomes(triggered)},
		"settle a lost write":                  {before: lostInRotation, after: becomes(triggered)},
		"settle a lost write by another token": {before: lostInRotation, after: becomesGiven},
		"take back a lost switch":              {before: sequence(appliedGiven, failing(config, patchIsLost, lookFails)), after: becomesGiven},
		"take back a failed switch":            {before: sequence(appliedGiven, failing(config, patchFails)), after: becomesGiven},
		"destroy with revocations pending":     {before: revocationsPending, after: destroyed, destroys: true},
		"destroy after a lost write":           {before: lostInRotation, after: destroyed, destroys: true},
		"destroy after all has failed":         {before: sequence(made, failing(triggered, patchIsRefused, revocationFails)), after: destroyed, destroys: true},
		"destroy what is gone":                 {before: sequence(made, gone), after: destroyed, destroys: true},
		"destroy what the user tainted":        {before: sequence(rotatedOnce, tainted), after: becomes(triggered), with: destroying, destroys: true},
		"destroy what is deposed":              {before: deposed, after: inProject, with: destroying, destroys: true},
		"rotate without private state":         {before: sequence(rotatedOnce, losesPrivate), after: becomes(again)},
		"rotate after the plugin died":         {before: sequence(rotatedOnce, diesAsking(patch, again)), after: becomes(again)},
		"destroy without private state":        {before: sequence(rotatedOnce, losesPrivate), after: becomes(triggered), with: destroying, destroys: true},
		"destroy after the plugin died": {before: sequence(rotatedOnce, diesAsking(patch, again)), after: becomes(again), with: destroying,
			destroys: true},
		"rotate after a wrong server": {before: sequence(rotatedOnce, atAnotherInfisical(again)), after: becomes(again)},
		"destroy after a wrong server": {before: sequence(rotatedOnce, atAnotherInfisical(nil)), after: becomes(triggered), with: destroying,
			destroys: true},
		"create for a service account":     {before: sequence(), after: becomes(ofAccount()), creates: true},
		"rotate a service account's token": {before: applied(ofAccount()), after: becomes(ofAccount(quarter)), whole: true},
		"switch to a service account":      {before: made, after: becomes(ofAccount())},
		"switch from a service account":    {before: applied(ofAccount()), after: becomes(config)},
		"settle a lost write of an account": {before: sequence(applied(ofAccount()), failing(ofAccount(quarter), patchIsLost, lookFails)),
			after: becomes(ofAccount(quarter))},
		"revoke an account's token that is due": {before: sequence(applied(ofAccount()), failing(ofAccount(quarter), revocationFails)),
			after: becomes(ofAccount(quarter))},
		"rotate an account's without private state": {before: sequence(applied(ofAccount()), applied(ofAccount(quarter)), losesPrivate),
			after: becomes(ofAccount())},
		"destroy a service account's": {before: applied(ofAccount()), after: becomes(ofAccount()), with: destroying, destroys: true},
		"destroy an account's without private state": {before: sequence(applied(ofAccount()), applied(ofAccount(quarter)), losesPrivate),
			after: becomes(ofAccount(quarter)), with: destroying, destroys: true},
		"move to another GitLab":        {before: appliedElsewhere, after: moves, names: true},
		"destroy what stayed elsewhere": {before: appliedElsewhere, after: movesAway, destroys: true, names: true},
	}
	for name, one := range all {
		one.before = sequence(holdsToken, one.before)
		all[name] = one
	}
	return all
}

// start brings about what the operation begins with. The log is empty then.
func (o operation) start(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t)
	o.before(w)
	w.Servers.Sandbox.Log.Reset()
	if w.Deposed() == 0 {
		w.before = w.Connections()
	}
	return w
}

// finish is the clean command after a disturbed one, and what must hold then.
func (o operation) finish(w *workspace) {
	w.t.Helper()
	with := o.with
	if !o.destroys {
		with = nil
	}
	diags := o.run(w, with...)
	config := o.after(w)
	if diags.Failed() && o.creates {
		diags = w.ImportNamed(config, diags)
	}
	if diags.Failed() {
		w.t.Errorf("the next command fails: %s", diags)
	}
	named := ""
	if o.creates || o.names {
		named = w.Told.String()
	}
	if o.destroys {
		config = nil
	}
	w.Settled(config, named)
	for _, connection := range w.before {
		if _, there := w.Servers.Sandbox.Infisical.Connection(connection.ID); !there && !o.creates && !o.destroys {
			w.t.Errorf("the connection %q was deleted", connection.Name)
		}
	}
}

// dryRun returns the requests that the operation makes, and how many of them are the plan's.
func (o operation) dryRun(t *testing.T) (requests []server.Request, planned int) {
	t.Helper()
	w := o.start(t)
	config := o.after(w)
	var diags acctest.Diagnostics
	if o.command != nil {
		diags = o.command(w, config)
	} else {
		plan := w.Plan(w.Context, config, o.with...)
		planned = len(w.Requests())
		diags = append(plan.Diagnostics, w.ApplyPlan(w.Context, plan)...)
	}
	if diags.Failed() {
		t.Fatalf("the command fails: %s", diags)
	}
	requests = w.Requests()
	named := ""
	if o.names {
		named = w.Told.String() + diags.String()
	}
	if o.destroys {
		config = nil
	}
	w.Settled(config, named)
	return requests, planned
}

// swept is what sweeps know of operations.
func swept(operations map[string]operation) map[string]acctest.Swept {
	all := map[string]acctest.Swept{}
	for name, o := range operations {
		all[name] = acctest.Swept{
			DryRun: o.dryRun, Whole: o.whole, Struck: o.struck,
			Try: func(t *testing.T, disturb acctest.Disturbance) {
				t.Helper()
				w := o.start(t)
				disturb(w.Workspace, func() { o.run(w, o.with...) })
				o.finish(w)
				w.tellIfFailed()
			},
		}
	}
	return all
}

func (w *workspace) tellIfFailed() {
	w.t.Helper()
	if w.t.Failed() {
		w.t.Log(w.Said.String())
	}
}

// Requests of every operation meet every mishap, once and from then on until the operation has ended. The command after
// that must leave nothing undone.
func TestAccManagedToken_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(operations()))
}

// Every operation is interrupted at each of its requests: when it arrives, and when it has been processed but not yet
// answered.
func TestAccManagedToken_stops(t *testing.T) {
	t.Parallel()
	acctest.Stops(t, swept(operations()))
}

// The plugin dies at each request of every operation, which is then done or not. With its private state Terraform loses
// what was to be revoked, of which the user was told.
func TestAccManagedToken_deaths(t *testing.T) {
	t.Parallel()
	dying := operations()
	for name, operation := range dying {
		operation.names = true
		dying[name] = operation
	}
	acctest.Deaths(t, swept(dying))
}
