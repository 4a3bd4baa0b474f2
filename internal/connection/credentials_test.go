package connection

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	const null, unknown, set = attribute.Null, attribute.Unknown, attribute.Known
	for name, tc := range map[string]struct {
		ofGiven, ofManaged, ofOAuth attribute.Presence
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
				AccessToken: accessTokenModel{Presence: tc.ofGiven}, ManagedAccessToken: managedModel{Presence: tc.ofManaged},
				OAuth: oauthModel{Presence: tc.ofOAuth},
			}
			got := model.kinds()
			if !slices.Equal(got, tc.want) || methodOf(got) != tc.method {
				t.Errorf("got %q and the method %q, want %q and %q", got, methodOf(got), tc.want, tc.method)
			}
		})
	}
}

func TestCredentialsChange(t *testing.T) {
	t.Parallel()
	const (
		token = "the token"
		other = "another token"
		hash  = "the hash"
	)
	last, err := newLastWrite(bytes.NewReader(make([]byte, 32)), token, "https://gitlab.example.com", hash)
	if err != nil {
		t.Fatal(err)
	}
	recorded := func(version types.Int64) credentials {
		return credentials{instanceURL: types.StringValue("https://gitlab.example.com"), tokenType: types.StringValue("group"), version: version}
	}
	configured := func(token types.String, version types.Int64) credentials {
		c := recorded(version)
		c.token, c.given = token, true
		return c
	}
	elsewhere := func(c credentials, url types.String) credentials { c.instanceURL = url; return c }
	ofKind := func(c credentials, kind types.String) credentials { c.tokenType = kind; return c }
	var (
		none = types.Int64Null()
		one  = types.Int64Value(1)
		two  = types.Int64Value(2)

		same      = types.StringValue(token)
		different = types.StringValue(other)
		unset     = types.StringNull()
		unknown   = types.StringUnknown()
	)

	for name, tc := range map[string]struct {
		state, config credentials
		serverHash    string
		last          *lastWrite
		send, missing bool
	}{
		"nothing changed":                          {state: recorded(none), config: configured(same, none), last: &last},
		"token changed":                            {state: recorded(none), config: configured(different, none), last: &last, send: true},
		"token not known yet":                      {state: recorded(none), config: configured(unknown, none), last: &last, send: true},
		"no token configured":                      {state: recorded(none), config: configured(unset, none), last: &last},
		"token for an imported connection":         {state: recorded(none), config: configured(same, none), send: true},
		"no token for an imported connection":      {state: recorded(none), config: configured(unset, none)},
		"version the same, token the same":         {state: recorded(one), config: configured(same, one), last: &last},
		"version the same, token changed":          {state: recorded(one), config: configured(different, one), last: &last},
		"version the same, token not known yet":    {state: recorded(one), config: configured(unknown, one), last: &last},
		"version raised, token the same":           {state: recorded(one), config: configured(same, two), last: &last, send: true},
		"version lowered":                          {state: recorded(two), config: configured(same, one), last: &last, send: true},
		"version not known yet":                    {state: recorded(one), config: configured(same, types.Int64Unknown()), last: &last, send: true},
		"version added, token the same":            {state: recorded(none), config: configured(same, one), last: &last},
		"version added, token changed":             {state: recorded(none), config: configured(different, one), last: &last, send: true},
		"version dropped, token the same":          {state: recorded(one), config: configured(same, none), last: &last},
		"version dropped, token changed":           {state: recorded(one), config: configured(different, none), last: &last, send: true},
		"version raised, no token":                 {state: recorded(one), config: configured(unset, two), last: &last, missing: true},
		"version not known yet, no token":          {state: recorded(one), config: configured(unset, types.Int64Unknown()), last: &last},
		"version added, no token":                  {state: recorded(none), config: configured(unset, one), last: &last},
		"version the same, no token":               {state: recorded(one), config: configured(unset, one), last: &last},
		"version the same, never sent before":      {state: recorded(one), config: configured(same, one), send: true},
		"server's hash moved":                      {state: recorded(none), config: configured(same, none), serverHash: "moved", last: &last, send: true},
		"server's hash moved, version the same":    {state: recorded(one), config: configured(same, one), serverHash: "moved", last: &last, send: true},
		"server's hash moved, no token configured": {state: recorded(none), config: configured(unset, none), serverHash: "moved", last: &last},
		"URL changed": {state: recorded(none),
			config: elsewhere(configured(same, none), types.StringValue("https://other.example.com")), last: &last, send: true},
		"URL changed, no token configured": {state: recorded(none),
			config: elsewhere(configured(unset, none), types.StringValue("https://other.example.com")), last: &last, missing: true},
		"URL not known yet":                      {state: recorded(none), config: elsewhere(configured(same, none), unknown), last: &last, send: true},
		"URL not known yet, no token configured": {state: recorded(none), config: elsewhere(configured(unset, none), unknown), last: &last, send: true},
		"URL spelled differently": {state: recorded(none),
			config: elsewhere(configured(same, none), types.StringValue("HTTPS://GitLab.example.com:443/")), last: &last},
		"kind changed": {state: recorded(none), config: ofKind(configured(same, none), types.StringValue("project")),
			last: &last, send: true},
		"kind changed, no token configured": {state: recorded(none), config: ofKind(configured(unset, none), types.StringValue("project")),
			last: &last, missing: true},
		"kind changed, version the same": {state: recorded(one), config: ofKind(configured(same, one), types.StringValue("project")), last: &last,
			send: true},
		"kind not known yet, no token configured yet": {state: recorded(none), config: ofKind(configured(unset, none), unknown), last: &last, send: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			serverHash := tc.serverHash
			if serverHash == "" {
				serverHash = hash
			}
			got := credentialsChange(tc.state, tc.config, serverHash, tc.last)
			if got.send() != tc.send || got.missing != tc.missing {
				t.Errorf("got %+v, want send %v, missing %v", got, tc.send, tc.missing)
			}
		})
	}
}

func TestLastWrite_keysDiffer(t *testing.T) {
	t.Parallel()
	random := bytes.NewReader(append(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)...))
	first, err := newLastWrite(random, "token", "", "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := newLastWrite(random, "token", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first.MAC, second.MAC) {
		t.Error("one token has the same fingerprint in two resources")
	}
	if !first.matches("token") || first.matches("Token") {
		t.Error("the fingerprint does not tell tokens apart")
	}
	if _, err := newLastWrite(random, "token", "", ""); err == nil {
		t.Error("a key was made without randomness")
	}
}
