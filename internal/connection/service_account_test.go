package connection_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// deployer is a service account of the group acme, in which it is Maintainer.
const deployer = "deployer"

// ofAccount is a connection that makes tokens of a service account.
func ofAccount(changes ...block) block {
	return managed(append([]block{{"service_account": deployer}}, changes...)...)
}

// account is the deployer at GitLab.
func (w *workspace) account() gitlab.User { return w.Servers.Sandbox.GitLab.User(deployer) }

// belongsTo checks whose the token is that Infisical holds.
func (w *workspace) belongsTo(kind gitlab.TokenKind, infisicalType string) {
	w.t.Helper()
	connection := w.Connections()[0]
	token, ok := w.TokenOf(connection)
	if !ok || token.Kind != kind || connection.AccessTokenType != infisicalType {
		w.t.Errorf("Infisical has a %s token of the kind %q, want %s and %s", connection.AccessTokenType, token.Kind, infisicalType, kind)
	}
	if kind == gitlab.ServiceAccountToken && token.UserID != w.account().ID {
		w.t.Errorf("it is user %d's", token.UserID)
	}
}

func TestAccServiceAccount_lifecycle(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	users := w.Servers.Sandbox.GitLab.Users()
	w.Must(ofAccount())

	// 1. The token is the account's, and personal to Infisical.
	w.belongsTo(gitlab.ServiceAccountToken, "personal")
	for name, want := range map[string]string{"type": "personal", "username": deployer, "resource_id": "87",
		"service_account_id": strconv.Itoa(w.account().ID)} {
		if got := w.Attribute("token_details", name); got != want && !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("token.%s is %s, want %s", name, got, want)
		}
	}
	if role := w.Attribute("token_details", "access_level"); role != "" {
		t.Errorf("token_details.access_level is %s", role)
	}
	w.Settled(ofAccount(), "")

	// 2. It is replaced when due, by one request to the account, and found again by its list.
	w.Clock.AdvanceDays(61)
	w.Plans(ofAccount(), acctest.Update, "rotates 30 days before")
	w.Servers.Sandbox.Log.Reset()
	w.Must(ofAccount())
	if minted := count(w.Asked(), "POST /api/v4/groups/{id}/service_accounts/{id}/personal_access_tokens"); minted != 1 {
		t.Errorf("%d tokens were made: %v", minted, w.Asked())
	}
	w.Settled(ofAccount(), "")

	// 3. A trigger does so, too.
	triggered := ofAccount(block{"rotation_triggers": block{"quarter": "2027Q1"}})
	w.Must(triggered)
	w.Settled(triggered, "")

	// 4. Nothing is left of the connection, and the account is still there. No user was made.
	w.Must(nil)
	w.Settled(nil, "")
	if after := w.Servers.Sandbox.GitLab.Users(); after != users || w.account().ID == 0 {
		t.Errorf("there were %d users, and there are %d", users, after)
	}
}

func count(lines []string, line string) int {
	return len(lines) - len(slices.DeleteFunc(slices.Clone(lines), func(other string) bool { return other == line }))
}

// Infisical holds a live token all the time, which the workspace checks at every request.
func TestAccServiceAccount_switchBothWays(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	id := w.Connections()[0].ID
	w.Plans(ofAccount(), acctest.Update, "its service account changes")
	w.Must(ofAccount())
	w.belongsTo(gitlab.ServiceAccountToken, "personal")
	w.Settled(ofAccount(), "")

	w.Plans(managed(), acctest.Update, "its service account changes")
	w.Must(managed())
	w.belongsTo(gitlab.GroupToken, "group")
	w.Settled(managed(), "")

	// From one account to another, and to a token of one's own.
	w.Must(ofAccount())
	other := w.Servers.Sandbox.GitLab.AddGroupServiceAccount(w.Servers.Sandbox.GitLab.Group("acme"), "other")
	w.Servers.Sandbox.GitLab.AddMember(w.Servers.Sandbox.GitLab.Group("acme"), other, gitlab.MaintainerAccess)
	w.Must(ofAccount(block{"service_account": "other"}))
	if token, _ := w.TokenOf(w.Connections()[0]); token.UserID != other.ID {
		t.Errorf("the token is user %d's", token.UserID)
	}
	w.Settled(ofAccount(block{"service_account": "other"}), "")
	w.Must(given(w.Servers))
	w.Settled(given(w.Servers), "")
	if w.Connections()[0].ID != id {
		t.Error("the connection was replaced")
	}
}

