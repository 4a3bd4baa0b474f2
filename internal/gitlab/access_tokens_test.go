package gitlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxgitlab "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func inDays(days int) time.Time { return time.Now().UTC().AddDate(0, 0, days) }

func options() MintOptions {
	return MintOptions{Name: "connection x nonce-1", Scopes: []string{"api"}, AccessLevel: AccessLevelMaintainer, ExpiresAt: inDays(90),
		Description: "Made by Terraform"}
}

func mint(t *testing.T, sb *sandbox.Sandbox, resource Resource, options MintOptions) MintedToken {
	t.Helper()
	minted, err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).Mint(t.Context(), resource, options)
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

func TestMint(t *testing.T) {
	t.Parallel()
	tests := map[string]Resource{
		"project by path":       {Kind: KindProject, ID: "acme/app"},
		"project by id":         {Kind: KindProject, ID: "1203"},
		"project in sub-groups": {Kind: KindProject, ID: "acme/platform/apps/api"},
		"group by path":         {Kind: KindGroup, ID: "acme"},
		"group by id":           {Kind: KindGroup, ID: "87"},
		"group in other groups": {Kind: KindGroup, ID: "acme/platform/apps"},
	}
	for name, resource := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			minted := mint(t, sb, resource, options())

			made, ok := sb.GitLab.TokenByValue(minted.Value())
			if !ok {
				t.Fatal("GitLab does not know the value")
			}
			if minted.ID != int64(made.ID) || minted.Kind != resource.Kind || string(minted.Kind) != made.ResourceType ||
				minted.ResourceID != int64(made.ResourceID) || minted.UserID != int64(made.UserID) {
				t.Errorf("got %+v, want %d of %s %d", minted.Token, made.ID, made.ResourceType, made.ResourceID)
			}
			if minted.Name != "connection x nonce-1" || !slices.Equal(minted.Scopes, []string{"api"}) || minted.AccessLevel != AccessLevelMaintainer ||
				!minted.Active {
				t.Errorf("got %+v", minted.Token)
			}
			if want := inDays(90).Truncate(24 * time.Hour); minted.ExpiresAt == nil || !minted.ExpiresAt.Equal(want) {
				t.Errorf("expires %v, want %v", minted.ExpiresAt, want)
			}
			if made.Description == nil || *made.Description != "Made by Terraform" {
				t.Errorf("description %v", made.Description)
			}
			assertRequests(t, sb, fmt.Sprintf("POST /api/v4/%ss/{id}/access_tokens", resource.Kind))
		})
	}
}

func TestMintedToken_neverShowsItsValue(t *testing.T) {
	t.Parallel()
	const secret = "glpat-example-minted"
	minted := MintedToken{Token: Token{Name: "x"}, value: func() string { return secret }}
	assertNoSecret(t, secret, minted, &minted, struct{ token MintedToken }{minted}, []MintedToken{minted})
	if encoded, err := json.Marshal(minted); err != nil || strings.Contains(string(encoded), secret) {
		t.Errorf("got %s, %v", encoded, err)
	}
	if minted.Value() != secret {
		t.Error("the value is lost")
	}
}

