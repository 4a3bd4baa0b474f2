package acctest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// mocked is a module that uses all resources, by the ids of one another and of what the provider of Infisical's own and
// that of GitLab would make, and a test of it that needs no server.
const mocked = `
variable "infisical_project_id" {
  type = string
}

variable "gitlab_project" {
  type = string
}

variable "folder" {
  type = string
}

resource "infisical_gitlab_connection" "ci" {
  name                 = "ci"
  project_id           = var.infisical_project_id
  use_cases            = ["project_secret_sync"]
  managed_access_token = { project = "acme/app" }
}

data "infisical_gitlab_connection" "ci" {
  id = infisical_gitlab_connection.ci.id
}

resource "infisical_gitlab_secret_sync" "app" {
  name          = "app"
  project_id    = var.infisical_project_id
  connection_id = infisical_gitlab_connection.ci.id
  source        = { environment = "prod", secret_path = var.folder }
  target        = { project = var.gitlab_project }
  variables     = { unmanaged = "keep" }
}

resource "infisical_gitlab_secret_scanning_data_source" "app" {
  name          = "app"
  project_id    = var.infisical_project_id
  connection_id = data.infisical_gitlab_connection.ci.id
  target        = { project = var.gitlab_project }
}

output "connection_id" {
  value = infisical_gitlab_secret_sync.app.connection_id
}
`

// The ids that mock_provider makes up are as good as any, in a plan, in an apply and in the clean-up after it.
func TestAccMocks(t *testing.T) {
	t.Parallel()
	acctest.RequireAcceptance(t)
	cli := acctest.NewCLI(t)
	cli.Write(mocked)
	writeFile(t, filepath.Join(cli.Dir, "mocked.tftest.hcl"), `
mock_provider "infisical" {}

variables {
  infisical_project_id = "k2v9q0zx"
  gitlab_project       = "a1b2c3d4"
  folder               = "e5f6g7h8"
}

run "plans" {
  command = plan
}

run "applies" {
  assert {
    condition     = output.connection_id == infisical_gitlab_connection.ci.id
    error_message = "The sync has another connection."
  }
}

run "changes" {
  variables {
    gitlab_project = "acme/other"
  }
}
`)
	output := cli.Run("test")
	if !strings.Contains(output, "Success! 3 passed, 0 failed.") {
		t.Errorf("got\n%s", output)
	}
}
