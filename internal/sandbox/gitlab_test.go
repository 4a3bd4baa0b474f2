package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const selfPath = "/personal_access_tokens/self"

func TestGitLab_tokenDiesAtTheStartOfItsDay(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, time.November, 28, 0, 0, 0, 0, time.UTC)
	now := server.NewClock(midnight.Add(-time.Nanosecond))
	sb := start(t, WithClock(now.Now))
	token := sb.GitLab.AddToken(gitlab.TokenSpec{Name: "edge", User: sb.GitLab.AddUser("edge"), ExpiresAt: new("2026-11-28")})

	if a := sb.gitlab(t, http.MethodGet, selfPath, token.Value, nil); a.status != http.StatusOK {
		t.Errorf("a moment before: %d %s", a.status, a.text)
	}
	now.Set(midnight)
	a := sb.gitlab(t, http.MethodGet, selfPath, token.Value, nil)
	if !strings.HasPrefix(a.field("error_description"), "Token is expired.") {
		t.Errorf("at midnight: %d %s", a.status, a.text)
	}
	// Expiry is tested before revocation.
	sb.GitLab.Revoke(token.ID)
	if b := sb.gitlab(t, http.MethodGet, selfPath, token.Value, nil); b.text != a.text {
		t.Errorf("revoked as well: %s", b.text)
	}
}

func TestGitLab_howATokenIsSent(t *testing.T) {
	t.Parallel()
	sb := start(t)
	personal, oauth := sb.GitLab.Token("personal-api").Value, sb.GitLab.Token("oauth-api").Value
	cases := []struct {
		name   string
		header map[string]string
		query  string
		status int
	}{
		{"PRIVATE-TOKEN", map[string]string{"PRIVATE-TOKEN": personal}, "", 200},
		{"Bearer", bearer(personal), "", 200},
		{"query", nil, "?private_token=" + personal, 200},
		{"OAuth as Bearer", bearer(oauth), "", 200},
		{"OAuth as PRIVATE-TOKEN", map[string]string{"PRIVATE-TOKEN": oauth}, "", 401},
		{"nothing", nil, "", 401},
	}
	for _, c := range cases {
		if a := send(t, http.MethodGet, sb.GitLab.URL()+"/api/v4"+"/user"+c.query, c.header, nil); a.status != c.status {
			t.Errorf("%s: %d %s", c.name, a.status, a.text)
		}
	}
}

func TestGitLab_scopesAndPermissions(t *testing.T) {
	t.Parallel()
	sb := start(t)
	cases := []struct {
		token, method, path string
		status              int
		name                string // of the error
	}{
		{"personal-api", "GET", "/user", 200, ""},
		{"personal-read-api", "GET", "/user", 200, ""},
		{"personal-read-repository", "GET", "/user", 403, "insufficient_scope"},
		{"personal-read-repository", "GET", selfPath, 200, ""},
		{"granular", "GET", "/user", 200, ""},
		{"granular", "GET", "/projects/1203", 403, "insufficient_granular_scope"},
		{"granular-described", "GET", selfPath, 200, ""},
		{"read-api-management", "GET", "/projects/1203/access_tokens", 200, ""},
		{"read-api-management", "POST", "/projects/1203/access_tokens", 403, "insufficient_scope"},
	}
	for _, c := range cases {
		a := sb.gitlab(t, c.method, c.path, sb.GitLab.Token(c.token).Value, nil)
		if a.status != c.status || a.field("error") != c.name {
			t.Errorf("%s %s %s: %d %s", c.token, c.method, c.path, a.status, a.text)
		}
	}
}

