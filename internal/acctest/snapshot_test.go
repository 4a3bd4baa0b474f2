package acctest_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// A rehearsal of the release: what `make release-snapshot` leaves in dist/ is complete, and a user who has it in a
// mirror applies README's first example from it. With both CLIs where they are there.
func TestAccSnapshot(t *testing.T) {
	t.Parallel()
	dist := os.Getenv("SNAPSHOT")
	if dist == "" {
		t.Skip("SNAPSHOT names no directory with a snapshot of a release; make release-snapshot makes one")
	}
	summed := checkSums(t, dist)
	archive := endingWith(t, summed, "_"+runtime.GOOS+"_"+runtime.GOARCH+".zip")
	endingWith(t, summed, "_"+runtime.GOOS+"_"+runtime.GOARCH+".cdx.json")
	endingWith(t, summed, "_manifest.json")
	mirror := t.TempDir()
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		directory := filepath.Join(mirror, registry, "infisical-community", "infisical")
		if err := os.MkdirAll(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(dist, archive), filepath.Join(directory, archive)); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(t.TempDir(), "terraformrc")
	writeFile(t, config, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror))
	for _, product := range []string{acctest.Terraform, acctest.OpenTofu} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			path := oneOf(t, product)
			if path == "" {
				t.Skipf("no %s here that knows write-only attributes", product)
			}
			servers := acctest.StartSandbox(t)
			cli := acctest.NewInstalledCLI(t, path, t.TempDir(), append(servers.Environment(), "TF_VAR_gitlab_token="+servers.Token,
				"TF_CLI_CONFIG_FILE="+config)...)
			writeFile(t, filepath.Join(cli.Dir, "main.tf"), firstExample(t))
			cli.Run("init", "-input=false")
			cli.Run("apply", "-auto-approve", "-input=false")
			if !cli.PlanIsEmpty() {
				t.Error("the plan after the apply is not empty")
			}
			cli.Run("destroy", "-auto-approve", "-input=false")
			if left := servers.Sandbox.Infisical.Connections(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// checkSums compares the files of a release with their sums, and returns their names.
func checkSums(t *testing.T, dist string) []string {
	t.Helper()
	sums, err := filepath.Glob(filepath.Join(dist, "*_SHA256SUMS"))
	if err != nil || len(sums) != 1 {
		t.Fatalf("sums: %q, %v", sums, err)
	}
	file, err := os.Open(sums[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var names []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		names = append(names, name)
		path := filepath.Join(dist, name)
		if strings.HasSuffix(name, "_manifest.json") {
			path = "../../terraform-registry-manifest.json" // Only its upload has that name.
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if got := fmt.Sprintf("%x", sha256.Sum256(content)); got != sum {
			t.Errorf("%s has the sum %s, and SHA256SUMS says %s", name, got, sum)
		}
	}
	return names
}

// endingWith is the one name with this suffix.
func endingWith(t *testing.T, names []string, suffix string) string {
	t.Helper()
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			return name
		}
	}
	t.Fatalf("SHA256SUMS has nothing that ends with %s: %q", suffix, names)
	return ""
}
