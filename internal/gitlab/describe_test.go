package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxgitlab "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func startSandbox(t *testing.T, options ...sandbox.Option) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	return sb
}

// newClient returns a client on the provider's own transport that repeats nothing.
func newClient(t *testing.T, change ...func(*transport.Config)) *Client {
	t.Helper()
	config := transport.Config{UserAgent: "terraform-provider-infisical/test", RequestTimeout: 10 * time.Second}
	for _, f := range change {
		f(&config)
	}
	sender, err := transport.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{HTTP: sender, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, CredentialsTimeout: config.RequestTimeout})
}

func waitAtMost(d time.Duration) func(*transport.Config) {
	return func(config *transport.Config) { config.RequestTimeout = d }
}

func describe(t *testing.T, client *Client, instance, token string, options DescribeOptions) Description {
	t.Helper()
	description, err := client.At(instance, token).Describe(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	return description
}

const (
	selfRequest          = "GET /api/v4/personal_access_tokens/self"
	userRequest          = "GET /api/v4/user"
	groupMemberRequest   = "GET /api/v4/groups/{id}/members/all/{id}"
	projectMemberRequest = "GET /api/v4/projects/{id}/members/all/{id}"
)

func assertRequests(t *testing.T, sb *sandbox.Sandbox, want ...string) {
	t.Helper()
	if got := sb.Log.Provider(); !slices.Equal(got, want) {
		t.Errorf("requests:\n got %q\nwant %q", got, want)
	}
}

func TestDescribe_everyKindOfToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind           Kind
		serviceAccount bool
		scopes         []string
		accessLevel    AccessLevel
		requests       []string
	}{
		"personal-api":                 {KindPersonal, false, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"personal-api-read-repository": {KindPersonal, false, []string{"api", "read_repository"}, 0, []string{selfRequest, userRequest}},
		"personal-read-api":            {KindPersonal, false, []string{"read_api"}, 0, []string{selfRequest, userRequest}},
		"personal-never-expires":       {KindPersonal, false, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"impersonation-api":            {KindPersonal, false, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"service-account-api":          {KindPersonal, true, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"service-account-instance":     {KindPersonal, true, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"service-account-named":        {KindPersonal, true, []string{"api"}, 0, []string{selfRequest, userRequest}},
		"project-owner-api":            {KindProject, false, []string{"api"}, AccessLevelOwner, []string{selfRequest, userRequest, projectMemberRequest}},
		"project-maintainer-scanning": {KindProject, false, []string{"api", "read_repository"}, AccessLevelMaintainer,
			[]string{selfRequest, userRequest, projectMemberRequest}},
		"group-developer-api":  {KindGroup, false, []string{"api"}, AccessLevelDeveloper, []string{selfRequest, userRequest, groupMemberRequest}},
		"group-owner-read-api": {KindGroup, false, []string{"read_api"}, AccessLevelOwner, []string{selfRequest, userRequest, groupMemberRequest}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			token := sb.GitLab.Token(name)
			got := describe(t, newClient(t), sb.GitLab.URL(), token.Value, DescribeOptions{AccessLevel: true})
			if got.Failure != nil || got.KindFailure != nil || got.AccessLevelFailure != nil {
				t.Fatalf("failures: %v, %v, %v", got.Failure, got.KindFailure, got.AccessLevelFailure)
			}
			if got.ID != int64(token.ID) || got.Name != name || got.UserID != int64(token.UserID) || got.ResourceID != int64(token.ResourceID) ||
				got.Username == "" {
				t.Errorf("got %+v, want %d of user %d in %d", got.Token, token.ID, token.UserID, token.ResourceID)
			}
			if got.Kind != test.kind || got.ServiceAccount != test.serviceAccount || !slices.Equal(got.Scopes, test.scopes) ||
				got.AccessLevel != test.accessLevel {
				t.Errorf("got %+v, want %+v", got.Token, test)
			}
			if !got.Active || got.Revoked || got.Granular {
				t.Errorf("got %+v", got.Token)
			}
			if want := instant(t, token.ExpiresAt); (want == nil) != (got.ExpiresAt == nil) || want != nil && !got.ExpiresAt.Equal(*want) {
				t.Errorf("expires: got %v, want %v", got.ExpiresAt, want)
			}
			assertRequests(t, sb, test.requests...)
		})
	}
}

func instant(t *testing.T, date *string) *time.Time {
	t.Helper()
	if date == nil {
		return nil
	}
	at, err := time.Parse(time.RFC3339, *date+"T00:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	return &at
}

func TestDescribe_scopesThatForbidToAskForTheUser(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("personal-read-repository").Value, DescribeOptions{AccessLevel: true})
	if got.Kind != KindUnknown || got.KindFailure == nil || got.KindFailure.Reason != ReasonScope || got.Failure != nil {
		t.Errorf("got %+v", got)
	}
	assertRequests(t, sb, selfRequest)
}

func TestDescribe_oauthToken(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("oauth-api").Value, DescribeOptions{AccessLevel: true})
	if got.Kind != KindOAuth || got.Failure != nil {
		t.Errorf("got %+v", got)
	}
	assertRequests(t, sb, selfRequest)
}

func TestDescribe_granular(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("granular-described").Value, DescribeOptions{})
	if !got.Granular || got.Kind != KindPersonal || got.Failure != nil {
		t.Errorf("got %+v", got)
	}
	got = describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("granular").Value, DescribeOptions{})
	if got.Failure == nil || got.Failure.Reason != ReasonGranular || got.Failure.CondemnsToken() {
		t.Errorf("got %+v", got)
	}
}

