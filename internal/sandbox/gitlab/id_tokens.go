package gitlab

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// DefaultBranch is that of every project; it is the only protected branch.
const DefaultBranch = "main"

// jobTimeout is how long a job may run, and an ID token is valid, when nobody has set another timeout.
const jobTimeout = time.Hour

// IDToken is what a job of the project's branch finds in a variable of its id_tokens with this audience; see
// https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload. All claims but the times are strings.
func (g *Server) IDToken(project Project, branch, audience string) string {
	now, namespace := g.now(), strings.TrimSuffix(project.FullPath, "/"+project.Path)
	return server.SignJWT(map[string]any{
		"iss": g.URL(), "aud": audience, "sub": "project_path:" + project.FullPath + ":ref_type:branch:ref:" + branch,
		"iat": now.Unix(), "nbf": now.Unix() - 5, "exp": now.Add(jobTimeout).Unix(), "jti": server.RandomHex(16),
		"project_id": strconv.Itoa(project.ID), "project_path": project.FullPath, "namespace_path": namespace,
		"ref": branch, "ref_type": "branch", "ref_path": "refs/heads/" + branch, "ref_protected": strconv.FormatBool(branch == DefaultBranch),
		"user_login": "ada", "pipeline_source": "push",
	}, nil)
}

// IDTokenPath is a page that GitLab does not have. It stands for a runner that starts a job for the project and the
// branch of the query, with an ID token for its audience, and answers with that token.
const IDTokenPath = "/sandbox/id_token"

func (g *Server) routeIDTokens() {
	g.routes.HandleFunc("GET "+IDTokenPath, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		g.mu.Lock()
		project, found := g.findResource(projectType, query.Get("project")).(Project)
		g.mu.Unlock()
		if !found {
			message(http.StatusNotFound, "404 Project Not Found").Send(w, contentType)
			return
		}
		token := g.IDToken(project, query.Get("branch"), query.Get("aud"))
		server.Reply{Status: http.StatusOK, Raw: []byte(token), Header: http.Header{"Content-Type": {"text/plain"}}}.Send(w, contentType)
	})
}
