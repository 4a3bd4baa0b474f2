package target_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const address = "data.infisical_gitlab_target.test"

func test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()), Steps: steps})
}

// config looks a target up with a token of the sandbox's.
func config(servers *acctest.Servers, token, which string) string {
	management := ""
	if token != "" {
		management = fmt.Sprintf("token = %q\n    ", servers.Sandbox.GitLab.Token(token).Value)
	}
	return strings.Replace(servers.Provider("max_retries = 0"), "instance_url =", management+"instance_url =", 1) + fmt.Sprintf(`
data "infisical_gitlab_target" "test" {
  %s
}
`, which)
}

func TestAccTarget_isLookedUp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token, which string
		prepare      func(*gitlab.Server)
		want         map[string]knownvalue.Check
		requests     []string
	}{
		"project by path": {
			"admin-management", `project = "acme/app"`, nil,
			map[string]knownvalue.Check{
				"id": knownvalue.StringExact("1203"), "path": knownvalue.StringExact("acme/app"), "name": knownvalue.StringExact("App"),
				"access_level": knownvalue.StringExact("owner"),
				"archived":     knownvalue.Bool(false), "marked_for_deletion_on": knownvalue.Null(), "group": knownvalue.Null(),
			},
			[]string{"GET /api/v4/personal_access_tokens/self", "GET /api/v4/projects/{id}"},
		},
		"group by id, whose entry tells no role": {
			"developer-management", `group = "88"`, nil,
			map[string]knownvalue.Check{
				"id": knownvalue.StringExact("88"), "path": knownvalue.StringExact("acme/platform"), "access_level": knownvalue.StringExact("developer"),
				"archived": knownvalue.Bool(false), "project": knownvalue.Null(),
			},
			[]string{"GET /api/v4/personal_access_tokens/self", "GET /api/v4/groups/{id}", "GET /api/v4/groups/{id}/members/all/{id}"},
		},
		"archived, renamed and marked for deletion": {
			"admin-management", `project = "acme/app"`, func(g *gitlab.Server) {
				g.Archive(g.Project("acme/app"))
				g.MarkForDeletion(g.Project("acme/app"), "2027-01-01")
			},
			map[string]knownvalue.Check{
				"id": knownvalue.StringExact("1203"), "path": knownvalue.StringExact("acme/app-deletion_scheduled-1203"),
				"archived": knownvalue.Bool(true), "marked_for_deletion_on": knownvalue.StringExact("2027-01-01"),
			},
			[]string{"GET /api/v4/personal_access_tokens/self", "GET /api/v4/projects/{id}", "GET /api/v4/projects/{id}"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			servers.Sandbox.GitLab.AddVariable(servers.Sandbox.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "s3cr3t-of-a-variable"})
			if tc.prepare != nil {
				tc.prepare(servers.Sandbox.GitLab)
			}
			var checks []statecheck.StateCheck
			for attribute, value := range tc.want {
				checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value))
			}
			test(t, resource.TestStep{
				Config: config(servers, tc.token, tc.which), ConfigStateChecks: checks,
				Check: func(state *terraform.State) error {
					for _, secret := range []string{servers.Sandbox.GitLab.RunnersToken(), "s3cr3t-of-a-variable"} {
						if strings.Contains(state.String(), secret) {
							return fmt.Errorf("state shows a secret")
						}
					}
					return nil
				},
			})
			asked := servers.Lines("gitlab")
			if want := len(tc.requests); len(asked)%want != 0 || !slices.Equal(asked[:want], tc.requests) {
				t.Errorf("requests: %q, want %q", asked, tc.requests)
			}
			if lines := servers.Lines("infisical"); len(lines) > 0 {
				t.Errorf("Infisical was asked: %q", lines)
			}
		})
	}
}

func TestAccTarget_isRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token, which string
		fault        *server.Fault
		want         string
	}{
		"not there": {"admin-management", `project = "acme/none"`, nil,
			`Could not look up the GitLab target[\s\S]*GitLab answered 404: 404 Project\s+Not\s+Found[\s\S]*does not exist, or the token's user cannot\s+see\s+it`},
		"a renamed group": {
			"admin-management", `group = "acme/old"`, nil, `Could not look up the GitLab target[\s\S]*not\s+find\s+a\s+renamed\s+group`,
		},
		"no token": {"", `project = "acme/app"`, nil, `Provider's GitLab token needed[\s\S]*GITLAB_TOKEN`},
		"GitLab fails": {"admin-management", `project = "acme/app"`,
			&server.Fault{Server: "gitlab", Kind: server.FaultStatus, Status: 503, Path: "/api/v4/projects/*"},
			`Could not look up the GitLab target[\s\S]*503`},
		"both":              {"admin-management", "project = \"acme/app\"\n  group = \"acme\"", nil, `Too many attributes`},
		"neither":           {"admin-management", "", nil, `Attribute missing`},
		"a name":            {"admin-management", `project = "app"`, nil, `full path of a project, such as\s+acme/platform/apps/api`},
		"a page":            {"admin-management", `project = "https://gitlab.com/acme/app"`, nil, `full\s+path\s+of\s+a\s+project`},
		"a slash in front":  {"admin-management", `group = "/acme"`, nil, `full\s+path\s+of\s+a\s+group`},
		"scopes are narrow": {"personal-read-repository", `project = "acme/app"`, nil, `Could not look up the GitLab target[\s\S]*higher\s+privileges`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			if tc.fault != nil {
				servers.Sandbox.Fail(*tc.fault)
			}
			test(t, resource.TestStep{Config: config(servers, tc.token, tc.which), ExpectError: regexp.MustCompile(tc.want)})
		})
	}
}
