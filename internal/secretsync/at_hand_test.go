package secretsync_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	connectionAt = "infisical_gitlab_connection.c"
	syncAt       = "infisical_gitlab_secret_sync.s"
)

// desk is a configuration of one connection with a token of its own, which the sync uses. The provider has no GitLab
// token unless a story gives it one.
type desk struct {
	*acctest.Module
	t        *testing.T
	servers  *acctest.Servers
	clock    *server.Clock
	app, api gitlab.Project
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, clock: acctest.NewClock()}
	d.servers = acctest.StartSandbox(t, sandbox.WithClock(d.clock.Now))
	environment := acctest.Environment()
	environment.Now = d.clock.Now
	environment.Wait = func(ctx context.Context, pause time.Duration) error {
		d.clock.Advance(pause)
		return context.Cause(ctx)
	}
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	d.Module = acctest.NewModule(t, environment, map[string]any{
		"host":        d.servers.Host,
		"auth":        map[string]any{"universal": map[string]any{"client_id": d.servers.ClientID, "client_secret": d.servers.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": d.servers.InstanceURL},
		"max_retries": 1,
	})
	d.app, d.api = d.gitlab().Project("acme/app"), d.gitlab().Project("acme/platform/apps/api")
	d.secret("/", "DATABASE_URL")
	return d
}

func (d *desk) gitlab() *gitlab.Server       { return d.servers.Sandbox.GitLab }
func (d *desk) infisical() *infisical.Server { return d.servers.Sandbox.Infisical }

func (d *desk) secret(folder, key string) {
	d.infisical().SetSecret(d.servers.ProjectID, "prod", folder, key, "value-of-a-secret")
}

// give gives the provider a GitLab token by name, or takes it away.
func (d *desk) give(name string) {
	settings := map[string]any{"instance_url": d.servers.InstanceURL}
	if name != "" {
		settings["token"] = d.gitlab().Token(name).Value
	}
	d.Configuration = maps.Clone(d.Configuration)
	d.Configuration["gitlab"] = settings
}

func (d *desk) connection(changes ...block) acctest.Block {
	config := block{
		"name": "gitlab", "use_cases": []string{"project_secret_sync"}, "access_token": block{"type": "group", "value_wo": d.servers.Token},
	}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return acctest.Block{Address: connectionAt, Config: config}
}

func (d *desk) sync(changes ...block) acctest.Block {
	config := block{
		"name": "api-prod", "project_id": d.servers.ProjectID, "connection_id": acctest.Reference{Address: connectionAt, Attribute: "id"},
		"source": block{"environment": "prod"}, "target": block{"project": "acme/app"}, "variables": block{"unmanaged": "keep"},
	}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return acctest.Block{Address: syncAt, Config: config}
}

// both are the connection, with its token, and a sync.
func (d *desk) both(changes ...block) []acctest.Block {
	return []acctest.Block{d.connection(), d.sync(changes...)}
}

// must applies what has to succeed.
func (d *desk) must(blocks ...acctest.Block) {
	d.t.Helper()
	plan, said := d.try(blocks)
	if plan.Diagnostics.Failed() || said.Failed() {
		d.t.Fatalf("the apply failed: %s%s", plan.Diagnostics, said)
	}
}

// try plans, and applies unless that failed.
func (d *desk) try(blocks []acctest.Block, options ...acctest.PlanOption) (plan *acctest.Plan, said acctest.Diagnostics) {
	d.t.Helper()
	if plan = d.Plan(d.t.Context(), blocks, options...); plan.Diagnostics.Failed() {
		return plan, nil
	}
	return plan, d.ApplyPlan(d.t.Context(), plan)
}

// refuses checks that a plan fails, and says all of the texts.
func (d *desk) refuses(blocks []acctest.Block, texts ...string) {
	d.t.Helper()
	plan := d.Plan(d.t.Context(), blocks)
	if !plan.Diagnostics.Failed() {
		d.t.Errorf("the plan is made: %s", plan.Diagnostics)
	}
	mentions(d.t, plan.Diagnostics.String(), texts...)
}

// silent checks that something is not said.
func silent(t *testing.T, said, text string) {
	t.Helper()
	if strings.Contains(said, text) {
		t.Errorf("%q is in: %s", text, said)
	}
}

func (d *desk) variable(key string) {
	d.gitlab().AddVariable(d.app, gitlab.Variable{Key: key, Value: "1"})
}

func (d *desk) keys() string {
	var keys []string
	for _, v := range d.gitlab().Variables(d.app) {
		keys = append(keys, v.Key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

func (d *desk) id() string { return strconv.Itoa(d.app.ID) }

var (
	toAPI     = block{"target": block{"project": "acme/platform/apps/api"}}
	deletes   = block{"variables": block{"unmanaged": "delete"}}
	inDev     = block{"target": block{"project": "acme/app", "environment_scope": "dev"}}
	removes   = block{"on_destroy": "remove_variables"}
	byPath    = block{"target": block{"project": "acme/app"}}
	sameByID  = func(d *desk) block { return block{"target": block{"project": d.id()}} }
	unchanged = block{}
)

// A sync that is added later to a connection that stays as it is: its path cannot be looked up in the apply, so the
// plan names the id and both ways out, each of which works.
func TestAccSecretSync_pathBesideAConnectionThatStays(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]func(d *desk) []acctest.Block{
		"the id": func(d *desk) []acctest.Block { return d.both(sameByID(d)) },
		"the connection's token for the provider": func(d *desk) []acctest.Block { d.give("group-owner-api"); return d.both() },
		"a token that may read":                   func(d *desk) []acctest.Block { d.give("personal-read-api"); return d.both() },
		"a change of the connection's token": func(d *desk) []acctest.Block {
			return []acctest.Block{d.connection(block{"access_token": block{"type": "group", "value_wo": d.servers.OtherToken}}), d.sync()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.must(d.connection())
			d.refuses(d.both(), "ERROR: Id of the GitLab target needed", "is "+d.id(), `project = "`+d.id()+`"`, "gitlab.token", "the connection's own will do")
			blocks := way(d)
			plan, said := d.try(blocks)
			if plan.Diagnostics.Failed() || said.Failed() {
				t.Fatalf("%s%s", plan.Diagnostics, said)
			}
			if id, known := plan.Change(syncAt).Planned("target", "id"); !known || id != d.id() || d.Attribute(syncAt, "target", "id") != id {
				t.Errorf("planned %q (%t)", id, known)
			}
		})
	}
}

// Nothing is destroyed for a replacement that cannot be made: the plan is refused.
func TestAccSecretSync_movesBesideAConnectionThatStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.both(removes)...)
	d.refuses(d.both(removes, toAPI), "Id of the GitLab target needed", "is "+strconv.Itoa(d.api.ID))
	if d.keys() != "DATABASE_URL" {
		t.Errorf("left: %s", d.keys())
	}
	d.must(d.both(removes, block{"target": block{"project": strconv.Itoa(d.api.ID)}})...)
}

// Where the state knows the id, it is used, and nobody is asked for it: neither in the plan nor in the apply, which has
// no token. What the plan has checked, the apply does not call unchecked.
func TestAccSecretSync_idFromTheState(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first, then block
		action      acctest.Action
		options     []acctest.PlanOption
	}{
		"another scope":                  {byPath, inDev, acctest.Update, nil},
		"another scope of an id":         {nil, nil, acctest.Update, nil},
		"another source":                 {byPath, block{"source": block{"environment": "prod", "secret_path": "/api"}}, acctest.Update, nil},
		"delete":                         {byPath, deletes, acctest.Update, nil},
		"the id in place of the path":    {byPath, nil, acctest.Update, nil},
		"another case of the path":       {byPath, block{"target": block{"project": "ACME/App"}}, acctest.Update, nil},
		"another name":                   {byPath, block{"name": "renamed"}, acctest.Update, nil},
		"-replace":                       {byPath, unchanged, acctest.Replace, []acctest.PlanOption{acctest.ReplacingAt(syncAt)}},
		"another project of Infisical's": {byPath, nil, acctest.Replace, nil},
		"another scope, no refresh":      {byPath, inDev, acctest.Update, []acctest.PlanOption{acctest.Unrefreshed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.secret("/api", "KEY")
			first, then := tc.first, tc.then
			switch name {
			case "another scope of an id":
				first, then = sameByID(d), block{"target": block{"project": d.id(), "environment_scope": "dev"}}
			case "the id in place of the path":
				then = sameByID(d)
			case "another project of Infisical's":
				other := d.infisical().Projects[1]
				d.infisical().SetSecret(other, "prod", "/", "OTHER", "value-of-a-secret")
				then = block{"project_id": other}
			}
			d.must(d.both(first)...)
			plan, said := d.try(d.both(first, then), tc.options...)
			if change := plan.Change(syncAt); plan.Diagnostics.Failed() || said.Failed() || change.Action != tc.action {
				t.Fatalf("%v: %s%s", change, plan.Diagnostics, said)
			}
			if id, known := plan.Change(syncAt).Planned("target", "id"); !known || id != d.id() || d.Attribute(syncAt, "target", "id") != id {
				t.Errorf("planned %q (%t)", id, known)
			}
			silent(t, plan.Diagnostics.String()+said.String(), "GitLab target not checked")
			if again := d.Plan(t.Context(), d.both(first, then)); !again.Empty() {
				t.Errorf("not settled: %s", again.Diagnostics)
			}
		})
	}
}

