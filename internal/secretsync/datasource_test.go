package secretsync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const (
	listRequest = "GET /api/v1/secret-syncs/gitlab"
	getRequest  = "GET /api/v1/secret-syncs/gitlab/{id}"
)

// byHand is a sync of the world's connection that somebody made in the web page.
func (w *world) byHand(name string, change func(*infisical.Sync)) infisical.Sync {
	sync := infisical.Sync{
		Name: name, ConnectionID: w.connection.ID, DisableDeletion: true,
		Destination: infisical.SyncDestination{Scope: "project", ID: "1203", Name: "acme/app", Environment: "*"},
	}
	if change != nil {
		change(&sync)
	}
	return w.infisical.AddSync(sync)
}

func TestAccSecretSyncDataSource_byIDAndName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	description := "By hand"
	project := w.byHand("of-project", func(s *infisical.Sync) {
		s.Description, s.KeySchema, s.AutoSync = &description, "INF_{{secretKey}}", true
		s.Destination.Masked, s.Destination.Environment = true, "production"
	})
	w.byHand("of-group", func(s *infisical.Sync) {
		s.DisableDeletion = false
		s.Destination = infisical.SyncDestination{Scope: "group", ID: "87", Name: "Acme", Environment: "*"}
	})
	const byID, byName = "data.infisical_gitlab_secret_sync.by_id", "data.infisical_gitlab_secret_sync.by_name"
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue(byName, tfjsonpath.New("target"), knownvalue.ObjectExact(map[string]knownvalue.Check{
			"project": knownvalue.Null(), "group": knownvalue.StringExact("87"), "environment_scope": knownvalue.StringExact("*"),
			"id": knownvalue.StringExact("87"),
		})),
		statecheck.ExpectKnownValue(byName, tfjsonpath.New("variables").AtMapKey("unmanaged"), knownvalue.StringExact("delete")),
		statecheck.ExpectKnownValue(byName, tfjsonpath.New("description"), knownvalue.Null()),
	}
	for name, want := range map[string]knownvalue.Check{
		"name": knownvalue.StringExact("of-project"), "description": knownvalue.StringExact("By hand"), "auto_sync": knownvalue.Bool(true),
		"project_id": knownvalue.StringExact(w.servers.ProjectID), "connection_id": knownvalue.StringExact(w.connection.ID),
		"status": knownvalue.Null(), "last_synced_at": knownvalue.Null(), "last_message": knownvalue.Null(),
		"source": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"environment": knownvalue.StringExact("prod"), "secret_path": knownvalue.StringExact("/"), "include_subfolders": knownvalue.Bool(false),
		}),
		"target": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"project": knownvalue.StringExact("1203"), "group": knownvalue.Null(), "environment_scope": knownvalue.StringExact("production"),
			"id": knownvalue.StringExact("1203"),
		}),
		"variables": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"protected": knownvalue.Bool(false), "masked": knownvalue.Bool(true), "hidden": knownvalue.Bool(false),
			"key_schema": knownvalue.StringExact("INF_{{secretKey}}"), "unmanaged": knownvalue.StringExact("keep"),
		}),
	} {
		checks = append(checks, statecheck.ExpectKnownValue(byID, tfjsonpath.New(name), want))
	}
	w.test(resource.TestStep{
		Config: w.provider() + fmt.Sprintf(`
data "infisical_gitlab_secret_sync" "by_id" {
  id = %q
}

data "infisical_gitlab_secret_sync" "by_name" {
  name       = "of-group"
  project_id = %q
}
`, project.ID, w.servers.ProjectID),
		ConfigStateChecks: checks,
	})
}

// A sync whose folder was deleted is read all the same.
func TestAccSecretSyncDataSource_sourceDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sync := w.byHand("of-nothing", func(s *infisical.Sync) { s.FolderID = "deleted" })
	w.test(resource.TestStep{
		Config: w.provider() + fmt.Sprintf("data \"infisical_gitlab_secret_sync\" \"test\" {\n  id = %q\n}\n", sync.ID),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.infisical_gitlab_secret_sync.test", tfjsonpath.New("source"), knownvalue.Null()),
		},
	})
}

