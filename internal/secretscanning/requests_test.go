package secretscanning_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// Many new data sources of one connection ask for it once.
func TestAccSecretScanning_requestsOfManyNew(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	connection := servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: servers.Token, AccessTokenType: "group"})
	cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.ProviderToken())...)
	cli.Write(fmt.Sprintf(`
resource %q "test" {
  count         = 20
  name          = "app-${count.index}"
  project_id    = %q
  connection_id = %q
  target        = { project = "acme/app" }
}
`, resourceType, servers.Sandbox.Infisical.ScanningProject, connection.ID))
	cli.Run("plan", "-input=false")
	lines := slices.DeleteFunc(servers.Lines("infisical"), func(line string) bool { return line != "GET /api/v1/app-connections/gitlab/{id}" })
	if len(lines) != 1 {
		t.Errorf("a plan of 20 new data sources asks for the connection %d times, want 1", len(lines))
	}
}