func TestMint_refused(t *testing.T) {
	t.Parallel()
	group := Resource{Kind: KindGroup, ID: "acme"}
	tests := map[string]struct {
		management string
		resource   Resource
		change     func(*MintOptions)
		is         func(error) bool
		status     int
		message    string
	}{
		"lifetime too long": {"admin-management", group, func(o *MintOptions) { o.ExpiresAt = inDays(60) }, IsInvalid, 400,
			"Expires at must be before "},
		"scope that is none": {"admin-management", group, func(o *MintOptions) { o.Scopes = []string{"sudo"} }, IsInvalid, 400,
			"scopes does not have a valid value"},
		"maintainer of the group": {"maintainer-management", group, nil, IsForbidden, 400, "User does not have permission to create group access token"},
		"more than own role": {"maintainer-management", Resource{Kind: KindProject, ID: "acme/app"},
			func(o *MintOptions) { o.AccessLevel = AccessLevelOwner }, IsForbidden, 400, "permissions not held by the creating user"},
		"developer of the project": {"developer-management", Resource{Kind: KindProject, ID: "acme/app"}, nil, IsForbidden, 400,
			"does not have permission"},
		"token that may only read":        {"read-api-management", group, nil, IsForbidden, 403, "higher privileges"},
		"token of a group":                {"group-owner-api", group, nil, IsForbidden, 400, "does not have permission"},
		"group that is not there":         {"admin-management", Resource{Kind: KindGroup, ID: "acme/nowhere"}, nil, IsNotFound, 404, "404 Group Not Found"},
		"project that is not there":       {"admin-management", Resource{Kind: KindProject, ID: "4711"}, nil, IsNotFound, 404, "404 Project Not Found"},
		"expired token of the provider's": {"personal-expired", group, nil, IsUnauthorized, 401, "Token is expired"},
		"revoked token of the provider's": {"personal-revoked", group, nil, IsUnauthorized, 401, "Token was revoked"},
		"unknown token of the provider's": {"", group, nil, IsUnauthorized, 401, "401 Unauthorized"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			sb.GitLab.SetMaxLifetimeDays(30)
			wanted := options()
			wanted.ExpiresAt = inDays(10)
			if test.change != nil {
				test.change(&wanted)
			}
			management := "glpat-example-unknown"
			if test.management != "" {
				management = sb.GitLab.Token(test.management).Value
			}
			live := len(sb.GitLab.LiveTokens())
			_, err := newClient(t).At(sb.GitLab.URL(), management).Mint(t.Context(), test.resource, wanted)
			if err == nil {
				t.Fatal("got no error")
			}
			for kind, is := range map[string]func(error) bool{"invalid": IsInvalid, "forbidden": IsForbidden, "not found": IsNotFound,
				"unauthorized": IsUnauthorized, "ambiguous": IsAmbiguous} {
				if is(err) != (fmt.Sprintf("%p", is) == fmt.Sprintf("%p", test.is)) {
					t.Errorf("%s: %t for %v", kind, is(err), err)
				}
			}
			failure := asError(err)
			if failure.Status != test.status || !strings.Contains(string(failure.Message), test.message) ||
				failure.Operation != "creating an access token of "+test.resource.String() {
				t.Errorf("got %v", err)
			}
			assertNoSecret(t, management, err)
			if date := DateOf(err); time.Since(date).Abs() > time.Minute {
				t.Errorf("GitLab's date of the answer: %s", date)
			}
			if got := len(sb.GitLab.LiveTokens()); got != live {
				t.Errorf("%d tokens more than before", got-live)
			}
		})
	}
}

func TestMint_ambiguity(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault     server.Fault
		ambiguous bool
		made      bool
	}{
		"dropped before":     {server.Fault{Kind: server.FaultDropBefore}, true, false},
		"dropped after":      {server.Fault{Kind: server.FaultDropAfter}, true, true},
		"hangs":              {server.Fault{Kind: server.FaultHang}, true, false},
		"hangs after":        {server.Fault{Kind: server.FaultHangAfter}, true, true},
		"500":                {server.Fault{Kind: server.FaultStatus, Status: 500}, true, false},
		"500 after":          {server.Fault{Kind: server.FaultStatusAfter, Status: 500}, true, true},
		"502 HTML after":     {server.Fault{Kind: server.FaultStatusAfter, Status: 502}, true, true},
		"sign-in page":       {server.Fault{Kind: server.FaultHTML}, true, false},
		"truncated":          {server.Fault{Kind: server.FaultTruncate}, true, true},
		"answer of no token": {server.Fault{Kind: server.FaultStatusAfter, Status: 201, Body: `{"id":9001,"name":"x"}`}, true, true},
		"429":                {server.Fault{Kind: server.FaultStatus, Status: 429}, false, false},
		"403 HTML":           {server.Fault{Kind: server.FaultHTML, Status: 403}, false, false},
		"redirect":           {server.Fault{Kind: server.FaultRedirect, Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			test.fault.Server, test.fault.Method = "gitlab", http.MethodPost
			sb.Fail(test.fault)
			client, management, group := newClient(t, waitAtMost(300*time.Millisecond)), sb.GitLab.Token("admin-management").Value,
				Resource{Kind: KindGroup, ID: "acme"}
			_, err := client.At(sb.GitLab.URL(), management).Mint(t.Context(), group, options())
			if err == nil || IsAmbiguous(err) != test.ambiguous {
				t.Fatalf("ambiguous %t, want %t: %v", IsAmbiguous(err), test.ambiguous, err)
			}
			assertNoSecret(t, management, err)
			sb.WaitIdle() // The server goes on with what a client has stopped waiting for.
			assertRequests(t, sb, "POST /api/v4/groups/{id}/access_tokens")

			// What was made is found by the nonce in its name, and revoked.
			found, err := client.At(sb.GitLab.URL(), management).ListActive(t.Context(), group, "nonce-1")
			if err != nil || len(found) == 1 != test.made {
				t.Fatalf("found %v, %v", found, err)
			}
			for _, token := range found {
				if err := client.At(sb.GitLab.URL(), management).Revoke(t.Context(), group, token.ID); err != nil {
					t.Fatal(err)
				}
			}
			if left := tokensNamed(sb.GitLab.LiveTokens(), "nonce-1"); left != 0 {
				t.Errorf("%d left over", left)
			}
		})
	}
}

