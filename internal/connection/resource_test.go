package connection_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const address = "infisical_gitlab_connection.test"

// connectionConfig is a provider block and one connection that takes its token from the ephemeral variable; attributes
// are further lines of the resource.
func connectionConfig(servers *acctest.Servers, name, attributes string) string {
	return servers.Provider("max_retries = 1") + acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name = %q
  access_token = {
    type     = %q
    value_wo = var.token
  }
  %s
}
`, name, servers.TokenType, attributes)
}

// tokenConfig is connectionConfig with an access_token of its own.
func tokenConfig(servers *acctest.Servers, name, accessToken string) string {
	return servers.Provider("max_retries = 1") + acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name         = %q
  access_token = %s
}
`, name, accessToken)
}

func test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()), Steps: steps})
}

func action(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

func attribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
}

// says matches a text of a diagnostic, however Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+`))
}

// after runs a check of the servers once a step is applied.
func after(check func()) resource.TestCheckFunc {
	return func(*terraform.State) error { check(); return nil }
}

func TestAccConnection_lifecycle(t *testing.T) {
	t.Parallel()
	servers := acctest.Start(t)
	name := acctest.Name(t)
	token := acctest.Token(servers.Token)

	test(t,
		// 1. Create.
		resource.TestStep{
			Config:           connectionConfig(servers, name, `description = "Platform team"`),
			ConfigVariables:  token,
			ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("id", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))),
				attribute("name", knownvalue.StringExact(name)),
				attribute("description", knownvalue.StringExact("Platform team")),
				attribute("project_id", knownvalue.Null()),
				attribute("instance_url", knownvalue.StringExact(servers.InstanceURL)),
				attribute("organization_id", knownvalue.NotNull()),
				attribute("method", knownvalue.StringExact("access-token")),
				attribute("credentials_hash", knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f]{64}$`))),
				attribute("created_at", knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-\d\d-\d\dT`))),
				attribute("access_token", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"type": knownvalue.StringExact(servers.TokenType), "value_wo": knownvalue.Null(), "value_wo_version": knownvalue.Null(),
				})),
			},
		},
		// 2. Rename, and clear the description.
		resource.TestStep{
			Config:           connectionConfig(servers, name+"-2", ""),
			ConfigVariables:  token,
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("name", knownvalue.StringExact(name+"-2")),
				attribute("description", knownvalue.Null()),
			},
		},
		// 3. Another token.
		resource.TestStep{
			Config:           connectionConfig(servers, name+"-2", ""),
			ConfigVariables:  acctest.Token(servers.OtherToken),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
		},
		// 4. Import.
		resource.TestStep{
			Config:                  connectionConfig(servers, name+"-2", ""),
			ConfigVariables:         acctest.Token(servers.OtherToken),
			ResourceName:            address,
			ImportState:             true,
			ImportStateVerify:       true,
			ImportStateVerifyIgnore: []string{"access_token.%", "access_token.value_wo", "token_details"},
		},
		// 5. The configuration that is generated for an import changes nothing.
		resource.TestStep{
			Config:          connectionConfig(servers, name+"-2", ""),
			ConfigVariables: acctest.Token(servers.OtherToken),
			ResourceName:    address,
			ImportState:     true,
			ImportStateKind: resource.ImportBlockWithID,
			GenerateConfig:  true,
		},
	)
}

func TestAccConnection_descriptionChangeSendsNoCredentials(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", `description = "before"`), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			PreConfig:       servers.Sandbox.Log.Reset,
			Config:          connectionConfig(servers, "platform", `description = "after"`),
			ConfigVariables: acctest.Token(servers.Token),
			Check: after(func() {
				body := servers.OnlyPatch(t)
				if _, ok := body["credentials"]; ok || body["description"] != "after" {
					t.Errorf("sent %v", body)
				}
			}),
		},
		// Removing it sends null.
		resource.TestStep{
			PreConfig:       servers.Sandbox.Log.Reset,
			Config:          connectionConfig(servers, "platform", ""),
			ConfigVariables: acctest.Token(servers.Token),
			Check: after(func() {
				body := servers.OnlyPatch(t)
				if description, ok := body["description"]; !ok || description != nil {
					t.Errorf("sent %v, want description null", body)
				}
				if servers.Only(t).Description != nil {
					t.Error("the description is still there")
				}
			}),
		},
	)
}

