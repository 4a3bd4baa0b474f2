package infisical_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const (
	connectionsPath = "/api/v1/app-connections/gitlab"
	loginRequest    = "POST /api/v1/auth/universal-auth/login"
	getRequest      = "GET " + connectionsPath + "/{id}"
	unknownID       = "00000000-0000-4000-8000-000000000000"
)

func start(t *testing.T, options ...sandbox.Option) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	return sb
}

// newClient returns a client of the sandbox's identity that repeats requests twice, without a pause.
func newClient(t *testing.T, sb *sandbox.Sandbox, change func(*infisical.Config)) *infisical.Client {
	t.Helper()
	config := infisical.Config{
		Host:  sb.Infisical.URL(),
		Login: infisical.UniversalAuth(sb.Infisical.ClientID, sb.Infisical.ClientSecret),
		HTTP:  httpClient(t, 10*time.Second),
		Now:   time.Now,
		Wait:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	if change != nil {
		change(&config)
	}
	return infisical.New(config)
}

func httpClient(t *testing.T, timeout time.Duration) *transport.Client {
	t.Helper()
	client, err := transport.New(transport.Config{
		UserAgent:      "test",
		RequestTimeout: timeout,
		MaxRetries:     2,
		Backoff:        func(int, *http.Response) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// asked are the requests to Infisical since the last reset of the log, with {id} for ids.
func asked(sb *sandbox.Sandbox) []string { return sb.Log.Provider() }

func logins(sb *sandbox.Sandbox) int {
	return len(slices.DeleteFunc(asked(sb), func(line string) bool { return line != loginRequest }))
}

// last is the newest request that reached Infisical from the client.
func last(t *testing.T, sb *sandbox.Sandbox) *server.Request {
	t.Helper()
	requests := slices.DeleteFunc(sb.Log.Requests(), func(r server.Request) bool { return r.Client != server.ClientProvider })
	if len(requests) == 0 {
		t.Fatal("no request was made")
	}
	return &requests[len(requests)-1]
}

func body(t *testing.T, request *server.Request) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(request.Body, &fields); err != nil {
		t.Fatalf("the body of %s: %v", request.Line(), err)
	}
	return fields
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(infisical.Connection{}, infisical.Sync{}, infisical.DataSource{})); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

func succeed[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestNew_sendsNothing(t *testing.T) {
	t.Parallel()
	sb := start(t)
	newClient(t, sb, nil)
	same(t, "what was asked", asked(sb), []string{})
}

func TestClient_headers(t *testing.T) {
	t.Parallel()
	sb := start(t)
	token := sb.Infisical.AccessToken()
	client := newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.AccessToken(token, "the test") })
	created := succeed[infisical.Connection](t)(client.Connections.Create(t.Context(), wanted(sb, "platform")))
	withBody := last(t, sb)
	succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), created.ID))
	withoutBody := last(t, sb)

	for _, request := range []*server.Request{withBody, withoutBody} {
		same(t, "Authorization", request.Header.Get("Authorization"), "Bearer "+token)
		same(t, "Accept", request.Header.Get("Accept"), "application/json")
	}
	same(t, "Content-Type of a body", withBody.Header.Get("Content-Type"), "application/json")
	// The server answers an empty body that claims to be JSON with 500.
	same(t, "Content-Type without a body", withoutBody.Header.Values("Content-Type"), nil)
}

