package connection

import (
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	const null, unknown, set = providerdata.Null, providerdata.Unknown, providerdata.Known
	for name, tc := range map[string]struct {
		ofGiven, ofManaged, ofOAuth providerdata.Presence
		want                        []kind
		method                      string
	}{
		"given":                             {set, null, null, []kind{accessToken{}}, infisical.MethodAccessToken},
		"managed":                           {null, set, null, []kind{managedAccessToken{}}, infisical.MethodAccessToken},
		"oauth":                             {null, null, set, []kind{oauth{}}, infisical.MethodOAuth},
		"given, oauth not known":            {set, null, unknown, []kind{accessToken{}}, infisical.MethodAccessToken},
		"oauth, the others not known":       {unknown, unknown, set, []kind{oauth{}}, infisical.MethodOAuth},
		"managed, the others not known":     {unknown, set, unknown, []kind{managedAccessToken{}}, infisical.MethodAccessToken},
		"only oauth, not known":             {null, null, unknown, []kind{oauth{}}, infisical.MethodOAuth},
		"only given, not known":             {unknown, null, null, []kind{accessToken{}}, infisical.MethodAccessToken},
		"given or managed":                  {unknown, unknown, null, []kind{accessToken{}, managedAccessToken{}}, infisical.MethodAccessToken},
		"given or oauth":                    {unknown, null, unknown, []kind{accessToken{}, oauth{}}, ""},
		"managed or oauth":                  {null, unknown, unknown, []kind{managedAccessToken{}, oauth{}}, ""},
		"any of them":                       {unknown, unknown, unknown, []kind{accessToken{}, managedAccessToken{}, oauth{}}, ""},
		"none, which the validators refuse": {null, null, null, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := resourceModel{
				AccessToken: accessTokenModel{Presence: tc.ofGiven}, ManagedAccessToken: managedModel{Presence: tc.ofManaged}, OAuth: oauthModel{Presence: tc.ofOAuth},
			}
			got := model.kinds()
			if !slices.Equal(got, tc.want) || methodOf(got) != tc.method {
				t.Errorf("got %q and the method %q, want %q and %q", got, methodOf(got), tc.want, tc.method)
			}
		})
	}
}
