package connection_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	noChanges = "No changes."
	// groupToken declares what the seeded token group-owner-api is good for.
	groupToken = `use_cases = ["group_secret_sync"]
access_token = { type = "group", value_wo = var.token }`
)

// The tokens that Infisical would accept and that fail later.
var badTokens = map[string]struct {
	token, kind, use string
	// line is where the finding points, summary its title, and says what it must tell.
	line, summary string
	says          []string
}{
	"expired": {
		"personal-expired", "personal", "group_secret_sync",
		"access_token = {", "GitLab token has expired", []string{"says that the token has expired. Create a new one at",
			"/-/user_settings/personal_access_tokens,"},
	},
	"revoked": {
		"personal-revoked", "personal", "group_secret_sync",
		"access_token = {", "GitLab token was revoked", []string{"says that the token was revoked. Create a new one at",
			"/-/user_settings/personal_access_tokens,"},
	},
	"unknown": {
		"", "group", "group_secret_sync",
		"access_token = {", "GitLab does not know the token", []string{"answered 401 Unauthorized: the token is mistyped, was deleted, or belongs to " +
			"another GitLab instance.", "Check instance_url, or create a token (see https://docs.gitlab.com/user/group/settings/group_access_tokens/),"},
	},
	"read_api only": {
		"group-owner-read-api", "group", "group_secret_sync",
		"access_token = {", "GitLab token lacks a scope", []string{`The token "group-owner-read-api" (group access token of group 87, expires`,
			"has the scope read_api. Group Secret Sync needs: api. Create a token with this scope at", "/-/g/87 (Settings > Access tokens),"},
	},
	"read_repository only": {
		"personal-read-repository", "personal", "project_secret_scanning",
		"access_token = {", "GitLab token lacks a scope", []string{"has the scope read_repository. Project Secret Scanning needs: api, read_repository. " +
			"Create a token with these scopes at", "/-/user_settings/personal_access_tokens,"},
	},
	"group token of a developer": {
		"group-developer-api", "group", "project_secret_sync",
		"access_token = {", "GitLab token has too low a role", []string{"has the role developer in group 87. Project Secret Sync needs at least: " +
			"maintainer. Create a token with this role at", "/-/g/87 (Settings > Access tokens),"},
	},
	"group token of a maintainer for group variables": {
		"group-maintainer-api", "group", "group_secret_sync",
		"access_token = {", "GitLab token has too low a role", []string{"has the role maintainer in group 87. Group Secret Sync needs at least: owner."},
	},
	"project token of a developer": {
		"project-developer-api", "project", "project_secret_sync",
		"access_token = {", "GitLab token has too low a role", []string{"has the role developer in project 1203. Project Secret Sync needs at least: owner. " +
			"Create a token with this role at", "/projects/1203 (Settings > Access tokens),"},
	},
	"group token declared as project": {
		"group-owner-api", "project", "project_secret_sync",
		"access_token = {", "GitLab token is of another kind", []string{"is declared as a project access token, but is a group access token.",
			`Set type = "group", or use a project access token instead (https://docs.gitlab.com/user/project/settings/project_access_tokens/),`},
	},
	"personal token declared as group": {
		"personal-api", "group", "group_secret_sync",
		"access_token = {", "GitLab token is of another kind", []string{`The token "personal-api" (personal access token of @ada, expires`,
			"is declared as a group access token, but is a personal access token.", `Set type = "personal"`},
	},
	"fine-grained": {
		"granular-described", "personal", "group_secret_sync",
		"access_token = {", "GitLab token lacks a permission", []string{"does not have on any group: create_variable, delete_variable, read_variable, " +
			"update_variable. Group Secret Sync needs there: create_variable,", "/-/user_settings/personal_access_tokens,"},
	},
	"OAuth access token": {
		"oauth-api", "personal", "group_secret_sync",
		"access_token = {", "GitLab token is an OAuth access token", []string{"it expires after two hours", "/-/user_settings/personal_access_tokens,"},
	},
	"project token of unsaid kind for a group's use": {
		"project-owner-api", "", "group_secret_sync",
		"use_cases", "A project access token cannot serve this use", []string{"can act on its own project only. Group Secret Sync needs a group or personal " +
			"access token.", "or remove group_secret_sync from use_cases,"},
	},
}

