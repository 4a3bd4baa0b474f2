package tokenpolicy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// The project acme/platform/api and the group acme/platform, in whose tree the project is. Tokens made by token(…) are
// of group or project 87, or of @jane.
func projectTarget(change ...func(*gitlab.TargetDescription)) gitlab.TargetDescription {
	return changed(gitlab.TargetDescription{
		Asked: gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/platform/api"}, ID: 1203, Path: "acme/platform/api", Name: "API", NamespaceID: 88,
	}, change)
}

func groupTarget(change ...func(*gitlab.TargetDescription)) gitlab.TargetDescription {
	return changed(gitlab.TargetDescription{
		Asked: gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme/platform"}, ID: 88, Path: "acme/platform", Name: "Platform", NamespaceID: 87,
	}, change)
}

func changed(target gitlab.TargetDescription, change []func(*gitlab.TargetDescription)) gitlab.TargetDescription {
	for _, f := range change {
		f(&target)
	}
	return target
}

type change = func(*gitlab.TargetDescription)

func has(level gitlab.AccessLevel) change {
	return func(d *gitlab.TargetDescription) { d.AccessLevel = level }
}

func noRole(reason gitlab.Reason) change {
	return func(d *gitlab.TargetDescription) { d.AccessLevelFailure = &gitlab.Error{Reason: reason} }
}

func failed(reason gitlab.Reason, status int) gitlab.Probe {
	return gitlab.Probe{Failure: &gitlab.Error{Reason: reason, Status: status}}
}

var (
	grants  change = func(d *gitlab.TargetDescription) { d.Variables.Granted, d.Hooks.Granted = true, true }
	refuses change = func(d *gitlab.TargetDescription) {
		d.Variables, d.Hooks = failed(gitlab.ReasonForbidden, 403), failed(gitlab.ReasonForbidden, 403)
	}
	fails change = func(d *gitlab.TargetDescription) {
		d.Variables, d.Hooks = failed(gitlab.ReasonServerError, 500), failed(gitlab.ReasonServerError, 500)
	}
	cicdOff    change = func(d *gitlab.TargetDescription) { d.CICDOff = true }
	isArchived change = func(d *gitlab.TargetDescription) { d.Archived = true }
	wasRenamed change = func(d *gitlab.TargetDescription) { d.Renamed, d.Asked.ID = true, "acme/old" }
	isDeleted  change = func(d *gitlab.TargetDescription) { d.DeletionDate = "2026-12-24" }
	isHidden   change = func(d *gitlab.TargetDescription) {
		*d = gitlab.TargetDescription{Asked: d.Asked, Failure: &gitlab.Error{Reason: gitlab.ReasonNotFound, Status: 404}}
	}
	isUnreachable change = func(d *gitlab.TargetDescription) {
		*d = gitlab.TargetDescription{Asked: d.Asked, Failure: &gitlab.Error{Reason: gitlab.ReasonRateLimited, Status: 429}}
	}
)

func personal() gitlab.Description {
	return token(gitlab.KindPersonal, []string{"api", "read_repository"}, 0)
}

func ofGroup() gitlab.Description {
	return token(gitlab.KindGroup, []string{"api"}, gitlab.AccessLevelOwner)
}

func ofProject(id int64) gitlab.Description {
	described := token(gitlab.KindProject, []string{"api", "read_repository"}, gitlab.AccessLevelOwner)
	described.ResourceID = id
	return described
}

const (
	lacksRights = "error targets: GitLab token lacks rights in a target"
	notSeen     = "error targets: GitLab token cannot see a target"
	unprovable  = "warning targets: Could not check the token's rights in a target"
)

