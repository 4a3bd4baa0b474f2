package secretsync_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// neighborhood is a root module of several syncs, by name.
type neighborhood struct {
	*story
	module *acctest.Module
}

func newNeighborhood(t *testing.T) *neighborhood {
	t.Helper()
	s := newStory(t)
	return &neighborhood{story: s, module: acctest.NewModule(t, s.Environment, s.Configuration)}
}

// blocks are syncs to acme/app of the secrets in /, each called like its block.
func (n *neighborhood) blocks(changes map[string]block) []acctest.Block {
	var blocks []acctest.Block
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		config := n.config(block{"name": name}, changes[name])
		replaced := config["create_before_destroy"] == true
		delete(config, "create_before_destroy")
		blocks = append(blocks, acctest.Block{
			Address: "infisical_gitlab_secret_sync." + name, Config: config, CreateBeforeDestroy: replaced,
		})
	}
	return blocks
}

// first visits what begins like this before the rest.
func first(prefix string) func([]string) int {
	return func(names []string) int {
		return max(slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, prefix) }), 0)
	}
}

func (n *neighborhood) plan(changes map[string]block, options ...acctest.PlanOption) *acctest.Plan {
	return n.module.Plan(n.Context, n.blocks(changes), options...)
}

// apply returns what plan and apply said.
func (n *neighborhood) apply(changes map[string]block, options ...acctest.PlanOption) (planned, applied acctest.Diagnostics) {
	n.t.Helper()
	n.forget()
	plan := n.plan(changes, options...)
	if plan.Diagnostics.Failed() {
		n.t.Fatalf("the plan failed: %s", plan.Diagnostics)
	}
	return plan.Diagnostics, n.module.ApplyPlan(n.Context, plan)
}

// must is an apply that succeeds, and after which nothing is left to do.
func (n *neighborhood) must(changes map[string]block, options ...acctest.PlanOption) (planned string) {
	n.t.Helper()
	said, applied := n.apply(changes, options...)
	if applied.Failed() {
		n.t.Fatalf("the apply failed: %s", applied)
	}
	if plan := n.plan(changes); !plan.Empty() || plan.Diagnostics.Failed() {
		n.t.Errorf("something is left to do: %s", plan.Diagnostics)
	}
	return said.String()
}

var (
	removing = block{"on_destroy": "remove_variables"}
	keeping  = block{}
)

const databaseURL = "DATABASE_URL=postgres://database@*"

// A removal gives back what others write. The plan says so, with their names.
func TestAccSecretSync_removalBesideAnother(t *testing.T) {
	t.Parallel()
	manual, elsewhere := block{"auto_sync": false}, block{"target": block{"project": "1203", "environment_scope": "dev"}}
	for name, tc := range map[string]struct {
		before, after map[string]block
		options       []acctest.PlanOption
		next          string
		names         []string
		has           []string
	}{
		"dropped": {map[string]block{"a": removing, "b": keeping}, map[string]block{"b": keeping}, nil, "", []string{`"a"`, `"b"`},
			[]string{databaseURL}},
		"others without auto": {map[string]block{"a": removing, "b": manual}, map[string]block{"b": manual}, nil, "", []string{`"b"`},
			[]string{databaseURL}},
		"two others": {map[string]block{"a": removing, "b": keeping, "c": keeping}, map[string]block{"b": keeping, "c": keeping}, nil, "",
			[]string{`"b" and "c"`}, []string{databaseURL}},
		// The one that is planned first does not know of the other.
		"both destroyed": {map[string]block{"a": removing, "b": removing}, nil, nil, "", []string{"unless it is destroyed, too"}, nil},
		"all but one": {map[string]block{"a": removing, "b": removing, "c": keeping}, map[string]block{"c": keeping}, nil, "", []string{`"c"`},
			[]string{databaseURL}},
		"another scope": {map[string]block{"a": removing, "b": elsewhere}, map[string]block{"b": elsewhere}, nil, "", nil,
			[]string{"DATABASE_URL=postgres://database@dev"}},
		"renamed, created first": {map[string]block{"a": removing}, map[string]block{"b": removing}, nil, "infisical_gitlab_secret_sync.b", nil,
			[]string{databaseURL}},
		"renamed, created last": {map[string]block{"a": removing}, map[string]block{"b": removing}, nil, "infisical_gitlab_secret_sync.a", nil,
			[]string{databaseURL}},
		"replaced": {map[string]block{"a": removing, "b": keeping},
			map[string]block{"a": {"on_destroy": "remove_variables", "target": block{"project": "1204"}}, "b": keeping}, nil, "",
			[]string{`"b"`}, []string{databaseURL}},
		"replaced by name": {map[string]block{"a": removing, "b": keeping}, map[string]block{"a": removing, "b": keeping},
			[]acctest.PlanOption{acctest.ReplacingAt("infisical_gitlab_secret_sync.a")}, "", nil, []string{databaseURL}},
		"created before": {map[string]block{"a": {"on_destroy": "remove_variables", "create_before_destroy": true}},
			map[string]block{"a": {"name": "again", "on_destroy": "remove_variables", "create_before_destroy": true}},
			[]acctest.PlanOption{acctest.ReplacingAt("infisical_gitlab_secret_sync.a")}, "", nil, []string{databaseURL}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNeighborhood(t)
			n.must(tc.before)
			if tc.next != "" {
				n.module.Next = first(tc.next)
			}
			said := n.must(tc.after, tc.options...)
			n.has(tc.has...)
			mentions(t, said, tc.names...)
			if told := strings.Contains(said, "Variables of other syncs"); told != (len(tc.names) > 0) {
				t.Errorf("told of others: %t: %s", told, said)
			}
			for _, sync := range n.infisical().Syncs() {
				if sync.Status != infisical.SyncSucceeded {
					t.Errorf("%s is %s", sync.Name, sync.Status)
				}
			}
		})
	}
}

