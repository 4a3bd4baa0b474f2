package tokenpolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

const instance = "https://gitlab.example.com"

var (
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	farOff = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
)

// manual is Infisical's table, written down a second time and one use at a time,
// to check the first.
var manual = []struct {
	kind        gitlab.Kind
	use         Use
	scopes      []string
	accessLevel gitlab.AccessLevel
}{
	{gitlab.KindPersonal, ProjectSecretSync, []string{"api"}, 0},
	{gitlab.KindPersonal, GroupSecretSync, []string{"api"}, 0},
	{gitlab.KindPersonal, ProjectSecretScanning, []string{"api", "read_repository"}, 0},
	{gitlab.KindPersonal, GroupSecretScanning, []string{"api", "read_repository"}, 0},
	{gitlab.KindProject, ProjectSecretSync, []string{"api"}, gitlab.AccessLevelOwner},
	{gitlab.KindProject, ProjectSecretScanning, []string{"api", "read_repository"}, gitlab.AccessLevelMaintainer},
	{gitlab.KindGroup, ProjectSecretSync, []string{"api"}, gitlab.AccessLevelMaintainer},
	{gitlab.KindGroup, GroupSecretSync, []string{"api"}, gitlab.AccessLevelOwner},
	{gitlab.KindGroup, ProjectSecretScanning, []string{"api"}, gitlab.AccessLevelMaintainer},
	{gitlab.KindGroup, GroupSecretScanning, []string{"api"}, gitlab.AccessLevelOwner},
	{gitlab.KindOAuth, ProjectSecretSync, []string{"api"}, 0},
	{gitlab.KindOAuth, GroupSecretSync, []string{"api"}, 0},
	{gitlab.KindOAuth, ProjectSecretScanning, []string{"api", "read_repository"}, 0},
	{gitlab.KindOAuth, GroupSecretScanning, []string{"api", "read_repository"}, 0},
}

// token returns one that is alive and of that kind.
func token(kind gitlab.Kind, scopes []string, accessLevel gitlab.AccessLevel) gitlab.Description {
	described := gitlab.Token{ID: 510, Name: "ci-bot", Kind: kind, Scopes: scopes, AccessLevel: accessLevel, UserID: 2001, Username: "jane", ExpiresAt: &farOff,
		Active: true}
	if kind.HasRole() {
		described.ResourceID = 87
	}
	return gitlab.Description{Token: described}
}

func judge(description gitlab.Description, declared gitlab.Kind, uses ...Use) []Finding {
	return Judge(description, Case{Instance: instance, Declared: declared, Uses: uses, Now: now, ExpiryWarningDays: 14})
}

func summaries(findings []Finding) []string {
	texts := []string{}
	for _, finding := range findings {
		texts = append(texts, fmt.Sprintf("%s %s: %s", finding.Severity, finding.Aspect, finding.Summary))
	}
	return texts
}

func assertSummaries(t *testing.T, findings []Finding, want ...string) {
	t.Helper()
	if got := summaries(findings); !slices.Equal(got, want) {
		t.Errorf("findings:\n got %q\nwant %q", got, want)
	}
}

func TestRequirements_everyRow(t *testing.T) {
	t.Parallel()
	for _, row := range manual {
		t.Run(fmt.Sprintf("%s/%s", row.kind, row.use), func(t *testing.T) {
			t.Parallel()
			got, err := Requirements(row.kind, []Use{row.use})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Scopes, row.scopes) || got.AccessLevel != row.accessLevel {
				t.Errorf("got %v, want %v %v", got, row.scopes, row.accessLevel)
			}
		})
	}
}