// The account's id instead of its name, another spelling, and another name of the same account make no new token.
func TestAccServiceAccount_sameAccountInOtherWords(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(ofAccount())
	made := w.Servers.ManagedTokens()[0].ID
	for _, words := range []string{strconv.Itoa(w.account().ID), "Deployer", "renamed"} {
		if words == "renamed" {
			w.Servers.Sandbox.GitLab.RenameUser(w.account(), words)
		}
		config := ofAccount(block{"service_account": words})
		w.Must(config)
		w.Settled(config, "")
	}
	byID := ofAccount(block{"service_account": "renamed", "group": "87"})
	w.Must(byID)
	if live := w.Servers.ManagedTokens(); len(live) != 1 || live[0].ID != made {
		t.Errorf("%d tokens are alive, want the first one", len(live))
	}
}

func TestAccServiceAccount_notThere(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	gitLab := w.Servers.Sandbox.GitLab
	gitLab.AddGroupServiceAccount(gitLab.Group("acme/platform"), "elsewhere")
	gitLab.AddServiceAccount("of-the-instance")
	for _, name := range []string{"nobody", "elsewhere", "of-the-instance", "ada", "4711"} {
		w.Refuses(ofAccount(block{"service_account": name}), "Service account not found", `"`+name+`"`, "Settings > Service accounts")
	}
	w.Must(ofAccount(block{"service_account": "elsewhere", "group": "acme/platform"}))
}

// The plan says so, without an error that would block a destroy, and the apply fails. Another credential is the way
// out.
func TestAccServiceAccount_deleted(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Dies = true
	w.Must(ofAccount())
	w.Servers.Sandbox.GitLab.DeleteUser(w.account())
	w.Plans(ofAccount(), acctest.Update, "the service account of the token was deleted at GitLab")
	w.Plans(ofAccount(), acctest.Update, "Service account not found")
	if diags := w.Run(ofAccount()); !diags.Failed() || !strings.Contains(diags.String(), "Service account not found") {
		t.Errorf("the apply says: %s", diags)
	}
	w.Must(managed())
	w.Settled(managed(), "")
	w.Must(nil)
	w.Settled(nil, "")
}

// With the account its tokens end, so that a destroy has nothing to revoke, and says so.
func TestAccServiceAccount_destroyAfterTheAccount(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Dies = true
	w.Must(ofAccount())
	w.Servers.Sandbox.GitLab.DeleteUser(w.account())
	diags := w.Run(nil)
	if diags.Failed() || !strings.Contains(diags.String(), "GitLab token out of reach") || !strings.Contains(diags.String(), "service account @deployer") {
		t.Errorf("the destroy says: %s", diags)
	}
	w.Settled(nil, "")
}