func TestGitLab_mints(t *testing.T) {
	t.Parallel()
	const (
		projectTokens = "/projects/acme%2Fapp/access_tokens"
		groupTokens   = "/groups/acme%2Fplatform%2Fapps/access_tokens"
		noPermission  = "400 Bad request - User does not have permission to create "
		tooHigh       = "400 Bad request - Access level of the token contains permissions not held by the creating user"
	)
	cases := []struct {
		name, by, path string
		change         map[string]any // nil values leave a parameter out
		status         int
		message        string
	}{
		{"project, by the Owner", "admin-management", projectTokens, nil, 201, ""},
		{"project, by a Maintainer", "maintainer-management", projectTokens, nil, 201, ""},
		{"group, by the Owner", "admin-management", groupTokens, nil, 201, ""},
		{"by id", "admin-management", "/groups/87/access_tokens", nil, 201, ""},
		{"owner, by a Maintainer", "maintainer-management", projectTokens, map[string]any{"access_level": 50}, 400, tooHigh},
		{"group, by a Maintainer", "maintainer-management", groupTokens, nil, 400, noPermission + "group access token"},
		{"project, by a Developer", "developer-management", projectTokens, nil, 400, noPermission + "project access token"},
		{"by a project token", "project-owner-api", projectTokens, nil, 400, noPermission + "project access token"},
		{"where there is nothing", "admin-management", "/projects/acme%2Fnone/access_tokens", nil, 404, "404 Project Not Found"},
		{"without a name", "admin-management", projectTokens, map[string]any{"name": nil, "scopes": nil}, 400, "name is missing, scopes is missing"},
		{"blank name", "admin-management", projectTokens, map[string]any{"name": " "}, 400, "400 Bad request - Name can't be blank"},
		{"unknown scope", "admin-management", projectTokens, map[string]any{"scopes": []string{"sudo"}}, 400, "scopes does not have a valid value"},
		{"unknown level", "admin-management", projectTokens, map[string]any{"access_level": 41}, 400, "access_level does not have a valid value"},
		{"no date", "admin-management", projectTokens, map[string]any{"expires_at": "soon"}, 400, "expires_at is invalid"},
		{"the last day", "admin-management", projectTokens, map[string]any{"expires_at": "2027-11-22"}, 201, ""},
		{"a day too far", "admin-management", projectTokens, map[string]any{"expires_at": "2027-11-23"}, 400,
			"400 Bad request - Expires at must be before 2027-11-22"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, WithClock(server.NewClock(recordedAt).Now))
			body := map[string]any{"name": "ci", "scopes": []string{"api"}, "expires_at": "2027-01-21"}
			for name, value := range c.change {
				body[name] = value
				if value == nil {
					delete(body, name)
				}
			}
			a := sb.gitlab(t, http.MethodPost, c.path, sb.GitLab.Token(c.by).Value, body)
			if message := a.field("message") + a.field("error"); a.status != c.status || message != c.message {
				t.Errorf("%d %s", a.status, a.text)
			}
			if a.status != http.StatusCreated {
				return
			}
			minted := sb.GitLab.Token("ci")
			user := sb.gitlab(t, http.MethodGet, "/user", a.field("token"), nil)
			if want := fmt.Sprintf("%s_%d_bot_", minted.ResourceType, minted.ResourceID); !strings.HasPrefix(user.field("username"), want) {
				t.Errorf("user %q", user.field("username"))
			}
		})
	}
}

// The name of a token is its bot user's, of whom GitLab has a first and a last name.
func TestGitLab_namesOfBots(t *testing.T) {
	t.Parallel()
	letters := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct{ name, message string }{
		{letters(127) + " " + letters(127), ""},
		{"infisical " + letters(128), "Last name is too long (maximum is 127 characters)"},
		{"infisical " + letters(63) + " " + letters(63), ""},
		{"infisical " + letters(63) + "  " + letters(63), ""}, // spaces between words count once
		{"infisical " + letters(63) + " " + letters(64), "Last name is too long (maximum is 127 characters)"},
		{letters(128), "First name is too long (maximum is 127 characters)"},
		{letters(128) + " " + letters(127), "Name is too long (maximum is 255 characters) and First name is too long (maximum is 127 characters)"},
	} {
		sb := start(t)
		a := sb.gitlab(t, http.MethodPost, "/groups/87/access_tokens", sb.GitLab.Token("admin-management").Value,
			map[string]any{"name": c.name, "scopes": []string{"api"}})
		if message, _ := strings.CutPrefix(a.field("message"), "400 Bad request - "); message != c.message {
			t.Errorf("%d characters: %d %s", len([]rune(c.name)), a.status, a.text)
		}
	}
}

func TestGitLab_wordsOfAMissingToken(t *testing.T) {
	t.Parallel()
	for want, sb := range map[string]*Sandbox{
		"404 group Access Token Not Found":                                   start(t),
		"404 Could not find group access token with token_id: 424 Not Found": start(t, WithOlderGitLab()),
	} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			a := sb.gitlab(t, method, "/groups/87/access_tokens/424", sb.GitLab.Token("admin-management").Value, nil)
			if a.status != http.StatusNotFound || a.field("message") != want {
				t.Errorf("%s: %d %s", method, a.status, a.text)
			}
		}
		shown := sb.gitlab(t, http.MethodGet, "/groups/87/access_tokens", sb.GitLab.Token("admin-management").Value, nil)
		if says := strings.Contains(shown.text, `"resource_id"`); says == strings.Contains(want, "token_id") {
			t.Errorf("%s: %s", want, shown.text)
		}
	}
}