func TestJudge_everyRow(t *testing.T) {
	t.Parallel()
	for _, row := range manual {
		if row.kind == gitlab.KindOAuth {
			continue // Of these GitLab tells neither scopes nor role.
		}
		t.Run(fmt.Sprintf("%s/%s", row.kind, row.use), func(t *testing.T) {
			t.Parallel()
			t.Run("right", func(t *testing.T) {
				t.Parallel()
				assertSummaries(t, judge(token(row.kind, row.scopes, row.accessLevel), row.kind, row.use))
				assertSummaries(t, judge(token(row.kind, row.scopes, row.accessLevel), gitlab.KindUnknown, row.use))
			})
			for _, missing := range row.scopes {
				t.Run("without "+missing, func(t *testing.T) {
					t.Parallel()
					scopes := append([]string{"read_api"}, slices.DeleteFunc(slices.Clone(row.scopes), func(scope string) bool { return scope == missing })...)
					findings := judge(token(row.kind, scopes, row.accessLevel), row.kind, row.use)
					assertSummaries(t, findings, "error token: GitLab token lacks a scope")
					assertContains(t, findings[0].Message(), row.use.Title()+" needs: "+strings.Join(row.scopes, ", ")+".", strings.Join(scopes, ", "))
				})
			}
			if row.accessLevel != 0 {
				t.Run("one role short", func(t *testing.T) {
					t.Parallel()
					findings := judge(token(row.kind, row.scopes, row.accessLevel-10), row.kind, row.use)
					if row.kind == gitlab.KindProject && row.use == ProjectSecretSync {
						assertSummaries(t, findings, "warning token: GitLab token has a lower role than Infisical's manual asks for")
						return
					}
					assertSummaries(t, findings, "error token: GitLab token has too low a role")
					assertContains(t, findings[0].Message(), row.use.Title()+" needs at least: "+row.accessLevel.String()+".",
						"has the role "+(row.accessLevel-10).String())
				})
			}
			for _, declared := range []gitlab.Kind{gitlab.KindPersonal, gitlab.KindProject, gitlab.KindGroup} {
				if declared == row.kind {
					continue
				}
				t.Run("declared as "+string(declared), func(t *testing.T) {
					t.Parallel()
					findings := judge(token(row.kind, row.scopes, row.accessLevel), declared, row.use)
					assertSummaries(t, findings, "error kind: GitLab token is of another kind")
					assertContains(t, findings[0].Message(), fmt.Sprintf("is declared as a %s access token, but is a %s access token.", declared, row.kind),
						fmt.Sprintf("Set type = %q", row.kind))
				})
			}
		})
	}
}

func assertContains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, part := range wanted {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

func TestJudge_impossiblePairs(t *testing.T) {
	t.Parallel()
	for _, use := range []Use{GroupSecretSync, GroupSecretScanning} {
		t.Run(string(use), func(t *testing.T) {
			t.Parallel()
			want := `The token "ci-bot" (project access token of project 87, expires 2027-03-01) can act on its own project only. ` + use.Title() + ` needs a group or personal access token.
Create a group access token (https://docs.gitlab.com/user/group/settings/group_access_tokens/), or a personal one at https://gitlab.example.com/-/user_settings/personal_access_tokens, or remove ` + string(use) + ` from use_cases, or set token_validation = "warn" to go on regardless.`
			findings := judge(token(gitlab.KindProject, []string{"api"}, gitlab.AccessLevelOwner), gitlab.KindProject, use)
			assertSummaries(t, findings, "error uses: A project access token cannot serve this use")
			if got := findings[0].Message(); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}

			_, err := Requirements(gitlab.KindProject, []Use{ProjectSecretSync, use})
			var impossible *ImpossibleError
			if !errors.As(err, &impossible) || !slices.Equal(impossible.Uses, []Use{use}) {
				t.Fatalf("got %v", err)
			}
			if want := "a project access token cannot serve " + string(use) + ": use a group or personal access token"; err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
		})
	}
}

