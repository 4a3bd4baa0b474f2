package connection_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const callback = "/organization/app-connections/gitlab/oauth/callback"

// startOAuth is a sandbox whose Infisical has an OAuth application at its GitLab.
func startOAuth(t *testing.T, options ...sandbox.Option) (*acctest.Servers, gitlab.Application) {
	t.Helper()
	servers := acctest.StartSandbox(t, options...)
	application := servers.Sandbox.GitLab.AddApplication(servers.Host + callback)
	servers.Sandbox.Infisical.ConfigureOAuth(application.ClientID, application.ClientSecret, servers.Host)
	return servers, application
}

func newCode(servers *acctest.Servers, application gitlab.Application) string {
	return servers.Sandbox.GitLab.AuthorizationCode(application.ClientID, servers.Host+callback)
}

// oauthConfig is a provider block and one OAuth connection, whose code is the ephemeral variable.
func oauthConfig(servers *acctest.Servers, name, block, attributes string) string {
	return servers.Provider("max_retries = 1") + acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name  = %q
  oauth = %s
  %s
}
`, name, block, attributes)
}

const (
	withCode         = `{ authorization_code_wo = var.token }`
	withCodeVersion1 = `{ authorization_code_wo = var.token, authorization_code_wo_version = 1 }`
	withCodeVersion2 = `{ authorization_code_wo = var.token, authorization_code_wo_version = 2 }`
)

func TestAccOAuth_lifecycle(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	spent := acctest.Token(newCode(servers, application))
	test(t,
		resource.TestStep{
			Config: oauthConfig(servers, "platform", withCodeVersion1, ""), ConfigVariables: spent,
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("method", knownvalue.StringExact("oauth")),
				attribute("access_token", knownvalue.Null()),
				attribute("token_details", knownvalue.Null()),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("oauth").AtMapKey("authorization_code_wo"), knownvalue.Null()),
			},
		},
		// The server refreshes its tokens, which moves its hash: that is no drift.
		resource.TestStep{
			PreConfig: func() {
				if err := servers.Sandbox.Infisical.RefreshOAuth(servers.Only(t).ID); err != nil {
					t.Fatal(err)
				}
			},
			Config: oauthConfig(servers, "platform", withCodeVersion1, ""), ConfigVariables: spent,
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			PreConfig: servers.Sandbox.Log.Reset,
			Config:    oauthConfig(servers, "renamed", withCodeVersion1, ""), ConfigVariables: spent,
			Check: after(func() {
				if _, ok := servers.OnlyPatch(t)["credentials"]; ok {
					t.Error("a rename sent credentials")
				}
			}),
		},
		resource.TestStep{
			PreConfig: servers.Sandbox.Log.Reset,
			Config:    oauthConfig(servers, "renamed", withCodeVersion2, ""), ConfigVariables: acctest.Token(newCode(servers, application)),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: after(func() {
				if _, ok := servers.OnlyPatch(t)["credentials"]; !ok {
					t.Error("the new code was not sent")
				}
			}),
		},
		// Without a code in configuration the grant stays.
		resource.TestStep{
			Config: oauthConfig(servers, "renamed", "{}", ""), ConfigVariables: spent,
			Check: after(func() { servers.Sandbox.Log.Reset() }),
		},
		resource.TestStep{
			Config: oauthConfig(servers, "renamed", "{}", `instance_url = "https://gitlab.example.com"`), ConfigVariables: spent,
			ExpectError: says("A new code must be sent to Infisical because instance_url changes"),
		},
	)
}

// A grant that ended is renewed with a new code, and the plan without one names the page to get it from.
func TestAccOAuth_renewalNamesThePage(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	cli := acctest.NewCLI(t, servers.Environment()...)
	connection := "variable \"token\" {\n  type      = string\n  ephemeral = true\n  default   = null\n}\n\n" +
		"resource \"infisical_gitlab_connection\" \"test\" {\n  name         = \"platform\"\n  instance_url = %q\n  oauth        = %s\n}\n"
	cli.Write(fmt.Sprintf(connection, servers.InstanceURL, withCodeVersion1))
	if output, err := cli.TryWith([]string{"TF_VAR_token=" + newCode(servers, application)}, "apply", "-auto-approve", "-input=false"); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for name, tc := range map[string]struct{ block, instanceURL, want string }{
		"a raised version": {withCodeVersion2, servers.InstanceURL, "and keep oauth.authorization_code_wo_version as it is now:"},
		"another GitLab":   {withCodeVersion1, "https://gitlab.example.com", "and raise oauth.authorization_code_wo_version:"},
	} {
		cli.Write(fmt.Sprintf(connection, tc.instanceURL, tc.block))
		output, err := cli.Try("plan", "-input=false")
		if err == nil {
			t.Fatalf("%s: planned without a code:\n%s", name, output)
		}
		page := tc.instanceURL + "/oauth/authorize?client_id=" + application.ClientID
		if !says("New authorization code needed").MatchString(output) || !says(tc.want).MatchString(output) || !says(page).MatchString(output) {
			t.Errorf("%s: neither the page nor what to do is in:\n%s", name, output)
		}
	}
	// What it says leads on.
	cli.Write(fmt.Sprintf(connection, servers.InstanceURL, withCodeVersion2))
	if output, err := cli.TryWith([]string{"TF_VAR_token=" + newCode(servers, application)}, "apply", "-auto-approve", "-input=false"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the renewal is not empty")
	}
}

func TestAccOAuth_import(t *testing.T) {
	t.Parallel()
	servers, _ := startOAuth(t)
	existing := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "made-by-hand", Method: "oauth"})
	test(t, resource.TestStep{
		Config:           oauthConfig(servers, "made-by-hand", "{}", "") + fmt.Sprintf("\nimport {\n  to = %s\n  id = %q\n}\n", address, existing.ID),
		ConfigVariables:  acctest.Token(""),
		ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		Check:            after(func() { servers.NoWrites(t) }),
	})
}

func TestAccOAuth_refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		setUp func(t *testing.T, servers *acctest.Servers, application gitlab.Application) (code string)
		block string
		want  string
	}{
		"no code": {
			block: "{}",
			setUp: func(*testing.T, *acctest.Servers, gitlab.Application) string { return "" },
			want:  "A new OAuth connection needs oauth.authorization_code_wo, which is not set or blank. A code expires after ten minutes and can be used once.",
		},
		"used code": {
			setUp: func(t *testing.T, servers *acctest.Servers, application gitlab.Application) string {
				code := newCode(servers, application)
				form := url.Values{
					"grant_type": {"authorization_code"}, "code": {code}, "client_id": {application.ClientID},
					"client_secret": {application.ClientSecret}, "redirect_uri": {servers.Host + callback},
				}
				resp, err := http.PostForm(servers.InstanceURL+"/oauth/token", form)
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Fatal("the code could not be spent")
				}
				_ = resp.Body.Close()
				return code
			},
			want: "this one was probably used or has expired",
		},
		"wrong redirect URI": {
			setUp: func(_ *testing.T, servers *acctest.Servers, _ gitlab.Application) string {
				elsewhere := "https://elsewhere.example.com" + callback
				other := servers.Sandbox.GitLab.AddApplication(elsewhere)
				servers.Sandbox.Infisical.ConfigureOAuth(other.ClientID, other.ClientSecret, servers.Host)
				return servers.Sandbox.GitLab.AuthorizationCode(other.ClientID, elsewhere)
			},
			want: "GitLab refuses the authorization code",
		},
		"server without OAuth application": {
			setUp: func(_ *testing.T, servers *acctest.Servers, application gitlab.Application) string {
				servers.Sandbox.Infisical.ConfigureOAuth("", "", "")
				return newCode(servers, application)
			},
			want: "INF_APP_CONNECTION_GITLAB_OAUTH_CLIENT_ID",
		},
		"server with access tokens only": {
			setUp: func(_ *testing.T, servers *acctest.Servers, application gitlab.Application) string {
				servers.Sandbox.Infisical.OfferMethods("access-token")
				return newCode(servers, application)
			},
			want: "This server offers for GitLab connections: access-token.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers, application := startOAuth(t)
			code := tc.setUp(t, servers, application)
			block := tc.block
			if block == "" {
				block = withCode
			}
			test(t, resource.TestStep{Config: oauthConfig(servers, "platform", block, ""), ConfigVariables: acctest.Token(code), ExpectError: says(tc.want)})
			if n := len(servers.Sandbox.Infisical.Connections()); n != 0 {
				t.Errorf("%d connections are left", n)
			}
		})
	}
}

func TestAccOAuth_expiredCode(t *testing.T) {
	t.Parallel()
	clock := acctest.NewClock()
	servers, application := startOAuth(t, sandbox.WithClock(clock.Now))
	code := newCode(servers, application)
	clock.AdvanceDays(1)
	test(t, resource.TestStep{
		Config: oauthConfig(servers, "platform", withCode, ""), ConfigVariables: acctest.Token(code),
		// With the page to get a new one from.
		ExpectError: says("/oauth/authorize?client_id=" + application.ClientID[:20]),
	})
}

// The answer to a request with a code is lost: the code is spent, so nothing that holds it is sent again.
func TestAccOAuth_lostAnswer(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	servers.Sandbox.Fail(server.Fault{Server: "infisical", Method: http.MethodPost, Path: "/api/v1/app-connections/gitlab", Kind: server.FaultDropAfter,
		Times: 1})
	var lift func()
	test(t,
		// 1. Create: the connection is found and adopted.
		resource.TestStep{
			Config: oauthConfig(servers, "platform", withCodeVersion1, ""), ConfigVariables: acctest.Token(newCode(servers, application)),
			Check: after(func() {
				if n := len(withCodes(t, servers)); n != 1 {
					t.Errorf("%d requests held the code, want 1", n)
				}
				servers.Sandbox.Log.Reset()
			}),
		},
		// 2. Update.
		resource.TestStep{
			PreConfig: func() {
				lift = servers.Sandbox.Fail(server.Fault{Server: "infisical", Method: http.MethodPatch, Path: "/api/v1/app-connections/gitlab/{id}",
					Kind: server.FaultStatusAfter, Status: 502})
			},
			Config: oauthConfig(servers, "platform", withCodeVersion2, ""), ConfigVariables: acctest.Token(newCode(servers, application)),
			ExpectError: says("The server may have processed the request all the same"),
		},
		resource.TestStep{
			PreConfig: func() {
				lift()
				if n := len(withCodes(t, servers)); n != 1 {
					t.Errorf("%d requests held the code, want 1", n)
				}
			},
			Config: oauthConfig(servers, "platform", withCodeVersion2, ""), ConfigVariables: acctest.Token(newCode(servers, application)),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
		},
	)
}

// withCodes are the requests to Infisical that held a code.
func withCodes(t *testing.T, servers *acctest.Servers) []map[string]any {
	t.Helper()
	var found []map[string]any
	for _, write := range servers.Writes() {
		if strings.Contains(string(write.Body), `"code"`) {
			found = append(found, acctest.Sent(t, write))
		}
	}
	return found
}

func TestAccOAuth_changeOfMethodReplaces(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	var id string
	test(t,
		resource.TestStep{
			Config: tokenConfig(servers, "platform", writeOnly), ConfigVariables: acctest.Token(servers.Token),
			Check: after(func() { id = servers.Only(t).ID }),
		},
		resource.TestStep{
			Config: oauthConfig(servers, "platform", withCode, ""), ConfigVariables: acctest.Token(newCode(servers, application)),
			ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate),
			Check: after(func() {
				if connection := servers.Only(t); connection.ID == id || connection.Method != "oauth" {
					t.Error("the connection was not replaced")
				}
			}),
		},
		resource.TestStep{
			Config: tokenConfig(servers, "platform", writeOnly), ConfigVariables: acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate),
		},
	)
}

func TestAccOAuth_warnings(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	trace := filepath.Join(t.TempDir(), "trace.log")
	code := newCode(servers, application)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+code, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)...)
	connection := "resource \"infisical_gitlab_connection\" \"test\" {\n  name = \"platform\"\n  use_cases = [\"group_secret_sync\"]\n  %s\n}\n"
	cli.Write(acctest.TokenVariable + fmt.Sprintf(connection, "oauth = "+withCode))
	output := cli.Run("apply", "-auto-approve", "-input=false")
	if !strings.Contains(output, "Cannot check use_cases of an OAuth connection") {
		t.Errorf("nothing was said of use_cases:\n%s", output)
	}
	// A refused code: it must not be printed either.
	cli.Write(acctest.TokenVariable + fmt.Sprintf(connection, "oauth = "+withCodeVersion1))
	failure, err := cli.Try("apply", "-auto-approve", "-input=false")
	if err == nil {
		t.Fatal("a spent code was accepted")
	}
	cli.Write(acctest.TokenVariable + fmt.Sprintf(connection, "access_token = "+writeOnly))
	plan, err := cli.TryWith([]string{"TF_VAR_token=" + servers.Token}, "plan", "-input=false")
	if err != nil || !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(plan, "│", "")), " "), "or Infisical refuses the deletion") {
		t.Errorf("the plan does not say what a change of method means (%v):\n%s", err, plan)
	}
	for place, text := range map[string]string{
		"output": output, "output of the failure": failure, "trace log": acctest.Read(t, trace),
		"state": acctest.Read(t, filepath.Join(cli.Dir, "terraform.tfstate")),
	} {
		if strings.Contains(text, code) {
			t.Errorf("the code stands in the %s", place)
		}
	}
}

// The page that the data source, and the function, name leads to a code that create accepts.
func TestAccOAuth_authorizeURL(t *testing.T) {
	t.Parallel()
	servers, application := startOAuth(t)
	servers.Sandbox.GitLab.Approve(application.ClientID)
	code := ""
	acctest.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()),
		Steps: []resource.TestStep{
			{
				Config: servers.Provider("") + `