// The path of what state knows by its id alone must be looked up.
func TestAccSecretSync_pathInPlaceOfTheID(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.both(sameByID(d))...)
	d.refuses(d.both(), "Id of the GitLab target needed", `project = "`+d.id()+`"`)
	d.give("personal-read-api")
	plan, said := d.try(d.both())
	if plan.Change(syncAt).Action != acctest.Update || said.Failed() {
		t.Errorf("%s%s", plan.Diagnostics, said)
	}
}

// With a GitLab token in the plan alone, nothing is deleted, and the error says why. With create_before_destroy the
// creation comes first, and fails.
func TestAccSecretSync_tokenInThePlanOnly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		then   string
		failed bool
	}{"absent": {"", true}, "blind": {"project-owner-api", true}, "present": {"personal-read-api", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.must(d.both(removes)...)
			first := d.infisical().Syncs()[0].ID
			d.give("personal-read-api")
			plan := d.Plan(t.Context(), d.both(removes, toAPI))
			if plan.Diagnostics.Failed() || plan.Change(syncAt).Action != acctest.Replace {
				t.Fatal(plan.Diagnostics)
			}
			d.give(tc.then)
			said := d.ApplyPlan(t.Context(), plan)
			if said.Failed() != tc.failed {
				t.Errorf("failed: %t: %s", said.Failed(), said)
			}
			if !tc.failed {
				return
			}
			mentions(t, said.String(), "Replacement cannot be created", "nothing was deleted")
			if syncs := d.infisical().Syncs(); len(syncs) != 1 || syncs[0].ID != first || d.keys() != "DATABASE_URL" {
				t.Errorf("left: %+v, %s", syncs, d.keys())
			}
			// What was left for the deletion is not taken for a replacement later.
			d.must(d.connection())
			if len(d.infisical().Syncs()) > 0 {
				t.Error("not destroyed")
			}
		})
	}
}