func TestRequirements_usesTogether(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind        gitlab.Kind
		uses        []Use
		scopes      []string
		accessLevel gitlab.AccessLevel
	}{
		"none":          {gitlab.KindGroup, nil, []string{}, 0},
		"all, personal": {gitlab.KindPersonal, Uses(), []string{"api", "read_repository"}, 0},
		"all, group":    {gitlab.KindGroup, Uses(), []string{"api"}, gitlab.AccessLevelOwner},
		"scanning and sync, project": {gitlab.KindProject, []Use{ProjectSecretScanning, ProjectSecretSync}, []string{"api", "read_repository"},
			gitlab.AccessLevelOwner},
		"both of the projects', group": {gitlab.KindGroup, []Use{ProjectSecretScanning, ProjectSecretSync}, []string{"api"}, gitlab.AccessLevelMaintainer},
		"the same twice":               {gitlab.KindGroup, []Use{ProjectSecretSync, ProjectSecretSync}, []string{"api"}, gitlab.AccessLevelMaintainer},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Requirements(test.kind, test.uses)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Scopes, test.scopes) || got.AccessLevel != test.accessLevel || got.Scopes == nil {
				t.Errorf("got %+v, want %v %v", got, test.scopes, test.accessLevel)
			}
		})
	}
}

