package secretsync_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

// A GitLab without a license ignores the scope of a group's variables: the run succeeds, and every job gets them.
func TestAccSecretSync_scopeIgnored(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.HoldToken()
	s.gitlab().EndLicense()
	group := block{"target": block{"group": "87", "environment_scope": "production"}}
	said := s.apply(s.config(group))
	mentions(t, said, "WARNING: Environment scope ignored", "group 87", `scope "production"`, "in the scope *: DATABASE_URL", "every job of every project")
	s.hasAt(s.gitlab().Group("acme"), databaseURL)
}

// A variable that exists as a file stays one.
func TestAccSecretSync_variableIsAFile(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.HoldToken()
	s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "DATABASE_URL", Value: "of before", Type: "file"})
	mentions(t, s.apply(s.config()), "WARNING: Variables are files", "are of the type file: DATABASE_URL", "the path of a file")
	s.has(databaseURL)
	s.gitlab().RemoveVariable(s.app, "DATABASE_URL")
	if said := s.apply(s.config(block{"variables": block{"unmanaged": "keep", "protected": true}})); strings.Contains(said, "file") {
		t.Error(said)
	}
}

// Looking after the run costs one list, and none where nothing is to be judged.
func TestAccSecretSync_requestsAfterTheRun(t *testing.T) {
	t.Parallel()
	const list = "GET /api/v4/projects/{id}/variables"
	for name, tc := range map[string]struct {
		changes block
		want    int
	}{
		"waits":          {nil, 1},
		"does not wait":  {block{"wait_for_sync": false}, 0},
		"judges nothing": {block{"token_validation": "off"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			s.apply(s.config(tc.changes))
			lists := slices.DeleteFunc(s.Servers.Sandbox.Log.Provider(), func(line string) bool { return line != list })
			if len(lists) != tc.want {
				t.Errorf("%d lists, want %d", len(lists), tc.want)
			}
		})
	}
}
