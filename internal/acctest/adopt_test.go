package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// The commands of examples/adopt, for an organization with more connections than a list has by default. Those of other
// workspaces stay out of the state, and nothing is written.
func TestAccAdopt(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_sync_projects=["+fmt.Sprintf("%q", servers.ProjectID)+"]")...)
	if !cli.Knows("1.14.0", "") {
		t.Skip("this CLI knows no queries, which Terraform has since 1.14: make testacc TERRAFORM=/path/to/terraform")
	}
	const byHand, managed, syncs = 300, 20, 120
	var last infisical.Connection
	for i := range byHand {
		last = servers.Sandbox.Infisical.Add(infisical.Connection{Name: fmt.Sprintf("by-hand-%03d", i), AccessToken: servers.Token, AccessTokenType: "group"})
	}
	for i := range managed {
		servers.Sandbox.Infisical.Add(infisical.Connection{Name: fmt.Sprintf("managed-%03d", i), AccessToken: servers.Token, AccessTokenType: "group"})
	}
	for i := range syncs {
		servers.Sandbox.Infisical.AddSync(infisical.Sync{
			Name: fmt.Sprintf("sync-%03d", i), ConnectionID: last.ID, ProjectID: servers.ProjectID, AutoSync: true,
			Destination: infisical.SyncDestination{Scope: "project", ID: "1203", Name: "acme/app", Environment: fmt.Sprintf("review/%d", i)},
		})
	}
	adopt := filepath.Join(examples, "adopt")
	copyModule(t, adopt, cli.Dir)
	query, err := os.ReadFile(filepath.Join(adopt, "all.tfquery.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(cli.Dir, "all.tfquery.hcl"), string(query))
	servers.Sandbox.Log.Reset()

	output := cli.Run("query", "-generate-config-out=found.tf")
	if strings.Contains(output, "managed-") || strings.Contains(output, "More objects than the limit") {
		t.Errorf("the query shows too much, or too little:\n%s", output)
	}
	if plan := cli.Run("plan", "-input=false"); !strings.Contains(plan, fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy.", byHand+syncs)) {
		t.Errorf("the plan changes something:\n%s", plan)
	}
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.NoWrites(t)
	if !cli.PlanIsEmpty() {
		t.Error("the plan after the import is not empty")
	}
}
