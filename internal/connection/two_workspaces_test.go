package connection_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// triggered is a rotation that a workspace asks for.
func triggered(by string) block { return managed(block{"rotation_triggers": block{"by": by}}) }

// shared is a connection that two workspaces manage: one made it, the other imported it.
func shared(t *testing.T) (first, second *workspace) {
	t.Helper()
	first = newManaging(t)
	first.Must(managed())
	second = first.beside()
	if diags := second.Import(second.Context, first.Attribute("id")); diags.Failed() {
		t.Fatal(diags)
	}
	second.Must(managed())
	return first, second
}

// Another workspace rotates between this one's handing over of its token and the revocations that follow. Infisical
// keeps a live token, and both say what is the matter.
func TestAccManagedToken_otherWorkspaceInBetween(t *testing.T) {
	t.Parallel()
	first, second := shared(t)
	first.Must(triggered("first"))
	plan := first.Plan(first.Context, triggered("first again"))
	first.Servers.Sandbox.OnAnswer(onceAt(patchRequest, func() { second.Must(triggered("second")) }))
	diags := first.ApplyPlan(first.Context, plan)
	live := first.Servers.ManagedTokens()
	if diags.Failed() || len(live) != 1 || live[0].Value != first.Connections()[0].AccessToken {
		t.Errorf("%d tokens are alive, want the one that Infisical has: %s", len(live), diags)
	}
	if !strings.Contains(diags.String(), "GitLab tokens of another run not revoked") || !strings.Contains(diags.String(), live[0].Name) {
		t.Errorf("the other run is not spoken of: %s", diags)
	}
	first.Plans(triggered("first again"), acctest.Update, "another configuration that manages")
}

// The other workspace has made its token before this one, and hands it over at a request of this one's.
func TestAccManagedToken_otherWorkspaceHandsOver(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		at string // the request of the first, which is answered after that
		// says is what the first says.
		says string
		// overwrites: the first writes again, for it has revoked the other's token.
		overwrites bool
	}{
		"before the answer":       {at: patchRequest, says: "credentials were changed after this run sent its token"},
		"before the look":         {at: "GET /api/v4/groups/{id}/access_tokens", says: "credentials were changed after this run sent its token"},
		"between look and revoke": {at: getRequest, says: "The token of this run was sent to Infisical again", overwrites: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := shared(t)
			first.Dies, second.Dies = tc.overwrites, tc.overwrites
			plan := first.Plan(first.Context, triggered("first"))

			// 1. The second makes its token, and waits with it.
			made, mayHandOver, handedOver := make(chan struct{}), make(chan struct{}), make(chan acctest.Diagnostics, 1)
			first.Servers.Sandbox.OnRequest(onceAt(patchRequest, func() { close(made); <-mayHandOver }))
			go func() { handedOver <- second.Run(triggered("second")) }()
			<-made
			// 2. The first makes its own and hands it over. 3. The second does, at that moment.
			var patched atomic.Bool
			atLast := onceAt(tc.at, func() {
				close(mayHandOver)
				if diags := <-handedOver; diags.Failed() {
					t.Error(diags)
				}
			})
			first.Servers.Sandbox.OnAnswer(func(request *server.Request) {
				if request.Line() == patchRequest {
					patched.Store(true)
				}
				if patched.Load() {
					atLast(request)
				}
			})
			diags := first.ApplyPlan(first.Context, plan)

			token, ok := first.Servers.Sandbox.GitLab.TokenByValue(first.Connections()[0].AccessToken)
			if diags.Failed() || !ok || token.Revoked || !strings.Contains(diags.String(), tc.says) {
				t.Errorf("Infisical holds a dead token (%t), or nothing is said: %s", token.Revoked, diags)
			}
			if ours := first.Attribute("token_details", "name") == token.Name; ours != tc.overwrites {
				t.Errorf("Infisical has the token of this run: %t", ours)
			}
			if tc.overwrites {
				first.Plans(triggered("first"), acctest.NoOp, "")
			} else {
				first.Plans(triggered("first"), acctest.Update, "another configuration that manages")
			}
		})
	}
}

// What a killed run of the same workspace left behind is revoked, for Infisical has the token of this one.
func TestAccManagedToken_leftoversOfAKilledRun(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	name := w.Servers.ManagedTokens()[0].Name
	stray := strings.Replace(name, " new ", " "+w.Attribute("id")+" ", 1)
	w.Servers.Sandbox.GitLab.AddToken(gitlab.TokenSpec{Name: stray, Resource: w.Servers.Sandbox.GitLab.Group("acme")})
	w.Must(triggered("next"))
	w.Settled(triggered("next"), "")
}
