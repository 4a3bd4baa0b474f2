package secretsync_test

import (
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// States that an earlier version wrote plan empty, and what they remember of where they were written is understood.
func TestAccSecretSync_statesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for kind, changes := range map[string]block{
		"keep":   {"description": "Made by an earlier version", "auto_sync": false, "on_destroy": "remove_variables"},
		"delete": {"variables": block{"unmanaged": "delete"}},
		"path":   {"target": block{"project": "acme/app"}},
		"group":  {"target": block{"group": "acme", "environment_scope": "staging"}},
		"all-variables": {"source": block{"environment": "prod", "secret_path": "/", "include_subfolders": true}, "variables": block{
			"unmanaged": "keep", "key_schema": "INF_{{secretKey}}", "protected": true, "masked": true,
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, sandbox.WithNewestInfisical()) // Which has recorded them.
			config := s.config(changes, block{"name": kind})
			state := acctest.Recorded(t, s.Workspace, acctest.Recording{
				Kind: kind, Config: config, Creation: syncRoute, Places: []string{"{connection}", s.connection.ID},
			})
			state = s.Recreate(state, syncRoute)
			s.Clock.Advance(time.Minute)
			s.only() // Its run has ended.
			s.Understands(state, config)
			s.RemembersWhere()
			s.apply(nil)
			if left := len(s.infisical().Syncs()); left > 0 {
				t.Errorf("%d syncs are left", left)
			}
		})
	}
}

const syncRoute = "/api/v1/secret-syncs/gitlab"