func tokensNamed(tokens []sandboxgitlab.Token, part string) int {
	return len(slices.DeleteFunc(tokens, func(token sandboxgitlab.Token) bool { return !strings.Contains(token.Name, part) }))
}

func TestMint_surelyNotProcessed(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	instance, management := sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t).At(instance, management).Mint(canceled, Resource{Kind: KindGroup, ID: "acme"}, options())
	if !errors.Is(err, context.Canceled) || IsAmbiguous(err) {
		t.Errorf("canceled before: %v", err)
	}
	_, err = newClient(t).At("gitlab.example.com", management).Mint(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, options())
	if err == nil || IsAmbiguous(err) || asError(err).Reason != ReasonNotSent {
		t.Errorf("no address: %v", err)
	}
	sb.GitLab.Stop()
	_, err = newClient(t).At(instance, management).Mint(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, options())
	if err == nil || IsAmbiguous(err) {
		t.Errorf("refused: %v", err)
	}
}

func TestMint_cancelledUnderWay(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	sb.OnRequest(func(*server.Request) { cancel() })
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultHang})
	_, err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).Mint(ctx, Resource{Kind: KindGroup, ID: "acme"}, options())
	if !errors.Is(err, context.Canceled) || !IsAmbiguous(err) {
		t.Errorf("got %v", err)
	}
}

func TestListActive(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	acme := sb.GitLab.Group("acme")
	later := new(inDays(30).Format(time.DateOnly))
	for i := range 120 {
		sb.GitLab.AddToken(sandboxgitlab.TokenSpec{Name: fmt.Sprintf("of many %d", i), Resource: acme, ExpiresAt: later})
	}
	sb.GitLab.AddToken(sandboxgitlab.TokenSpec{Name: "of many, revoked", Resource: acme, ExpiresAt: later, Revoked: true})
	management := sb.GitLab.Token("admin-management").Value

	found, err := newClient(t).At(sb.GitLab.URL(), management).ListActive(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, "of many")
	if err != nil || len(found) != 120 {
		t.Fatalf("found %d, %v", len(found), err)
	}
	if last := found[119]; last.Name != "of many 119" || last.Kind != KindGroup || last.ResourceID != int64(acme.ID) ||
		last.AccessLevel != AccessLevelMaintainer {
		t.Errorf("got %+v", last)
	}
	assertRequests(t, sb, "GET /api/v4/groups/{id}/access_tokens", "GET /api/v4/groups/{id}/access_tokens")

	_, err = newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("developer-management").Value).ListActive(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, "")
	if !IsUnauthorized(err) {
		t.Errorf("without the right: %v", err)
	}
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultStatus, Status: 200, Body: `[{"name":"of no id"}]`})
	_, err = newClient(t).At(sb.GitLab.URL(), management).ListActive(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, "")
	if !hasReason(err, ReasonNotGitLab) {
		t.Errorf("garbage: %v", err)
	}
}

