package infisical_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// requests are all that this client makes: how, and what of it is secret.
var requests = map[string]struct {
	method, path string
	// login, in place of an access token; nil for that one.
	login func(*sandbox.Sandbox) infisical.Login
	do    func(context.Context, *infisical.Client, *sandbox.Sandbox) (any, error)
	// secret is what the server repeats.
	secret func(*server.Request) string
}{
	"login":                   {http.MethodPost, "/api/v1/auth/universal-auth/login", universal, get, inBody("clientSecret")},
	"get":                     {http.MethodGet, connectionsPath + "/*", nil, get, bearer},
	"by name":                 {http.MethodGet, connectionsPath + "/connection-name/*", nil, getByName, bearer},
	"list":                    {http.MethodGet, connectionsPath, nil, list, bearer},
	"options":                 {http.MethodGet, "/api/v1/app-connections/options", nil, options, bearer},
	"delete":                  {http.MethodDelete, connectionsPath + "/*", nil, remove, bearer},
	"create":                  {http.MethodPost, connectionsPath, nil, create, inBody("accessToken")},
	"update":                  {http.MethodPatch, connectionsPath + "/*", nil, update, inBody("accessToken")},
	"code":                    {http.MethodPost, connectionsPath, nil, createByCode, inBody("code")},
	"create, with the bearer": {http.MethodPost, connectionsPath, nil, create, bearer},
	"log in by OIDC":          {http.MethodPost, "/api/v1/auth/oidc-auth/login", by(infisical.OIDC, "jwt"), get, inBody("jwt")},
	"log in by JWT":           {http.MethodPost, "/api/v1/auth/jwt-auth/login", by(infisical.JWT, "jwt"), get, inBody("jwt")},
	"log in by Kubernetes":    {http.MethodPost, "/api/v1/auth/kubernetes-auth/login", by(infisical.Kubernetes, "jwt"), get, inBody("jwt")},
	"log in by AWS":           {http.MethodPost, "/api/v1/auth/aws-auth/login", by(infisical.AWS, "iamRequestHeaders"), get, inBody("iamRequestHeaders")},
	"log in by Azure":         {http.MethodPost, "/api/v1/auth/azure-auth/login", by(infisical.Azure, "jwt"), get, inBody("jwt")},
	"log in by GCP":           {http.MethodPost, "/api/v1/auth/gcp-auth/login", by(infisical.GCP, "jwt"), get, inBody("jwt")},
	"log in by LDAP":          {http.MethodPost, "/api/v1/auth/ldap-auth/login", by(infisical.LDAP, "password"), get, inBody("password")},
	"get data source":         {http.MethodGet, dataSourcesPath + "/*", nil, getDataSource, bearer},
	"list data sources":       {http.MethodGet, dataSourcesPath, nil, listDataSources, bearer},
	"create data source":      {http.MethodPost, dataSourcesPath, nil, createDataSource, bearer},
	"get sync":                {http.MethodGet, syncsPath + "/*", nil, getSync, bearer},
	"list syncs":              {http.MethodGet, syncsPath, nil, listSyncs, bearer},
	"list scans":              {http.MethodGet, dataSourcesPath + "/*/scans", nil, listScans, bearer},
	"identity":                {http.MethodGet, "/api/v1/identities/details", opaque, organizations, bearer},
}

func universal(sb *sandbox.Sandbox) infisical.Login {
	return infisical.UniversalAuth(sb.Infisical.ClientID, sb.Infisical.ClientSecret)
}

// by logs in by a method whose proof is one secret field.
func by(method infisical.Method, field string) func(*sandbox.Sandbox) infisical.Login {
	return func(sb *sandbox.Sandbox) infisical.Login {
		return infisical.LogInBy(method, infisical.Fixed(
			infisical.Field{Name: "identityId", Value: sb.Infisical.IdentityID, Source: "the identity's id"},
			infisical.Field{Name: field, Value: sb.Infisical.IDToken(nil), Source: "the proof", Secret: true},
		))
	}
}

// opaque uses a token that does not tell its organization, so that the server is asked.
func opaque(*sandbox.Sandbox) infisical.Login {
	return infisical.AccessToken("opaque-1b7e0c52a94d4f7c8e21", "a test")
}

func getDataSource(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.DataSources.Get(ctx, unknownID)
}

func listDataSources(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.DataSources.List(ctx, "p")
}

func createDataSource(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.DataSources.Create(ctx, infisical.DataSource{
		Record: infisical.Record{Name: "n", ProjectID: "p"}, ConnectionID: unknownID, Target: infisical.ScanTarget{Kind: infisical.TargetGroup, ID: 1},
	})
}

