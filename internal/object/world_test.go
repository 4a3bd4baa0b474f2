package object_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// types are the resources of all kinds.
var types = []string{"infisical_gitlab_connection", "infisical_gitlab_secret_sync", "infisical_gitlab_secret_scanning_data_source"}

// world is one object of each kind, by a clock that moves only while the provider waits.
type world struct {
	t         *testing.T
	servers   *acctest.Servers
	infisical *infisical.Server
	clock     *server.Clock
	waited    atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: acctest.NewClock()}
	w.servers = acctest.StartSandbox(t, sandbox.WithClock(w.clock.Now))
	w.infisical = w.servers.Sandbox.Infisical
	return w
}

// config is one of each kind; the connection makes its own token.
func (w *world) config() string {
	provider := strings.Replace(w.servers.Provider("max_retries = 1"), "instance_url =",
		fmt.Sprintf("token = %q\n    instance_url =", w.servers.ProviderToken()), 1)
	return provider + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name                 = "platform"
  use_cases            = ["group_secret_sync", "group_secret_scanning"]
  managed_access_token = { group = "acme" }
}

resource "infisical_gitlab_secret_sync" "test" {
  name          = "api"
  project_id    = %q
  connection_id = infisical_gitlab_connection.test.id
  source        = { environment = "prod" }
  target        = { project = "acme/app" }
  variables     = { unmanaged = "keep" }
  auto_sync     = false
}

resource "infisical_gitlab_secret_scanning_data_source" "test" {
  name          = "app"
  project_id    = %q
  connection_id = infisical_gitlab_connection.test.id
  target        = { project = "acme/app" }
}
`, w.servers.ProjectID, w.infisical.ScanningProject)
}

// at is a configuration for the same server under another address.
func (w *world) at(host string) string {
	return strings.Replace(w.config(), w.servers.Host, host, 1)
}

// elsewhere is another address of the server.
func (w *world) elsewhere() string {
	return strings.Replace(w.servers.Host, "127.0.0.1", "localhost", 1)
}

func (w *world) test(steps ...resource.TestStep) {
	w.t.Helper()
	environment := acctest.Environment()
	environment.Now = w.clock.Now
	environment.Wait = func(ctx context.Context, pause time.Duration) error {
		w.clock.Advance(pause)
		w.waited.Add(int64(pause))
		return context.Cause(ctx)
	}
	acctest.Test(w.t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(environment), Steps: steps})
}

// nothingToDo expects that of each kind.
func nothingToDo() resource.ConfigPlanChecks {
	var checks []plancheck.PlanCheck
	for _, name := range types {
		checks = append(checks, plancheck.ExpectResourceAction(name+".test", plancheck.ResourceActionNoop))
	}
	return resource.ConfigPlanChecks{PreApply: checks}
}

// remove deletes all objects outside of Terraform, an hour after they were written.
func (w *world) remove() {
	w.clock.Advance(time.Hour)
	w.infisical.RemoveSync(w.infisical.Syncs()[0].ID)
	w.infisical.RemoveDataSource(w.infisical.DataSources()[0].ID)
	w.infisical.Remove(w.servers.Only(w.t).ID)
}

// says matches a text of a diagnostic, however Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+`))
}
