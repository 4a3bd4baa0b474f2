package connection_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// givenOperations are those of connections with a token of the user's.
func givenOperations() map[string]operation {
	with := func(changes block) func(*workspace) block {
		return func(w *workspace) block {
			config := given(w.Servers)
			maps.Copy(config, changes)
			return config
		}
	}
	another := func(w *workspace) block {
		return block{"name": "platform", "access_token": block{"type": "group", "value_wo": w.Servers.OtherToken}}
	}
	versioned := func(version int) func(*workspace) block {
		return func(w *workspace) block {
			return block{"name": "platform", "access_token": block{"type": "group", "value_wo": w.Servers.Token, "value_wo_version": version}}
		}
	}
	ofProject := func(w *workspace) block {
		config := given(w.Servers)
		config["project_id"] = w.Servers.ProjectID
		return config
	}
	applies := func(config func(*workspace) block) func(*workspace) { return func(w *workspace) { w.Must(config(w)) } }
	judged := with(block{"use_cases": []string{"group_secret_sync", "project_secret_sync"}})
	gone := func(w *workspace) { w.Servers.Sandbox.Infisical.Remove(w.Connections()[0].ID) }
	rewritten := func(w *workspace) {
		w.Servers.Sandbox.Infisical.SetAccessToken(w.Connections()[0].ID, w.Servers.OtherToken)
	}
	refresh := func(w *workspace, _ block) acctest.Diagnostics { return w.Refresh(w.Context) }
	return map[string]operation{
		"create":                  {before: sequence(), after: judged, creates: true, whole: true},
		"create in a project":     {before: sequence(), after: ofProject, creates: true},
		"read":                    {before: appliedGiven, after: becomesGiven, command: refresh, whole: true},
		"plan nothing":            {before: applies(judged), after: judged, whole: true},
		"rename":                  {before: appliedGiven, after: with(block{"name": "renamed"}), whole: true},
		"describe":                {before: applies(versioned(1)), after: with(block{"description": "Platform team"})},
		"another token":           {before: appliedGiven, after: another, whole: true},
		"a new version":           {before: applies(versioned(1)), after: versioned(2)},
		"repair a foreign write":  {before: sequence(appliedGiven, rewritten), after: becomesGiven},
		"replace for a project":   {before: appliedGiven, after: ofProject, creates: true},
		"replace what is gone":    {before: sequence(appliedGiven, gone), after: becomesGiven, creates: true},
		"replace by -replace":     {before: appliedGiven, after: becomesGiven, with: []acctest.PlanOption{acctest.Replacing}, creates: true},
		"replace what is tainted": {before: sequence(appliedGiven, tainted), after: becomesGiven, creates: true},
		"replace beside":          {before: sequence(appliedGiven, createsBeforeDestroying), after: ofProject, creates: true},
		"destroy":                 {before: appliedGiven, after: becomesGiven, with: []acctest.PlanOption{acctest.Destroying}, destroys: true, whole: true},
		"remove":                  {before: appliedGiven, after: destroyed, destroys: true},
		"destroy what is gone":    {before: sequence(appliedGiven, gone), after: destroyed, destroys: true},
		"import by id": {before: madeByHand(""), after: becomesGiven, command: imports(func(c infisical.Connection) string { return c.ID }),
			whole: true},
		"import by name": {before: madeByHand(""), after: becomesGiven,
			command: imports(func(c infisical.Connection) string { return "name/" + c.Name }), whole: true},
		"import by project's name": {before: madeByHand("project"), after: ofProject, command: imports(func(c infisical.Connection) string {
			return *c.ProjectID + "/name/" + c.Name
		})},
	}
}

// madeByHand is a connection that Terraform does not know, of the organization or of a project.
func madeByHand(scope string) func(*workspace) {
	return func(w *workspace) {
		connection := infisical.Connection{Name: "platform", AccessToken: w.Servers.OtherToken, AccessTokenType: "group"}
		if scope == "project" {
			connection.ProjectID = &w.Servers.ProjectID
		}
		w.Servers.Sandbox.Infisical.Add(connection)
	}
}

// imports runs import, unless the state has the connection already, and applies.
func imports(id func(infisical.Connection) string) func(*workspace, block) acctest.Diagnostics {
	return func(w *workspace, config block) acctest.Diagnostics {
		if !w.InState() {
			if diags := w.Import(w.Context, id(w.Connections()[0])); diags.Failed() {
				return diags
			}
		}
		return w.Run(config)
	}
}

