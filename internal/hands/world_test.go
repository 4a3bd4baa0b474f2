package hands_test

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
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	connectionAddress = "infisical_gitlab_connection.test"
	syncAddress       = "infisical_gitlab_secret_sync.test"
	scanAddress       = "infisical_gitlab_secret_scanning_data_source.test"

	appPath, apiPath = "acme/app", "acme/platform/apps/api"
	handMade         = "MADE_BY_HAND"
	callback         = "/organization/app-connections/gitlab/oauth/callback"
)

// block is a configuration, or a nested object of one.
type block = map[string]any

// world is the servers and the workspace of one cell.
type world struct {
	cell

	t          *testing.T
	servers    *acctest.Servers
	infisical  *infisical.Server
	gitlab     *gitlab.Server
	clock      *server.Clock
	module     *acctest.Module
	own, other gitlab.Token
	// foreign is a connection that Terraform does not know, which the sync or scan uses before there is ours.
	foreign infisical.Connection
	// application is Infisical's at GitLab.
	application gitlab.Application
	// applied: the story is told.
	applied bool
}

func newWorld(t *testing.T, c cell) *world {
	t.Helper()
	w := &world{cell: c, t: t, clock: acctest.NewClock()}
	w.servers = acctest.StartSandbox(t, sandbox.WithClock(w.clock.Now))
	w.infisical, w.gitlab = w.servers.Sandbox.Infisical, w.servers.Sandbox.GitLab
	w.own, w.other = w.gitlab.Token("group-owner-scanning"), w.gitlab.Token("group-maintainer-scanning")
	w.foreign = w.infisical.Add(infisical.Connection{Name: "foreign", AccessToken: w.own.Value, AccessTokenType: "group"})
	w.module = acctest.NewModule(t, w.environment(), nil)
	w.module.Silent = true
	w.infisical.SetSecret(w.servers.ProjectID, "prod", "/", "DATABASE_URL", "postgres://database")
	w.infisical.SetSecret(w.servers.ProjectID, "prod", "/other", "OTHER_URL", "postgres://other")
	if one(c.connection, oauth, oauthNew) {
		w.application = w.gitlab.AddApplication(w.servers.Host + callback)
		w.infisical.ConfigureOAuth(w.application.ClientID, w.application.ClientSecret, w.servers.Host)
	}
	if one(c.connection, expiring, expired) {
		w.gitlab.SetExpiresAt(w.own.ID, new(w.clock.Now().AddDate(0, 0, 30).Format(time.DateOnly)))
	}
	return w
}

// ends lets go of the providers, which keep their connections to the servers.
func (w *world) ends() {
	w.infisical.Stop()
	w.gitlab.Stop()
}

// environment goes by the clock, which moves while the provider waits.
func (w *world) environment() provider.Environment {
	environment := acctest.Environment()
	environment.Now = w.clock.Now
	environment.Wait = func(ctx context.Context, pause time.Duration) error {
		w.clock.Advance(pause)
		return context.Cause(ctx)
	}
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	return environment
}

// holds gives the commands to come a GitLab token, empty for none.
func (w *world) holds(token string) {
	settings := block{"instance_url": w.servers.InstanceURL}
	if token != "" {
		settings["token"] = token
	}
	w.module.Configuration = block{
		"host": w.servers.Host, "gitlab": settings, "max_retries": 1,
		"auth": block{"universal": block{"client_id": w.servers.ClientID, "client_secret": w.servers.ClientSecret}},
	}
}

// tokens are the provider's in plan and apply.
func (w *world) tokens() (inPlan, inApply string) {
	of := func(name string) string { return w.gitlab.Token(name).Value }
	switch w.token {
	case owners:
		return of("admin-management"), of("admin-management")
	case readAPI:
		return of("read-api-management"), of("read-api-management")
	case developers:
		return of("developer-management"), of("developer-management")
	case inPlanOnly:
		return of("admin-management"), ""
	case inApplyOnly:
		return "", of("admin-management")
	}
	return "", ""
}

// useAddress is where the sync or scan is.
func (w *world) useAddress() string {
	if w.use == scan {
		return scanAddress
	}
	return syncAddress
}

