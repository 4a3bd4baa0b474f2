package connection_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// targeting is a connection with a token of the user's, for uses in targets. Changes replace attributes.
func targeting(token string, uses []string, targets block, changes ...block) block {
	config := block{"name": "platform", "use_cases": uses, "targets": targets, "access_token": block{"value_wo": token}}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return config
}

var (
	syncsProjects = []string{"project_secret_sync"}
	syncsGroups   = []string{"group_secret_sync"}
)

func projects(paths ...string) block { return block{"projects": paths} }
func groups(paths ...string) block   { return block{"groups": paths} }

// target are the requests of the provider about projects and groups by their place in GitLab's API, not those about
// tokens.
func (w *workspace) targetRequests() []string {
	var asked []string
	for _, request := range w.Requests() {
		below, ok := strings.CutPrefix(request.Path, "/api/v4/")
		if ok && request.Server == server.GitLab && (strings.HasPrefix(below, "projects/") || strings.HasPrefix(below, "groups/")) &&
			!strings.Contains(below, "access_tokens") {
			asked = append(asked, below)
		}
	}
	return asked
}

// sendsNothing: neither a login nor a write, so that a refused plan has cost Infisical nothing.
func (w *workspace) sendsNothing() {
	w.t.Helper()
	for _, request := range w.Requests() {
		if request.Server == server.Infisical && request.Method != http.MethodGet {
			w.t.Errorf("sent: %s", request.Line())
		}
	}
}

func TestAccTargets_wrongPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*gitlab.Server)
		token   string
		uses    []string
		targets block
		title   string
		says    []string
	}{
		"developer": {
			nil, "developer-management", syncsProjects, projects("acme/app"), "GitLab token lacks rights in a target",
			[]string{"has the role developer in project acme/app (id 1203)", "Project Secret Sync needs at least: maintainer.", "/acme/app/-/project_members"},
		},
		"maintainer of a group": {
			nil, "maintainer-management", syncsGroups, groups("acme"), "GitLab token lacks rights in a target",
			[]string{"has the role maintainer in group acme (id 87)", "Group Secret Sync needs at least: owner.", "/groups/acme/-/group_members"},
		},
		"group token of another tree": {
			func(g *gitlab.Server) { g.AddProject("other/web") }, "group-owner-api", syncsProjects, projects("other/web"), "GitLab token cannot see a target",
			[]string{"project other/web", "A token of group 87 can act on that group and what is below it.", "Project Secret Sync needs at least: maintainer.",
				"/other/web/-/settings/access_tokens"},
		},
		"group token of a group that a target names": {
			nil, "group-developer-api", syncsProjects, projects("acme/app"), "GitLab token has too low a role",
			[]string{"group access token of group acme (id 87)", "has the role developer in group acme (id 87)", "/groups/acme/-/settings/access_tokens"},
		},
		"project token of another project": {
			func(g *gitlab.Server) { g.SetVisibility(g.AddProject("other/site"), gitlab.Public) }, "project-owner-api", syncsProjects, projects("other/site"),
			"GitLab token is for another project", []string{"project access token of project 1203", "project other/site",
				"/other/site/-/settings/access_tokens"},
		},
		"archived": {
			func(g *gitlab.Server) { g.Archive(g.Project("acme/app")) }, "personal-api", syncsProjects, projects("1203"), "GitLab target is archived",
			[]string{"Project acme/app (id 1203) is archived.", "Settings > General > Advanced"},
		},
		"marked for deletion, by its old path": {
			func(g *gitlab.Server) { g.MarkForDeletion(g.Project("acme/app"), "2027-01-01") }, "personal-api", syncsProjects, projects("acme/app"),
			"GitLab target is marked for deletion", []string{"acme/app-deletion_scheduled-1203 (id 1203) is marked for deletion on 2027-01-01",
				"Restore the project"},
		},
		"CI/CD off": {
			func(g *gitlab.Server) { g.SwitchCICDOff(g.Project("acme/app")) }, "personal-api", syncsProjects, projects("acme/app"),
			"CI/CD is disabled in a target", []string{"Settings > General > Visibility, project features, permissions"},
		},
		"renamed group": {
			func(g *gitlab.Server) { g.RenameGroup("acme/platform", "acme/core") }, "personal-api", syncsGroups, groups("acme/platform"),
			"GitLab token cannot see a target", []string{"GitLab does not find a renamed group by its old path"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			if tc.prepare != nil {
				tc.prepare(w.Servers.Sandbox.GitLab)
			}
			token := w.Servers.Sandbox.GitLab.Token(tc.token).Value
			plan := w.Plan(w.Context, targeting(token, tc.uses, tc.targets))
			w.Keep(plan.Diagnostics)
			said := acctest.OneLine(plan.Diagnostics.String())
			if !plan.Diagnostics.Failed() || titled(plan.Diagnostics, tc.title) != 1 {
				t.Errorf("want the error %q: %s", tc.title, said)
			}
			acctest.MustSay(t, said, append(tc.says, `or set token_validation = "warn" to go on regardless.`)...)
			w.sendsNothing()
			if asked := w.targetRequests(); len(asked) > 3+1 { // One is for the role of a project or group token in its own.
				t.Errorf("one target cost %q", asked)
			}
			acctest.MustNotSay(t, w.Said.String()+w.Logged(), token, w.Servers.Sandbox.GitLab.RunnersToken())
		})
	}
}