func getSync(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Syncs.Get(ctx, unknownID)
}

func listSyncs(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Syncs.List(ctx, "p")
}

func listScans(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	scans, _, err := client.DataSources.Scans(ctx, unknownID)
	return scans, err
}

func organizations(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Organizations(ctx)
}

func get(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Connections.Get(ctx, unknownID)
}

func getByName(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Connections.GetByName(ctx, "n", "")
}

func list(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Connections.List(ctx, "")
}

func options(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return client.Connections.Options(ctx)
}

func remove(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) (any, error) {
	return nil, client.Connections.Delete(ctx, unknownID)
}

func create(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) (any, error) {
	return client.Connections.Create(ctx, infisical.NewConnection{Name: "n", Credentials: someCredentials(sb)})
}

func createByCode(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) (any, error) {
	return client.Connections.Create(ctx, infisical.NewConnection{Name: "n", Credentials: infisical.Credentials{
		Code: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", InstanceURL: sb.GitLab.URL(),
	}})
}

func update(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) (any, error) {
	credentials := someCredentials(sb)
	return client.Connections.Update(ctx, unknownID, infisical.Change{Name: "n", Credentials: &credentials})
}

// someCredentials hold a token of the form that GitLab makes; the sandbox writes words into its own.
func someCredentials(sb *sandbox.Sandbox) infisical.Credentials {
	return infisical.Credentials{Token: "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU", Type: "group", InstanceURL: sb.GitLab.URL()}
}

func init() {
	log.SetOutput(io.Discard) // Into it net/http writes what comes behind an answer; so does the provider's main.
}

func bearer(request *server.Request) string {
	return strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
}

// inBody finds a field anywhere in a request.
func inBody(field string) func(*server.Request) string {
	return func(request *server.Request) string {
		var body map[string]any
		_ = json.Unmarshal(request.Body, &body)
		if value, ok := body[field].(string); ok {
			return value
		}
		credentials, _ := body["credentials"].(map[string]any)
		value, _ := credentials[field].(string)
		return value
	}
}

// attempt makes one request, which is answered by answer, and returns all that comes of it and is shown: the error, the
// words in the result, and the log.
func attempt(t *testing.T, sb *sandbox.Sandbox, name string, answer func(net.Conn, *server.Request), changes ...func(*infisical.Config)) string {
	t.Helper()
	request := requests[name]
	lift := sb.Fail(server.Fault{Server: server.Infisical, Method: request.method, Path: request.path, Kind: server.FaultRaw, Raw: answer})
	defer lift()
	client := newClient(t, sb, func(c *infisical.Config) {
		c.Login = infisical.AccessToken(sb.Infisical.AccessToken(), "a test")
		if request.login != nil {
			c.Login = request.login(sb)
		}
		for _, change := range changes {
			change(c)
		}
	})
	var logged bytes.Buffer
	result, err := request.do(tflogtest.RootLogger(t.Context(), &logged), client, sb)
	return fmt.Sprintf("%v\n%+v\n%#v\n%s\n%s", err, err, err, hostile.Words(result), &logged)
}

// Whatever a server repeats of what it was sent, in whatever place and form, is in no error, no words and no log.
func TestHostile_echoes(t *testing.T) {
	t.Parallel()
	channels, disguises := hostile.Channels(server.Infisical), hostile.Disguises()
	var tried atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d answers: %d requests, %d channels, %d disguises", tried.Load(), len(requests), len(channels), len(disguises))
		figures.Add(t, figures.Hostile, tried.Load())
	})
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			for channel, answer := range channels {
				for disguise, disguised := range disguises {
					// Every disguise in every channel of one request, and every request with those that are nearest to
					// hand.
					if name != "create" && disguise != "plain" && disguise != "percent" && disguise != "base64" {
						continue
					}
					var secret string
					said := attempt(t, sb, name, func(connection net.Conn, asked *server.Request) {
						secret = request.secret(asked)
						_, _ = io.WriteString(connection, answer(disguised(secret)))
					})
					tried.Add(1)
					if len(secret) < 12 {
						t.Fatalf("%s, %s: the request holds no secret", channel, disguise)
					}
					if shown := hostile.Shown(said, secret); shown != "" {
						t.Errorf("%s, %s: %q shows in %s", channel, disguise, shown, said)
					}
				}
			}
		})
	}
}

