package connection_test

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	seed "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

const onlyFineGrained = "GitLab takes fine-grained tokens only"

// Where GitLab takes fine-grained tokens only, the plan says so of a classic one: nothing is sent, and nothing created.
func TestAccConnection_fineGrainedOnly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		enforce func(*seed.Server)
		targets block
	}{
		"everywhere":   {func(g *seed.Server) { g.EnforceGranular() }, nil},
		"in one group": {func(g *seed.Server) { g.EnforceGranular(g.Group("acme")) }, projects("acme/app")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			tc.enforce(w.Servers.Sandbox.GitLab)
			w.Refuses(targeting(w.Servers.Sandbox.GitLab.Token("personal-api").Value, syncsProjects, tc.targets), onlyFineGrained, "Project Secret Sync needs",
				"create_variable, delete_variable, read_variable, update_variable; and of the token's user: read_personal_access_token, read_user.")
			w.Servers.NoWrites(t)
		})
	}
}

// The provider's token is not exempt, and that of a service account is.
func TestAccManagedToken_fineGrainedOnly(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.Servers.Sandbox.GitLab.EnforceGranular(w.Servers.Sandbox.GitLab.Group("acme"))
	w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token("admin-management").Value})
	w.Refuses(managed(), onlyFineGrained, `The provider's GitLab token "admin-management" is a classic one`)
	w.Servers.NoWrites(t)

	account := w.Servers.Sandbox.GitLab.AddServiceAccount("terraform")
	w.Servers.Sandbox.GitLab.AddMember(w.Servers.Sandbox.GitLab.Group("acme"), account, seed.OwnerAccess)
	w.Manage(block{"token": w.Servers.Sandbox.GitLab.AddToken(seed.TokenSpec{Name: "account", Kind: seed.ServiceAccountToken, User: account}).Value})
	w.Plans(managed(), acctest.Create, "")
	w.Must(managed())
	w.Settled(managed(), "")
}

// Until bots were exempt, a GitLab that enforces fine-grained tokens made no other ones for them either. A plan cannot
// know; the apply says so, and leaves the old token in place.
func TestAccManagedToken_noClassicTokens(t *testing.T) {
	t.Parallel()
	const couldNot = "Could not create the managed token"
	for name, replace := range map[string]bool{"created": false, "rotated": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token("admin-management").Value})
			config := managed()
			if replace {
				w.Must(config)
				config = managed(block{"rotation_triggers": block{"quarter": "2"}})
			}
			live := len(w.Servers.ManagedTokens())
			w.Servers.Sandbox.GitLab.RefuseClassicTokens()
			w.Servers.Sandbox.Log.Reset()
			w.Refuses(config, couldNot, "GitLab answered 400: Creation of legacy personal access tokens is disabled.", "makes fine-grained tokens only",
				"set access_token instead of managed_access_token")
			w.Servers.NoWrites(t)
			if now := len(w.Servers.ManagedTokens()); now != live {
				t.Errorf("%d live tokens, want %d", now, live)
			}
		})
	}
}