func TestGitLab_everyMintMakesABot(t *testing.T) {
	t.Parallel()
	sb := start(t)
	mint := func() gitlab.Token {
		a := sb.gitlab(t, http.MethodPost, "/projects/1203/access_tokens", sb.GitLab.Token("admin-management").Value,
			map[string]any{"name": "ci", "scopes": []string{"api"}})
		minted, _ := sb.GitLab.TokenByValue(a.field("token"))
		return minted
	}
	first, second := mint(), mint()
	if first.UserID == second.UserID || first.ID == second.ID {
		t.Errorf("%d and %d share a user or an id", first.ID, second.ID)
	}
}

func TestGitLab_tokensOfAResource(t *testing.T) {
	t.Parallel()
	sb := start(t)
	admin := sb.GitLab.Token("admin-management").Value
	minted := sb.GitLab.AddToken(gitlab.TokenSpec{Name: "Terraform one", Resource: sb.GitLab.Project("acme/platform/apps/api"),
		ExpiresAt: new(time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly))})
	path := "/projects/" + url.PathEscape("acme/platform/apps/api") + "/access_tokens"
	one := fmt.Sprintf("%s/%d", path, minted.ID)

	steps := []struct {
		name, method, path, by string
		status                 int
	}{
		{"seen by its resource", "GET", one, "admin-management", 200},
		{"not by another", "GET", fmt.Sprintf("/projects/1203/access_tokens/%d", minted.ID), "admin-management", 404},
		{"nor by a Developer", "GET", one, "developer-management", 401},
		{"whose DELETE is a 400", "DELETE", one, "developer-management", 400},
		{"invisible to another project's bot", "DELETE", one, "project-owner-api", 404},
		{"revoked", "DELETE", one, "maintainer-management", 204},
		{"again: the same", "DELETE", one, "maintainer-management", 204},
		{"still seen", "GET", one, "admin-management", 200},
		{"unknown", "DELETE", path + "/424242", "admin-management", 404},
	}
	for _, s := range steps {
		if a := sb.gitlab(t, s.method, s.path, sb.GitLab.Token(s.by).Value, nil); a.status != s.status {
			t.Errorf("%s: %d %s", s.name, a.status, a.text)
		}
	}
	for query, want := range map[string]int{"": 1, "?state=inactive": 1, "?state=active": 0, "?search=terra": 1, "?search=other": 0, "?revoked=false": 0} {
		a := sb.gitlab(t, http.MethodGet, path+query, admin, nil)
		if got := strings.Count(a.text, `"user_id"`); got != want {
			t.Errorf("%q: %d tokens, want %d: %s", query, got, want, a.text)
		}
	}
}

