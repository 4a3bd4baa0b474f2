package infisical_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	token        = "glpat-example-token"
	clientSecret = "example-client-secret"
	accessToken  = "example-access-token"
)

func hidden(t *testing.T, what, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}

func TestSecrets_notPrinted(t *testing.T) {
	t.Parallel()
	credentials := infisical.Credentials{Token: token, Type: "group", InstanceURL: "https://gitlab.example.com"}
	config := infisical.Config{Host: "https://infisical.example.com", Login: infisical.UniversalAuth("id", clientSecret)}
	withToken := infisical.Config{Host: "https://infisical.example.com", Login: infisical.AccessToken(accessToken, "the test")}
	client := infisical.New(withToken)
	for _, value := range []any{
		credentials, &credentials,
		infisical.NewConnection{Name: "n", Credentials: credentials}, &infisical.NewConnection{Name: "n", Credentials: credentials},
		infisical.Change{Name: "n", Credentials: &credentials}, &infisical.Change{Name: "n", Credentials: &credentials},
		config, &config, config.Login, withToken, &withToken, withToken.Login, &withToken.Login,
		client, struct{ C *infisical.Client }{client},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			hidden(t, fmt.Sprintf("%s of %T", verb, value), fmt.Sprintf(verb, value),
				token, clientSecret, accessToken, fmt.Sprintf("%x", token), fmt.Sprintf("%x", accessToken))
		}
	}
}

// A server that repeats what it was sent must not bring secrets into an error.
func TestSecrets_echoed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"message":        `{"message":"bad value SECRET","statusCode":400}`,
		"message twice":  `{"message":"SECRET and SECRET","statusCode":400}`,
		"issue":          `{"message":[{"message":"got SECRET","path":["credentials"]}]}`,
		"issue's path":   `{"message":[{"message":"unrecognized","path":["credentials","SECRET"]}]}`,
		"union's issue":  `{"message":[{"path":[],"unionErrors":[{"issues":[{"message":"got SECRET","path":["x"]}]}]}]}`,
		"name":           `{"message":"no","error":"SECRET"}`,
		"reqId":          `{"message":"no","reqId":"SECRET"}`,
		"another shape":  `["SECRET"]`,
		"wrong type":     `{"message":{"SECRET":"SECRET"}}`,
		"not JSON":       `SECRET`,
		"with controls":  `{"message":"\u0000SECRET\u0000"}`,
		"at the cut-off": `{"message":"` + strings.Repeat("x", 990) + `SECRET"}`,
	} {
		for _, status := range []int{200, 400, 422, 500} {
			t.Run(name+" with "+strconv.Itoa(status), func(t *testing.T) {
				t.Parallel()
				sb := start(t)
				credentials := infisical.Credentials{Token: token, Type: "group", InstanceURL: sb.GitLab.URL()}
				added := sb.Infisical.Add(sandboxinfisical.Connection{})
				client := newClient(t, sb, nil)
				sb.Fail(answer(status, jsonType, strings.ReplaceAll(body, "SECRET", token)))
				_, err := client.Connections.Create(t.Context(), infisical.NewConnection{Name: "n", Credentials: credentials})
				expectHidden(t, err, token[:10])
				_, err = client.Connections.Update(t.Context(), added.ID, infisical.Change{Name: "n", Credentials: &credentials})
				expectHidden(t, err, token[:10])

				sb.Fail(server.Fault{
					Path: "/api/v1/auth/*", Kind: server.FaultStatus, Status: status,
					Header: http.Header{"Content-Type": {jsonType}}, Body: strings.ReplaceAll(body, "SECRET", clientSecret),
				})
				client = newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.UniversalAuth("id", clientSecret) })
				_, err = client.Connections.Get(t.Context(), added.ID)
				expectHidden(t, err, clientSecret[:10])

				// The access token is on every request.
				sb.Fail(server.Fault{
					Server: server.Infisical, Method: http.MethodDelete, Kind: server.FaultStatus, Status: status,
					Header: http.Header{"Content-Type": {jsonType}}, Body: strings.ReplaceAll(body, "SECRET", accessToken),
				})
				client = newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.AccessToken(accessToken, "the test") })
				expectHidden(t, client.Connections.Delete(t.Context(), added.ID), accessToken[:10])
			})
		}
	}
}

func expectHidden(t *testing.T, err error, secret string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		hidden(t, verb+" of an error", fmt.Sprintf(verb, err), secret)
	}
}
