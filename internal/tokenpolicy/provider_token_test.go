package tokenpolicy

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestJudgeManagement(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	ends := func(days int) gitlab.Description {
		return gitlab.Description{Token: gitlab.Token{ID: 1, Name: "terraform", Active: days > 0,
			ExpiresAt: new(time.Date(2026, time.November, 22+days, 0, 0, 0, 0, time.UTC))}}
	}
	revoked := ends(100)
	revoked.Revoked = true
	for name, tc := range map[string]struct {
		description gitlab.Description
		days        int
		summary     string
		says        string
	}{
		"has time":      {ends(16), 14, "", ""},
		"the first day": {ends(14), 14, "Provider's GitLab token expires soon", `The provider's GitLab token "terraform" expires 2026-12-06, 13 days left.`},
		"the last day":  {ends(1), 14, "Provider's GitLab token expires soon", "this is its last day"},
		"ended":         {ends(0), 14, "Provider's GitLab token does not work", "stopped working on 2026-11-22"},
		"revoked":       {revoked, 14, "Provider's GitLab token does not work", "was revoked"},
		"never ends":    {gitlab.Description{Token: gitlab.Token{ID: 1, Active: true}}, 14, "", ""},
		"refused": {gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenExpired, Status: 401, Message: "Token is expired."}}, 14,
			"Provider's GitLab token does not work", "https://gitlab.example.com refuses the provider's GitLab token: GitLab answered 401: Token is expired."},
		"could not be asked": {gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable, Cause: errors.New("no route")}}, 14, "", ""},
		"not for so long":    {ends(14), 7, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := JudgeManagement(tc.description, "https://gitlab.example.com", now, tc.days)
			if tc.summary == "" {
				if len(findings) > 0 {
					t.Errorf("got %+v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Severity != Warning || findings[0].Summary != tc.summary ||
				!strings.Contains(findings[0].Message(), tc.says) ||
				!strings.Contains(findings[0].Message(), "GITLAB_TOKEN") || strings.Contains(findings[0].Message(), "..") {
				t.Errorf("got %+v", findings)
			}
		})
	}
}

func TestJudgeMinter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	of := func(change func(*gitlab.Description)) gitlab.Description {
		description := gitlab.Description{Token: gitlab.Token{ID: 1, Name: "terraform", Kind: gitlab.KindPersonal, Username: "ada", Active: true,
			Scopes: []string{"api"}}}
		change(&description)
		return description
	}
	by := Minting{Instance: "https://gitlab.example.com", Place: gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}, Now: now}
	for name, tc := range map[string]struct {
		change        func(*gitlab.Description)
		severity      Severity
		summary, says string
	}{
		"suffices":                   {func(*gitlab.Description) {}, "", "", ""},
		"of a service account":       {func(d *gitlab.Description) { d.ServiceAccount = true }, "", "", ""},
		"of a kind that is not told": {func(d *gitlab.Description) { d.Kind = gitlab.KindUnknown }, "", "", ""},
		"may only read": {func(d *gitlab.Description) { d.Scopes = []string{"read_api"} }, Error, "Provider's GitLab token lacks a scope",
			`"terraform" has the scope read_api. To create a token in group acme it needs: api.`},
		"a group's": {func(d *gitlab.Description) { d.Kind, d.ResourceID = gitlab.KindGroup, 87 }, Error, "Provider's GitLab token cannot create tokens",
			"is a group access token of group 87"},
		"a project's": {func(d *gitlab.Description) { d.Kind, d.ResourceID = gitlab.KindProject, 1203 }, Error,
			"Provider's GitLab token cannot create tokens", "is a project access token of project 1203"},
		"revoked": {func(d *gitlab.Description) { d.Revoked = true }, Error, "Provider's GitLab token does not work", "was revoked"},
		"expired": {func(d *gitlab.Description) { d.ExpiresAt = new(now.AddDate(0, 0, -1)) }, Error, "Provider's GitLab token does not work",
			"stopped working on 2026-11-21"},
		"refused": {func(d *gitlab.Description) {
			*d = gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenUnknown, Status: 401, Message: "401 Unauthorized"}}
		}, Error, "Provider's GitLab token does not work", "GitLab answered 401"},
		"another secret": {func(d *gitlab.Description) {
			*d = gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenUnknown, Status: 401}, LooksLike: "deploy token"}
		}, Error, "Provider's GitLab token does not work", "(deploy token)"},
		"not described": {func(d *gitlab.Description) {
			*d = gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonUnreachable, Cause: errors.New("no route")}}
		}, Warning, "Could not check the provider's GitLab token", "no route.\nTo create a token in group acme"},
		"fine-grained": {func(d *gitlab.Description) { d.Granular, d.Scopes = true, []string{"granular"} }, Warning,
			"Could not check the provider's GitLab token", "at least the role owner"},
		"of OAuth": {func(d *gitlab.Description) { d.Kind, d.Scopes = gitlab.KindOAuth, nil }, Warning, "Could not check the provider's GitLab token", "OAuth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			saysOne(t, JudgeMinter(of(tc.change), by), tc.severity, tc.summary, tc.says)
		})
	}
}

