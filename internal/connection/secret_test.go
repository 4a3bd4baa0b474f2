package connection_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The forms in which a configuration gives its token.
const (
	writeOnly         = `{ type = "group", value_wo = var.token }`
	writeOnlyVersion1 = `{ type = "group", value_wo = var.token, value_wo_version = 1 }`
	writeOnlyVersion2 = `{ type = "group", value_wo = var.token, value_wo_version = 2 }`
)

// Each row applies one form after another and says what the second apply does.
func TestAccConnection_whenTheTokenIsSent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before, after string
		changed       bool // whether the variable's value differs in the second apply
		want          plancheck.ResourceActionType
		sent          bool
	}{
		"same value":                  {before: writeOnly, after: writeOnly, want: plancheck.ResourceActionNoop},
		"another value":               {before: writeOnly, after: writeOnly, changed: true, want: plancheck.ResourceActionUpdate, sent: true},
		"another value, version kept": {before: writeOnlyVersion1, after: writeOnlyVersion1, changed: true, want: plancheck.ResourceActionNoop},
		"same value, version raised":  {before: writeOnlyVersion1, after: writeOnlyVersion2, want: plancheck.ResourceActionUpdate, sent: true},
		"another value, version raised": {before: writeOnlyVersion1, after: writeOnlyVersion2, changed: true, want: plancheck.ResourceActionUpdate,
			sent: true},
		"same value, version added": {before: writeOnly, after: writeOnlyVersion1, want: plancheck.ResourceActionUpdate},
		"another value, version added": {before: writeOnly, after: writeOnlyVersion1, changed: true, want: plancheck.ResourceActionUpdate,
			sent: true},
		"same value, version dropped": {before: writeOnlyVersion1, after: writeOnly, want: plancheck.ResourceActionUpdate},
		"another value, version dropped": {before: writeOnlyVersion1, after: writeOnly, changed: true, want: plancheck.ResourceActionUpdate,
			sent: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			second := servers.Token
			if tc.changed {
				second = servers.OtherToken
			}
			test(t,
				resource.TestStep{Config: tokenConfig(servers, "platform", tc.before),
					ConfigVariables: acctest.Token(servers.Token)},
				resource.TestStep{
					PreConfig:        servers.Sandbox.Log.Reset,
					Config:           tokenConfig(servers, "platform", tc.after),
					ConfigVariables:  acctest.Token(second),
					ConfigPlanChecks: action(tc.want),
					Check: after(func() {
						if !tc.sent {
							servers.NoWrites(t)
							return
						}
						if _, ok := servers.OnlyPatch(t)["credentials"]; !ok {
							t.Error("the PATCH holds no credentials")
						}
					}),
				},
			)
		})
	}
}

// An ephemeral generator gives one token to the plan and another to the apply.
func TestAccConnection_tokenDiffersBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	user := servers.Sandbox.GitLab.AddUser("generator")
	next := func() string {
		return servers.Sandbox.GitLab.AddToken(gitlab.TokenSpec{Name: "generated", User: user}).Value
	}
	factories := acctest.Factories(acctest.Environment())
	factories["tokensource"] = acctest.TokenSource(t, next)
	config := func(description, version string) string {
		return servers.Provider("") + fmt.Sprintf(`
ephemeral "tokensource" "test" {}

resource "infisical_gitlab_connection" "test" {
  name        = "platform"
  description = %q
  access_token = {
    type     = "personal"
    value_wo = ephemeral.tokensource.test.value
    %s
  }
}
`, description, version)
	}
	acctest.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			// Without a version each run sends the token it is given: never an "inconsistent" error, but never an empty
			// plan either.
			{Config: config("one", ""), ExpectNonEmptyPlan: true},
			{Config: config("two", ""), ExpectNonEmptyPlan: true},
			// With one, things come to rest.
			{Config: config("two", "value_wo_version = 1")},
			{Config: config("three", "value_wo_version = 1")},
		},
	})
}

// The server's hash moves after the plan was made and before the rename arrives.
func TestAccConnection_hashMovesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, accessToken := range map[string]string{"fingerprint": writeOnly, "version": writeOnlyVersion1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			var once atomic.Bool
			servers.Sandbox.OnRequest(func(request *server.Request) {
				if request.Method == http.MethodPatch && once.CompareAndSwap(false, true) {
					servers.Sandbox.Infisical.SetAccessToken(servers.Only(t).ID, servers.OtherToken)
				}
			})
			test(t,
				resource.TestStep{Config: tokenConfig(servers, "platform", accessToken), ConfigVariables: acctest.Token(servers.Token)},
				resource.TestStep{
					Config:             tokenConfig(servers, "renamed", accessToken),
					ConfigVariables:    acctest.Token(servers.Token),
					ExpectNonEmptyPlan: true, // The next plan sees it,
				},
				resource.TestStep{
					Config:          tokenConfig(servers, "renamed", accessToken), // and this apply repairs it.
					ConfigVariables: acctest.Token(servers.Token),
					Check: after(func() {
						if servers.Only(t).AccessToken != servers.Token {
							t.Error("the configured token was not put back")
						}
					}),
				},
			)
		})
	}
}

func TestAccConnection_tokenIsNowhere(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	trace := filepath.Join(t.TempDir(), "trace.log")
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)...)
	cli.Write(acctest.TokenVariable + `
resource "infisical_gitlab_connection" "test" {
  name = "platform"
  access_token = {
    type     = "group"
    value_wo = var.token
  }
}
`)
	cli.Run("plan", "-input=false", "-out=saved.tfplan")
	output := cli.Run("apply", "-input=false", "saved.tfplan")

	// The second token is refused by GitLab, so that this apply fails.
	dead := servers.Sandbox.GitLab.Token("personal-revoked").Value
	failure, err := cli.TryWith([]string{"TF_VAR_token=" + dead}, "apply", "-input=false", "-auto-approve")
	if err == nil {
		t.Fatal("a revoked token was accepted")
	}

	places := map[string]string{"output": output, "output of the failure": failure, "trace log": acctest.Read(t, trace),
		"plan file": acctest.Unzip(t, filepath.Join(cli.Dir, "saved.tfplan"))}
	for _, path := range acctest.Glob(t, cli.Dir, "*.tfstate*") {
		places[filepath.Base(path)] = acctest.Read(t, path)
	}
	if !strings.Contains(places["trace log"], "HTTP request") || !strings.Contains(places["terraform.tfstate"], "credentials_hash") {
		t.Fatal("the places searched are not the ones written")
	}
	for place, text := range places {
		for name, secret := range map[string]string{"token": servers.Token, "refused token": dead, "client secret": servers.ClientSecret} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s stands in the %s", name, place)
			}
		}
	}
}