data "infisical_gitlab_connection_options" "test" {
  use_cases = ["group_secret_sync"]
  state     = "a b&c"
}

output "page" {
  value = data.infisical_gitlab_connection_options.test.authorize_url
}

output "same" {
  value = provider::infisical::gitlab_oauth_authorize_url(
    data.infisical_gitlab_connection_options.test.oauth_client_id, data.infisical_gitlab_connection_options.test.redirect_uri,
    ["group_secret_sync"], "a b&c", data.infisical_gitlab_connection_options.test.instance_url
  ) == data.infisical_gitlab_connection_options.test.authorize_url
}
`,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("data.infisical_gitlab_connection_options.test", tfjsonpath.New("methods"),
						knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("oauth"), knownvalue.StringExact("access-token")})),
					statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true)),
				},
				Check: resource.TestCheckResourceAttrWith("data.infisical_gitlab_connection_options.test", "authorize_url", func(page string) error {
					code = visit(t, page, "a b&c")
					return nil
				}),
			},
		},
	})
	test(t, resource.TestStep{Config: oauthConfig(servers, "platform", withCode, ""), ConfigVariables: config.Variables{"token": config.StringVariable(code)}})
}

// visit opens the page as the user who has approved the application, and returns the code that GitLab leads back with.
func visit(t *testing.T, page, state string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != state {
		t.Fatalf("%d: the page leads to %s", resp.StatusCode, back)
	}
	return back.Query().Get("code")
}
