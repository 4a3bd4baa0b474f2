package connection_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func init() {
	log.SetOutput(io.Discard) // Into it net/http writes what comes behind an answer; so does the provider's main.
}

// hostileRequest is a request of an apply that is answered as no server should.
type hostileRequest struct {
	server, method, path string
	// before makes the state that it belongs to, and config what is applied then, nil to destroy.
	before func(*workspace)
	config func(*workspace) block
	// secret is what the server repeats.
	secret func(*server.Request) string
}

// hostileRequests are one of each kind, by name. Those of refreshing come in the plan.
func hostileRequests() map[string]hostileRequest {
	const connections = "/api/v1/app-connections/gitlab"
	nothing, made := func(*workspace) {}, sequence(holdsToken, applied(managed()))
	manages := func(*workspace) block { return managed() }
	gives := func(w *workspace) block {
		config := given(w.Servers)
		config["use_cases"] = []string{"group_secret_sync"}
		return config
	}
	rotates := func(*workspace) block { return managed(block{"rotation_triggers": block{"run": "2"}}) }
	requests := map[string]hostileRequest{
		"login":             {server.Infisical, http.MethodPost, "/api/v1/auth/*", nothing, gives, sentIn("clientSecret")},
		"create":            {server.Infisical, http.MethodPost, connections, holdsToken, manages, sentIn("accessToken")},
		"create, as bearer": {server.Infisical, http.MethodPost, connections, nothing, gives, bearerOf},
		"refresh":           {server.Infisical, http.MethodGet, connections + "/*", made, rotates, bearerOf},
		"update":            {server.Infisical, http.MethodPatch, connections + "/*", made, rotates, sentIn("accessToken")},
		"delete":            {server.Infisical, http.MethodDelete, connections + "/*", made, destroyed, bearerOf},
		"self":              {server.GitLab, http.MethodGet, "/api/v4/personal_access_tokens/self", nothing, gives, bearerOf},
		"user":              {server.GitLab, http.MethodGet, "/api/v4/user", nothing, gives, bearerOf},
		"member":            {server.GitLab, http.MethodGet, "/api/v4/groups/{id}/members/*", nothing, gives, bearerOf},
		"group":             {server.GitLab, http.MethodGet, "/api/v4/groups/acme", holdsToken, manages, bearerOf},
		"tokens":            {server.GitLab, http.MethodGet, "/api/v4/groups/{id}/access_tokens", holdsToken, manages, bearerOf},
		"mint":              {server.GitLab, http.MethodPost, "/api/v4/groups/{id}/access_tokens", holdsToken, manages, bearerOf},
		"revoke":            {server.GitLab, http.MethodDelete, "/api/v4/groups/{id}/access_tokens/*", made, destroyed, bearerOf},
	}
	proofs := map[string]string{"universal": "clientSecret", "aws_iam": "iamRequestHeaders", "ldap": "password"}
	for name, login := range acctest.Logins() {
		requests["log in by "+name] = hostileRequest{
			server.Infisical, http.MethodPost, "/api/v1/auth/*", logsIn(login), gives, sentIn(cmp.Or(proofs[login.Method], "jwt")),
		}
	}
	uses := func(w *workspace) {
		w.Configuration["auth"] = block{"token": w.Servers.Sandbox.Infisical.AccessToken()}
	}
	requests["use a token"] = hostileRequest{server.Infisical, http.MethodPost, connections, uses, gives, bearerOf}
	maps.Copy(requests, hostileProofs(gives))
	return requests
}

