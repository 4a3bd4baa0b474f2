package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

// What GitLab answers to writes of CI/CD variables, from lib/api/ci/variables.rb, lib/api/group_variables.rb and the
// models in app/models/ci: https://docs.gitlab.com/api/project_level_variables/,
// https://docs.gitlab.com/api/group_level_variables/
func TestGitLab_writesOfVariables(t *testing.T) {
	t.Parallel()
	const (
		project, group = "/projects/1203/variables", "/groups/87/variables"
		several        = `There are multiple variables with provided parameters. Please use 'filter[environment_scope]'`
	)
	// ONE is in scope *, TWO in two scopes, and HIDDEN is hidden.
	key := func(more map[string]any) map[string]any {
		body := map[string]any{"key": "NEW", "value": "a"}
		for name, value := range more {
			body[name] = value
		}
		return body
	}
	tests := map[string]struct {
		method, path string
		body         any
		status       int
		says         string
	}{
		"created":                          {"POST", project, key(nil), 201, `"environment_scope":"*"`},
		"created, an empty value":          {"POST", project, key(map[string]any{"value": ""}), 201, `"value":""`}, // An inference.
		"created, outer blanks of the key": {"POST", project, key(map[string]any{"key": " NEW "}), 201, `"key":"NEW"`},
		"created, booleans as text":        {"POST", group, key(map[string]any{"protected": "true"}), 201, `"protected":true`},
		"hidden is never shown":            {"POST", project, key(map[string]any{"value": "long-enough", "masked_and_hidden": true}), 201, `"value":null`},
		"neither key nor value":            {"POST", project, map[string]any{}, 400, `{"error":"key is missing, value is missing"}`},
		"no such type": {"POST", project, key(map[string]any{"variable_type": "secret"}), 400,
			`{"error":"variable_type does not have a valid value"}`},
		"characters of the key": {"POST", project, key(map[string]any{"key": "NEW-ONE"}), 400,
			`{"message":{"key":["can contain only letters, digits and '_'."]}}`},
		"length of the key": {"POST", project, key(map[string]any{"key": strings.Repeat("K", 256)}), 400,
			`is too long (maximum is 255 characters)`},
		"there already": {"POST", project, key(map[string]any{"key": "ONE"}), 400, `{"message":{"key":["(ONE) has already been taken"]}}`},
		"there in another scope": {"POST", project, key(map[string]any{"key": "ONE", "environment_scope": "prod"}), 201,
			`"environment_scope":"prod"`},
		"characters of the scope": {"POST", project, key(map[string]any{"environment_scope": `a\b`}), 400,
			`can contain only letters, digits, '-', '_', '/', '$'`},
		"too short to be masked":   {"POST", project, key(map[string]any{"masked": true}), 400, `{"message":{"value":["is invalid"]}}`},
		"masked with a dollar":     {"POST", project, key(map[string]any{"masked": true, "value": "abc$defgh"}), 400, `is invalid`},
		"masked raw with a dollar": {"POST", project, key(map[string]any{"masked": true, "raw": true, "value": "abc$defgh"}), 201, `"masked":true`},

		"read":                            {"GET", project + "/ONE", nil, 200, `"value":"1"`},
		"read, one of two":                {"GET", project + "/TWO", nil, 409, several},
		"read, by scope":                  {"GET", project + "/TWO?filter%5Benvironment_scope%5D=prod", nil, 200, `"environment_scope":"prod"`},
		"read, a scope that fits none":    {"GET", project + "/ONE?filter%5Benvironment_scope%5D=prod", nil, 404, `404 Variable Not Found`},
		"read, not there":                 {"GET", group + "/NONE", nil, 404, `404 GroupVariable Not Found`},
		"changed":                         {"PUT", project + "/ONE", map[string]any{"value": "2"}, 200, `"value":"2"`},
		"changed in part":                 {"PUT", project + "/ONE", map[string]any{"protected": true}, 200, `"value":"1"`},
		"changed, one of two":             {"PUT", project + "/TWO", map[string]any{"value": "2"}, 409, several},
		"changed, the first of a group's": {"PUT", group + "/TWO", map[string]any{"value": "9"}, 200, `"environment_scope":"*"`},
		"changed, by scope in JSON": {"PUT", group + "/TWO", map[string]any{"value": "9", "filter": map[string]any{"environment_scope": "prod"}}, 200,
			`"environment_scope":"prod"`},
		"changed, into a scope that is there": {"PUT", project + "/TWO?filter%5Benvironment_scope%5D=prod", map[string]any{"environment_scope": "*"}, 400,
			`(TWO) has already been taken`},
		"hidden later: ignored": {"PUT", project + "/ONE", map[string]any{"masked_and_hidden": true}, 200, `"hidden":false`},
		"no longer hidden": {"PUT", project + "/HIDDEN", map[string]any{"masked": false}, 400,
			`The visibility setting cannot be changed for masked and hidden variables.`},
		"deleted":             {"DELETE", project + "/ONE", nil, 204, ""},
		"deleted, one of two": {"DELETE", group + "/TWO", nil, 409, several},
		"deleted, by scope":   {"DELETE", group + "/TWO?filter%5Benvironment_scope%5D=prod", nil, 204, ""},
		"deleted, not there":  {"DELETE", project + "/NONE", nil, 404, `404 Variable Not Found`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			for _, place := range []gitlab.Resource{sb.GitLab.Project("acme/app"), sb.GitLab.Group("acme")} {
				for _, v := range []gitlab.Variable{
					{Key: "ONE", Value: "1"}, {Key: "TWO", Value: "1"}, {Key: "TWO", Value: "1", EnvironmentScope: "prod"},
					{Key: "HIDDEN", Value: "long-enough", Masked: true, Hidden: true},
				} {
					sb.GitLab.AddVariable(place, v)
				}
			}
			a := sb.gitlab(t, test.method, test.path, sb.GitLab.Token("personal-api").Value, test.body)
			if a.status != test.status || !strings.Contains(a.text, test.says) {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
}

// Who may not list the variables may not write them, and read_api is enough for the list alone.
func TestGitLab_rightsToWriteVariables(t *testing.T) {
	t.Parallel()
	sb := start(t)
	body := map[string]any{"key": "NEW", "value": "a"}
	for token, statuses := range map[string][2]int{
		"personal-api": {201, 201}, "maintainer-management": {201, 403}, "developer-management": {403, 403}, "personal-read-api": {403, 403},
	} {
		for i, path := range []string{"/projects/1203/variables", "/groups/87/variables"} {
			body["key"] = strings.ReplaceAll(strings.ToUpper(token), "-", "_")
			if a := sb.gitlab(t, http.MethodPost, path, sb.GitLab.Token(token).Value, body); a.status != statuses[i] {
				t.Errorf("%s, %s: %d %s", token, path, a.status, a.text)
			}
		}
	}
}

func TestGitLab_limitsOfVariables(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.GitLab.SetVariableLimits(1, 1)
	token := sb.GitLab.Token("personal-api").Value
	for path, kind := range map[string]string{"/projects/1203/variables": "project", "/groups/87/variables": "group"} {
		sb.gitlab(t, http.MethodPost, path, token, map[string]any{"key": "ONE", "value": "a"})
		a := sb.gitlab(t, http.MethodPost, path, token, map[string]any{"key": "TWO", "value": "a"})
		if want := fmt.Sprintf(`{"message":{"base":["Maximum number of %s ci variables (1) exceeded"]}}`, kind); a.status != 400 ||
			strings.TrimSpace(a.text) != want {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}

// Without a license the scope of a group variable is dropped, so that a second one of the key is there already. What
// the community edition does with it was not seen.
func TestGitLab_scopesOfGroupVariablesNeedALicense(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.GitLab.EndLicense()
	token := sb.GitLab.Token("personal-api").Value
	first := sb.gitlab(t, http.MethodPost, "/groups/87/variables", token, map[string]any{"key": "ONE", "value": "a", "environment_scope": "prod"})
	second := sb.gitlab(t, http.MethodPost, "/groups/87/variables", token, map[string]any{"key": "ONE", "value": "a", "environment_scope": "test"})
	for name, plan := range map[string]string{"personal-api": "free", "maintainer-management": ""} {
		if a := sb.gitlab(t, http.MethodGet, "/namespaces/87", sb.GitLab.Token(name).Value, nil); a.status != 200 || a.field("plan") != plan {
			t.Errorf("plan for %s: %s", name, a.text)
		}
	}
	if !strings.Contains(first.text, `"environment_scope":"*"`) || !strings.Contains(second.text, "(ONE) has already been taken") {
		t.Errorf("%s, %s", first.text, second.text)
	}
}