func TestDescribe_knownTokenIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name     string
		known    func(sandboxgitlab.Token) Known
		role     bool
		requests []string
	}{
		"personal": {"personal-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: token.Name, Kind: KindPersonal, Username: "ada"}
		}, true, []string{selfRequest}},
		"group": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: token.Name, Kind: KindGroup, ResourceID: 87, Username: "group_87_bot"}
		}, true, []string{selfRequest, groupMemberRequest}},
		"group, no role in question": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: token.Name, Kind: KindGroup, ResourceID: 87}
		}, false, []string{selfRequest}},
		"group of unknown id": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: token.Name, Kind: KindGroup}
		}, false, []string{selfRequest, userRequest}},
		"kind was not found out before": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: token.Name}
		}, false, []string{selfRequest, userRequest}},
		"another token by now": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID) - 1, Name: token.Name, Kind: KindPersonal, Username: "ada"}
		}, true, []string{selfRequest, userRequest, groupMemberRequest}},
		"token of another GitLab with that id": {"group-owner-api", func(token sandboxgitlab.Token) Known {
			return Known{ID: int64(token.ID), Name: "staging", Kind: KindPersonal, Username: "ada"}
		}, true, []string{selfRequest, userRequest, groupMemberRequest}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			token := sb.GitLab.Token(test.name)
			session := newClient(t).At(sb.GitLab.URL(), token.Value).Knowing(test.known(token))
			got, err := session.Describe(t.Context(), DescribeOptions{AccessLevel: test.role})
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Kind) != string(token.Kind) || got.ResourceID != 0 && got.ResourceID != int64(token.ResourceID) {
				t.Errorf("got %+v", got.Token)
			}
			assertRequests(t, sb, test.requests...)
		})
	}
}

