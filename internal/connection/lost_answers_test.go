package connection_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const patchRequest = "PATCH /api/v1/app-connections/gitlab/{id}"

// count is how often a request was made since the log was reset.
func (w *workspace) count(line string) int {
	count := 0
	for _, asked := range w.Asked() {
		if asked == line {
			count++
		}
	}
	return count
}

// hasty drops connections a hundred times sooner than Infisical, and its pauses are shorter by as much.
func hasty(t *testing.T) *workspace {
	t.Helper()
	const factor = 100
	w := newWorkspace(t, sandbox.WithAnswerWithin(30*time.Second/factor))
	wait := acctest.Environment().Wait
	w.Environment.Wait = func(ctx context.Context, d time.Duration) error { return wait(ctx, d/factor) }
	return w
}

// gitLabTakes lets GitLab take a while for what Infisical asks.
func (w *workspace) gitLabTakes(d time.Duration) (lift func()) {
	return w.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Kind: server.FaultSlow, Delay: d})
}

// GitLab takes so long that Infisical drops the connection, and stores what was sent all the same. It is sent once.
func TestAccConnection_gitLabHangs(t *testing.T) {
	t.Parallel()
	described := func(value string) block {
		return block{"name": "platform", "description": "Platform team\n", "access_token": block{"type": "group", "value_wo": value}}
	}
	for name, configs := range map[string][2]func(*workspace) block{
		"managed": {becomes(managed()), becomes(managed(block{"rotation_triggers": block{"quarter": "2026Q4"}}))},
		"given": {
			func(w *workspace) block { return described(w.Servers.Token) },
			func(w *workspace) block { return described(w.Servers.OtherToken) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := hasty(t)
			if name == "managed" {
				w.HoldToken()
			}
			for i, config := range configs {
				w.Servers.Sandbox.Log.Reset()
				lift := w.gitLabTakes(450 * time.Millisecond)
				diags := w.Run(config(w))
				lift()
				if diags.Failed() || strings.Contains(diags.String(), "GitLab connection adopted") != (i == 0) {
					t.Errorf("got %s", diags)
				}
				if posts, patches := w.count(postRequest), w.count(patchRequest); posts != 1-i || patches != i {
					t.Errorf("sent %d creations and %d updates", posts, patches)
				}
				w.Settled(config(w), "")
			}
		})
	}
}

// Whatever is written would have no answer: a creation is not written once more.
func TestAccManagedToken_adoptedAsItIs(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	liftPost, liftPatch := w.Fail(postIsLost), w.Fail(patchIsLost)
	diags := w.Run(managed())
	liftPost()
	liftPatch()
	if diags.Failed() || w.count(patchRequest) > 0 {
		t.Errorf("%d updates: %s", w.count(patchRequest), diags)
	}
	w.Settled(managed(), "")
}

// An update without an answer that did arrive is sent once, and one that did not is sent again.
func TestAccConnection_lostAnswerToUpdate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault   server.Fault
		patches int
	}{
		"arrived":                  {patchIsLost, 1},
		"arrived, half answered":   {server.Fault{Kind: server.FaultTruncate}, 1},
		"arrived, page of a proxy": {server.Fault{Kind: server.FaultStatusAfter, Status: 502}, 1},
		"did not arrive":           {server.Fault{Kind: server.FaultDropBefore, Times: 1}, 2},
		"500 of the server":        {server.Fault{Kind: server.FaultStatus, Status: 500, Times: 1}, 2},
	} {
		for kind, configs := range map[string][2]func(*workspace) block{
			"managed": {becomes(managed()), becomes(managed(block{"rotation_triggers": block{"quarter": "2026Q4"}}))},
			"given": {becomesGiven, func(w *workspace) block {
				return block{"name": "platform", "access_token": block{"type": "group", "value_wo": w.Servers.OtherToken}}
			}},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				w.Must(configs[0](w))
				w.Servers.Sandbox.Log.Reset()
				fault := tc.fault
				fault.Server, fault.Method = server.Infisical, http.MethodPatch
				lift := w.Fail(fault)
				w.Must(configs[1](w))
				lift()
				if patches := w.count(patchRequest); patches != tc.patches {
					t.Errorf("%d updates, want %d: %q", patches, tc.patches, w.Asked())
				}
				w.Settled(configs[1](w), "")
			})
		}
	}
}

