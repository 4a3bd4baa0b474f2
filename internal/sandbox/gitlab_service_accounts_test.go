package sandbox

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// What each caller is answered for the tokens of acme's service account deployer. Codes and texts are those of GitLab's
// manual and specs; which of 400 and 404 a person gets, the 403 of tiers, and the 405 of old versions are inferred.
func TestGitLab_serviceAccounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options       []Option
		by, path      string // path is after the account's tokens
		of            string // a username, default deployer; "-" is nobody
		group         string
		change        map[string]any // nil values leave a parameter out
		status        int
		message, with string
	}{
		"made by an Owner":      {status: 201},
		"made by a Maintainer":  {by: "maintainer-management", status: 403, message: "403 Forbidden"},
		"made by a group token": {by: "group-owner-api", status: 403, message: "403 Forbidden"},
		"read_api":              {by: "read-api-management", status: 403, with: "insufficient_scope"},
		"a person":              {of: "ada", status: 400, message: "400 Bad request - User is not of type Service Account"},
		"nobody":                {of: "-", status: 404, message: "404 User Not Found"},
		"in another group":      {group: "acme%2Fplatform", status: 404, message: "404 User Not Found"},
		"no group":              {group: "nowhere", status: 404, message: "404 Group Not Found"},
		"scopes with commas":    {change: map[string]any{"scopes": "api,read_user"}, status: 201},
		"nothing given":         {change: map[string]any{"name": nil, "scopes": nil}, status: 400, with: "name is missing, scopes is missing"},
		"a scope that is none":  {change: map[string]any{"scopes": []string{"x"}}, status: 422, message: "Scopes can only contain available scopes"},
		"a day too far":         {change: map[string]any{"expires_at": "2027-11-23"}, status: 422, message: "Expires at must be before 2027-11-22"},
		"the last day":          {change: map[string]any{"expires_at": "2027-11-22"}, status: 201},
		"community edition":     {options: []Option{WithCommunityGitLab()}, status: 404, with: "404 Not Found"},
		"older, top-level":      {options: []Option{WithOlderGitLab()}, status: 201},
		"older, subgroup":       {options: []Option{WithOlderGitLab()}, group: "acme%2Fplatform", status: 403, message: "403 Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, append(c.options, WithClock(server.NewClock(recordedAt).Now))...)
			by, group, user := "admin-management", "acme", "4711"
			if c.by != "" {
				by = c.by
			}
			if c.group != "" {
				group = c.group
			}
			switch c.of {
			case "":
				user = strconv.Itoa(sb.GitLab.User("deployer").ID)
			case "-":
			default:
				user = strconv.Itoa(sb.GitLab.User(c.of).ID)
			}
			body := map[string]any{"name": "ci", "scopes": []string{"api"}, "expires_at": "2027-01-21"}
			for name, value := range c.change {
				body[name] = value
				if value == nil {
					delete(body, name)
				}
			}
			tokens := "/groups/" + group + "/service_accounts/" + user + "/personal_access_tokens"
			a := sb.gitlab(t, http.MethodPost, tokens, sb.GitLab.Token(by).Value, body)
			if a.status != c.status || a.field("message") != c.message || a.field("error") != c.with {
				t.Fatalf("%d %s", a.status, a.text)
			}
			if a.status != http.StatusCreated {
				return
			}
			made := sb.GitLab.Token("ci")
			self := sb.gitlab(t, http.MethodGet, "/user", a.field("token"), nil)
			if self.field("username") != "deployer" {
				t.Errorf("it is %s's", self.text)
			}
			revoked := sb.gitlab(t, http.MethodDelete, tokens+"/"+strconv.Itoa(made.ID), sb.GitLab.Token(by).Value, nil)
			older := len(c.options) > 0
			if revoked.status != map[bool]int{false: 204, true: 404}[older] {
				t.Errorf("revoking: %d %s", revoked.status, revoked.text)
			}
			if listed := sb.gitlab(t, http.MethodGet, tokens, sb.GitLab.Token(by).Value, nil); listed.status != map[bool]int{false: 200, true: 405}[older] {
				t.Errorf("listing: %d %s", listed.status, listed.text)
			}
			gone := sb.gitlab(t, http.MethodDelete, tokens+"/4711", sb.GitLab.Token(by).Value, nil)
			if !older && gone.field("message") != "404 Personal Access Token Not Found" {
				t.Errorf("%d %s", gone.status, gone.text)
			}
		})
	}
}
