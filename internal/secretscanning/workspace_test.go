package secretscanning_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const resourceType = "infisical_gitlab_secret_scanning_data_source"

// block is a configuration, or a nested object of one.
type block = map[string]any

// workspace is a data source in a workspace of its own, with a connection that somebody has made.
type workspace struct {
	*acctest.Workspace
	t          *testing.T
	infisical  *infisical.Server
	gitlab     *gitlab.Server
	connection infisical.Connection
}

func newWorkspace(t *testing.T, options ...sandbox.Option) *workspace {
	t.Helper()
	w := &workspace{Workspace: acctest.NewWorkspace(t, resourceType, options...), t: t}
	w.infisical, w.gitlab = w.Servers.Sandbox.Infisical, w.Servers.Sandbox.GitLab
	w.connection = w.infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: w.Servers.Token, AccessTokenType: "group"})
	w.Servers.Sandbox.Log.Reset()
	return w
}

// config is a data source of acme/app; changes replace attributes, and nil takes one out.
func (w *workspace) config(changes ...block) block {
	config := block{
		"name": "app", "project_id": w.infisical.ScanningProject, "connection_id": w.connection.ID, "target": block{"project": "1203"},
	}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return config
}

// places are where the stories may leave a webhook.
func (w *workspace) places() []gitlab.Resource {
	return []gitlab.Resource{w.gitlab.Project("acme/app"), w.gitlab.Project("acme/platform/apps/api"), w.gitlab.Group("acme"), w.gitlab.Group("acme/platform")}
}

// hooks are the webhooks at all places, by name.
func (w *workspace) hooks() []string {
	var names []string
	for _, place := range w.places() {
		for _, hook := range w.gitlab.Hooks(place) {
			names = append(names, hook.Name)
		}
	}
	return names
}

// settled checks that Terraform has nothing left to do, and that each data source has one webhook and nobody else one.
func (w *workspace) settled(config block) {
	w.t.Helper()
	if config != nil {
		plan := w.Plan(w.Context, config)
		if !plan.Empty() || plan.Diagnostics.Failed() {
			w.t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
		}
	} else if w.InState() {
		w.t.Error("the data source is still in the state")
	}
	w.oneHookEach()
	if n := len(w.infisical.DataSources()); config != nil && n != 1 || config == nil && n != 0 {
		w.t.Errorf("there are %d data sources", n)
	}
}

// oneHookEach accepts those as well that the user was told to delete.
func (w *workspace) oneHookEach() {
	w.t.Helper()
	var want []string
	for _, source := range w.infisical.DataSources() {
		want = append(want, "Infisical Secret Scanning - "+source.ID)
	}
	got := slices.DeleteFunc(w.hooks(), func(name string) bool {
		return !slices.Contains(want, name) && strings.Contains(w.Told.String(), fmt.Sprintf("webhook named %q", name))
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("webhooks %q, want %q", got, want)
	}
}

// only is the sandbox's single data source.
func (w *workspace) only() infisical.DataSource {
	w.t.Helper()
	sources := w.infisical.DataSources()
	if len(sources) != 1 {
		w.t.Fatalf("%d data sources, want 1", len(sources))
	}
	return sources[0]
}

// asked are the requests to Infisical since the last call, without logins.
func (w *workspace) asked() []string {
	lines := slices.DeleteFunc(w.Servers.Lines("infisical"), func(line string) bool { return strings.HasSuffix(line, "/login") })
	w.Servers.Sandbox.Log.Reset()
	return lines
}

// saysAll checks words in what a command said, and whether it failed.
func (w *workspace) saysAll(diags acctest.Diagnostics, failed bool, words ...string) {
	w.t.Helper()
	if diags.Failed() != failed {
		w.t.Errorf("failed: %t, want %t: %s", diags.Failed(), failed, diags)
	}
	for _, word := range words {
		if !strings.Contains(diags.String(), word) {
			w.t.Errorf("%q is not in: %s", word, diags)
		}
	}
}
