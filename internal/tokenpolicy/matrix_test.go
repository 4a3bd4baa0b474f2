package tokenpolicy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxgitlab "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// The columns of the matrix: whose token it is.
var matrixTokens = []string{"developer", "maintainer", "owner", "outsider", "project", "group", "other group", "parent group", "service account", "expired"}

// matrixTarget is a row: a project or group, what is the matter with it, and the role that each token has there. -1:
// GitLab does not show it to the token; 0: it does, and the token's user has no role.
type matrixTarget struct {
	name  string
	kind  gitlab.Kind
	asked string
	about string
	roles [9]int
}

const hidden = -1

// matrixTargets are written down from what GitLab's manual and code say of members, visibility and invitations, not
// from what comes out.
//
// dev, max and ada have their roles in acme. The project token is an Owner's of acme/app; the group tokens are Owners'
// of acme/platform, of other, and of acme; the service account is a Maintainer of acme.
var matrixTargets = []matrixTarget{
	//                                                                      dev max ada  eve     prj group other  acme  sa
	{"in", gitlab.KindProject, "acme/platform/apps/api", "", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"the project token's", gitlab.KindProject, "acme/app", "", [9]int{30, 40, 50, hidden, 50, hidden, hidden, 50, 40}},
	{"out", gitlab.KindProject, "other/web", "", [9]int{hidden, hidden, hidden, hidden, hidden, hidden, 50, hidden, hidden}},
	{"public", gitlab.KindProject, "other/site", "", [9]int{0, 0, 0, 0, 0, 0, 50, 0, 0}},
	{"renamed", gitlab.KindProject, "acme/platform/before", "renamed", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"archived", gitlab.KindProject, "acme/platform/attic", "archived", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"marked for deletion", gitlab.KindProject, "acme/platform/ending", "ending", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"deleted", gitlab.KindProject, "acme/platform/deleted", "", [9]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
	{"invited", gitlab.KindProject, "partner/library", "", [9]int{hidden, hidden, hidden, hidden, hidden, 40, hidden, hidden, hidden}},
	{"personal namespace", gitlab.KindProject, "ada/notes", "", [9]int{hidden, hidden, 50, hidden, hidden, hidden, hidden, hidden, hidden}},
	{"CI/CD off", gitlab.KindProject, "acme/platform/docs", "off", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	//                                                                      dev max ada  eve     prj group other  acme  sa
	{"in", gitlab.KindGroup, "acme/platform", "", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"below", gitlab.KindGroup, "acme/platform/apps", "", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"above", gitlab.KindGroup, "acme", "", [9]int{30, 40, 50, hidden, 0, 0, hidden, 50, 40}},
	{"out", gitlab.KindGroup, "other", "", [9]int{0, 0, 0, 0, 0, 0, 50, 0, 0}}, // It has a public project.
	{"renamed", gitlab.KindGroup, "acme/before", "", [9]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
	{"archived", gitlab.KindGroup, "acme/platform/museum", "archived", [9]int{30, 40, 50, hidden, hidden, 50, hidden, 50, 40}},
	{"deleted", gitlab.KindGroup, "acme/deleted", "", [9]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
	{"invited", gitlab.KindGroup, "partners", "", [9]int{hidden, hidden, hidden, hidden, hidden, 50, hidden, hidden, hidden}},
	{"personal namespace", gitlab.KindGroup, "ada", "", [9]int{hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden}},
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	sb, tokens := matrixWorld(t)
	cells, errors, warnings := 0, 0, 0
	for column, name := range matrixTokens {
		for _, use := range tokenpolicy.Uses() {
			client := matrixClient(t) // A plan of its own: what one has asked is not asked for another use.
			for _, target := range matrixTargets {
				if use.Level() != target.kind {
					continue
				}
				cells++
				role := hidden
				if column < len(target.roles) {
					role = target.roles[column]
				}
				want := expected(name, target, role, use)
				got := verdict(t, client, sb.GitLab.URL(), tokens[name], target, use)
				if !slices.Equal(got, want) {
					t.Errorf("%s, %s %s, %s:\n got %q\nwant %q", name, target.kind, target.name, use, got, want)
				}
				for _, finding := range got {
					if strings.HasPrefix(finding, "error") {
						errors++
					} else {
						warnings++
					}
				}
			}
		}
	}
	t.Logf("%d cells: %d tokens, %d targets, %d uses; %d errors, %d warnings", cells, len(matrixTokens), len(matrixTargets), len(tokenpolicy.Uses()), errors,
		warnings)
	if cells != 400 {
		t.Errorf("%d cells", cells)
	}
	lookUps := 0
	for _, request := range sb.Log.Requests() {
		if strings.HasSuffix(request.Path, "/other%2Fsite") {
			lookUps++
		}
	}
	if want := 2 * (len(matrixTokens) - 1); lookUps != want {
		t.Errorf("%d look-ups of other/site, one per plan with a token that lives is %d", lookUps, want)
	}
}

// expected is what GitLab's manual lets one expect, in the words of the findings.
func expected(token string, target matrixTarget, role int, use tokenpolicy.Use) []string {
	least := 40
	if target.kind == gitlab.KindGroup {
		least = 50
	}
	syncs := use == tokenpolicy.ProjectSecretSync || use == tokenpolicy.GroupSecretSync
	switch {
	case token == "expired":
		return []string{"error: GitLab token has expired"}
	case token == "project" && target.kind == gitlab.KindGroup:
		return []string{"error: A project access token cannot serve this use", "error: GitLab token is for another project"}
	case token == "project" && role == 0:
		return []string{"error: GitLab token is for another project"}
	case role == hidden:
		return []string{"error: GitLab token cannot see a target"}
	case target.about == "ending":
		return []string{"error: GitLab target is marked for deletion"}
	case target.about == "archived":
		return []string{"error: GitLab target is archived"}
	case target.about == "off" && syncs && role >= least:
		return []string{"error: CI/CD is disabled in a target"}
	case role < least && target.about == "renamed":
		return []string{"error: GitLab token lacks rights in a target", "warning: GitLab target has another path"}
	case role < least:
		return []string{"error: GitLab token lacks rights in a target"}
	case target.about == "renamed":
		return []string{"warning: GitLab target has another path"}
	default:
		return nil
	}
}

// verdict does what a plan does with a token, a use and a target.
func verdict(t *testing.T, client *gitlab.Client, instance, token string, target matrixTarget, use tokenpolicy.Use) []string {
	t.Helper()
	description, err := client.At(instance, token).Describe(t.Context(), gitlab.DescribeOptions{AccessLevel: true})
	if err != nil {
		t.Fatal(err)
	}
	by := tokenpolicy.Case{Instance: instance, Uses: []tokenpolicy.Use{use}, Now: time.Now()}
	findings := tokenpolicy.Judge(description, by)
	if tokenpolicy.Alive(description, by.Now) {
		usable := tokenpolicy.UsableFor(description, by)
		described, err := client.At(instance, token).DescribeTarget(t.Context(), gitlab.TargetQuestion{
			Resource: gitlab.Resource{Kind: target.kind, ID: target.asked}, TargetOptions: tokenpolicy.TargetOptions(target.kind, usable, description.Token),
		})

		if err != nil {
			t.Fatal(err)
		}
		findings = append(findings, tokenpolicy.JudgeTarget(description, described, tokenpolicy.TargetCase{Instance: instance, Uses: usable})...)
	}
	var texts []string
	for _, finding := range findings {
		texts = append(texts, fmt.Sprintf("%s: %s", finding.Severity, finding.Summary))
	}
	return texts
}

func matrixClient(t *testing.T) *gitlab.Client {
	t.Helper()
	sender, err := transport.New(transport.Config{UserAgent: "terraform-provider-infisical/test", RequestTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return gitlab.New(gitlab.Config{HTTP: sender, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

// matrixWorld is the GitLab of the matrix, and its tokens by name.
func matrixWorld(t *testing.T) (*sandbox.Sandbox, map[string]string) {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	g := sb.GitLab
	acme, platform, other := g.Group("acme"), g.Group("acme/platform"), g.AddGroup("other")
	ada := userOf(g, "personal-api")

	for _, path := range []string{"acme/platform/before", "acme/platform/attic", "acme/platform/ending", "acme/platform/deleted", "acme/platform/docs",
		"other/web", "other/site", "partner/library"} {
		g.AddProject(path)
	}
	g.SetVisibility(g.Project("other/site"), sandboxgitlab.Public)
	g.Archive(g.Project("acme/platform/attic"))
	g.SwitchCICDOff(g.Project("acme/platform/docs"))
	g.RenameProject("acme/platform/before", "acme/platform/after")
	g.MarkForDeletion(g.Project("acme/platform/ending"), "2027-01-01")
	g.Delete(g.Project("acme/platform/deleted"))
	g.InviteGroup(g.Project("partner/library"), platform, sandboxgitlab.MaintainerAccess)
	g.AddPersonalProject(ada, "notes")
	g.AddGroup("acme/before")
	g.RenameGroup("acme/before", "acme/after")
	g.Archive(g.AddGroup("acme/platform/museum"))
	g.Delete(g.AddGroup("acme/deleted"))
	g.InviteGroup(g.AddGroup("partners"), platform, sandboxgitlab.OwnerAccess)

	tokens := map[string]string{}
	add := func(name string, spec sandboxgitlab.TokenSpec) {
		spec.Name, spec.Scopes = name, []string{"api", "read_repository"}
		tokens[name] = g.AddToken(spec).Value
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	add("developer", sandboxgitlab.TokenSpec{User: userOf(g, "developer-management")})
	add("maintainer", sandboxgitlab.TokenSpec{User: userOf(g, "maintainer-management")})
	add("owner", sandboxgitlab.TokenSpec{User: ada})
	add("outsider", sandboxgitlab.TokenSpec{User: g.AddUser("eve")})
	add("project", sandboxgitlab.TokenSpec{Resource: g.Project("acme/app"), AccessLevel: sandboxgitlab.OwnerAccess})
	add("group", sandboxgitlab.TokenSpec{Resource: platform, AccessLevel: sandboxgitlab.OwnerAccess})
	add("other group", sandboxgitlab.TokenSpec{Resource: other, AccessLevel: sandboxgitlab.OwnerAccess})
	add("parent group", sandboxgitlab.TokenSpec{Resource: acme, AccessLevel: sandboxgitlab.OwnerAccess})
	add("service account", sandboxgitlab.TokenSpec{Kind: sandboxgitlab.ServiceAccountToken, User: userOf(g, "service-account-scanning")})
	add("expired", sandboxgitlab.TokenSpec{User: ada, ExpiresAt: &yesterday})
	return sb, tokens
}

// userOf is the user of a seeded token.
func userOf(g *sandboxgitlab.Server, token string) sandboxgitlab.User {
	for username, name := range map[string]string{"ada": "personal-api", "dev": "developer-management", "max": "maintainer-management"} {
		if name == token {
			return sandboxgitlab.User{ID: g.Token(token).UserID, Username: username}
		}
	}
	return sandboxgitlab.User{ID: g.Token(token).UserID}
}
