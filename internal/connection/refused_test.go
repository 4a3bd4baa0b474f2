package connection_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// What GitLab answers to Infisical, which tries the token there, and what the user is told.
func TestAccConnection_gitLabAnswersInfisical(t *testing.T) {
	t.Parallel()
	const json, html = "application/json", "text/html"
	for name, tc := range map[string]struct {
		status            int
		contentType, body string
		title, says, not  string
	}{
		"401":      {401, json, `{"message":"401 Unauthorized"}`, "GitLab refuses the token", "has expired or was revoked", ""},
		"403":      {403, json, `{"error":"insufficient_scope"}`, "GitLab refuses the token", "it needs the scope api", ""},
		"404":      {404, json, `{"message":"404 Not Found"}`, "Not the address of a GitLab", "Not Found. Cause: 404 Not Found", "refuses the token"},
		"404 page": {404, html, "<html>nothing here</html>", "Not the address of a GitLab", "A proxy may also answer", "refuses the token"},
		"429":      {429, json, `{"message":"Retry later"}`, "GitLab limits Infisical's requests", "Apply again in a few minutes", "certificate"},
		"500": {500, json, `{"message":"500 Internal Server Error"}`, "GitLab answered Infisical with an error", "The credential is not at fault",
			"refuses the token"},
		"502":          {502, html, "<html>bad gateway</html>", "GitLab answered Infisical with an error", "last status code: 502", "certificate"},
		"503":          {503, html, "<html>maintenance</html>", "GitLab answered Infisical with an error", "Service Unavailable", "refuses the token"},
		"407":          {407, html, "<html>proxy</html>", "GitLab refuses Infisical's request", "Proxy Authentication Required", "refuses the token"},
		"broken JSON":  {200, json, "{<", "Not the address of a GitLab", "Expected property name", "certificate"},
		"page for 200": {200, json, " ", "Not the address of a GitLab", "other than GitLab's API", "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Dies = true
			w.Servers.Sandbox.Fail(server.Fault{
				Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/user", Kind: server.FaultStatus,
				Status: tc.status, Header: http.Header{"Content-Type": {tc.contentType}}, Body: tc.body,
			})
			said := w.Run(managed())
			if !said.Failed() {
				t.Error("the apply succeeded")
			}
			text := said.String()
			if !strings.Contains(text, tc.title+"\n") || !strings.Contains(text, tc.says) || tc.not != "" && strings.Contains(text, tc.not) {
				t.Errorf("got %s, want the title %q, %q, and not %q", text, tc.title, tc.says, tc.not)
			}
			if len(w.Connections()) > 0 {
				t.Error("a connection was left behind")
			}
			w.Servers.NoneLive(t)
		})
	}
}
