package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// An identity's defaults: https://infisical.com/docs/documentation/platform/identities/universal-auth.
const (
	lockoutThreshold    = 3
	lockoutDuration     = 5 * time.Minute
	lockoutCounterReset = 30 * time.Second
)

func TestInfisical_locksOutAfterWrongSecrets(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb := start(t, WithClock(now.Now))
	login := func(secret string) string { return sb.login(t, sb.Infisical.ClientID, secret).field("message") }

	// 1. Two wrong secrets, then the right one: the count starts again.
	login("wrong")
	login("wrong")
	if message := login(sb.Infisical.ClientSecret); message != "" {
		t.Fatalf("refused: %s", message)
	}
	// 2. Three in a row lock, for the right secret as well.
	for range lockoutThreshold {
		if message := login("wrong"); message != "Invalid credentials" {
			t.Errorf("wrong secret: %q", message)
		}
	}
	if message := login(sb.Infisical.ClientSecret); !strings.Contains(message, "temporarily locked") {
		t.Errorf("after three failures: %q", message)
	}
	// 3. The lock ends.
	now.Advance(lockoutDuration)
	if message := login(sb.Infisical.ClientSecret); message != "" {
		t.Errorf("after the lock: %q", message)
	}
}

func TestInfisical_lockOutForgetsOldFailures(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb := start(t, WithClock(now.Now))
	for range 2 * lockoutThreshold {
		sb.login(t, sb.Infisical.ClientID, "wrong")
		now.Advance(lockoutCounterReset)
	}
	if a := sb.login(t, sb.Infisical.ClientID, sb.Infisical.ClientSecret); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestInfisical_organizationSlug(t *testing.T) {
	t.Parallel()
	sb := start(t)
	for slug, want := range map[string]int{
		sb.Infisical.OrganizationSlug: http.StatusOK,
		"elsewhere":                   http.StatusNotFound,
		"No Slug":                     http.StatusUnprocessableEntity,
	} {
		a := send(t, http.MethodPost, sb.Infisical.URL()+"/api/v1/auth/universal-auth/login", nil, map[string]any{
			"clientId": sb.Infisical.ClientID, "clientSecret": sb.Infisical.ClientSecret, "organizationSlug": slug,
		})
		if a.status != want {
			t.Errorf("%s: %d, want %d", slug, a.status, want)
		}
	}
}

func TestInfisical_refusesBadTokens(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb, other := start(t, WithClock(now.Now)), start(t, WithClock(now.Now))
	expired := sb.Infisical.AccessToken()
	sb.Infisical.ExpireAccessTokens()
	old := sb.Infisical.AccessToken()
	now.Advance(30*24*time.Hour + time.Second)

	const expiredTokenMessage = "Your token has expired. Please re-authenticate."
	unsigned := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30." // {"alg":"none","typ":"JWT"} and {}
	cases := map[string]struct {
		header  map[string]string
		status  int
		name    string
		message string
	}{
		"none":          {nil, 401, "UnauthorizedError", "Token missing"},
		"service token": {bearer("st.1.2.3"), 403, "Forbidden access to " + connectionsPath, "You are not allowed to access this resource"},
		"API key": {map[string]string{"X-API-Key": "key"}, 400, "BadRequest",
			"API key authentication is not supported anymore. Please switch to identity authentication."},
		"made to expire": {bearer(expired), 403, "TokenError", expiredTokenMessage},
		"past its time":  {bearer(old), 403, "TokenError", expiredTokenMessage},
		"not signed": {bearer(unsigned), 403, "TokenError", "The access token is signed with an invalid algorithm. Please provide a valid token and try " +
			"again."},
		"another's": {bearer(other.Infisical.AccessToken()), 403, "TokenError", "invalid signature"},
	}
	for name, c := range cases {
		a := send(t, http.MethodGet, sb.Infisical.URL()+connectionsPath, c.header, nil)
		if a.status != c.status || a.field("error") != c.name || a.field("message") != c.message {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

func TestInfisical_namesAreUniqueInTheirScope(t *testing.T) {
	t.Parallel()
	sb := start(t)
	token := sb.GitLab.Token("personal-api").Value
	in := func(project string) map[string]any {
		body := sb.connectionBody("platform", token)
		if project != "" {
			body["projectId"] = project
		}
		return body
	}
	steps := []struct {
		scope  string
		status int
	}{
		{"", 200},
		{sb.Infisical.Projects[0], 200},
		{sb.Infisical.Projects[1], 200},
		{"", 400},
		{sb.Infisical.Projects[1], 400},
	}
	for n, step := range steps {
		if a := sb.infisical(t, http.MethodPost, connectionsPath, in(step.scope)); a.status != step.status {
			t.Errorf("step %d: %d %s", n, a.status, a.text)
		}
	}
	// Another app's name counts, and a rename is held to it too.
	sb.Infisical.Add(infisical.Connection{App: "github", Name: "taken"})
	free := sb.Infisical.Add(infisical.Connection{Name: "free"})
	taken := sb.infisical(t, http.MethodPatch, idPath(free), map[string]any{"name": "taken"})
	if a := taken; a.field("message") != `An App Connection with the name "taken" already exists` {
		t.Errorf("rename: %d %s", a.status, a.text)
	}
	if a := sb.infisical(t, http.MethodPatch, idPath(free), map[string]any{"name": "free"}); a.status != http.StatusOK {
		t.Errorf("rename to itself: %d %s", a.status, a.text)
	}
}

func TestInfisical_worksInTheServersOrder(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.created(t, "taken")
	readOnly := sb.login(t, sb.Infisical.ReadOnlyClientID, sb.Infisical.ReadOnlyClientSecret).field("accessToken")
	admin := sb.Infisical.AccessToken()
	good := sb.GitLab.Token("personal-api").Value
	cases := []struct {
		name, identity   string
		connection       string
		token, projectID string
		message          string
		asked            int // calls to GitLab
	}{
		{"permission comes before GitLab", readOnly, "taken", "dead", "", "You are not allowed to create on app-connections", 0},
		{"in a project too", readOnly, "taken", "dead", sb.Infisical.Projects[0], "You are not allowed to create-app-connections on app-connections", 0},
		{"the project comes before permission", readOnly, "new", good, "no-such-project", "Project with ID 'no-such-project' not found", 0},
		{"nor another organization's", admin, "new", good, sb.Infisical.OtherProject, "This project does not belong to your selected organization.", 0},
		{"GitLab comes before the name", admin, "taken", "dead", "", "Failed to validate credentials: Unauthorized", 1},
		{"the name comes last", admin, "taken", good, "", `An App Connection with the name "taken" already exists`, 1},
	}
	for _, c := range cases {
		sb.Log.Reset()
		body := sb.connectionBody(c.connection, c.token)
		if c.projectID != "" {
			body["projectId"] = c.projectID
		}
		a := send(t, http.MethodPost, sb.Infisical.URL()+connectionsPath, bearer(c.identity), body)
		if a.field("message") != c.message {
			t.Errorf("%s: %d %s", c.name, a.status, a.text)
		}
		if asked := len(sb.Log.Requests()) - 1; asked != c.asked {
			t.Errorf("%s: %d calls to GitLab, want %d", c.name, asked, c.asked)
		}
	}
}

func TestInfisical_permits(t *testing.T) {
	t.Parallel()
	sb := start(t)
	c := sb.Infisical.Add(infisical.Connection{})
	sb.Infisical.Permit(sb.Infisical.ClientID, "edit")
	for method, want := range map[string]int{http.MethodGet: 403, http.MethodPatch: 200, http.MethodDelete: 403} {
		if a := sb.infisical(t, method, idPath(c), map[string]any{}); a.status != want {
			t.Errorf("%s: %d %s", method, a.status, a.text)
		}
	}
	if a := sb.infisical(t, http.MethodGet, connectionsPath, nil); a.status != http.StatusForbidden {
		t.Errorf("list: %d", a.status)
	}
}

func TestInfisical_otherAppsAndOrganisations(t *testing.T) {
	t.Parallel()
	sb := start(t, WithNewestInfisical())
	github := sb.Infisical.Add(infisical.Connection{App: "github", Name: "github"})
	foreign := sb.Infisical.Add(infisical.Connection{OrgID: sb.Infisical.OtherOrganizationID, Name: "foreign"})
	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
		if a := sb.infisical(t, method, idPath(github), map[string]any{}); a.status != http.StatusBadRequest {
			t.Errorf("%s of another app: %d", method, a.status)
		}
		if a := sb.infisical(t, method, idPath(foreign), map[string]any{}); a.status != http.StatusNotFound {
			t.Errorf("%s of another organization: %d", method, a.status)
		}
	}
	byName := connectionsPath + "/connection-name/"
	for path, message := range map[string]string{
		byName + "github":  `App Connection with name github is not for App "gitlab"`,
		byName + "foreign": "Could not find App Connection with name foreign in organization scope.",
		byName + "foreign?projectId=" + sb.Infisical.Projects[0]: "Could not find App Connection with name foreign in project scope.",
		connectionsPath + "?projectId=nowhere":                   "Project with nowhere not found",
	} {
		if a := sb.infisical(t, http.MethodGet, path, nil); a.field("message") != message {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	list := sb.infisical(t, http.MethodGet, connectionsPath, nil)
	if shown, _ := list.body["appConnections"].([]any); len(shown) != 0 {
		t.Errorf("in the list: %s", list.text)
	}
}

func TestInfisical_inUse(t *testing.T) {
	t.Parallel()
	sb := start(t)
	c := sb.created(t, "used")
	sb.Infisical.SetInUse(c.ID, true)
	if a := sb.infisical(t, http.MethodDelete, idPath(c), nil); a.status != http.StatusBadRequest {
		t.Errorf("in use: %d", a.status)
	}
	sb.Infisical.SetInUse(c.ID, false)
	if a := sb.infisical(t, http.MethodDelete, idPath(c), nil); a.status != http.StatusOK {
		t.Errorf("no longer in use: %d", a.status)
	}
}

func TestInfisical_updateReplacesCredentialsWhole(t *testing.T) {
	t.Parallel()
	const (
		repeated = "Failed to validate credentials: fetch failed"
		mismatch = "Invalid credential format for GitLab Connection with method Access Token"
	)
	cases := []struct {
		name        string
		credentials map[string]any
		status      int
		message     string
		moves       bool
	}{
		{"complete, the same token", map[string]any{"accessToken": "{token}", "accessTokenType": "personal", "instanceUrl": "{gitlab}"}, 200, "", true},
		{"with a slash at the end", map[string]any{"accessToken": "{token}", "accessTokenType": "personal", "instanceUrl": "{gitlab}/"}, 200, "", true},
		{"trimmed", map[string]any{"accessToken": " {token}\n", "accessTokenType": "personal", "instanceUrl": " {gitlab} "}, 200, "", true},
		{"without the instance: gitlab.com", map[string]any{"accessToken": "{token}", "accessTokenType": "personal"}, 400, repeated, false},
		{"token only", map[string]any{"accessToken": "{token}"}, 422, "", false},
		{"blank token", map[string]any{"accessToken": " ", "accessTokenType": "personal"}, 422, "", false},
		{"refresh token wins over the token", map[string]any{"accessToken": "{token}", "refreshToken": "x"}, 400, mismatch, false},
		{"code", map[string]any{"code": "x"}, 400, mismatch, false},
		{"localhost", map[string]any{"accessToken": "{token}", "accessTokenType": "personal", "instanceUrl": "http://localhost:1"}, 400,
			"Failed to validate credentials: Local IPs not allowed as URL", false},
		{"user info", map[string]any{"accessToken": "{token}", "accessTokenType": "personal", "instanceUrl": "http://a:b@127.0.0.1"}, 400,
			"Failed to validate credentials: URLs with user credentials (e.g., user:pass@) are not allowed", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			before := sb.created(t, "platform")
			sent := map[string]any{}
			for name, value := range c.credentials {
				text, _ := value.(string)
				text = strings.ReplaceAll(text, "{token}", before.AccessToken)
				sent[name] = strings.ReplaceAll(text, "{gitlab}", sb.GitLab.URL())
			}
			a := sb.infisical(t, http.MethodPatch, idPath(before), map[string]any{"credentials": sent})
			if a.status != c.status || a.field("message") != c.message {
				t.Errorf("%d %s", a.status, a.text)
			}
			after, _ := sb.Infisical.Connection(before.ID)
			if moved := after.CredentialsHash != before.CredentialsHash; moved != c.moves {
				t.Errorf("the hash moved: %t", moved)
			}
			if after.AccessToken != before.AccessToken {
				t.Error("the token changed")
			}
		})
	}
}

func TestInfisical_dirtyMembersOfAUnion(t *testing.T) {
	t.Parallel()
	sb := start(t)
	a := sb.infisical(t, http.MethodPatch, idPath(sb.created(t, "platform")), map[string]any{
		"credentials": map[string]any{"accessToken": " ", "accessTokenType": "personal"},
	})
	if got := issueMessages(a); !slices.Equal(got, []string{"Access Token required"}) {
		t.Errorf("issues %q", got)
	}
}

func issueMessages(a answer) []string {
	issues, _ := a.body["message"].([]any)
	messages := []string{}
	for _, one := range issues {
		fields, _ := one.(map[string]any)
		message, _ := fields["message"].(string)
		messages = append(messages, message)
	}
	return messages
}

func TestInfisical_validates(t *testing.T) {
	t.Parallel()
	const slugRule = "name field can only contain lowercase letters, numbers, and hyphens"
	sb := start(t)
	cases := []struct {
		field string
		value any
		want  []string // nil is accepted
	}{
		{"name", strings.Repeat("a", 64), nil},
		{"name", strings.Repeat("a", 65), []string{"name field must be at most 64 lowercase characters"}},
		{"name", strings.Repeat("A", 65), []string{"name field must be at most 64 lowercase characters", slugRule}},
		{"name", " trimmed ", nil},
		{"name", " ", []string{"name field must be at least 1 lowercase character"}},
		{"name", "a--b", []string{slugRule}},
		{"name", "-a", []string{slugRule}},
		{"name", "a_b", []string{slugRule}},
		{"name", 1, []string{"Expected string, received number"}},
		{"description", "", nil},
		{"description", nil, nil},
		{"description", strings.Repeat("é", 255), nil},
		{"description", strings.Repeat("é", 257), []string{"Description cannot exceed 256 characters"}},
		{"isPlatformManagedCredentials", false, nil},
		{"isPlatformManagedCredentials", true, []string{"Not supported for GitLab Connections"}},
		{"isAutoRotationEnabled", true, []string{"Not supported for GitLab Connections"}},
		{"rotation", map[string]any{"rotationInterval": 1}, []string{"Invalid input"}},
		{"gatewayId", nil, nil},
		{"unknown", "dropped", nil},
	}
	for _, c := range cases {
		made := sb.Infisical.Add(infisical.Connection{})
		a := sb.infisical(t, http.MethodPatch, idPath(made), map[string]any{c.field: c.value})
		sb.Infisical.Remove(made.ID)
		if c.want == nil && a.status != http.StatusOK || c.want != nil && !slices.Equal(issueMessages(a), c.want) {
			t.Errorf("%s = %v: %d %s", c.field, c.value, a.status, a.text)
		}
	}
}

func TestInfisical_dropsProjectID(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Infisical.DropProjectID(true)
	body := sb.connectionBody("old-server", sb.GitLab.Token("personal-api").Value)
	body["projectId"] = "anything"
	a := sb.infisical(t, http.MethodPost, connectionsPath, body)
	if a.status != http.StatusOK || strings.Contains(a.text, "projectId") {
		t.Errorf("%d %s", a.status, a.text)
	}
	if c, _ := sb.Infisical.Connection(a.field("appConnection", "id")); c.ProjectID != nil {
		t.Errorf("stored in project %s", *c.ProjectID)
	}
}

func TestInfisical_limitsRates(t *testing.T) {
	t.Parallel()
	now := server.NewClock(recordedAt)
	sb := start(t, WithClock(now.Now), WithRateLimit(2, 1))
	read := func() answer { return sb.infisical(t, http.MethodGet, connectionsPath, nil) }
	if a := read(); a.header.Get("X-RateLimit-Remaining") != "1" {
		t.Errorf("headers %v", a.header)
	}
	read()
	now.Advance(20 * time.Second)
	if a := read(); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "40" {
		t.Errorf("third read: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	// Each route counts for itself, a login as well.
	made := sb.Infisical.Add(infisical.Connection{})
	for _, write := range []func() answer{
		func() answer { return sb.login(t, sb.Infisical.ClientID, sb.Infisical.ClientSecret) },
		func() answer { return sb.infisical(t, http.MethodPost, connectionsPath, map[string]any{}) },
		func() answer { return sb.infisical(t, http.MethodPatch, idPath(made), map[string]any{}) },
	} {
		if first, second := write(), write(); first.status == http.StatusTooManyRequests || second.status != http.StatusTooManyRequests {
			t.Errorf("writes: %d, then %d", first.status, second.status)
		}
	}
	// Who is not let in is told so, and not counted.
	other := func(token string) answer {
		return send(t, http.MethodGet, sb.Infisical.URL()+idPath(made), bearer(token), nil)
	}
	for range 3 {
		if a := other("not-a-token"); a.status != http.StatusForbidden || a.header.Get("X-RateLimit-Remaining") != "" {
			t.Errorf("without a token: %d %v", a.status, a.header)
		}
	}
	if a := other(sb.Infisical.AccessToken()); a.status != http.StatusOK || a.header.Get("X-RateLimit-Remaining") != "1" {
		t.Errorf("first read of another route: %d %v", a.status, a.header)
	}
	now.Advance(40 * time.Second)
	if a := read(); a.status != http.StatusOK {
		t.Errorf("next minute: %d", a.status)
	}
}

func TestInfisical_tellsTheTimeOfItsClock(t *testing.T) {
	t.Parallel()
	sb := start(t, WithClock(server.NewClock(recordedAt).Now))
	a := sb.infisical(t, http.MethodGet, connectionsPath, nil)
	if got := a.header.Get("Date"); got != "Sun, 22 Nov 2026 11:23:02 GMT" {
		t.Errorf("Date %q", got)
	}
}

func TestInfisical_ignoresATrailingSlash(t *testing.T) {
	t.Parallel()
	sb := start(t)
	if a := sb.infisical(t, http.MethodGet, connectionsPath+"/", nil); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
	if a := sb.infisical(t, http.MethodGet, "/api/v1/no-such-route", nil); a.status != http.StatusNotFound || a.field("error") != "Not Found" {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestInfisical_gitLabTroubles(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fault   server.Fault
		message string // "" is accepted
		calls   int
	}{
		"rate limited ten times": {
			server.Fault{Kind: server.FaultStatus, Status: 429},
			"Failed to validate credentials: Could not successfully complete this request after 10 retries, last status code: 429. Check the applicable " +
				"rate limits for this endpoint.", 10,
		},
		"rate limited nine times": {server.Fault{Kind: server.FaultStatus, Status: 429, Times: 9}, "", 10},
		"server error": {server.Fault{Kind: server.FaultStatus, Status: 500},
			"Failed to validate credentials: Internal Server Error. Cause: 500 Internal Server Error", 1},
		"dropped":                 {server.Fault{Kind: server.FaultDropBefore}, "Failed to validate credentials: fetch failed", 1},
		"a page with status 200":  {server.Fault{Kind: server.FaultHTML}, "", 1}, // nobody looks at the body
		"nothing with status 204": {server.Fault{Kind: server.FaultStatus, Status: 204}, "", 1},
		"a redirect to a sign-in page": {
			server.Fault{Kind: server.FaultRedirect, Times: 1, Header: http.Header{"Location": {"/users/sign_in"}}},
			"Failed to validate credentials: Not Found. Cause: ", 2,
		},
		"empty JSON with status 200": {server.Fault{Kind: server.FaultEmpty}, "Failed to validate credentials: Unexpected end of JSON input", 1},
		"empty JSON with status 400": {server.Fault{Kind: server.FaultEmpty, Status: 400}, "Failed to validate credentials: Unexpected end of JSON input", 1},
		"broken JSON with status 200": {server.Fault{Kind: server.FaultStatus, Status: 200, Body: "{nonsense"},
			"Failed to validate credentials: Expected property name or '}' in JSON at position 1 (line 1 column 2)", 1},
		"not found": {server.Fault{Kind: server.FaultStatus, Status: 404}, "Failed to validate credentials: Not Found. Cause: 404 Not found",
			1},
		"unavailable": {server.Fault{Kind: server.FaultStatus, Status: 503},
			"Failed to validate credentials: Service Unavailable. Cause: <!DOCTYPE html>", 1},
		"bad gateway ten times": {
			server.Fault{Kind: server.FaultStatus, Status: 502},
			"Failed to validate credentials: Could not successfully complete this request after 10 retries, last status code: 502. Verify the status of the " +
				"endpoint.", 10,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			c.fault.Server, c.fault.Client = server.GitLab, server.ClientInfisical
			sb.Fail(c.fault)
			a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value))
			if message := a.field("message"); c.message == "" && message != "" || !strings.HasPrefix(message, c.message) {
				t.Errorf("%d %s", a.status, a.text)
			}
			if calls := len(sb.Log.Requests()) - 1; calls != c.calls {
				t.Errorf("%d calls, want %d", calls, c.calls)
			}
		})
	}
}

func TestInfisical_gitLabDotCom(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		opts := []Option{WithGitLabDotCom(), WithGitLabPath("/gitlab")}
		if tls {
			opts = append(opts, WithTLS())
		}
		sb := start(t, opts...)
		body := sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value)
		body["credentials"] = map[string]any{"accessToken": sb.GitLab.Token("personal-api").Value, "accessTokenType": "personal"}
		a := sb.tlsClient(t, http.MethodPost, sb.Infisical.URL()+connectionsPath, bearer(sb.Infisical.AccessToken()), body)
		if a.status != http.StatusOK {
			t.Errorf("TLS %t: %d %s", tls, a.status, a.text)
		}
	}
}

func TestInfisical_changesOutOfBand(t *testing.T) {
	t.Parallel()
	sb := start(t)
	cases := map[string]struct {
		change func(id string)
		moves  bool
		shown  string
	}{
		"SetAccessToken":     {func(id string) { sb.Infisical.SetAccessToken(id, "other") }, true, ""},
		"SetAccessTokenType": {func(id string) { sb.Infisical.SetAccessTokenType(id, "group") }, true, `"accessTokenType":"group"`},
		"SetInstanceURL": {func(id string) { sb.Infisical.SetInstanceURL(id, "https://other.example.com") }, true,
			`"instanceUrl":"https://other.example.com"`},
		"no instance":    {func(id string) { sb.Infisical.SetInstanceURL(id, "") }, true, `"credentials":{"accessTokenType":"personal"}`},
		"Rename":         {func(id string) { sb.Infisical.Rename(id, "renamed") }, false, `"name":"renamed"`},
		"SetDescription": {func(id string) { sb.Infisical.SetDescription(id, new("other")) }, false, `"description":"other"`},
	}
	for name, c := range cases {
		before := sb.Infisical.Add(infisical.Connection{})
		c.change(before.ID)
		a := sb.infisical(t, http.MethodGet, idPath(before), nil)
		if moved := a.field("appConnection", "credentialsHash") != before.CredentialsHash; moved != c.moves || !strings.Contains(a.text, c.shown) {
			t.Errorf("%s: the hash moved %t: %s", name, moved, a.text)
		}
		sb.Infisical.Remove(before.ID)
		if a := sb.infisical(t, http.MethodGet, idPath(before), nil); a.status != http.StatusNotFound {
			t.Errorf("%s, removed: %d", name, a.status)
		}
	}
}