func TestAccConnection_wrongTokenFailsInPlan(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	t.Cleanup(func() { servers.NoWrites(t) })
	for name, tc := range badTokens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := "example-of-no-token"
			if tc.token != "" {
				token = servers.Sandbox.GitLab.Token(tc.token).Value
			}
			kind := ""
			if tc.kind != "" {
				kind = fmt.Sprintf("type = %q, ", tc.kind)
			}
			cli := acctest.Watch(t, servers)
			declare := func(validation string) {
				cli.Declare(fmt.Sprintf("use_cases = [%q]\naccess_token = { %svalue_wo = var.token }\n%s", tc.use, kind, validation))
			}

			// 1. By default it is an error.
			declare("")
			said, ok := cli.Plan(token)
			if ok {
				t.Error("the plan went well")
			}
			acctest.MustSay(t, said, append(tc.says, "Error: "+tc.summary, tc.line, `or set token_validation = "warn" to go on regardless.`)...)
			if n := strings.Count(said, "Error: ") + strings.Count(said, "Warning: GitLab"); n != 1 {
				t.Errorf("%d findings, want 1:\n%s", n, said)
			}

			// 2. With "warn" it is a warning, and the plan stands.
			declare(`token_validation = "warn"`)
			said, ok = cli.Plan(token)
			if !ok {
				t.Errorf("the plan failed:\n%s", said)
			}
			acctest.MustSay(t, said, "Warning: "+tc.summary, "1 to add")
			acctest.MustNotSay(t, said, "to go on regardless")
		})
	}
}

// What is no more than a warning in enforce, or nothing at all.
func TestAccConnection_tolerableTokensPass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token, kind, use string
		warns            []string // of nothing when empty
	}{
		"project token of a maintainer for sync": {
			"project-maintainer-api", "project", "project_secret_sync",
			[]string{
				"Warning: GitLab token has a lower role than Infisical's manual asks for", "has the role maintainer in project 1203.",
				"For Project Secret Sync Infisical's manual asks for at least: owner. GitLab itself asks for maintainer, so the token may still work.",
				"/projects/1203 (Settings > Access tokens).",
			},
		},
		"fine-grained token that may not describe itself": {
			"granular", "personal", "project_secret_sync",
			[]string{"Warning: Could not check the GitLab token", "GitLab answered 403", "so this is only a warning."},
		},
		"routable token":                   {"personal-routable", "personal", "group_secret_sync", nil},
		"token with an instance's prefix":  {"personal-prefixed", "personal", "group_secret_sync", nil},
		"service account of a group":       {"service-account-api", "personal", "group_secret_sync", nil},
		"service account of the instance":  {"service-account-instance", "personal", "group_secret_sync", nil},
		"service account of any name":      {"service-account-named", "personal", "group_secret_sync", nil},
		"service account for scanning":     {"service-account-scanning", "personal", "project_secret_scanning", nil},
		"impersonation token":              {"impersonation-api", "personal", "group_secret_sync", nil},
		"personal token that never ends":   {"personal-never-expires", "personal", "group_secret_sync", nil},
		"project token for scanning":       {"project-maintainer-scanning", "project", "project_secret_scanning", nil},
		"group token for projects":         {"group-maintainer-api", "group", "project_secret_sync", nil},
		"group token for scanning a group": {"group-owner-api", "group", "group_secret_scanning", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			token := servers.Sandbox.GitLab.Token(tc.token).Value
			cli := acctest.Watch(t, servers)
			cli.Declare(fmt.Sprintf("use_cases = [%q]\naccess_token = { type = %q, value_wo = var.token }", tc.use, tc.kind))
			said, ok := cli.Apply(token)
			if !ok {
				t.Fatalf("the apply failed:\n%s", said)
			}
			acctest.MustSay(t, said, tc.warns...)
			if len(tc.warns) == 0 {
				acctest.MustNotSay(t, said, "Warning: GitLab", "Error: ")
			}
			said, _ = cli.Plan(token)
			acctest.MustSay(t, said, append(tc.warns, noChanges)...)
		})
	}
}

