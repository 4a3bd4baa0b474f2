package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The schema counts UTF-16 units and allows 256 of them; the column holds 255 characters, and tells so after GitLab was
// asked.
func TestInfisical_descriptionsFitTheirColumn(t *testing.T) {
	t.Parallel()
	const tooLong = "One or more field values exceed the maximum length allowed for this resource"
	for _, c := range []struct {
		description    string
		newest, older  int
		message, error string // of the older server, for an update
	}{
		{strings.Repeat("é", 255), 200, 200, "", ""},
		{strings.Repeat("é", 256), 422, 500, "Something went wrong", "Update by id"},
		{strings.Repeat("😀", 128), 200, 200, "", ""},
		{strings.Repeat("😀", 129), 422, 422, "", "ValidationFailure"},
		{"a\x00b", 500, 500, "Something went wrong", "Update by id"},
	} {
		newest, older := start(t, WithNewestInfisical()), start(t, WithOlderInfisical())
		describe := func(sb *Sandbox) answer {
			return sb.infisical(t, http.MethodPatch, idPath(sb.Infisical.Add(infisical.Connection{})), map[string]any{"description": c.description})
		}
		if a := describe(newest); a.status != c.newest || a.status == 422 && c.older == 500 && a.field("message") != tooLong {
			t.Errorf("newest, %d bytes: %d %s", len(c.description), a.status, a.text)
		}
		if a := describe(older); a.status != c.older || a.field("message") != c.message || a.field("error") != c.error {
			t.Errorf("older, %d bytes: %d %s", len(c.description), a.status, a.text)
		}
		create := older.connectionBody("platform", older.GitLab.Token("personal-api").Value)
		create["description"] = c.description
		a := older.infisical(t, http.MethodPost, connectionsPath, create)
		if a.status != c.older || a.status == 500 && a.field("error") != "Create" {
			t.Errorf("created, %d bytes: %d %s", len(c.description), a.status, a.text)
		}
	}
}

func TestInfisical_nul(t *testing.T) {
	t.Parallel()
	sb := start(t)
	create := sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value)
	create["projectId"] = "a\x00b"
	for what, a := range map[string]answer{
		"project of a new connection": sb.infisical(t, http.MethodPost, connectionsPath, create),
		"project of a list":           sb.infisical(t, http.MethodGet, connectionsPath+"?projectId=a%00b", nil),
		"name":                        sb.infisical(t, http.MethodGet, connectionsPath+"/connection-name/a%00b", nil),
	} {
		if a.status != http.StatusInternalServerError || a.field("message") != "Something went wrong" {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
}

func TestInfisical_projectOfAQuery(t *testing.T) {
	t.Parallel()
	sb := start(t)
	project := sb.Infisical.Projects[0]
	for query, want := range map[string]int{
		"projectId=" + project:                           200,
		"projectId=" + url.QueryEscape(" "+project+" "):  404, // not trimmed
		"projectId=" + project + "&projectId=" + project: 422,
	} {
		a := sb.infisical(t, http.MethodGet, connectionsPath+"?"+query, nil)
		if a.status != want || want == 422 && issueMessages(a)[0] != "Expected string, received array" {
			t.Errorf("%s: %d %s", query, a.status, a.text)
		}
	}
}

func TestInfisical_enumerationsMayBeNumbers(t *testing.T) {
	t.Parallel()
	sb := start(t)
	body := sb.connectionBody("platform", "any")
	body["credentials"].(map[string]any)["accessTokenType"] = 1
	a := sb.infisical(t, http.MethodPost, connectionsPath, body)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `"code":"invalid_enum_value"`) {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestInfisical_bearers(t *testing.T) {
	t.Parallel()
	sb := start(t)
	for authorization, want := range map[string]string{"": "Token missing", "Bearer": "jwt must be provided", "Bearer ": "jwt must be provided"} {
		header := map[string]string{"Authorization": authorization}
		if authorization == "" {
			header = nil
		}
		if a := send(t, http.MethodGet, sb.Infisical.URL()+connectionsPath, header, nil); a.field("message") != want {
			t.Errorf("%q: %d %s", authorization, a.status, a.text)
		}
	}
}

// What another organization has is not there on the newest servers, and forbidden on older ones.
func TestInfisical_twoOrganisations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options []Option
		status  int
		says    string
		names   bool // the access token names the organization
		revoked string
	}{
		{[]Option{WithNewestInfisical()}, 404, "Could not find App Connection with ID ", true, "Failed to authorize: token has been revoked"},
		{[]Option{WithOlderInfisical()}, 403, "but this resource belongs to a different organization.", false,
			"Failed to authorize revoked access token, access token is revoked"},
	} {
		sb := start(t, c.options...)
		token := sb.login(t, sb.Infisical.OtherClientID, sb.Infisical.OtherClientSecret).field("accessToken")
		as := func(method, path string, body any) answer {
			return send(t, method, sb.Infisical.URL()+path, bearer(token), body)
		}
		theirs := sb.Infisical.Add(infisical.Connection{Name: "theirs"})
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodDelete} {
			if a := as(method, idPath(theirs), map[string]any{}); a.status != c.status || !strings.Contains(a.text, c.says) {
				t.Errorf("%s: %d %s", method, a.status, a.text)
			}
		}
		made := as(http.MethodPost, connectionsPath, sb.connectionBody("theirs", sb.GitLab.Token("personal-api").Value))
		if got := made.field("appConnection", "orgId"); got != sb.Infisical.OtherOrganizationID {
			t.Errorf("made in organization %s: %s", got, made.text)
		}
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
			t.Fatal(err)
		}
		if named := claims["orgId"] == sb.Infisical.OtherOrganizationID; named != c.names {
			t.Errorf("the token says %v", claims)
		}
		sb.Infisical.RevokeAccessTokens()
		if a := as(http.MethodGet, connectionsPath, nil); a.status != http.StatusUnauthorized || a.field("message") != c.revoked {
			t.Errorf("revoked: %d %s", a.status, a.text)
		}
	}
}