// Whatever becomes of the requests about targets, the plan goes on, and none of them is repeated.
func TestAccTargets_gitLabDoesNotTell(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"unreachable":  {Kind: server.FaultDropBefore},
		"rate-limited": {Kind: server.FaultStatus, Status: http.StatusTooManyRequests},
		"failing":      {Kind: server.FaultStatus, Status: http.StatusInternalServerError},
		"overloaded":   {Kind: server.FaultStatus, Status: http.StatusServiceUnavailable},
		"silent":       {Kind: server.FaultHang},
		"redirecting":  {Kind: server.FaultRedirect, Status: http.StatusFound, Header: http.Header{"Location": {"https://sso.example.com/"}}},
		"redirecting, as to projects": {Kind: server.FaultRedirect, Status: http.StatusMovedPermanently,
			Header: http.Header{"Location": {"https://other.example.com/api/v4/projects/1203"}}},
		"a page": {Kind: server.FaultHTML},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			if fault.Kind == server.FaultHang {
				w.Configuration["request_timeout"] = "1s"
			}
			fault.Server, fault.Path = server.GitLab, "/api/v4/projects/*"
			w.Servers.Sandbox.Fail(fault)
			began := time.Now()
			plan := w.Plan(w.Context, targeting(w.Servers.Token, syncsProjects, projects("acme/app", "acme/platform/apps/api")))
			if plan.Diagnostics.Failed() || plan.Action != acctest.Create || titled(plan.Diagnostics, "Could not check a GitLab target") != 2 {
				t.Errorf("want a creation and two warnings: %s", plan.Diagnostics)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			if asked := w.targetRequests(); len(asked) > 2*3 {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

func TestAccTargets_changedAlone(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	first, second := projects("acme/app"), block{"projects": []string{"acme/app", "1204"}, "groups": []string{"acme/platform"}}
	w.Must(targeting(w.Servers.Token, syncsProjects, first))
	w.Settled(targeting(w.Servers.Token, syncsProjects, first), "")
	hash := w.Attribute("credentials_hash")
	for _, targets := range []block{second, first} {
		w.Servers.Sandbox.Log.Reset()
		config := targeting(w.Servers.Token, syncsProjects, targets)
		plan := w.Plan(w.Context, config)
		if plan.Action != acctest.Update {
			t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
		}
		w.Must(config)
		if writes := w.Servers.Writes(); len(writes) > 0 {
			t.Errorf("sent %v", writes)
		}
		if w.Attribute("credentials_hash") != hash {
			t.Error("the credentials were written")
		}
		w.Settled(config, "")
	}
	// Without targets nothing more is asked than before.
	without := targeting(w.Servers.Token, syncsProjects, nil, block{"targets": nil})
	w.Must(without)
	w.Servers.Sandbox.Log.Reset()
	w.Settled(without, "")
	if asked := w.targetRequests(); len(asked) != 1 || !strings.HasPrefix(asked[0], "groups/87/members/all/") {
		t.Errorf("asked %q", asked)
	}
}

// Something goes wrong in a target while its connection is in use: every plan says so, and none changes anything.
func TestAccTargets_watched(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := targeting(w.Servers.Token, syncsProjects, projects("acme/app"))
	w.Must(config)
	w.Servers.Sandbox.GitLab.Archive(w.Servers.Sandbox.GitLab.Project("acme/app"))
	for range 2 {
		plan := w.Plan(w.Context, config)
		if plan.Diagnostics.Failed() || !plan.Empty() || titled(plan.Diagnostics, "GitLab target is archived") != 1 {
			t.Errorf("want a warning and an empty plan: %s, %s", plan.Action, plan.Diagnostics)
		}
	}
	// It is an error for who puts it there now, and none for who takes the connection away.
	plan := w.Plan(w.Context, targeting(w.Servers.Token, syncsProjects, projects("acme/app", "acme/platform/apps/api")))
	if !plan.Diagnostics.Failed() {
		t.Errorf("want an error: %s", plan.Diagnostics)
	}
	w.Must(nil)
}

// What becomes known only at apply is judged then, before anything is sent; the rest is judged in the plan.
func TestAccTargets_unknownAtPlan(t *testing.T) {
	t.Parallel()
	const title = "GitLab token cannot see a target"
	wrong := projects("acme/none")
	unknown := map[string]block{
		"projects":   {"targets": block{"projects": tftypes.UnknownValue, "groups": []string{"acme"}}},
		"targets":    {"targets": tftypes.UnknownValue},
		"uses":       {"use_cases": tftypes.UnknownValue},
		"strictness": {"token_validation": tftypes.UnknownValue},
	}
	for name, changes := range unknown {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			known := targeting(w.Servers.Token, syncsProjects, wrong)
			plan := w.Plan(w.Context, targeting(w.Servers.Token, syncsProjects, wrong, changes))
			if plan.Diagnostics.Failed() {
				t.Fatalf("the plan failed: %s", plan.Diagnostics)
			}
			diags := w.ApplyPlan(w.Context, w.Known(plan, known))
			if !diags.Failed() || titled(diags, title) != 1 {
				t.Errorf("want the error %q: %s", title, diags)
			}
			w.sendsNothing()
			if len(w.Connections()) > 0 {
				t.Error("a connection was made")
			}
		})
	}
	t.Run("what is known is judged", func(t *testing.T) {
		t.Parallel()
		w := newWorkspace(t)
		plan := w.Plan(w.Context, targeting(w.Servers.Token, syncsProjects, nil,
			block{"targets": block{"projects": []string{"acme/none"}, "groups": tftypes.UnknownValue}}))
		if titled(plan.Diagnostics, title) != 1 || titled(plan.Diagnostics, "No target for a use case") != 0 {
			t.Errorf("got %s", plan.Diagnostics)
		}
	})
}

func TestAccTargets_strictness(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"", "enforce", "warn", "off"} {
		for _, resource := range []string{"", "enforce", "warn", "off"} {
			t.Run(fmt.Sprintf("provider %q, resource %q", provider, resource), func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				changes := block{"access_token": block{"type": "group", "value_wo": w.Servers.Token}}
				if provider != "" {
					w.Configuration["gitlab"] = block{"instance_url": w.Servers.InstanceURL, "token_validation": provider}
				}
				if resource != "" {
					changes["token_validation"] = resource
				}
				plan := w.Plan(w.Context, targeting("", syncsProjects, projects("acme/none"), changes))
				strictness := slices.DeleteFunc([]string{resource, provider, "enforce"}, func(s string) bool { return s == "" })[0]
				found := titled(plan.Diagnostics, "GitLab token cannot see a target")
				switch strictness {
				case "enforce":
					if found != 1 || !plan.Diagnostics.Failed() {
						t.Errorf("want an error: %s", plan.Diagnostics)
					}
				case "warn":
					if found != 1 || plan.Diagnostics.Failed() {
						t.Errorf("want a warning: %s", plan.Diagnostics)
					}
				case "off":
					if len(plan.Diagnostics) > 0 || len(w.Servers.Lines("gitlab")) > 0 {
						t.Errorf("want nothing said or asked: %s, %q", plan.Diagnostics, w.Servers.Lines("gitlab"))
					}
				}
			})
		}
	}
}

