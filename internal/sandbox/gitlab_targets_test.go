package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

// asUser makes a person with a token of scope api.
func (sb *Sandbox) asUser(name string) (gitlab.User, string) {
	user := sb.GitLab.AddUser(name)
	return user, sb.GitLab.AddToken(gitlab.TokenSpec{Name: name, User: user, Scopes: []string{"api"}}).Value
}

// Who may list CI/CD variables and webhooks: https://docs.gitlab.com/api/project_level_variables/,
// https://docs.gitlab.com/api/project_webhooks/
func TestGitLab_variablesAndHooksByRole(t *testing.T) {
	t.Parallel()
	for _, place := range []struct {
		path  string
		least int
	}{{"/projects/1203", gitlab.MaintainerAccess}, {"/groups/87", gitlab.OwnerAccess}} {
		for _, level := range []int{gitlab.GuestAccess, gitlab.ReporterAccess, gitlab.DeveloperAccess, gitlab.MaintainerAccess, gitlab.OwnerAccess} {
			sb := start(t)
			user, token := sb.asUser("jane")
			sb.GitLab.AddMember(sb.GitLab.Group("acme"), user, level)
			want := http.StatusForbidden
			if level >= place.least {
				want = http.StatusOK
			}
			for _, list := range []string{"/variables", "/hooks"} {
				a := sb.gitlab(t, http.MethodGet, place.path+list, token, nil)
				if a.status != want || want == http.StatusForbidden && a.body["message"] != "403 Forbidden" {
					t.Errorf("%s%s at %d: %d %s", place.path, list, level, a.status, a.text)
				}
			}
		}
	}
}