// One that deletes what it does not know is refused beside one that stays, also while both write the same: a later
// change of one would delete what the other writes. In the place of one that leaves it is not, in whatever order the
// two are planned and applied.
func TestAccSecretSync_sameSource(t *testing.T) {
	t.Parallel()
	deleting, described := block{"variables": block{"unmanaged": "delete"}}, block{"description": "changed"}
	for name, tc := range map[string]struct {
		before, after map[string]block
		refused       bool
	}{
		"beside one that stays":          {map[string]block{"a": keeping}, map[string]block{"a": keeping, "b": deleting}, true},
		"beside one that changes":        {map[string]block{"a": keeping}, map[string]block{"a": described, "b": deleting}, true},
		"beside one that deletes, too":   {map[string]block{"a": deleting}, map[string]block{"a": deleting, "b": deleting}, true},
		"in the place of one":            {map[string]block{"a": deleting}, map[string]block{"b": deleting}, false},
		"in the place of one that keeps": {map[string]block{"a": keeping}, map[string]block{"b": deleting}, false},
		"in the place of one whose variables are removed": {map[string]block{"a": removing}, map[string]block{"b": {"on_destroy": "remove_variables",
			"variables": block{"unmanaged": "delete"}}}, false},
	} {
		for _, next := range []string{"a", "b"} {
			t.Run(name+", first "+next, func(t *testing.T) {
				t.Parallel()
				n := newNeighborhood(t)
				n.must(tc.before)
				n.module.Next = first("infisical_gitlab_secret_sync." + next)
				if !tc.refused {
					n.must(tc.after)
					n.has(databaseURL)
					return
				}
				plan := n.plan(tc.after)
				mentions(t, plan.Diagnostics.String(), "ERROR: Duplicate sync destination", "have the same source and key_schema", `"a"`, `"b"`)
				if !plan.Diagnostics.Failed() {
					t.Error("not refused")
				}
			})
		}
	}
}

