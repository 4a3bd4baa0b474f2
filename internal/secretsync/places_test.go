package secretsync_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// What Infisical calls the target is free text, and may be the path of another project. An import goes by the id.
func TestAccSecretSync_importOfALie(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.HoldToken()
	s.addOther(func(other *infisical.Sync) {
		other.Name, other.ProjectID, other.Destination.Name = "api-prod", s.Servers.ProjectID, "acme/platform/apps/api"
	})
	if said := s.Import(s.Context, s.only().ID); said.Failed() {
		t.Fatal(said)
	}
	if called := s.Attribute("target", "project"); called != "1203" {
		t.Errorf("the target is called %q", called)
	}
	s.Plans(s.config(block{"auto_sync": false}), acctest.NoOp, "")
	if plan := s.Plan(s.Context, s.config(block{"auto_sync": false, "target": block{"project": "acme/platform/apps/api"}})); plan.Action != acctest.Replace {
		t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
	}
}

// A project was renamed, and another one has taken its path. What is asked about is the project of the state, and the
// plan says which two there are. Nothing is written at the other one.
func TestAccSecretSync_pathTakenOver(t *testing.T) {
	t.Parallel()
	byPath := block{"target": block{"project": "acme/app"}}
	deletes := block{"variables": block{"unmanaged": "delete"}}
	taken := func(t *testing.T) *story {
		t.Helper()
		s := newStory(t)
		s.HoldToken()
		s.secretIn("/more", "MORE", "value")
		s.apply(s.config(byPath, block{"on_destroy": "remove_variables"}))
		s.gitlab().RenameProject("acme/app", "acme/old")
		s.gitlab().RenameProject("acme/platform/apps/api", "acme/app")
		s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "OURS", Value: "1"})
		s.gitlab().AddVariable(s.gitlab().Project("acme/app"), gitlab.Variable{Key: "THEIRS", Value: "1"})
		return s
	}
	t.Run("nothing changes", func(t *testing.T) {
		t.Parallel()
		s := taken(t)
		s.Plans(s.config(byPath, block{"on_destroy": "remove_variables"}), acctest.NoOp, "")
	})
	for name, tc := range map[string]struct {
		changes block
		options []acctest.PlanOption
	}{
		"more is deleted":  {deletes, nil},
		"another scope":    {block{"target": block{"project": "acme/app", "environment_scope": "dev"}}, nil},
		"replaced":         {nil, []acctest.PlanOption{acctest.Replacing}},
		"another project":  {block{"project_id": "other"}, nil},
		"renamed, waived":  {block{"variables": deletes["variables"], "token_validation": "warn"}, nil},
		"nothing is asked": {block{"name": "renamed"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := taken(t)
			config := s.config(byPath, block{"on_destroy": "remove_variables"}, tc.changes)
			if config["project_id"] == "other" {
				config["project_id"] = s.infisical().Projects[1]
				s.infisical().SetSecret(s.infisical().Projects[1], "prod", "/", "DATABASE_URL", "postgres://database")
			}
			plan := s.Plan(s.Context, config, tc.options...)
			said := plan.Diagnostics.String()
			if name == "nothing is asked" {
				if said != "" {
					t.Error(said)
				}
				s.apply(config)
			} else {
				mentions(t, said, "Path of the target leads elsewhere", "has the id 1203, which is at acme/old now", `project = "1203"`, `project = "1204"`)
			}
			if waived := name == "renamed, waived"; waived {
				mentions(t, said, "WARNING: Path of the target", "OURS")
				s.apply(config)
				s.has(databaseURL)
			} else if plan.Diagnostics.Failed() != (name != "nothing is asked") {
				t.Error(said)
			}
			if strings.Contains(said, "THEIRS") {
				t.Errorf("names the variables of the other project: %s", said)
			}
			s.hasAt(s.gitlab().Project("acme/app"), "THEIRS=1@*")
		})
	}
}

// A path that is written in place of the id leads elsewhere by the time of the apply: nothing is written.
func TestAccSecretSync_pathChangesHands(t *testing.T) {
	t.Parallel()
	n := newNeighborhood(t)
	n.HoldToken()
	byID := map[string]block{"a": {"name": "a"}, "b": {"variables": block{"unmanaged": "keep", "key_schema": "B_{{secretKey}}"}}}
	n.must(byID)
	respelled := map[string]block{"a": {"description": "first"}, "b": maps.Clone(byID["b"])}
	respelled["b"]["target"] = block{"project": "acme/app"}
	respelled["b"]["description"] = "Respelled"
	plan := n.plan(respelled)
	if plan.Diagnostics.Failed() || plan.Change("infisical_gitlab_secret_sync.b").Action != acctest.Update {
		t.Fatal(plan.Diagnostics)
	}
	n.gitlab().RenameProject("acme/app", "acme/old")
	n.gitlab().RenameProject("acme/platform/apps/api", "acme/app")
	said := n.module.ApplyPlan(n.Context, plan).String()
	mentions(t, said, "ERROR: Path of the target leads elsewhere", `project = "1203"`, `project = "1204"`, "Nothing was written")
	if strings.Contains(said, "inconsistent") || strings.Contains(said, "bug in the provider") {
		t.Error(said)
	}
	n.hasAt(n.gitlab().Project("acme/app"))
}