// What versions and tiers lack, and what the provider's GitLab token may not do, is one error, in plan and apply.
func TestAccServiceAccount_notAvailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options []sandbox.Option
		before  func(*gitlab.Server)
		group   string
		plan    bool // The plan says so, too.
		tooWeak bool // It says so of the provider's GitLab token.
	}{
		"community edition":    {options: []sandbox.Option{sandbox.WithCommunityGitLab()}, plan: true},
		"version before 17.11": {options: []sandbox.Option{sandbox.WithOlderGitLab()}},
		"tier":                 {options: []sandbox.Option{sandbox.WithOlderGitLab()}, before: (*gitlab.Server).EndLicense, plan: true},
		"subgroup":             {options: []sandbox.Option{sandbox.WithOlderGitLab()}, group: "acme/platform", plan: true},
		"administrators only":  {before: (*gitlab.Server).RestrictServiceAccounts, plan: true},
		"token of the provider's's role": {before: func(g *gitlab.Server) { g.AddMember(g.Group("acme"), g.User("ada"), gitlab.MaintainerAccess) }, plan: true,
			tooWeak: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t, tc.options...)
			if tc.before != nil {
				tc.before(w.Servers.Sandbox.GitLab)
			}
			config := ofAccount()
			if tc.group != "" {
				config = ofAccount(block{"group": tc.group})
			}
			words := []string{"Service account cannot be used", "17.11", "18.11", "Owner of the group", "remove service_account"}
			if tc.tooWeak {
				words = []string{"Provider's GitLab token has too low a role"}
			}
			w.Refuses(config, words...)
			if failed := w.Plan(w.Context, config).Diagnostics.Failed(); failed != tc.plan {
				t.Errorf("the plan fails: %t", failed)
			}
			w.Refuses(withValidation(config, "warn"), "Service account cannot be used")
		})
	}
}

func withValidation(config block, validation string) block {
	config["token_validation"] = validation
	return config
}

// On a free tier of today everything works.
func TestAccServiceAccount_freeTier(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Servers.Sandbox.GitLab.EndLicense()
	w.Must(ofAccount())
	w.Settled(ofAccount(), "")
}

func TestAccServiceAccount_revokedByHand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		act    func(*gitlab.Server, int)
		reason string
	}{
		"revoked": {(*gitlab.Server).Revoke, "revoked at GitLab"},
		"deleted": {(*gitlab.Server).DeleteToken, "deleted at GitLab"},
		"expired": {(*gitlab.Server).Expire, "expires"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Dies = true
			w.Must(ofAccount())
			tc.act(w.Servers.Sandbox.GitLab, w.Servers.ManagedTokens()[0].ID)
			w.Plans(ofAccount(), acctest.Update, tc.reason)
			w.Must(ofAccount())
			w.Settled(ofAccount(), "")
		})
	}
}

func TestAccServiceAccount_tooLong(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Servers.Sandbox.GitLab.SetMaxLifetimeDays(30)
	w.Refuses(ofAccount(), "Lifetime of the managed token is too long", "Expires at must be before", "expiration_days")
	w.Must(ofAccount(block{"expiration_days": 30}))
}

// The answer to the creation is lost, and the token that it made is found by its name and revoked.
func TestAccServiceAccount_answerLost(t *testing.T) {
	t.Parallel()
	for _, kind := range []server.FaultKind{server.FaultDropAfter, server.FaultTruncate, server.FaultStatusAfter} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(ofAccount())
			lift := w.Fail(server.Fault{Server: server.GitLab, Method: http.MethodPost, Kind: kind, Status: 500, Times: 1})
			triggered := ofAccount(block{"rotation_triggers": block{"quarter": "2027Q1"}})
			if diags := w.Run(triggered); !diags.Failed() {
				t.Errorf("the apply says: %s", diags)
			}
			lift()
			w.Must(triggered)
			w.Settled(triggered, "")
		})
	}
}

// Without private state the record is rebuilt from the state, which names the account.
func TestAccServiceAccount_recordLost(t *testing.T) {
	t.Parallel()
	triggered := ofAccount(block{"rotation_triggers": block{"quarter": "2027Q1"}})
	for name, config := range map[string]block{"rotated": triggered, "switched": managed(), "one's own": nil, "destroyed": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(ofAccount())
			w.Must(ofAccount(block{"expiration_days": 80}))
			w.LosePrivate()
			if name == "one's own" {
				config = given(w.Servers)
			}
			w.Must(config)
			w.Settled(config, "")
		})
	}
}

// Two connections share an account, and leave each other's tokens alone.
func TestAccServiceAccount_shared(t *testing.T) {
	t.Parallel()
	a := newManaging(t)
	b := a.beside()
	second := ofAccount()
	second["name"] = "second"
	a.Must(ofAccount())
	b.Must(second)
	a.Clock.AdvanceDays(61)
	a.Must(ofAccount())
	b.Must(second)
	a.Must(nil)
	b.Plans(second, acctest.NoOp, "")
	b.Must(nil)
	a.Servers.NoneLive(t)
}

