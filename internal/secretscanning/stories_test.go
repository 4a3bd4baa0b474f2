package secretscanning_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	route      = "/api/v2/secret-scanning/data-sources/gitlab"
	getRequest = "GET " + route + "/{id}"
)

// Made with one webhook, changed by one PATCH, replaced with the webhook moved, and destroyed without one.
func TestAccSecretScanning_lifecycle(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()

	// 1. Create.
	config := w.config(block{"description": "Repositories"})
	w.Must(config)
	w.settled(config)
	first := w.only()
	if got := w.Attribute("target", "id"); got != "1203" {
		t.Errorf("the target has the id %q", got)
	}
	if !strings.Contains(w.Attribute("auto_scan"), "true") || !strings.Contains(w.Attribute("disconnected"), "false") {
		t.Errorf("recorded %s", w.Saved())
	}
	// 2. Name, description and auto-scan: one PATCH, and GitLab hears nothing.
	config = w.config(block{"name": "renamed", "auto_scan": false})
	w.asked()
	w.Must(config)
	want := append([]string{getRequest, getRequest, "PATCH " + route + "/{id}"}, w.Servers.AskedForOrganization()...)
	if got := w.asked(); !slices.Equal(got, want) {
		t.Errorf("asked %q", got)
	}
	w.settled(config)
	if now := w.only(); now.ID != first.ID || now.Name != "renamed" || now.Description != nil || now.AutoScan {
		t.Errorf("changed to %+v", now)
	}
	// 3. What is Terraform's own sends nothing.
	config["token_validation"] = "warn"
	w.asked()
	w.Must(config)
	if got := w.asked(); slices.ContainsFunc(got, func(line string) bool { return !strings.HasPrefix(line, "GET ") }) {
		t.Errorf("asked %q", got)
	}
	// 4. The same project by its id changes nothing.
	config["target"] = block{"project": "1203"}
	w.Must(config)
	w.settled(config)
	if w.only().ID != first.ID {
		t.Error("replaced for another spelling of its project")
	}
	// 5. Another project replaces it.
	config["target"] = block{"project": "acme/platform/apps/api"}
	w.Plans(config, acctest.Replace, "")
	w.Must(config)
	w.settled(config)
	if w.only().ID == first.ID {
		t.Error("not replaced for another project")
	}
	// 6. Destroy.
	w.Must(nil)
	w.settled(nil)
}

func TestAccSecretScanning_group(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := w.config(block{"target": block{"group": "87"}})
	w.Must(config)
	w.settled(config)
	if got := w.only().Config.IncludeProjects; !slices.Equal(got, []string{"*"}) {
		t.Errorf("includes %q", got)
	}
	first := w.only().ID
	config["target"] = block{"group": "87", "include_projects": []string{"acme/app", "acme/platform/apps/api"}}
	w.Must(config)
	w.settled(config)
	if now := w.only(); now.ID != first || len(now.Config.IncludeProjects) != 2 {
		t.Errorf("now %+v", now)
	}
	// Without the attribute, all again.
	config["target"] = block{"group": "87"}
	w.Must(config)
	w.settled(config)
	// From a group to a project.
	config["target"] = block{"project": "1203"}
	w.Must(config)
	w.settled(config)
	if w.only().ID == first {
		t.Error("not replaced for a project")
	}
}

// Newer servers know the organization's project, older ones do not, and record no external id.
func TestAccSecretScanning_project(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	config := w.config(block{"project_id": nil})
	w.Must(config)
	w.settled(config)
	if got := w.Attribute("project_id"); got != w.infisical.ScanningProject {
		t.Errorf("the project is %q", got)
	}
	w.Must(nil)
	w.saysAll(w.Run(w.config(block{"project_id": w.Servers.ProjectID})), true, "No Secret Scanning project")

	older := newWorkspace(t, sandbox.WithOlderInfisical())
	older.saysAll(older.Run(older.config(block{"project_id": nil})), true, "Infisical refuses the value", "Required")
	config = older.config()
	older.Must(config)
	older.settled(config)
}