// What could not be given back is not removed.
func TestAccSecretSync_removalRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		// happens after the plan, or else before it.
		later   bool
		happens func(*neighborhood)
		says    []string
	}{
		"in a project of strangers": {false, func(n *neighborhood) { n.strangers() }, []string{"no member of", `on_destroy = "keep"`}},
		"strangers came meanwhile":  {true, func(n *neighborhood) { n.strangers() }, []string{"no member of", `on_destroy = "keep"`}},
		"no right to run": {true, func(n *neighborhood) {
			n.addOther(nil)
			n.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/secret-syncs/gitlab/{id}/sync-secrets", Kind: server.FaultStatus, Status: 403,
				Body: `{"error":"PermissionDenied","message":"You are not allowed to sync-secrets on secret-syncs","statusCode":403}`})
		}, []string{"may not be run", "Nothing was removed"}},
		"its folder is gone": {true, func(n *neighborhood) {
			n.secretIn("/gone", "KEY", "value")
			n.addOther(func(other *infisical.Sync) { other.FolderID = "gone" })
		}, []string{"source folder was deleted", "Nothing was removed"}},
		"it fails": {true, func(n *neighborhood) {
			dead := n.infisical().Add(infisical.Connection{Name: "dead", AccessToken: "glpat-unknown", AccessTokenType: "group"})
			n.addOther(func(other *infisical.Sync) { other.ConnectionID = dead.ID })
		}, []string{"Unauthorized", "Nothing was removed"}},
		"Infisical does not say": {true, func(n *neighborhood) {
			n.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/secret-syncs/gitlab/check-destination", Kind: server.FaultStatus, Status: 500})
		}, []string{"looking for it failed", "Nothing was removed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNeighborhood(t)
			n.Dies = true
			n.must(map[string]block{"a": removing})
			if !tc.later {
				tc.happens(n)
			}
			plan := n.plan(nil)
			if plan.Diagnostics.Failed() != !tc.later {
				t.Fatal(plan.Diagnostics)
			}
			said := plan.Diagnostics
			if tc.later {
				tc.happens(n)
				said = n.module.ApplyPlan(n.Context, plan)
			}
			mentions(t, said.String(), append(tc.says, "ERROR: Variables of other syncs")...)
			n.has(databaseURL)
			if !said.Failed() || !n.module.InState("infisical_gitlab_secret_sync.a") {
				t.Errorf("not refused: %s", said)
			}
		})
	}
}

// strangers are those of another project, who write to acme/app, too.
func (n *neighborhood) strangers() {
	other := n.infisical().Projects[1]
	n.infisical().SetSecret(other, "prod", "/", "DATABASE_URL", "theirs")
	n.addOther(func(sync *infisical.Sync) { sync.ProjectID, sync.FolderID = other, "none" })
	n.infisical().Expel(n.Servers.ClientID, other)
}

// The plan knows of one whose folder was deleted that it cannot be run again.
func TestAccSecretSync_removalBesideOneThatCannotRun(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.must(map[string]block{"a": removing})
	n.addOther(func(other *infisical.Sync) { other.FolderID = "gone" })
	mentions(t, n.plan(nil).Diagnostics.String(), "WARNING: Variables of other syncs", `"other" reads was deleted, so that "other" cannot run`)
}

// One that gets another source by the same plan may do so after the removal.
func TestAccSecretSync_removalBesideOneThatIsToRun(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	of := func(path string) block { return block{"source": block{"environment": "prod", "secret_path": path}} }
	n.secretIn("/api", "KEY", "value")
	n.must(map[string]block{"a": removing, "b": of("/api")})
	n.infisical().RemoveFolder(n.Servers.ProjectID, "prod", "/api")
	n.module.Next = first("infisical_gitlab_secret_sync.b")
	mentions(t, n.plan(map[string]block{"b": of("/")}).Diagnostics.String(), "WARNING: Variables of other syncs", `so that "b" cannot run`)
}

// A folder that was deleted and made again is another one, also to the plan: what the sync of the old one wrote goes
// with the runs of the other.
func TestAccSecretSync_folderMadeAgain(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	of := func(unmanaged string) block {
		return block{"source": block{"environment": "prod", "secret_path": "/api"}, "variables": block{"unmanaged": unmanaged}}
	}
	n.secretIn("/api", "KEY", "value")
	n.must(map[string]block{"a": of("keep")})
	n.infisical().RemoveFolder(n.Servers.ProjectID, "prod", "/api")
	n.secretIn("/api", "KEY", "value")
	if said := n.plan(map[string]block{"a": of("keep"), "b": of("delete")}).Diagnostics; !said.Failed() {
		t.Error(said)
	}
}

// Two syncs are to have one name, which somebody has taken from the first: that is what the apply says.
func TestAccSecretSync_namesakeBesideOneRenamed(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	deleting := block{"variables": block{"unmanaged": "delete"}, "name": "a"}
	n.must(map[string]block{"a": deleting})
	n.infisical().ChangeSync(n.only().ID, func(s *infisical.Sync) { s.Name = "renamed" })
	n.module.Next = first("infisical_gitlab_secret_sync.b")
	_, said := n.apply(map[string]block{"a": deleting, "b": deleting})
	mentions(t, said.String(), "ERROR: Name taken")
	if strings.Contains(said.String(), "ERROR: Duplicate") {
		t.Error(said)
	}
}