func TestGitLab_paginates(t *testing.T) {
	t.Parallel()
	sb := start(t)
	api := sb.GitLab.Project("acme/platform/apps/api")
	for n := range 25 {
		sb.GitLab.AddToken(gitlab.TokenSpec{Name: fmt.Sprintf("t%d", n), Resource: api})
	}
	admin := sb.GitLab.Token("admin-management").Value
	for query, want := range map[string][3]string{ // how many, next page, total
		"":                    {"20", "2", "25"},
		"?page=2":             {"5", "", "25"},
		"?page=3":             {"0", "", "25"},
		"?per_page=100":       {"25", "", "25"},
		"?per_page=2&page=12": {"2", "13", "25"},
	} {
		a := sb.gitlab(t, http.MethodGet, fmt.Sprintf("/projects/%d/access_tokens%s", api.ID, query), admin, nil)
		got := [3]string{fmt.Sprint(strings.Count(a.text, `"user_id"`)), a.header.Get("X-Next-Page"), a.header.Get("X-Total")}
		if got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestGitLab_roles(t *testing.T) {
	t.Parallel()
	sb := start(t)
	token := sb.GitLab.Token("group-maintainer-api")
	member := func(path string) string {
		a := sb.gitlab(t, http.MethodGet, path+fmt.Sprint("/", token.UserID), token.Value, nil)
		return fmt.Sprint(a.status, " ", a.body["access_level"])
	}
	for path, want := range map[string]string{
		"/groups/acme%2Fplatform/members/all":                                           "200 40",
		"/projects/" + url.PathEscape("acme/platform/apps/api") + "/members/all":        "200 40",
		fmt.Sprintf("/groups/%d/members/all", sb.GitLab.Group("acme/platform/apps").ID): "200 40",
	} {
		if got := member(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	variables := func(path string) int { return sb.gitlab(t, http.MethodGet, path, token.Value, nil).status }
	if got := []int{variables("/projects/1203/variables"), variables("/groups/87/variables")}; !slices.Equal(got, []int{200, 403}) {
		t.Errorf("variables: %v", got)
	}
	sb.GitLab.SetAccessLevel(token.ID, gitlab.OwnerAccess)
	if got := variables("/groups/87/variables"); got != http.StatusOK {
		t.Errorf("variables of the group, as Owner: %d", got)
	}
}

func TestGitLab_whatABotSees(t *testing.T) {
	t.Parallel()
	sb := start(t)
	bot := sb.GitLab.Token("project-owner-api").Value
	for path, want := range map[string]int{
		"/projects/1203": 200, "/projects/acme%2Fapp": 200, "/groups/acme": 200, "/groups/acme%2Fplatform": 404,
		"/projects/" + url.PathEscape("acme/platform/apps/api"): 404,
	} {
		if a := sb.gitlab(t, http.MethodGet, path, bot, nil); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	if a := send(t, http.MethodGet, sb.GitLab.URL()+"/api/v4"+"/projects/1203", nil, nil); a.status != http.StatusNotFound {
		t.Errorf("anonymous: %d", a.status)
	}
}

func TestGitLab_relativeRoot(t *testing.T) {
	t.Parallel()
	sb := start(t, WithGitLabPath("/git/lab"))
	token := sb.GitLab.Token("personal-api").Value
	if !strings.HasSuffix(sb.GitLab.URL(), "/git/lab") {
		t.Errorf("URL %s", sb.GitLab.URL())
	}
	if a := sb.gitlab(t, http.MethodGet, "/projects/acme%2Fapp", token, nil); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
	outside := strings.TrimSuffix(sb.GitLab.URL(), "/git/lab") + "/api/v4" + "/user"
	if a := send(t, http.MethodGet, outside, bearer(token), nil); a.status != http.StatusNotFound || a.body != nil {
		t.Errorf("outside of the root: %d %s", a.status, a.text)
	}
	if a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody("platform", token)); a.status != http.StatusOK {
		t.Errorf("Infisical: %d %s", a.status, a.text)
	}
}

func TestGitLab_maxLifetime(t *testing.T) {
	t.Parallel()
	sb := start(t, WithClock(server.NewClock(recordedAt).Now))
	sb.GitLab.SetMaxLifetimeDays(30)
	a := sb.gitlab(t, http.MethodPost, "/groups/87/access_tokens", sb.GitLab.Token("admin-management").Value,
		map[string]any{"name": "ci", "scopes": []string{"api"}, "expires_at": "2026-12-23"})
	if a.field("message") != "400 Bad request - Expires at must be before 2026-12-22" {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestGitLab_changesOutOfBand(t *testing.T) {
	t.Parallel()
	sb := start(t, WithClock(server.NewClock(recordedAt).Now))
	project := sb.GitLab.Token("project-owner-api")
	owner := gitlab.User{ID: project.UserID}
	describe := func() string { return sb.gitlab(t, http.MethodGet, selfPath, project.Value, nil).text }

	sb.GitLab.SetScopes(project.ID, "read_api", "self_rotate")
	if text := describe(); !strings.Contains(text, `"scopes":["read_api","self_rotate"]`) {
		t.Errorf("scopes: %s", text)
	}
	sb.GitLab.SetExpiresAt(project.ID, nil)
	if text := describe(); !strings.Contains(text, `"expires_at":null`) {
		t.Errorf("expiry: %s", text)
	}
	sb.GitLab.RemoveMember(sb.GitLab.Project("acme/app"), owner)
	if a := sb.gitlab(t, http.MethodGet, "/projects/1203", project.Value, nil); a.status != http.StatusNotFound {
		t.Errorf("no longer a member: %d", a.status)
	}
	sb.GitLab.Expire(project.ID)
	if text := describe(); !strings.Contains(text, "Token is expired.") {
		t.Errorf("expired: %s", text)
	}
	if live := sb.GitLab.LiveTokens(); slices.ContainsFunc(live, func(t gitlab.Token) bool { return t.ID == project.ID }) {
		t.Error("an expired token is listed as live")
	}
	if after, _ := sb.GitLab.TokenByValue(project.Value); *after.ExpiresAt != "2026-11-21" {
		t.Errorf("expired on %s", *after.ExpiresAt)
	}
}