func TestAccConnection_validationOffAsksNothing(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	token := servers.Sandbox.GitLab.Token("group-owner-read-api").Value
	cli := acctest.Watch(t, servers)

	// 1. By the provider's setting.
	declare := func(provider, resource string) {
		cli.Write(acctest.TokenVariable + fmt.Sprintf(`
provider "infisical" {
  gitlab = { token_validation = %q }
}

resource "infisical_gitlab_connection" "test" {
  name         = "platform"
  use_cases    = ["group_secret_sync"]
  access_token = { type = "group", value_wo = var.token }
  %s
}
`, provider, resource))
	}
	declare("off", "")
	if said, ok := cli.Apply(token); !ok {
		t.Fatalf("the apply failed:\n%s", said)
	}
	said, _ := cli.Plan(token)
	acctest.MustSay(t, said, noChanges)
	if asked := servers.Lines("gitlab"); len(asked) != 0 {
		t.Errorf("GitLab was asked %q", asked)
	}
	cli.MustHold(nil, "token_details")

	// 2. The resource overrides the provider, both ways.
	declare("enforce", `token_validation = "off"`)
	cli.Apply(token)
	servers.Sandbox.Log.Reset()
	said, _ = cli.Plan(token)
	acctest.MustSay(t, said, noChanges)
	if asked := servers.Lines("gitlab"); len(asked) != 0 {
		t.Errorf("GitLab was asked %q", asked)
	}
	declare("off", `token_validation = "warn"`)
	said, _ = cli.Plan(token)
	acctest.MustSay(t, said, "Warning: GitLab token lacks a scope")
}

// GitLab does not answer this machine, and Infisical reaches it all the same.
func TestAccConnection_gitLabCannotBeAsked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault server.Fault
		says  string
	}{
		"connections break": {server.Fault{Kind: server.FaultDropBefore}, "about the token failed: "},
		"no answer":         {server.Fault{Kind: server.FaultHang}, "about the token failed: no complete answer within 1s."},
		"500":               {server.Fault{Kind: server.FaultStatus, Status: 500}, "about the token failed: GitLab answered 500"},
		"502 page":          {server.Fault{Kind: server.FaultHTML, Status: 502}, "about the token failed: GitLab answered 502 Bad Gateway."},
		"sign-in page":      {server.Fault{Kind: server.FaultHTML}, "the answer does not come from GitLab's API; it may be a sign-in page or come from a proxy, or GitLab is below a path"},
		"429 for a minute": {
			server.Fault{Kind: server.FaultStatus, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, Body: "Retry later\n"},
			"about the token failed: GitLab answered 429 Too Many Requests.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			tc.fault.Server = server.GitLab
			servers.Sandbox.Fail(tc.fault)
			cli := acctest.Watch(t, servers)
			config := acctest.TokenVariable + "provider \"infisical\" {\n  max_retries = 1\n  request_timeout = \"1s\"\n}\n"
			for _, connection := range []string{"first", "second"} {
				config += fmt.Sprintf("resource \"infisical_gitlab_connection\" %[1]q {\n  name = %[1]q\n  %[2]s\n}\n", connection, groupToken)
			}
			cli.Write(config)

			began := time.Now()
			said, ok := cli.Plan(servers.Token)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("the plan took %s", took)
			}
			acctest.MustSay(t, said, "Warning: Could not check the GitLab token", tc.says, "so this is only a warning.", "2 to add")
			// Terraform shows one of several warnings with the same title, and counts the others.
			if n := strings.Count(said, "Warning: Could not check the GitLab token") + strings.Count(said, "(and one more similar warning elsewhere)"); !ok ||
				n != 2 {
				t.Errorf("%d warnings, want one for each of two connections:\n%s", n, said)
			}
			if said, ok := cli.Apply(servers.Token); !ok {
				t.Errorf("the apply failed:\n%s", said)
			}
			said, _ = cli.Plan(servers.Token)
			acctest.MustSay(t, said, noChanges, "Warning: Could not check the GitLab token")
		})
	}
}