func TestDescribe_reasons(t *testing.T) {
	t.Parallel()
	body := func(status int, text string) *server.Fault {
		return &server.Fault{Kind: server.FaultStatus, Status: status, Body: text, Header: http.Header{"Content-Type": {"application/json"}}}
	}
	tests := map[string]struct {
		token    string
		fault    *server.Fault
		reason   Reason
		condemns bool
		says     string
	}{
		"expired": {"personal-expired", nil, ReasonTokenExpired, true, "Token is expired"},
		"revoked": {"personal-revoked", nil, ReasonTokenRevoked, true, "Token was revoked"},
		"unknown": {"", nil, ReasonTokenUnknown, true, "401 Unauthorized"},
		"impersonation disabled": {
			"personal-api", body(401, `{"error":"invalid_token","error_description":"Token is an impersonation token but impersonation was disabled."}`),
			ReasonImpersonationDisabled, true, "impersonation was disabled",
		},
		"DPoP": {"personal-api", body(401, `{"error":"dpop_error","error_description":"DPoP header is missing"}`), ReasonDPoPRequired, true, "DPoP"},
		"blocked": {"personal-api", body(403, `{"message":"403 Forbidden - Your account has been blocked."}`), ReasonUserRefused, true,
			"GitLab answered 403: Your account has been blocked."},
		"terms": {
			"personal-api", body(403, `{"message":"403 Forbidden - You (@ada) must accept the Terms of Service in order to perform this action."}`),
			ReasonUserRefused, true, "Terms of Service",
		},
		"granular":                  {"granular", nil, ReasonGranular, false, "[Personal Access Token: Read]"},
		"plain 403":                 {"personal-api", body(403, `{"message":"403 Forbidden"}`), ReasonForbidden, false, "403 Forbidden"},
		"401 of a proxy":            {"personal-api", &server.Fault{Kind: server.FaultHTML, Status: 401}, ReasonNotGitLab, false, "HTTP 401"},
		"401 of another API":        {"personal-api", body(401, `{"message":"Unauthorized"}`), ReasonUnexpected, false, "401"},
		"banned address":            {"personal-api", body(403, "Forbidden\n"), ReasonNotGitLab, false, "HTTP 403"},
		"500":                       {"personal-api", &server.Fault{Kind: server.FaultStatus, Status: 500}, ReasonServerError, false, "500"},
		"502 of a proxy":            {"personal-api", &server.Fault{Kind: server.FaultHTML, Status: 502}, ReasonServerError, false, "502 Bad Gateway"},
		"404 of GitLab before 15.5": {"personal-api", body(404, `{"error":"404 Not Found"}`), ReasonNoSuchRoute, false, "404"},
		"404 of a web server":       {"personal-api", &server.Fault{Kind: server.FaultHTML, Status: 404}, ReasonNotGitLab, false, "HTTP 404"},
		"400 of GitLab before 15.5": {"personal-api", body(400, `{"error":"id is invalid"}`), ReasonInvalid, false, "id is invalid"},
		"sign-in page":              {"personal-api", &server.Fault{Kind: server.FaultHTML}, ReasonNotGitLab, false, "it may be a sign-in page"},
		"empty answer": {"personal-api", &server.Fault{Kind: server.FaultStatus, Status: 200, Body: " "}, ReasonNotGitLab, false,
			"does not come from GitLab's API"},
		"another JSON":           {"personal-api", body(200, `{"ok":true}`), ReasonNotGitLab, false, "does not come from GitLab's API"},
		"a list":                 {"personal-api", body(200, `[]`), ReasonNotGitLab, false, "does not come from GitLab's API"},
		"wrong type":             {"personal-api", body(200, `{"id":"510"}`), ReasonNotGitLab, false, "does not come from GitLab's API"},
		"expiry that is no date": {"personal-api", body(200, `{"id":510,"expires_at":"soon"}`), ReasonNotGitLab, false, "does not come from GitLab's API"},
		"truncated":              {"personal-api", &server.Fault{Kind: server.FaultTruncate}, ReasonUnreachable, false, "unexpected EOF"},
		"dropped":                {"personal-api", &server.Fault{Kind: server.FaultDropBefore}, ReasonUnreachable, false, "EOF"},
		"redirect within GitLab": {"personal-api", &server.Fault{Kind: server.FaultRedirect, Status: 301, Header: http.Header{"Location": {"/elsewhere"}}},
			ReasonRedirected, false, "not followed"},
		"redirect to another": {"personal-api", &server.Fault{Kind: server.FaultRedirect, Status: 307,
			Header: http.Header{"Location": {"https://other.example.com/"}}}, ReasonRedirected, false, "https://other.example.com/"},
		"a message that is an object": {"personal-api", body(418, `{"message":{"expires_at":["is late","is wrong"],"name":["is blank"]}}`), ReasonUnexpected,
			false, "GitLab answered 418: expires_at is late, is wrong, name is blank"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			token := "glpat-example-unknown"
			if test.token != "" {
				token = sb.GitLab.Token(test.token).Value
			}
			if test.fault != nil {
				test.fault.Server = "gitlab"
				sb.Fail(*test.fault)
			}
			got := describe(t, newClient(t), sb.GitLab.URL(), token, DescribeOptions{AccessLevel: true})
			if got.Failure == nil {
				t.Fatalf("got %+v", got.Token)
			}
			if got.Failure.Reason != test.reason || got.Failure.CondemnsToken() != test.condemns {
				t.Errorf("got %q (condemns %t), want %q (%t)", got.Failure.Reason, got.Failure.CondemnsToken(), test.reason, test.condemns)
			}
			if !strings.Contains(got.Failure.Explain(), test.says) || !strings.HasPrefix(got.Failure.Error(), "describing the token: ") {
				t.Errorf("got %q, want %q", got.Failure, test.says)
			}
			assertNoSecret(t, token, got)
			if strings.Contains(got.Failure.Error(), "<") {
				t.Errorf("HTML in %q", got.Failure)
			}
			assertRequests(t, sb, selfRequest)
		})
	}
}

