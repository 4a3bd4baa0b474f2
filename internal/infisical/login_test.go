package infisical_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func loginFault(kind server.FaultKind, status, times int) server.Fault {
	return server.Fault{
		Server: server.Infisical, Path: "/api/v1/auth/*", Kind: kind, Status: status, Times: times,
		Header: http.Header{"Retry-After": {"0"}},
	}
}

// atOnce runs do so many times at the same time.
func atOnce(times int, do func()) {
	var group sync.WaitGroup
	ready := make(chan struct{})
	for range times {
		group.Go(func() { <-ready; do() })
	}
	close(ready)
	group.Wait()
}

func TestLogin_onceForAllCalls(t *testing.T) {
	t.Parallel()
	sb := start(t)
	added := sb.Infisical.Add(sandboxinfisical.Connection{})
	client := newClient(t, sb, nil)
	atOnce(50, func() {
		if _, err := client.Connections.Get(t.Context(), added.ID); err != nil {
			t.Error(err)
		}
	})
	same(t, "first request", asked(sb)[0], loginRequest)
	same(t, "logins", logins(sb), 1)
	same(t, "requests", len(asked(sb)), 51)
}

func TestLogin_body(t *testing.T) {
	t.Parallel()
	sb := start(t)
	proof := map[string]any{"clientId": sb.Infisical.ClientID, "clientSecret": sb.Infisical.ClientSecret}
	scoped := map[string]any{"clientId": sb.Infisical.ClientID, "clientSecret": sb.Infisical.ClientSecret, "organizationSlug": sb.Infisical.OrganizationSlug}
	for slug, want := range map[string]map[string]any{"": proof, sb.Infisical.OrganizationSlug: scoped} {
		sb.Log.Reset()
		client := newClient(t, sb, func(c *infisical.Config) { c.OrganizationSlug = slug })
		succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
		login := sb.Log.Requests()[0]
		same(t, "request", login.Line(), loginRequest)
		same(t, "body", body(t, &login), want)
		same(t, "Authorization", login.Header.Values("Authorization"), nil)
	}
}

// Failed logins lead to a lock-out.
func TestLogin_refusedIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*infisical.Config){
		"wrong secret":             func(c *infisical.Config) { c.Login = infisical.UniversalAuth("id", "wrong") },
		"unknown sub-organization": func(c *infisical.Config) { c.OrganizationSlug = "nobodys" },
		"slug of the wrong form":   func(c *infisical.Config) { c.OrganizationSlug = "No Slug" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			client := newClient(t, sb, config)
			refused := func() {
				if _, err := client.Connections.List(t.Context(), ""); err == nil {
					t.Error("no error")
				}
			}
			atOnce(50, refused)
			refused()
			same(t, "what was asked", asked(sb), []string{loginRequest})
		})
	}
}

// Ten calls find at the same moment that the session has ended.
func TestLogin_renewedOnce(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*sandboxinfisical.Server){
		"expired": (*sandboxinfisical.Server).ExpireAccessTokens,
		"revoked": (*sandboxinfisical.Server).RevokeAccessTokens,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			added := sb.Infisical.Add(sandboxinfisical.Connection{})
			client := newClient(t, sb, nil)
			succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), added.ID))
			end(sb.Infisical)
			sb.Log.Reset()

			const calls = 10
			var arrived atomic.Int64
			all := make(chan struct{})
			sb.OnRequest(func(*server.Request) {
				if arrived.Add(1) == calls {
					close(all)
				}
				select {
				case <-all:
				case <-time.After(10 * time.Second):
				}
			})
			atOnce(calls, func() {
				if _, err := client.Connections.Get(t.Context(), added.ID); err != nil {
					t.Error(err)
				}
			})
			same(t, "logins", logins(sb), 1)
			same(t, "requests", len(asked(sb)), calls+1+calls)
		})
	}
}

// The server does not accept what it issues: that is the error, and not a reason to log in again and again.
func TestLogin_renewedInVain(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	lift := sb.Fail(server.Fault{Path: connectionsPath, Kind: server.FaultStatus, Status: http.StatusUnauthorized})
	if _, err := client.Connections.List(t.Context(), ""); !infisical.IsUnauthorized(err) {
		t.Errorf("got %v, want unauthorized", err)
	}
	list := "GET " + connectionsPath
	same(t, "what was asked", asked(sb), []string{loginRequest, list, loginRequest, list, loginRequest, list})
	atOnce(50, func() {
		if _, err := client.Connections.List(t.Context(), ""); !infisical.IsUnauthorized(err) {
			t.Errorf("got %v, want unauthorized", err)
		}
	})
	same(t, "logins", logins(sb), 3)

	// It thinks better of it, and a session that ends then is renewed.
	lift()
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	sb.Infisical.RevokeAccessTokens()
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	same(t, "logins", logins(sb), 4)
}

