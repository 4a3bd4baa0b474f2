package sandbox

import (
	"net/url"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// A Pipeline is a project of GitLab whose CI jobs log in to Infisical with their ID tokens, as the guide "Log in from
// GitLab CI" sets it up.
type Pipeline struct {
	Project gitlab.Project
	// PlanIdentityID is an identity that may read, for jobs of all branches.
	PlanIdentityID string
	// ApplyIdentityID is one that may change, for jobs of the main branch alone.
	ApplyIdentityID string

	gitLab *gitlab.Server
}

// AddPipeline adds a project to GitLab, and to Infisical the identities of its pipeline.
func (sb *Sandbox) AddPipeline(path string) Pipeline {
	auth := infisical.OIDCAuth{
		Issuer: sb.GitLab.URL(), Audiences: []string{infisical.JWTAudience}, Claims: map[string]string{"project_path": path},
	}
	pipeline := Pipeline{Project: sb.GitLab.AddProject(path), gitLab: sb.GitLab}
	pipeline.PlanIdentityID = sb.Infisical.AddOIDCIdentity("ci-plan", auth, "read")
	auth.Subject = "project_path:" + path + ":ref_type:branch:ref:" + gitlab.DefaultBranch
	auth.Claims = map[string]string{"ref_protected": "true"}
	pipeline.ApplyIdentityID = sb.Infisical.AddOIDCIdentity("ci-apply", auth, "read", "create", "edit", "delete", "connect")
	return pipeline
}

// IDToken is what a job of the branch finds in INFISICAL_AUTH_JWT.
func (p Pipeline) IDToken(branch string) string {
	return p.gitLab.IDToken(p.Project, branch, infisical.JWTAudience)
}

// IDTokenURL answers with such a token.
func (p Pipeline) IDTokenURL(branch string) string {
	query := url.Values{"project": {p.Project.FullPath}, "branch": {branch}, "aud": {infisical.JWTAudience}}.Encode()
	// A query may hold both as they are, https://www.rfc-editor.org/rfc/rfc3986#section-3.4, which is easier to change
	// by hand.
	return p.gitLab.URL() + gitlab.IDTokenPath + "?" + strings.NewReplacer("%2F", "/", "%3A", ":").Replace(query)
}