// before applies, with all that it takes, what the story begins with, and lets happen what happens then.
func (w *world) before() {
	w.t.Helper()
	w.holds(w.servers.ProviderToken())
	var blocks []acctest.Block
	if !w.newConnection() && !w.isForeign() {
		blocks = append(blocks, acctest.Block{Address: connectionAddress, Config: w.connectionBefore()})
	}
	if !w.newUse() {
		blocks = append(blocks, acctest.Block{Address: w.useAddress(), Config: w.useBefore()})
	}
	if len(blocks) > 0 {
		plan := w.module.Plan(w.t.Context(), blocks)
		if diags := append(plan.Diagnostics, w.module.ApplyPlan(w.t.Context(), plan)...); diags.Failed() {
			w.t.Fatalf("the story does not begin: %s", diags)
		}
	}
	w.clock.Advance(10 * time.Minute)
	w.infisical.RunJobs()
	for _, path := range []string{appPath, apiPath} {
		for _, scope := range []string{"*", "staging"} {
			w.gitlab.AddVariable(w.gitlab.Project(path), gitlab.Variable{Key: handMade, Value: "1", EnvironmentScope: scope})
		}
	}
	w.happens()
}

// happens is what other people do, and time does, before the plan.
func (w *world) happens() {
	switch w.connection {
	case expiring:
		w.clock.Advance(26 * 24 * time.Hour)
	case expired:
		w.clock.Advance(31 * 24 * time.Hour)
	case managedDue:
		w.clock.Advance(80 * 24 * time.Hour)
	case swapped:
		w.infisical.SetAccessToken(w.module.Attribute(connectionAddress, "id"), w.gitlab.Token("group-owner-api").Value)
	case revoked, revokedManaged:
		w.gitlab.Revoke(w.own.ID)
	case missing:
		w.infisical.Remove(w.foreign.ID)
	case forbidden:
		w.servers.Sandbox.Fail(server.Fault{Server: server.Infisical, Client: server.ClientProvider, Method: http.MethodGet, Path: "/api/v1/app-connections/*",
			Kind: server.FaultStatus, Status: 403})
	}
	switch {
	case w.change == gone && w.use == scan:
		w.infisical.RemoveDataSource(w.infisical.DataSources()[0].ID)
	case w.change == gone:
		w.infisical.RemoveSync(w.infisical.Syncs()[0].ID)
	case w.change == tainted:
		w.module.Taint(w.useAddress())
	case w.change == runFailed:
		lift := w.servers.Sandbox.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Kind: server.FaultStatus, Status: 503})
		w.infisical.RunSync(w.infisical.Syncs()[0].ID)
		w.clock.Advance(10 * time.Minute)
		w.infisical.RunJobs()
		lift()
	case w.change == disconnected:
		w.infisical.ChangeDataSource(w.infisical.DataSources()[0].ID, func(d *infisical.DataSource) { d.Disconnected = true })
	}
}

// connectionBefore is the connection that the story begins with.
func (w *world) connectionBefore() block {
	switch w.connection {
	case managed, managedDue:
		return w.connectionWith(block{"managed_access_token": block{"group": "acme"}})
	case oauth:
		code := w.gitlab.AuthorizationCode(w.application.ClientID, w.servers.Host+callback)
		return w.connectionWith(block{"oauth": block{"authorization_code_wo": code}})
	}
	return w.connectionWith(block{"access_token": block{"type": "group", "value_wo": w.own.Value}})
}

// connectionNow is the connection of the plan. When all is known, nothing is left for the apply to tell.
func (w *world) connectionNow(known bool) block {
	var config block
	switch w.connection {
	case managed, managedDue, managedNew, becomesManaged, revokedManaged:
		config = w.connectionWith(block{"managed_access_token": block{"group": "acme"}})
	case oauth:
		config = w.connectionWith(block{"oauth": block{}})
	case oauthNew:
		code := w.gitlab.AuthorizationCode(w.application.ClientID, w.servers.Host+callback)
		config = w.connectionWith(block{"oauth": block{"authorization_code_wo": code}})
	default:
		config = w.connectionWith(block{"access_token": w.ownToken(known)})
	}
	if w.connection == renamed {
		config["name"] = "renamed"
	}
	return config
}