// hostileProofs are the requests to a cloud.
func hostileProofs(config func(*workspace) block) map[string]hostileRequest {
	logins := acctest.Logins()
	header := func(name string) func(*server.Request) string {
		return func(request *server.Request) string { return request.Header.Get(name) }
	}
	inForm := func(request *server.Request) string {
		form, _ := url.ParseQuery(string(request.Body))
		return form.Get("assertion")
	}
	ofCloud := func(login, method, path string, secret func(*server.Request) string) hostileRequest {
		return hostileRequest{server.Cloud, method, path, logsIn(logins[login]), config, secret}
	}
	const imds = "X-Aws-Ec2-Metadata-Token"
	return map[string]hostileRequest{
		"AWS, session":     ofCloud("aws_iam", http.MethodPut, "/latest/api/token", nil),
		"AWS, region":      ofCloud("aws_iam", http.MethodGet, "/latest/dynamic/*", header(imds)),
		"AWS, role":        ofCloud("aws_iam", http.MethodGet, "/latest/meta-data/iam/security-credentials/", header(imds)),
		"AWS, credentials": ofCloud("aws_iam", http.MethodGet, "/latest/meta-data/iam/security-credentials/terraform", header(imds)),
		"Azure":            ofCloud("azure", http.MethodGet, "/metadata/identity/*", nil),
		"Google, identity": ofCloud("gcp_id_token", http.MethodGet, "/computeMetadata/*", nil),
		"Google, token":    ofCloud("gcp_iam", http.MethodPost, "/token", inForm),
		"Google, JWT":      ofCloud("gcp_iam", http.MethodPost, "/v1/projects/*", bearerOf),
	}
}

func bearerOf(request *server.Request) string {
	return strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
}

// sentIn finds a field in the body of a request.
func sentIn(field string) func(*server.Request) string {
	return func(request *server.Request) string {
		var body map[string]any
		_ = json.Unmarshal(request.Body, &body)
		if credentials, ok := body["credentials"].(map[string]any); ok {
			body = credentials
		}
		value, _ := body[field].(string)
		return value
	}
}

// outcome is what was said and logged, and what was planned and saved.
type outcome struct{ shown, kept string }

// meets runs an apply in which a request is answered by answer. Requests that are repeated are answered so each time.
func (r hostileRequest) meets(t *testing.T, answer func(*workspace, net.Conn, *server.Request)) outcome {
	t.Helper()
	w := newWorkspace(t)
	w.Dies = true
	w.Configuration["max_retries"] = 0
	r.before(w)
	if r.server == server.Cloud {
		w.Environment.ProofTimeout = 3 * time.Second // The SDKs repeat what fails, with pauses of their own.
	}
	w.ForgetLogged()
	var met atomic.Bool
	w.Servers.Sandbox.Fail(server.Fault{Server: r.server, Method: r.method, Path: r.path, Kind: server.FaultRaw,
		Raw: func(connection net.Conn, request *server.Request) {
			met.Store(true)
			answer(w, connection, request)
		}})
	plan := w.Plan(w.Context, r.config(w))
	said := plan.Diagnostics
	if !said.Failed() {
		said = append(said, w.ApplyPlan(w.Context, plan)...)
	}
	if !met.Load() {
		t.Fatalf("the request is not made: %s", said)
	}
	return outcome{shown: said.String() + "\n" + w.Logged(), kept: plan.Saved() + "\n" + w.Saved()}
}

// channelsOf are all for one read and one write at each server, and else the server's own: how HTTP's errors come
// through does not differ.
func channelsOf(name string, request hostileRequest) map[string]func(string) string {
	if slices.Contains([]string{"login", "create", "self", "mint", "Google, JWT"}, name) {
		return hostile.Channels(request.server)
	}
	if strings.HasPrefix(name, "log in by ") || name == "use a token" {
		// All others meet each login where it is made.
		channels := hostile.OwnChannels(request.server)
		return map[string]func(string) string{"message": channels["message"], "issue": channels["issue"]}
	}
	return hostile.OwnChannels(request.server)
}

