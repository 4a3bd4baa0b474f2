package infisical_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// path leads to a field of a request.
type path = []transport.Words

// kinds are the questions that callers ask of an error.
var kinds = map[string]func(error) bool{
	"not found":     infisical.IsNotFound,
	"name conflict": infisical.NameTaken.Is,
	"in use":        infisical.InUse.Is,
	"unauthorized":  infisical.IsUnauthorized,
	"forbidden":     infisical.IsForbidden,
	"rate limited":  infisical.IsRateLimited,
	"ambiguous":     infisical.IsAmbiguous,
	"credential":    func(err error) bool { _, ok := infisical.CredentialsRefused.Reason(err); return ok },
}

const jsonType = "application/json; charset=utf-8"

// answer is a fault that answers every request for connections so, instead of processing it.
func answer(status int, contentType, body string) server.Fault {
	return server.Fault{
		Server: server.Infisical, Path: connectionsPath + "*", Kind: server.FaultStatus,
		Status: status, Header: http.Header{"Content-Type": {contentType}, "Retry-After": {"0"}}, Body: body,
	}
}

// Each failure is of its own kind and of no other.
func TestErrors_kinds(t *testing.T) {
	t.Parallel()
	const html = "<html><body>nothing here</body></html>"
	fault := func(kind server.FaultKind, status int) func(*sandbox.Sandbox) {
		return func(sb *sandbox.Sandbox) {
			sb.Fail(server.Fault{
				Path: connectionsPath + "*", Kind: kind, Status: status,
				Header: http.Header{"Retry-After": {"0"}, "Location": {"https://elsewhere.example.com/"}},
			})
		}
	}
	answered := func(status int, contentType, body string) func(*sandbox.Sandbox) {
		return func(sb *sandbox.Sandbox) { sb.Fail(answer(status, contentType, body)) }
	}
	get := func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) error {
		_, err := client.Connections.Get(ctx, unknownID)
		return err
	}
	create := func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
		_, err := client.Connections.Create(ctx, wanted(sb, "taken"))
		return err
	}
	with := func(seed string) func(context.Context, *infisical.Client, *sandbox.Sandbox) error {
		return func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
			connection := wanted(sb, "new")
			connection.Credentials.Token = sb.GitLab.Token(seed).Value
			_, err := client.Connections.Create(ctx, connection)
			return err
		}
	}
	deleteOnly := func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
		return client.Connections.Delete(ctx, sb.Infisical.Connections()[0].ID)
	}
	for name, tc := range map[string]struct {
		given  func(*sandbox.Sandbox)
		config func(*infisical.Config, *sandbox.Sandbox)
		do     func(context.Context, *infisical.Client, *sandbox.Sandbox) error
		want   string // the one kind, or none
		says   string
	}{
		"unknown id": {do: get, want: "not found", says: "could not read the GitLab connection " + unknownID + ": Could not find App Connection with ID " +
			unknownID + " (HTTP 404 NotFound, reqId req-"},
		"unknown name": {
			do: func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) error {
				_, err := client.Connections.GetByName(ctx, "nobody", "")
				return err
			},
			want: "not found", says: `could not find the GitLab connection "nobody": Could not find App Connection with name nobody in organization scope.`,
		},
		"unknown project": {
			do: func(ctx context.Context, client *infisical.Client, _ *sandbox.Sandbox) error {
				_, err := client.Connections.List(ctx, "nowhere")
				return err
			},
			want: "not found", says: "could not list the GitLab connections: Project with nowhere not found",
		},
		"404 page of a proxy": {given: answered(404, "text/html", html), do: get,
			says: "the answer is text/html and not an error of an Infisical server; a proxy may have sent it (HTTP 404)"},
		"404 for the route": {given: answered(404, jsonType, `{"message":"Route GET:/api/x not found","error":"Not Found","statusCode":404}`), do: get,
			says: "Route GET:/api/x not found (HTTP 404 Not Found)"},
		"404 JSON of a proxy": {given: answered(404, jsonType, `{}`), do: get, says: "the server gave no reason (HTTP 404)"},
		"404 page, on delete": {given: answered(404, "text/html", html), do: deleteOnly, says: "a proxy may have sent it (HTTP 404)"},
		"sub-organization unknown": {
			config: func(c *infisical.Config, _ *sandbox.Sandbox) { c.OrganizationSlug = "nobodys" },
			do:     get, says: "could not log in to Infisical with Universal Auth: Sub organization with slug nobodys not found",
		},
		"sub-organization unknown, on delete": {
			config: func(c *infisical.Config, _ *sandbox.Sandbox) { c.OrganizationSlug = "nobodys" },
			do:     deleteOnly, says: "could not log in to Infisical with Universal Auth: Sub organization with slug nobodys not found",
		},
		"login from an address not trusted": {
			given: func(sb *sandbox.Sandbox) {
				sb.Fail(server.Fault{Path: "/api/v1/auth/*", Kind: server.FaultStatus, Status: http.StatusForbidden})
			},
			do: get, says: "could not log in to Infisical with Universal Auth: You are not allowed to access this resource (HTTP 403 ForbiddenError",
		},
		"name taken": {do: create, want: "name conflict", says: `could not create the GitLab connection "taken": An App Connection with the name "taken" already exists (HTTP 400 BadRequest, reqId req-`},
		"in use": {
			given: func(sb *sandbox.Sandbox) { sb.Infisical.SetInUse(sb.Infisical.Connections()[0].ID, true) },
			do:    deleteOnly, want: "in use", says: "Cannot delete App Connection with existing connections.",
		},
		"of another app": {
			do: func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
				_, err := client.Connections.Get(ctx, sb.Infisical.Add(sandboxinfisical.Connection{App: "github"}).ID)
				return err
			},
			says: `is not for App "gitlab" (HTTP 400 BadRequest`,
		},
		"wrong client secret": {
			config: func(c *infisical.Config, sb *sandbox.Sandbox) {
				c.Login = infisical.UniversalAuth(sb.Infisical.ClientID, "wrong")
			},
			do: get, want: "unauthorized", says: "could not log in to Infisical with Universal Auth: Invalid credentials (HTTP 401 UnauthorizedError",
		},
		"access token malformed": {
			config: func(c *infisical.Config, _ *sandbox.Sandbox) { c.Login = infisical.AccessToken("garbage", "the test") },
			do:     get, want: "unauthorized", says: "The provided access token is malformed.",
		},
		"access token expired": {
			config: func(c *infisical.Config, sb *sandbox.Sandbox) {
				c.Login = infisical.AccessToken(sb.Infisical.AccessToken(), "the test")
				sb.Infisical.ExpireAccessTokens()
			},
			do: get, want: "unauthorized", says: "Your token has expired. Please re-authenticate. (HTTP 403 TokenError",
		},
		"access token revoked": {
			config: func(c *infisical.Config, sb *sandbox.Sandbox) {
				c.Login = infisical.AccessToken(sb.Infisical.AccessToken(), "the test")
				sb.Infisical.RevokeAccessTokens()
			},
			do: get, want: "unauthorized", says: "token has been revoked (HTTP 401 UnauthorizedError",
		},
		"no permission": {
			config: func(c *infisical.Config, sb *sandbox.Sandbox) {
				c.Login = infisical.UniversalAuth(sb.Infisical.ReadOnlyClientID, sb.Infisical.ReadOnlyClientSecret)
			},
			do: create, want: "forbidden", says: "You are not allowed to create on app-connections (HTTP 403 PermissionDenied",
		},
		"another organization's project": {
			do: func(ctx context.Context, client *infisical.Client, sb *sandbox.Sandbox) error {
				_, err := client.Connections.List(ctx, sb.Infisical.OtherProject)
				return err
			},
			want: "forbidden", says: "This project does not belong to your selected organization. (HTTP 403 ForbiddenError",
		},
		"429 for ever":  {given: fault(server.FaultStatus, 429), do: get, want: "rate limited", says: "Rate limit exceeded."},
		"token refused": {do: with("personal-revoked"), want: "credential", says: "Failed to validate credentials: Unauthorized (HTTP 400"},
		"scope too small": {do: with("personal-read-repository"), want: "credential",
			says: "Failed to validate credentials: Forbidden. Cause: insufficient_scope"},
		"500": {given: fault(server.FaultStatus, 500), do: get, want: "ambiguous", says: "Something went wrong (HTTP 500 InternalServerError"},
		"502 page": {given: fault(server.FaultStatus, 502), do: get, want: "ambiguous",
			says: "the answer is text/html and not an error of an Infisical server; a proxy may have sent it (HTTP 502)"},
		"no answer": {given: fault(server.FaultDropAfter, 0), do: get, want: "ambiguous", says: "EOF"},
		"truncated refusal": {
			given: func(sb *sandbox.Sandbox) {
				sb.Fail(server.Fault{Path: connectionsPath + "*", Kind: server.FaultRaw, Raw: func(connection net.Conn, _ *server.Request) {
					_, _ = connection.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
				}})
			},
			do: deleteOnly, says: "unexpected EOF (HTTP 400)",
		},
		"truncated answer": {given: fault(server.FaultTruncate, 0), do: deleteOnly, want: "ambiguous", says: "unexpected EOF (HTTP 200)"},
		"page with 200": {given: fault(server.FaultHTML, 200), do: get, want: "ambiguous",
			says: "the answer is text/html instead of JSON: is http://127.0.0.1"},
		"page with 403": {given: fault(server.FaultHTML, 403), do: get, says: "a proxy may have sent it (HTTP 403)"},
		"redirect": {given: fault(server.FaultRedirect, 307), do: get,
			says: "the server redirects to https://elsewhere.example.com/ (307), which is not followed"},
		"not modified": {given: answered(304, "", ""), do: get, says: "(304)"},
		"timeout": {given: fault(server.FaultHang, 0), config: func(c *infisical.Config,
			_ *sandbox.Sandbox) {
			c.HTTP.Timeout = 100 * time.Millisecond
		}, do: get, want: "ambiguous", says: "could not read"},
		"connection refused": {given: func(sb *sandbox.Sandbox) { sb.Infisical.Stop() }, do: get, says: "connection refused"},
		"no answer, to create": {given: fault(server.FaultDropBefore, 0), do: create, want: "ambiguous",
			says: `could not create the GitLab connection "taken": http://127.0.0.1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, sandbox.WithNewestInfisical())
			sb.Infisical.Add(sandboxinfisical.Connection{Name: "taken"})
			client := newClient(t, sb, func(c *infisical.Config) {
				if tc.config != nil {
					tc.config(c, sb)
				}
			})
			if tc.given != nil {
				tc.given(sb)
			}
			err := tc.do(t.Context(), client, sb)
			if err == nil {
				t.Fatal("no error")
			}
			expectKind(t, err, tc.want)
			expectKind(t, fmt.Errorf("wrapped: %w", err), tc.want)
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %q, want it to say %q", err, tc.says)
			}
			if strings.ContainsAny(err.Error(), "\n\r\t") || len(err.Error()) > 2000 {
				t.Errorf("not fit for a line: %q", err)
			}
		})
	}
}

// Of another organization is what the server says is: texts of three ages, of projects and of the organization itself.
func TestErrors_ofAnotherOrganization(t *testing.T) {
	t.Parallel()
	const noReason = "You are not allowed to access this resource"
	for name, tc := range map[string]struct {
		status        int
		name, message string
		want          bool
	}{
		"connection": {403, "ForbiddenError", "Your token is scoped to organization with ID 5e2c6f0e-6a0d-4a63-9c53-0c6f2a1f7a11, but this resource belongs to a " +
			"different organization.", true},
		"project":          {403, "ForbiddenError", "This project does not belong to your selected organization.", true},
		"connection, 2025": {403, "You are not allowed to access organization resource", noReason, true},
		"project, 2025":    {403, "This project does not belong to your selected organization.", noReason, true},
		"taken out of its own": {403, "ForbiddenError", "You are not a member of this organization with ID 5e2c6f0e-6a0d-4a63-9c53-0c6f2a1f7a11. Please assign this " +
			"identity to the organization with the appropriate permissions, then try again.", false},
		"taken out of its own, 2025": {403, "You are not member of this organization", noReason, false},
		"no member of the project":   {403, "ProjectMembershipNotFound", "You are not a member of this project with ID x. ", false},
		"no permission":              {403, "PermissionDenied", "You are not allowed to read on app-connections", false},
		"not found":                  {404, "NotFound", "This project does not belong to your selected organization.", false},
		"a proxy's":                  {403, "", "This project does not belong to your selected organization.", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			body, err := json.Marshal(map[string]any{"reqId": "req-1", "statusCode": tc.status, "error": tc.name, "message": tc.message})
			if err != nil {
				t.Fatal(err)
			}
			sb.Fail(answer(tc.status, jsonType, string(body)))
			if _, err = newClient(t, sb, nil).Connections.Get(t.Context(), unknownID); err == nil || infisical.IsOfAnotherOrganization(err) != tc.want {
				t.Errorf("want %t of %v", tc.want, err)
			}
		})
	}
}

func expectKind(t *testing.T, err error, want string) {
	t.Helper()
	for kind, is := range kinds {
		if is(err) != (kind == want) {
			t.Errorf("%q: %q is %t, want the kind %q", err, kind, is(err), want)
		}
	}
}

func TestErrors_ofOthersAreOfNoKind(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("404 not found"), context.Canceled, &infisical.Error{}} {
		for kind, is := range kinds {
			if is(err) {
				t.Errorf("%v is %q", err, kind)
			}
		}
	}
}

func TestCredentialRefusal_isWhatGitLabSaid(t *testing.T) {
	t.Parallel()
	sb := start(t)
	connection := wanted(sb, "new")
	connection.Credentials.InstanceURL = "https://localhost"
	_, err := newClient(t, sb, nil).Connections.Create(t.Context(), connection)
	reason, _ := infisical.CredentialsRefused.Reason(err)
	same(t, "reason", reason, "Local IPs not allowed as URL")
}

func TestErrors_unwrap(t *testing.T) {
	t.Parallel()
	sb := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t, sb, nil).Connections.Get(ctx, unknownID)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context canceled", err)
	}
	var failure *infisical.Error
	if !errors.As(err, &failure) {
		t.Errorf("%T, want *infisical.Error", err)
	}
	same(t, "what was asked", asked(sb), []string{})
}

// What the server says is shown, whatever form it has.
func TestErrors_messages(t *testing.T) {
	t.Parallel()
	const operation = "could not read the GitLab connection " + unknownID + ": "
	for name, tc := range map[string]struct {
		body, want string
		issues     []infisical.Issue
	}{
		"text": {body: `{"reqId":"req-1","statusCode":422,"message":"One or more field values exceed the maximum length","error":"ValidationFailure"}`,
			want: "One or more field values exceed the maximum length (HTTP 422 ValidationFailure, reqId req-1)"},
		"text alone": {body: `{"message":"no"}`, want: "no (HTTP 422)"},
		"missing": {body: `{"reqId":"req-1","error":"ValidationFailure"}`,
			want: "the server gave no reason (HTTP 422 ValidationFailure, reqId req-1)"},
		"null":            {body: `{"message":null}`, want: "the server gave no reason (HTTP 422)"},
		"empty":           {body: `{"message":""}`, want: "the server gave no reason (HTTP 422)"},
		"empty list":      {body: `{"message":[]}`, want: "the server gave no reason (HTTP 422)"},
		"number":          {body: `{"message":7}`, want: "the server gave no reason (HTTP 422)"},
		"object":          {body: `{"message":{"a":1}}`, want: "the server gave no reason (HTTP 422)"},
		"list of numbers": {body: `{"message":[1,2]}`, want: "the server gave no reason (HTTP 422)"},
		"name of the wrong type": {body: `{"message":"no","error":["x"]}`,
			want: "the answer is application/json and not an error of an Infisical server; a proxy may have sent it (HTTP 422)"},
		"not an object": {body: `["no"]`, want: "the answer is application/json and not an error of an Infisical server; a proxy may have sent " +
			"it (HTTP 422)"},
		"truncated": {body: `{"message":"n`, want: "the answer is application/json and not an error of an Infisical server; a proxy may have " +
			"sent it (HTTP 422)"},
		"control characters":       {body: `{"message":"a\u001b[31mb\r\nc\u0000"}`, want: "a [31mb c (HTTP 422)"},
		"far too long":             {body: `{"message":"` + strings.Repeat("é", 5000) + `"}`, want: strings.Repeat("é", 1000) + "… (HTTP 422)"},
		"reqId with control chars": {body: `{"message":"no","reqId":"a\nb"}`, want: "no (HTTP 422, reqId a b)"},
		"one issue": {
			body:   `{"message":[{"code":"too_small","message":"Access Token required","path":["credentials","accessToken"]}]}`,
			want:   "credentials.accessToken: Access Token required (HTTP 422)",
			issues: []infisical.Issue{{Path: path{"credentials", "accessToken"}, Message: "Access Token required"}},
		},
		"two issues": {
			body: `{"message":[{"message":"a","path":["name"]},{"message":"b","path":[]}]}`, want: "name: a; b (HTTP 422)",
			issues: []infisical.Issue{{Path: path{"name"}, Message: "a"}, {Path: path{}, Message: "b"}},
		},
		"issue without a path": {
			body: `{"message":[{"message":"a"}]}`, want: "a (HTTP 422)",
			issues: []infisical.Issue{{Path: path{}, Message: "a"}},
		},
		"issue in a list": {
			body: `{"message":[{"message":"a","path":["list",0,"b"]}]}`, want: "list.0.b: a (HTTP 422)",
			issues: []infisical.Issue{{Path: path{"list", "0", "b"}, Message: "a"}},
		},
		"union": {
			body: `{"message":[{"code":"invalid_union","path":["credentials"],"message":"Invalid input","unionErrors":[` +
				`{"issues":[{"message":"Required","path":["credentials","accessToken"]},{"message":"Required","path":["credentials","accessTokenType"]}]},` +
				`{"issues":[{"message":"Required","path":["credentials","code"]}]}]}]}`,
			want: "credentials.accessToken: Required; credentials.accessTokenType: Required (HTTP 422)",
			issues: []infisical.Issue{
				{Path: path{"credentials", "accessToken"}, Message: "Required"}, {Path: path{"credentials", "accessTokenType"}, Message: "Required"},
			},
		},
		"union in a union": {
			body: `{"message":[{"path":[],"unionErrors":[{"issues":[{"path":[],"unionErrors":[{"issues":[{"message":"deep","path":["name"]}]}]}]}]}]}`,
			want: "name: deep (HTTP 422)", issues: []infisical.Issue{{Path: path{"name"}, Message: "deep"}},
		},
		"union of nothing": {
			body: `{"message":[{"message":"Invalid input","path":["x"],"unionErrors":[]},{"message":"Also","path":["y"],"unionErrors":[{"issues":[]}]}]}`,
			want: "x: Invalid input; y: Also (HTTP 422)",
			issues: []infisical.Issue{
				{Path: path{"x"}, Message: "Invalid input"}, {Path: path{"y"}, Message: "Also"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			sb.Fail(answer(http.StatusUnprocessableEntity, jsonType, tc.body))
			_, err := newClient(t, sb, nil).Connections.Get(t.Context(), unknownID)
			var failure *infisical.Error
			if !errors.As(err, &failure) {
				t.Fatalf("%T, want *infisical.Error", err)
			}
			same(t, "text", err.Error(), operation+tc.want)
			same(t, "issues", failure.Issues, tc.issues)
			expectKind(t, err, "")
		})
	}
}