// A managed token is judged with the provider's GitLab token before it is made.
func TestAccTargets_managed(t *testing.T) {
	t.Parallel()
	const outOfReach = "Managed token would not reach a target"
	tests := map[string]struct {
		prepare func(*gitlab.Server)
		token   block
		uses    []string
		targets block
		title   string // empty: the connection is made
	}{
		"its group":              {nil, block{"group": "acme/platform"}, syncsGroups, groups("acme/platform"), ""},
		"below its group, by id": {nil, block{"group": "88"}, syncsProjects, projects("acme/platform/apps/api"), ""},
		"beside its group":       {nil, block{"group": "acme/platform"}, syncsProjects, projects("acme/app"), outOfReach},
		"above its group":        {nil, block{"group": "acme/platform"}, syncsGroups, groups("acme"), outOfReach},
		"its project, by id":     {nil, block{"group": nil, "project": "acme/app"}, syncsProjects, projects("1203"), ""},
		"another project":        {nil, block{"group": nil, "project": "acme/app"}, syncsProjects, projects("acme/platform/apps/api"), outOfReach},
		"not there":              {nil, block{"group": "acme"}, syncsProjects, projects("acme/none"), "Provider's GitLab token cannot see a target"},
		"archived": {func(g *gitlab.Server) { g.Archive(g.Project("acme/app")) }, block{"group": "acme"}, syncsProjects, projects("acme/app"),
			"GitLab target is archived"},
		"its group is invited": {func(g *gitlab.Server) {
			p := g.AddProject("acme/shared")
			g.InviteGroup(p, g.Group("acme/platform"), gitlab.MaintainerAccess)
		}, block{"group": "acme/platform"}, syncsProjects, projects("acme/shared"), ""},
		"invited with too low a role": {func(g *gitlab.Server) {
			p := g.AddProject("acme/shared")
			g.InviteGroup(p, g.Group("acme/platform"), gitlab.DeveloperAccess)
		}, block{"group": "acme/platform"}, syncsProjects, projects("acme/shared"), outOfReach},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			if tc.prepare != nil {
				tc.prepare(w.Servers.Sandbox.GitLab)
			}
			config := managed(tc.token)
			config["use_cases"], config["targets"] = tc.uses, tc.targets
			plan := w.Plan(w.Context, config)
			if tc.title != "" {
				if !plan.Diagnostics.Failed() || titled(plan.Diagnostics, tc.title) != 1 {
					t.Errorf("want the error %q: %s", tc.title, plan.Diagnostics)
				}
				w.sendsNothing()
				if len(w.ManagedTokens()) > 0 {
					t.Error("a token was made")
				}
				return
			}
			if len(plan.Diagnostics) > 0 && plan.Diagnostics.Failed() {
				t.Fatalf("the plan failed: %s", plan.Diagnostics)
			}
			w.Must(config)
			w.Settled(config, "")
		})
	}
}

