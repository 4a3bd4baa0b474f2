package connection_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A run was killed when it had made a token and not yet the connection. The next one names that token, and says so when
// it cannot look.
func TestAccManagedToken_straysOfAKilledCreation(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"listed": 0, "429": 429, "500": 500, "502": 502} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			stray := w.beside()
			lift := w.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: postRequest[len("POST "):], Kind: server.FaultDropBefore})
			if diags := stray.Run(managed()); !diags.Failed() {
				t.Fatal("the creation succeeded")
			}
			lift()
			left := w.Servers.ManagedTokens()[0].Name
			if status != 0 {
				defer w.Fail(server.Fault{Server: server.GitLab, Method: http.MethodGet, Path: "/api/v4/groups/*/access_tokens", Kind: server.FaultStatus,
					Status: status})()
				left = left[:strings.LastIndex(left, " ")]
			}
			diags := w.Run(managed())
			if diags.Failed() || !strings.Contains(diags.String(), left) {
				t.Errorf("%q is not named: %s", left, diags)
			}
		})
	}
}

// Whoever may not list the tokens may not make one either, and hears of that alone.
func TestAccManagedToken_straysOfNoInterest(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Manage(block{"token": w.Servers.Sandbox.GitLab.Token("developer-management").Value})
	if diags := w.Run(managed()); !diags.Failed() || strings.Contains(diags.String(), "search for leftover") {
		t.Errorf("got %s", diags)
	}
}

// A connection that made its own token is imported elsewhere: its first token is not provably its own, and is named.
func TestAccManagedToken_importNamesTheFirstToken(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	first := w.Servers.ManagedTokens()[0].Name
	again := w.beside()
	if diags := again.Import(again.Context, w.Attribute("id")); diags.Failed() {
		t.Fatal(diags)
	}
	renamed := named("renamed")
	diags := again.Run(renamed)
	if diags.Failed() || !strings.Contains(diags.String(), first) {
		t.Errorf("%q is not named: %s", first, diags)
	}
	again.Settled(renamed, diags.String())

	// From then on the tokens are known, and nobody looks for others.
	again.Clock.AdvanceDays(61)
	if diags := again.Run(renamed); diags.Failed() || strings.Contains(diags.String(), first) {
		t.Errorf("got %s", diags)
	}
}