func TestJudge_speaksLikeAColleague(t *testing.T) {
	t.Parallel()
	serviceAccount := token(gitlab.KindPersonal, []string{"read_api"}, 0)
	serviceAccount.ServiceAccount, serviceAccount.Username = true, "deployer"
	serviceAccount.ExpiresAt = nil
	tests := map[string]struct {
		findings []Finding
		want     string
	}{
		"scope": {
			judge(token(gitlab.KindGroup, []string{"read_api"}, gitlab.AccessLevelOwner), gitlab.KindGroup, GroupSecretSync),
			`The token "ci-bot" (group access token of group 87, expires 2027-03-01) has the scope read_api.
Group Secret Sync needs: api.
Create a token with this scope at https://gitlab.example.com/-/g/87 (Settings > Access tokens), or set token_validation = "warn" to go on regardless.`,
		},
		"scopes of several uses": {
			judge(token(gitlab.KindPersonal, []string{"read_api", "read_user"}, 0), gitlab.KindUnknown, GroupSecretScanning, ProjectSecretSync,
				GroupSecretSync),
			`The token "ci-bot" (personal access token of @jane, expires 2027-03-01) has the scopes read_api, read_user.
Project Secret Sync, Group Secret Sync and Group Secret Scanning need: api, read_repository.
Create a token with these scopes at https://gitlab.example.com/-/user_settings/personal_access_tokens, or set token_validation = "warn" to go on regardless.`,
		},
		"service account": {
			judge(serviceAccount, gitlab.KindPersonal, GroupSecretSync),
			`The token "ci-bot" (personal access token of the service account @deployer, never expires) has the scope read_api.
Group Secret Sync needs: api.
Create a token with this scope (see https://docs.gitlab.com/user/profile/service_accounts/), or set token_validation = "warn" to go on regardless.`,
		},
		"role": {
			judge(token(gitlab.KindProject, []string{"api"}, gitlab.AccessLevelDeveloper), gitlab.KindProject, ProjectSecretSync),
			`The token "ci-bot" (project access token of project 87, expires 2027-03-01) has the role developer in project 87.
Project Secret Sync needs at least: owner.
Create a token with this role at https://gitlab.example.com/projects/87 (Settings > Access tokens), or set token_validation = "warn" to go on regardless.`,
		},
		"role that GitLab accepts": {
			judge(token(gitlab.KindProject, []string{"api"}, gitlab.AccessLevelMaintainer), gitlab.KindProject, ProjectSecretSync),
			`The token "ci-bot" (project access token of project 87, expires 2027-03-01) has the role maintainer in project 87.
For Project Secret Sync Infisical's manual asks for at least: owner. GitLab itself asks for maintainer, so the token may still work.
If it does not, create a token with this role at https://gitlab.example.com/projects/87 (Settings > Access tokens).`,
		},
		"role in a group whose path is known": {
			judge(token(gitlab.KindGroup, []string{"api"}, gitlab.AccessLevelDeveloper).Named(gitlab.TargetDescription{
				Asked: gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}, ID: 1203, Path: "acme/app", NamespaceID: 87,
			}), gitlab.KindGroup, GroupSecretSync),
			`The token "ci-bot" (group access token of group acme (id 87), expires 2027-03-01) has the role developer in group acme (id 87).
Group Secret Sync needs at least: owner.
Create a token with this role at https://gitlab.example.com/groups/acme/-/settings/access_tokens, or set token_validation = "warn" to go on regardless.`,
		},
		"use that the kind cannot serve, whatever the type": {
			judge(token(gitlab.KindProject, []string{"api"}, gitlab.AccessLevelOwner), gitlab.KindGroup, GroupSecretSync),
			`The token "ci-bot" (project access token of project 87, expires 2027-03-01) can act on its own project only, although it is declared as a group access token. Group Secret Sync needs a group or personal access token.
Create a group access token (https://docs.gitlab.com/user/group/settings/group_access_tokens/), or a personal one at https://gitlab.example.com/-/user_settings/personal_access_tokens, or remove group_secret_sync from use_cases, or set token_validation = "warn" to go on regardless.`,
		},
		"fine-grained, and may not describe itself": {
			Judge(gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonForbidden, Status: 403, Message: "insufficient_granular_scope"}},
				Case{Instance: instance, Now: now}),
			`Asking https://gitlab.example.com about the token failed: GitLab answered 403: insufficient_granular_scope.
Infisical may still be able to use the token, so this is only a warning.`,
		},
		"expired, of which nothing is known": {
			Judge(gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenExpired}}, Case{Instance: instance, Declared: gitlab.KindGroup, Now: now}),
			`https://gitlab.example.com says that the token has expired.
Create a new one (see https://docs.gitlab.com/user/group/settings/group_access_tokens/), or set token_validation = "warn" to go on regardless.`,
		},
		"expired, remembered": {
			Judge(gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenExpired}}, Case{Instance: instance, Declared: gitlab.KindGroup, Now: now,
				Known: gitlab.Known{ID: 510, Name: "ci-bot", Kind: gitlab.KindGroup, ResourceID: 87}}),
			`https://gitlab.example.com says that the token "ci-bot" (group access token of group 87) has expired.
Create a new one at https://gitlab.example.com/-/g/87 (Settings > Access tokens), or set token_validation = "warn" to go on regardless.`,
		},
		"revoked, remembered": {
			Judge(gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenRevoked}}, Case{Instance: instance, Now: now,
				Known: gitlab.Known{ID: 510, Name: "mine", Kind: gitlab.KindPersonal, Username: "jane"}}),
			`https://gitlab.example.com says that the token "mine" (personal access token of @jane) was revoked.
Create a new one at https://gitlab.example.com/-/user_settings/personal_access_tokens, or set token_validation = "warn" to go on regardless.`,
		},
		"kind": {
			judge(token(gitlab.KindPersonal, []string{"api"}, 0), gitlab.KindGroup, ProjectSecretSync),
			`The token "ci-bot" (personal access token of @jane, expires 2027-03-01) is declared as a group access token, but is a personal access token.
Set type = "personal", or use a group access token instead (https://docs.gitlab.com/user/group/settings/group_access_tokens/), or set token_validation = "warn" to go on regardless.`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(test.findings) != 1 {
				t.Fatalf("got %q", summaries(test.findings))
			}
			if got := test.findings[0].Message(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestJudge_expiry(t *testing.T) {
	t.Parallel()
	expiresAt := time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC)
	const (
		expired = "error token: GitLab token has expired"
		soon    = "warning token: GitLab token expires soon"
	)
	tests := map[string]struct {
		now    time.Time
		days   int
		want   []string
		detail string
	}{
		"far":                          {expiresAt.AddDate(0, -2, 0), 14, nil, ""},
		"exactly as many days left":    {expiresAt.AddDate(0, 0, -14), 14, nil, ""},
		"a second later":               {expiresAt.AddDate(0, 0, -14).Add(time.Second), 14, []string{soon}, "expires 2026-12-20, 13 days left."},
		"five days":                    {expiresAt.AddDate(0, 0, -5), 14, []string{soon}, "expires 2026-12-20, 5 days left."},
		"five days and a bit":          {expiresAt.AddDate(0, 0, -5).Add(-time.Hour), 14, []string{soon}, "expires 2026-12-20, 5 days left."},
		"dated the day after tomorrow": {expiresAt.AddDate(0, 0, -2).Add(time.Hour), 14, []string{soon}, "expires 2026-12-20, 1 day left."},
		"dated tomorrow, at midnight":  {expiresAt.AddDate(0, 0, -1), 14, []string{soon}, "expires 2026-12-20, this is its last day."},
		"dated tomorrow, late":         {expiresAt.Add(-time.Second), 14, []string{soon}, "expires 2026-12-20, this is its last day."},
		"dated today, at midnight":     {expiresAt, 14, []string{expired}, "stopped working on 2026-12-20 at 00:00 UTC."},
		"dated today, in another zone": {expiresAt.Add(time.Second).In(time.FixedZone("PST", -8*3600)), 14, []string{expired},
			"stopped working on 2026-12-20 at 00:00 UTC."},
		"not yet today, in another zone": {expiresAt.Add(-time.Second).In(time.FixedZone("NZDT", 13*3600)), 14, []string{soon}, "this is its last day."},
		"long ago":                       {expiresAt.AddDate(1, 0, 0), 14, []string{expired}, "stopped working on 2026-12-20"},
		"no warnings wanted":             {expiresAt.Add(-time.Second), 0, nil, ""},
		"expired, no warnings wanted":    {expiresAt, 0, []string{expired}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described := token(gitlab.KindGroup, []string{"read_api"}, gitlab.AccessLevelOwner)
			described.ExpiresAt = &expiresAt
			findings := Judge(described, Case{Instance: instance, Now: test.now, ExpiryWarningDays: test.days})
			assertSummaries(t, findings, test.want...)
			if len(findings) > 0 {
				assertContains(t, findings[0].Detail, test.detail, "https://gitlab.example.com/-/g/87")
				if strings.Contains(findings[0].Detail, ", expires") {
					t.Errorf("says the date twice: %s", findings[0].Detail)
				}
			}
		})
	}
}