func (w *world) ownToken(known bool) block {
	switch w.cell.own {
	case given:
		return block{"type": "group", "value_wo": w.own.Value}
	case changed:
		return block{"type": "group", "value_wo": w.other.Value}
	case later, same:
		value := map[string]string{later: w.other.Value, same: w.own.Value}[w.cell.own]
		if known {
			return block{"type": "group", "value_wo": value}
		}
		return block{"type": "group", "value_wo": acctest.Later{Value: value}}
	}
	return block{"type": "group"}
}

func (w *world) connectionWith(method block) block {
	config := block{"name": "platform", "use_cases": []string{"project_secret_sync", "project_secret_scanning"}}
	maps.Copy(config, method)
	return config
}

// useBefore is the sync or scan that the story begins with.
func (w *world) useBefore() block {
	config := w.useWith(w.target == byID != (w.change == respelled), appPath)
	if w.newConnection() {
		config["connection_id"] = w.foreign.ID
	}
	if w.use == sync && one(w.change, otherScope, otherSource, moved) {
		config["variables"] = block{"unmanaged": "delete"}
	}
	return config
}

// useNow is the sync or scan of the plan.
func (w *world) useNow(known bool) block {
	path := appPath
	if w.change == moved {
		path = apiPath
	}
	config := w.useWith(w.target == byID, path)
	target := config["target"].(block) //nolint:forcetypeassert // It is what useWith makes.
	if w.target == unknown && !known {
		target["project"] = acctest.Later{Value: path}
	}
	if one(w.change, otherScope, otherSource, moved, keepToDelete, deleting) && w.use == sync {
		config["variables"] = block{"unmanaged": "delete"}
	}
	switch w.change {
	case otherScope:
		target["environment_scope"] = "staging"
	case otherSource:
		config["source"] = block{"environment": "prod", "secret_path": "/other"}
	}
	return config
}

func (w *world) useWith(asID bool, path string) block {
	project := path
	if asID {
		project = strconv.Itoa(w.gitlab.Project(path).ID)
	}
	config := block{"name": "app", "connection_id": acctest.Reference{Address: connectionAddress, Attribute: "id"}, "target": block{"project": project}}
	if w.isForeign() {
		config["connection_id"] = w.foreign.ID
	}
	if w.use == scan {
		config["project_id"] = w.infisical.ScanningProject
		return config
	}
	config["project_id"], config["source"], config["variables"] = w.servers.ProjectID, block{"environment": "prod"}, block{"unmanaged": "keep"}
	return config
}

// now is the configuration of the plan, or what it is when all is known.
func (w *world) now(known bool) []acctest.Block {
	use := acctest.Block{Address: w.useAddress(), Config: w.useNow(known)}
	if w.isForeign() {
		return []acctest.Block{use}
	}
	return []acctest.Block{{Address: connectionAddress, Config: w.connectionNow(known)}, use}
}

// options are those of the plan.
func (w *world) options() []acctest.PlanOption {
	var options []acctest.PlanOption
	switch w.refresh {
	case unrefreshed:
		options = append(options, acctest.Unrefreshed)
	case minimally:
		options = append(options, acctest.MinimallyRefreshed)
	}
	if w.change == replaced {
		options = append(options, acctest.ReplacingAt(w.useAddress()))
	}
	return options
}

// scene is what the servers hold.
type scene struct {
	// connections are such as "id name token", and uses the ids of syncs or scans.
	connections, uses []string
	// variables are such as "acme/app KEY@scope".
	variables []string
}

func (w *world) scene() scene {
	var s scene
	for _, connection := range w.infisical.Connections() {
		s.connections = append(s.connections, strings.Join([]string{connection.ID, connection.Name, connection.CredentialsHash[:8]}, " "))
	}
	for _, sync := range w.infisical.Syncs() {
		s.uses = append(s.uses, sync.ID)
	}
	for _, source := range w.infisical.DataSources() {
		s.uses = append(s.uses, source.ID)
	}
	for _, path := range []string{appPath, apiPath} {
		for _, variable := range w.gitlab.Variables(w.gitlab.Project(path)) {
			s.variables = append(s.variables, path+" "+variable.Key+"@"+variable.EnvironmentScope)
		}
	}
	slices.Sort(s.connections)
	slices.Sort(s.uses)
	slices.Sort(s.variables)
	return s
}

// without are those that are not among others.
func without(some, others []string) []string {
	return slices.DeleteFunc(slices.Clone(some), func(one string) bool { return slices.Contains(others, one) })
}