// What a project of another organization has is forbidden, whatever the server's age; older servers look at the
// organization before the project when a connection is changed.
func TestInfisical_projectsOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	ofProject, ofOrganization := "This project does not belong to your selected organization.", "but this resource belongs to a different organization."
	for age, option := range Ages() {
		sb := start(t, option)
		token := sb.login(t, sb.Infisical.OtherClientID, sb.Infisical.OtherClientSecret).field("accessToken")
		synced := sb.Infisical.AddSync(infisical.Sync{Name: "theirs"})
		connection := sb.Infisical.Add(infisical.Connection{Name: "theirs", ProjectID: &sb.Infisical.Projects[0]})
		for request, want := range map[string]string{
			"GET /api/v1/secret-syncs/gitlab/" + synced.ID: ofProject, "PATCH /api/v1/secret-syncs/gitlab/" + synced.ID: ofProject,
			"GET " + idPath(connection): map[string]string{"older": ofProject}[age], "DELETE " + idPath(connection): map[string]string{"older": ofProject}[age],
			"PATCH " + idPath(connection): map[string]string{"older": ofOrganization}[age],
		} {
			method, path, _ := strings.Cut(request, " ")
			a := send(t, method, sb.Infisical.URL()+path, bearer(token), map[string]any{})
			if status := map[bool]int{true: 403, false: 404}[want != ""]; a.status != status || !strings.Contains(a.text, want) {
				t.Errorf("%s, %s: %d %s", age, request, a.status, a.text)
			}
		}
	}
}

// An identity that was taken out of its organization is told so, of each connection of it.
func TestInfisical_expelledFromOrganization(t *testing.T) {
	t.Parallel()
	sb := start(t)
	own := sb.Infisical.Add(infisical.Connection{Name: "own"})
	sb.Infisical.ExpelFromOrganization(sb.Infisical.ClientID)
	want := "You are not a member of this organization with ID " + sb.Infisical.OrganizationID + ". "
	if a := sb.infisical(t, http.MethodGet, idPath(own), nil); a.status != http.StatusForbidden || !strings.HasPrefix(a.field("message"), want) {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// GitLab takes longer than the server keeps a connection: the client gets no answer, and the connection is stored all
// the same.
func TestInfisical_goesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	sb := start(t, WithAnswerWithin(shortly))
	gitLabMayAnswer := make(chan struct{})
	sb.OnRequest(func(r *server.Request) {
		if r.Server == server.GitLab {
			<-gitLabMayAnswer
		}
	})
	body := sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value)
	_, err := try(t, http.MethodPost, sb.Infisical.URL()+connectionsPath, bearer(sb.Infisical.AccessToken()), body)
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no dropped connection: %v", err)
	}
	if n := len(sb.Infisical.Connections()); n != 0 {
		t.Errorf("%d connections before GitLab has answered", n)
	}
	close(gitLabMayAnswer)
	for deadline := time.Now().Add(10 * time.Second); len(sb.Infisical.Connections()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection is not stored")
		}
	}
}

func TestInfisical_tagsItsAnswers(t *testing.T) {
	t.Parallel()
	sb := start(t)
	first := sb.infisical(t, http.MethodGet, connectionsPath, nil)
	header := bearer(sb.Infisical.AccessToken())
	header["If-None-Match"] = first.header.Get("Etag")
	if again := send(t, http.MethodGet, sb.Infisical.URL()+connectionsPath, header, nil); again.status != http.StatusNotModified {
		t.Errorf("%v, then %d %s", first.header, again.status, again.text)
	}
}