func TestJudgeTarget(t *testing.T) {
	t.Parallel()
	sync, scan := []Use{ProjectSecretSync}, []Use{ProjectSecretScanning}
	groupSync, groupScan := []Use{GroupSecretSync}, []Use{GroupSecretScanning}
	tests := []struct {
		name   string
		token  gitlab.Description
		target gitlab.TargetDescription
		uses   []Use
		want   []string
	}{
		{"a maintainer syncs to a project", personal(), projectTarget(has(40), grants), sync, nil},
		{"a developer does not", personal(), projectTarget(has(30), refuses), sync, []string{lacksRights}},
		{"a custom role may, whatever its number", personal(), projectTarget(has(30), grants), sync, nil},
		{"an administrator may, without a role", personal(), projectTarget(grants), sync, nil},
		{"an outsider of a public project does not", personal(), projectTarget(refuses, noRole(gitlab.ReasonNotFound)), sync, []string{lacksRights}},
		{"a maintainer scans a project", personal(), projectTarget(has(40), grants), scan, nil},
		{"a developer does not scan it", personal(), projectTarget(has(30), refuses), scan, []string{lacksRights}},
		{"an owner syncs to a group", personal(), groupTarget(has(50), grants), groupSync, nil},
		{"a maintainer of a group does not", personal(), groupTarget(has(40), refuses), groupSync, []string{lacksRights}},
		{"an owner scans a group", personal(), groupTarget(has(50), grants), groupScan, nil},
		{"nobody scans a group of a community edition", personal(), groupTarget(has(50), func(d *gitlab.TargetDescription) {
			d.Hooks = failed(gitlab.ReasonNoSuchRoute, 404)
		}), groupScan, []string{"error targets: GitLab has no group webhooks"}},
		{"and its maintainer is told once", personal(), groupTarget(has(40), func(d *gitlab.TargetDescription) {
			d.Hooks = failed(gitlab.ReasonNoSuchRoute, 404)
		}), groupScan, []string{"error targets: GitLab has no group webhooks"}},

		{"a use of another level is not for this target", personal(), groupTarget(has(20)), sync, nil},
		{"without uses it is enough to be seen", personal(), projectTarget(has(10)), nil, nil},
		{"not seen, or not there", personal(), projectTarget(isHidden), sync, []string{notSeen}},
		{"not seen, no use given", personal(), groupTarget(isHidden), nil, []string{notSeen}},

		{"a project token in its own project", ofProject(1203), projectTarget(has(50), grants), sync, nil},
		{"a project token in another, public project", ofProject(87), projectTarget(refuses), sync,
			[]string{"error targets: GitLab token is for another project"}},
		{"a project token in a private one", ofProject(87), projectTarget(isHidden), sync, []string{notSeen}},
		{"a project token in a group", ofProject(87), groupTarget(), nil, []string{"error targets: GitLab token is for another project"}},
		{"a group token in its tree", ofGroup(), projectTarget(has(50), grants), sync, nil},
		{"a group token in a project that its group is invited to", ofGroup(), projectTarget(has(40), grants), sync, nil},
		{"a group token in a public project of others", ofGroup(), projectTarget(refuses, noRole(gitlab.ReasonNotFound)), sync, []string{lacksRights}},
		{"a group token in a private one", ofGroup(), projectTarget(isHidden), sync, []string{notSeen}},
		{"a group token in the group above its own", ofGroup(), groupTarget(refuses, noRole(gitlab.ReasonForbidden)), groupSync, []string{lacksRights}},

		{"archived", personal(), projectTarget(has(40), isArchived, grants), sync, []string{"error targets: GitLab target is archived"}},
		{"archived, told once", personal(), groupTarget(has(50), isArchived, refuses), groupSync, []string{"error targets: GitLab target is archived"}},
		{"marked for deletion", personal(), projectTarget(has(40), isDeleted, grants), sync, []string{"error targets: GitLab target is marked for deletion"}},
		{"marked for deletion and archived with it", personal(), projectTarget(has(40), isDeleted, isArchived), sync,
			[]string{"error targets: GitLab target is marked for deletion"}},
		{"renamed", personal(), projectTarget(has(40), wasRenamed, grants), sync, []string{"warning targets: GitLab target has another path"}},
		{"renamed, and the role is too low", personal(), projectTarget(has(30), wasRenamed, refuses), sync,
			[]string{lacksRights, "warning targets: GitLab target has another path"}},

		{"CI/CD off, newest GitLab refuses the variables", personal(), projectTarget(has(40), cicdOff, refuses), sync,
			[]string{"error targets: CI/CD is disabled in a target"}},
		{"CI/CD off, others grant them", personal(), projectTarget(has(40), cicdOff, grants), sync, []string{"warning targets: CI/CD is disabled in a target"}},
		{"CI/CD off and too low a role", personal(), projectTarget(has(30), cicdOff, refuses), sync, []string{lacksRights}},
		{"CI/CD off does not matter to scanning", personal(), projectTarget(has(40), cicdOff, grants), scan, nil},
		{"both uses, hooks refused only", personal(), projectTarget(has(30), grants, func(d *gitlab.TargetDescription) {
			d.Hooks = failed(gitlab.ReasonForbidden, 403)
		}), []Use{ProjectSecretSync, ProjectSecretScanning}, []string{lacksRights}},

		{"GitLab fails, the role suffices", personal(), projectTarget(has(40), fails), sync, nil},
		{"GitLab fails, the role is low: unproven, not denied", personal(), projectTarget(has(30), fails), sync, []string{unprovable}},
		{"GitLab fails, no role is known", personal(), groupTarget(fails), groupSync, []string{unprovable}},
		{"nothing was asked, the role suffices", personal(), groupTarget(has(50)), groupSync, nil},
		{"nothing was asked", personal(), projectTarget(), scan, []string{unprovable}},
		{"variables refused, hooks not asked for", personal(), projectTarget(has(30), func(d *gitlab.TargetDescription) {
			d.Variables = failed(gitlab.ReasonForbidden, 403)
		}), []Use{ProjectSecretSync, ProjectSecretScanning}, []string{lacksRights, unprovable}},
		{"refused although the role suffices", personal(), projectTarget(has(50), refuses), sync, []string{lacksRights}},
		{"rate-limited", personal(), projectTarget(isUnreachable), sync, []string{"warning targets: Could not check a GitLab target"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			findings := JudgeTarget(test.token, test.target, TargetCase{Instance: instance, Uses: test.uses})
			assertSummaries(t, findings, test.want...)
			for _, finding := range findings {
				if finding.Waivable != (finding.Severity == Error) {
					t.Errorf("%s: waivable %t", finding.Summary, finding.Waivable)
				}
				if last := finding.Detail[len(finding.Detail)-1]; last != '.' {
					t.Errorf("%q does not end with a full stop", finding.Detail)
				}
			}
		})
	}
}