func TestJudge_neverExpires(t *testing.T) {
	t.Parallel()
	described := token(gitlab.KindPersonal, []string{"api"}, 0)
	described.ExpiresAt = nil
	assertSummaries(t, judge(described, gitlab.KindPersonal, GroupSecretSync))
}

func TestJudge_deadTokenHasOneFinding(t *testing.T) {
	t.Parallel()
	past := now.Add(-time.Hour)
	tests := map[string]struct {
		kill func(*gitlab.Description)
		want string
	}{
		"revoked":             {func(d *gitlab.Description) { d.Revoked, d.Active = true, false }, "error token: GitLab token was revoked"},
		"expired":             {func(d *gitlab.Description) { d.ExpiresAt, d.Active = &past, false }, "error token: GitLab token has expired"},
		"revoked and expired": {func(d *gitlab.Description) { d.ExpiresAt, d.Revoked, d.Active = &past, true, false }, "error token: GitLab token was revoked"},
		"inactive":            {func(d *gitlab.Description) { d.Active = false }, "error token: GitLab token is not active"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described := token(gitlab.KindGroup, []string{"read_api"}, gitlab.AccessLevelGuest)
			test.kill(&described)
			assertSummaries(t, judge(described, gitlab.KindProject, GroupSecretSync), test.want)
		})
	}
}