// A project was renamed, and another one has taken its path: the data source stays with the project of the state, and
// nothing is made at the other one.
func TestAccSecretScanning_pathTakenOver(t *testing.T) {
	t.Parallel()
	byPath := block{"target": block{"project": "acme/app"}}
	takeOver := func(w *workspace) {
		w.gitlab.RenameProject("acme/app", "acme/old")
		w.gitlab.RenameProject("acme/platform/apps/api", "acme/app")
	}
	elsewhere := []string{"Path of the target leads elsewhere", `project = "1203"`, `project = "1204"`}
	for name, tell := range map[string]func(*workspace){
		"it changes": func(w *workspace) {
			w.Must(w.config(byPath))
			first := w.only().ID
			takeOver(w)
			w.Must(w.config(byPath, block{"description": "changed"}))
			if w.only().ID != first || w.Attribute("target", "id") != "1203" {
				t.Errorf("the target is %s", w.Attribute("target", "id"))
			}
		},
		"it is made again": func(w *workspace) {
			w.Must(w.config(byPath))
			takeOver(w)
			w.saysAll(w.Plan(w.Context, w.config(byPath), acctest.Replacing).Diagnostics, true, elsewhere...)
		},
		"since the plan": func(w *workspace) {
			module := acctest.NewModule(t, w.Environment, w.Configuration)
			blocks := func(described block, target block) []acctest.Block {
				return []acctest.Block{
					{Address: resourceType + ".first", Config: w.config(described, block{"name": "first", "target": block{"project": "1205"}})},
					{Address: resourceType + ".second", Config: w.config(described, target)},
				}
			}
			w.gitlab.AddProject("acme/web")
			if said := module.ApplyPlan(w.Context, module.Plan(w.Context, blocks(nil, nil))); said.Failed() {
				t.Fatal(said)
			}
			plan := module.Plan(w.Context, blocks(block{"description": "changed"}, byPath))
			if plan.Diagnostics.Failed() || plan.Change(resourceType+".second").Action != acctest.Update {
				t.Fatal(plan.Diagnostics)
			}
			takeOver(w)
			w.saysAll(module.ApplyPlan(w.Context, plan), true, append(elsewhere, "Nothing was written")...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.HoldToken()
			tell(w)
			if hooks := w.gitlab.Hooks(w.gitlab.Project("acme/app")); len(hooks) > 0 {
				t.Errorf("a webhook of the other project: %+v", hooks)
			}
			if len(w.gitlab.Hooks(w.gitlab.Project("acme/old"))) != 1 {
				t.Error("no webhook of the project of the state")
			}
		})
	}
}

func TestAccSecretScanning_anotherConnectionReplaces(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	first := w.only().ID
	other := w.infisical.Add(infisical.Connection{Name: "other", AccessToken: w.Servers.OtherToken, AccessTokenType: "group"})
	config := w.config(block{"connection_id": other.ID})
	w.Plans(config, acctest.Replace, "")
	w.Must(config)
	w.settled(config)
	if w.only().ID == first {
		t.Error("not replaced")
	}
}

// Without the license even reading fails: one error that names it, and the state stays until it is back.
func TestAccSecretScanning_license(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	w.infisical.LicenseScanning(false)
	w.saysAll(w.Run(w.config()), true, "Infisical plan without Secret Scanning", "plan restriction")
	w.settled(nil)
	w.infisical.LicenseScanning(true)
	w.Must(w.config())
	id := w.only().ID

	w.infisical.LicenseScanning(false)
	for what, diags := range map[string]acctest.Diagnostics{
		"refresh": w.Refresh(w.Context), "plan": w.Plan(w.Context, w.config()).Diagnostics, "destroy": w.Run(nil),
		"query": second(w.Query(w.Context, block{})), "data source": second(w.ReadDataSource(w.Context, resourceType, block{"id": id})),
	} {
		if !diags.Failed() || strings.Count(diags.String(), "Infisical plan without Secret Scanning") != 1 {
			t.Errorf("%s: %s", what, diags)
		}
	}
	if !w.InState() {
		t.Fatal("the state was not kept")
	}
	w.infisical.LicenseScanning(true)
	w.settled(w.config())
	if w.only().ID != id {
		t.Error("it is another one")
	}
}