func TestJudgeTarget_readAloud(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token  gitlab.Description
		target gitlab.TargetDescription
		uses   []Use
		want   string
	}{
		"developer": {personal(), projectTarget(has(30), refuses), []Use{ProjectSecretSync, ProjectSecretScanning}, `The token "ci-bot" (personal access token of @jane, expires 2027-03-01) has the role developer in project acme/platform/api (id 1203). GitLab does not let it list the CI/CD variables or the webhooks there.
Project Secret Sync and Project Secret Scanning need at least: maintainer.
Give @jane the role maintainer at https://gitlab.example.com/acme/platform/api/-/project_members, or use a token of a user who has it, or set token_validation = "warn" to go on regardless.`},
		"group token of another tree": {ofGroup(), groupTarget(isHidden), []Use{GroupSecretSync}, `GitLab answers 404 when the token "ci-bot" (group access token of group 87, expires 2027-03-01) asks for group acme/platform: it does not exist, or the token cannot see it.
Group Secret Sync needs at least: owner. A token of group 87 can act on that group and what is below it.
Check the path; GitLab does not find a renamed group by its old path. If it is right, create a token there with the role owner: https://gitlab.example.com/groups/acme/platform/-/settings/access_tokens, or set token_validation = "warn" to go on regardless.`},
		"project token elsewhere": {ofProject(87), projectTarget(refuses), []Use{ProjectSecretSync}, `The token "ci-bot" (project access token of project 87, expires 2027-03-01) can act on its own project only, and project acme/platform/api (id 1203) is a target.
Create one for this project at https://gitlab.example.com/acme/platform/api/-/settings/access_tokens, or a personal access token at https://gitlab.example.com/-/user_settings/personal_access_tokens, or set token_validation = "warn" to go on regardless.`},
		"archived": {personal(), projectTarget(isArchived), nil, `Project acme/platform/api (id 1203) is archived. Archived projects are read-only.
Unarchive it in Settings > General > Advanced, or remove it from targets, or set token_validation = "warn" to go on regardless.`},
		"renamed": {personal(), projectTarget(has(40), wasRenamed, grants), []Use{ProjectSecretSync}, `Project acme/old is at acme/platform/api now. GitLab redirects the old path until another project takes it.
Write "acme/platform/api" in targets, or the id 1203, which never changes.`},
		"CI/CD off": {personal(), projectTarget(has(40), cicdOff, refuses), []Use{ProjectSecretSync}, `Project acme/platform/api (id 1203) has CI/CD or its repository disabled, so GitLab refuses its CI/CD variables.
Project Secret Sync needs CI/CD: enable it in Settings > General > Visibility, project features, permissions, or remove the project from targets, or set token_validation = "warn" to go on regardless.`},
		"could not be checked": {personal(), projectTarget(isUnreachable), nil, `Asking https://gitlab.example.com about project acme/platform/api failed: GitLab answered 429 Too Many Requests.
Infisical may still reach this GitLab, so this is only a warning.`},
		"unproven": {personal(), projectTarget(has(30), fails), []Use{ProjectSecretSync}, `The token "ci-bot" (personal access token of @jane, expires 2027-03-01) has the role developer in project acme/platform/api (id 1203). Could not determine whether it can list the CI/CD variables there (GitLab answered 500 Internal Server Error).
Project Secret Sync needs at least: maintainer.`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := JudgeTarget(test.token, test.target, TargetCase{Instance: instance, Uses: test.uses})
			if len(findings) != 1 || findings[0].Message() != test.want {
				t.Errorf("got:\n%v\nwant:\n%s", findings, test.want)
			}
		})
	}
}