func TestAccConnection_kindIsFoundOut(t *testing.T) {
	t.Parallel()
	for token, kind := range map[string]string{
		"personal-api": "personal", "service-account-api": "personal", "project-owner-api": "project", "group-owner-api": "group",
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			value := servers.Sandbox.GitLab.Token(token).Value
			cli := acctest.Watch(t, servers)
			cli.Declare("access_token = { value_wo = var.token }")
			if said, ok := cli.Apply(value); !ok {
				t.Fatalf("the apply failed:\n%s", said)
			}
			cli.MustHold(kind, "access_token", "type")
			if got := servers.Only(t).AccessTokenType; got != kind {
				t.Errorf("Infisical was told %q, want %q", got, kind)
			}
			said, _ := cli.Plan(value)
			acctest.MustSay(t, said, noChanges)
		})
	}
}

func TestAccConnection_kindCannotBeFoundOut(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token, attributes string
		fault             *server.Fault
		says              []string
	}{
		"GitLab does not answer": {
			"group-owner-api", "", &server.Fault{Server: server.GitLab, Kind: server.FaultStatus, Status: 500},
			[]string{"Warning: Could not check the GitLab token"},
		},
		"token that may not ask": {"personal-read-repository", "", nil, []string{"Warning: Could not check the kind of the GitLab token"}},
		"validation is off":      {"group-owner-api", `token_validation = "off"`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			if tc.fault != nil {
				servers.Sandbox.Fail(*tc.fault)
			}
			cli := acctest.Watch(t, servers)
			cli.Declare("access_token = { value_wo = var.token }\n" + tc.attributes)
			said, ok := cli.Plan(servers.Sandbox.GitLab.Token(tc.token).Value)
			if ok {
				t.Error("the plan went well")
			}
			acctest.MustSay(t, said, append(tc.says, "Error: Kind of the GitLab token needed", "Set the type to personal, project or group.",
				"access_token = {")...)
			if n := strings.Count(said, "Error: "); n != 1 {
				t.Errorf("%d errors:\n%s", n, said)
			}
			servers.NoWrites(t)
		})
	}
}

func TestAccConnection_expiryIsAnnouncedByEveryPlan(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	soon := servers.Sandbox.GitLab.Token("personal-expires-soon")
	cli := acctest.Watch(t, servers)
	cli.Declare(`access_token = { type = "personal", value_wo = var.token }`)
	// The token is dated the fifth day from today, so that between four and five whole days are left.
	warning := []string{"Warning: GitLab token expires soon", fmt.Sprintf("expires %s, 4 days left. Create a new one at", *soon.ExpiresAt), "access_token = {"}
	said, ok := cli.Apply(soon.Value)
	if !ok {
		t.Fatalf("the apply failed:\n%s", said)
	}
	acctest.MustSay(t, said, warning...)
	cli.MustHold(*soon.ExpiresAt, "token_details", "expires_at")
	for range 2 {
		said, _ = cli.Plan(soon.Value)
		acctest.MustSay(t, said, append(warning, noChanges)...)
	}
}