// The role of the account is judged where the connection is used, and by the targets alone.
func TestAccServiceAccount_targets(t *testing.T) {
	t.Parallel()
	in := func(uses string, targets block) block {
		config := ofAccount()
		config["use_cases"], config["targets"] = []string{uses}, targets
		return config
	}
	w := newManaging(t)
	gitLab := w.Servers.Sandbox.GitLab
	apps := in("project_secret_sync", block{"projects": []string{"acme/platform/apps/api"}})

	// 1. A Maintainer suffices for projects, not for the variables of a group.
	w.Refuses(in("group_secret_sync", block{"groups": []string{"acme"}}), "Service account lacks a role in a target", "has the role maintainer in group acme",
		"Give @deployer that role")
	w.Must(apps)
	w.Settled(apps, "")
	w.Servers.Sandbox.Log.Reset()
	w.Plan(w.Context, apps)
	if asked := count(w.Asked(), "GET /api/v4/projects/{id}/members/all/{id}"); asked != 1 {
		t.Errorf("the role was asked for %d times: %v", asked, w.Asked())
	}

	// 2. Of a connection in use it is only said.
	gitLab.AddMember(gitLab.Group("acme"), w.account(), gitlab.DeveloperAccess)
	w.Plans(apps, acctest.NoOp, "has the role developer in project acme/platform/apps/api")
	gitLab.RemoveMember(gitLab.Group("acme"), w.account())
	w.Plans(apps, acctest.NoOp, "has no role in project acme/platform/apps/api")

	// 3. Elsewhere it has none.
	gitLab.AddProject("other/web")
	gitLab.AddMember(gitLab.Group("other"), gitLab.User("ada"), gitlab.OwnerAccess)
	w.Refuses(func() block {
		config := in("project_secret_sync", block{"projects": []string{"other/web"}})
		config["name"] = "third"
		return config
	}(), "has no role in project other/web")
}

func TestAccServiceAccount_settings(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Refuses(block{"name": "platform", "use_cases": []string{"project_secret_sync"}, "managed_access_token": block{"project": "acme/app",
		"service_account": deployer}}, "Service account needs a group")
	w.Refuses(ofAccount(block{"access_level": "owner"}), "Service account has a role of its own")
	w.Refuses(ofAccount(block{"service_account": "@deployer"}), "without @")
	withoutUses := block{"name": "platform", "managed_access_token": block{"group": "acme", "service_account": deployer}}
	w.Refuses(withoutUses, "Scopes and role of the managed token needed", "or scopes")
	w.Refuses(ofAccount(block{"scopes": []string{"read_api"}}), "Managed token would lack a scope")
	withoutUses["managed_access_token"] = block{"group": "acme", "service_account": deployer, "scopes": []string{"api", "read_user"}}
	w.Must(withoutUses)
	w.Settled(withoutUses, "")
}

// A year of monthly rotations makes twelve tokens and no user.
func TestAccServiceAccount_year(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	gitLab := w.Servers.Sandbox.GitLab
	gitLab.SetExpiresAt(gitLab.Token("admin-management").ID, nil)
	config := ofAccount(block{"expiration_days": 60, "rotate_before_days": 30})
	users := gitLab.Users()
	for range 360 {
		w.Must(config)
		w.Clock.AdvanceDays(1)
	}
	made := slices.DeleteFunc(gitLab.Tokens(), func(token gitlab.Token) bool { return !strings.HasPrefix(token.Name, "infisical ") })
	if created := gitLab.Users() - users; len(made) != 12 || created != 0 {
		t.Errorf("%d tokens and %d users were made, want 12 and none", len(made), created)
	}
	if live := w.Servers.ManagedTokens(); len(live) != 1 {
		t.Errorf("%d tokens are alive", len(live))
	}
	fmt.Printf("%s: 360 applies made %d tokens and %d users\n", t.Name(), len(made), gitLab.Users()-users)
}
