package infisical

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const fuzzedSecret = "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU"

func fuzzedClient() *Client {
	secrets := &transport.Secrets{}
	secrets.Remember(fuzzedSecret)
	return New(Config{Host: "https://infisical.example.com", HTTP: &transport.Client{Client: http.DefaultClient, Secrets: secrets}})
}

func expectPresentable(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, fuzzedSecret[12:]) || strings.ContainsFunc(text,
		func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
		t.Errorf("not fit to be shown: %q", text)
	}
	if len(text) > 200_000 {
		t.Errorf("%d bytes are told", len(text))
	}
}

// Whatever an error says, it becomes one error of ours that can be shown.
func FuzzRefusal(f *testing.F) {
	for _, body := range []string{
		`{"reqId":"r","statusCode":400,"message":"no","error":"BadRequest"}`, `{"message":[{"path":["credentials",0],"message":"m"}]}`,
		`{"message":[{"unionErrors":[{"issues":[{"message":"a"}]},{}]}]}`, `{"message":{"a":1},"error":"x"}`, `[]`, `{`, `null`, `{"message":[1,{}]}`,
		`{"message":"\u202e` + fuzzedSecret + `"}`, `{"message":[{"path":[{"` + fuzzedSecret + `":1}],"message":"\u001b[2J"}]}`, `{"message":[[[]]]}`,
		`{"message":[{"unionErrors":{}}]}`,
	} {
		f.Add(400, "application/json", body)
		f.Add(500, "application/problem+json; charset=x", body)
	}
	f.Add(403, "text/html; a="+fuzzedSecret, "<html>")
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}}
		err := fuzzedClient().refusal(call{operation: "ask"}, resp, []byte(body))
		expectPresentable(t, err.Error())
		if len(err.Issues) > maxIssues || err.MoreIssues < 0 || err.MoreIssues > 0 && len(err.Issues) != maxIssues {
			t.Errorf("%d issues and %d more", len(err.Issues), err.MoreIssues)
		}
		for _, issue := range err.Issues {
			expectPresentable(t, issue.Message+strings.Join(issue.Path, ""))
		}
	})
}

// Whatever a list of connections holds, what comes of it can be shown, recorded and sent again.
func FuzzConnections(f *testing.F) {
	for _, rows := range []string{
		`[{"id":"a","name":"b","method":"c","createdAt":"2026-01-01T00:00:00Z","credentials":{}}]`, `[]`, `null`, `[{}]`,
		`[{"id":"../..","name":"b","method":"c"}]`,
		`[{"id":"a","name":"\u001b","method":"c","description":"\u202e\n` + fuzzedSecret + `"}]`, `[{"id":"` + fuzzedSecret + `","name":"b","method":"c"}]`,
		`[1]`, `{}`,
	} {
		f.Add(rows)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		connections, err := fuzzedClient().connections.decode([]byte(rows))
		if err != nil {
			var count *transport.CountError
			if !errors.Is(err, errNoConnection) && !errors.As(err, &count) && err.Error() != notTheContract(err).Error() {
				t.Errorf("got %v", err)
			}
			return
		}
		for _, connection := range connections {
			if connection.ID == "" || connection.Method == "" {
				t.Errorf("got %+v", connection)
			}
			expectPresentable(t, connection.ID+connection.Name+connection.OrganizationID+connection.ProjectID+
				connection.Method+connection.AccessTokenType+connection.InstanceURL+connection.CredentialsHash)
			if connection.Description != nil {
				expectPresentable(t, strings.NewReplacer("\n", "", "\t", "").Replace(*connection.Description))
			}
		}
	})
}