func second[T any](_ T, diags acctest.Diagnostics) acctest.Diagnostics { return diags }

// The name is looked at after the webhook was made, which is removed again.
func TestAccSecretScanning_nameTaken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	other := newWorkspaceBeside(w)
	other.Must(w.config(block{"target": block{"project": "acme/platform/apps/api"}}))
	w.saysAll(w.Run(w.config()), true, "Name taken", "removes it again", "id = \""+w.only().ID+"\"")
	w.oneHookEach()
	if w.InState() {
		t.Error("it is in the state")
	}
	// And when GitLab refuses the removal, the error has told where to look.
	lift := w.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Method: http.MethodDelete, Kind: server.FaultStatus, Status: 403})
	w.saysAll(w.Run(w.config()), true, `"Infisical Secret Scanning - app"`)
	lift()
	if got := w.hooks(); !slices.Contains(got, "Infisical Secret Scanning - app") {
		t.Errorf("webhooks %q", got)
	}
	// A rename to a name that is taken.
	third := newWorkspaceBeside(w)
	third.Must(w.config(block{"name": "third", "target": block{"group": "acme"}}))
	w.saysAll(third.Run(w.config(block{"target": block{"group": "acme"}})), true, "Name taken")
}

// newWorkspaceBeside is another workspace with the same servers.
func newWorkspaceBeside(w *workspace) *workspace {
	other := newWorkspace(w.t)
	other.Servers, other.Clock, other.infisical, other.gitlab, other.connection = w.Servers, w.Clock, w.infisical, w.gitlab, w.connection
	other.Environment, other.Configuration = other.Hasty(), maps.Clone(w.Configuration)
	return other
}

// What GitLab says to Infisical is on the target, with what to do.
func TestAccSecretScanning_gitLabRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options []sandbox.Option
		before  func(*workspace)
		target  block
		words   []string
	}{
		"role": {nil, func(w *workspace) {
			w.infisical.SetAccessToken(w.connection.ID, w.gitlab.Token("group-developer-api").Value)
		},
			block{"project": "1203"}, []string{"GitLab refuses the webhook", "403 Forbidden", "role Maintainer"}},
		"group": {nil, func(w *workspace) {
			w.infisical.SetAccessToken(w.connection.ID, w.gitlab.Token("group-maintainer-api").Value)
		},
			block{"group": "87"}, []string{"GitLab refuses the webhook", "role Owner", "Premium or Ultimate"}},
		"community edition": {[]sandbox.Option{sandbox.WithCommunityGitLab()}, nil, block{"group": "87"},
			[]string{"GitLab refuses the webhook", "404 Not Found", "Premium or Ultimate"}},
		"token": {nil, func(w *workspace) {
			w.Dies = true
			w.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Method: http.MethodPost, Kind: server.FaultStatus, Status: 401})
		}, block{"project": "1203"}, []string{"GitLab refuses the webhook", "has expired, or was revoked"}},
		"address": {nil, func(w *workspace) {
			w.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Method: http.MethodPost, Kind: server.FaultStatus, Status: 422,
				Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":"Invalid url given"}`})
		}, block{"project": "1203"}, []string{"GitLab refuses the webhook", "Invalid url given", "SITE_URL"}},
		// An inference: Infisical makes nothing of GitLab's 404.
		"not there": {nil, nil, block{"project": "4711"}, []string{"Could not tell whether the GitLab data source was created", "does not show project 4711"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, tc.options...)
			if tc.before != nil {
				tc.before(w)
			}
			w.saysAll(w.Run(w.config(block{"target": tc.target, "token_validation": "off"})), true, tc.words...)
			w.settled(nil)
		})
	}
}