// Variables that the first run of a sync with a new connection deletes are named in the plan, if a token of the
// provider's can list them. If not, the plan says that it cannot know, and the apply ends before it writes.
func TestAccSecretSync_deletesBesideANewConnection(t *testing.T) {
	t.Parallel()
	t.Run("with a token", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.variable("BY_HAND")
		d.give("admin-management")
		plan, said := d.try(d.both(deletes))
		mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync deletes variables", "BY_HAND", "Rights of the connection's token not checked")
		if id, known := plan.Change(syncAt).Planned("target", "id"); !known || id != d.id() || said.Failed() || d.keys() != "DATABASE_URL" {
			t.Errorf("%q, %s: %s", id, d.keys(), said)
		}
	})
	t.Run("without", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.variable("BY_HAND")
		plan, said := d.try(d.both(deletes))
		mentions(t, plan.Diagnostics.String(), "WARNING: GitLab target not checked", "may delete variables", "which ones is not known")
		mentions(t, said.String(), "ERROR: Secret sync would delete variables", "BY_HAND", `project = "`+d.id()+`"`)
		if len(d.infisical().Syncs()) > 0 || d.keys() != "BY_HAND" {
			t.Errorf("written: %+v, %s", d.infisical().Syncs(), d.keys())
		}
		byID := d.both(deletes, sameByID(d))
		plan, said = d.try(byID)
		mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync deletes variables", "BY_HAND")
		if said.Failed() || d.keys() != "DATABASE_URL" {
			t.Errorf("%s: %s", d.keys(), said)
		}
	})
	t.Run("nothing to delete", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.must(d.both(deletes)...)
	})
	t.Run("keep", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		plan, said := d.try(d.both())
		if strings.Count(plan.Diagnostics.String(), "WARNING") != 1 || said.Failed() {
			t.Errorf("%s%s", plan.Diagnostics, said)
		}
		mentions(t, plan.Diagnostics.String(), "GitLab target not checked", "The apply checks it before it writes")
		silent(t, plan.Diagnostics.String(), "delete")
	})
	// The sync that is replaced has been deleted by then: what the plan has said must do.
	t.Run("of a replacement", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.must(d.both(sameByID(d))...)
		d.gitlab().AddVariable(d.api, gitlab.Variable{Key: "OF_API", Value: "1"})
		moved := d.sync(deletes, block{"target": block{"project": strconv.Itoa(d.api.ID)}})
		plan, said := d.try([]acctest.Block{d.connection(), moved}, acctest.ReplacingAt(connectionAt))
		mentions(t, plan.Diagnostics.String(), "may delete variables")
		mentions(t, said.String(), "WARNING: Secret sync deletes variables", "OF_API")
		if said.Failed() || len(d.infisical().Syncs()) != 1 {
			t.Errorf("%+v: %s", d.infisical().Syncs(), said)
		}
	})
	// The provider's token is of another GitLab than the new connection: it is not asked.
	t.Run("with a token of another GitLab", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.give("admin-management")
		other := acctest.StartSandbox(t)
		d.Configuration["gitlab"] = map[string]any{"instance_url": other.InstanceURL, "token": other.ProviderToken()}
		plan := d.Plan(t.Context(), []acctest.Block{d.connection(block{"instance_url": d.servers.InstanceURL}), d.sync(deletes)})
		mentions(t, plan.Diagnostics.String(), "GitLab target not checked", "whether it is for the GitLab of gitlab.token", "may delete variables")
		if plan.Diagnostics.Failed() || len(other.Sandbox.Log.Requests()) > 0 {
			t.Errorf("%s %v", plan.Diagnostics, other.Sandbox.Log.Requests())
		}
	})
}

