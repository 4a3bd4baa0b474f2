package acctest_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
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
	cli      *acctest.CLI
	pipeline pipeline
	// variables are the CI/CD variables of the project, which stand above those of the pipeline's file, and protected
	// are those that only a protected branch gets.
	variables, protected map[string]string
	// idToken is what a job of the branch gets with that audience.
	idToken func(branch, audience string) string
}

// trigger is what makes a pipeline run.
type trigger struct {
	source, branch string
	// idToken, when set, is what the job has instead of its own; "-" is none.
	idToken string
	// variables are set for this pipeline alone.
	variables map[string]string
}

// protected: the default branch is, and merge requests do not run for it.
func (t trigger) protected() bool { return t.branch == "main" && t.source != "merge_request_event" }

// predefined are GitLab's own variables of a job, https://docs.gitlab.com/ci/variables/predefined_variables.
func (r *runner) predefined(by trigger) map[string]string {
	all := map[string]string{"CI_SERVER_URL": r.variables["CI_SERVER_URL"], "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": by.source}
	if by.source != "merge_request_event" {
		all["CI_COMMIT_BRANCH"] = by.branch
	}
	return all
}

// run runs a job of the pipeline, if its rules let it run.
func (r *runner) run(job job, by trigger) (string, error) {
	r.t.Helper()
	variables := r.predefined(by)
	maps.Copy(variables, r.variables)
	if by.protected() {
		maps.Copy(variables, r.protected)
	}
	maps.Copy(variables, by.variables)
	if !runs(job, variables) {
		return "", errNotRun
	}
	ofProject := maps.Clone(variables)
	for _, level := range []map[string]string{r.pipeline.Variables, job.Variables} {
		for name, value := range level {
			variables[name] = os.Expand(value, func(name string) string { return ofProject[name] })
		}
	}
	maps.Copy(variables, ofProject)
	for name, token := range r.pipeline.Default.IDTokens {
		variables[name] = cmp.Or(by.idToken, r.idToken(by.branch, token.Audience))
		if by.idToken == "-" {
			delete(variables, name)
		}
	}
	return r.shell(strings.Join(job.Script, "\n"), variables)
}

var errNotRun = errors.New("the rules of the job do not let it run")

// runs reports whether one of the job's rules, which compare two things, holds.
func runs(job job, variables map[string]string) bool {
	value := func(side string) string {
		return strings.Trim(os.Expand(strings.TrimSpace(side), func(name string) string { return variables[name] }), `"`)
	}
	return slices.ContainsFunc(job.Rules, func(rule map[string]string) bool {
		left, right, _ := strings.Cut(rule["if"], "==")
		return value(left) == value(right)
	})
}

func (r *runner) shell(script string, variables map[string]string) (string, error) {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "sh", "-eu", "-c", script)
	command.Dir = r.cli.Dir
	command.Env = append(r.cli.Command(nil, "version").Env, "TF_CLI_ARGS=-no-color", "PATH="+r.terraform()+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	return strings.Join(strings.Fields(strings.NewReplacer("│", "").Replace(string(output))), " "), err
}

// terraform is a directory with a terraform in it that is the CLI under test. There is no registry to initialize from.
func (r *runner) terraform() string {
	r.t.Helper()
	directory := r.t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = init ] || exec %q \"$@\"\n", r.cli.Command(nil, "version").Path)
	if err := os.WriteFile(filepath.Join(directory, "terraform"), []byte(script), 0o700); err != nil { //nolint:gosec // It must be run.
		r.t.Fatal(err)
	}
	return directory
}

const gitLabCIGuide = "../../docs/guides/log-in-from-gitlab-ci.md"

