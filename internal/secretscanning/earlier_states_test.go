package secretscanning_test

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// States that an earlier version wrote plan empty, and what they remember of where they were written is understood.
func TestAccSecretScanning_statesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for kind, changes := range map[string]block{
		"project":          {"description": "Made by an earlier version", "token_validation": "warn"},
		"project-by-id":    {"target": block{"project": "1203"}, "auto_scan": false},
		"group":            {"target": block{"group": "acme"}},
		"include-projects": {"target": block{"group": "acme", "include_projects": []string{"acme/app"}}},
		"default-project":  {"project_id": nil},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, sandbox.WithNewestInfisical()) // Which has recorded them.
			config := w.config(block{"target": block{"project": "acme/app"}}, changes, block{"name": kind})
			state := acctest.Recorded(t, w.Workspace, acctest.Recording{
				Kind: kind, Config: config, Creation: route, Places: []string{"{connection}", w.connection.ID, "{scanning}", w.infisical.ScanningProject},
			})
			w.Understands(w.Recreate(state, route), config)
			w.settled(config)
			w.RemembersWhere()
			w.Must(nil)
			w.settled(nil)
		})
	}
}
