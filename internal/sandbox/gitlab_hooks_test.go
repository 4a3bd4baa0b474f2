package sandbox

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

// What GitLab answers to writes of webhooks: https://docs.gitlab.com/api/project_webhooks/,
// https://docs.gitlab.com/api/group_webhooks/
func TestGitLab_writesOfWebhooks(t *testing.T) {
	t.Parallel()
	const token = "x-token-of-the-webhook"
	for _, place := range []string{"/projects/1203/hooks", "/groups/87/hooks"} {
		sb := start(t)
		owner, of := sb.GitLab.Token("personal-api").Value, gitlab.Resource(sb.GitLab.Project("acme/app"))
		if strings.HasPrefix(place, "/groups") {
			of = sb.GitLab.Group("acme")
		}
		for _, step := range []struct {
			method, path string
			body         any
			status       int
			says         string
		}{
			{"POST", place, map[string]any{"name": "n"}, 400, `{"error":"url is missing"}`},
			{"POST", place, map[string]any{"url": "https://a.example", "token": token, "name": "n"}, 201, `"id":1`},
			{"PUT", place + "/1", map[string]any{"name": "n"}, 400, `{"error":"url is missing"}`},
			{"PUT", place + "/1", map[string]any{"url": "https://b.example", "custom_headers": []any{map[string]any{"key": "x-id", "value": "hidden"}}}, 200,
				`"custom_headers":[{"key":"x-id"}]`},
			{"GET", place, nil, 200, `"url":"https://b.example"`},
			{"DELETE", place + "/2", nil, 404, "404 Not found"},
			{"DELETE", place + "/1", nil, 204, ""},
		} {
			a := sb.gitlab(t, step.method, step.path, owner, step.body)
			if a.status != step.status || !strings.Contains(a.text, step.says) {
				t.Errorf("%s %s: %d %s", step.method, step.path, a.status, a.text)
			}
			if strings.Contains(a.text, token) || strings.Contains(a.text, "hidden") {
				t.Errorf("%s %s shows a secret: %s", step.method, step.path, a.text)
			}
		}
		if hooks := sb.GitLab.Hooks(of); len(hooks) != 0 {
			t.Errorf("%d webhooks are left", len(hooks))
		}
		for name, status := range map[string]int{"developer-management": 403, "personal-read-api": 403} {
			if a := sb.gitlab(t, http.MethodPost, place, sb.GitLab.Token(name).Value, map[string]any{"url": "https://a.example"}); a.status != status {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
	}
}
