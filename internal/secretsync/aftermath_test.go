package secretsync

import (
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// What is not as it was asked for, of what may be ours.
func TestAftermath(t *testing.T) {
	t.Parallel()
	variable := func(key, scope string) gitlab.Variable { return gitlab.Variable{Key: key, EnvironmentScope: scope} }
	file := func(key, scope string) gitlab.Variable {
		return gitlab.Variable{Key: key, EnvironmentScope: scope, File: true}
	}
	for name, tc := range map[string]struct {
		kind, scope, schema string
		variables           []gitlab.Variable
		files, misplaced    []string
	}{
		"nothing":                         {"group", "production", "", nil, nil, nil},
		"as asked for":                    {"group", "production", "", []gitlab.Variable{variable("A", "production"), variable("B", "*")}, nil, nil},
		"all in the scope *":              {"group", "production", "", []gitlab.Variable{variable("A", "*"), variable("B", "*")}, nil, []string{"A", "B"}},
		"others in the scope *":           {"group", "production", "INF_{{secretKey}}", []gitlab.Variable{variable("A", "*")}, nil, nil},
		"a project's":                     {"project", "production", "", []gitlab.Variable{variable("A", "*")}, nil, nil},
		"the scope * is asked for":        {"group", "*", "", []gitlab.Variable{variable("A", "*")}, nil, nil},
		"another scope":                   {"group", "production", "", []gitlab.Variable{variable("A", "dev")}, nil, nil},
		"a file":                          {"project", "*", "", []gitlab.Variable{file("A", "*"), variable("B", "*")}, []string{"A"}, nil},
		"a file in another scope":         {"project", "*", "", []gitlab.Variable{file("A", "dev")}, nil, nil},
		"a file that does not fit":        {"project", "*", "INF_{{secretKey}}", []gitlab.Variable{file("A", "*"), file("INF_B", "*")}, []string{"INF_B"}, nil},
		"a file in place, and one beside": {"group", "dev", "", []gitlab.Variable{file("A", "dev"), variable("B", "*")}, []string{"A"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := infisical.Sync{KeySchema: tc.schema, Target: infisical.SyncTarget{Kind: tc.kind, EnvironmentScope: tc.scope}}
			if got := newAftermath(settings, tc.variables); !slices.Equal(got.files, tc.files) || !slices.Equal(got.misplaced, tc.misplaced) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
