package connection_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func rotated(run string) block { return managed(block{"rotation_triggers": block{"run": run}}) }

// Terraform keeps a state without its private part when the process of the provider dies during an apply. Whatever is
// done next, no token is forgotten.
func TestAccManagedToken_privateStateIsLost(t *testing.T) {
	t.Parallel()
	befores := map[string]func(*workspace){
		"created": applied(managed()),
		"rotated": sequence(applied(managed()), applied(rotated("1"))),
	}
	afters := map[string]func(*workspace) block{"applied": becomes(managed()), "rotated": becomes(rotated("2")), "given up": becomesGiven,
		"destroyed": destroyed}
	for before, bring := range befores {
		for after, config := range afters {
			t.Run(before+", then "+after, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				bring(w)
				w.LosePrivate()
				diags := w.Run(config(w))
				if diags.Failed() {
					t.Fatalf("the apply fails: %s", diags)
				}
				w.Settled(config(w), "")
			})
		}
	}
}

// diesAt applies a configuration, and lets the process of the provider alone die at a request of the apply: as that
// arrives, or once it is processed. It reports whether there were so many.
func (w *workspace) diesAt(config block, number int, processed bool) bool {
	w.t.Helper()
	plan := w.Plan(w.Context, config)
	if plan.Diagnostics.Failed() {
		w.t.Fatalf("the plan fails: %s", plan.Diagnostics)
	}
	var seen atomic.Int64
	var over atomic.Bool
	w.Servers.Sandbox.OnRequest(func(request *server.Request) {
		if request.Client == server.ClientProvider && !over.Load() && seen.Add(1) == int64(number) {
			w.Kill()
		}
	})
	defer over.Store(true)
	first := server.Fault{Kind: server.FaultDropBefore, Skip: number - 1, Times: 1}
	if processed {
		first.Kind = server.FaultDropAfter
	}
	defer w.Fail(first)()
	defer w.Fail(server.Fault{Kind: server.FaultDropBefore, Skip: number - 1})()
	diags := w.ApplyPlan(w.Context, plan)
	w.Servers.Sandbox.WaitIdle()
	fmt.Fprintln(&w.Said, diags, plan.Saved(), w.Saved())
	died := seen.Load() >= int64(number)
	if died != diags.Failed() {
		w.t.Errorf("died: %t, but %s", died, diags)
	}
	return died
}

// The process of the provider alone dies at each request of an operation, as that arrives or once it is processed.
func TestAccManagedToken_providerDies(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before        func(*workspace)
		config, after func(*workspace) block
	}{
		"rotation, then the same":             {applied(managed()), becomes(rotated("1")), becomes(rotated("1"))},
		"rotation, then none":                 {applied(managed()), becomes(rotated("1")), becomes(managed())},
		"rotation, then destruction":          {applied(managed()), becomes(rotated("1")), destroyed},
		"rotation, then a token of one's own": {applied(managed()), becomes(rotated("1")), becomesGiven},
		"rename, then the same":               {applied(managed()), becomes(named("renamed")), becomes(named("renamed"))},
		"destruction, then the same":          {applied(managed()), destroyed, destroyed},
		"destruction, then none":              {applied(managed()), destroyed, becomes(managed())},
		"giving up, then the same":            {applied(managed()), becomesGiven, becomesGiven},
		"giving up, then none":                {applied(managed()), becomesGiven, becomes(managed())},
		"giving up, then destruction":         {applied(managed()), becomesGiven, destroyed},
		"another group, then the same": {applied(managed()), becomes(managed(block{"group": "acme/platform"})),
			becomes(managed(block{"group": "acme/platform"}))},
		"second rotation, then destruction": {sequence(applied(managed()), applied(rotated("1"))), becomes(rotated("2")), destroyed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, processed := range []bool{false, true} {
				for at, more := 1, true; more && !t.Failed(); at++ {
					w := newManaging(t)
					tc.before(w)
					more = w.diesAt(tc.config(w), at, processed)
					diags := w.Run(tc.after(w))
					if diags.Failed() {
						t.Errorf("the next apply fails: %s", diags)
					}
					w.Settled(tc.after(w), "")
					if t.Failed() {
						t.Fatalf("died at request %d (processed: %t): %v\n%s", at, processed, w.Servers.Sandbox.Log.Provider(), w.Said.String())
					}
				}
			}
		})
	}
}

// A tainted connection is replaced with nothing of its private state at hand: Terraform plans that as a creation.
func TestAccManagedToken_tainted(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*workspace){
		"created": applied(managed()),
		"rotated": sequence(applied(managed()), applied(rotated("1"))),
		"rotated, and killed in the next rotation": sequence(applied(rotated("1")), func(w *workspace) { w.diesAt(rotated("2"), 5, true) }),
		"adopted": failing(managed(), postIsLost),
	} {
		for after, config := range map[string]func(*workspace) block{"replaced": becomes(managed()), "destroyed": destroyed} {
			t.Run(name+", "+after, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				before(w)
				w.Taint()
				w.Must(config(w))
				w.Settled(config(w), "")
			})
		}
	}
	// The token of the creation bears no id: it is named.
	t.Run("with a revocation pending", func(t *testing.T) {
		t.Parallel()
		w := newManaging(t)
		w.Must(managed())
		failing(rotated("1"), revocationFails)(w)
		w.Taint()
		diags := w.Run(nil)
		if diags.Failed() {
			t.Fatal(diags)
		}
		w.Settled(nil, diags.String())
	})
}

// With a token of the user's, what was sent last is not known then, and the configured one is sent once more.
func TestAccConnection_providerDies(t *testing.T) {
	t.Parallel()
	config := func(w *workspace, versioned bool, run int) block {
		token := block{"type": "group", "value_wo": []string{w.Servers.Token, w.Servers.OtherToken}[run]}
		if versioned {
			token["value_wo_version"] = run
		}
		return block{"name": "platform", "access_token": token}
	}
	for name, versioned := range map[string]bool{"by value": false, "by version": true} {
		for _, then := range []int{0, 1} {
			for _, processed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, then token %d, processed %t", name, then, processed), func(t *testing.T) {
					t.Parallel()
					for at, more := 1, true; more; at++ {
						w := newWorkspace(t)
						w.Must(config(w, versioned, 0))
						more = w.diesAt(config(w, versioned, 1), at, processed)
						w.Must(config(w, versioned, then))
						if want := []string{w.Servers.Token, w.Servers.OtherToken}[then]; w.Connections()[0].AccessToken != want {
							t.Fatalf("died at request %d: Infisical holds the other token", at)
						}
						w.Plans(config(w, versioned, then), acctest.NoOp, "")
					}
				})
			}
		}
	}
}

// The list of tokens, and with it what a killed run has left, could not be had: the next apply looks again, and its
// plan says so.
func TestAccManagedToken_leftoversAreLookedForAgain(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.Must(rotated("1"))
	diesAsking(patch, rotated("2"))(w)
	left := w.Connections()[0].AccessToken
	lift := w.Fail(server.Fault{Server: server.GitLab, Method: http.MethodGet, Path: "/api/v4/groups/{id}/access_tokens", Kind: server.FaultStatus,
		Status: 500})
	w.Must(rotated("2"))
	lift()
	if token, _ := w.Servers.Sandbox.GitLab.TokenByValue(left); token.Revoked {
		t.Error("the token was revoked unseen")
	}
	w.Plans(rotated("2"), acctest.Update, "The next apply searches again")
	w.Must(rotated("2"))
	w.Settled(rotated("2"), "")
}
