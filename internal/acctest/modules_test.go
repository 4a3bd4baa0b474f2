package acctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

const modules = examples + "/modules"

// The tests that each module of examples/modules brings along, as its users run them, against a sandbox. They leave
// nothing behind. What they need of it beside the provider's settings is in variables that a module declares.
func TestAccModules(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(modules)
	if err != nil || len(entries) == 0 {
		t.Fatalf("no modules: %v", err)
	}
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			t.Parallel()
			module := filepath.Join(modules, entry.Name())
			for _, file := range []string{"main.tf", "variables.tf", "outputs.tf", "README.md"} {
				if !exists(filepath.Join(module, file)) {
					t.Errorf("there is no %s", file)
				}
			}
			servers := acctest.StartSandbox(t)
			servers.Sandbox.Infisical.DelayRuns(0)
			servers.Sandbox.Infisical.SetSecret(servers.ProjectID, "prod", "/", "DATABASE_URL", "postgres://database")
			cli := acctest.NewCLI(t, append(servers.Environment(), "GITLAB_TOKEN="+servers.ProviderToken(),
				"TF_VAR_infisical_project_id="+servers.ProjectID,
				"TF_VAR_project_id="+servers.ProjectID, "TF_VAR_gitlab_token="+servers.Sandbox.GitLab.Token("group-owner-api").Value)...)
			copyModule(t, module, cli.Dir)
			cli.Run("get", "-test-directory=tests")
			output := cli.Run("test")
			_, outcome, passed := strings.Cut(output, "Success! ")
			if t.Logf("%s", outcome); !passed || strings.HasPrefix(outcome, "0 ") {
				t.Errorf("no test ran:\n%s", output)
			}
			if left := len(servers.Connections()); left > 0 {
				t.Errorf("%d connections are left", left)
			}
			if left := len(servers.Sandbox.Infisical.Syncs()); left > 0 {
				t.Errorf("%d secret syncs are left", left)
			}
			servers.NoneLive(t)
		})
	}
}

// copyModule copies a module for a CLI that takes the provider from where its tests have it.
func copyModule(t *testing.T, from, to string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(from, "*.tf"))
	for _, pattern := range []string{"tests/*.tftest.hcl", "tests/*/*.tf"} {
		found, failure := filepath.Glob(filepath.Join(from, pattern))
		if failure != nil {
			t.Fatal(failure)
		}
		paths = append(paths, found...)
	}
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no files (%v)", from, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, target, strings.ReplaceAll(string(text), `"infisical-community/infisical"`, `"`+acctest.ProviderSource+`"`))
	}
}
