package infisical

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// answering sends nothing, and answers all the same.
type answering string

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(a))), Request: req}, nil
}

func answeredClient(answer string) *Client {
	secrets := &transport.Secrets{}
	secrets.Remember(fuzzedSecret)
	return New(Config{
		Host: "https://infisical.example.com", Login: UniversalAuth("id", fuzzedSecret), Now: time.Now,
		HTTP: &transport.Client{Client: &http.Client{Transport: answering(answer)}, Secrets: secrets},
	})
}

// Whatever answers a login: a token and an end that lies within reason, or an error that can be shown.
func FuzzGrant(f *testing.F) {
	for _, answer := range []string{
		`{"accessToken":"eyJhbGciOiJIUzI1NiJ9.e30.s","expiresIn":7200,"tokenType":"Bearer"}`, `{"accessToken":"a","expiresIn":0}`, `{"accessToken":"a"}`,
		`{"accessToken":"a","expiresIn":-1}`, `{"accessToken":"a","expiresIn":1e300}`, `{"accessToken":"a","expiresIn":1e-300}`,
		`{"accessToken":"","expiresIn":1}`,
		`{"accessToken":"a","expiresIn":"7200"}`, `{"accessToken":{"a":1}}`, `{"accessToken":"a\nb\u202e"}`,
		`{"accessToken":"` + fuzzedSecret + `"}`, `[]`, `null`, `{`,
	} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		granted, err := answeredClient(answer).login(t.Context())
		switch {
		case err != nil:
			expectPresentable(t, err.Error())
		case granted.token == "" || granted.lifetime < 0 || granted.lifetime > longestLifetime:
			t.Errorf("%q grants a token of %d bytes for %s", answer, len(granted.token), granted.lifetime)
		}
	})
}

// Whatever an access token is made of, the organization that it names can be asked for.
func FuzzTokenOrganization(f *testing.F) {
	for _, payload := range []string{
		`{"orgId":"7c2e2d57-3c1a-4f0a-9d2a-0c6f2a1f7a11"}`, `{"orgId":"\u001b[2J"}`, `{"orgId":"` + fuzzedSecret + `"}`, `{"orgId":1}`,
		`{}`, `null`, `{`,
	} {
		f.Add("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".s")
	}
	f.Add("..")
	f.Add("a.b")
	f.Fuzz(func(t *testing.T, token string) {
		if named := organizationID(tokenOrganization(token)); strings.ContainsFunc(named, isNoIdentifier) {
			t.Errorf("%q names the organization %q", token, named)
		}
	})
}

// Whatever a server offers is taken as it is, or an error that can be shown.
func FuzzOptions(f *testing.F) {
	for _, answer := range []string{
		`{"appConnectionOptions":[{"app":"gitlab","methods":["access-token","oauth"],"oauthClientId":"a"}]}`,
		`{"appConnectionOptions":[{"app":"gitlab","methods":null}]}`,
		`{"appConnectionOptions":[{"app":"gitlab","methods":["\u202e` + fuzzedSecret + `"],"oauthClientId":"\u001b"}]}`, `{"appConnectionOptions":{}}`,
		`{}`, `null`,
	} {
		f.Add(answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		client := answeredClient(answer)
		client.config.Login = AccessToken("e30.e30.s", "a test")
		client.session = newSession(client.config.Login)
		options, err := client.Connections.Options(t.Context())
		if err != nil {
			expectPresentable(t, err.Error())
			return
		}
		type option struct{ App, OAuthClientID string }
		var sent struct {
			Options []option `json:"appConnectionOptions"`
		}
		err = json.Unmarshal([]byte(answer), &sent)
		if err != nil || !slices.ContainsFunc(sent.Options, func(o option) bool { return o.App == "gitlab" && o.OAuthClientID == options.OAuthClientID }) {
			t.Errorf("%q offers %+v", answer, options)
		}
	})
}
