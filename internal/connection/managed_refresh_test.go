package connection_test

import (
	"net/http"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// GitLab said that the token is dead. What follows from that stays, whoever refreshes and cannot ask.
func TestAccManagedToken_deadStaysDead(t *testing.T) {
	t.Parallel()
	look := server.Fault{Server: server.GitLab, Method: http.MethodGet, Kind: server.FaultStatus}
	failing := func(status int) func(*workspace) func() {
		fault := look
		fault.Status = status
		return func(w *workspace) func() { return w.Fail(fault) }
	}
	for dead, lose := range map[string]func(*gitlab.Server, int){
		"was revoked at GitLab": (*gitlab.Server).Revoke,
		"was deleted at GitLab": (*gitlab.Server).DeleteToken,
	} {
		for name, blind := range map[string]func(*workspace) (restore func()){
			"without a GitLab token of the provider's": func(w *workspace) func() {
				right := w.Servers.ProviderToken()
				w.Manage(block{"token": nil})
				return func() { w.Manage(block{"token": right}) }
			},
			"with a dead one":   failing(401),
			"GitLab fails":      failing(500),
			"GitLab is overrun": failing(429),
			"GitLab is not there": func(w *workspace) func() {
				return w.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRefuse})
			},
			"told not to ask": func(w *workspace) func() {
				w.Manage(block{"token_validation": "off"})
				return func() { w.Manage(block{"token_validation": nil}) }
			},
		} {
			t.Run(dead+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				w.Must(managed())
				w.Dies = true
				lose(w.Servers.Sandbox.GitLab, w.Servers.ManagedTokens()[0].ID)
				w.Refresh(w.Context)
				said := w.Attribute("token_details", "rotation_due")
				restore := blind(w)
				w.Refresh(w.Context)
				if due := w.Attribute("token_details", "rotation_due"); due != said || due == "" {
					t.Errorf("due because %q, want %q still", due, said)
				}
				if plan := w.Plan(w.Context, managed()); plan.Action == acctest.NoOp && !plan.Diagnostics.Failed() {
					t.Error("the plan says that nothing is to be done")
				}
				restore()
				w.Plans(managed(), acctest.Update, dead)
				w.Must(managed())
				w.Dies = false
				w.Settled(managed(), "")
			})
		}
	}
}

// GitLab said so by mistake, and says otherwise now.
func TestAccManagedToken_aliveAgain(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	lift := w.Fail(server.Fault{
		Server: server.GitLab, Method: http.MethodGet, Kind: server.FaultStatus, Status: 404, Body: `{"message":"404 group Access Token Not Found"}`,
	})
	w.Refresh(w.Context)
	lift()
	if w.Attribute("token_details", "rotation_due") == "" {
		t.Fatal("GitLab's 404 was passed over")
	}
	w.Settled(managed(), "")
}

// Only what follows from the clock is judged again without GitLab: a window that was made smaller.
func TestAccManagedToken_noLongerDueByTheClock(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.Clock.AdvanceDays(61)
	w.Refresh(w.Context)
	due := w.Attribute("token_details", "rotation_due")
	w.Clock.AdvanceDays(-30)
	w.Manage(block{"token_validation": "off"})
	w.Refresh(w.Context)
	if again := w.Attribute("token_details", "rotation_due"); due == "" || again != "" {
		t.Errorf("due because %q, then %q", due, again)
	}
}
