// Use this when only a real process can show it: what a CLI prints, its files, its own checks, an installed provider. A
// command costs a second or more.

package acctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// ProviderSource is how a configuration names this provider so that Terraform and OpenTofu agree.
const ProviderSource = "registry.terraform.io/infisical-community/infisical"

// CLI is a scratch directory in which Terraform or OpenTofu runs with the built provider, as it would for a user.
type CLI struct {
	Dir string
	// Provider is the file of the built provider; empty when the CLI finds one by itself.
	Provider string

	t    testing.TB
	path string
	env  []string
}

// NewCLI makes a scratch directory. env are variables such as "TF_VAR_token=…", set for every command.
func NewCLI(t testing.TB, env ...string) *CLI {
	t.Helper()
	RequireAcceptance(t)
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	cli := newCLI(t, terraformPath(t), env)
	cli.Provider = binary
	cli.override(filepath.Dir(binary))
	return cli
}

// override makes the CLI run the provider in this directory.
func (c *CLI) override(directory string) {
	c.t.Helper()
	config := filepath.Join(c.t.TempDir(), "terraformrc")
	c.write(config, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", ProviderSource, directory))
	c.env = append(c.env, "TF_CLI_CONFIG_FILE="+config)
}

// CaptureStderr keeps what the provider writes to standard error, from here on, from the CLI. The function that it
// returns tells what that was since its last call.
func (c *CLI) CaptureStderr() func() string {
	c.t.Helper()
	directory := c.t.TempDir()
	stderr := filepath.Join(directory, "stderr")
	script := fmt.Sprintf("#!/bin/sh\nexec %q \"$@\" 2>>%q\n", c.Provider, stderr)
	if err := os.WriteFile(filepath.Join(directory, filepath.Base(c.Provider)), []byte(script), 0o700); err != nil { //nolint:gosec // It is run.
		c.t.Fatal(err)
	}
	c.override(directory)
	return func() string {
		c.t.Helper()
		written, err := os.ReadFile(stderr)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			c.t.Fatal(err)
		}
		c.write(stderr, "")
		showsNoSecret(c.t, "standard error of the provider", string(written), nil)
		return string(written)
	}
}

// NewInstalledCLI makes a scratch directory for the given CLI of a user who has this home and no configuration of the
// CLI: it finds the provider there after `make install`.
func NewInstalledCLI(t testing.TB, path, home string, env ...string) *CLI {
	t.Helper()
	RequireAcceptance(t)
	return newCLI(t, path, append([]string{"HOME=" + home}, env...))
}

func newCLI(t testing.TB, path string, env []string) *CLI {
	t.Helper()
	cli := &CLI{Dir: t.TempDir(), t: t, path: path}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "INFISICAL_") && !strings.HasPrefix(variable, "GITLAB_") {
			cli.env = append(cli.env, variable)
		}
	}
	trace := t.TempDir()
	cli.env = append(cli.env, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	if !slices.ContainsFunc(env, func(variable string) bool { return strings.HasPrefix(variable, "TF_LOG") }) {
		cli.env = append(cli.env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(trace, "trace.log"))
	}
	cli.env = append(cli.env, env...)
	learnVariables(env)
	t.Cleanup(func() {
		leavesNoSecret(t, cli.Dir)
		leavesNoSecret(t, trace)
	})
	return cli
}

// Write puts a configuration into the directory, below the block that names the provider.
func (c *CLI) Write(config string) {
	c.t.Helper()
	c.write(filepath.Join(c.Dir, "main.tf"), fmt.Sprintf("terraform {\n  required_providers {\n    infisical = {\n      source = %q\n    }\n  }\n}\n%s",
		ProviderSource, config))
}

