package acctest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// In a make file `$/` is a variable, and in a regular expression of subtests it is everywhere.
func TestMake_takesAPatternAsItIsWritten(t *testing.T) {
	t.Parallel()
	const pattern = `^TestAccManagedToken_faults$/^rotate$/^500,once$/it's`
	output, err := makeCommand(t, t.TempDir(), "--dry-run", "testacc", "RUN="+pattern).CombinedOutput()
	quoted := "-run '" + strings.ReplaceAll(pattern, "'", `'\''`) + "'"
	if err != nil || !strings.Contains(string(output), quoted) {
		t.Errorf("want %s, got %v\n%s", quoted, err, output)
	}
}

func TestAccMake_failsWhenNoTestMatches(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("make would have to build the CLI; see `make testacc`")
	}
	report := filepath.Join(t.TempDir(), "report.json")
	args := []string{"testacc", "RUN=^TestAccNothing$", "PACKAGES=./internal/tokenpolicy", "REPORT=" + report}
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		args = append(args, "TERRAFORM="+path)
	}
	output, err := makeCommand(t, t.TempDir(), args...).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "no acceptance test matches ^TestAccNothing$") {
		t.Errorf("%v\n%s", err, output)
	}
}

func runMake(t *testing.T, home string, args ...string) {
	t.Helper()
	if output, err := makeCommand(t, home, args...).CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

// makeCommand runs make as a user with this home would, and not as part of the make that runs this test. Go keeps its
// caches and its configuration.
func makeCommand(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	caches, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache := strings.Fields(string(caches))
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("no make here")
	}
	configuration, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "make", args...) //nolint:gosec // The arguments are this test's.
	command.Dir = "../.."
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=")
	})
	command.Env = append(command.Env, "HOME="+home, "GOCACHE="+cache[0], "GOMODCACHE="+cache[1], "XDG_CONFIG_HOME="+configuration)
	return command
}
