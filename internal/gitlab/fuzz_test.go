package gitlab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func fuzzedClient() *Client {
	secrets := &transport.Secrets{}
	secrets.Remember(hostileToken)
	return New(Config{HTTP: &transport.Client{Client: http.DefaultClient, Secrets: secrets}})
}

func expectPresentable(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, hostileToken[12:]) || strings.ContainsFunc(text,
		func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
		t.Errorf("not fit to be shown: %q", text)
	}
}

// Whatever an error says, it is of one kind, and can be shown.
func FuzzRefusal(f *testing.F) {
	for _, body := range []string{
		`{"message":"401 Unauthorized"}`, `{"error":"invalid_token","error_description":"Token is expired. You can either do re-authorization or token refresh."}`, `{"error":"insufficient_scope"}`,
		`{"message":{"expires_at":["is too late"]}}`, `{"message":[1,null,{"a":[]}]}`, `{"message":"` + hostileToken + `\u202e"}`, `{`, `[]`, `null`, `<html>`,
		`{"message":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}`,
	} {
		for _, status := range []int{302, 400, 401, 403, 404, 422, 429, 500} {
			f.Add(status, body)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		failure := fuzzedClient().refusal(&http.Response{StatusCode: status, Body: keptBody{ReadCloser: http.NoBody, raw: []byte(body)}})
		expectPresentable(t, failure.Error())
		if failure.Reason == "" || len([]rune(string(failure.Message))) > messageLimit+1 {
			t.Errorf("got %+v", failure)
		}
		if failure.CondemnsToken() && status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("%d is bad news about the token", status)
		}
	})
}

// Whatever describes a token, what comes of it is that, or an error that can be shown.
func FuzzToken(f *testing.F) {
	for _, entity := range []string{
		`{"id":7,"name":"n","scopes":["api"],"user_id":3,"expires_at":"2027-01-01","active":true}`, `{"id":7,"name":"\u001b` + hostileToken +
			`","scopes":["\u202e"],"expires_at":null}`, `{"id":1e3}`, `{"id":-1}`, `{}`, `null`, `[]`,
		`{"id":7,"expires_at":"9999999-01-01"}`, `{"id":7,"expires_at":"2027-01-01T00:00:00.000+13:00"}`, `{"id":7,"access_level":99999999999999999999}`,
		`{"id":7,"scopes":null}`,
	} {
		f.Add(entity)
	}
	f.Fuzz(func(t *testing.T, entity string) {
		var decoded tokenEntity
		if json.Unmarshal([]byte(entity), &decoded) != nil {
			return
		}
		token, err := tokenFrom(decoded)
		if err != nil {
			expectPresentable(t, err.Error())
			return
		}
		var sent struct {
			Name   string
			Scopes []string
		}
		_ = json.Unmarshal([]byte(entity), &sent)
		if token.ID == 0 || len(token.Scopes) > 100 || token.Name != sent.Name || !slices.Equal(token.Scopes, sent.Scopes) {
			t.Errorf("got %+v", token)
		}
	})
}

// Whatever describes a target, what comes of it is that, or an error that can be shown.
func FuzzTarget(f *testing.F) {
	for _, entity := range []string{
		`{"id":7,"name":"n","path_with_namespace":"a/b","namespace":{"id":1,"kind":"group"},"permissions":{"project_access":null,"group_access":{"access_level":40}}}`,
		`{"id":7,"path_with_namespace":"a/\u001b` + hostileToken + `","marked_for_deletion_on":"\u202e","shared_with_groups":null}`,
		`{"id":7,"full_path":"a","shared_with_groups":[{"group_id":1,"group_access_level":30},{}]}`, `{"id":-1}`, `{}`, `null`, `[]`,
		`{"id":7,"path_with_namespace":"a/b","permissions":null,"namespace":null,"archived":null}`,
	} {
		f.Add(entity)
	}
	f.Fuzz(func(t *testing.T, entity string) {
		var decoded targetEntity
		if json.Unmarshal([]byte(entity), &decoded) != nil {
			return
		}
		target, err := targetFrom(decoded, Resource{Kind: KindProject, ID: "a/b"})
		if err != nil {
			expectPresentable(t, err.Error())
			return
		}
		var sent struct {
			Name string
			Path string `json:"path_with_namespace"`
		}
		_ = json.Unmarshal([]byte(entity), &sent)
		if target.ID == 0 || target.Path == "" || len(target.InvitedGroups) > 1000 || target.Name != sent.Name || target.Path != sent.Path {
			t.Errorf("got %+v", target)
		}
	})
}
