package connection_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

const (
	login       = "POST /api/v1/auth/universal-auth/login"
	postRequest = "POST /api/v1/app-connections/gitlab"
	getRequest  = "GET /api/v1/app-connections/gitlab/{id}"
)

func TestAccConnection_requests(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	expect := func(what string, want ...string) {
		t.Helper()
		if got := servers.Lines("infisical"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
		servers.Sandbox.Log.Reset()
	}

	// 1. Nothing of ours: nothing is asked.
	cli.Write("provider \"infisical\" {}\nresource \"terraform_data\" \"other\" {}\n")
	cli.Run("validate")
	cli.Run("apply", "-auto-approve", "-input=false")
	expect("a plan without connections")

	// 2. Create: no read-back.
	cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name = "platform"
  access_token = {
    type     = %q
    value_wo = var.token
  }
}
`, servers.TokenType))
	cli.Run("validate")
	cli.Run("apply", "-auto-approve", "-input=false")
	expect("apply of one connection", login, postRequest)

	// 3. Plan.
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	expect("plan of one connection", login, getRequest)
}

// Many connections cost a plan a handful of requests, not one each.
func TestAccConnection_requestsOfMany(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	cli.Write(acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  count      = 40
  name       = "platform-${count.index}"
  project_id = count.index %% 2 == 0 ? null : %q
  access_token = {
    type     = "group"
    value_wo = var.token
  }
}
`, servers.ProjectID))
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.Sandbox.Log.Reset()
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	got := servers.Lines("infisical")
	slices.Sort(got)
	list := "GET /api/v1/app-connections/gitlab"
	if want := []string{list, list, getRequest, getRequest, login}; !slices.Equal(got, want) {
		t.Errorf("a plan of 40 connections in two scopes costs %q, want %q", got, want)
	}
	if got, want := servers.Lines("gitlab"), []string{"GET /api/v4/personal_access_tokens/self"}; !slices.Equal(got, want) {
		t.Errorf("one token shared by 40 connections costs %q, want %q", got, want)
	}
}

// Each alias is a provider of its own, which may be logged in as another identity: it lists for itself, and a write by
// one is seen by the other.
func TestAccConnection_requestsOfTwoAliases(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	configuration := func(provider string) string {
		return acctest.TokenVariable + fmt.Sprintf(`
provider "infisical" {
  alias = "second"
}

resource "infisical_gitlab_connection" "first" {
  count = 5
  name  = "first-${count.index}"
  access_token = {
    type     = "group"
    value_wo = var.token
  }
}

resource "infisical_gitlab_connection" "second" {
  provider    = %s
  count       = 5
  name        = "second-${count.index}"
  description = "of %s"
  access_token = {
    type     = "group"
    value_wo = var.token
  }
}
`, provider, provider)
	}
	cli.Write(configuration("infisical.second"))
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.Sandbox.Log.Reset()
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	got := servers.Lines("infisical")
	slices.Sort(got)
	list := "GET /api/v1/app-connections/gitlab"
	if want := []string{list, list, getRequest, getRequest, login, login}; !slices.Equal(got, want) {
		t.Errorf("a plan of 10 connections of two aliases costs %q, want %q", got, want)
	}
	cli.Write(configuration("infisical"))
	cli.Run("apply", "-auto-approve", "-input=false")
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the connections changed to the other alias is not empty")
	}
}