// A request that only reads changes nothing, whatever becomes of it.
func TestErrors_mayHaveWritten(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"no answer": {Kind: server.FaultDropBefore}, "500": {Kind: server.FaultStatus, Status: 500},
		"page with 502": {Kind: server.FaultHTML, Status: 502}, "page with 200": {Kind: server.FaultHTML, Status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			fault.Server, fault.Path = server.Infisical, "/api/v1/app-connections/gitlab*"
			sb.Fail(fault)
			client := newClient(t, sb, nil)
			if _, err := client.Connections.Get(t.Context(), unknownID); err == nil || infisical.MayHaveWritten(err) {
				t.Errorf("reading: %v", err)
			}
			if _, err := client.Connections.Create(t.Context(), wanted(sb, "new")); err == nil || !infisical.MayHaveWritten(err) {
				t.Errorf("creating: %v", err)
			}
		})
	}
}

// Answers that claim success and are not what the contract says: one clear, ambiguous error each.
func TestErrors_strangeAnswers(t *testing.T) {
	t.Parallel()
	const notJSON = "the answer is not the JSON that an Infisical server sends (HTTP 200)"
	for name, tc := range map[string]struct{ contentType, body, want string }{
		"empty":                  {jsonType, "", notJSON},
		"empty, of no type":      {"", "", "the answer is of no declared type instead of JSON"},
		"HTML":                   {"text/html; charset=utf-8", "<html></html>", "the answer is text/html instead of JSON"},
		"JSON called text":       {"text/plain", `{"appConnection":{}}`, "the answer is text/plain instead of JSON"},
		"a type not to be read":  {";;", "{}", "the answer is of no declared type instead of JSON"},
		"truncated JSON":         {jsonType, `{"appConnection":{"id":"a`, notJSON},
		"a list":                 {jsonType, `[]`, notJSON},
		"another shape":          {jsonType, `{"appConnection":{"id":7}}`, notJSON},
		"a time that is none":    {jsonType, `{"appConnection":{"id":"a","name":"b","method":"c","createdAt":"yesterday"}}`, notJSON},
		"nothing":                {jsonType, `{}`, "the answer does not describe a connection (HTTP 200)"},
		"null":                   {jsonType, `null`, "the answer does not describe a connection (HTTP 200)"},
		"a connection of no id":  {jsonType, `{"appConnection":{"name":"b","method":"c"}}`, "the answer does not describe a connection (HTTP 200)"},
		"larger than any answer": {jsonType, `{"appConnection":{"id":"` + strings.Repeat("x", 17<<20) + `"}}`, "the response is larger than 1 MiB (HTTP 200)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{tc.contentType}
				_, _ = w.Write([]byte(tc.body))
			}))
			t.Cleanup(server.Close)
			client := infisical.New(infisical.Config{Host: server.URL, Login: infisical.AccessToken("t", "the test"), HTTP: httpClient(t, 10*time.Second),
				Now: time.Now})
			for operation, do := range map[string]func() error{
				"get": func() error { _, err := client.Connections.Get(t.Context(), unknownID); return err },
				"create": func() error {
					_, err := client.Connections.Create(t.Context(), infisical.NewConnection{Name: "n"})
					return err
				},
				"update": func() error {
					_, err := client.Connections.Update(t.Context(), unknownID, infisical.Change{Name: "n"})
					return err
				},
				"delete": func() error { return client.Connections.Delete(t.Context(), unknownID) },
			} {
				err := do()
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s: got %v, want %q", operation, err, tc.want)
				}
				if err != nil {
					expectKind(t, err, "ambiguous")
				}
			}
		})
	}
}

func TestList_strangeRow(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(answer(http.StatusOK, jsonType, `{"appConnections":[{"id":"a","name":"b","method":"c","createdAt":"2026-01-01T00:00:00Z"},{}]}`))
	_, err := newClient(t, sb, nil).Connections.List(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "could not list the GitLab connections: the answer does not describe a connection") {
		t.Errorf("got %v", err)
	}
}

func TestError_namesTheHostOnce(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	sb.Infisical.Stop()
	_, err := client.Connections.List(t.Context(), "")
	if got := strings.Count(fmt.Sprint(err), sb.Infisical.URL()); got != 1 {
		t.Errorf("the host stands %d times in: %v", got, err)
	}
}
