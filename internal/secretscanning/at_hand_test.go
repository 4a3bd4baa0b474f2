package secretscanning_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const (
	connectionAt = "infisical_gitlab_connection.c"
	scanAt       = resourceType + ".s"
)

// desk is a configuration of one connection with a token of its own, which the data source uses. The provider has no
// GitLab token unless a story gives it one.
type desk struct {
	*acctest.Module
	t       *testing.T
	servers *acctest.Servers
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, servers: acctest.StartSandbox(t)}
	environment := acctest.Environment()
	environment.Wait = acctest.NoWait
	d.Module = acctest.NewModule(t, environment, map[string]any{
		"host":        d.servers.Host,
		"auth":        block{"universal": block{"client_id": d.servers.ClientID, "client_secret": d.servers.ClientSecret}},
		"max_retries": 1,
	})
	d.give("")
	return d
}

// give gives the provider a GitLab token by name, or takes it away.
func (d *desk) give(name string) {
	settings := block{"instance_url": d.servers.InstanceURL}
	if name != "" {
		settings["token"] = d.servers.Sandbox.GitLab.Token(name).Value
	}
	d.Configuration = maps.Clone(d.Configuration)
	d.Configuration["gitlab"] = settings
}

// connection has a token that may scan.
func (d *desk) connection() acctest.Block {
	token := d.servers.Sandbox.GitLab.Token("group-owner-scanning").Value
	return acctest.Block{Address: connectionAt, Config: block{
		"name": "gitlab", "use_cases": []string{"project_secret_scanning"}, "access_token": block{"type": "group", "value_wo": token},
	}}
}

func (d *desk) scan(target string, changes ...block) acctest.Block {
	config := block{
		"name": "app", "project_id": d.servers.Sandbox.Infisical.ScanningProject, "connection_id": acctest.Reference{Address: connectionAt, Attribute: "id"},
		"target": block{"project": target},
	}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return acctest.Block{Address: scanAt, Config: config}
}

// try plans, and applies unless that failed; it returns what was said.
func (d *desk) try(blocks []acctest.Block, options ...acctest.PlanOption) (plan *acctest.Plan, said acctest.Diagnostics) {
	d.t.Helper()
	if plan = d.Plan(d.t.Context(), blocks, options...); plan.Diagnostics.Failed() {
		return plan, plan.Diagnostics
	}
	return plan, append(plan.Diagnostics, d.ApplyPlan(d.t.Context(), plan)...)
}

func (d *desk) says(blocks []acctest.Block, failed bool, texts ...string) {
	d.t.Helper()
	_, said := d.try(blocks)
	if said.Failed() != failed {
		d.t.Errorf("failed: %t: %s", said.Failed(), said)
	}
	for _, text := range texts {
		if !strings.Contains(said.String(), text) {
			d.t.Errorf("%q is not in: %s", text, said)
		}
	}
}

func (d *desk) dataSources() []infisical.DataSource { return d.servers.Sandbox.Infisical.DataSources() }

func (d *desk) idOf(path string) string {
	return strconv.Itoa(d.servers.Sandbox.GitLab.Project(path).ID)
}