func TestJudgeMintingPlace(t *testing.T) {
	t.Parallel()
	user := gitlab.Description{Token: gitlab.Token{ID: 1, Name: "terraform", Kind: gitlab.KindPersonal, Username: "ada"}}
	admin := user
	admin.Administrator = true
	with := func(level gitlab.AccessLevel) gitlab.TargetDescription {
		return gitlab.TargetDescription{AccessLevel: level}
	}
	notFound := &gitlab.Error{Reason: gitlab.ReasonNotFound, Status: 404}
	down := &gitlab.Error{Reason: gitlab.ReasonServerError, Status: 503}
	const lowRole, unchecked = "Provider's GitLab token has too low a role", "Could not check the provider's GitLab token"
	for name, tc := range map[string]struct {
		description   gitlab.Description
		in            gitlab.TargetDescription
		by            Minting
		severity      Severity
		summary, says string
	}{
		"owner of the group":        {user, with(gitlab.AccessLevelOwner), Minting{Place: group}, "", "", ""},
		"maintainer of the group":   {user, with(gitlab.AccessLevelMaintainer), Minting{Place: group}, Error, lowRole, "at least: owner"},
		"developer of the group":    {user, with(gitlab.AccessLevelDeveloper), Minting{Place: group}, Error, lowRole, "has the role developer in group acme"},
		"for a service account":     {user, with(gitlab.AccessLevelMaintainer), Minting{Place: group, Account: true}, Error, lowRole, "service account"},
		"no member":                 {user, gitlab.TargetDescription{AccessLevelFailure: notFound}, Minting{Place: group}, Error, lowRole, "has no role"},
		"an administrator":          {admin, gitlab.TargetDescription{AccessLevelFailure: notFound}, Minting{Place: group}, "", "", ""},
		"a custom role":             {user, gitlab.TargetDescription{AccessLevel: gitlab.AccessLevelDeveloper, CustomRole: true}, Minting{Place: group}, Warning, unchecked, "custom role"},
		"role not told":             {user, gitlab.TargetDescription{AccessLevelFailure: down}, Minting{Place: group}, Warning, unchecked, "503"},
		"maintainer of the project": {user, with(gitlab.AccessLevelMaintainer), Minting{Place: project, AccessLevel: gitlab.AccessLevelMaintainer}, "", "", ""},
		"maintainer, for an owner": {user, with(gitlab.AccessLevelMaintainer), Minting{Place: project, AccessLevel: gitlab.AccessLevelOwner}, Error, lowRole,
			`access_level = "maintainer"`},
		"developer, for a guest": {user, with(gitlab.AccessLevelDeveloper), Minting{Place: project, AccessLevel: gitlab.AccessLevelGuest}, Error, lowRole,
			"at least: maintainer"},
		"not there": {user, gitlab.TargetDescription{Failure: notFound}, Minting{Place: group}, Error, "Project or group of the managed token not found",
			"group acme"},
		"not there, says an administrator's": {admin, gitlab.TargetDescription{Failure: notFound}, Minting{Place: group}, Error,
			"Project or group of the managed token not found", "404"},
		"not told": {user, gitlab.TargetDescription{Failure: down}, Minting{Place: group}, Warning, unchecked, "503"},
		"renamed": {user, gitlab.TargetDescription{Renamed: true, ID: 7, Path: "acme/new"}, Minting{Place: project}, Error,
			"Project of the managed token has another path", `"acme/new", or the id 7`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.in.Asked, tc.by.Instance = tc.by.Place, "https://gitlab.example.com"
			saysOne(t, JudgeMintingPlace(tc.description, tc.in, tc.by), tc.severity, tc.summary, tc.says)
		})
	}
}

var (
	group   = gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}
	project = gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}
)

// saysOne checks that there is this finding and no other; none without a summary.
func saysOne(t *testing.T, findings []Finding, severity Severity, summary, says string) {
	t.Helper()
	if summary == "" {
		if len(findings) > 0 {
			t.Errorf("got %+v", findings)
		}
		return
	}
	if len(findings) != 1 || findings[0].Severity != severity || findings[0].Summary != summary || !strings.Contains(findings[0].Message(), says) ||
		findings[0].Waivable != (severity == Error) || strings.Contains(findings[0].Message(), "..") {
		t.Errorf("got %+v", findings)
	}
}