// oauthOperations are those of connections with a grant. Each run has a code of its own, as a user would get one.
func oauthOperations() map[string]operation {
	offered := func(w *workspace) {
		w.application = w.Servers.Sandbox.GitLab.AddApplication(w.Servers.Host + callback)
		w.Servers.Sandbox.Infisical.ConfigureOAuth(w.application.ClientID, w.application.ClientSecret, w.Servers.Host)
	}
	granted := func(name string, version int) func(*workspace) block {
		return func(w *workspace) block {
			return block{"name": name, "oauth": block{"authorization_code_wo": newCode(w.Servers, w.application), "authorization_code_wo_version": version}}
		}
	}
	made := sequence(offered, func(w *workspace) { w.Must(granted("platform", 1)(w)) })
	byHand := sequence(offered, func(w *workspace) {
		w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", Method: "oauth", AccessToken: w.Servers.Token})
	})
	empty := becomes(block{"name": "platform", "oauth": block{}})
	return map[string]operation{
		"create a grant": {before: offered, after: granted("platform", 1), creates: true, whole: true},
		"renew a grant":  {before: made, after: granted("platform", 2), whole: true},
		"rename a grant": {before: made, after: granted("renamed", 1)},
		"read a grant": {before: made, after: granted("platform", 1),
			command: func(w *workspace, _ block) acctest.Diagnostics { return w.Refresh(w.Context) }},
		"import a grant":         {before: byHand, after: empty, command: imports(func(c infisical.Connection) string { return c.ID }), whole: true},
		"replace a token":        {before: sequence(offered, appliedGiven), after: granted("platform", 1), creates: true},
		"replace a grant":        {before: made, after: becomesGiven, creates: true},
		"destroy a grant":        {before: made, after: destroyed, destroys: true, whole: true},
		"destroy a grant by now": {before: made, after: granted("platform", 1), with: []acctest.PlanOption{acctest.Destroying}, destroys: true},
	}
}

// readings are the data sources and the query. What they say without an error is right.
func readings() map[string]operation {
	reads := func(typeName string, config func(*workspace) block, tells func(*workspace) string) operation {
		return operation{before: appliedGiven, after: becomesGiven, whole: true, command: func(w *workspace, _ block) acctest.Diagnostics {
			value, diags := w.ReadDataSource(w.Context, typeName, config(w))
			return w.tells(value, diags, tells(w))
		}}
	}
	id := func(w *workspace) string { return w.Connections()[0].ID }
	nothing := func(*workspace) block { return block{} }
	return map[string]operation{
		"data source, by id":   reads("infisical_gitlab_connection", func(w *workspace) block { return block{"id": id(w)} }, id),
		"data source, by name": reads("infisical_gitlab_connection", func(*workspace) block { return block{"name": "platform"} }, id),
		"data source of all":   reads("infisical_gitlab_connections", nothing, id),
		"data source of a project": reads("infisical_gitlab_connections", func(w *workspace) block { return block{"project_id": w.Servers.ProjectID} },
			func(*workspace) string { return "connections" }),
		"data source of options": reads("infisical_gitlab_connection_options", nothing, func(*workspace) string { return `"access-token"` }),
		"query": {before: appliedGiven, after: becomesGiven, whole: true, command: func(w *workspace, _ block) acctest.Diagnostics {
			found, diags := w.Query(w.Context, block{})
			return w.tells(found, diags, id(w))
		}},
	}
}

// tells checks that an answer holds what it must.
func (w *workspace) tells(answer string, diags acctest.Diagnostics, what string) acctest.Diagnostics {
	w.t.Helper()
	if !diags.Failed() && !strings.Contains(answer, what) {
		w.t.Errorf("without an error %q is missing in %s", what, answer)
	}
	return diags
}

// logins create a connection after each way to log in, of which only that is struck.
func logins() map[string]operation {
	operations := map[string]operation{}
	struck := func(request *server.Request) bool {
		return request.Server == server.Cloud || strings.HasPrefix(request.Path, "/api/v1/auth/")
	}
	for name, login := range acctest.Logins() {
		operations["log in by "+name] = operation{before: logsIn(login), after: becomesGiven, creates: true, whole: true, struck: struck}
	}
	operations["use an access token"] = operation{
		before: func(w *workspace) {
			w.Configuration["auth"] = block{"token": w.Servers.Sandbox.Infisical.AccessToken()}
		},
		after: becomesGiven, creates: true, whole: true,
		struck: func(request *server.Request) bool { return request.Server == server.Infisical },
	}
	return operations
}

// logsIn lets the provider log in otherwise, on a machine in the sandbox's cloud.
func logsIn(login acctest.Login) func(*workspace) {
	return func(w *workspace) {
		sb := w.Servers.Sandbox
		login.SetUp(sb.Infisical)
		auth, variables := login.Configured(w.t, sb)
		w.Configuration["auth"] = auth
		w.Environment.Getenv = func(name string) string { return variables[name] }
		w.Environment.Clouds = sb.Cloud
	}
}

func TestAccConnection_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(givenOperations()))
}

func TestAccOAuth_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(oauthOperations()))
}

func TestAccReading_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(readings()))
}

func TestAccLogin_faults(t *testing.T) {
	t.Parallel()
	acctest.Faults(t, swept(logins()))
}
