package secretsync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// A plan names what its first run may delete: in this scope, of this key schema, by key alone, ten at most.
func TestAccSecretSync_namesWhatItDeletes(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, "infisical_gitlab_secret_sync")
	w.HoldToken()
	g := w.Servers.Sandbox.GitLab
	app := g.Project("acme/app")
	connection := w.Servers.Sandbox.Infisical.Add(infisical.Connection{AccessToken: w.Servers.Token, AccessTokenType: "group"})
	for n := range 12 {
		g.AddVariable(app, gitlab.Variable{Key: fmt.Sprintf("INF_%02d", n), Value: "s3cr3t-value"})
	}
	g.AddVariable(app, gitlab.Variable{Key: "BY_HAND", Value: "s3cr3t-value"})
	g.AddVariable(app, gitlab.Variable{Key: "INF_STAGING", Value: "s3cr3t-value", EnvironmentScope: "staging"})
	said := func(unmanaged string) string {
		plan := w.Plan(t.Context(), map[string]any{
			"name": "api-prod", "project_id": w.Servers.ProjectID, "connection_id": connection.ID, "source": map[string]any{"environment": "prod"},
			"target": map[string]any{"project": "1203"}, "variables": map[string]any{"unmanaged": unmanaged, "key_schema": "INF_{{secretKey}}"},
		})
		return fmt.Sprint(plan.Diagnostics)
	}
	text := said("delete")
	for _, want := range []string{"Secret sync deletes variables", "INF_00, INF_01,", "INF_09 and 2 more", "project acme/app"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, not := range []string{"BY_HAND", "INF_STAGING", "s3cr3t-value"} {
		if strings.Contains(text, not) {
			t.Errorf("%q in\n%s", not, text)
		}
	}
	if text := said("keep"); strings.Contains(text, "deletes variables") {
		t.Errorf("although nothing is deleted:\n%s", text)
	}
}
