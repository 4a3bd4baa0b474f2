package tokenpolicy_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxgitlab "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// boundary is where a fine-grained token has its permissions. covers says of a full path whether they hold there, as
// GitLab's manual has it: a scope on a group holds for what is in the group.
type boundary struct {
	name   string
	scope  func(*sandboxgitlab.Server, []string) sandboxgitlab.GranularScope
	covers func(target matrixPlace) bool
	// anywhere: at which levels there may be a target at all.
	projects, groups bool
}

type matrixPlace struct {
	kind     gitlab.Kind
	path     string
	personal bool
	member   bool
}

// ada owns acme, and notes in her own namespace; other is another's, and public.
var matrixPlaces = []matrixPlace{
	{gitlab.KindProject, "acme/platform/apps/api", false, true},
	{gitlab.KindProject, "acme/app", false, true},
	{gitlab.KindProject, "other/web", false, false},
	{gitlab.KindProject, "ada/notes", true, true},
	{gitlab.KindGroup, "acme", false, true},
	{gitlab.KindGroup, "acme/platform", false, true},
	{gitlab.KindGroup, "acme/platform/apps", false, true},
	{gitlab.KindGroup, "other", false, false},
}

func below(path string) func(matrixPlace) bool {
	return func(place matrixPlace) bool { return place.path == path || strings.HasPrefix(place.path, path+"/") }
}

var boundaries = []boundary{
	{"all memberships", func(_ *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.MembershipScope(p...)
	},
		func(place matrixPlace) bool { return place.member }, true, true},
	{"personal projects", func(_ *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.PersonalScope(p...)
	},
		func(place matrixPlace) bool { return place.personal }, true, false},
	{"selected project", func(g *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.SelectedScope(g.Project("acme/platform/apps/api"), p...)
	}, func(place matrixPlace) bool { return place.path == "acme/platform/apps/api" }, true, false},
	{"nearest group", func(g *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.SelectedScope(g.Group("acme/platform/apps"), p...)
	}, below("acme/platform/apps"), true, true},
	{"ancestor group", func(g *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.SelectedScope(g.Group("acme"), p...)
	}, below("acme"), true, true},
	{"another group", func(g *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.SelectedScope(g.Group("other"), p...)
	}, below("other"), true, true},
	{"the user alone", func(_ *sandboxgitlab.Server, p []string) sandboxgitlab.GranularScope {
		return sandboxgitlab.UserScope(p...)
	},
		func(matrixPlace) bool { return false }, false, false},
}

var (
	syncPermissions = []string{"create_variable", "read_variable", "update_variable", "delete_variable"}
	scanPermissions = []string{"create_webhook", "read_webhook", "update_webhook", "delete_webhook", "download_code", "read_project", "read_group"}
)

// matrixGrants are what a token is given beside the right to be looked at. The webhooks' in the words of GitLab's page.
var matrixGrants = map[string][]string{
	"everything":              slices.Concat(syncPermissions, scanPermissions),
	"variables":               syncPermissions,
	"variables but to delete": {"create_variable", "read_variable", "update_variable"},
	"variables but to read":   {"create_variable", "update_variable", "delete_variable"},
	"scanning":                scanPermissions,
	"webhooks alone":          {"create_webhook", "read_webhook", "update_webhook", "delete_webhook"},
	"nothing":                 {},
}

// matrixWorldOf is how a GitLab and a token are.
type matrixWorldOf struct {
	tells  bool // GitLab tells the permissions of a token
	sees   bool // the token may look at every project and group
	byPath bool // targets are named so, else by their ids
}

// Every use, with every grant, at every boundary, in every place, by GitLabs that tell permissions and that do not, of
// tokens that may look at everything and of those that may look at what they are given, by path and by id.
func TestMatrix_fineGrained(t *testing.T) {
	t.Parallel()
	var cells atomic.Int32
	for _, tells := range []bool{true, false} {
		for _, sees := range []bool{true, false} {
			for _, byPath := range []bool{true, false} {
				world := matrixWorldOf{tells, sees, byPath}
				t.Run(fmt.Sprintf("%+v", world), func(t *testing.T) {
					t.Parallel()
					cells.Add(judgeFineGrained(t, world))
				})
			}
		}
	}
	t.Cleanup(func() {
		t.Logf("%d cells", cells.Load())
		if want := 8 * len(boundaries) * len(matrixGrants) * 2 * len(matrixPlaces); int(cells.Load()) != want {
			t.Errorf("%d cells, want %d", cells.Load(), want)
		}
	})
}

func judgeFineGrained(t *testing.T, world matrixWorldOf) (cells int32) {
	t.Helper()
	sb, ada := granularWorld(t)
	if !world.tells {
		sb.GitLab.KeepGranularScopes()
	}
	for _, boundary := range boundaries {
		for grant, granted := range matrixGrants {
			token := granularToken(sb, ada, boundary, granted, world.sees)
			for _, use := range tokenpolicy.Uses() {
				client := matrixClient(t)
				for _, place := range matrixPlaces {
					if place.kind != use.Level() {
						continue
					}
					cells++
					asked := place.path
					if !world.byPath {
						asked = idOf(sb.GitLab, place)
					}
					want := granularVerdict(boundary, granted, use, place, world)
					got := verdict(t, client, sb.GitLab.URL(), token, matrixTarget{kind: place.kind, asked: asked}, use)
					if !slices.Equal(got, want) {
						t.Errorf("%s at %s, %s in %s:\n got %q\nwant %q", grant, boundary.name, use, place.path, got, want)
					}
				}
			}
		}
	}
	return cells
}