// A path beside a connection that stays as it is: the plan names the id and both ways out, and nothing is destroyed.
// The id of the state is used, and nobody is asked for it.
func TestAccSecretScanning_besideAConnectionThatStays(t *testing.T) {
	t.Parallel()
	const app, api = "acme/app", "acme/platform/apps/api"
	d := newDesk(t)
	d.says([]acctest.Block{d.connection()}, false)
	d.says([]acctest.Block{d.connection(), d.scan(app)}, true, "Id of the GitLab target needed", "is "+d.idOf(app), `project = "`+d.idOf(app)+`"`)
	// 1. Any token that may read will do.
	d.give("personal-read-api")
	d.says([]acctest.Block{d.connection(), d.scan(app)}, false)
	d.give("")
	first := d.dataSources()[0].ID
	// 2. Another path is refused, before anything is destroyed; so is one that is known only after apply.
	d.says([]acctest.Block{d.connection(), d.scan(api)}, true, "Id of the GitLab target needed", "is "+d.idOf(api))
	later := block{"target": block{"project": acctest.Later{Value: api}}}
	d.says([]acctest.Block{d.connection(), d.scan(api, later)}, true, "Id of the GitLab target needed", "it would be deleted")
	// 3. The id of the state is good for an update, for another spelling, and for a replacement.
	d.says([]acctest.Block{d.connection(), d.scan(app, block{"name": "renamed"})}, false)
	d.says([]acctest.Block{d.connection(), d.scan(d.idOf(app))}, false)
	d.says([]acctest.Block{d.connection(), d.scan(app)}, true, "Id of the GitLab target needed")
	d.give("personal-read-api")
	d.says([]acctest.Block{d.connection(), d.scan(app)}, false)
	d.give("")
	if found := d.dataSources(); len(found) != 1 || found[0].ID != first {
		t.Errorf("replaced: %+v", found)
	}
	plan, said := d.try([]acctest.Block{d.connection(), d.scan(app)}, acctest.ReplacingAt(scanAt))
	if plan.Change(scanAt).Action != acctest.Replace || said.Failed() || len(d.dataSources()) != 1 || d.dataSources()[0].ID == first {
		t.Errorf("not replaced: %s", said)
	}
}

// With a GitLab token in the plan alone, nothing is deleted, and the error says why.
func TestAccSecretScanning_tokenInThePlanOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.says([]acctest.Block{d.connection(), d.scan("acme/app")}, false, "WARNING: GitLab target not checked")
	first := d.dataSources()[0].ID
	d.give("personal-read-api")
	plan := d.Plan(t.Context(), []acctest.Block{d.connection(), d.scan("acme/platform/apps/api")})
	d.give("")
	said := d.ApplyPlan(t.Context(), plan)
	if text := said.String(); !said.Failed() || !strings.Contains(text, "Replacement cannot be created") {
		t.Error(text)
	}
	if found := d.dataSources(); len(found) != 1 || found[0].ID != first {
		t.Errorf("replaced: %+v", found)
	}
}

// A data source that moves to a new connection is replaced. The id of its target is in the state, and nobody has a
// token to look it up again after the deletion: only Infisical has that of a connection with oauth.
func TestAccSecretScanning_replacedForANewConnection(t *testing.T) {
	t.Parallel()
	const callback = "/organization/app-connections/gitlab/oauth/callback"
	d := newDesk(t)
	application := d.servers.Sandbox.GitLab.AddApplication(d.servers.Host + callback)
	d.servers.Sandbox.Infisical.ConfigureOAuth(application.ClientID, application.ClientSecret, d.servers.Host)
	byHand := d.servers.Sandbox.Infisical.Add(infisical.Connection{
		Name: "by hand", AccessToken: d.servers.Sandbox.GitLab.Token("group-owner-scanning").Value, AccessTokenType: "group",
		InstanceURL: &d.servers.InstanceURL,
	})
	d.give("personal-read-api")
	d.says([]acctest.Block{d.scan("acme/app", block{"connection_id": byHand.ID})}, false)
	d.give("")
	first := d.dataSources()[0].ID
	plan, said := d.try([]acctest.Block{{Address: connectionAt, Config: block{
		"name": "gitlab", "use_cases": []string{"project_secret_scanning"},
		"oauth": block{"authorization_code_wo": d.servers.Sandbox.GitLab.AuthorizationCode(application.ClientID, d.servers.Host+callback)},
	}}, d.scan("acme/app")})
	if plan.Change(scanAt).Action != acctest.Replace || said.Failed() || len(d.dataSources()) != 1 || d.dataSources()[0].ID == first {
		t.Errorf("not replaced: %s", said)
	}
}
