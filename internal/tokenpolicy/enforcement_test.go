package tokenpolicy

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// What is said of a classic token where fine-grained ones are enforced, whole.
func TestEnforcement_texts(t *testing.T) {
	t.Parallel()
	const (
		instance  = "https://gitlab.example.com"
		only      = "GitLab takes fine-grained tokens only"
		exempt    = "or use a token of a service account, a project or a group, which newer versions of GitLab exempt."
		variables = "create_variable, delete_variable, read_variable, update_variable"
		ofUser    = "read_personal_access_token, read_user"
		page      = instance + "/-/user_settings/personal_access_tokens"
	)
	refusal := &gitlab.Error{Reason: gitlab.ReasonGranular, Status: 403, Message: "Access denied."}
	classic := gitlab.Token{ID: 1, Name: "ci", Kind: gitlab.KindPersonal, Username: "ada", Active: true}
	refusedEverywhere := gitlab.Token{ID: 1, Name: "ci", Active: true}
	app := gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}
	acme := gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}
	everywhere := gitlab.Description{Token: refusedEverywhere, KindFailure: refusal}
	for name, tc := range map[string]struct {
		found []Finding
		want  string
	}{
		"everywhere": {
			Judge(everywhere, Case{Instance: instance, Uses: []Use{ProjectSecretSync}, Now: now}),
			"The token \"ci\" (access token, never expires) is a classic one, and " + instance + " takes fine-grained tokens only: GitLab answered 403: Access denied.\n" +
				"Project Secret Sync needs: " + variables + "; and of the token's user: " + ofUser + ".\n" +
				"Create a fine-grained personal access token with these permissions at " + page + ", " + exempt,
		},
		"everywhere, for no use": {
			Judge(everywhere, Case{Instance: instance, Now: now}),
			"The token \"ci\" (access token, never expires) is a classic one, and " + instance + " takes fine-grained tokens only: GitLab answered 403: Access denied.\n" +
				"Create a fine-grained personal access token with at least " + ofUser + " of its user at " + page + ", " + exempt,
		},
		"in a target, of whose level one use is": {
			JudgeTarget(gitlab.Description{Token: classic}, gitlab.TargetDescription{Asked: app, Failure: refusal},
				TargetCase{Instance: instance, Uses: []Use{ProjectSecretSync, GroupSecretScanning}}),
			"The token \"ci\" (personal access token of @ada, never expires) is a classic one, and fine-grained ones alone may act on project acme/app, by a setting of its " +
				"top-level group or of " + instance + ": GitLab answered 403: Access denied.\n" +
				"Project Secret Sync needs there: " + variables + "; and of the token's user: " + ofUser + ".\n" +
				"Create a fine-grained personal access token with these permissions at " + page + ", " + exempt,
		},
		"the provider's token": {
			JudgeMintingPlace(gitlab.Description{Token: classic}, gitlab.TargetDescription{Asked: acme, Failure: refusal},
				Minting{Instance: instance, Place: acme}),
			"The provider's GitLab token \"ci\" is a classic one, and fine-grained ones alone may act on group acme, by a setting of its top-level group or of " + instance +
				": GitLab answered 403: Access denied.\nTo create a token there, a fine-grained one needs in group acme: read_group, create_resource_access_token, " +
				"delete_resource_access_token, read_resource_access_token; and of its user: " + ofUser + ".\nCreate such a token at " + page +
				", or use one of a service account, which newer versions of GitLab exempt, and set gitlab.token or GITLAB_TOKEN to it.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(tc.found) != 1 || tc.found[0].Summary != only || tc.found[0].Detail != tc.want {
				t.Errorf("got  %+v\nwant %s", tc.found, tc.want)
			}
		})
	}
	if found := JudgeTarget(everywhere, gitlab.TargetDescription{Asked: app, Failure: refusal}, TargetCase{Instance: instance, Uses: Uses()}); len(found) > 0 {
		t.Errorf("a target says again what holds everywhere: %+v", found)
	}
}

// A fine-grained token of the provider is judged by its permissions where GitLab tells them.
func TestJudgeMinter_fineGrained(t *testing.T) {
	t.Parallel()
	group := Minting{Instance: "https://gitlab.example.com", Place: gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}, Now: now}
	account := group
	account.Account = true
	scope := func(access gitlab.Access, permissions ...string) gitlab.GranularScope {
		return gitlab.GranularScope{Access: access, Permissions: permissions}
	}
	const lacks = "Provider's GitLab token lacks a permission"
	all := append([]string{"read_group"}, mintingPermissions...)
	for name, tc := range map[string]struct {
		scopes  []gitlab.GranularScope
		by      Minting
		summary string
		says    string
	}{
		"everything":        {[]gitlab.GranularScope{scope(gitlab.AccessAllMemberships, all...)}, group, "", ""},
		"nothing":           {[]gitlab.GranularScope{}, group, lacks, "does not have on any group: read_group, create_resource"},
		"cannot revoke":     {[]gitlab.GranularScope{scope(gitlab.AccessAllMemberships, all[:2]...)}, group, lacks, "any group: delete_resource"},
		"on projects alone": {[]gitlab.GranularScope{scope(gitlab.AccessPersonalProjects, all...)}, group, lacks, "any group: read_group,"},
		"not told":          {nil, group, "Could not check the provider's GitLab token", "needs in group acme: read_group, create_resource_access_token,"},
		"for an account":    {[]gitlab.GranularScope{}, account, "Could not check the provider's GitLab token", "tokens of the service accounts of group acme"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := gitlab.Token{ID: 1, Name: "terraform", Kind: gitlab.KindPersonal, Username: "ada", Active: true, Granular: true, GranularScopes: tc.scopes}
			found := JudgeMinter(gitlab.Description{Token: token}, tc.by)
			if tc.summary == "" {
				if len(found) > 0 {
					t.Errorf("%+v", found)
				}
				return
			}
			severity := Error
			if tc.summary == "Could not check the provider's GitLab token" {
				severity = Warning
			}
			saysOne(t, found, severity, tc.summary, tc.says)
		})
	}
}
