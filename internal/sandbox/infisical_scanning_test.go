package sandbox

import (
	"net/http"
	"strings"
	"testing"

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
		"no licence": {newest, func(sb *Sandbox, _ object) { sb.Infisical.LicenseScanning(false) }, 400,
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