// A token that nobody has used yet is told from one that somebody has.
func TestListActive_used(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	management, group := sb.GitLab.Token("admin-management").Value, Resource{Kind: KindGroup, ID: "acme"}
	minted := mint(t, sb, group, options())
	for _, want := range []bool{false, true} {
		found, err := newClient(t).At(sb.GitLab.URL(), management).ListActive(t.Context(), group, minted.Name)
		if err != nil || len(found) != 1 || found[0].Used != want || minted.Used {
			t.Fatalf("got %+v, %v, want it used: %t", found, err, want)
		}
		describe(t, newClient(t), sb.GitLab.URL(), minted.Value(), DescribeOptions{})
	}
}

// Servers before 17.2 ignore both filters.
func TestListActive_serverThatDoesNotFilter(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultStatus, Status: 200,
		Body: `[{"id":1,"name":"ours","active":true},{"id":2,"name":"ours","active":false},{"id":3,"name":"another","active":true}]`})
	found, err := newClient(t).At(sb.GitLab.URL(), "glpat-example").ListActive(t.Context(), Resource{Kind: KindGroup, ID: "acme"}, "our")
	if err != nil || len(found) != 1 || found[0].ID != 1 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	management, project := sb.GitLab.Token("admin-management").Value, Resource{Kind: KindProject, ID: "acme/app"}
	minted := mint(t, sb, project, options())

	got, err := newClient(t).At(sb.GitLab.URL(), management).Get(t.Context(), project, minted.ID)
	if err != nil || got.ID != minted.ID || got.Kind != KindProject || got.AccessLevel != AccessLevelMaintainer || !got.Active {
		t.Errorf("got %+v, %v", got, err)
	}
	sb.GitLab.Revoke(int(minted.ID))
	got, err = newClient(t).At(sb.GitLab.URL(), management).Get(t.Context(), project, minted.ID)
	if err != nil || !got.Revoked || got.Active {
		t.Errorf("revoked: got %+v, %v", got, err)
	}
	sb.GitLab.DeleteToken(int(minted.ID))
	_, err = newClient(t).At(sb.GitLab.URL(), management).Get(t.Context(), project, minted.ID)
	if !IsNotFound(err) || asError(err).Operation != fmt.Sprintf("reading access token %d of project acme/app", minted.ID) {
		t.Errorf("deleted: %v", err)
	}
}

// olderNotFound answers as GitLab did before it shortened the text:
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/resource_access_tokens.rb and its history
func olderNotFound(method, kind string, id int) server.Fault {
	return server.Fault{
		Server: "gitlab", Method: method, Kind: server.FaultStatus, Status: 404,
		Body: fmt.Sprintf(`{"message":"404 Could not find %s access token with token_id: %d Not Found"}`, kind, id),
	}
}