// assertNoSecret looks for a secret in whatever fmt makes of a value.
func assertNoSecret(t *testing.T, secret string, values ...any) {
	t.Helper()
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if strings.Contains(fmt.Sprintf(verb, value), secret) {
				t.Errorf("%s of %T shows the secret", verb, value)
			}
		}
		if failure, ok := value.(Description); ok && failure.Failure != nil {
			assertNoSecret(t, secret, failure.Failure, *failure.Failure, failure.Failure.Cause)
		}
	}
}

func TestDescribe_rateLimited(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultStatus, Status: 429})
	got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("personal-api").Value, DescribeOptions{})
	if got.Failure == nil || got.Failure.Reason != ReasonRateLimited || got.Failure.Message != "" {
		t.Errorf("got %v", got.Failure)
	}
}

// A minute is the window of GitLab's rate limits, and nothing that a plan should spend on a description.
func TestDescribe_rateLimitIsNotWaitedOut(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		retryAfter string
		requests   []string
		described  bool
	}{
		"a minute": {"60", []string{selfRequest}, false},
		"no time":  {"0", []string{selfRequest, selfRequest, userRequest}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			sb.Fail(server.Fault{
				Server: "gitlab", Kind: server.FaultStatus, Status: http.StatusTooManyRequests, Times: 1, Header: http.Header{"Retry-After": {tc.retryAfter}},
			})
			client := newClient(t, func(config *transport.Config) { config.MaxRetries = 1 })
			began := time.Now()
			got := describe(t, client, sb.GitLab.URL(), sb.GitLab.Token("personal-api").Value, DescribeOptions{})
			if took := time.Since(began); took > longestWait {
				t.Errorf("it took %s", took)
			}
			if (got.Failure == nil) != tc.described {
				t.Errorf("got %v", got.Failure)
			}
			assertRequests(t, sb, tc.requests...)
		})
	}
}

func TestDescribe_refusedConnection(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	instance, token := sb.GitLab.URL(), sb.GitLab.Token("personal-api").Value
	sb.GitLab.Stop()
	got := describe(t, newClient(t), instance, token, DescribeOptions{})
	if got.Failure == nil || got.Failure.Reason != ReasonUnreachable || got.Failure.ambiguous || !strings.HasPrefix(got.Failure.Explain(), "dial tcp ") {
		t.Errorf("got %v", got.Failure)
	}
}

