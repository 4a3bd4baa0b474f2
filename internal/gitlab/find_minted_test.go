package gitlab

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	sandboxgitlab "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// A token called "lost" is looked for. Nothing really waits.
func TestFindMinted(t *testing.T) {
	t.Parallel()
	list := server.Fault{Server: server.GitLab, Method: http.MethodGet, Kind: server.FaultStatus, Status: 500}
	for name, tc := range map[string]struct {
		madeAt    int // the wait during which GitLab makes it, from 1; 0 is never
		failed    int // so many look-ups fail
		found     int
		looks     int
		waited    time.Duration
		failed500 bool
	}{
		"made at once":            {madeAt: 1, found: 1, looks: 1},
		"made a little later":     {madeAt: 4, found: 1, looks: 4, waited: 7 * time.Second},
		"made at the last moment": {madeAt: 6, found: 1, looks: 6, waited: 30 * time.Second},
		"never made":              {looks: 6, waited: 30 * time.Second},
		"a look-up fails":         {madeAt: 1, failed: 1, found: 1, looks: 2, waited: time.Second},
		"every look-up fails":     {madeAt: 1, failed: 6, looks: 6, waited: 30 * time.Second, failed500: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			acme := sb.GitLab.Group("acme")
			if tc.failed > 0 {
				fault := list
				fault.Times = tc.failed
				sb.Fail(fault)
			}
			client := newClient(t)
			var waits int
			var waited time.Duration
			client.wait = func(_ context.Context, d time.Duration) error {
				waited += d
				if waits++; waits == tc.madeAt {
					sb.GitLab.AddToken(sandboxgitlab.TokenSpec{Name: "lost", Resource: acme, ExpiresAt: new(inDays(30).Format(time.DateOnly))})
				}
				return nil
			}
			found, err := client.At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).FindMinted(t.Context(), Resource{Kind: KindGroup, ID: "acme"},
				"lost")

			if len(found) != tc.found || hasReason(err, ReasonServerError) != tc.failed500 || err != nil && !tc.failed500 {
				t.Errorf("found %d, %v", len(found), err)
			}
			if looks := len(sb.Log.Provider()); looks != tc.looks || waited != tc.waited {
				t.Errorf("%d looks in %s, want %d in %s", looks, waited, tc.looks, tc.waited)
			}
		})
	}
}

func TestFindMinted_endsWithTheContext(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).FindMinted(ctx, Resource{Kind: KindGroup, ID: "acme"}, "lost")
	if !errors.Is(err, context.Canceled) || len(sb.Log.Provider()) > 0 {
		t.Errorf("got %v, asked %q", err, sb.Log.Provider())
	}
}

// Making a token may take longer than the user's limit for ordinary requests.
func TestMint_isWaitedFor(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	const limit = 200 * time.Millisecond
	sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultSlow, Delay: 2 * limit})
	client := newClient(t, waitAtMost(limit))
	client.credentialsTimeout = New(Config{HTTP: &transport.Client{Client: http.DefaultClient}}).credentialsTimeout
	management, group := sb.GitLab.Token("admin-management").Value, Resource{Kind: KindGroup, ID: "acme"}
	if _, err := client.At(sb.GitLab.URL(), management).Mint(t.Context(), group, options()); err != nil {
		t.Errorf("not waited for: %v", err)
	}
	if _, err := client.At(sb.GitLab.URL(), management).ListActive(t.Context(), group, ""); err == nil {
		t.Error("a list is waited for beyond the limit")
	}
}