func TestClient_host(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ suffix, want string }{
		"bare":                          {"", "/api/v1/app-connections/gitlab"},
		"with a trailing slash":         {"/", "/api/v1/app-connections/gitlab"},
		"with several":                  {"//", "/api/v1/app-connections/gitlab"},
		"with a path":                   {"/secrets", "/secrets/api/v1/app-connections/gitlab"},
		"with a path, ending in slash":  {"/secrets/", "/secrets/api/v1/app-connections/gitlab"},
		"with a path that holds spaces": {"/our%20secrets", "/our%20secrets/api/v1/app-connections/gitlab"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.URL.EscapedPath()
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"appConnections":[]}`))
			}))
			t.Cleanup(server.Close)
			client := infisical.New(infisical.Config{
				Host: server.URL + tc.suffix, Login: infisical.AccessToken("t", "the test"), HTTP: httpClient(t, 10*time.Second), Now: time.Now,
			})
			succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
			same(t, "path", got, tc.want)
		})
	}
}

func TestClient_escapes(t *testing.T) {
	t.Parallel()
	get := func(id string) func(context.Context, *infisical.Client) error {
		return func(ctx context.Context, client *infisical.Client) error {
			_, err := client.Connections.Get(ctx, id)
			return err
		}
	}
	getByName := func(name, projectID string) func(context.Context, *infisical.Client) error {
		return func(ctx context.Context, client *infisical.Client) error {
			_, err := client.Connections.GetByName(ctx, name, projectID)
			return err
		}
	}
	list := func(ctx context.Context, client *infisical.Client) error {
		_, err := client.Connections.List(ctx, "p&q=r")
		return err
	}
	for name, tc := range map[string]struct {
		call  func(context.Context, *infisical.Client) error
		path  string
		query url.Values
	}{
		"an id":             {get("a/b?c#d e"), connectionsPath + "/a%2Fb%3Fc%23d%20e", url.Values{}},
		"a name":            {getByName("bücher/?x=1", ""), connectionsPath + "/connection-name/b%C3%BCcher%2F%3Fx=1", url.Values{}},
		"a project":         {getByName("a", "p&q=r"), connectionsPath + "/connection-name/a", url.Values{"projectId": {"p&q=r"}}},
		"a project to list": {list, connectionsPath, url.Values{"projectId": {"p&q=r"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			if err := tc.call(t.Context(), newClient(t, sb, nil)); err == nil {
				t.Error("there is no such thing, but no error")
			}
			same(t, "path", last(t, sb).Path, tc.path)
			same(t, "query", last(t, sb).Query, tc.query)
		})
	}
}

// The server asks GitLab before it answers a call that carries credentials, so such a call may take longer than the
// user's limit.
func TestClient_credentialsAreWaitedFor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call func(context.Context, *infisical.Client, *sandbox.Sandbox, string) error
		slow string // path of the slow requests
		wait bool
	}{
		"login": {func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox, _ string) error {
			_, err := client.Connections.List(ctx, "")
			return err
		}, "/api/v1/auth/*", true},
		"list": {func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox, _ string) error {
			_, err := client.Connections.List(ctx, "")
			return err
		}, connectionsPath, false},
		"create": {func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox, _ string) error {
			_, err := client.Connections.Create(ctx, wanted(sb, "new"))
			return err
		}, connectionsPath, true},
		"rename": {func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox, id string) error {
			_, err := client.Connections.Update(ctx, id, infisical.Change{Name: "new"})
			return err
		}, connectionsPath + "/*", false},
		"update with credentials": {func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox, id string) error {
			replacement := credentials(sb, "group-owner-api", "group")
			_, err := client.Connections.Update(ctx, id, infisical.Change{Name: "new", Credentials: &replacement})
			return err
		}, connectionsPath + "/*", true},
		"delete": {func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox, id string) error {
			return client.Connections.Delete(ctx, id)
		}, connectionsPath + "/*", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			added := sb.Infisical.Add(sandboxinfisical.Connection{})
			const limit = 500 * time.Millisecond
			sb.Fail(server.Fault{Path: tc.slow, Kind: server.FaultSlow, Delay: limit + 300*time.Millisecond})
			client := newClient(t, sb, func(c *infisical.Config) {
				c.HTTP = httpClient(t, limit)
				if name != "login" { // Which is not to meet the limit on a slow machine.
					c.Login = infisical.AccessToken(sb.Infisical.AccessToken(), "the test")
				}
			})
			err := tc.call(t.Context(), client, sb, added.ID)
			if tc.wait && err != nil {
				t.Errorf("not waited for: %v", err)
			}
			if !tc.wait && !infisical.IsAmbiguous(err) {
				t.Errorf("got %v, want a timeout", err)
			}
		})
	}
}

// The first attempt at an update is lost after it was processed, and the second is refused: that takes nothing back.
func TestUpdate_refusalAfterALostAnswerIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first server.FaultKind
		want  bool
	}{
		"not processed":   {server.FaultStatus, false},
		"lost afterwards": {server.FaultDropAfter, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			connection := sb.Infisical.Add(sandboxinfisical.Connection{Name: "mine", AccessTokenType: "group"})
			patch := server.Fault{Server: server.Infisical, Method: http.MethodPatch, Times: 1, Kind: tc.first, Status: http.StatusTooManyRequests,
				Header: http.Header{"Retry-After": {"0"}}}
			sb.Fail(patch)
			patch.Kind, patch.Status = server.FaultStatus, http.StatusForbidden
			sb.Fail(patch)
			_, err := newClient(t, sb, nil).Connections.Update(t.Context(), connection.ID, infisical.Change{Name: "other"})
			if err == nil || infisical.IsAmbiguous(err) != tc.want {
				t.Errorf("got %v, ambiguous: %t", err, infisical.IsAmbiguous(err))
			}
		})
	}
}
