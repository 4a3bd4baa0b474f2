package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// What Infisical answers about Secret Scanning data sources, in the order of its checks:
// https://infisical.com/docs/api-reference/endpoints/secret-scanning/data-sources/gitlab/create,
// backend/src/ee/services/secret-scanning-v2 of https://github.com/Infisical/infisical.
func TestInfisical_dataSources(t *testing.T) {
	t.Parallel()
	const root = "/api/v2/secret-scanning/data-sources/gitlab"
	newest, older := []Option{WithNewestInfisical()}, []Option{WithOlderInfisical()}
	type object = map[string]any
	with := func(name string, value any) func(*Sandbox, object) {
		return func(_ *Sandbox, body object) { body[name] = value }
	}
	ofSyncs := func(sb *Sandbox, body object) { body["projectId"] = sb.Infisical.Projects[0] }
	ofGroup := func(projects []string) func(*Sandbox, object) {
		return with("config", object{"scope": "group", "groupId": 87, "includeProjects": projects})
	}
	for name, test := range map[string]struct {
		options []Option
		change  func(*Sandbox, map[string]any)
		status  int
		says    string
	}{
		"made":                        {newest, nil, 200, `"externalId":null`},
		"made by an older server":     {older, nil, 200, `"externalId":null`},
		"no project":                  {newest, with("projectId", nil), 200, `"type":"gitlab"`},
		"no project, an older server": {older, with("projectId", nil), 422, "Expected string, received null"},
		"a project of another type":   {newest, ofSyncs, 404, "not found in this organization"},
		"the same, an older server":   {older, ofSyncs, 400, "type secret-scanning"},
		"an id as text":               {newest, with("config", object{"scope": "project", "projectId": "1203"}), 422, "Expected number, received string"},
		"no projects":                 {newest, ofGroup([]string{}), 422, "One or more projects required"},
		"101 projects":                {newest, ofGroup(make([]string, 101)), 422, "Cannot configure more than 100 projects"},
		"every project by default":    {newest, with("config", object{"scope": "group", "groupId": 87}), 200, `"includeProjects":["*"]`},
		"no license": {newest, func(sb *Sandbox, _ object) { sb.Infisical.LicenseScanning(false) }, 400,
			"Failed to create Secret Scanning Data Source due to plan restriction."},
		// An inference.
		"a target that is not there":   {newest, with("config", object{"scope": "project", "projectId": 4711}), 500, "Something went wrong"},
		"a connection that is missing": {newest, with("connectionId", "00000000-0000-4000-8000-000000000000"), 404, "Could not find App Connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t, test.options...)
			connection := sb.Infisical.Add(infisical.Connection{AccessToken: sb.GitLab.Token("group-owner-api").Value, AccessTokenType: "group"})
			body := map[string]any{
				"name": "app", "projectId": sb.Infisical.ScanningProject, "connectionId": connection.ID,
				"config": map[string]any{"scope": "project", "projectId": 1203},
			}
			if test.change != nil {
				test.change(sb, body)
			}
			a := sb.infisical(t, http.MethodPost, root, body)
			if a.status != test.status || !strings.Contains(a.text, test.says) {
				t.Errorf("%d %s", a.status, a.text)
			}
			hooks := len(sb.GitLab.Hooks(sb.GitLab.Project("acme/app"))) + len(sb.GitLab.Hooks(sb.GitLab.Group("acme")))
			if made := a.status == http.StatusOK; made != (hooks == 1) || !made && hooks > 0 {
				t.Errorf("%d webhooks", hooks)
			}
		})
	}
}

// A data source stays when Infisical cannot even begin to talk to GitLab. What GitLab then says does not matter.
func TestInfisical_dataSourcesThatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	const root = "/api/v2/secret-scanning/data-sources/gitlab"
	for name, tc := range map[string]struct {
		before func(*Sandbox, infisical.Connection)
		status int
		says   string
	}{
		"GitLab refuses": {func(sb *Sandbox, c infisical.Connection) { sb.Infisical.SetAccessToken(c.ID, "glpat-revoked") }, 200, `"name":"app"`},
		"an address that is not called": {func(sb *Sandbox, c infisical.Connection) { sb.Infisical.SetInstanceURL(c.ID, "https://localhost") }, 400,
			"Local IPs not allowed as URL"},
		"a grant that was revoked": {func(sb *Sandbox, c infisical.Connection) {
			sb.Infisical.SetOAuth(c.ID, "refresh-revoked")
		}, 400, "Failed to refresh GitLab token: Request failed with status code "},
		"no OAuth application": {func(sb *Sandbox, c infisical.Connection) {
			sb.Infisical.SetOAuth(c.ID, "refresh")
			sb.Infisical.ConfigureOAuth("", "", "")
		}, 500, "GitLab environment variables have not been configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, _ := oauthSandbox(t)
			connection := sb.Infisical.Add(infisical.Connection{AccessToken: sb.GitLab.Token("group-owner-api").Value, AccessTokenType: "group",
				InstanceURL: new(sb.GitLab.URL())})
			made := sb.infisical(t, http.MethodPost, root, map[string]any{
				"name": "app", "projectId": sb.Infisical.ScanningProject, "connectionId": connection.ID,
				"config": map[string]any{"scope": "project", "projectId": 1203},
			})
			tc.before(sb, connection)
			a := sb.infisical(t, http.MethodDelete, root+"/"+made.field("dataSource", "id"), nil)
			if a.status != tc.status || !strings.Contains(a.text, tc.says) {
				t.Errorf("%d %s", a.status, a.text)
			}
			if left := len(sb.Infisical.DataSources()); (left == 0) != (tc.status == http.StatusOK) {
				t.Errorf("%d left", left)
			}
		})
	}
}

// An OAuth token that has expired is renewed by the run that needs it, and why that fails is told as it stands.
func TestInfisical_runsRenewOAuth(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	app := s.GitLab.AddApplication(callback)
	s.Infisical.ConfigureOAuth(app.ClientID, app.ClientSecret, "https://infisical.example.com/")
	made := s.infisical(t, http.MethodPost, connectionsPath, s.oauthBody("oauth", s.GitLab.AuthorizationCode(app.ClientID, callback)))
	s.clock.Advance(3 * time.Hour)
	path := s.create(map[string]any{"connectionId": made.field("appConnection", "id")})
	if a := s.ended(path); a.field("secretSync", "syncStatus") != infisical.SyncSucceeded {
		t.Error(a.text)
	}
	s.Infisical.SetOAuth(made.field("appConnection", "id"), "refresh-revoked")
	s.ask(http.MethodPost, path+"/sync-secrets", nil)
	if a := s.ended(path); !strings.HasPrefix(a.field("secretSync", "lastSyncMessage"), "Failed to refresh GitLab token: ") {
		t.Error(a.text)
	}
}