func (c *CLI) write(path, content string) {
	c.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Try runs a command and returns all that it printed, with the error of a status other than 0.
func (c *CLI) Try(args ...string) (string, error) {
	c.t.Helper()
	return c.TryWith(nil, args...)
}

// TryWith is Try with more variables, of which the last of one name counts.
func (c *CLI) TryWith(env []string, args ...string) (string, error) {
	c.t.Helper()
	learnVariables(env)
	command := c.Command(env, args...)
	output, err := command.CombinedOutput()
	showsNoSecret(c.t, "the output of "+strings.Join(args, " "), string(output), nil)
	return string(output), err
}

// Run runs a command that must succeed.
func (c *CLI) Run(args ...string) string {
	c.t.Helper()
	output, err := c.Try(args...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return output
}

// Command prepares a command for a test that wants to interrupt it.
func (c *CLI) Command(env []string, args ...string) *exec.Cmd {
	command := exec.CommandContext(c.t.Context(), c.path, append(args, "-no-color")...) //nolint:gosec // The path is the tester's own.
	command.Dir = c.Dir
	command.Env = append(append([]string{}, c.env...), env...)
	return command
}

// PlanIsEmpty reports whether a plan finds nothing to do; a plan that fails ends the test.
func (c *CLI) PlanIsEmpty() bool {
	c.t.Helper()
	output, err := c.Try("plan", "-input=false", "-detailed-exitcode")
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true
	case errors.As(err, &exit) && exit.ExitCode() == 2:
		return false
	}
	c.t.Fatalf("plan: %v\n%s", err, output)
	return false
}

// Knows reports whether the CLI has what Terraform and OpenTofu have since these versions; an empty one is for what it
// never had.
func (c *CLI) Knows(terraform, openTofu string) bool {
	c.t.Helper()
	return knows(c.t, c.path, terraform, openTofu)
}

// HasFix is Knows for what a patch release mended: pre-releases of the next minor version may be older than that, so
// they count as without.
func (c *CLI) HasFix(terraform, openTofu string) bool {
	c.t.Helper()
	_, is, err := Version(c.t.Context(), c.path)
	if err != nil {
		c.t.Fatal(err)
	}
	return is.Prerelease() == "" && c.Knows(terraform, openTofu)
}

func knows(t testing.TB, path, terraform, openTofu string) bool {
	t.Helper()
	product, is, err := Version(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	since := map[string]string{Terraform: terraform, OpenTofu: openTofu}[product]
	return since != "" && is.Core().GreaterThanOrEqual(version.Must(version.NewVersion(since)))
}

// What the CLIs call themselves.
const (
	Terraform = "Terraform"
	OpenTofu  = "OpenTofu"
)

var versionLine = regexp.MustCompile(`^(Terraform|OpenTofu) v(\S+)`)

// Version tells which CLI is at a path, and of which version.
func Version(ctx context.Context, path string) (product string, is *version.Version, err error) {
	command := exec.CommandContext(ctx, path, "version") //nolint:gosec // The path is the tester's own.
	command.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	output, err := command.Output()
	if err != nil {
		return "", nil, fmt.Errorf("%s version: %w", path, err)
	}
	said := versionLine.FindSubmatch(output)
	if said == nil {
		return "", nil, fmt.Errorf("%s is neither Terraform nor OpenTofu: %s", path, output)
	}
	is, err = version.NewVersion(string(said[2]))
	return string(said[1]), is, err
}

func terraformPath(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal("no terraform on PATH; `make testacc` builds OpenTofu and says where it is in TF_ACC_TERRAFORM_PATH")
	}
	return path
}

// Run runs the tests of a package, away from the cloud that this machine is in, lets them leave what is searched for
// secrets, and cleans up after NewCLI. Call it from TestMain.
func Run(m *testing.M) int {
	cloud.ClearEnvironment()
	defer func() { _ = os.RemoveAll(buildDirectory()) }()
	if os.Getenv("TF_ACC") == "" {
		return m.Run()
	}
	check(keepAll())
	// The CLI, which is started thousands of times, ends before its garbage matters. This process stays as it is.
	check(os.Setenv("GOGC", "400"))
	code := m.Run()
	fmt.Printf("searched %d MiB for %d secrets\n", secrets.Searched()>>20, secrets.Registered())
	check(figures.Write(figures.Secrets, int64(secrets.Registered())))
	check(figures.Write(figures.Mebibyte, secrets.Searched()>>20))
	return reportShadow(code)
}

// buildDirectory is this process's own, since the tests of several packages run side by side.
func buildDirectory() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("terraform-provider-infisical-%d", os.Getpid()))
}

// build builds the provider once per test binary.
var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(buildDirectory(), "terraform-provider-infisical")
	const module = "github.com/infisical-community/terraform-provider-infisical"
	command := exec.Command("go", "build", "-o", binary, module) //nolint:gosec,noctx // Fixed arguments, once per process.
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	return binary, nil
})