// Somebody has renamed a sync, and another one has taken its name: it is another one all the same.
func TestAccSecretSync_removalBesideANamesake(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.must(map[string]block{"a": removing})
	n.infisical().ChangeSync(n.only().ID, func(s *infisical.Sync) { s.Name = "renamed" })
	n.addOther(func(other *infisical.Sync) { other.Name, other.ProjectID = "a", n.Servers.ProjectID })
	n.must(nil, acctest.Unrefreshed)
	n.has(databaseURL)
}

// While the removal is under way, another sync to the same variables is created: it is run, too.
func TestAccSecretSync_removalMeetsANewcomer(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.must(map[string]block{"a": removing})
	came := false
	n.meanwhile(func() {
		if !came && n.removes() {
			came = true
			n.addOther(func(sync *infisical.Sync) { sync.ProjectID = n.Servers.ProjectID })
		}
	})
	n.must(nil)
	n.has(databaseURL)
	if other := n.only(); !came || other.Status != infisical.SyncSucceeded {
		t.Errorf("%s is %s", other.Name, other.Status)
	}
}

// A removal that fails half-way has taken some: these are given back, too. The next destroy finishes it.
func TestAccSecretSync_removalFailsHalfWay(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.secret("OTHER", "value")
	n.must(map[string]block{"a": removing, "b": keeping})
	lift := n.Fail(server.Fault{Server: server.GitLab, Method: "DELETE", Path: "/api/v4/projects/*/variables/*", Client: server.ClientInfisical,
		Kind: server.FaultStatus, Status: 403, Skip: 1})
	left := map[string]block{"b": keeping}
	_, said := n.apply(left)
	mentions(t, said.String(), "ERROR: Variables not removed")
	n.has(databaseURL, "OTHER=value@*")
	lift()
	n.must(left)
	n.has(databaseURL, "OTHER=value@*")
}

// What cannot be given back after all is an error, which says what to do.
func TestAccSecretSync_removalNotMadeGood(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.Dies = true
	other := n.infisical().Add(infisical.Connection{Name: "other", AccessToken: n.Servers.OtherToken, AccessTokenType: "group"})
	left := map[string]block{"b": {"connection_id": other.ID}}
	n.must(map[string]block{"a": removing, "b": left["b"]})
	n.meanwhile(func() {
		if n.removes() {
			n.infisical().SetAccessToken(other.ID, "glpat-unknown")
		}
	})
	_, said := n.apply(left)
	mentions(t, said.String(), "ERROR: Variables of other syncs", `perhaps variables that "b"`, "Unauthorized", "Run it in Infisical")
}

// The provider dies while the removal is under way. The next plan says who may miss variables.
func TestAccSecretSync_removalKilled(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.must(map[string]block{"a": removing, "b": keeping})
	var lift func()
	stop := n.meanwhile(func() {
		if lift == nil && n.removes() {
			n.module.Kill()
			lift = n.Fail(server.Fault{Server: server.Infisical, Kind: server.FaultDropBefore})
		}
	})
	left := map[string]block{"b": keeping}
	if _, said := n.apply(left); !said.Failed() || !n.module.InState("infisical_gitlab_secret_sync.a") {
		t.Error(said)
	}
	stop()
	lift()
	n.Clock.Advance(time.Minute)
	n.infisical().RunJobs()
	n.has()
	mentions(t, n.must(left), "WARNING: Variables of other syncs", `The secret sync "a" is not there any more`, `that "b" writes`)
}

// removes reports that the variables of a sync are being removed.
func (n *neighborhood) removes() bool {
	return slices.ContainsFunc(n.infisical().Syncs(), func(s infisical.Sync) bool { return s.RemoveStatus != "" })
}

// meanwhile is called whenever the provider waits, until it is stopped.
func (n *neighborhood) meanwhile(happens func()) (stop func()) {
	n.infisical().SlowRemovals(5 * time.Second)
	wait := n.module.Environment.Wait
	n.module.Environment.Wait = func(ctx context.Context, pause time.Duration) error {
		err := wait(ctx, pause)
		happens()
		return err
	}
	return func() { n.module.Environment.Wait = wait }
}