// What makes runs delete more is told with the variables' names, or with why they cannot be listed.
func TestAccSecretSync_saysWhatItDeletes(t *testing.T) {
	t.Parallel()
	const names, may = "Secret sync deletes variables", "Secret sync may delete variables"
	later := func(value string) acctest.Later { return acctest.Later{Value: value} }
	variables := func(unmanaged, schema any) block {
		return block{"variables": block{"unmanaged": unmanaged, "key_schema": schema}}
	}
	source := func(environment string, folder any) block {
		return block{"source": block{"environment": environment, "secret_path": folder}}
	}
	scope := func(scope any) block {
		return block{"target": block{"project": "acme/app", "environment_scope": scope}}
	}
	for name, tc := range map[string]struct {
		token       string
		first, then block
		texts       []string
	}{
		"keep becomes delete": {"admin-management", nil, deletes, []string{names, "BY_HAND", "DATABASE_URL"}},
		"a Developer's token": {"developer-management", nil, deletes, []string{may, "GitLab answered 403"}},
		"another folder":      {"admin-management", deletes, source("prod", "/empty"), []string{names, "DATABASE_URL"}},
		"another environment": {"admin-management", deletes, source("staging", "/"), []string{names, "DATABASE_URL"}},
		"another scope":       {"admin-management", deletes, scope("staging"), []string{names, "STAGING"}},
		"another key schema":  {"admin-management", deletes, variables("delete", "BY_{{secretKey}}"), []string{names, "BY_HAND"}},
		"no token":            {"", nil, deletes, []string{names, "BY_HAND"}}, // The connection's own, in the plan.
		"checks off":          {"developer-management", block{"token_validation": "off"}, deletes, []string{may, "GitLab answered 403"}},
		"an unknown key schema": {"admin-management", deletes, variables("delete", later("BY_{{secretKey}}")),
			[]string{names, "BY_HAND", "key_schema, which is known only after apply"}},
		"unmanaged is not known": {"admin-management", nil, variables(later("delete"), nil),
			[]string{names, "BY_HAND", "Unless unmanaged, which is known only after apply"}},
		"an unknown scope":  {"admin-management", deletes, scope(later("staging")), []string{may, "known only after apply"}},
		"an unknown source": {"admin-management", deletes, source("prod", later("/empty")), []string{names, "DATABASE_URL"}},
		"another target":    {"admin-management", deletes, toAPI, []string{names, "OF_API", "first run"}},
		"another project":   {"admin-management", deletes, block{"project_id": ""}, []string{names, "DATABASE_URL", "first run"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.secret("/empty", "OTHER")
			d.infisical().SetSecret(d.servers.ProjectID, "staging", "/", "OF_STAGING", "value-of-a-secret")
			d.must(d.both(tc.first)...)
			d.variable("BY_HAND")
			d.gitlab().AddVariable(d.app, gitlab.Variable{Key: "STAGING", Value: "1", EnvironmentScope: "staging"})
			d.gitlab().AddVariable(d.api, gitlab.Variable{Key: "OF_API", Value: "1"})
			d.give(tc.token)
			then := tc.then
			if then["project_id"] == "" {
				d.infisical().SetSecret(d.infisical().Projects[1], "prod", "/", "OTHER", "value-of-a-secret")
				then = block{"project_id": d.infisical().Projects[1]}
			}
			blocks := []acctest.Block{d.connection(block{"access_token": block{"type": "group"}}), d.sync(tc.first, then)}
			if tc.token == "" {
				blocks = d.both(tc.first, then)
			}
			plan, said := d.try(blocks)
			mentions(t, plan.Diagnostics.String(), tc.texts...)
			if plan.Diagnostics.Failed() || said.Failed() {
				t.Errorf("%s%s", plan.Diagnostics, said)
			}
		})
	}
}

