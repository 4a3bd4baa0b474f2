package preflight

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// What Infisical has is called by its id, but for what configuration has called otherwise before.
func TestTarget_take(t *testing.T) {
	t.Parallel()
	project := func(called, id string) Target {
		return Target{Presence: attribute.Known, Project: types.StringValue(called), ID: types.StringValue(id)}
	}
	group := Target{Presence: attribute.Known, Group: types.StringValue("87"), ID: types.StringValue("87")}
	for name, tc := range map[string]struct {
		before Target
		found  gitlab.Resource
		want   Target
	}{
		"none before":              {Target{}, gitlab.Resource{Kind: gitlab.KindProject, ID: "4001"}, project("4001", "4001")},
		"none before, a group":     {Target{}, gitlab.Resource{Kind: gitlab.KindGroup, ID: "87"}, group},
		"the same, by its path":    {project("acme/app", "4001"), gitlab.Resource{Kind: gitlab.KindProject, ID: "4001"}, project("acme/app", "4001")},
		"the same, another number": {project("acme/app", "4001"), gitlab.Resource{Kind: gitlab.KindProject, ID: "0004001"}, project("acme/app", "4001")},
		"another one":              {project("acme/app", "4001"), gitlab.Resource{Kind: gitlab.KindProject, ID: "4002"}, project("4002", "4002")},
		"a group of this id":       {project("acme/app", "87"), gitlab.Resource{Kind: gitlab.KindGroup, ID: "87"}, group},
		"leading zeros":            {Target{}, gitlab.Resource{Kind: gitlab.KindProject, ID: "0004001"}, project("4001", "4001")},
		"a path in place of an id": {Target{}, gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}, project("acme/app", "acme/app")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.before
			if got.Take(tc.found); !attribute.Equal(&got, &tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
