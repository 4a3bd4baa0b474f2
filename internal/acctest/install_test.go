package acctest_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// What README says, by copy and paste: `make install`, then init and apply of its first example, in a home with nothing
// in it. With both CLIs where they are there, since each looks below its own registry's name.
func TestAccInstall(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	runMake(t, home, "install")
	for _, product := range []string{acctest.Terraform, acctest.OpenTofu} { //nolint:paralleltest // They share a home.
		t.Run(product, func(t *testing.T) {
			path := oneOf(t, product)
			if path == "" {
				t.Skipf("no %s here that knows write-only attributes", product)
			}
			servers := acctest.StartSandbox(t)
			cli := acctest.NewInstalledCLI(t, path, home, append(servers.Environment(), "TF_VAR_gitlab_token="+servers.Token)...)
			// 1. Init finds what was installed.
			writeFile(t, filepath.Join(cli.Dir, "main.tf"), firstExample(t))
			cli.Run("init", "-input=false")
			cli.Run("apply", "-auto-approve", "-input=false")
			if count := len(servers.Writes()); count != 1 {
				t.Errorf("%d writes", count)
			}
			if !cli.PlanIsEmpty() {
				t.Error("the plan after the apply is not empty")
			}
			// 2. Another build of this version is not what the lock file recorded, and what make says about that helps.
			rebuild(t, home)
			if output, err := cli.Try("init", "-input=false", "-upgrade"); err == nil || !strings.Contains(output, "checksums") {
				t.Errorf("init after another build: %v\n%s", err, output)
			}
			if err := os.Remove(filepath.Join(cli.Dir, ".terraform.lock.hcl")); err != nil {
				t.Fatal(err)
			}
			cli.Run("init", "-input=false")
			if !cli.PlanIsEmpty() {
				t.Error("the plan by another build is not empty")
			}
		})
	}
	// 3. Uninstalling leaves nothing.
	runMake(t, home, "uninstall")
	if left := installed(t, home); len(left) > 0 {
		t.Errorf("uninstall leaves %q", left)
	}
}

func TestAccInstall_refusesTheVersionThatNoCLIFinds(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	output, err := makeCommand(t, home, "install", "VERSION=0.0.0").CombinedOutput()
	if err == nil || !strings.Contains(string(output), "0.0.0") || len(installed(t, home)) > 0 {
		t.Errorf("error %v, installed %q\n%s", err, installed(t, home), output)
	}
}

// oneOf is the path of a CLI of this product: the one that is tested with, the one on PATH, or the one that make
// builds. Empty when there is none, or none that knows write-only attributes.
func oneOf(t *testing.T, product string) string {
	t.Helper()
	oldest := version.Must(version.NewVersion("1.11.0"))
	for _, candidate := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu", "../../bin/tofu"} {
		path, err := exec.LookPath(candidate)
		if err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err != nil {
			t.Fatal(err)
		}
		if is, found, err := acctest.Version(t.Context(), path); err == nil && is == product && found.Core().GreaterThanOrEqual(oldest) {
			return path
		}
	}
	return ""
}

// firstExample is what README has one paste first.
func firstExample(t *testing.T) string {
	t.Helper()
	for _, block := range blocks(t, "../../README.md") {
		if block.language == "terraform" {
			return block.text
		}
	}
	t.Fatal("README has no example")
	return ""
}

// rebuild makes the installed programs others than they were, as a changed build would.
func rebuild(t *testing.T, home string) {
	t.Helper()
	for _, path := range installed(t, home) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// What follows the last section of a program is not loaded. A new file, because the old one may be running.
		changed := path + ".new"
		if err := os.WriteFile(changed, append(content, '\n'), 0o700); err != nil { //nolint:gosec // It is a program.
			t.Fatal(err)
		}
		if err := os.Rename(changed, path); err != nil {
			t.Fatal(err)
		}
	}
}

// installed are the files below a home's plugin directory.
func installed(t *testing.T, home string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(home, ".terraform.d", "plugins"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