// takeGuide takes the pipeline and the configuration from the guide.
func (r *runner) takeGuide() {
	r.t.Helper()
	var configuration string
	for _, block := range blocks(r.t, gitLabCIGuide) {
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

// claimsCommand is the guide's, which shows what a token says.
func claimsCommand(t *testing.T) string {
	t.Helper()
	for _, block := range blocks(t, gitLabCIGuide) {
		if strings.HasPrefix(block.text, `echo "$INFISICAL_AUTH_JWT"`) {
			return block.text
		}
	}
	t.Fatal("the guide does not say how to see the claims")
	return ""
}

// newRunner has the variables that the guide has people set, of which protected branches alone get the token.
func newRunner(t *testing.T, servers *acctest.Servers, project sandbox.Pipeline) *runner {
	t.Helper()
	return &runner{
		t: t, cli: acctest.NewCLI(t), protected: map[string]string{"TF_VAR_gitlab_token": servers.Token},
		variables: map[string]string{
			"INFISICAL_PLAN_IDENTITY_ID": project.PlanIdentityID, "INFISICAL_APPLY_IDENTITY_ID": project.ApplyIdentityID,
			"INFISICAL_HOST": servers.Host, "CI_SERVER_URL": servers.InstanceURL, "GITLAB_TOKEN": readOnly(servers.Sandbox.GitLab),
		},
		idToken: func(branch, audience string) string {
			return servers.Sandbox.GitLab.IDToken(project.Project, branch, audience)
		},
	}
}

// says runs a job that succeeds and prints these texts.
func says(t *testing.T, runner *runner, job job, by trigger, texts ...string) {
	t.Helper()
	output, err := runner.run(job, by)
	for _, text := range texts {
		if err != nil || !strings.Contains(output, text) {
			t.Errorf("%v runs %q: %v, want %q\n%s", by, job.Script, err, text, output)
		}
	}
}

func runsNot(t *testing.T, runner *runner, job job, by trigger) {
	t.Helper()
	if output, err := runner.run(job, by); !errors.Is(err, errNotRun) {
		t.Errorf("%v runs %q: %v\n%s", by, job.Script, err, output)
	}
}

// The pipeline of the guide, run by a shell, with ID tokens that GitLab issues for its branches and the two identities
// that the guide has people create: a plan in a merge request, an apply on the main branch, a plan again, and each
// refusal that the guide explains.
func TestAccPages_gitLabCI(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	servers := acctest.StartSandbox(t)
	sb := servers.Sandbox
	project := sb.AddPipeline("acme/infra")
	runner := newRunner(t, servers, project)
	runner.takeGuide()
	ofMergeRequest := trigger{source: "merge_request_event", branch: "feature/connection"}
	ofMain := trigger{source: "push", branch: "main"}
	plan, apply := runner.pipeline.Plan, runner.pipeline.Apply
	const oidcLogin = "POST /api/v1/auth/oidc-auth/login"

	// 1. Each pipeline runs its own job.
	runsNot(t, runner, plan, ofMain)
	runsNot(t, runner, apply, ofMergeRequest)
	runsNot(t, runner, apply, trigger{source: "push", branch: "feature/connection"})

	// 2. The merge request plans without the token, says what the apply will need, and changes nothing.
	says(t, runner, plan, ofMergeRequest, "1 to add, 0 to change, 0 to destroy", "Warning: GitLab token needed")
	if got := servers.Lines("infisical"); len(servers.Writes()) > 0 {
		t.Errorf("the plan asked Infisical %q", got)
	}

	// 3. What a merge request smuggles into the apply is not let in, and its own identity may not create.
	apply.Rules = append(apply.Rules, plan.Rules...)
	sb.Log.Reset()
	refused(t, runner, apply, ofMergeRequest, "Error: GitLab token needed")
	withToken := ofMergeRequest
	withToken.variables = map[string]string{"TF_VAR_gitlab_token": servers.Token}
	refused(t, runner, apply, withToken, "with OIDC Auth: Access denied: OIDC subject not allowed. (HTTP 403")
	if got := servers.Lines("infisical"); !slices.Equal(got, []string{oidcLogin}) {
		t.Errorf("asked Infisical %q, want one login", got)
	}
	byPlanIdentity := ofMergeRequest
	byPlanIdentity.variables = map[string]string{"INFISICAL_MACHINE_IDENTITY_ID": project.PlanIdentityID, "TF_VAR_gitlab_token": servers.Token}
	refused(t, runner, apply, byPlanIdentity, "You are not allowed to create on app-connections (HTTP 403")

	// 4. The main branch applies.
	sb.Log.Reset()
	says(t, runner, apply, ofMain, "1 added")
	if got := servers.Lines("infisical"); len(got) == 0 || got[0] != oidcLogin {
		t.Errorf("apply asked Infisical %q, want a login first", got)
	}

	// 5. The next merge request has nothing to do.
	says(t, runner, plan, ofMergeRequest, "No changes")

	// 6. What the guide says about refusals is what is printed.
	fork := sb.GitLab.IDToken(sb.GitLab.AddProject("ada/infra"), "feature/connection", infisical.JWTAudience)
	refusals(t, runner, servers, project, fork)

	// 7. And so are the claims.
	shows(t, runner, fork, `"project_path":"ada/infra"`)
}

// refusals are those of logins, by what the guide says of them. fork is an ID token of somebody's fork.
func refusals(t *testing.T, runner *runner, servers *acctest.Servers, project sandbox.Pipeline, fork string) {
	t.Helper()
	sb := servers.Sandbox
	for said, by := range map[string]trigger{
		"OIDC auth method not found for identity":   {variables: map[string]string{"INFISICAL_MACHINE_IDENTITY_ID": sb.Infisical.ClientID}},
		"Access denied: OIDC audience not allowed.": {idToken: sb.GitLab.IDToken(project.Project, "feature/connection", "https://app.infisical.com/")},
		`It says: iss = "` + servers.InstanceURL + `", aud = "https://app.infisical.com", sub = "project_path:ada/infra:ref_type:branch:ref:feature/connection".`: {idToken: fork},
		"Access denied: OIDC claim not allowed.":                   {idToken: fork},
		"Access denied: jwt issuer invalid":                        {idToken: sb.Infisical.IDToken(nil)},
		"Access denied: jwt expired":                               {idToken: sb.Infisical.IDToken(map[string]any{"exp": 1})},
		"The environment variable INFISICAL_AUTH_JWT holds no JWT": {idToken: "-"},
	} {
		by.source, by.branch = "merge_request_event", "feature/connection"
		refused(t, runner, runner.pipeline.Plan, by, said)
	}
}

// readOnly is a token with which merge requests look up targets.
func readOnly(g *gitlab.Server) string {
	reader := g.AddUser("reader")
	g.AddMember(g.Group("acme"), reader, gitlab.ReporterAccess)
	return g.AddToken(gitlab.TokenSpec{Name: "plans", User: reader, Scopes: []string{"read_api"}}).Value
}

// shows runs the guide's command that prints the claims of an ID token.
func shows(t *testing.T, runner *runner, idToken, claim string) {
	t.Helper()
	output, err := runner.shell(claimsCommand(t), map[string]string{"INFISICAL_AUTH_JWT": idToken})
	if err != nil || !strings.Contains(output, claim) {
		t.Errorf("claims: %v\n%s", err, output)
	}
}

// refused runs a job that must fail with these words.
func refused(t *testing.T, runner *runner, job job, by trigger, words string) {
	t.Helper()
	output, err := runner.run(job, by)
	if err == nil || !strings.Contains(output, words) {
		t.Errorf("want %q: %v\n%s", words, err, output)
	}
}