func TestAccConnection_newTokenIsSentWithCompleteCredentials(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			PreConfig:       servers.Sandbox.Log.Reset,
			Config:          connectionConfig(servers, "platform", ""),
			ConfigVariables: acctest.Token(servers.OtherToken),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("credentials_hash"))}},
			Check: after(func() {
				credentials, _ := servers.OnlyPatch(t)["credentials"].(map[string]any)
				want := map[string]any{"accessToken": servers.OtherToken, "accessTokenType": "group", "instanceUrl": servers.InstanceURL}
				if fmt.Sprint(credentials) != fmt.Sprint(want) {
					t.Errorf("the credentials are not complete: %d fields", len(credentials))
				}
			}),
		},
	)
}

func TestAccConnection_tokenReplacedOutOfBand(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			PreConfig: func() {
				servers.Sandbox.Infisical.SetAccessToken(servers.Only(t).ID, servers.OtherToken)
				servers.Sandbox.Log.Reset()
			},
			Config:           connectionConfig(servers, "platform", ""),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: after(func() {
				servers.OnlyPatch(t)
				if servers.Only(t).AccessToken != servers.Token {
					t.Error("the configured token was not put back")
				}
			}),
		},
	)
}

// Whoever moves a connection to a GitLab of theirs must not get our token sent there.
func TestAccConnection_movedOutOfBand(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	elsewhere := acctest.StartSandbox(t)
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			PreConfig: func() {
				servers.Sandbox.Infisical.SetInstanceURL(servers.Only(t).ID, elsewhere.InstanceURL)
				servers.Sandbox.Log.Reset()
			},
			Config:           connectionConfig(servers, "platform", ""),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: after(func() {
				if url := servers.Only(t).InstanceURL; url == nil || *url != servers.InstanceURL {
					t.Error("the connection was not moved back")
				}
				if requests := elsewhere.Sandbox.Log.Requests(); len(requests) != 0 {
					t.Errorf("the other GitLab received %d requests", len(requests))
				}
			}),
		},
	)
}

func TestAccConnection_deletedOutOfBand(t *testing.T) {
	t.Parallel()
	clock := server.NewClock(time.Now())
	servers := acctest.StartSandbox(t, sandbox.WithClock(clock.Now))
	var id string
	test(t,
		resource.TestStep{
			Config: connectionConfig(servers, "platform", ""), ConfigVariables: acctest.Token(servers.Token),
			Check: after(func() { id = servers.Only(t).ID }),
		},
		resource.TestStep{
			PreConfig:        func() { clock.Advance(time.Minute); servers.Sandbox.Infisical.Remove(id) },
			Config:           connectionConfig(servers, "platform", ""),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			Check: after(func() {
				if servers.Only(t).ID == id {
					t.Error("the connection was not made anew")
				}
			}),
		},
	)
	if n := len(servers.Sandbox.Infisical.Connections()); n != 0 {
		t.Errorf("%d connections are left after destroy", n)
	}
}

func TestAccConnection_projectChangeReplaces(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	projects := servers.Sandbox.Infisical.Projects
	step := func(attributes string, want plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:           connectionConfig(servers, "platform", attributes),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(want),
		}
	}
	test(t,
		step("", plancheck.ResourceActionCreate),
		step(fmt.Sprintf("project_id = %q", projects[0]), plancheck.ResourceActionDestroyBeforeCreate),
		step(fmt.Sprintf("project_id = %q", projects[1]), plancheck.ResourceActionDestroyBeforeCreate),
		step("", plancheck.ResourceActionDestroyBeforeCreate),
	)
}