// Why variables cannot be listed is told, in a sentence that speaks of deletion.
func TestAccSecretSync_cannotTellWhatItDeletes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault server.Fault
		text  string
	}{
		"5xx":       {server.Fault{Kind: server.FaultStatus, Status: 503}, "GitLab answered 503"},
		"no answer": {server.Fault{Kind: server.FaultDropBefore}, "which ones is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.must(d.both(sameByID(d))...)
			d.give("admin-management")
			tc.fault.Server, tc.fault.Client, tc.fault.Path = server.GitLab, server.ClientProvider, "/api/v4/projects/{id}/variables"
			lift := d.servers.Sandbox.Fail(tc.fault)
			defer lift()
			plan := d.Plan(t.Context(), []acctest.Block{d.connection(block{"access_token": block{"type": "group"}}), d.sync(sameByID(d), deletes)})
			if plan.Diagnostics.Failed() {
				t.Fatal(plan.Diagnostics)
			}
			mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync may delete variables", tc.text)
		})
	}
	t.Run("no token", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.must(d.both(sameByID(d))...)
		plan := d.Plan(t.Context(), []acctest.Block{d.connection(block{"access_token": block{"type": "group"}}), d.sync(sameByID(d), deletes)})
		mentions(t, plan.Diagnostics.String(), "WARNING: GitLab target not checked", "may delete variables")
	})
}

