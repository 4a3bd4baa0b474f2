package infisical

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
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

func expectPresentable[T ~string](t *testing.T, shown T) {
	t.Helper()
	text := string(shown)
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
			expectPresentable(t, issue.Words())
		}
	})
}

// Whatever a list of connections holds, what comes of it is that, and what identifies it can be sent again.
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
		read := fuzzedClient().Connections.read
		connections, err := read.each([]byte(rows))
		if err != nil {
			var count *transport.CountError
			var length *transport.LengthError
			if !errors.Is(err, read.none) && !errors.As(err, &count) && !errors.As(err, &length) && err.Error() != notTheContract(err).Error() {
				t.Errorf("got %v", err)
			}
			expectPresentable(t, err.Error())
			return
		}
		var sent []struct {
			Name        string
			Description *string
		}
		if err := json.Unmarshal([]byte(rows), &sent); err != nil || len(sent) != len(connections) {
			t.Fatalf("%d connections of %q: %v", len(connections), rows, err)
		}
		for n, connection := range connections {
			if connection.ID == "" || connection.Method == "" {
				t.Errorf("got %+v", connection)
			}
			if strings.ContainsFunc(connection.ID+connection.OrganizationID+connection.ProjectID+connection.Method+connection.CredentialsHash, isNoIdentifier) {
				t.Errorf("got %+v", connection)
			}
			if connection.Name != sent[n].Name || !reflect.DeepEqual(connection.Description, sent[n].Description) {
				t.Errorf("%q became %+v", rows, connection)
			}
		}
	})
}

func isNoIdentifier(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-'
}
