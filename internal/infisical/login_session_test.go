package infisical_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// limited starts a sandbox whose access tokens live ten minutes, and a client by the same clock.
func limited(t *testing.T) (*sandbox.Sandbox, *infisical.Client, *server.Clock) {
	t.Helper()
	now := server.NewClock(time.Now())
	sb := start(t, sandbox.WithClock(now.Now))
	sb.Infisical.LimitAccessTokens(10*time.Minute, 0)
	return sb, newClient(t, sb, func(c *infisical.Config) { c.Now = now.Now }), now
}

func TestSession_renewedAhead(t *testing.T) {
	t.Parallel()
	sb, client, now := limited(t)
	list := func() { succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), "")) }
	for _, step := range []struct {
		after  time.Duration
		logins int // in all
	}{
		{0, 1},
		{9*time.Minute - time.Second, 1},
		{time.Second, 2}, // a tenth is left
		{8 * time.Minute, 2},
		{time.Minute, 3},
		{time.Hour, 4}, // long over
	} {
		now.Advance(step.after)
		list()
		same(t, "logins", logins(sb), step.logins)
	}
	for _, request := range sb.Log.Requests() {
		if request.Status != http.StatusOK {
			t.Errorf("%s was answered with %d: a session that had ended was used", request.Line(), request.Status)
		}
	}
}

func TestSession_renewedAheadOnceForAllCalls(t *testing.T) {
	t.Parallel()
	sb, client, now := limited(t)
	added := sb.Infisical.Add(sandboxinfisical.Connection{})
	for range 3 {
		sb.Log.Reset()
		atOnce(50, func() {
			if _, err := client.Connections.Get(t.Context(), added.ID); err != nil {
				t.Error(err)
			}
		})
		same(t, "logins", logins(sb), 1)
		same(t, "requests", len(asked(sb)), 51)
		now.Advance(9*time.Minute + 30*time.Second)
	}
}

// What is left of a session serves until its end when another cannot be had; then the reason is the error.
func TestSession_renewalAheadFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  server.Fault
		logins []int // after each step
	}{
		"refused": {loginFault(server.FaultStatus, http.StatusUnauthorized, 0), []int{2, 2, 2, 2}},
		"lost":    {loginFault(server.FaultStatus, http.StatusInternalServerError, 0), []int{2, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, client, now := limited(t)
			tc.fault.Skip = 1
			sb.Fail(tc.fault)
			succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
			for i, after := range []time.Duration{9 * time.Minute, time.Second, 30 * time.Second, 30 * time.Second} {
				now.Advance(after)
				_, err := client.Connections.List(t.Context(), "")
				if last := i == 3; last != (err != nil) {
					t.Errorf("step %d: %v", i, err)
				}
				same(t, "logins", logins(sb), tc.logins[i])
			}
		})
	}
}

func TestSession_renewedAheadAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	sb, client, now := limited(t)
	failure := loginFault(server.FaultStatus, http.StatusInternalServerError, 1)
	failure.Skip = 1
	sb.Fail(failure)
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	for _, after := range []time.Duration{9 * time.Minute, 30 * time.Second, 8 * time.Minute} {
		now.Advance(after)
		succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	}
	same(t, "logins", logins(sb), 3)
}

// A server that tells no end, or none that can be, gets no login ahead.
func TestSession_withoutAnEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"none": ``, "null": `,"expiresIn":null`, "zero": `,"expiresIn":0`, "negative": `,"expiresIn":-1`, "eternity": `,"expiresIn":1e300`,
		"a fraction": `,"expiresIn":2592000.5`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, client, now := limited(t)
			sb.Infisical.LimitAccessTokens(longLife, 0)
			sb.Fail(server.Fault{
				Path: "/api/v1/auth/*", Kind: server.FaultStatus, Status: http.StatusOK, Header: http.Header{"Content-Type": {jsonType}},
				Body: `{"accessToken":"` + sb.Infisical.AccessToken() + `"` + end + `}`,
			})
			for range 3 {
				succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
				now.Advance(24 * time.Hour)
			}
			same(t, "logins", logins(sb), 1)
		})
	}
}

const longLife = 365 * 24 * time.Hour

func TestSession_usedUp(t *testing.T) {
	t.Parallel()
	const advice = "(Access Token Max Number of Uses), and one Terraform run makes many requests. Set that to 0, which means no limit, in the settings of " +
		"the identity's "

	// 1. Who can log in again does, one call at a time.
	sb, client, _ := limited(t)
	sb.Infisical.LimitAccessTokens(longLife, 2)
	for range 6 {
		succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	}
	same(t, "logins", logins(sb), 3)

	// 2. When that does not help, the limit is explained; older servers say it in other words, the oldest with 400.
	for message, status := range map[string]int{
		"Failed to authorize: token usage limit reached":                    401,
		"Unable to renew because access token number of uses limit reached": 400,
	} {
		sb, client, _ := limited(t)
		sb.Fail(answer(status, jsonType, `{"error":"UnauthorizedError","message":"`+message+`"}`))
		_, err := client.Connections.List(t.Context(), "")
		if err == nil || !strings.Contains(err.Error(), message) || !strings.Contains(err.Error(), advice+"Universal Auth.") {
			t.Errorf("got %v, want the limit explained", err)
		}
		same(t, "logins", logins(sb), 3)
	}

	// 3. An access token that was given cannot be renewed.
	sb, _, _ = limited(t)
	sb.Infisical.LimitAccessTokens(longLife, 1)
	token := sb.Infisical.AccessToken()
	client = newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.AccessToken(token, "the test") })
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	if _, err := client.Connections.List(t.Context(), ""); err == nil || !strings.Contains(err.Error(), advice+"Token Auth.") {
		t.Errorf("got %v, want the limit explained", err)
	}
}

func TestSession_givenTokenEnds(t *testing.T) {
	t.Parallel()
	sb, _, now := limited(t)
	token := sb.Infisical.AccessToken()
	client := newClient(t, sb, func(c *infisical.Config) {
		c.Login = infisical.AccessToken(token, "the environment variable INFISICAL_TOKEN")
	})
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	now.Advance(time.Hour)
	_, err := client.Connections.List(t.Context(), "")
	const want = "The access token from the environment variable INFISICAL_TOKEN has expired or was revoked, or another server issued it. The provider " +
		"cannot renew it"
	if err == nil || !strings.Contains(err.Error(), "Your token has expired.") || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	same(t, "what was asked", asked(sb), []string{"GET " + connectionsPath, "GET " + connectionsPath})
}
