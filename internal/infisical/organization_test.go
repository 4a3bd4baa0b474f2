package infisical_test

import (
	"slices"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestOrganizations(t *testing.T) {
	t.Parallel()
	details := "GET /api/v1/identities/details"
	for name, tc := range map[string]struct {
		before func(*testing.T, *sandbox.Sandbox, *infisical.Client)
		change func(*infisical.Config)
		known  bool
		want   []string // requests
	}{
		"by the access token": {known: true},
		"by a connection": {
			before: func(t *testing.T, sb *sandbox.Sandbox, client *infisical.Client) {
				sb.Infisical.OmitOrganization(true)
				succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), addMany(sb, 1, nil)[0]))
			},
			known: true, want: []string{getRequest},
		},
		"by a list": {
			before: func(t *testing.T, sb *sandbox.Sandbox, client *infisical.Client) {
				sb.Infisical.OmitOrganization(true)
				addMany(sb, 2, nil)
				succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
			},
			known: true, want: []string{listRequest},
		},
		"by asking": {
			before: func(_ *testing.T, sb *sandbox.Sandbox, _ *infisical.Client) { sb.Infisical.OmitOrganization(true) },
			known:  true, want: []string{details},
		},
		"scoped to a sub-organization": {
			before: func(_ *testing.T, sb *sandbox.Sandbox, _ *infisical.Client) { sb.Infisical.OmitOrganization(true) },
			change: func(config *infisical.Config) { config.OrganizationSlug = "acme-org" },
		},
		"the server does not tell": {
			before: func(_ *testing.T, sb *sandbox.Sandbox, _ *infisical.Client) {
				sb.Infisical.OmitOrganization(true)
				sb.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/identities/details", Kind: server.FaultStatus, Status: 404})
			},
			want: []string{details},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, sandbox.WithNewestInfisical())
			client := newClient(t, sb, tc.change)
			if tc.before != nil {
				tc.before(t, sb, client)
			}
			var want []string
			if tc.known {
				want = []string{sb.Infisical.OrganizationID}
			}
			if got := succeed[[]string](t)(client.Organizations(t.Context())); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if got := reads(sb); !slices.Equal(got, tc.want) {
				t.Errorf("asked %q, want %q", got, tc.want)
			}
		})
	}
}

// A token that is no JWT, or not one of Infisical's, says nothing and fails nothing.
func TestOrganizations_tokenOfAnotherForm(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"opaque", "a.b", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJvcmdJZCI6MX0.c", "a.eyJvcmdJZCI6ImFuIFx1MDAxYlszMW1pZCJ9.c"} {
		sb := start(t)
		client := newClient(t, sb, func(config *infisical.Config) { config.Login = infisical.AccessToken(token, "a test") })
		if got := succeed[[]string](t)(client.Organizations(t.Context())); len(got) > 0 {
			t.Errorf("%q says %q", token, got)
		}
	}
}

func TestNormalizeHost(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://app.infisical.com":           "https://app.infisical.com",
		"https://app.infisical.com/":          "https://app.infisical.com",
		"https://app.infisical.com/api":       "https://app.infisical.com",
		"https://app.infisical.com/api/v1":    "https://app.infisical.com",
		"https://app.infisical.com/api/v3/":   "https://app.infisical.com",
		"https://app.infisical.com/api/api":   "https://app.infisical.com",
		"https://app.infisical.com\n":         "https://app.infisical.com",
		"https://App.Infisical.COM:443/api/":  "https://app.infisical.com",
		"http://infisical.example:80":         "http://infisical.example",
		"http://infisical.example:8080":       "http://infisical.example:8080",
		"HTTPS://infisical.example/Vault/api": "https://infisical.example/Vault",
		"https://infisical.example/notapi":    "https://infisical.example/notapi",
		"https://infisical.example/api/vault": "https://infisical.example/api/vault",
		"https://[2001:db8::1]:443":           "https://[2001:db8::1]",
		"not a host":                          "not a host",
	} {
		if got := infisical.NormalizeHost(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
		if again := infisical.NormalizeHost(want); again != want {
			t.Errorf("%q: a second time: got %q", given, again)
		}
	}
}