func TestAccTargets_nobodyHasTheToken(t *testing.T) {
	t.Parallel()
	const title = "Cannot check the targets of this connection"
	t.Run("oauth", func(t *testing.T) {
		t.Parallel()
		w, application := newOAuthWorkspace(t)
		config := func(changes block) block {
			config := block{"name": "platform", "targets": groups("acme"), "oauth": block{"authorization_code_wo": newCode(w.Servers, application)}}
			maps.Copy(config, changes)
			return config
		}
		if plan := w.Plan(w.Context, config(nil)); titled(plan.Diagnostics, title) != 1 {
			t.Errorf("want the warning once: %s", plan.Diagnostics)
		}
		if plan := w.Plan(w.Context, config(block{"token_validation": "off"})); titled(plan.Diagnostics, title) != 0 {
			t.Errorf("want no warning: %s", plan.Diagnostics)
		}
		w.Must(config(nil))
		if plan := w.Plan(w.Context, config(nil)); titled(plan.Diagnostics, title) != 0 || !plan.Empty() {
			t.Errorf("want nothing to do or to say: %s", plan.Diagnostics)
		}
		if plan := w.Plan(w.Context, config(block{"targets": groups("acme/platform")})); titled(plan.Diagnostics, title) != 1 || plan.Action != acctest.Update {
			t.Errorf("want the warning once: %s", plan.Diagnostics)
		}
		if asked := w.targetRequests(); len(asked) > 0 {
			t.Errorf("asked %q", asked)
		}
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		w := newWorkspace(t)
		made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessToken: w.Servers.Token, AccessTokenType: "group",
			InstanceURL: &w.Servers.InstanceURL})
		if diags := w.Import(w.Context, made.ID); diags.Failed() {
			t.Fatal(diags)
		}
		config := block{"name": "platform", "targets": projects("acme/none"), "access_token": block{}}
		if plan := w.Plan(w.Context, config); titled(plan.Diagnostics, title) != 1 || plan.Diagnostics.Failed() {
			t.Errorf("want the warning once: %s", plan.Diagnostics)
		}
		w.Must(config)
		if writes := w.Servers.Writes(); len(writes) > 0 {
			t.Errorf("sent %v", writes)
		}
		if plan := w.Plan(w.Context, config); len(plan.Diagnostics) > 0 || !plan.Empty() {
			t.Errorf("want nothing to do or to say: %s", plan.Diagnostics)
		}
		if asked := w.targetRequests(); len(asked) > 0 {
			t.Errorf("asked %q", asked)
		}
	})
}