func idOf(g *sandboxgitlab.Server, place matrixPlace) string {
	if place.kind == gitlab.KindProject {
		return strconv.Itoa(g.Project(place.path).ID)
	}
	return strconv.Itoa(g.Group(place.path).ID)
}

// granularVerdict is what is to be expected.
func granularVerdict(b boundary, granted []string, use tokenpolicy.Use, place matrixPlace, world matrixWorldOf) []string {
	needed, read := syncPermissions, "read_variable"
	if use == tokenpolicy.ProjectSecretScanning || use == tokenpolicy.GroupSecretScanning {
		needed, read = slices.Clone(scanPermissions), "read_webhook"
		if use == tokenpolicy.ProjectSecretScanning {
			needed = slices.DeleteFunc(needed, func(permission string) bool { return permission == "read_group" })
		}
	}
	var seen []string // of every place
	if world.sees {
		seen = []string{"read_project", "read_group"}
	}
	lacks := slices.ContainsFunc(needed, func(permission string) bool { return !slices.Contains(append(granted, seen...), permission) })
	anywhere := place.kind == gitlab.KindProject && b.projects || place.kind == gitlab.KindGroup && b.groups
	lists := b.covers(place) && slices.Contains(granted, read)
	// Scanning needs to look at the target, too.
	permitted := lists && (read == "read_variable" || world.sees || slices.Contains(granted, "read_"+string(place.kind)))
	var warned []string
	if !world.tells {
		warned = []string{"warning: Could not check the permissions of the GitLab token"}
	}
	if world.tells && (lacks || !anywhere) {
		return []string{"error: GitLab token lacks a permission"}
	}
	findings := warned
	if lists && !place.member {
		findings = append(findings, "error: GitLab token lacks rights in a target")
	}
	if !permitted {
		findings = append(findings, "error: GitLab token lacks a permission in a target")
	}
	return findings
}

func granularWorld(t *testing.T) (*sandbox.Sandbox, sandboxgitlab.User) {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	ada := userOf(sb.GitLab, "personal-api")
	sb.GitLab.AddProject("other/web")
	sb.GitLab.SetVisibility(sb.GitLab.Project("other/web"), sandboxgitlab.Public)
	sb.GitLab.SetVisibility(sb.GitLab.Group("other"), sandboxgitlab.Public)
	sb.GitLab.AddPersonalProject(ada, "notes")
	return sb, ada
}

// granularToken may look at itself, its user, and, where it sees, everything that there is.
func granularToken(sb *sandbox.Sandbox, ada sandboxgitlab.User, b boundary, granted []string, sees bool) string {
	scopes := []sandboxgitlab.GranularScope{sandboxgitlab.UserScope("read_personal_access_token", "read_user"), b.scope(sb.GitLab, granted)}
	if sees {
		scopes = append(scopes, sandboxgitlab.GranularScope{Access: "instance", Permissions: []string{"read_project", "read_group", "read_member"}})
	}
	return sb.GitLab.AddToken(sandboxgitlab.TokenSpec{Name: b.name, Kind: sandboxgitlab.GranularToken, User: ada, Granular: scopes}).Value
}

// A refusal of a classic token where fine-grained ones are enforced is not taken for a missing permission, and is found
// where GitLab says it: for all of it, or in one group.
func TestEnforcement(t *testing.T) {
	t.Parallel()
	const only = "error: GitLab takes fine-grained tokens only"
	inGroup := matrixTarget{kind: gitlab.KindProject, asked: "acme/app"}
	for name, test := range map[string]struct {
		token   string
		enforce func(*sandboxgitlab.Server)
		want    []string
	}{
		"everywhere":          {"personal-api", func(g *sandboxgitlab.Server) { g.EnforceGranular() }, []string{only}},
		"in the group":        {"personal-api", func(g *sandboxgitlab.Server) { g.EnforceGranular(g.Group("acme")) }, []string{only}},
		"in another group":    {"personal-api", func(g *sandboxgitlab.Server) { g.EnforceGranular(g.AddGroup("other")) }, nil},
		"bots are exempt":     {"group-owner-api", func(g *sandboxgitlab.Server) { g.EnforceGranular() }, nil},
		"accounts are exempt": {"service-account-api", func(g *sandboxgitlab.Server) { g.EnforceGranular() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, err := sandbox.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(sb.Close)
			test.enforce(sb.GitLab)
			got := verdict(t, matrixClient(t), sb.GitLab.URL(), sb.GitLab.Token(test.token).Value, inGroup, tokenpolicy.ProjectSecretSync)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The provider's token is refused in the same words, before it has made anything.
func TestEnforcement_providersToken(t *testing.T) {
	t.Parallel()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	sb.GitLab.EnforceGranular(sb.GitLab.Group("acme"))
	client, token := matrixClient(t), sb.GitLab.Token("admin-management").Value
	by := tokenpolicy.Minting{Instance: sb.GitLab.URL(), Place: gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}, Now: time.Now()}
	description, err := client.At(by.Instance, token).Describe(context.Background(), gitlab.DescribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if found := tokenpolicy.JudgeMinter(description, by); len(found) > 0 {
		t.Fatalf("GitLab describes it, so nothing is known yet: %+v", found)
	}
	place, err := client.At(by.Instance, token).DescribeTarget(t.Context(), gitlab.TargetQuestion{Resource: by.Place})
	if err != nil {
		t.Fatal(err)
	}
	found := tokenpolicy.JudgeMintingPlace(description, place, by)
	const summary, says = "GitLab takes fine-grained tokens only", "fine-grained ones alone may act on group acme, by a setting of its top-level group or of http"
	if len(found) != 1 || found[0].Summary != summary || !strings.Contains(found[0].Detail, says) {
		t.Errorf("%+v", found)
	}
}