// A run that failed after the apply is a warning in every plan, with the reason, and not in the apply of a plan that
// has said so.
func TestAccSecretSync_saysThatTheLastRunFailed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	masked := block{"variables": block{"unmanaged": "keep", "masked": true}}
	d.must(d.both(masked)...)
	d.infisical().SetSecret(d.servers.ProjectID, "prod", "/", "PIN", "1234")
	d.clock.Advance(2 * time.Minute)
	without := []acctest.Block{d.connection(block{"access_token": block{"type": "group"}}), d.sync(masked)}
	for _, options := range [][]acctest.PlanOption{nil, {acctest.Unrefreshed}} {
		if len(options) > 0 {
			d.Refresh(t.Context())
		}
		plan := d.Plan(t.Context(), without, options...)
		mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync has failed", "Secret PIN is too short", "Lengthen the secret")
		if !plan.Empty() || strings.Count(plan.Diagnostics.String(), "WARNING") != 1 {
			t.Errorf("not one warning: %s", plan.Diagnostics)
		}
	}
	plan, said := d.try(d.both())
	mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync has failed", "Secret PIN is too short")
	silent(t, said.String(), "failed")
	if said.Failed() {
		t.Error(said)
	}
}

// What goes wrong with the connection is told as what it is.
func TestAccSecretSync_whyTheConnectionCannotBeRead(t *testing.T) {
	t.Parallel()
	const absent = "0f9ad7ef-7ed8-4b49-9a1a-000000000000"
	for name, tc := range map[string]struct {
		id         string
		status     int
		byPath     string
		byID, text string
	}{
		"no such connection": {absent, 0, "ERROR: No such GitLab connection", "ERROR: No such GitLab connection", "404"},
		"forbidden":          {"", 403, "ERROR: Could not look up the GitLab target", "WARNING: GitLab target not checked", "403"},
		"5xx":                {"", 500, "ERROR: Could not look up the GitLab target", "WARNING: GitLab target not checked", "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			config := s.config(block{"target": block{"project": "acme/app"}})
			if tc.id != "" {
				config["connection_id"] = tc.id
			}
			if tc.status != 0 {
				s.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/app-connections/gitlab/{id}", Kind: server.FaultStatus, Status: tc.status})
			}
			said := s.Plan(s.Context, config).Diagnostics
			mentions(t, said.String(), tc.byPath, tc.text)
			silent(t, said.String(), "is not set")
			config["target"] = block{"project": "1203"}
			said = s.Plan(s.Context, config).Diagnostics
			mentions(t, said.String(), tc.byID, tc.text)
			silent(t, said.String(), "is not set")
		})
	}
}

// A path that the connection's token cannot see: the token's own place is named.
func TestAccSecretSync_targetOutOfSight(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	plan := d.Plan(t.Context(), d.both())
	if plan.Diagnostics.Failed() {
		t.Fatal(plan.Diagnostics)
	}
	d.must(d.connection())
	changed := d.connection(block{"access_token": block{"type": "group", "value_wo": d.servers.OtherToken}})
	moved := d.sync(block{"target": block{"project": "partner/absent"}})
	d.refuses([]acctest.Block{changed, moved}, "GitLab token cannot see a target", "group acme (id 87)", "partner/absent")
}