func TestGitLab_variablesInSpecialCases(t *testing.T) {
	t.Parallel()
	app := "/projects/1203/variables"
	tests := map[string]struct {
		options []Option
		prepare func(sb *Sandbox) (token string)
		path    string
		status  int
	}{
		"an administrator is no member and may": {nil, func(sb *Sandbox) string {
			user, token := sb.asUser("root")
			sb.GitLab.MakeAdmin(user)
			return token
		}, app, 200},
		"a custom role may": {nil, func(sb *Sandbox) string {
			user, token := sb.asUser("jane")
			sb.GitLab.AddMember(sb.GitLab.Group("acme"), user, gitlab.DeveloperAccess)
			sb.GitLab.Grant(sb.GitLab.Group("acme"), user, gitlab.AdminCICDVariables)
			return token
		}, app, 200},
		"read_api may list what it cannot change": {nil, func(sb *Sandbox) string { return sb.GitLab.Token("personal-read-api").Value }, app, 200},
		"a scope that may not":                    {nil, func(sb *Sandbox) string { return sb.GitLab.Token("personal-read-repository").Value }, app, 403},
		"an outsider of a public project": {nil, func(sb *Sandbox) string {
			sb.GitLab.SetVisibility(sb.GitLab.Project("acme/app"), gitlab.Public)
			_, token := sb.asUser("eve")
			return token
		}, app, 403},
		"an outsider of a private project": {nil, func(sb *Sandbox) string {
			_, token := sb.asUser("eve")
			return token
		}, app, 404},
		"CI/CD off: newest versions refuse": {nil, func(sb *Sandbox) string {
			sb.GitLab.SwitchCICDOff(sb.GitLab.Project("acme/app"))
			return sb.GitLab.Token("personal-api").Value
		}, app, 403},
		"CI/CD off: versions before did not": {[]Option{WithOlderGitLab()}, func(sb *Sandbox) string {
			sb.GitLab.SwitchCICDOff(sb.GitLab.Project("acme/app"))
			return sb.GitLab.Token("personal-api").Value
		}, app, 200},
		// An inference: no recorded answer of an archived project was found.
		"an archived project still lists them": {nil, func(sb *Sandbox) string {
			sb.GitLab.Archive(sb.GitLab.Project("acme/app"))
			return sb.GitLab.Token("personal-api").Value
		}, app, 200},
		"a group below an archived one does not": {nil, func(sb *Sandbox) string {
			sb.GitLab.Archive(sb.GitLab.Group("acme"))
			return sb.GitLab.Token("personal-api").Value
		}, "/groups/acme%2Fplatform/variables", 403},
		// An inference as well, like that for groups below.
		"a project marked for deletion still lists them": {nil, func(sb *Sandbox) string {
			sb.GitLab.MarkForDeletion(sb.GitLab.Project("acme/app"), "2026-12-24")
			return sb.GitLab.Token("personal-api").Value
		}, app, 200},
		"a group marked for deletion does not": {nil, func(sb *Sandbox) string {
			sb.GitLab.MarkForDeletion(sb.GitLab.Group("acme"), "2026-12-24")
			return sb.GitLab.Token("personal-api").Value
		}, "/groups/87/variables", 403},
		"a person in the own namespace": {nil, func(sb *Sandbox) string {
			user, token := sb.asUser("jane")
			sb.GitLab.AddPersonalProject(user, "notes")
			return token
		}, "/projects/jane%2Fnotes/variables", 200},
		"a personal namespace is no group": {nil, func(sb *Sandbox) string {
			user, token := sb.asUser("jane")
			sb.GitLab.AddPersonalProject(user, "notes")
			return token
		}, "/groups/jane/variables", 404},
		"deleted": {nil, func(sb *Sandbox) string {
			sb.GitLab.Delete(sb.GitLab.Project("acme/app"))
			return sb.GitLab.Token("personal-api").Value
		}, app, 404},
		"webhooks of a group": {nil, func(sb *Sandbox) string { return sb.GitLab.Token("personal-api").Value }, "/groups/87/hooks", 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, test.options...)
			if a := sb.gitlab(t, http.MethodGet, test.path, test.prepare(sb), nil); a.status != test.status {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
}

// The router does not know them there: its 404 has the key error.
func TestGitLab_communityEditionHasNoGroupWebhooks(t *testing.T) {
	t.Parallel()
	sb := start(t, WithCommunityGitLab())
	token := sb.GitLab.Token("personal-api").Value
	if a := sb.gitlab(t, http.MethodGet, "/groups/87/hooks", token, nil); a.status != http.StatusNotFound || a.body["error"] != "404 Not Found" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := sb.gitlab(t, http.MethodGet, "/projects/1203/hooks", token, nil); a.status != http.StatusOK {
		t.Errorf("of a project: %d %s", a.status, a.text)
	}
}

// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/helpers.rb: find_project! redirects, find_group does not.
func TestGitLab_renamedProjectsRedirect(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.GitLab.SeenAs("http://gitlab.internal:8080")
	sb.GitLab.RenameProject("acme/app", "acme/core")
	sb.GitLab.RenameGroup("acme/platform", "acme/base")
	owner := sb.GitLab.Token("personal-api").Value
	_, outsider := sb.asUser("eve")
	for _, test := range []struct {
		method, path, token string
		status              int
		location            string
	}{
		{"GET", "/projects/acme%2Fapp", owner, 301, "http://gitlab.internal:8080/api/v4/projects/1203"},
		{"GET", "/projects/ACME%2FApp/variables?per_page=1", owner, 301, "http://gitlab.internal:8080/api/v4/projects/1203/variables?per_page=1"},
		{"POST", "/projects/acme%2Fapp/access_tokens", owner, 405, ""},
		{"HEAD", "/projects/acme%2Fapp", owner, 405, ""},
		{"GET", "/projects/1203", owner, 200, ""},
		{"GET", "/projects/acme%2Fcore", owner, 200, ""},
		{"GET", "/projects/acme%2Fapp", outsider, 404, ""}, // who may not read it is not told where it is
		{"GET", "/groups/acme%2Fplatform", owner, 404, ""},
		{"GET", "/projects/app", owner, 404, ""}, // a name alone is never looked up
	} {
		a := sb.gitlab(t, test.method, test.path, test.token, nil)
		if a.status != test.status || a.header.Get("Location") != test.location {
			t.Errorf("%s %s: %d %q", test.method, test.path, a.status, a.header.Get("Location"))
		}
	}
	// Until another project takes the path.
	sb.GitLab.AddProject("acme/app")
	if a := sb.gitlab(t, http.MethodGet, "/projects/acme%2Fapp", owner, nil); a.status != http.StatusOK || a.body["id"] == float64(1203) {
		t.Errorf("%d %s", a.status, a.text)
	}
	// Then for good: once that one moves on, the path redirects to it.
	sb.GitLab.RenameProject("acme/app", "acme/next")
	next := strconv.Itoa(sb.GitLab.Project("acme/next").ID)
	if a := sb.gitlab(t, http.MethodGet, "/projects/acme%2Fapp", owner, nil); !strings.HasSuffix(a.header.Get("Location"), "/projects/"+next) {
		t.Errorf("%d %q", a.status, a.header.Get("Location"))
	}
}

// What the entry of a project tells of the caller's role:
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/entities/project_with_access.rb That invited groups are
// not in it is read from that code, not seen.
func TestGitLab_permissions(t *testing.T) {
	t.Parallel()
	sb := start(t)
	app, acme := sb.GitLab.Project("acme/app"), sb.GitLab.Group("acme")
	guests := sb.GitLab.AddGroup("guests")
	tests := map[string]struct {
		prepare func(gitlab.User)
		want    string // project_access, group_access, members/all
	}{
		"direct":    {func(u gitlab.User) { sb.GitLab.AddMember(app, u, gitlab.DeveloperAccess) }, "30 - 30"},
		"inherited": {func(u gitlab.User) { sb.GitLab.AddMember(acme, u, gitlab.OwnerAccess) }, "- 50 50"},
		"invited, no higher than in the invited group": {func(u gitlab.User) { sb.GitLab.AddMember(guests, u, gitlab.MaintainerAccess) }, "- - 40"},
		"administrator": {func(u gitlab.User) { sb.GitLab.MakeAdmin(u) }, "- - 404"},
	}
	sb.GitLab.InviteGroup(app, guests, gitlab.OwnerAccess)
	for name, test := range tests {
		user, token := sb.asUser("u" + strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), ",", ""))
		test.prepare(user)
		a := sb.gitlab(t, http.MethodGet, "/projects/1203", token, nil)
		permissions, _ := a.body["permissions"].(map[string]any)
		got := []string{}
		for _, half := range []string{"project_access", "group_access"} {
			if access, ok := permissions[half].(map[string]any); ok {
				got = append(got, fmt.Sprint(access["access_level"]))
			} else {
				got = append(got, "-")
			}
		}
		member := sb.gitlab(t, http.MethodGet, fmt.Sprintf("/projects/1203/members/all/%d", user.ID), token, nil)
		if member.status != http.StatusOK {
			got = append(got, fmt.Sprint(member.status))
		} else {
			got = append(got, fmt.Sprint(member.body["access_level"]))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The members of a private group are for its members; older versions did not check, nor count groups invited further
// up.
func TestGitLab_membersOfGroups(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []Option
		status  int // for a member of a project below, who sees the group
		invited int // of an invited user in a group below
	}{"newer": {nil, 403, 200}, "older": {[]Option{WithOlderGitLab()}, 404, 404}} {
		sb := start(t, test.options...)
		user, token := sb.asUser("jane")
		sb.GitLab.AddMember(sb.GitLab.Project("acme/app"), user, gitlab.MaintainerAccess)
		if a := sb.gitlab(t, http.MethodGet, fmt.Sprintf("/groups/acme/members/all/%d", user.ID), token, nil); a.status != test.status {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
		guests := sb.GitLab.AddGroup("guests")
		guest, _ := sb.asUser("guest")
		sb.GitLab.AddMember(guests, guest, gitlab.OwnerAccess)
		sb.GitLab.InviteGroup(sb.GitLab.Group("acme"), guests, gitlab.OwnerAccess)
		owner := sb.GitLab.Token("personal-api").Value
		if a := sb.gitlab(t, http.MethodGet, fmt.Sprintf("/groups/acme%%2Fplatform/members/all/%d", guest.ID), owner, nil); a.status != test.invited {
			t.Errorf("%s, invited above: %d %s", name, a.status, a.text)
		}
	}
}

func TestGitLab_entriesOfTargets(t *testing.T) {
	t.Parallel()
	sb := start(t)
	owner, developer := sb.GitLab.Token("personal-api").Value, sb.GitLab.Token("developer-management").Value
	entry := func(path, token string) map[string]any {
		a := sb.gitlab(t, http.MethodGet, path, token, nil)
		if a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
		return a.body
	}
	app := entry("/projects/acme%2Fapp", owner)
	if app["archived"] != false || app["marked_for_deletion_on"] != nil || app["builds_access_level"] != "enabled" || app["runners_token"] == nil {
		t.Errorf("got %v", app)
	}
	if got := entry("/projects/acme%2Fapp", developer); got["runners_token"] != nil || got["jobs_enabled"] != true {
		t.Errorf("a developer is told %v", got)
	}
	if got := entry("/groups/acme", owner); len(got["projects"].([]any)) != 1 || got["runners_token"] == nil {
		t.Errorf("got %v", got)
	}
	if got := entry("/groups/acme?with_projects=false", developer); got["projects"] != nil || got["runners_token"] != nil {
		t.Errorf("got %v", got)
	}

	// Marked for deletion, paths change: a project's old one redirects, a group's is lost.
	sb.GitLab.MarkForDeletion(sb.GitLab.Project("acme/app"), "2026-12-24")
	if a := sb.gitlab(t, http.MethodGet, "/projects/acme%2Fapp", owner, nil); a.status != http.StatusMovedPermanently {
		t.Errorf("%d %s", a.status, a.text)
	}
	if got := entry("/projects/1203", owner); got["marked_for_deletion_on"] != "2026-12-24" ||
		got["path_with_namespace"] != "acme/app-deletion_scheduled-1203" {
		t.Errorf("got %v", got)
	}
	sb.GitLab.MarkForDeletion(sb.GitLab.Group("acme/platform"), "2026-12-24")
	if a := sb.gitlab(t, http.MethodGet, "/groups/acme%2Fplatform", owner, nil); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.text)
	}
	sb.GitLab.Archive(sb.GitLab.Group("acme"))
	if got := entry("/groups/"+url.PathEscape("acme/platform-deletion_scheduled-88/apps"), owner); got["archived"] != true {
		t.Errorf("archived with the one above: %v", got)
	}
}

// Next pages are named twice, and Link names the host that GitLab takes for its own.
func TestGitLab_listsOfVariables(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.GitLab.SeenAs("http://gitlab.internal:8080")
	app := sb.GitLab.Project("acme/app")
	sb.GitLab.AddVariable(app, gitlab.Variable{Key: "FIRST", Value: "1"})
	sb.GitLab.AddVariable(app, gitlab.Variable{Key: "SECOND", Value: "2"})
	a := sb.gitlab(t, http.MethodGet, "/projects/1203/variables?per_page=1", sb.GitLab.Token("personal-api").Value, nil)
	if a.header.Get("X-Next-Page") != "2" || !strings.HasPrefix(a.header.Get("Link"),
		"<http://gitlab.internal:8080/api/v4/projects/1203/variables?page=2&per_page=1>") {
		t.Errorf("%v", a.header)
	}
	if !strings.Contains(a.text, `"FIRST"`) || strings.Contains(a.text, `"SECOND"`) {
		t.Errorf("%s", a.text)
	}
}