func TestAccConnection_instanceURLSpellings(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t, sandbox.WithGitLabPath("/gitlab"))
	url := servers.InstanceURL
	test(t,
		resource.TestStep{Config: connectionConfig(servers, "platform", fmt.Sprintf("instance_url = %q", url+"/")),
			ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			Config:           connectionConfig(servers, "platform", fmt.Sprintf("instance_url = %q", url)),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			Config:           connectionConfig(servers, "platform", ""),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
	)
}

// A provider setting that is missing on one machine must not move a connection.
func TestAccConnection_instanceURLStays(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	config := connectionConfig(servers, "platform", "")
	withoutURL := *servers
	withoutURL.InstanceURL = "https://gitlab.com"
	test(t,
		resource.TestStep{Config: config, ConfigVariables: acctest.Token(servers.Token)},
		resource.TestStep{
			Config:           connectionConfig(&withoutURL, "platform", ""),
			ConfigVariables:  acctest.Token(servers.Token),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
		},
		resource.TestStep{
			PreConfig:         servers.Sandbox.Log.Reset,
			Config:            connectionConfig(&withoutURL, "platform", ""),
			ConfigVariables:   acctest.Token(servers.OtherToken),
			ConfigPlanChecks:  action(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{attribute("instance_url", knownvalue.StringExact(servers.InstanceURL))},
		},
	)
}

func TestAccConnection_unknownValuesAtPlan(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	acctest.HandOver(servers.Token, servers.OtherToken) // In a terraform_data.
	config := servers.Provider("") + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = { token = %q, url = %q, type = "group", project = %q }
}

resource "infisical_gitlab_connection" "test" {
  name         = "platform"
  instance_url = terraform_data.source.output.url
  project_id   = terraform_data.source.output.project
  access_token = {
    type     = terraform_data.source.output.type
    value_wo = terraform_data.source.output.token
  }
}
`, servers.Token, servers.InstanceURL, servers.ProjectID)
	test(t, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{attribute("instance_url",
		knownvalue.StringExact(servers.InstanceURL))}})
}

func TestAccConnection_importWithoutToken(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	existing := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "made-by-hand", AccessToken: servers.Token, AccessTokenType: "group",
		InstanceURL: &servers.InstanceURL})
	block := fmt.Sprintf("\nimport {\n  to = %s\n  id = %q\n}\n", address, existing.ID)
	test(t,
		// 1. Without a token in configuration the server's stays.
		resource.TestStep{
			Config:           tokenConfig(servers, "made-by-hand", `{ type = "group" }`) + block,
			ConfigVariables:  acctest.Token(""),
			ConfigPlanChecks: action(plancheck.ResourceActionNoop),
			Check:            after(func() { servers.NoWrites(t) }),
		},
		// 2. A change that must send the token cannot be planned without one.
		resource.TestStep{
			Config:          tokenConfig(servers, "made-by-hand", `{ type = "project" }`),
			ConfigVariables: acctest.Token(""),
			ExpectError:     says("the kind of the token changes, and Infisical does not return the one that it has"),
		},
		// 3. With one, it is sent once.
		resource.TestStep{
			Config:           tokenConfig(servers, "made-by-hand", `{ type = "group", value_wo = var.token }`),
			ConfigVariables:  acctest.Token(servers.OtherToken),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check:            after(func() { servers.OnlyPatch(t) }),
		},
	)
}

func TestAccConnection_importOfMalformedID(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	test(t, resource.TestStep{
		Config:          connectionConfig(servers, "platform", ""),
		ConfigVariables: acctest.Token(servers.Token),
		ResourceName:    address,
		ImportState:     true,
		ImportStateId:   "not-a-uuid",
		ExpectError:     says("Not an import id"),
	})
}