// A server that repeats what it was sent, in whatever place, in plain and in disguise at once: nothing of it is shown
// or logged, and nothing planned or saved but what the server says that an object is. Every disguise by itself is
// tested where the requests are made.
func TestAccHostile_echoes(t *testing.T) {
	t.Parallel()
	var tried atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d answers", tried.Load())
		figures.Add(t, figures.Hostile, tried.Load())
	})
	percent, base64 := hostile.Disguises()["percent"], hostile.Disguises()["base64"]
	for name, request := range hostileRequests() {
		if request.secret == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for channel, carries := range channelsOf(name, request) {
				var secret string
				came := request.meets(t, func(w *workspace, connection net.Conn, asked *server.Request) {
					secret = request.secret(asked)
					repeated := secret + "-" + percent(secret) + "-" + base64(secret)
					if hostile.IsData(channel) {
						// State keeps it, and what reads that has never seen this secret.
						repeated = secret
						w.Keeps(secret)
					}
					_, _ = io.WriteString(connection, carries(repeated))
				})
				tried.Add(1)
				if len(secret) < 20 {
					t.Fatalf("the request holds no secret")
				}
				if !hostile.IsData(channel) {
					came.shown += came.kept
				}
				if shown := hostile.Shown(came.shown, secret); shown != "" {
					t.Errorf("%s: %q shows in %s", channel, shown, came.shown)
				}
			}
		})
	}
}

// No character that a terminal obeys reaches a diagnostic, nor a plan or the state but as a part of what an object is.
func TestAccHostile_terminal(t *testing.T) {
	t.Parallel()
	var tried atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d answers", tried.Load())
		figures.Add(t, figures.Hostile, tried.Load())
	})
	requests := hostileRequests()
	for name, request := range requests {
		if slices.Contains([]string{"create, as bearer", "delete", "revoke"}, name) {
			continue // As one of the others.
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for channel, carries := range channelsOf(name, request) {
				came := request.meets(t, func(_ *workspace, connection net.Conn, _ *server.Request) {
					_, _ = io.WriteString(connection, carries(hostile.Obeyed))
				})
				tried.Add(1)
				if !hostile.IsData(channel) {
					came.shown += came.kept
				}
				if obeyed := hostile.ObeyedIn(came.shown); obeyed != "" {
					t.Errorf("%s: %+q comes through in %q", channel, obeyed, came.shown)
				}
			}
		})
	}
}

// What a user configured stays as it is, whatever characters it has and whatever the secrets are made of.
func TestAccHostile_configuredTextStays(t *testing.T) {
	t.Parallel()
	for name, description := range map[string]string{
		"emoji of several": "👩\u200d🚀 team, 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"right to left":    "\u200fצוות\u200e (platform)",
		"lines":            "Platform team\n\n\tsyncs:\r\n- one",
		"a token's words":  "glpat-group-owner-api",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			config := managed()
			config["description"] = description
			w.Must(config)
			if got := w.Attribute("description"); got != description {
				t.Errorf("the state has %q", got)
			}
			w.Settled(config, "")
			config["name"] = "renamed"
			w.Must(config)
			w.Settled(config, "")
		})
	}
}

// As many issues were told in as many diagnostics, of which each was compared with all before.
func TestAccHostile_manyIssues(t *testing.T) {
	t.Parallel()
	request := hostileRequests()["create"]
	body := `{"error":"ValidationFailure","message":[` + hostile.DistinctIssues(30_000) + `{}]}`
	w := newManaging(t)
	w.Dies = true
	w.Servers.Sandbox.Fail(server.Fault{Server: request.server, Method: request.method, Path: request.path, Kind: server.FaultRaw,
		Raw: func(connection net.Conn, _ *server.Request) {
			_, _ = io.WriteString(connection, hostile.HTTP(http.StatusUnprocessableEntity, "application/json", body))
		}})
	said := w.Run(managed())
	issues := slices.DeleteFunc(slices.Clone(said), func(d *tfprotov6.Diagnostic) bool { return !strings.HasPrefix(d.Summary, "Infisical refuses") })
	if text := fmt.Sprint(said); len(issues) != 21 || !strings.Contains(text, "m19") || !strings.Contains(text, "29981 more") {
		t.Errorf("%d issues are told: %.3000s", len(issues), text)
	}
}