func TestDescribe_serverThatEchoesTheToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"message":"400 Bad request - cannot parse %s %s"}`, r.Header.Get("Authorization"), strings.Repeat("é", 1000))
	}))
	t.Cleanup(server.Close)
	const token = "glpat-example-echoed"
	got := describe(t, newClient(t), server.URL, token, DescribeOptions{})
	assertNoSecret(t, token, got)
	if message := string(got.Failure.Message); !strings.HasPrefix(message, "cannot parse Bearer (hidden) é") || len([]rune(message)) > messageLimit+1 {
		t.Errorf("got %q", message)
	}
}

func TestDescribe_belowARelativeRootAndOverTLS(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t, sandbox.WithTLS(), sandbox.WithGitLabPath("/tools/gitlab"))
	token := sb.GitLab.Token("group-owner-api").Value

	trusting := newClient(t, func(config *transport.Config) { config.CACertificate = sb.CACertificate() })
	for _, written := range []string{sb.GitLab.URL(), sb.GitLab.URL() + "/", sb.GitLab.URL() + "/api/v4"} {
		if got := describe(t, trusting, written, token, DescribeOptions{}); got.Kind != KindGroup {
			t.Errorf("%s: got %+v", written, got)
		}
	}
	if got := len(sb.Log.Provider()); got != 2 {
		t.Errorf("got %d requests: the spellings of an address are one instance", got)
	}

	got := describe(t, newClient(t), sb.GitLab.URL(), token, DescribeOptions{})
	if got.Failure == nil || got.Failure.Reason != ReasonUntrusted || !strings.Contains(got.Failure.Explain(), "set gitlab.ca_certificate") {
		t.Errorf("without the authority: got %v", got.Failure)
	}
}

func TestDescribe_redirectsCarryNoCredential(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var received []http.Header
			other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				received = append(received, r.Header)
			}))
			t.Cleanup(other.Close)
			sb := startSandbox(t)
			sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultRedirect, Status: status,
				Header: http.Header{"Location": {other.URL + "/api/v4/personal_access_tokens/self"}}})
			got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("personal-api").Value, DescribeOptions{})
			if got.Failure == nil || got.Failure.Reason != ReasonRedirected {
				t.Errorf("got %+v", got)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(received) > 0 {
				t.Errorf("the other host received %v", received)
			}
		})
	}
}

func TestDescribe_tenConnectionsShareTheAnswer(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, token := newClient(t), sb.GitLab.Token("group-owner-api").Value
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultSlow, Delay: 20 * time.Millisecond})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			got, err := client.At(sb.GitLab.URL(), " "+token+"\n").Describe(t.Context(), DescribeOptions{AccessLevel: true})
			if err != nil || got.AccessLevel != AccessLevelOwner {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	assertRequests(t, sb, selfRequest, userRequest, groupMemberRequest)

	// Another token is another question.
	describe(t, client, sb.GitLab.URL(), sb.GitLab.Token("group-maintainer-api").Value, DescribeOptions{})
	assertRequests(t, sb, selfRequest, userRequest, groupMemberRequest, selfRequest, userRequest)
}

func TestDescribe_answersAreNotSharedByReference(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, token := newClient(t), sb.GitLab.Token("group-owner-api").Value
	describe(t, client, sb.GitLab.URL(), token, DescribeOptions{}).Scopes[0] = "spoilt"
	if got := describe(t, client, sb.GitLab.URL(), token, DescribeOptions{}); got.Scopes[0] != "api" {
		t.Errorf("got %q", got.Scopes)
	}
}

func TestDescribe_hangingGitLabIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultHang})
	client, token := newClient(t, waitAtMost(50*time.Millisecond)), sb.GitLab.Token("group-owner-api").Value
	for range 10 {
		got := describe(t, client, sb.GitLab.URL(), token, DescribeOptions{AccessLevel: true})
		if got.Failure == nil || got.Failure.Reason != ReasonUnreachable || !got.Failure.ambiguous {
			t.Errorf("got %v", got.Failure)
		}
	}
	assertRequests(t, sb, selfRequest)
}

func TestDescribe_abandonedQuestionIsAskedAnew(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client, token := newClient(t), sb.GitLab.Token("personal-api").Value
	ctx, cancel := context.WithCancel(t.Context())
	sb.OnRequest(func(*server.Request) { cancel() })
	lift := sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultHang})
	if _, err := client.At(sb.GitLab.URL(), token).Describe(ctx, DescribeOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	lift()
	if got := describe(t, client, sb.GitLab.URL(), token, DescribeOptions{}); got.Kind != KindPersonal {
		t.Errorf("got %+v", got)
	}
}

func TestDescribe_memberNoMore(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	token := sb.GitLab.Token("group-owner-api")
	sb.GitLab.RemoveMember(sb.GitLab.Group("acme"), sandboxgitlab.User{ID: token.UserID})
	got := describe(t, newClient(t), sb.GitLab.URL(), token.Value, DescribeOptions{AccessLevel: true})
	if got.AccessLevelFailure == nil || got.AccessLevelFailure.Reason != ReasonNotFound || got.AccessLevel != 0 || got.Kind != KindGroup || got.Incomplete() {
		t.Errorf("got %+v, %v", got.Token, got.AccessLevelFailure)
	}
}

func TestDescribe_laterQuestionsFail(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	sb.Fail(server.Fault{Server: "gitlab", Path: "/api/v4/user", Kind: server.FaultHTML})
	got := describe(t, newClient(t), sb.GitLab.URL(), sb.GitLab.Token("group-owner-api").Value, DescribeOptions{AccessLevel: true})
	if got.Failure != nil || got.KindFailure == nil || got.KindFailure.Reason != ReasonNotGitLab || got.ID == 0 || !got.Incomplete() {
		t.Errorf("got %+v", got)
	}
	sb.Fail(server.Fault{Server: "gitlab", Path: "/api/v4/groups/*", Kind: server.FaultStatus, Status: 500})
	known := Known{ID: got.ID, Name: got.Name, Kind: KindGroup, ResourceID: 87}
	session := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("group-owner-api").Value).Knowing(known)
	got, err := session.Describe(t.Context(), DescribeOptions{AccessLevel: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessLevelFailure == nil || got.AccessLevelFailure.Reason != ReasonServerError || got.Kind != KindGroup || !got.Incomplete() {
		t.Errorf("got %+v", got)
	}
}

func TestDescribe_addressThatIsNone(t *testing.T) {
	t.Parallel()
	if _, err := newClient(t).At("gitlab.example.com", "glpat-example").Describe(t.Context(), DescribeOptions{}); err == nil {
		t.Error("got no error")
	}
}

func TestOwnerOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		username string
		bot      bool
		want     owner
	}{
		{"project_1203_bot_7c633317726dd4a3b2b5ab70e958faba", true, owner{kind: KindProject, resourceID: 1203}},
		{"group_87_bot_7c633317726dd4a3", true, owner{kind: KindGroup, resourceID: 87}},
		{"group_87_bot_7c633317726dd4a32", true, owner{kind: KindGroup, resourceID: 87}},
		{"project_1203_bot", true, owner{kind: KindProject, resourceID: 1203}},
		{"group_87_bot12", true, owner{kind: KindGroup, resourceID: 87}},
		{"group_87_bot", false, owner{kind: KindPersonal}},
		{"ada", false, owner{kind: KindPersonal}},
		{"service_account_group_87_7c633317726dd4a3", true, owner{kind: KindPersonal, serviceAccount: true}},
		{"my_group_87_bot", true, owner{kind: KindPersonal, serviceAccount: true}},
		{"group_87_bot_x", true, owner{kind: KindPersonal, serviceAccount: true}},
		{"group_99999999999999999999_bot", true, owner{kind: KindPersonal, serviceAccount: true}},
	}
	for _, test := range tests {
		t.Run(test.username, func(t *testing.T) {
			t.Parallel()
			test.want.username = test.username
			if got := ownerOf(test.username, test.bot); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestAccessLevel(t *testing.T) {
	t.Parallel()
	for _, name := range TokenAccessLevels() {
		level, err := ParseAccessLevel(name)
		if err != nil || level.String() != name {
			t.Errorf("%s: got %d, %v", name, level, err)
		}
	}
	for _, name := range []string{"", "Owner", "minimal", "admin", "50"} {
		if level, err := ParseAccessLevel(name); err == nil {
			t.Errorf("%q: got %v", name, level)
		}
	}
	if got := AccessLevel(25).String(); got != "access level 25" {
		t.Errorf("got %q", got)
	}
}

func TestDescribe_anotherSortOfSecret(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	for token, want := range map[string]string{
		"gldt-example": "deploy token", " gloas-example\n": "OAuth application secret", "glpat-example": "", "acme-example": "", "example": "", "": "",
	} {
		got := describe(t, newClient(t), sb.GitLab.URL(), token, DescribeOptions{})
		if got.LooksLike != want || got.Failure == nil || got.Failure.Reason != ReasonTokenUnknown {
			t.Errorf("%q: got %q, %v", token, got.LooksLike, got.Failure)
		}
	}
}