// Nothing is destroyed for a sync that needs a connection which is not there, or which cannot be read.
func TestAccSecretSync_movesToAConnectionThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		text   string
	}{"gone": {404, "ERROR: No such GitLab connection"}, "forbidden": {403, "ERROR: Could not read the GitLab connection"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.Manage(block{"token": nil})
			s.apply(s.config())
			first := s.only().ID
			s.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/app-connections/gitlab/{id}", Kind: server.FaultStatus, Status: tc.status})
			said := s.Run(s.config(block{"target": block{"project": "1204"}}))
			mentions(t, said.String(), tc.text)
			if s.only().ID != first {
				t.Error("replaced")
			}
		})
	}
}

// A target that is known only after apply may be a path, which the apply could not look up: a sync that exists is not
// given up for it, and of a new one it is told.
func TestAccSecretSync_unknownTarget(t *testing.T) {
	t.Parallel()
	unknown := func(project string) block { return block{"target": block{"project": acctest.Later{Value: project}}} }
	d := newDesk(t)
	d.must(d.connection())
	plan := d.Plan(t.Context(), d.both(unknown("acme/app")))
	mentions(t, plan.Diagnostics.String(), "WARNING: GitLab target not checked", "known only after apply", "gitlab.token")
	silent(t, plan.Diagnostics.String(), "with: ,")
	d.must(d.both(unknown(d.id()))...)
	first := d.infisical().Syncs()[0].ID
	d.refuses(d.both(unknown("acme/platform/apps/api")), "Id of the GitLab target needed", "it would be deleted")
	d.give("personal-read-api")
	d.must(d.both(unknown("acme/platform/apps/api"))...)
	if syncs := d.infisical().Syncs(); len(syncs) != 1 || syncs[0].ID == first {
		t.Errorf("%+v", syncs)
	}
}

// A connection that is to create its token needs the provider's in the apply, too. Without it, nothing is deleted.
func TestAccSecretSync_movesWhileTheConnectionBecomesManaged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.both(sameByID(d))...)
	first := d.infisical().Syncs()[0].ID
	managed := acctest.Block{Address: connectionAt, Config: block{
		"name": "gitlab", "use_cases": []string{"project_secret_sync"}, "managed_access_token": block{"group": "acme"},
	}}
	d.give("admin-management")
	plan := d.Plan(t.Context(), []acctest.Block{managed, d.sync(block{"target": block{"project": strconv.Itoa(d.api.ID)}})})
	if plan.Diagnostics.Failed() || plan.Change(syncAt).Action != acctest.Replace {
		t.Fatal(plan.Diagnostics)
	}
	d.give("")
	said := d.ApplyPlan(t.Context(), plan)
	mentions(t, said.String(), "Replacement cannot be created", "nothing was deleted")
	if syncs := d.infisical().Syncs(); len(syncs) != 1 || syncs[0].ID != first {
		t.Errorf("%+v", syncs)
	}
}

// A target that is known only after apply, and a token that can look it up in the plan alone: nothing is deleted.
// Nor is anything for a tainted sync, of which its plan does not know that it exists.
func TestAccSecretSync_unknownTargetInTheApply(t *testing.T) {
	t.Parallel()
	unknown := block{"target": block{"project": acctest.Later{Value: "acme/platform/apps/api"}}}
	for name, prepare := range map[string]func(d *desk){
		"token in the plan only": func(d *desk) { d.give("personal-read-api") },
		"tainted":                func(d *desk) { d.Taint(syncAt) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.must(d.both()...)
			first := d.infisical().Syncs()[0].ID
			prepare(d)
			plan := d.Plan(t.Context(), d.both(unknown))
			if plan.Diagnostics.Failed() || plan.Change(syncAt).Action != acctest.Replace {
				t.Fatalf("%+v", plan.Diagnostics)
			}
			d.give("")
			mentions(t, d.ApplyPlan(t.Context(), plan).String(), "Replacement cannot be created", "nothing was deleted")
			if syncs := d.infisical().Syncs(); len(syncs) != 1 || syncs[0].ID != first {
				t.Errorf("%+v", syncs)
			}
		})
	}
}