func TestJudge_failures(t *testing.T) {
	t.Parallel()
	const notChecked = "warning token: Could not check the GitLab token"
	tests := map[gitlab.Reason]string{
		gitlab.ReasonTokenUnknown:          "error token: GitLab does not know the token",
		gitlab.ReasonTokenExpired:          "error token: GitLab token has expired",
		gitlab.ReasonTokenRevoked:          "error token: GitLab token was revoked",
		gitlab.ReasonImpersonationDisabled: "error token: GitLab refuses impersonation tokens",
		gitlab.ReasonDPoPRequired:          "error token: GitLab requires DPoP, which Infisical does not support",
		gitlab.ReasonUserRefused:           "error token: GitLab refuses the token's user",
		gitlab.ReasonScope:                 notChecked,
		gitlab.ReasonGranular:              notChecked,
		gitlab.ReasonForbidden:             notChecked,
		gitlab.ReasonNotFound:              notChecked,
		gitlab.ReasonInvalid:               notChecked,
		gitlab.ReasonNotSent:               notChecked,
		gitlab.ReasonUnreachable:           notChecked,
		gitlab.ReasonUntrusted:             notChecked,
		gitlab.ReasonServerError:           notChecked,
		gitlab.ReasonRateLimited:           notChecked,
		gitlab.ReasonRedirected:            notChecked,
		gitlab.ReasonNoSuchRoute:           notChecked,
		gitlab.ReasonNotGitLab:             notChecked,
		gitlab.ReasonUnexpected:            notChecked,
	}
	for reason, want := range tests {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			failure := &gitlab.Error{Operation: "describing the token", Reason: reason, Status: 403, Message: "Your account has been blocked."}
			findings := judge(gitlab.Description{Failure: failure}, gitlab.KindGroup, GroupSecretSync)
			assertSummaries(t, findings, want)
			assertContains(t, findings[0].Message(), instance)
			if strings.Contains(findings[0].Message(), "..") {
				t.Errorf("two full stops: %s", findings[0].Message())
			}
		})
	}
}

func TestJudge_untrustedCertificate(t *testing.T) {
	t.Parallel()
	failure := &gitlab.Error{Operation: "describing the token", Reason: gitlab.ReasonUntrusted, Cause: errors.New("certificate signed by unknown authority")}
	findings := judge(gitlab.Description{Failure: failure}, gitlab.KindGroup)
	assertSummaries(t, findings, "warning token: Could not check the GitLab token")
	assertContains(t, findings[0].Message(), "certificate signed by unknown authority (if a private authority issued the certificate, set gitlab.ca_certificate")
}

func TestJudge_oauthToken(t *testing.T) {
	t.Parallel()
	described := gitlab.Description{Token: gitlab.Token{Kind: gitlab.KindOAuth, Active: true}}
	findings := judge(described, gitlab.KindPersonal, GroupSecretSync)
	assertSummaries(t, findings, "error token: GitLab token is an OAuth access token")
}

func TestJudge_granular(t *testing.T) {
	t.Parallel()
	described := token(gitlab.KindPersonal, []string{"granular"}, 0)
	described.Granular = true
	assertSummaries(t, judge(described, gitlab.KindPersonal))
	untold := judge(described, gitlab.KindPersonal, GroupSecretSync)
	assertSummaries(t, untold, "warning token: Could not check the permissions of the GitLab token")
	assertContains(t, untold[0].Detail, "as GitLab 19.5 and newer do", "Group Secret Sync needs: create_variable, delete_variable, read_variable, update_variable.")

	described.GranularScopes = []gitlab.GranularScope{
		{Access: gitlab.AccessUser, Permissions: []string{"read_user"}},
		{Access: gitlab.AccessSelectedMemberships, GroupID: 87, Permissions: []string{"Variable: Create", "Variable: Read", "update_variable"}},
	}
	lacks := judge(described, gitlab.KindPersonal, GroupSecretSync)
	assertSummaries(t, lacks, "error token: GitLab token lacks a permission", "error token: GitLab token lacks a permission")
	assertContains(t, lacks[0].Detail, "does not have on its user: read_personal_access_token.")
	assertContains(t, lacks[1].Detail, "does not have on any group: delete_variable.\n", "Group Secret Sync needs there: create_variable, delete_variable,")
}

