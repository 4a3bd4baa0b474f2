package secretsync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// What each command asks Infisical, in order: nothing more than that is needed.
func TestAccSecretSync_requests(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	connection := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	cli := acctest.NewCLI(t, servers.Environment()...)
	expect := func(what string, want ...string) {
		t.Helper()
		if got := servers.Lines("infisical"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
		servers.Sandbox.Log.Reset()
	}
	cli.Write(fmt.Sprintf(`
resource "infisical_gitlab_secret_sync" "test" {
  name          = "api-prod"
  project_id    = %q
  connection_id = %q
  source        = { environment = "prod" }
  target        = { project = "1203" }
  variables     = { unmanaged = "keep" }
  wait_for_sync = false
}
`, servers.ProjectID, connection.ID))

	// 1. Create: one POST, whose answer is the state. The plan looks whether the connection, which this configuration
	// only names, is there, and asks for other syncs to the destination, and so does what Terraform plans once more as
	// it applies.
	cli.Run("apply", "-auto-approve", "-input=false")
	const connectionRequest = "GET /api/v1/app-connections/gitlab/{id}"
	expect("apply of one sync", login, connectionRequest, checkDestination, login, connectionRequest, checkDestination, "POST /api/v1/secret-syncs/gitlab")

	// 2. Plan.
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	expect("plan of one sync", login, getRequest)
}

// The preflight asks for the connection, to know its GitLab, and for other syncs to the destination, in the plan and in
// what Terraform plans once more as it applies. Nothing else is read before the write, nor after it but to wait.
func TestAccSecretSync_requestsOfAnApplyThatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.test(resource.TestStep{
		Config: w.withToken(w.config(nil)),
		Check: after(func() {
			const preflight = "GET /api/v1/app-connections/gitlab/{id}"
			w.requests(preflight, checkDestination, preflight, checkDestination, "POST /api/v1/secret-syncs/gitlab", getRequest)
		}),
	})
}

// Many new syncs of one connection ask for it once in a plan, and once in what Terraform plans as it applies.
func TestAccSecretSync_requestsOfManyNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cli := acctest.NewCLI(t)
	cli.Write(w.withToken(w.config(settings{
		"count": "20", "name": `"sync-${count.index}"`, "wait_for_sync": "false",
		"target": `{ project = "acme/app", environment_scope = "scope-${count.index}" }`,
	})))
	cli.Run("plan", "-out=plan", "-input=false")
	w.asksForTheConnectionOnce("a plan of 20 new syncs")
	cli.Run("apply", "-input=false", "plan")
	w.asksForTheConnectionOnce("an apply of 20 new syncs")
}

func (w *world) asksForTheConnectionOnce(what string) {
	w.t.Helper()
	const request = "GET /api/v1/app-connections/gitlab/{id}"
	lines := slices.DeleteFunc(w.servers.Lines("infisical"), func(line string) bool { return line != request })
	if len(lines) != 1 {
		w.t.Errorf("%s asks for the connection %d times, want 1", what, len(lines))
	}
	w.forget()
}

// Many syncs of a project cost a plan two requests, not one each.
func TestAccSecretSync_requestsOfMany(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	connection := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	cli := acctest.NewCLI(t, servers.Environment()...)
	cli.Write(fmt.Sprintf(`
resource "infisical_gitlab_secret_sync" "test" {
  count         = 100
  name          = "sync-${count.index}"
  project_id    = %q
  connection_id = %q
  source        = { environment = "prod" }
  target        = { project = "1203", environment_scope = "scope-${count.index}" }
  variables     = { unmanaged = "keep" }
  wait_for_sync = false
}
`, servers.ProjectID, connection.ID))
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.Sandbox.Log.Reset()
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
	got := servers.Lines("infisical")
	slices.Sort(got)
	if want := []string{listRequest, getRequest, login}; !slices.Equal(got, want) {
		t.Errorf("a plan of 100 syncs costs %q, want %q", got, want)
	}
	if got := servers.Lines("gitlab"); len(got) > 0 {
		t.Errorf("a plan of 100 syncs asks GitLab %q", got)
	}
}