// With many calls at once, sessions may end faster than those that the last one has cost are sent again.
func TestLogin_sessionsEndInARow(t *testing.T) {
	t.Parallel()
	sb := start(t)
	added := sb.Infisical.Add(sandboxinfisical.Connection{})
	client := newClient(t, sb, nil)
	// None goes on before all have arrived, and the session of the first ten, and of their repetitions, has ended.
	const calls = 10
	var gets atomic.Int64
	ended := []chan struct{}{make(chan struct{}), make(chan struct{})}
	sb.OnRequest(func(request *server.Request) {
		if request.Line() != getRequest {
			return
		}
		n := int(gets.Add(1))
		if n == calls || n == 2*calls {
			sb.Infisical.RevokeAccessTokens()
			close(ended[n/calls-1])
		}
		if n <= 2*calls {
			<-ended[(n-1)/calls]
		}
	})
	atOnce(calls, func() {
		if _, err := client.Connections.Get(t.Context(), added.ID); err != nil {
			t.Error(err)
		}
	})
	same(t, "logins", logins(sb), 3)
}

func TestLogin_renewalRefused(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	sb.Infisical.RevokeAccessTokens()
	sb.Fail(loginFault(server.FaultStatus, http.StatusUnauthorized, 0))
	sb.Log.Reset()
	for range 3 {
		if _, err := client.Connections.List(t.Context(), ""); !infisical.IsUnauthorized(err) {
			t.Errorf("got %v, want unauthorized", err)
		}
	}
	same(t, "what was asked", asked(sb), []string{"GET " + connectionsPath, loginRequest})
}

func TestLogin_accessTokenIsNotRenewed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*sandboxinfisical.Server){
		"expired": (*sandboxinfisical.Server).ExpireAccessTokens,
		"revoked": (*sandboxinfisical.Server).RevokeAccessTokens,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			client := newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.AccessToken(sb.Infisical.AccessToken(), "the test") })
			succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
			end(sb.Infisical)
			if _, err := client.Connections.List(t.Context(), ""); !infisical.IsUnauthorized(err) {
				t.Errorf("got %v, want unauthorized", err)
			}
			list := "GET " + connectionsPath
			same(t, "what was asked", asked(sb), []string{list, list})
		})
	}
}

// Whoever stops waiting for a login, or in the middle of his own, spoils it for nobody else.
func TestLogin_cancelled(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(loginFault(server.FaultHang, 0, 1))
	client := newClient(t, sb, nil)
	arrived := make(chan struct{}, 10)
	sb.OnRequest(func(*server.Request) { arrived <- struct{}{} })
	list := func(ctx context.Context) error { _, err := client.Connections.List(ctx, ""); return err }

	// 1. The first logs in, and the server does not answer.
	first, cancelFirst := context.WithCancel(t.Context())
	defer cancelFirst()
	firstDone := make(chan error, 1)
	go func() { firstDone <- list(first) }()
	<-arrived

	// 2. The second stops waiting.
	second, cancelSecond := context.WithCancel(t.Context())
	cancelSecond()
	if err := list(second); !errors.Is(err, context.Canceled) {
		t.Errorf("second: %v, want canceled", err)
	}

	// 3. The third waits, until the first gives up, and then logs in.
	thirdDone := make(chan error, 1)
	go func() { thirdDone <- list(t.Context()) }()
	cancelFirst()
	if err := <-firstDone; !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v, want canceled", err)
	}
	if err := <-thirdDone; err != nil {
		t.Errorf("third: %v", err)
	}
	same(t, "what was asked", asked(sb), []string{loginRequest, loginRequest, "GET " + connectionsPath})
}

// These say nothing about the credentials, so the next call tries again.
func TestLogin_triedAgainByTheNextCall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    server.Fault
		attempts int // at the first call
		kind     string
	}{
		"answer lost":      {loginFault(server.FaultDropAfter, 0, 1), 1, ""},
		"answer truncated": {loginFault(server.FaultTruncate, 0, 1), 1, ""},
		"page":             {loginFault(server.FaultHTML, 0, 1), 1, ""},
		"502":              {loginFault(server.FaultStatus, 502, 1), 1, ""},
		"500":              {loginFault(server.FaultStatus, 500, 1), 1, ""},
		"429 thrice":       {loginFault(server.FaultStatus, 429, 3), 3, "rate limited"},
		"no access token": {server.Fault{
			Path: "/api/v1/auth/*", Times: 1, Kind: server.FaultStatus, Status: 200, Body: "{}", Header: http.Header{"Content-Type": {jsonType}},
		}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			sb.Fail(tc.fault)
			client := newClient(t, sb, nil)
			_, err := client.Connections.List(t.Context(), "")
			if err == nil {
				t.Fatal("no error")
			}
			expectKind(t, err, tc.kind)
			same(t, "logins by the first call", logins(sb), tc.attempts)
			same(t, "requests by the first call", len(asked(sb)), tc.attempts)
			succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
			same(t, "logins by both", logins(sb), tc.attempts+1)

			// However often, no call is sent without a session.
			tc.fault.Times = 0
			sb.Fail(tc.fault)
			client = newClient(t, sb, nil)
			for range 5 {
				_, _ = client.Connections.List(t.Context(), "")
			}
			for _, request := range sb.Log.Requests() {
				if request.Line() != loginRequest && request.Header.Get("Authorization") == "" {
					t.Errorf("%s without a session", request.Line())
				}
			}
		})
	}
}