// Nobody but Infisical has the token of a connection with oauth, also in the apply that creates it: a path is refused.
func TestAccSecretSync_besideANewConnectionWithOAuth(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	application := d.gitlab().AddApplication(d.servers.Host + "/organization/app-connections/gitlab/oauth/callback")
	d.infisical().ConfigureOAuth(application.ClientID, application.ClientSecret, d.servers.Host)
	granted := acctest.Block{Address: connectionAt, Config: block{
		"name": "gitlab", "use_cases": []string{"project_secret_sync"}, "oauth": block{"authorization_code_wo": "0123456789abcdef0123456789abcdef"},
	}}
	d.refuses([]acctest.Block{granted, d.sync()}, "Id of the GitLab target needed", "which uses oauth", "gitlab.token")
	plan := d.Plan(t.Context(), []acctest.Block{granted, d.sync(sameByID(d), deletes)})
	mentions(t, plan.Diagnostics.String(), "WARNING: GitLab target not checked", "which uses oauth", "may delete variables")
}

// A sync that is replaced with its connection: the id of its target is in the state, and nobody has a token to look it
// up again after the deletion.
func TestAccSecretSync_replacedForANewConnection(t *testing.T) {
	t.Parallel()
	const callback = "/organization/app-connections/gitlab/oauth/callback"
	d := newDesk(t)
	application := d.gitlab().AddApplication(d.servers.Host + callback)
	d.infisical().ConfigureOAuth(application.ClientID, application.ClientSecret, d.servers.Host)
	byHand := d.infisical().Add(infisical.Connection{
		Name: "by hand", AccessToken: d.servers.Token, AccessTokenType: "group", InstanceURL: &d.servers.InstanceURL,
	})
	d.give("personal-read-api")
	d.must(d.sync(block{"connection_id": byHand.ID}))
	d.give("")
	first := d.infisical().Syncs()[0].ID
	plan, said := d.try([]acctest.Block{{Address: connectionAt, Config: block{
		"name": "gitlab", "use_cases": []string{"project_secret_sync"},
		"oauth": block{"authorization_code_wo": d.gitlab().AuthorizationCode(application.ClientID, d.servers.Host+callback)},
	}}, d.sync()}, acctest.ReplacingAt(syncAt))
	syncs := d.infisical().Syncs()
	if plan.Change(syncAt).Action != acctest.Replace || said.Failed() || len(syncs) != 1 || syncs[0].ID == first {
		t.Errorf("not replaced: %s %s", plan.Diagnostics, said)
	}
}

// A token that is known only after apply may turn out to be the one that the connection has. Then the connection does
// not change, and nothing tells its apply from a plan that must not look with the token. The plan has said so.
func TestAccSecretSync_besideATokenThatMayStay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.connection())
	later := func(value string) acctest.Block {
		return d.connection(block{"access_token": block{"type": "group", "value_wo": acctest.Later{Value: value}}})
	}
	const doubt = "If the token turns out to be the one that the connection has"
	for _, target := range []any{"acme/app", acctest.Later{Value: "acme/app"}} {
		plan, said := d.try([]acctest.Block{later(d.servers.Token), d.sync(block{"target": block{"project": target}})})
		mentions(t, plan.Diagnostics.String(), "WARNING: GitLab target not checked", doubt)
		if mentions(t, said.String(), "Id of the GitLab target needed"); len(d.infisical().Syncs()) > 0 {
			t.Error("the sync was made")
		}
	}
	// An id needs no token, and another token is one to look up the path with.
	plan, said := d.try([]acctest.Block{later(d.servers.Token), d.sync(sameByID(d))})
	if said.Failed() || strings.Contains(plan.Diagnostics.String(), doubt) {
		t.Errorf("%s%s", plan.Diagnostics, said)
	}
	d.infisical().RemoveSync(d.infisical().Syncs()[0].ID)
	d.must(later(d.servers.OtherToken), d.sync())
}
