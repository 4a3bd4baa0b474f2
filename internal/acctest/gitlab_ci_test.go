package acctest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// pipeline is what a shell can do of a .gitlab-ci.yml, https://docs.gitlab.com/ci/yaml.
type pipeline struct {
	Default struct {
		IDTokens map[string]struct {
			Audience string `yaml:"aud"`
		} `yaml:"id_tokens"`
	} `yaml:"default"`
	Variables map[string]string `yaml:"variables"`
	Plan      job               `yaml:"plan"`
	Apply     job               `yaml:"apply"`
}

type job struct {
	Variables map[string]string   `yaml:"variables"`
	Rules     []map[string]string `yaml:"rules"`
	Script    []string            `yaml:"script"`
}

// runner runs jobs as GitLab's would, in one directory.
type runner struct {
	t        *testing.T
	servers  *acctest.Servers
	cli      *acctest.CLI
	pipeline pipeline
	// variables are the CI/CD variables of the project.
	variables map[string]string
}

// run runs a job with ID tokens of these claims.
func (r *runner) run(job job, claims map[string]any) (string, error) {
	r.t.Helper()
	variables := map[string]string{}
	for name, token := range r.pipeline.Default.IDTokens {
		claims["aud"] = token.Audience
		variables[name] = r.servers.Sandbox.Infisical.IDToken(claims)
	}
	for _, level := range []map[string]string{r.pipeline.Variables, job.Variables} {
		for name, value := range level {
			variables[name] = os.Expand(value, func(name string) string { return r.variables[name] })
		}
	}
	for name, value := range r.variables {
		variables[name] = value
	}
	command := exec.CommandContext(r.t.Context(), "sh", "-eu", "-c", strings.Join(job.Script, "\n"))
	command.Dir = r.cli.Dir
	command.Env = append(r.cli.Command(nil, "version").Env, "TF_CLI_ARGS=-no-color", "PATH="+r.terraform()+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// terraform is a directory with a terraform in it that is the CLI under test. There is no registry to initialise from.
func (r *runner) terraform() string {
	r.t.Helper()
	directory := r.t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = init ] || exec %q \"$@\"\n", r.cli.Command(nil, "version").Path)
	if err := os.WriteFile(filepath.Join(directory, "terraform"), []byte(script), 0o700); err != nil { //nolint:gosec // It must be run.
		r.t.Fatal(err)
	}
	return directory
}

// takeGuide takes the pipeline and the configuration from the guide.
func (r *runner) takeGuide() {
	r.t.Helper()
	var configuration string
	for _, block := range blocks(r.t, "../../docs/guides/log-in-from-gitlab-ci.md") {
		switch block.language {
		case "yaml":
			if err := yaml.Unmarshal([]byte(block.text), &r.pipeline); err != nil {
				r.t.Fatal(err)
			}
		case "terraform":
			configuration += strings.ReplaceAll(block.text, `"infisical-community/infisical"`, `"`+acctest.ProviderSource+`"`)
		}
	}
	writeFile(r.t, filepath.Join(r.cli.Dir, "main.tf"), configuration)
}

// The pipeline of the guide, run by a shell: a plan in a merge request, an apply on the main branch, a plan again. Each
// job logs in with a token of its own, and a merge request's is not accepted as the main branch's identity.
func TestAccPages_gitLabCI(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	servers := acctest.StartSandbox(t)
	runner := &runner{t: t, servers: servers, cli: acctest.NewCLI(t), variables: map[string]string{
		"INFISICAL_PLAN_IDENTITY_ID": servers.Sandbox.Infisical.IdentityID, "INFISICAL_APPLY_IDENTITY_ID": servers.Sandbox.Infisical.IdentityID,
		"TF_VAR_gitlab_token": servers.Token, "INFISICAL_HOST": servers.Host, "GITLAB_BASE_URL": servers.InstanceURL,
	}}
	runner.takeGuide()
	ofMergeRequest := map[string]any{
		"project_path": "acme/infra", "sub": "project_path:acme/infra:ref_type:branch:ref:feature/connection", "ref_protected": "false",
		"pipeline_source": "merge_request_event",
	}
	ofMain := map[string]any{"project_path": "acme/infra", "sub": "project_path:acme/infra:ref_type:branch:ref:main", "ref_protected": "true"}
	forMergeRequests := func() { servers.Sandbox.Infisical.BindOIDC("", map[string]string{"project_path": "acme/infra"}) }
	forMain := func() {
		servers.Sandbox.Infisical.BindOIDC("project_path:acme/infra:ref_type:branch:ref:main", map[string]string{"ref_protected": "true"})
	}
	const oidcLogin = "POST /api/v1/auth/oidc-auth/login"

	// 1. The merge request plans, and changes nothing.
	forMergeRequests()
	output, err := runner.run(runner.pipeline.Plan, ofMergeRequest)
	if err != nil || !strings.Contains(output, "1 to add, 0 to change, 0 to destroy") {
		t.Errorf("plan: %v\n%s", err, output)
	}
	if got := servers.Lines("infisical"); len(servers.Writes()) > 0 {
		t.Errorf("the plan asked Infisical %q", got)
	}

	// 2. A job of a merge request that would apply is not let in.
	forMain()
	servers.Sandbox.Log.Reset()
	output, err = runner.run(runner.pipeline.Apply, ofMergeRequest)
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", "").Replace(output)), " ")
	if err == nil || !strings.Contains(flat, "with OIDC Auth: Access denied: OIDC subject not allowed. (HTTP 403") ||
		!strings.Contains(flat, "Check the JWT in the environment variable INFISICAL_AUTH_JWT") {
		t.Errorf("apply in a merge request: %v\n%s", err, output)
	}
	if got := servers.Lines("infisical"); !slices.Equal(got, []string{oidcLogin}) {
		t.Errorf("asked Infisical %q, want one login", got)
	}

	// 3. The main branch applies.
	servers.Sandbox.Log.Reset()
	if output, err = runner.run(runner.pipeline.Apply, ofMain); err != nil || !strings.Contains(output, "1 added") {
		t.Errorf("apply: %v\n%s", err, output)
	}
	if got := servers.Lines("infisical"); len(got) == 0 || got[0] != oidcLogin {
		t.Errorf("apply asked Infisical %q, want a login first", got)
	}

	// 4. The next merge request has nothing to do.
	forMergeRequests()
	if output, err = runner.run(runner.pipeline.Plan, ofMergeRequest); err != nil || !strings.Contains(output, "No changes") {
		t.Errorf("plan after apply: %v\n%s", err, output)
	}
}
