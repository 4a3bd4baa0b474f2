package infisical_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// An update of credentials has been lost, and what became of it is looked for. Nothing really waits.
func TestFindUpdated(t *testing.T) {
	t.Parallel()
	patch := server.Fault{Server: server.Infisical, Method: http.MethodPatch, Times: 1}
	for name, tc := range map[string]struct {
		lost server.FaultKind
		// during happens during the wait of this number, from 1.
		during     func(*sandbox.Sandbox, string)
		duringWait int
		failing    int // so many looks fail
		looks      int
		waited     time.Duration
		want       string // of the error; empty when it is found
	}{
		"arrived at once": {lost: server.FaultDropAfter, looks: 1},
		"half answered":   {lost: server.FaultTruncate, looks: 1},
		"arrived after all": {lost: server.FaultDropBefore, duringWait: 5,
			during: func(sb *sandbox.Sandbox, id string) { sb.Infisical.SetAccessToken(id, "glpat-ours") }, looks: 5, waited: 15 * time.Second},
		"never arrived":    {lost: server.FaultDropBefore, looks: 6, waited: 30 * time.Second, want: "its credentials have not changed"},
		"a look fails":     {lost: server.FaultDropAfter, failing: 1, looks: 2, waited: time.Second},
		"every look fails": {lost: server.FaultDropAfter, failing: 6, looks: 6, waited: 30 * time.Second, want: "Something went wrong (HTTP 500"},
		"of another kind": {lost: server.FaultDropBefore, duringWait: 1,
			during: func(sb *sandbox.Sandbox, id string) { sb.Infisical.SetAccessTokenType(id, "personal") }, looks: 6, waited: 30 * time.Second,
			want: "it holds a personal token"},
		"deleted meanwhile": {lost: server.FaultDropBefore, duringWait: 1, during: func(sb *sandbox.Sandbox, id string) { sb.Infisical.Remove(id) }, looks: 6,
			waited: 30 * time.Second, want: "Could not find App Connection"},
		"renamed by another": {lost: server.FaultDropAfter, duringWait: 1, during: func(sb *sandbox.Sandbox, id string) { sb.Infisical.Rename(id, "theirs") },
			looks: 6, waited: 30 * time.Second, want: `its name is "theirs"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			connection := sb.Infisical.Add(sandboxinfisical.Connection{Name: "mine", AccessTokenType: "group", CreatedAt: time.Now().Add(-time.Hour)})
			var waits int
			var waited time.Duration
			client := newClient(t, sb, func(c *infisical.Config) {
				c.Wait = func(ctx context.Context, d time.Duration) error {
					waits++
					waited += d
					if waits == tc.duringWait {
						tc.during(sb, connection.ID)
					}
					return ctx.Err()
				}
			})
			fault := patch
			fault.Kind = tc.lost
			sb.Fail(fault)
			if tc.failing > 0 {
				sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Kind: server.FaultStatus, Status: 500, Times: tc.failing})
			}
			sent := credentials(sb, "group-owner-api", "group")
			change := infisical.Change{Name: "mine", Credentials: &sent}
			began := time.Now()
			if _, err := client.Connections.Update(t.Context(), connection.ID, change); !infisical.IsAmbiguous(err) {
				t.Fatalf("got %v, want an ambiguous error", err)
			}
			same(t, "attempts", len(asked(sb)), 2) // with the login
			sb.Log.Reset()

			before := infisical.Written{ID: connection.ID, CredentialsHash: connection.CredentialsHash}
			found, err := client.Connections.FindUpdated(t.Context(), before, change, began)
			same(t, "looks", len(asked(sb)), tc.looks)
			same(t, "waited", waited, tc.waited)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				same(t, "found", found, described(stored(t, sb, found.ID)))
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			same(t, "found", found, infisical.Connection{})
		})
	}
}