// The plan looks at the target with the provider's GitLab token, which proves only that it is there.
func TestAccSecretScanning_preflight(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.gitlab.Archive(w.gitlab.Project("acme/app"))
	plan := w.Plan(w.Context, w.config())
	w.saysAll(plan.Diagnostics, true, "GitLab target is archived")
	w.saysAll(w.Plan(w.Context, w.config(block{"token_validation": "warn"})).Diagnostics, false, "GitLab target is archived")
	absent := w.config(block{"target": block{"project": "acme/absent"}})
	w.saysAll(w.Plan(w.Context, absent).Diagnostics, true, "Provider's GitLab token cannot see a target", "numeric id")
	w.Manage(block{"token": nil})
	w.saysAll(w.Plan(w.Context, w.config(block{"target": block{"project": "acme/app"}})).Diagnostics, true, "Id of the GitLab target needed")
	w.saysAll(w.Plan(w.Context, w.config(block{"target": block{"project": "1203"}})).Diagnostics, false, "GitLab target not checked", "add a webhook to")
}

// GitLab's free plan has no webhooks of groups, which GitLab.com tells.
func TestAccSecretScanning_freePlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.gitlab.EndLicense()
	config := w.config(block{"target": block{"group": "acme"}})
	w.saysAll(w.Plan(w.Context, config).Diagnostics, false, "Group webhooks need GitLab Premium")
	for name, quiet := range map[string]block{"project": w.config(), "off": w.config(block{"target": block{"group": "acme"}, "token_validation": "off"})} {
		if diags := w.Plan(w.Context, quiet).Diagnostics; len(diags) > 0 {
			t.Errorf("%s: %s", name, diags)
		}
	}
}

// Infisical does not tell when GitLab keeps a webhook: the provider looks.
func TestAccSecretScanning_webhookLeft(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	kept := "webhook named \"Infisical Secret Scanning - " + w.only().ID + "\""
	lift := w.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Method: http.MethodDelete, Kind: server.FaultStatus, Status: 403})
	w.saysAll(w.Run(nil), false, "Webhook left at GitLab", kept)
	lift()
	if got := w.hooks(); len(got) != 1 {
		t.Errorf("webhooks %q", got)
	}
	// GitLab cannot be asked either.
	w = newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	lift = w.Fail(server.Fault{Server: server.GitLab, Path: "/api/v4/projects/{id}/hooks", Kind: server.FaultStatus, Status: 503})
	w.saysAll(w.Run(nil), false, "Could not tell whether the webhook was removed")
	lift()
	// Nothing is said when there is no token to ask with, or when all is well.
	w = newWorkspace(t)
	w.HoldToken()
	w.Must(w.config(block{"target": block{"project": "1203"}}))
	w.Manage(block{"token": nil})
	if diags := w.Run(nil); len(diags) > 0 {
		t.Errorf("said %s", diags)
	}
}

// One that was deleted outside Terraform is recreated; its webhook, which nobody removed, is not ours to find.
func TestAccSecretScanning_deletedOutOfBand(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.HoldToken()
	w.Must(w.config())
	first := w.only()
	w.infisical.RemoveDataSource(first.ID)
	w.gitlab.RemoveHook(w.gitlab.Project("acme/app"), first.HookID)
	w.Plans(w.config(), acctest.Create, "")
	w.Must(w.config())
	w.settled(w.config())
	// Another Infisical does not know it, and that is no deletion.
	another := w.Servers.AnotherInfisical(t, sandbox.WithClock(w.Clock.Now))
	w.Configuration["host"] = another.Host
	w.Configuration["auth"] = block{"universal": block{"client_id": another.ClientID, "client_secret": another.ClientSecret}}
	w.saysAll(w.Refresh(w.Context), true, "State of another Infisical")
	if !w.InState() {
		t.Error("it was dropped from the state")
	}
}

// What somebody changed in the web page is changed back.
func TestAccSecretScanning_changedOutOfBand(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Must(w.config())
	w.Clock.AdvanceDays(1)
	w.infisical.ChangeDataSource(w.only().ID, func(d *infisical.DataSource) { d.Name, d.AutoScan, d.Disconnected = "by-hand", false, true })
	w.Plans(w.config(), acctest.Update, "WARNING: GitLab data source disconnected")
	w.Must(w.config())
	w.settled(w.config())
	w.Plans(w.config(), acctest.NoOp, "WARNING: GitLab data source disconnected")
	if now := w.only(); now.Name != "app" || !now.AutoScan {
		t.Errorf("now %+v", now)
	}
	if !strings.Contains(w.Attribute("disconnected"), "true") {
		t.Error("it is not told that Infisical has lost GitLab")
	}
}