func TestAccSecretSyncDataSource_errors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const unknown = `id = "00000000-0000-4000-8000-000000000000"`
	for name, tc := range map[string]struct{ arguments, want string }{
		"unknown id": {unknown, "There is no GitLab secret sync with the id 00000000-0000-4000-8000-000000000000"},
		"unknown name": {fmt.Sprintf("name = \"absent\"\nproject_id = %q", w.servers.ProjectID),
			`There is no GitLab secret sync named "absent" in the project ` + w.servers.ProjectID},
		"malformed id":           {`id = "api-prod"`, "Not an id of Infisical"},
		"name without a project": {`name = "api-prod"`, "name needs project_id"},
		"both":                   {unknown + "\nname = \"x\"\nproject_id = \"00000000-0000-4000-8000-000000000000\"", "Too many attributes"},
		"neither":                {"", "Attribute missing"},
		"id and project":         {unknown + "\nproject_id = \"00000000-0000-4000-8000-000000000000\"", "Too many attributes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.test(resource.TestStep{
				Config:      w.provider() + fmt.Sprintf("data \"infisical_gitlab_secret_sync\" \"test\" {\n%s\n}\n", tc.arguments),
				ExpectError: says(tc.want),
			})
		})
	}
}

// However many there are, one list request finds them.
func TestAccSecretSyncsDataSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"web-prod", "api-prod", "api-staging"} {
		w.byHand(name, nil)
	}
	w.byHand("of-another-project", func(s *infisical.Sync) { s.ProjectID = w.infisical.Projects[1] })
	syncs := func(data string, names ...string) statecheck.StateCheck {
		var elements []knownvalue.Check
		for _, name := range names {
			elements = append(elements, knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"name": knownvalue.StringExact(name), "connection_id": knownvalue.StringExact(w.connection.ID),
			}))
		}
		return statecheck.ExpectKnownValue("data.infisical_gitlab_secret_syncs."+data, tfjsonpath.New("syncs"), knownvalue.ListExact(elements))
	}
	read := func(data, filter string) string {
		return fmt.Sprintf("data \"infisical_gitlab_secret_syncs\" %q {\n  project_id = %q\n  %s\n}\n", data, w.servers.ProjectID, filter)
	}
	w.test(
		resource.TestStep{
			Config:            w.provider() + read("all", ""),
			ConfigStateChecks: []statecheck.StateCheck{syncs("all", "api-prod", "api-staging", "web-prod")},
		},
		resource.TestStep{
			PreConfig:         w.forget,
			Config:            w.provider() + read("named", `name_regex = "^api"`) + read("none", `name_regex = "^none"`),
			ConfigStateChecks: []statecheck.StateCheck{syncs("named", "api-prod", "api-staging"), syncs("none")},
			Check: after(func() {
				if lines := slices.Compact(w.withoutLogins()); !slices.Equal(lines, []string{listRequest}) {
					t.Errorf("requests %q", lines)
				}
			}),
		},
	)
}

// withoutLogins are the provider's requests to Infisical since the log was emptied.
func (w *world) withoutLogins() []string {
	return slices.DeleteFunc(w.servers.Lines("infisical"), func(line string) bool { return line == login })
}

const login = "POST /api/v1/auth/universal-auth/login"

func TestAccSecretSyncsDataSource_errors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct{ arguments, want string }{
		"unknown project":       {`project_id = "99999999-9999-4999-8999-999999999999"`, "Looked in the project 99999999-9999-4999-8999-999999999999. Check that project_id is the id of a project"},
		"no project":            {"", `"project_id" is required`},
		"no regular expression": {"project_id = \"00000000-0000-4000-8000-000000000000\"\nname_regex = \"(\"", "Not a regular expression"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.test(resource.TestStep{
				Config:      w.provider() + fmt.Sprintf("data \"infisical_gitlab_secret_syncs\" \"test\" {\n%s\n}\n", tc.arguments),
				ExpectError: says(tc.want),
			})
		})
	}
}