func TestJudge_kindNotFoundOut(t *testing.T) {
	t.Parallel()
	const (
		lacksScope = "error token: GitLab token lacks a scope"
		unknown    = "warning kind: Could not check the kind of the GitLab token"
	)
	tests := map[string]struct {
		scopes   []string
		reason   gitlab.Reason
		declared gitlab.Kind
		uses     []Use
		want     []string
	}{
		"forbidden by its scopes": {[]string{"read_repository"}, gitlab.ReasonScope, gitlab.KindUnknown, nil, []string{unknown}},
		"forbidden by its scopes, with a use": {[]string{"read_repository"}, gitlab.ReasonScope, gitlab.KindUnknown, []Use{GroupSecretSync},
			[]string{lacksScope}},
		"server error":                       {[]string{"api"}, gitlab.ReasonServerError, gitlab.KindUnknown, []Use{GroupSecretSync}, []string{unknown}},
		"what some kinds need is not judged": {[]string{"api"}, gitlab.ReasonServerError, gitlab.KindUnknown, []Use{GroupSecretScanning}, []string{unknown}},
		"unless such a kind is declared": {[]string{"api"}, gitlab.ReasonServerError, gitlab.KindPersonal, []Use{GroupSecretScanning},
			[]string{lacksScope}},
		"what all kinds need is judged": {[]string{"read_api"}, gitlab.ReasonServerError, gitlab.KindUnknown, []Use{GroupSecretScanning},
			[]string{lacksScope}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described := token(gitlab.KindUnknown, test.scopes, 0)
			described.KindFailure = &gitlab.Error{Operation: "finding out the kind", Reason: test.reason}
			assertSummaries(t, judge(described, test.declared, test.uses...), test.want...)
		})
	}
}

func TestJudge_roleNotFoundOut(t *testing.T) {
	t.Parallel()
	tests := map[gitlab.Reason][]string{
		gitlab.ReasonNotFound:    {"error token: GitLab token has no role"},
		gitlab.ReasonServerError: {"warning token: Could not check the role of the GitLab token"},
		gitlab.ReasonScope:       {},
	}
	for reason, want := range tests {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			described := token(gitlab.KindGroup, []string{"api"}, 0)
			described.AccessLevelFailure = &gitlab.Error{Operation: "finding out the role", Reason: reason}
			findings := judge(described, gitlab.KindGroup, GroupSecretSync)
			assertSummaries(t, findings, want...)
			for _, finding := range findings {
				assertContains(t, finding.Detail, "Group Secret Sync needs at least: owner.")
			}
		})
	}
}

func TestJudge_severalFaults(t *testing.T) {
	t.Parallel()
	soon := now.AddDate(0, 0, 3)
	described := token(gitlab.KindGroup, []string{"read_repository"}, gitlab.AccessLevelGuest)
	described.ExpiresAt = &soon
	assertSummaries(t, judge(described, gitlab.KindPersonal, Uses()...),
		"error kind: GitLab token is of another kind",
		"error token: GitLab token lacks a scope",
		"error token: GitLab token has too low a role",
		"warning token: GitLab token expires soon",
	)
}

func TestFinding_asWarning(t *testing.T) {
	t.Parallel()
	finding := judge(token(gitlab.KindGroup, nil, gitlab.AccessLevelOwner), gitlab.KindGroup, GroupSecretSync)[0]
	warning := finding.AsWarning()
	if warning.Severity != Warning || strings.Contains(warning.Message(), "token_validation") || !strings.HasSuffix(warning.Message(), ".") {
		t.Errorf("got %s: %s", warning.Severity, warning.Message())
	}
	static := JudgeManaged(gitlab.KindGroup, []Use{GroupSecretSync}, []string{}, 0)[0]
	if got := static.AsWarning(); got.Severity != Error || strings.Contains(got.Message(), "token_validation") {
		t.Errorf("got %s: %s", got.Severity, got.Message())
	}
}