func TestIsTokenNotFound(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"404 project Access Token Not Found":                                 true,
		"404 group Access Token Not Found":                                   true,
		"404 Could not find project access token with token_id: 9 Not Found": true,
		"404 Could not find group access token with token_id: 9 Not Found":   true,
		"404 Personal Access Token Not Found":                                true,
		"404 Project Not Found":                                              false,
		"404 Group Not Found":                                                false,
		"404 Not found":                                                      false,
	} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			sb.Fail(server.Fault{Server: "gitlab", Kind: server.FaultStatus, Status: 404, Body: fmt.Sprintf(`{"message":%q}`, message)})
			_, err := newClient(t).At(sb.GitLab.URL(), "glpat-example").Get(t.Context(), Resource{Kind: KindGroup, ID: "87"}, 9)
			if IsTokenNotFound(err) != want || !IsNotFound(err) {
				t.Errorf("of the token: %t, want %t: %v", IsTokenNotFound(err), want, err)
			}
		})
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before   func(*sandbox.Sandbox, int)
		resource Resource
		is       func(error) bool // nil for success
	}{
		"alive":   {func(*sandbox.Sandbox, int) {}, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"by id":   {func(*sandbox.Sandbox, int) {}, Resource{Kind: KindProject, ID: "1203"}, nil},
		"revoked": {func(sb *sandbox.Sandbox, id int) { sb.GitLab.Revoke(id) }, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"expired": {func(sb *sandbox.Sandbox, id int) { sb.GitLab.Expire(id) }, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"deleted": {func(sb *sandbox.Sandbox, id int) { sb.GitLab.DeleteToken(id) }, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"deleted, as older GitLab words it": {func(sb *sandbox.Sandbox, id int) {
			sb.GitLab.DeleteToken(id)
			sb.Fail(olderNotFound(http.MethodDelete, "project", id))
		}, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"400 of one that is deleted, as older GitLab words it": {func(sb *sandbox.Sandbox, id int) {
			sb.GitLab.DeleteToken(id)
			sb.Fail(server.Fault{Server: "gitlab", Method: http.MethodDelete, Kind: server.FaultStatus, Status: 400,
				Body: `{"message":"400 Bad request - Failed to find bot user"}`})
			sb.Fail(olderNotFound(http.MethodGet, "project", id))
		}, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"400 of a revoked one": {func(sb *sandbox.Sandbox, id int) {
			sb.GitLab.Revoke(id)
			sb.Fail(server.Fault{Server: "gitlab", Method: http.MethodDelete, Kind: server.FaultStatus, Status: 400,
				Body: `{"message":"400 Bad request - Failed to find bot user"}`})
		}, Resource{Kind: KindProject, ID: "acme/app"}, nil},
		"400 of one alive": {func(sb *sandbox.Sandbox, _ int) {
			sb.Fail(server.Fault{Server: "gitlab", Method: http.MethodDelete, Kind: server.FaultStatus, Status: 400,
				Body: `{"message":"400 Bad request - Failed to find bot user"}`})
		}, Resource{Kind: KindProject, ID: "acme/app"}, IsInvalid},
		"project out of sight": {func(*sandbox.Sandbox, int) {}, Resource{Kind: KindProject, ID: "acme/nowhere"}, IsNotFound},
		"sign-in page": {func(sb *sandbox.Sandbox, _ int) {
			sb.Fail(server.Fault{Server: "gitlab", Method: http.MethodDelete, Kind: server.FaultHTML})
		}, Resource{Kind: KindProject, ID: "acme/app"}, IsAmbiguous},
		"500": {func(sb *sandbox.Sandbox, _ int) {
			sb.Fail(server.Fault{Server: "gitlab", Method: http.MethodDelete, Kind: server.FaultStatus, Status: 500})
		}, Resource{Kind: KindProject, ID: "acme/app"}, IsAmbiguous},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			minted := mint(t, sb, Resource{Kind: KindProject, ID: "acme/app"}, options())
			test.before(sb, int(minted.ID))
			err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).Revoke(t.Context(), test.resource, minted.ID)
			if test.is != nil {
				if !test.is(err) || !strings.HasPrefix(err.Error(), fmt.Sprintf("revoking access token %d of ", minted.ID)) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if left := tokensNamed(sb.GitLab.LiveTokens(), minted.Name); left != 0 {
				t.Error("the token lives")
			}
		})
	}
}

func TestRevoke_withoutTheRight(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	group := Resource{Kind: KindGroup, ID: "acme"}
	minted := mint(t, sb, group, options())
	err := newClient(t).At(sb.GitLab.URL(), sb.GitLab.Token("maintainer-management").Value).Revoke(t.Context(), group, minted.ID)
	if !IsForbidden(err) {
		t.Errorf("got %v", err)
	}
	assertRequests(t, sb, "POST /api/v4/groups/{id}/access_tokens", "DELETE /api/v4/groups/{id}/access_tokens/{id}")
}

func TestFindResource(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	management, client := sb.GitLab.Token("admin-management").Value, newClient(t)
	for _, test := range []struct {
		resource Resource
		want     int
	}{
		{Resource{Kind: KindProject, ID: "acme/platform/apps/api"}, sb.GitLab.Project("acme/platform/apps/api").ID},
		{Resource{Kind: KindGroup, ID: "acme/platform"}, sb.GitLab.Group("acme/platform").ID},
		{Resource{Kind: KindGroup, ID: "4711"}, 4711},
	} {
		got, err := client.At(sb.GitLab.URL(), management).FindResource(t.Context(), test.resource)
		if err != nil || got != int64(test.want) {
			t.Errorf("%s: got %d, %v", test.resource, got, err)
		}
	}
	assertRequests(t, sb, "GET /api/v4/projects/{id}", "GET /api/v4/groups/{id}")
	if _, err := client.At(sb.GitLab.URL(), management).FindResource(t.Context(), Resource{Kind: KindGroup, ID: "acme/nowhere"}); !IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}