// A login that fails says nothing about the call that was to follow it, and a call that was refused for want of a
// session was not processed.
func TestLogin_failureIsNotTheCalls(t *testing.T) {
	t.Parallel()
	failures := map[string]server.Fault{
		"answer lost": loginFault(server.FaultDropAfter, 0, 0),
		"dropped":     loginFault(server.FaultDropBefore, 0, 0),
		"page":        loginFault(server.FaultHTML, 0, 0),
		"500":         loginFault(server.FaultStatus, 500, 0),
		"502":         loginFault(server.FaultStatus, 502, 0),
		"refused":     loginFault(server.FaultStatus, 401, 0),
	}
	calls := map[string]func(context.Context, *infisical.Client, *sandbox.Sandbox) error{
		"create": func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
			_, err := client.Connections.Create(ctx, wanted(sb, "new"))
			return err
		},
		"update": func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
			_, err := client.Connections.Update(ctx, sb.Infisical.Connections()[0].ID, infisical.Change{Name: "new"})
			return err
		},
	}
	for failure, fault := range failures {
		for name, call := range calls {
			t.Run(name+", "+failure, func(t *testing.T) {
				t.Parallel()
				sb := start(t)
				sb.Infisical.Add(sandboxinfisical.Connection{Name: "old"})
				lift := sb.Fail(fault)
				client := newClient(t, sb, nil)
				if err := client.LogIn(t.Context()); err == nil || infisical.IsAmbiguous(err) {
					t.Errorf("logging in: %v", err)
				}
				if err := call(t.Context(), client, sb); err == nil || infisical.IsAmbiguous(err) {
					t.Errorf("first login: %v", err)
				}

				// The same when the session ends in the middle.
				lift()
				client = newClient(t, sb, nil)
				if err := client.LogIn(t.Context()); err != nil {
					t.Fatal(err)
				}
				sb.Infisical.ExpireAccessTokens()
				sb.Fail(fault)
				if err := call(t.Context(), client, sb); err == nil || infisical.IsAmbiguous(err) {
					t.Errorf("another login: %v", err)
				}
			})
		}
	}
}

func TestLogIn_once(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	for range 2 {
		if err := client.LogIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	same(t, "what was asked", asked(sb), []string{loginRequest, "GET " + connectionsPath})
}

// An address that is not Infisical's answers 404, which says nothing of the credentials.
func TestLogin_wrongAddress(t *testing.T) {
	t.Parallel()
	noRoute := loginFault(server.FaultStatus, 404, 0)
	noRoute.Body = `{"message":"Route POST:/api/v1/auth/universal-auth/login not found","error":"Not Found","statusCode":404}`
	for name, tc := range map[string]struct {
		fault server.Fault
		hint  bool
	}{
		"page with 404":     {loginFault(server.FaultHTML, 404, 0), true},
		"page with 403":     {loginFault(server.FaultHTML, 403, 0), false},
		"route not offered": {noRoute, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			sb.Fail(tc.fault)
			err := newClient(t, sb, func(c *infisical.Config) {
				c.Login = infisical.LogInBy(infisical.Universal, infisical.Fixed(
					infisical.Field{Name: "clientId", Value: "id", Source: "auth.universal.client_id"},
					infisical.Field{Name: "clientSecret", Value: "secret", Source: "auth.universal.client_secret", Secret: true}))
			}).LogIn(t.Context())
			if err == nil || strings.Contains(err.Error(), "auth.universal") || strings.Contains(err.Error(), "INFISICAL_HOST") != tc.hint {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The first attempt is lost after it was processed, and the second finds the session ended: neither a new session nor
// its lack takes anything back.
func TestLogin_doubtStays(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]server.Fault{
		"login fails":         loginFault(server.FaultStatus, 500, 0),
		"login is refused":    loginFault(server.FaultStatus, 401, 0),
		"the call is refused": {Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultStatus, Status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			connection := sb.Infisical.Add(sandboxinfisical.Connection{Name: "old"})
			client := newClient(t, sb, nil)
			if err := client.LogIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultDropAfter, Times: 1})
			sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPatch, Kind: server.FaultStatus, Status: 401, Times: 1})
			sb.Fail(again)
			if _, err := client.Connections.Update(t.Context(), connection.ID, infisical.Change{Name: "new"}); !infisical.IsAmbiguous(err) {
				t.Errorf("got %v, want an ambiguous error", err)
			}
		})
	}
}

func TestLogin_waitsOutTheRateLimit(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(loginFault(server.FaultStatus, http.StatusTooManyRequests, 2))
	succeed[[]infisical.Connection](t)(newClient(t, sb, nil).Connections.List(t.Context(), ""))
	same(t, "what was asked", asked(sb), []string{loginRequest, loginRequest, loginRequest, "GET " + connectionsPath})
}
