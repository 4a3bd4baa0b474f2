package connection_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const mintRequest = "POST /api/v4/groups/{id}/access_tokens"

// loginFails is every login from now on.
func loginFails(kind server.FaultKind, status int) server.Fault {
	return server.Fault{Server: server.Infisical, Path: "/api/v1/auth/*", Kind: kind, Status: status}
}

// counted makes the workspace count its pauses.
func (w *workspace) counted() *atomic.Int64 {
	var pauses atomic.Int64
	wait := w.Environment.Wait
	w.Environment.Wait = func(ctx context.Context, d time.Duration) error {
		pauses.Add(1)
		return wait(ctx, d)
	}
	return &pauses
}

// Without a login there is no token to be made.
func TestAccManagedToken_loginFailsBefore(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"no answer": loginFails(server.FaultDropAfter, 0),
		"500":       loginFails(server.FaultStatus, 500),
		"refused":   loginFails(server.FaultStatus, 401),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			create := w.Plan(w.Context, managed())
			pauses := w.counted()
			lift := w.Fail(fault)
			diags := w.ApplyPlan(w.Context, create)
			lift()
			if !diags.Failed() || !strings.Contains(diags.String(), "Could not log in") {
				t.Errorf("want the login's error: %s", diags)
			}
			if slices.Contains(w.Asked(), mintRequest) || pauses.Load() > 0 {
				t.Errorf("asked %q, with %d pauses", w.Asked(), pauses.Load())
			}
			w.Must(managed())
			w.Settled(managed(), "")

			// The same on rotation.
			rotated := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
			rotate := w.Plan(w.Context, rotated)
			w.Servers.Sandbox.Log.Reset()
			lift = w.Fail(fault)
			if diags := w.ApplyPlan(w.Context, rotate); !diags.Failed() {
				t.Error("the rotation succeeded")
			}
			lift()
			if slices.Contains(w.Asked(), mintRequest) || pauses.Load() > 0 {
				t.Errorf("asked %q, with %d pauses", w.Asked(), pauses.Load())
			}
			w.Must(rotated)
			w.Settled(rotated, "")
		})
	}
}

// The session ends between the making of the token and its handing over, and another cannot be had: Infisical surely
// does not have the token.
func TestAccManagedToken_loginFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"no answer": loginFails(server.FaultDropAfter, 0),
		"500":       loginFails(server.FaultStatus, 500),
		"refused":   loginFails(server.FaultStatus, 401),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			pauses := w.counted()
			var armed atomic.Bool
			w.Servers.Sandbox.OnAnswer(func(request *server.Request) {
				if request.Line() == mintRequest && armed.CompareAndSwap(true, false) {
					w.Servers.Sandbox.Infisical.ExpireAccessTokens()
				}
			})
			rotated := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
			for _, config := range []block{managed(), rotated} {
				before := len(w.Servers.ManagedTokens())
				plan := w.Plan(w.Context, config)
				second := fault
				second.Skip = 1
				lift := w.Fail(second)
				armed.Store(true)
				diags := w.ApplyPlan(w.Context, plan)
				lift()
				if live := len(w.Servers.ManagedTokens()); !diags.Failed() || live != before || armed.Load() || pauses.Load() > 0 {
					t.Errorf("%d tokens are alive, want %d, after %d pauses: %s", live, before, pauses.Load(), diags)
				}
				w.Must(config)
				w.Settled(config, "")
			}
		})
	}
}

// A creation that waits to be repeated is interrupted, or finds the server gone: Infisical surely does not have the
// token.
func TestAccManagedToken_creationGivenUpWhileItWaits(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*workspace){
		"Ctrl-C":             func(w *workspace) { w.Stop() },
		"connection refused": func(w *workspace) { w.Servers.Sandbox.Infisical.Stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			pauses := w.counted()
			lift := w.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: postRequest[len("POST "):], Kind: server.FaultStatus,
				Status: http.StatusTooManyRequests})
			plan := w.Plan(w.Context, managed())
			w.Environment.Backoff = func(_ int, answer *http.Response) time.Duration {
				if answer == nil {
					return 0
				}
				end(w)
				return 100 * time.Millisecond
			}
			diags := w.ApplyPlan(w.Context, plan)
			lift()
			if !diags.Failed() || pauses.Load() > 1 { // One is before the repetition.
				t.Errorf("want an error at once, got %d pauses: %s", pauses.Load(), diags)
			}
			w.Servers.NoneLive(t)
		})
	}
}

// The answer to the making of a token is lost, and GitLab makes it a little later.
func TestAccManagedToken_madeLater(t *testing.T) {
	t.Parallel()
	rotated := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	for name, tc := range map[string]struct{ before, config block }{
		"on creation": {nil, managed()},
		"on rotation": {managed(), rotated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			if tc.before != nil {
				w.Must(tc.before)
			}
			plan := w.Plan(w.Context, tc.config)
			lift := w.Fail(server.Fault{Server: server.GitLab, Method: http.MethodPost, Kind: server.FaultDropBefore})
			w.Servers.Sandbox.Log.Reset()
			pauses := 0
			w.Environment.Wait = func(context.Context, time.Duration) error {
				if pauses++; pauses == 5 {
					w.makeAsAsked()
				}
				return nil
			}
			diags := w.ApplyPlan(w.Context, plan)
			lift()
			if !diags.Failed() || strings.Contains(diags.String(), "left over") {
				t.Errorf("want an error, and nothing left over: %s", diags)
			}
			w.Environment.Wait = acctest.NoWait
			w.Must(tc.config)
			w.Settled(tc.config, "")
		})
	}
}

// The answer is lost, and no token appears: it may yet, so it is named.
func TestAccManagedToken_neverMade(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	pauses := w.counted()
	lift := w.Fail(server.Fault{Server: server.GitLab, Method: http.MethodPost, Kind: server.FaultDropBefore})
	diags := w.Run(managed())
	lift()
	name := w.makeAsAsked()
	if !diags.Failed() || pauses.Load() != 6 || !strings.Contains(diags.String(), "GitLab token possibly left over") ||
		!strings.Contains(diags.String(), name) {
		t.Errorf("%d pauses, and no warning that names %q: %s", pauses.Load(), name, diags)
	}
}

// makeAsAsked makes the token that the last request for one was about, and returns its name.
func (w *workspace) makeAsAsked() string {
	w.t.Helper()
	for _, request := range slices.Backward(w.Requests()) {
		if request.Line() != mintRequest {
			continue
		}
		var asked struct {
			Name      string `json:"name"`
			ExpiresAt string `json:"expires_at"`
		}
		if err := json.Unmarshal(request.Body, &asked); err != nil {
			w.t.Fatal(err)
		}
		w.Servers.Sandbox.GitLab.AddToken(gitlab.TokenSpec{Name: asked.Name, Resource: w.Servers.Sandbox.GitLab.Group("acme"), AccessLevel: gitlab.OwnerAccess,
			ExpiresAt: &asked.ExpiresAt})
		return asked.Name
	}
	w.t.Fatal("no token was asked for")
	return ""
}