func TestAccTargets_useWithoutTarget(t *testing.T) {
	t.Parallel()
	const title = "No target for a use case"
	w := newManaging(t)
	config := targeting(w.Servers.Token, []string{"project_secret_sync", "group_secret_sync"}, projects("acme/app"))
	plan := w.Plan(w.Context, config)
	if plan.Diagnostics.Failed() || titled(plan.Diagnostics, title) != 1 {
		t.Errorf("want a warning: %s", plan.Diagnostics)
	}
	acctest.MustSay(t, acctest.OneLine(plan.Diagnostics.String()), "Group Secret Sync acts on groups, and targets names none", "targets.groups")
	config["targets"] = block{"projects": []string{"acme/app"}, "groups": []string{"acme"}}
	if plan := w.Plan(w.Context, config); len(plan.Diagnostics) > 0 {
		t.Errorf("want nothing said: %s", plan.Diagnostics)
	}
	ofManaged := managed()
	ofManaged["targets"] = projects("acme/app")
	if plan := w.Plan(w.Context, ofManaged); plan.Diagnostics.Failed() || titled(plan.Diagnostics, title) != 1 {
		t.Errorf("managed: want a warning: %s", plan.Diagnostics)
	}
}

// Names that GitLab never looks up are refused without asking it.
func TestAccTargets_notAPath(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	for _, targets := range []block{projects("app"), projects("https://gitlab.com/acme/app"), projects("/acme/app"), projects(""), groups("acme/"),
		groups("acme platform")} {
		if plan := w.Plan(w.Context, targeting(w.Servers.Token, syncsProjects, targets)); !plan.Diagnostics.Failed() {
			t.Errorf("%v is accepted", targets)
		}
	}
	if lines := w.Servers.Lines("gitlab"); len(lines) > 0 {
		t.Errorf("GitLab was asked %q", lines)
	}
}

// One process serves a plan of many connections: 40 with the same ten targets look ten up.
func TestAccTargets_fortyConnections(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	var paths []string
	for i := range 10 {
		paths = append(paths, servers.Sandbox.GitLab.AddProject(fmt.Sprintf("acme/p%d", i)).FullPath)
	}
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	cli.Write(acctest.TokenVariable + fmt.Sprintf(`
provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  count        = 40
  name         = "platform-${count.index}"
  use_cases    = ["project_secret_sync"]
  targets      = { projects = ["%s"] }
  access_token = { value_wo = var.token }
}
`, strings.Join(paths, `", "`)))
	if planned := cli.Run("plan", "-input=false"); !strings.Contains(planned, "40 to add") {
		t.Fatalf("planned:\n%s", planned)
	}
	lookUps, probes, others := 0, 0, []string{}
	for _, line := range servers.Lines("gitlab") {
		switch line {
		case "GET /api/v4/projects/{id}":
			lookUps++
		case "GET /api/v4/projects/{id}/variables":
			probes++
		default:
			others = append(others, line)
		}
	}
	t.Logf("%d look-ups, %d probes, besides %q", lookUps, probes, others)
	if lookUps != 10 || probes != 10 || len(others) != 3 {
		t.Errorf("%d look-ups, %d probes, besides %q", lookUps, probes, others)
	}
}

// A renamed project is found by the id in GitLab's redirect. The host in it is what GitLab takes for its own, and gets
// no request, let alone a token.
func TestAccTargets_renamed(t *testing.T) {
	t.Parallel()
	stranger := acctest.StartSandbox(t)
	w := newWorkspace(t)
	g := w.Servers.Sandbox.GitLab
	g.SeenAs(stranger.InstanceURL)
	g.RenameProject("acme/app", "acme/core")
	config := targeting(w.Servers.Token, syncsProjects, projects("acme/app"))
	plan := w.Plan(w.Context, config)
	if plan.Diagnostics.Failed() || titled(plan.Diagnostics, "GitLab target has another path") != 1 {
		t.Errorf("want a warning: %s", plan.Diagnostics)
	}
	acctest.MustSay(t, acctest.OneLine(plan.Diagnostics.String()), `Write "acme/core" in targets, or the id 1203, which never changes.`)
	asked := w.targetRequests()
	want := []string{"projects/acme%2Fapp", "projects/1203", "projects/1203/variables"}
	if !slices.Equal(asked[len(asked)-3:], want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if lines := stranger.Lines("gitlab"); len(lines) > 0 {
		t.Errorf("the other host was asked %q", lines)
	}
	config["targets"] = projects("acme/core")
	if plan := w.Plan(w.Context, config); len(plan.Diagnostics) > 0 {
		t.Errorf("want nothing said: %s", plan.Diagnostics)
	}
}
