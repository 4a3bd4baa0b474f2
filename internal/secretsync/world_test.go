package secretsync_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const address = "infisical_gitlab_secret_sync.test"

// world is a sandbox with a connection, by a clock that moves only while the provider waits.
type world struct {
	t          *testing.T
	servers    *acctest.Servers
	infisical  *infisical.Server
	gitlab     *gitlab.Server
	connection infisical.Connection
	app        gitlab.Project

	mu  sync.Mutex
	now time.Time
	// waited is called in each pause.
	waited func()
}

func newWorld(t *testing.T, options ...sandbox.Option) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)}
	w.servers = acctest.StartSandbox(t, append(options, sandbox.WithClock(w.clock))...)
	w.infisical, w.gitlab = w.servers.Sandbox.Infisical, w.servers.Sandbox.GitLab
	w.app = w.gitlab.Project("acme/app")
	w.connection = w.infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: w.servers.Token, AccessTokenType: "group"})
	w.secret("DATABASE_URL", "postgres://database")
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// secret sets one in the root of prod.
func (w *world) secret(key, value string) {
	w.infisical.SetSecret(w.servers.ProjectID, "prod", "/", key, value)
}

// variables are those of the project acme/app, as KEY=value@scope.
func (w *world) variables() []string { return w.variablesOf(w.app) }

func (w *world) variablesOf(of gitlab.Resource) []string {
	lines := []string{}
	for _, v := range w.gitlab.Variables(of) {
		lines = append(lines, v.Key+"="+v.Value+"@"+v.EnvironmentScope)
	}
	slices.Sort(lines)
	return lines
}

// has checks the variables of acme/app once a step is applied.
func (w *world) has(variables ...string) resource.TestCheckFunc {
	return after(func() {
		w.t.Helper()
		if got := w.variables(); !slices.Equal(got, variables) {
			w.t.Errorf("variables %q, want %q", got, variables)
		}
	})
}

// only is the sandbox's single sync.
func (w *world) only() infisical.Sync {
	w.t.Helper()
	syncs := w.infisical.Syncs()
	if len(syncs) != 1 {
		w.t.Fatalf("%d syncs, want 1", len(syncs))
	}
	return syncs[0]
}

// provider is the provider block, with no GitLab token.
func (w *world) provider() string { return w.servers.Provider("max_retries = 1") }

// withToken gives a configuration's provider block a GitLab token that may do everything.
func (w *world) withToken(config string) string {
	return strings.Replace(config, "instance_url =", fmt.Sprintf("token = %q\n    instance_url =", w.servers.ProviderToken()), 1)
}

// settings are the attributes of a sync, by name; those that are given replace the usual ones, and an empty one takes
// it out.
type settings map[string]string

// config is a provider block and one sync of the world's connection.
func (w *world) config(changed settings) string { return w.provider() + w.sync(changed) }

func (w *world) sync(changed settings) string {
	all := settings{
		"name": `"api-prod"`, "project_id": fmt.Sprintf("%q", w.servers.ProjectID), "connection_id": fmt.Sprintf("%q", w.connection.ID),
		"source": `{ environment = "prod" }`, "target": `{ project = "1203" }`, "variables": `{ unmanaged = "keep" }`,
	}
	for name, value := range changed {
		all[name] = value
	}
	var lines []string
	for name, value := range all {
		if value != "" {
			lines = append(lines, "  "+name+" = "+value)
		}
	}
	slices.Sort(lines)
	return "\nresource \"infisical_gitlab_secret_sync\" \"test\" {\n" + strings.Join(lines, "\n") + "\n}\n"
}

func (w *world) test(steps ...resource.TestStep) {
	w.t.Helper()
	acctest.Test(w.t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(w.environment()), Steps: steps})
}

// environment is that of providers by the world's clock.
func (w *world) environment() provider.Environment {
	environment := acctest.Environment()
	environment.Now = w.clock
	environment.Wait = func(ctx context.Context, d time.Duration) error {
		w.pass(d)
		if w.waited != nil {
			w.waited()
		}
		return context.Cause(ctx)
	}
	return environment
}

// forget empties the request log before a step.
func (w *world) forget() { w.servers.Sandbox.Log.Reset() }

// requests checks what the provider asked Infisical for since the log was emptied, polls but for the last left out, and
// logins.
func (w *world) requests(want ...string) {
	w.t.Helper()
	const poll = "GET /api/v1/secret-syncs/gitlab/{id}"
	var lines []string
	for _, line := range w.servers.Lines("infisical") {
		if strings.HasSuffix(line, "/login") || line == poll && len(lines) > 0 && lines[len(lines)-1] == poll {
			continue
		}
		lines = append(lines, line)
	}
	if !slices.Equal(lines, want) {
		w.t.Errorf("requests\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// after runs a check of the servers once a step is applied.
func after(check func()) resource.TestCheckFunc {
	return func(*terraform.State) error { check(); return nil }
}

func action(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

func attribute(name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
}

// says matches a text of a diagnostic, however Terraform breaks its lines.
func says(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+`))
}
