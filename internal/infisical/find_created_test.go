package infisical_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A request to create the connection "mine" has been lost, and it is looked for. Nothing really waits.
func TestFindCreated(t *testing.T) {
	t.Parallel()
	post := server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: connectionsPath, Times: 1}
	lookUps := func(kind server.FaultKind, status, times int) server.Fault {
		return server.Fault{Path: connectionsPath + "/connection-name/*", Kind: kind, Status: status, Times: times, Header: http.Header{"Retry-After": {"0"}}}
	}
	add := func(change func(*sandboxinfisical.Connection, *sandbox.Sandbox)) func(*sandbox.Sandbox) {
		return func(sb *sandbox.Sandbox) {
			connection := sandboxinfisical.Connection{Name: "mine", AccessTokenType: "group"}
			change(&connection, sb)
			sb.Infisical.Add(connection)
		}
	}
	ours := add(func(*sandboxinfisical.Connection, *sandbox.Sandbox) {})
	for name, tc := range map[string]struct {
		before func(*sandbox.Sandbox)
		// lost is how the request to create is lost.
		lost server.FaultKind
		// during happens during the wait of this number, from 1.
		during     func(*sandbox.Sandbox)
		duringWait int
		clock      time.Duration // of the server, ahead of ours
		inProject  bool
		lookUps    int
		waited     time.Duration
		want       string // of the error; empty when it is found
	}{
		"made at once":            {lost: server.FaultDropAfter, lookUps: 1},
		"made, and half answered": {lost: server.FaultTruncate, lookUps: 1},
		"made in a project":       {lost: server.FaultDropAfter, inProject: true, lookUps: 1},
		"server an hour ahead":    {lost: server.FaultDropAfter, clock: time.Hour, lookUps: 1},
		"server an hour behind":   {lost: server.FaultDropAfter, clock: -time.Hour, lookUps: 1},
		"made after a while":      {lost: server.FaultDropBefore, during: ours, duringWait: 4, lookUps: 4, waited: 7 * time.Second},
		"made at the last moment": {lost: server.FaultDropBefore, during: ours, duringWait: 6, lookUps: 6, waited: 30 * time.Second},
		"never made": {lost: server.FaultDropBefore, lookUps: 6, waited: 30 * time.Second,
			want: `no connection "mine" appeared within half a minute: could not find the GitLab connection "mine": Could not find App Connection`},
		"a look-up fails": {lost: server.FaultDropAfter, before: func(sb *sandbox.Sandbox) { sb.Fail(lookUps(server.FaultStatus, 500, 1)) }, lookUps: 2,
			waited: time.Second},
		"every look-up fails": {lost: server.FaultDropAfter, before: func(sb *sandbox.Sandbox) { sb.Fail(lookUps(server.FaultStatus, 500, 0)) }, lookUps: 6,
			waited: 30 * time.Second, want: `no connection "mine" appeared within half a minute: could not find the GitLab connection "mine": Something went wrong (HTTP 500`},
		"there before": {lost: server.FaultDropBefore, before: add(func(c *sandboxinfisical.Connection,
			_ *sandbox.Sandbox) {
			c.CreatedAt = time.Now().Add(-time.Hour)
		}), lookUps: 1,
			want: "but it is not the one that was asked for: it existed before the request"},
		"there before, by a clock": {lost: server.FaultDropBefore, clock: time.Hour, before: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) {
			c.CreatedAt = time.Now().Add(30 * time.Minute)
		}), lookUps: 1, want: "it existed before the request"},
		"changed since": {
			lost: server.FaultDropAfter, during: func(sb *sandbox.Sandbox) {
				time.Sleep(2 * time.Millisecond) // The server's times have milliseconds.
				for _, c := range sb.Infisical.Connections() {
					sb.Infisical.SetAccessToken(c.ID, "glpat-another")
				}
			}, duringWait: 1, clock: time.Hour, lookUps: 1, want: "it was changed after it was created",
		},
		"somebody else's, with a description": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) { c.Description = new("theirs") }),
			duringWait: 2, lookUps: 2, waited: time.Second, want: "its description differs",
		},
		"somebody else's, of another kind": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) { c.AccessTokenType = "personal" }),
			duringWait: 2, lookUps: 2, waited: time.Second, want: "it holds a personal token",
		},
		"somebody else's, of another GitLab": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) {
				c.InstanceURL = new("https://gitlab.example.com")
			}),
			duringWait: 1, lookUps: 1, want: "its GitLab is https://gitlab.example.com",
		},
		"somebody else's, by OAuth": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) { c.Method = infisical.MethodOAuth }),
			duringWait: 1, lookUps: 1, want: "its method is oauth",
		},
		"another app's": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, _ *sandbox.Sandbox) { c.App = "github" }),
			duringWait: 1, lookUps: 6, waited: 30 * time.Second, want: `App Connection with name mine is not for App "gitlab"`,
		},
		"in another scope": {
			lost: server.FaultDropBefore, during: add(func(c *sandboxinfisical.Connection, sb *sandbox.Sandbox) { c.ProjectID = &sb.Infisical.Projects[0] }),
			duringWait: 1, lookUps: 6, waited: 30 * time.Second, want: `no connection "mine" appeared`,
		},
		"in the organization, not the project": {
			lost: server.FaultDropBefore, inProject: true, during: ours, duringWait: 1, lookUps: 6, waited: 30 * time.Second,
			want: `no connection "mine" appeared`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, sandbox.WithClock(func() time.Time { return time.Now().Add(tc.clock) }))
			if tc.before != nil {
				tc.before(sb)
			}
			var waits int
			var waited time.Duration
			client := newClient(t, sb, func(c *infisical.Config) {
				c.Wait = func(ctx context.Context, d time.Duration) error {
					waits++
					waited += d
					if waits == tc.duringWait {
						tc.during(sb)
					}
					return ctx.Err()
				}
			})
			connection := wanted(sb, "mine")
			if tc.inProject {
				connection.ProjectID = sb.Infisical.Projects[0]
			}
			fault := post
			fault.Kind = tc.lost
			sb.Fail(fault)
			began := time.Now()
			if _, err := client.Connections.Create(t.Context(), connection); !infisical.IsAmbiguous(err) {
				t.Fatalf("got %v, want an ambiguous error", err)
			}
			sb.Log.Reset()

			found, err := client.Connections.FindCreated(t.Context(), connection, began)
			same(t, "look-ups", len(asked(sb)), tc.lookUps)
			same(t, "waited", waited, tc.waited)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				same(t, "found", found, described(stored(t, sb, found.ID)))
				same(t, "name", found.Name, "mine")
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			same(t, "found", found, infisical.Connection{})
		})
	}
}

func TestFindCreated_endsWithTheContext(t *testing.T) {
	t.Parallel()
	sb := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	waits := 0
	client := newClient(t, sb, func(c *infisical.Config) {
		c.Wait = func(ctx context.Context, _ time.Duration) error {
			if waits++; waits == 3 {
				cancel()
			}
			return ctx.Err()
		}
	})
	_, err := client.Connections.FindCreated(ctx, wanted(sb, "mine"), time.Now())
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), `stopped looking for the connection "mine"`) {
		t.Errorf("got %v", err)
	}
	byName := "GET " + connectionsPath + "/connection-name/mine"
	same(t, "what was asked", asked(sb), []string{loginRequest, byName, byName})
}