func TestJudgeManaged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind        gitlab.Kind
		uses        []Use
		scopes      []string
		accessLevel gitlab.AccessLevel
		want        []string
	}{
		"defaults":         {gitlab.KindGroup, Uses(), nil, 0, nil},
		"as needed":        {gitlab.KindGroup, []Use{GroupSecretSync}, []string{"api"}, gitlab.AccessLevelOwner, nil},
		"more than needed": {gitlab.KindGroup, []Use{ProjectSecretSync}, []string{"api", "self_rotate"}, gitlab.AccessLevelOwner, nil},
		"no uses":          {gitlab.KindProject, nil, []string{"read_api"}, gitlab.AccessLevelGuest, nil},
		"scope short": {gitlab.KindProject, []Use{ProjectSecretScanning}, []string{"api"}, 0,
			[]string{"error scopes: Managed token would lack a scope"}},
		"role short": {gitlab.KindGroup, []Use{GroupSecretSync}, nil, gitlab.AccessLevelMaintainer,
			[]string{"error access_level: Managed token would have too low a role"}},
		"role of GitLab's own": {gitlab.KindProject, []Use{ProjectSecretSync}, nil, gitlab.AccessLevelMaintainer,
			[]string{"warning access_level: Managed token would have a lower role than Infisical's manual asks for"}},
		"project, group's use": {gitlab.KindProject, Uses(), nil, 0, []string{"error uses: A project access token cannot serve this use"}},
		"scope and role short": {gitlab.KindGroup, []Use{GroupSecretSync}, []string{}, gitlab.AccessLevelGuest,
			[]string{"error scopes: Managed token would lack a scope", "error access_level: Managed token would have too low a role"}},
		"below what GitLab asks": {gitlab.KindProject, []Use{ProjectSecretSync}, nil, gitlab.AccessLevelDeveloper,
			[]string{"error access_level: Managed token would have too low a role"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertSummaries(t, JudgeManaged(test.kind, test.uses, test.scopes, test.accessLevel), test.want...)
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	text := Table()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 2+10 {
		t.Fatalf("got %d lines:\n%s", len(lines), text)
	}
	assertContains(t, text,
		"| personal access token | `project_secret_sync`, `group_secret_sync` | `api` | - |",
		"| project access token | `project_secret_sync` | `api` | `owner` (GitLab itself asks for `maintainer`) |",
		"| group access token | `group_secret_scanning` | `api` | `owner` |",
		"| OAuth access token | `project_secret_scanning`, `group_secret_scanning` | `api`, `read_repository` | - |",
	)
	for _, row := range manual {
		if !slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, "| "+kindName(row.kind)+" |") && strings.Contains(line, "`"+string(row.use)+"`")
		}) {
			t.Errorf("no line for %s and %s", row.kind, row.use)
		}
	}
}

func TestParseUse(t *testing.T) {
	t.Parallel()
	for _, use := range Uses() {
		if got, err := ParseUse(string(use)); err != nil || got != use {
			t.Errorf("got %q, %v", got, err)
		}
	}
	_, err := ParseUse("secret_sync")
	if err == nil || err.Error() != `"secret_sync" is not a use case: use one of project_secret_sync, group_secret_sync, project_secret_scanning, group_secret_scanning` {
		t.Errorf("got %v", err)
	}
}

func TestJudge_anotherSortOfSecret(t *testing.T) {
	t.Parallel()
	description := gitlab.Description{Failure: &gitlab.Error{Reason: gitlab.ReasonTokenUnknown, Status: 401}, LooksLike: "deploy token"}
	findings := judge(description, gitlab.KindGroup, GroupSecretSync)
	assertSummaries(t, findings, "error token: GitLab does not know the token")
	assertContains(t, findings[0].Message(), "has the prefix of another secret (deploy token).",
		"https://docs.gitlab.com/user/group/settings/group_access_tokens/")
}

func TestJudgeOAuth(t *testing.T) {
	t.Parallel()
	findings := JudgeOAuth([]Use{GroupSecretScanning, ProjectSecretSync})
	assertSummaries(t, findings, "warning uses: Cannot check use_cases of an OAuth connection")
	assertContains(t, findings[0].Message(), "Project Secret Sync and Group Secret Scanning need the scopes api, read_repository.")
	assertSummaries(t, JudgeOAuth(nil))
}