// A secret that was sent earlier is hidden, too: here the client secret, by whatever is asked later.
func TestHostile_lateEchoes(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	if err := client.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	credentials := someCredentials(sb)
	secrets := map[string]string{"client secret": sb.Infisical.ClientSecret, "token": credentials.Token}
	lift := sb.Fail(answer(http.StatusBadRequest, jsonType, `{"message":"no"}`))
	_, _ = client.Connections.Create(t.Context(), infisical.NewConnection{Name: "n", Credentials: credentials})
	lift()
	for name, secret := range secrets {
		for channel, answer := range hostile.Channels(server.Infisical) {
			lift := sb.Fail(server.Fault{Server: server.Infisical, Kind: server.FaultRaw, Raw: func(connection net.Conn, _ *server.Request) {
				_, _ = io.WriteString(connection, answer(secret))
			}})
			for _, ask := range []string{"get", "list", "options"} {
				result, err := requests[ask].do(t.Context(), client, sb)
				if shown := hostile.Shown(fmt.Sprint(err, hostile.Words(result)), secret); shown != "" {
					t.Errorf("%s, %s: %q of the %s shows in %v", ask, channel, shown, name, err)
				}
			}
			lift()
		}
	}
}

// A credential that a server quotes is hidden, though this process has never seen it.
func TestHostile_unknownCredentials(t *testing.T) {
	t.Parallel()
	sb, tried := start(t), 0
	for _, name := range []string{"get", "create", "get sync", "list syncs", "list scans", "log in by OIDC"} {
		for channel, answer := range hostile.OwnChannels(server.Infisical) {
			for credential, quoted := range hostile.Unknown() {
				said := attempt(t, sb, name, func(connection net.Conn, _ *server.Request) { _, _ = io.WriteString(connection, answer(quoted.Text)) })
				tried++
				if shown := hostile.Shown(said, quoted.Secret); shown != "" {
					t.Errorf("%s, %s, %s: %q shows in %s", name, channel, credential, shown, said)
				}
			}
		}
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}

// No character that a terminal obeys comes through.
func TestHostile_terminal(t *testing.T) {
	t.Parallel()
	tried := 0
	sb := start(t)
	for name := range requests {
		for channel, answer := range hostile.Channels(server.Infisical) {
			said := attempt(t, sb, name, func(connection net.Conn, _ *server.Request) {
				_, _ = io.WriteString(connection, answer(hostile.Obeyed))
			})
			tried++
			if obeyed := hostile.ObeyedIn(said); obeyed != "" {
				t.Errorf("%s, %s: %+q comes through in %q", name, channel, obeyed, said)
			}
		}
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}

// What an answer makes this process allocate is bounded, however it is made. The sandbox is in this process, too, and
// nothing runs beside.
func TestHostile_bombs(t *testing.T) { //nolint:paralleltest // It measures.
	const limit = 200 << 20
	sb := start(t)
	bombs, most := hostile.Bombs(), uint64(0)
	for _, bomb := range slices.Sorted(maps.Keys(bombs)) {
		for _, name := range []string{"list", "options", "create", "log in by JWT", "identity"} {
			var said string
			cost := allocated(func() {
				said = attempt(t, sb, name, func(connection net.Conn, _ *server.Request) { bombs[bomb](connection) })
			})
			if most = max(most, cost); cost > limit {
				t.Errorf("%s, %s: %d MiB", bomb, name, cost>>20)
			}
			if len(said) > 100_000 {
				t.Errorf("%s, %s: it is told in %d bytes", bomb, name, len(said))
			}
		}
	}
	t.Logf("%d answers; the dearest takes %d MiB", 5*len(bombs), most>>20)
	figures.Add(t, figures.Hostile, int64(5*len(bombs)))
}

// allocated is how many bytes doing something takes from the heap, freed in between or not.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// No answer takes longer than the request's timeout.
func TestHostile_endless(t *testing.T) {
	t.Parallel()
	const timeout = 300 * time.Millisecond
	for answer, send := range hostile.Endless() {
		for _, name := range []string{"login", "log in by OIDC", "get", "list", "create", "identity"} {
			t.Run(answer+", "+name, func(t *testing.T) {
				t.Parallel()
				sb := start(t)
				began := time.Now()
				said := attempt(t, sb, name, func(connection net.Conn, _ *server.Request) { send(connection) }, within(timeout))
				if took := time.Since(began); took > timeout+5*time.Second {
					t.Errorf("it takes %s", took)
				}
				if !strings.Contains(said, "could not") && name != "identity" { // That one may stay unknown.
					t.Errorf("no error: %s", said)
				}
			})
		}
	}
}

// within sends every request once and gives it so much time.
func within(timeout time.Duration) func(*infisical.Config) {
	return func(c *infisical.Config) {
		client, err := transport.New(transport.Config{RequestTimeout: timeout})
		if err != nil {
			panic(err)
		}
		c.HTTP, c.CredentialsTimeout = client, timeout
	}
}
