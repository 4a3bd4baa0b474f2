package connection_test

import (
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// Empty sets, which the defaults of a module's variables are, count as unset.
func TestAccConnection_emptySets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config block
		scopes []string
	}{
		"scopes": {managed(block{"scopes": []string{}}), []string{"api"}},
		"the targets": {func() block {
			c := managed()
			c["targets"] = block{"groups": []string{}, "projects": []string{}}
			return c
		}(), []string{"api"}},
		"a target": {func() block {
			c := managed()
			c["targets"] = block{"groups": []string{"acme"}, "projects": []string{}}
			return c
		}(), []string{"api"}},
		"use_cases": {func() block {
			c := managed(block{"scopes": []string{"read_api"}, "access_level": "owner"})
			c["use_cases"] = []string{}
			return c
		}(), []string{"read_api"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(tc.config)
			w.Settled(tc.config, "")
			minted := w.Servers.Sandbox.GitLab.Tokens()[len(w.Servers.Sandbox.GitLab.Tokens())-1]
			if !slices.Equal(minted.Scopes, tc.scopes) {
				t.Errorf("the token has the scopes %q", minted.Scopes)
			}
		})
	}
	w := newManaging(t)
	config := managed(block{"scopes": []string{}, "access_level": "owner"})
	config["use_cases"] = []string{}
	w.Refuses(config, "Scopes and role of the managed token needed")
	// The scopes follow the uses, as where they are unset.
	config = managed(block{"scopes": []string{}, "group": nil, "project": "acme/app"})
	config["use_cases"] = []string{"project_secret_sync"}
	w.Must(config)
	config["use_cases"] = []string{"project_secret_sync", "project_secret_scanning"}
	if plan := w.Plan(w.Context, config); plan.Action != acctest.Update || !says("its scopes change").MatchString(plan.Diagnostics.String()) {
		t.Errorf("%s: %s", plan.Action, plan.Diagnostics)
	}
}
