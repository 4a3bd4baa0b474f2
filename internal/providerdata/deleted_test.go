package providerdata

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func TestDeletedTargets(t *testing.T) {
	t.Parallel()
	var deleted DeletedTargets
	app := gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}
	deleted.Keep("c", app, "4001")
	for name, tc := range map[string]struct {
		connection string
		target     gitlab.Resource
		want       string
	}{
		"the same":           {"c", app, "4001"},
		"another case":       {"c", gitlab.Resource{Kind: gitlab.KindProject, ID: "Acme/App"}, "4001"},
		"another connection": {"d", app, ""},
		"another kind":       {"c", gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme/app"}, ""},
		"another path":       {"c", gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/web"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := deleted.ID(tc.connection, tc.target); got != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestDeletedTargets_replacements(t *testing.T) {
	t.Parallel()
	var deleted DeletedTargets
	app, web := gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/app"}, gitlab.Resource{Kind: gitlab.KindProject, ID: "acme/web"}
	deleted.Replace(app)
	if !deleted.IsReplacement(app) || deleted.IsReplacement(web) {
		t.Error("not the one that was named")
	}
	deleted.Replace(gitlab.Resource{Kind: gitlab.KindProject})
	if !deleted.IsReplacement(web) || deleted.IsReplacement(gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}) {
		t.Error("one that was not known may be any of its kind")
	}
}
