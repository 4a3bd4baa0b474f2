package secretsync_test

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// What Infisical calls the target is free text, and may be the path of another project. An import goes by the id.
func TestAccSecretSync_importOfALie(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.HoldToken()
	s.addOther(func(other *infisical.Sync) { other.Name, other.Destination.Name = "api-prod", "acme/platform/apps/api" })
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
