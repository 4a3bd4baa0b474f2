package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	login       = "POST /api/v1/auth/universal-auth/login"
	postRequest = "POST /api/v1/app-connections/gitlab"
	listRequest = "GET /api/v1/app-connections/gitlab"
	getRequest  = "GET /api/v1/app-connections/gitlab/{id}"
)

// toInfisical are the provider's requests to this Infisical since the last call.
func toInfisical(sb *sandbox.Sandbox) []server.Request {
	requests := slices.DeleteFunc(sb.Log.Requests(), func(r server.Request) bool {
		return r.Server != server.Infisical || r.Client != server.ClientProvider
	})
	sb.Log.Reset()
	return requests
}

func lines(requests []server.Request) []string {
	var lines []string
	for i := range requests {
		lines = append(lines, requests[i].Line())
	}
	return lines
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// connectionBlock is a connection that takes its token from the ephemeral variable; attributes are further lines.
func connectionBlock(servers *acctest.Servers, label, name, attributes string) string {
	return fmt.Sprintf("resource \"infisical_gitlab_connection\" %q {\n  name = %q\n  access_token = {\n    type     = %q\n    value_wo = var.token\n  }\n  %s\n}\n",
		label, name, servers.TokenType, attributes)
}

// The server's address comes from something that is made, or changed, in the same run.
func TestAccProvider_hostKnownOnlyAtApply(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	write := func(revision int, name string) {
		cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "terraform_data" "server" {
  input = { host = %q, revision = %d }
}
provider "infisical" {
  host = terraform_data.server.output.host
}
`, servers.Host, revision) + connectionBlock(servers, "a", name, "") + connectionBlock(servers, "b", "b", ""))
	}

	// 1. Nothing exists: planned without a request, then made.
	write(1, "a")
	cli.Run("plan", "-input=false", "-out=first.tfplan")
	expect(t, "plan with an unknown host", lines(toInfisical(servers.Sandbox)))
	cli.Run("apply", "-input=false", "first.tfplan")
	expect(t, "apply", lines(toInfisical(servers.Sandbox)), login, postRequest, postRequest)
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	expect(t, "plan", lines(toInfisical(servers.Sandbox)), login, getRequest, listRequest)

	// 2. The host becomes unknown again: state is kept, and it is said once, not for each connection.
	write(2, "a2")
	const notRefreshed = "State not refreshed"
	plan := cli.Run("plan", "-input=false", "-out=second.tfplan")
	expect(t, "plan with a host that has become unknown", lines(toInfisical(servers.Sandbox)))
	if strings.Count(plan, "Warning: "+notRefreshed) != 1 || strings.Contains(plan, "more similar warning") {
		t.Errorf("want one warning %q:\n%s", notRefreshed, plan)
	}
	if !strings.Contains(plan, "0 to add, 2 to change, 0 to destroy") {
		t.Errorf("want the server and the name changed, nothing else:\n%s", plan)
	}
	cli.Run("apply", "-input=false", "second.tfplan")
	if got := lines(toInfisical(servers.Sandbox)); !slices.Contains(got, "PATCH /api/v1/app-connections/gitlab/{id}") || slices.Contains(got, postRequest) {
		t.Errorf("apply: got %q, want a PATCH", got)
	}
	var names []string
	for _, connection := range servers.Sandbox.Infisical.Connections() {
		names = append(names, connection.Name)
	}
	expect(t, "connections", names, "a2", "b")
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the second apply is not empty")
	}
}

// Validation is for machines that have no credentials and no network, such as a pre-commit hook.
func TestAccProvider_validateNeedsNothing(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]string{
		"no block":        ``,
		"an empty block":  `provider "infisical" {}`,
		"an unused block": `provider "infisical" { host = "https://infisical.invalid" }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			cli.Write(block + acctest.TokenVariable + `
resource "infisical_gitlab_connection" "test" {
  name         = "platform"
  access_token = { type = "group", value_wo = var.token }
}
data "infisical_gitlab_connection" "test" {
  name = "other"
}
`)
			cli.Run("validate")
		})
	}
}

// A configuration error of the provider is found before anything is asked.
func TestAccProvider_noCredentials(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, "INFISICAL_HOST="+servers.Host, "TF_VAR_token="+servers.Token)
	cli.Write(acctest.TokenVariable + connectionBlock(servers, "a", "a", ""))
	output, err := cli.Try("plan", "-input=false")
	if err == nil || !strings.Contains(output, "No way to log in to Infisical") {
		t.Errorf("got %v:\n%s", err, output)
	}
	expect(t, "plan", lines(toInfisical(servers.Sandbox)))
}

// Two aliases are two servers: each is logged in to by itself, and no session is used at the other.
func TestAccProvider_aliases(t *testing.T) {
	t.Parallel()
	first, second := acctest.StartSandbox(t), acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, "TF_VAR_token="+first.Token, "TF_VAR_other_token="+second.Token)
	alias := func(servers *acctest.Servers, name string) string {
		return strings.Replace(servers.Provider(""), "{\n", fmt.Sprintf("{\n  alias = %q\n", name), 1)
	}
	cli.Write(acctest.TokenVariable + strings.Replace(acctest.TokenVariable, `"token"`, `"other_token"`, 1) +
		alias(first, "first") + alias(second, "second") +
		connectionBlock(first, "first", "one", "provider = infisical.first") +
		strings.Replace(connectionBlock(second, "second", "two", "provider = infisical.second"), "var.token", "var.other_token", 1))
	cli.Run("apply", "-auto-approve", "-input=false")

	sessions := map[string]bool{}
	for name, servers := range map[string]*acctest.Servers{"one": first, "two": second} {
		connections := servers.Sandbox.Infisical.Connections()
		if len(connections) != 1 || connections[0].Name != name || *connections[0].InstanceURL != servers.InstanceURL {
			t.Errorf("the server of %q has %d connections", name, len(connections))
		}
		requests := toInfisical(servers.Sandbox)
		expect(t, name, lines(requests), login, postRequest)
		for _, request := range requests {
			if request.Status != http.StatusOK {
				t.Errorf("%s was answered with %d", request.Line(), request.Status)
			}
			if session := request.Header.Get("Authorization"); session != "" {
				sessions[session] = true
			}
		}
	}
	if len(sessions) != 2 {
		t.Errorf("%d sessions, want one for each server", len(sessions))
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
}

// The provider's own secrets are found in nothing that Terraform writes.
func TestAccProvider_secretsStayOut(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token, "TF_LOG=TRACE")...)
	cli.Write(acctest.TokenVariable + connectionBlock(servers, "a", "a", ""))
	output := cli.Run("apply", "-auto-approve", "-input=false")
	output += cli.Run("show", "-json")
	if !strings.Contains(output, "HTTP request") {
		t.Error("the provider's log is not in the output, so nothing is proved")
	}
	session := ""
	for _, request := range toInfisical(servers.Sandbox) {
		session = strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
	}
	for what, secret := range map[string]string{"client secret": servers.ClientSecret, "session": session, "token": servers.Token} {
		if secret == "" || strings.Contains(output, secret) {
			t.Errorf("the %s is in the output", what)
		}
	}
}