// By id and by name; the plan after it is empty.
func TestAccSecretScanning_import(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	w.HoldToken()
	newWorkspaceBeside(w).Must(w.config(block{"target": block{"group": "acme"}}))
	for _, id := range []string{w.only().ID, w.infisical.ScanningProject + "/name/app"} {
		importing := newWorkspaceBeside(w)
		if diags := importing.Import(w.Context, id); diags.Failed() {
			t.Fatal(diags)
		}
		for _, target := range []block{{"group": "acme"}, {"group": "87"}} {
			if plan := importing.Plan(w.Context, w.config(block{"target": target})); !plan.Empty() && plan.Action != acctest.Update {
				t.Errorf("after the import by %s the plan is to %s: %s", id, plan.Action, plan.Diagnostics)
			}
		}
	}
	for id, words := range map[string]string{
		"app":                                  "Not an import id",
		"00000000-0000-4000-8000-000000000000": "No such GitLab data source",
		w.infisical.ScanningProject + "/name/absent": "No such GitLab data source",
	} {
		w.saysAll(newWorkspaceBeside(w).Import(w.Context, id), true, words)
	}
}

// The data source reads by id and by name, and the query finds all.
func TestAccSecretScanning_reading(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, sandbox.WithNewestInfisical()) // An older one knows no default project.
	w.HoldToken()
	w.Must(w.config(block{"target": block{"group": "acme/platform"}}))
	newWorkspaceBeside(w).Must(w.config(block{"name": "another"}))
	id := w.infisical.DataSources()[1].ID
	for _, config := range []block{{"id": id}, {"name": "app"}, {"name": "app", "project_id": w.infisical.ScanningProject}} {
		read, diags := w.ReadDataSource(w.Context, resourceType, config)
		if diags.Failed() || !strings.Contains(read, id) || !strings.Contains(read, `"88"`) {
			t.Errorf("%v: %s%s", config, read, diags)
		}
	}
	_, diags := w.ReadDataSource(w.Context, resourceType, block{"name": "absent"})
	w.saysAll(diags, true, "No such GitLab data source")
	found, diags := w.Query(w.Context, block{"name_regex": "^app"})
	if diags.Failed() || !strings.Contains(found, id) || strings.Contains(found, "another") {
		t.Errorf("found %s%s", found, diags)
	}
	w.oneHookEach()
}

// A lost answer to the creation is looked into, and a data source that is there is adopted with its one webhook.
func TestAccSecretScanning_lostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	lift := w.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: route, Kind: server.FaultDropAfter})
	diags := w.Run(w.config())
	lift()
	w.saysAll(diags, false, "GitLab data source adopted")
	w.settled(w.config())
}

// What a configuration says wrong is told before any server is asked.
func TestAccSecretScanning_rules(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	for name, tc := range map[string]struct {
		changes block
		says    string
	}{
		"no target":                 {block{"target": block{}}, "Attribute missing"},
		"two targets":               {block{"target": block{"project": "1203", "group": "acme"}}, "Too many attributes"},
		"projects of a project":     {block{"target": block{"project": "1203", "include_projects": []string{"*"}}}, "Too many attributes"},
		"no projects":               {block{"target": block{"group": "acme", "include_projects": []string{}}}, "at least 1"},
		"not the path of a project": {block{"target": block{"group": "acme", "include_projects": []string{"app"}}}, "full path of a project"},
		"name":                      {block{"name": "Not A Slug"}, "lower-case letters"},
		"connection by its name":    {block{"connection_id": "gitlab"}, "Not an id of Infisical"},
	} {
		if diags := w.Plan(w.Context, w.config(tc.changes)).Diagnostics; !diags.Failed() || !strings.Contains(diags.String(), tc.says) {
			t.Errorf("%s: %s", name, diags)
		}
	}
	if lines := w.Servers.Sandbox.Log.Provider(); len(lines) > 0 {
		t.Errorf("asked %q", lines)
	}
}