func TestAccConnection_requestsOfAPlanWithUseCases(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.Watch(t, servers)
	const self, member = "GET /api/v4/personal_access_tokens/self", "GET /api/v4/groups/{id}/members/all/{id}"
	for _, connections := range []int{1, 10} {
		cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  count = %d
  name  = "platform-${count.index}"
  %s
}
`, connections, groupToken))
		if said, ok := cli.Apply(servers.Token); !ok {
			t.Fatalf("%d connections: the apply failed:\n%s", connections, said)
		}
		servers.Sandbox.Log.Reset()
		said, _ := cli.Plan(servers.Token)
		acctest.MustSay(t, said, noChanges)
		if got := servers.Lines("gitlab"); !slices.Equal(got, []string{self, member}) {
			t.Errorf("%d connections: GitLab was asked %q", connections, got)
		}
		if got := servers.Lines("infisical"); connections == 1 && !slices.Equal(got, []string{login, getRequest}) {
			t.Errorf("Infisical was asked %q", got)
		}
	}
}

// What becomes of a token in use shows in the next plan, and is no reason to change anything.
func TestAccConnection_tokenFailsOutOfBand(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		happens func(*gitlab.Server, int)
		says    []string
	}{
		"role lowered": {
			func(g *gitlab.Server, id int) { g.SetAccessLevel(id, gitlab.DeveloperAccess) },
			[]string{"Warning: GitLab token has too low a role", "has the role developer in group 87. Group Secret Sync needs at least: owner."},
		},
		"revoked": {(*gitlab.Server).Revoke, []string{"Warning: GitLab token was revoked"}},
		"expired": {(*gitlab.Server).Expire, []string{"Warning: GitLab token has expired"}},
		"deleted": {(*gitlab.Server).DeleteToken, []string{"Warning: GitLab does not know the token"}},
		"scope lost": {
			func(g *gitlab.Server, id int) { g.SetScopes(id, "read_api") },
			[]string{"Warning: GitLab token lacks a scope", "has the scope read_api. Group Secret Sync needs: api."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			cli := acctest.Watch(t, servers)
			cli.Declare("use_cases = [\"group_secret_sync\"]\naccess_token = { type = \"group\", value_wo = var.token }")
			if said, ok := cli.Apply(servers.Token); !ok {
				t.Fatalf("the apply failed:\n%s", said)
			}
			tc.happens(servers.Sandbox.GitLab, servers.Sandbox.GitLab.Token("group-owner-api").ID)
			servers.Sandbox.Log.Reset()
			for _, command := range []func(string) (string, bool){
				func(token string) (string, bool) { return cli.Plan(token, "-detailed-exitcode") }, cli.Apply,
				func(token string) (string, bool) { return cli.Plan(token, "-detailed-exitcode") },
			} {
				said, ok := command(servers.Token)
				if !ok {
					t.Errorf("it failed, or is not empty:\n%s", said)
				}
				acctest.MustSay(t, said, tc.says...)
				acctest.MustNotSay(t, said, "to go on regardless")
			}
			servers.NoWrites(t)
		})
	}
}

func TestAccConnection_useCaseAddedSendsNothing(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.Watch(t, servers)
	for _, form := range []string{"value_wo = var.token", "value_wo = var.token, value_wo_version = 1"} {
		declare := func(uses string) { cli.Declare(uses + "\naccess_token = { type = \"group\", " + form + " }") }
		declare(`use_cases = ["project_secret_sync"]`)
		if said, ok := cli.Apply(servers.OtherToken); !ok {
			t.Fatalf("the apply failed:\n%s", said)
		}
		servers.Sandbox.Log.Reset()

		declare(`use_cases = ["project_secret_sync", "project_secret_scanning"]`)
		said, ok := cli.Apply(servers.OtherToken)
		if !ok {
			t.Errorf("%s: the apply failed:\n%s", form, said)
		}
		acctest.MustSay(t, said, "0 added, 1 changed, 0 destroyed")
		servers.NoWrites(t)
		said, _ = cli.Plan(servers.OtherToken)
		acctest.MustSay(t, said, noChanges)

		// A use that the token in place cannot serve is refused.
		declare(`use_cases = ["group_secret_sync"]`)
		if said, ok = cli.Plan(servers.OtherToken); ok {
			t.Errorf("%s: the plan went well", form)
		}
		acctest.MustSay(t, said, "Error: GitLab token has too low a role")
	}
}

func TestAccConnection_tokenIsDescribedInState(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	token := servers.Sandbox.GitLab.Token("group-owner-scanning")
	cli := acctest.Watch(t, servers)
	cli.Declare("use_cases = [\"group_secret_sync\"]\naccess_token = { type = \"group\", value_wo = var.token }")
	if said, ok := cli.Apply(token.Value); !ok {
		t.Fatalf("the apply failed:\n%s", said)
	}
	for name, want := range map[string]any{
		"id": token.ID, "name": "group-owner-scanning", "type": "group", "scopes": []string{"api", "read_repository"}, "access_level": "owner",
		"resource_id": servers.Sandbox.GitLab.Group("acme").ID, "expires_at": *token.ExpiresAt,
	} {
		cli.MustHold(want, "token_details", name)
	}
	if username, _ := cli.At("token_details", "username").(string); !strings.HasPrefix(username, "group_87_bot_") {
		t.Errorf("token_details.username is %q", username)
	}

	// Read does not see the token.
	servers.Sandbox.GitLab.SetAccessLevel(token.ID, gitlab.MaintainerAccess)
	if said, ok := cli.Say(token.Value, "apply", "-refresh-only", "-input=false", "-auto-approve"); !ok {
		t.Fatalf("the refresh failed:\n%s", said)
	}
	cli.MustHold("owner", "token_details", "access_level")
}

// A redirect is a warning, for Infisical may follow it; the credential stays here.
func TestAccConnection_gitLabRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			elsewhere := acctest.StartSandbox(t)
			servers.Sandbox.Fail(server.Fault{
				Server: server.GitLab, Kind: server.FaultRedirect, Status: status,
				Header: http.Header{"Location": {elsewhere.InstanceURL + "/api/v4/personal_access_tokens/self"}},
			})
			cli := acctest.Watch(t, servers)
			cli.Declare(groupToken)
			said, ok := cli.Plan(servers.Token)
			if !ok {
				t.Errorf("the plan failed:\n%s", said)
			}
			acctest.MustSay(t, said, "Warning: Could not check the GitLab token",
				fmt.Sprintf("the server redirects to %s/api/v4/personal_access_tokens/self (%d), which is not followed because it would carry credentials there", elsewhere.InstanceURL, status))
			if received := elsewhere.Sandbox.Log.Requests(); len(received) != 0 {
				t.Errorf("the other host received %d requests", len(received))
			}
		})
	}
}

func TestAccConnection_gitLabOfAPrivateAuthority(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t, sandbox.WithTLS())
	cli := acctest.Watch(t, servers)
	authority := string(servers.Sandbox.CACertificate())
	configure := func(gitlab string) {
		cli.Write(acctest.TokenVariable + fmt.Sprintf(`
provider "infisical" {
  ca_certificate = <<-EOT
%[1]s
  EOT
  %[2]s
}

resource "infisical_gitlab_connection" "test" {
  name = "platform"
  %[3]s
}
`, authority, gitlab, groupToken))
	}

	// 1. Without it GitLab cannot be asked, and that is said.
	configure("")
	said, ok := cli.Plan(servers.Token)
	if !ok {
		t.Errorf("the plan failed:\n%s", said)
	}
	acctest.MustSay(t, said, "Warning: Could not check the GitLab token", "certificate signed by unknown authority", "gitlab.ca_certificate")

	// 2. With it GitLab is asked, and its word counts.
	configure(fmt.Sprintf("gitlab = {\n    ca_certificate = <<-EOT\n%s\n    EOT\n  }", authority))
	if said, ok = cli.Plan(servers.OtherToken); ok {
		t.Error("a maintainer's token was accepted for group variables")
	}
	acctest.MustSay(t, said, "Error: GitLab token has too low a role")
	said, ok = cli.Apply(servers.Token)
	if !ok {
		t.Errorf("the apply failed:\n%s", said)
	}
	acctest.MustNotSay(t, said, "Warning: GitLab")
	cli.MustHold("owner", "token_details", "access_level")

	// 3. What is no certificate is refused.
	configure(`gitlab = { ca_certificate = "none" }`)
	if said, ok = cli.Plan(servers.Token); ok {
		t.Error("the plan went well")
	}
	acctest.MustSay(t, said, "Error: CA certificate not usable", "gitlab.ca_certificate")
}

func TestAccConnection_wrongTokenIsNowhere(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	trace := filepath.Join(t.TempDir(), "trace.log")
	cli := acctest.Watch(t, servers, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)
	wrong := servers.Sandbox.GitLab.Token("group-owner-read-api").Value
	revoked := servers.Sandbox.GitLab.Token("personal-revoked").Value
	cli.Declare(groupToken)
	if said, ok := cli.Plan(wrong); ok {
		t.Errorf("the plan went well:\n%s", said)
	}
	if said, ok := cli.Plan(revoked); ok {
		t.Errorf("the plan went well:\n%s", said)
	}
	cli.Declare(groupToken + "\ntoken_validation = \"warn\"")
	if said, ok := cli.Plan(wrong, "-out=saved.tfplan"); !ok {
		t.Errorf("the plan failed:\n%s", said)
	}
	if said, ok := cli.Say(wrong, "apply", "-input=false", "saved.tfplan"); !ok {
		t.Errorf("the apply failed:\n%s", said)
	}
	places := map[string]string{"trace log": acctest.Read(t, trace), "plan file": acctest.Unzip(t, filepath.Join(cli.Dir, "saved.tfplan")),
		"state": acctest.Read(t, filepath.Join(cli.Dir, "terraform.tfstate"))}
	acctest.MustSay(t, places["trace log"], "/api/v4/personal_access_tokens/self", "GitLab token lacks a scope")
	for place, text := range places {
		for name, secret := range map[string]string{"wrong token": wrong, "revoked token": revoked, "client secret": servers.ClientSecret} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s stands in the %s", name, place)
			}
		}
	}
}

// At apply GitLab may be out of reach that was asked for the kind of another token while planning.
func TestAccConnection_gitLabFallsSilentBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.Watch(t, servers)
	cli.Declare("access_token = { value_wo = var.token }")
	if said, ok := cli.Apply(servers.Token); !ok {
		t.Fatalf("the apply failed:\n%s", said)
	}
	personal := servers.Sandbox.GitLab.Token("personal-api").Value
	if said, ok := cli.Plan(personal, "-out=saved.tfplan"); !ok {
		t.Fatalf("the plan failed:\n%s", said)
	}
	lift := servers.Sandbox.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultStatus, Status: 500})
	said, ok := cli.Say(personal, "apply", "-input=false", "saved.tfplan")
	if !ok {
		t.Errorf("the apply failed:\n%s", said)
	}
	acctest.MustSay(t, said, "Warning: Could not check the GitLab token")
	if servers.Only(t).AccessToken != personal {
		t.Errorf("the token was not sent")
	}
	lift()
	said, _ = cli.Plan(personal)
	acctest.MustSay(t, said, noChanges)
}

// An ephemeral generator gives each run a token of another kind, and leaves it to GitLab to say which.
func TestAccConnection_kindDiffersBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, access := range map[string]string{"kind found out": "", "versions": "value_wo_version = %d"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			var opened atomic.Int64
			kinds := []string{"personal-api", "group-owner-api", "project-owner-api", "service-account-api", "group-maintainer-api"}
			factories := acctest.Factories(acctest.Environment())
			factories["tokensource"] = acctest.TokenSource(t, func() string {
				return servers.Sandbox.GitLab.Token(kinds[int(opened.Add(1))%len(kinds)]).Value
			})
			step := func(version int, attributes string) resource.TestStep {
				versioned := access
				if access != "" {
					versioned = fmt.Sprintf(access, version)
				}
				return resource.TestStep{
					Config: servers.Provider("") + fmt.Sprintf(`
ephemeral "tokensource" "test" {}

resource "infisical_gitlab_connection" "test" {
  name = "platform"
  access_token = {
    value_wo = ephemeral.tokensource.test.value
    %s
  }
  %s
}
`, versioned, attributes),
					ExpectNonEmptyPlan: access == "", // The next run's token is another one.
				}
			}
			acctest.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					step(1, `use_cases = ["project_secret_sync"]`),
					step(1, "use_cases = [\"project_secret_sync\"]\ndescription = \"another\""),
					step(2, `use_cases = ["project_secret_sync", "project_secret_scanning"]`+"\ntoken_validation = \"warn\""),
					step(2, ""),
				},
			})
		})
	}
}

// A token is dead from 00:00 UTC of the date that GitLab names.
func TestAccConnection_lastSecondOfAToken(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
	var ticks atomic.Pointer[time.Time]
	clock := func() time.Time { return *ticks.Load() }
	ticks.Store(new(midnight.Add(-time.Second).In(time.FixedZone("NZDT", 13*3600))))

	servers := acctest.StartSandbox(t, sandbox.WithClock(clock))
	gitLab := servers.Sandbox.GitLab
	token := gitLab.AddToken(gitlab.TokenSpec{Name: "last-day", User: gitLab.AddUser("eve"), ExpiresAt: new("2027-01-01")}).Value
	environment := acctest.Environment()
	environment.Now = clock
	cli := acctest.Watch(t, servers, acctest.Serve(t, environment))
	config := func(name string) string {
		return fmt.Sprintf("resource \"infisical_gitlab_connection\" %[1]q {\n  name = %[1]q\n  access_token = { type = \"personal\", value_wo = var.token }\n}\n", name)
	}

	// 1. A second before, it is good for a connection.
	cli.Write(servers.Provider("") + acctest.TokenVariable + config("before"))
	said, ok := cli.Apply(token)
	if !ok {
		t.Fatalf("the apply failed:\n%s", said)
	}
	acctest.MustSay(t, said, "Warning: GitLab token expires soon", "expires 2027-01-01, this is its last day.")

	// 2. At midnight the connection in place is warned of, and a new one is refused.
	ticks.Store(&midnight)
	said, _ = cli.Plan(token)
	acctest.MustSay(t, said, "Warning: GitLab token has expired", noChanges)
	cli.Write(servers.Provider("") + acctest.TokenVariable + config("after"))
	if said, ok = cli.Plan(token); ok {
		t.Error("an expired token was accepted")
	}
	acctest.MustSay(t, said, "Error: GitLab token has expired")
}

func TestAccConnection_unknownTokenIsJudgedAtApply(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	token := servers.Sandbox.GitLab.Token("group-owner-read-api").Value
	acctest.HandOver(token) // In a terraform_data.
	cli := acctest.Watch(t, servers)
	cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = %q
}

resource "infisical_gitlab_connection" "test" {
  name         = "platform"
  use_cases    = ["group_secret_sync"]
  access_token = { type = "group", value_wo = terraform_data.source.output }
}
`, token))
	if said, ok := cli.Plan("not-used"); !ok {
		t.Fatalf("the plan failed:\n%s", said)
	}
	said, ok := cli.Apply("not-used")
	if ok {
		t.Error("a token without the scope was accepted")
	}
	acctest.MustSay(t, said, "Error: GitLab token lacks a scope", "has the scope read_api. Group Secret Sync needs: api.")
	servers.NoWrites(t)
}