// A creation whose answer was lost finds a connection that another run may have made: what GitLab shows of the tokens
// decides.
func TestAccManagedToken_lostCreationOfTwo(t *testing.T) {
	t.Parallel()
	t.Run("not processed, and another run made it", func(t *testing.T) {
		t.Parallel()
		w := newManaging(t)
		other := w.beside()
		plan := w.Plan(w.Context, managed())
		fault := postIsLost
		fault.Kind = server.FaultDropBefore
		lift := w.Fail(fault)
		once := onceAt(postRequest, func() { lift(); other.Must(managed()) })
		w.Servers.Sandbox.OnAnswer(once)
		diags := w.ApplyPlan(w.Context, plan)
		w.isRefused(other, diags, "never used at GitLab")
	})
	t.Run("found the name taken by another run", func(t *testing.T) {
		t.Parallel()
		w := newManaging(t)
		other := w.beside()
		plan := w.Plan(w.Context, managed())
		fault := postIsLost
		fault.Skip, fault.Times = 1, 1
		// The other run overtakes it while it is on its way.
		w.Servers.Sandbox.OnRequest(onceAt(postRequest, func() { other.Must(managed()) }))
		lift := w.Fail(fault)
		diags := w.ApplyPlan(w.Context, plan)
		lift()
		w.isRefused(other, diags, "another run may have made it")
	})
	t.Run("another run found the name taken", func(t *testing.T) {
		t.Parallel()
		w := newManaging(t)
		other := w.beside()
		plan := w.Plan(w.Context, managed())
		fault := postIsLost
		fault.Times = 1
		lift := w.Fail(fault)
		w.Servers.Sandbox.OnAnswer(onceAt(postRequest, func() {
			if diags := other.Run(managed()); !diags.Failed() {
				t.Error("two creations succeeded")
			}
		}))
		diags := w.ApplyPlan(w.Context, plan)
		lift()
		if diags.Failed() {
			t.Errorf("the connection is not adopted: %s", diags)
		}
		w.Settled(managed(), "")
	})
}

// onceAt does something at the first request of a kind by the provider.
func onceAt(line string, do func()) func(*server.Request) {
	var done atomic.Bool
	return func(request *server.Request) {
		if request.Client == server.ClientProvider && request.Line() == line && done.CompareAndSwap(false, true) {
			do()
		}
	}
}

// isRefused checks that a creation failed, named its token, and took nothing from the other run.
func (w *workspace) isRefused(other *workspace, diags acctest.Diagnostics, reason string) {
	w.t.Helper()
	if !diags.Failed() || w.InState() || !strings.Contains(diags.String(), reason) {
		w.t.Errorf("want an error because %q: %s", reason, diags)
	}
	other.Settled(managed(), diags.String())
	if named := slices.ContainsFunc(w.Servers.ManagedTokens(), func(token gitlab.Token) bool {
		return token.Value != w.Connections()[0].AccessToken && strings.Contains(diags.String(), token.Name)
	}); !named {
		w.t.Errorf("the token that was made is not named: %s", diags)
	}
}

// An update without an answer that cannot be looked for either leaves both tokens, and the next apply settles it.
func TestAccManagedToken_lostUpdateThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	config := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	for name, faults := range map[string][]server.Fault{
		"at Infisical": {patchIsLost, lookFails},
		"at GitLab": {patchIsLost, {Server: server.GitLab, Method: http.MethodGet, Path: "/api/v4/groups/*/access_tokens", Kind: server.FaultStatus,
			Status: 500}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed())
			failing(config, faults...)(w)
			if live := len(w.Servers.ManagedTokens()); live != 2 || !strings.Contains(w.Said.String(), "Two GitLab tokens kept") {
				t.Errorf("%d tokens are alive, want 2: %s", live, w.Said.String())
			}
			w.Plans(config, acctest.Update, "it is not certain which token Infisical has")
			w.Must(config)
			w.Settled(config, "")
		})
	}
}
