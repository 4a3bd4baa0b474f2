package connection

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

func TestKindsOf(t *testing.T) {
	t.Parallel()
	var (
		null    = types.ObjectNull(oauthTypes)
		unknown = types.ObjectUnknown(oauthTypes)
		set     = emptyOAuth()
	)
	for name, tc := range map[string]struct {
		given, managed, oauth types.Object
		want                  []kind
		method                string
	}{
		"given":                             {set, null, null, []kind{kindGiven}, infisical.MethodAccessToken},
		"managed":                           {null, set, null, []kind{kindManaged}, infisical.MethodAccessToken},
		"oauth":                             {null, null, set, []kind{kindOAuth}, infisical.MethodOAuth},
		"given, oauth not known":            {set, null, unknown, []kind{kindGiven}, infisical.MethodAccessToken},
		"oauth, the others not known":       {unknown, unknown, set, []kind{kindOAuth}, infisical.MethodOAuth},
		"managed, the others not known":     {unknown, set, unknown, []kind{kindManaged}, infisical.MethodAccessToken},
		"only oauth, not known":             {null, null, unknown, []kind{kindOAuth}, infisical.MethodOAuth},
		"only given, not known":             {unknown, null, null, []kind{kindGiven}, infisical.MethodAccessToken},
		"given or managed":                  {unknown, unknown, null, []kind{kindGiven, kindManaged}, infisical.MethodAccessToken},
		"given or oauth":                    {unknown, null, unknown, []kind{kindGiven, kindOAuth}, ""},
		"managed or oauth":                  {null, unknown, unknown, []kind{kindManaged, kindOAuth}, ""},
		"any of them":                       {unknown, unknown, unknown, []kind{kindGiven, kindManaged, kindOAuth}, ""},
		"none, which the validators refuse": {null, null, null, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := kindsOf(tc.given, tc.managed, tc.oauth)
			if !slices.Equal(got, tc.want) || methodOf(got) != tc.method {
				t.Errorf("got %q and the method %q, want %q and %q", got, methodOf(got), tc.want, tc.method)
			}
		})
	}
}