func TestJudgeManagedTarget(t *testing.T) {
	t.Parallel()
	own := groupTarget()
	ofProject := projectTarget()
	invites := func(level gitlab.AccessLevel) change {
		return func(d *gitlab.TargetDescription) {
			d.Path = "other/web"
			d.InvitedGroups = []gitlab.InvitedGroup{{ID: 90, AccessLevel: 50}, {ID: 88, AccessLevel: level}}
		}
	}
	const outOfReach = "error targets: Managed token would not reach a target"
	tests := []struct {
		name        string
		own, target gitlab.TargetDescription
		uses        []Use
		want        []string
	}{
		{"its own group", own, groupTarget(), []Use{GroupSecretSync}, nil},
		{"a project in it", own, projectTarget(), []Use{ProjectSecretSync}, nil},
		{"its own project", ofProject, projectTarget(), []Use{ProjectSecretSync}, nil},
		{"another project", ofProject, projectTarget(func(d *gitlab.TargetDescription) { d.ID, d.Path = 1204, "acme/platform/web" }), nil,
			[]string{outOfReach}},
		{"the group of its project", ofProject, groupTarget(), nil, []string{outOfReach}},
		{"a project elsewhere", own, projectTarget(func(d *gitlab.TargetDescription) { d.Path = "other/web" }), nil, []string{outOfReach}},
		{"the group above", own, groupTarget(func(d *gitlab.TargetDescription) { d.ID, d.Path = 87, "acme" }), nil, []string{outOfReach}},
		{"invited with the role", own, projectTarget(invites(40)), []Use{ProjectSecretSync}, nil},
		{"invited with too low a role", own, projectTarget(invites(30)), []Use{ProjectSecretSync}, []string{outOfReach}},
		{"not seen", own, projectTarget(isHidden), nil, []string{"error targets: Provider's GitLab token cannot see a target"}},
		{"archived", own, projectTarget(isArchived), nil, []string{"error targets: GitLab target is archived"}},
		{"marked for deletion", own, projectTarget(isDeleted), nil, []string{"error targets: GitLab target is marked for deletion"}},
		{"renamed", own, projectTarget(wasRenamed), nil, []string{"warning targets: GitLab target has another path"}},
		{"CI/CD off", own, projectTarget(cicdOff), []Use{ProjectSecretSync}, []string{"warning targets: CI/CD is disabled in a target"}},
		{"CI/CD off does not matter to scanning", own, projectTarget(cicdOff), []Use{ProjectSecretScanning}, nil},
		{"GitLab fails", own, projectTarget(isUnreachable), nil, []string{"warning targets: Could not check a GitLab target"}},
		{"GitLab fails for its own group", groupTarget(isUnreachable), projectTarget(), nil, []string{"warning targets: Could not check a GitLab target"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assertSummaries(t, JudgeManagedTarget(test.own, test.target, TargetCase{Instance: instance, Uses: test.uses}), test.want...)
		})
	}
	findings := JudgeManagedTarget(own, projectTarget(invites(30)), TargetCase{Instance: instance, Uses: []Use{ProjectSecretSync}})
	want := `Project other/web (id 1203) is not in group acme/platform (id 88), which is invited to it with the role developer, so a token made there cannot act on it.
Project Secret Sync needs at least: maintainer. Set managed_access_token.group to a group that holds all targets, or remove the target, or set token_validation = "warn" to go on regardless.`
	if got := findings[0].Message(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestJudgeAccountTarget(t *testing.T) {
	t.Parallel()
	account := gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme", Account: gitlab.Account{ID: 6, Username: "deployer"}}
	custom := func(d *gitlab.TargetDescription) { d.AccessLevel, d.CustomRole = gitlab.AccessLevelDeveloper, true }
	const (
		lacking   = "error targets: Service account lacks a role in a target"
		unchecked = "warning targets: Could not check the service account's role in a target"
	)
	by := func(uses ...Use) TargetCase { return TargetCase{Instance: instance, Uses: uses} }
	for name, test := range map[string]struct {
		target gitlab.TargetDescription
		uses   []Use
		want   []string
	}{
		"role for a project":           {projectTarget(has(40)), []Use{ProjectSecretSync}, nil},
		"role for a group":             {groupTarget(has(50)), []Use{GroupSecretSync}, nil},
		"too low for a group":          {groupTarget(has(40)), []Use{GroupSecretSync}, []string{lacking}},
		"too low for webhooks":         {groupTarget(has(40)), []Use{GroupSecretScanning}, []string{lacking}},
		"too low for a project":        {projectTarget(has(30)), []Use{ProjectSecretSync}, []string{lacking}},
		"of another level":             {projectTarget(has(30)), []Use{GroupSecretSync}, nil},
		"no uses":                      {projectTarget(noRole(gitlab.ReasonNotFound)), nil, nil},
		"no member":                    {projectTarget(noRole(gitlab.ReasonNotFound)), []Use{ProjectSecretSync}, []string{lacking}},
		"members not shown":            {projectTarget(noRole(gitlab.ReasonForbidden)), []Use{ProjectSecretSync}, []string{unchecked}},
		"custom role":                  {projectTarget(custom), []Use{ProjectSecretSync}, []string{unchecked}},
		"not seen":                     {projectTarget(isHidden), nil, []string{"error targets: Provider's GitLab token cannot see a target"}},
		"GitLab fails":                 {projectTarget(isUnreachable), nil, []string{"warning targets: Could not check a GitLab target"}},
		"archived":                     {projectTarget(isArchived), nil, []string{"error targets: GitLab target is archived"}},
		"renamed, and the role is low": {projectTarget(wasRenamed, has(30)), []Use{ProjectSecretSync}, []string{lacking, "warning targets: GitLab target has another path"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertSummaries(t, JudgeAccountTarget(account, test.target, by(test.uses...)), test.want...)
		})
	}
	want := `The service account @deployer of group acme has the role maintainer in group acme/platform (id 88).
Group Secret Sync needs at least: owner. Give @deployer that role at https://gitlab.example.com/groups/acme/platform/-/group_members, or set token_validation = "warn" to go on regardless.`
	if got := JudgeAccountTarget(account, groupTarget(has(40)), by(GroupSecretSync))[0].Message(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A sync has no targets to remove one from.
func TestJudgeTarget_only(t *testing.T) {
	t.Parallel()
	only := TargetCase{Instance: instance, Uses: []Use{ProjectSecretSync, GroupSecretSync}, Only: true}
	const instead = "or choose another target"
	for name, test := range map[string]struct {
		target gitlab.TargetDescription
		remedy string
	}{
		"marked for deletion": {projectTarget(isDeleted), instead},
		"archived project":    {projectTarget(isArchived), instead},
		"archived group":      {groupTarget(isArchived), instead},
		"CI/CD off":           {projectTarget(has(50), cicdOff, grants), instead},
		"CI/CD off, refused":  {projectTarget(has(50), cicdOff, refuses), instead},
		"renamed":             {projectTarget(has(50), grants, wasRenamed), `Write "acme/platform/api" in target, or the id 1203`},
		"not seen":            {projectTarget(isHidden), "Check the path."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, findings := range [][]Finding{JudgeTarget(personal(), test.target, only), JudgeManagedTarget(test.target, test.target, only)} {
				if len(findings) == 0 {
					t.Error("nothing is said")
				}
				for _, finding := range findings {
					if said := finding.Message(); !strings.Contains(said, test.remedy) || strings.Contains(said, "targets") {
						t.Errorf("want %q, and nothing of targets, in:\n%s", test.remedy, said)
					}
				}
			}
		})
	}
}

func TestJudgeLevels(t *testing.T) {
	t.Parallel()
	projects, groups := gitlab.Resource{Kind: gitlab.KindProject, ID: "a/b"}, gitlab.Resource{Kind: gitlab.KindGroup, ID: "a"}
	assertSummaries(t, JudgeLevels(Uses(), nil))
	assertSummaries(t, JudgeLevels(Uses(), []gitlab.Resource{projects, groups}))
	assertSummaries(t, JudgeLevels(nil, []gitlab.Resource{projects}))
	assertSummaries(t, JudgeLevels([]Use{ProjectSecretSync}, []gitlab.Resource{projects}))
	findings := JudgeLevels([]Use{GroupSecretSync, GroupSecretScanning, ProjectSecretSync}, []gitlab.Resource{projects})
	assertSummaries(t, findings, "warning targets: No target for a use case")
	want := `Group Secret Sync and Group Secret Scanning act on groups, and targets names none, so the token was not checked for it.
Add them as targets.groups, or remove group_secret_sync, group_secret_scanning from use_cases.`
	if got := findings[0].Message(); got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestUsableFor(t *testing.T) {
	t.Parallel()
	lost := ofGroup()
	lost.AccessLevel, lost.AccessLevelFailure = 0, &gitlab.Error{Reason: gitlab.ReasonNotFound}
	unsure := ofGroup()
	unsure.AccessLevel, unsure.AccessLevelFailure = 0, &gitlab.Error{Reason: gitlab.ReasonServerError}
	granular := personal()
	granular.Granular = true
	for name, test := range map[string]struct {
		token gitlab.Description
		want  []Use
	}{
		"personal":                     {personal(), Uses()},
		"without read_repository":      {token(gitlab.KindPersonal, []string{"api"}, 0), []Use{ProjectSecretSync, GroupSecretSync}},
		"read_api only":                {token(gitlab.KindPersonal, []string{"read_api"}, 0), nil},
		"project token":                {ofProject(1203), []Use{ProjectSecretSync, ProjectSecretScanning}},
		"group token of a maintainer":  {token(gitlab.KindGroup, []string{"api"}, 40), []Use{ProjectSecretSync, ProjectSecretScanning}},
		"group token of an owner":      {ofGroup(), Uses()},
		"bot is no member any more":    {lost, nil},
		"role of the bot is not known": {unsure, Uses()},
		"fine-grained, not told how":   {granular, Uses()},
		"oauth":                        {gitlab.Description{Token: gitlab.Token{Kind: gitlab.KindOAuth, Active: true}}, nil},
		"not described":                {gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable}}, nil},
	} {
		if got := UsableFor(test.token, Case{Instance: instance, Uses: Uses(), Now: now}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestTargetOptions(t *testing.T) {
	t.Parallel()
	for _, level := range []gitlab.Kind{gitlab.KindProject, gitlab.KindGroup} {
		for _, use := range Uses() {
			got := TargetOptions(level, []Use{use}, gitlab.Token{UserID: 2001})
			here := use.Level() == level
			variables := use == ProjectSecretSync || use == GroupSecretSync
			if want := (gitlab.TargetOptions{UserID: 2001, Variables: here && variables, Hooks: here && !variables}); got != want {
				t.Errorf("%s: got %+v", fmt.Sprint(level, use), got)
			}
		}
	}
}
