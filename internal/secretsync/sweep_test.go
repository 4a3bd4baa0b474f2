package secretsync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// operation is one apply, on a state that is brought about before. The variable BY_HAND of acme/app, which nobody's
// configuration speaks of, must survive all but one.
type operation struct {
	// before makes the state and what else is to be there.
	before func(*story)
	// after is the configuration of the apply; nil when the block has been removed.
	after func(*story) block
	// creates: a sync is made, so that a lost answer may leave one that has to be imported.
	creates bool
	// whole: see acctest.Swept.
	whole bool
	// has are the variables of acme/app at the end, and hasAPI those of acme/platform/apps/api.
	has, hasAPI []string
}

const (
	byHand   = "BY_HAND=1@*"
	variable = "DATABASE_URL=postgres://database@*"
	apiPath  = "acme/platform/apps/api"
)

func applied(changes ...block) func(*story) {
	return func(s *story) { s.apply(s.config(changes...)) }
}

func becomes(changes ...block) func(*story) block {
	return func(s *story) block { return s.config(changes...) }
}

func destroyed(*story) block { return nil }

// overdue is a sync whose run the last apply did not see end.
func overdue(s *story) {
	defer s.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables", Kind: server.FaultStatus,
		Status: 503, Times: 4})()
	s.apply(s.config(block{"timeouts": block{"create": "15s"}}))
}

func operations() map[string]operation {
	removes, manual := block{"on_destroy": "remove_variables"}, block{"auto_sync": false}
	api := block{"target": block{"project": apiPath}}
	protected := block{"name": "renamed", "variables": block{"unmanaged": "keep", "protected": true}}
	nothing := func(*story) {}
	byOther := func(s *story) block {
		return s.config(block{"connection_id": s.infisical().Connections()[1].ID})
	}
	withOther := func(s *story) {
		s.infisical().Add(infisical.Connection{Name: "zz-other", AccessToken: s.Servers.OtherToken, AccessTokenType: "group"})
		s.apply(s.config())
	}
	gone := func(s *story) {
		s.apply(s.config())
		s.infisical().RemoveSync(s.only().ID)
	}
	deletes := block{"variables": block{"unmanaged": "delete"}}
	both, old, ours := []string{byHand, variable}, []string{byHand}, []string{variable}
	return map[string]operation{
		"create":                     {before: nothing, after: becomes(), creates: true, whole: true, has: both},
		"create and delete":          {before: nothing, after: becomes(deletes), creates: true, has: ours},
		"create without auto-sync":   {before: nothing, after: becomes(manual), creates: true, has: both},
		"create by a path":           {before: nothing, after: becomes(block{"target": block{"project": "acme/app"}}), creates: true, has: both},
		"recreate":                   {before: gone, after: becomes(), creates: true, has: both},
		"change":                     {before: applied(), after: becomes(protected), whole: true, has: both},
		"change without auto-sync":   {before: applied(manual), after: becomes(manual, protected), has: both},
		"change the connection":      {before: withOther, after: byOther, has: both},
		"wait on":                    {before: overdue, after: becomes(), has: both},
		"change the target":          {before: applied(), after: becomes(api), creates: true, has: both, hasAPI: ours},
		"change the target, removed": {before: applied(removes), after: becomes(removes, api), creates: true, whole: true, has: old, hasAPI: ours},
		"destroy":                    {before: applied(), after: destroyed, has: both},
		"destroy, removed":           {before: applied(removes), after: destroyed, whole: true, has: old},
	}
}

func (o operation) start(t *testing.T) *story {
	t.Helper()
	s := newStory(t)
	s.HoldToken()                                   // Some call their targets by paths.
	s.infisical().DelayRuns(500 * time.Millisecond) // So that most looks find the run at its end.
	s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "BY_HAND", Value: "1"})
	o.before(s)
	s.forget()
	return s
}

func (o operation) dryRun(t *testing.T) (requests []server.Request, planned int) {
	t.Helper()
	s := o.start(t)
	plan := s.Plan(s.Context, o.after(s))
	planned = len(s.Requests())
	if diags := append(plan.Diagnostics, s.ApplyPlan(s.Context, plan)...); diags.Failed() {
		t.Fatalf("the apply fails: %s", diags)
	}
	requests = s.Requests()
	o.holds(s)
	return requests, planned
}

// finish is the clean apply after a disturbed one, and what must hold then.
func (o operation) finish(s *story) {
	s.t.Helper()
	config := o.after(s)
	diags := s.Run(config)
	if diags.Failed() && o.creates {
		diags = s.importNamed(config, diags)
	}
	if diags.Failed() {
		s.t.Errorf("the next apply fails: %s", diags)
	}
	o.holds(s)
	if s.t.Failed() {
		s.t.Log(s.Said.String())
	}
}

// importNamed does what the error about a taken name says.
func (s *story) importNamed(config block, diags acctest.Diagnostics) acctest.Diagnostics {
	s.t.Helper()
	_, rest, found := strings.Cut(diags.String(), "id = \"")
	id, _, _ := strings.Cut(rest, "\"")
	if !found || s.InState() {
		return diags
	}
	if imported := s.Import(s.Context, id); imported.Failed() {
		return imported
	}
	if config["auto_sync"] == false { // That one runs when somebody asks for it.
		s.infisical().RunSync(id)
	}
	return s.Run(config)
}

// holds checks that nothing is left to do, that there is no other sync, and that the variables are the right ones once
// every run has ended.
func (o operation) holds(s *story) {
	s.t.Helper()
	if config := o.after(s); config != nil {
		s.settled(config)
	} else if syncs := s.infisical().Syncs(); s.InState() || len(syncs) > 0 {
		s.t.Errorf("in the state: %t; left: %+v", s.InState(), syncs)
	}
	s.Clock.Advance(5 * time.Minute)
	s.infisical().RunJobs()
	s.has(o.has...)
	s.hasAt(s.gitlab().Project(apiPath), o.hasAPI...)
}

func swept(operations map[string]operation) map[string]acctest.Swept {
	all := map[string]acctest.Swept{}
	for name, o := range operations {
		all[name] = acctest.Swept{
			DryRun: o.dryRun, Whole: o.whole,
			Try: func(t *testing.T, disturb acctest.Disturbance) {
				t.Helper()
				s := o.start(t)
				disturb(s.Workspace, func() { s.Run(o.after(s)) })
				o.finish(s)
			},
		}
	}
	return all
}

// Requests of every operation meet every mishap, once and from then on until the apply has ended. The next apply must
// leave nothing undone, no sync that nobody knows of, and no variable lost that was not to be deleted.
func TestAccSecretSync_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(operations()))
}

// Every operation is interrupted at each of its requests.
func TestAccSecretSync_stops(t *testing.T) {
	t.Parallel()
	acctest.Stops(t, swept(operations()))
}

// The plugin dies at each request of every operation, which is then done or not.
func TestAccSecretSync_deaths(t *testing.T) {
	t.Parallel()
	acctest.Deaths(t, swept(operations()))
}
