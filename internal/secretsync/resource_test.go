package secretsync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestAccSecretSync_lifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gitlab.AddVariable(w.app, gitlab.Variable{Key: "BY_HAND", Value: "1"})
	var first string

	w.test(
		// 1. Create: one POST, and polls until the run has ended.
		resource.TestStep{
			Config:           w.config(settings{"description": `"Production"`}),
			ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("id", knownvalue.NotNull()),
				attribute("status", knownvalue.StringExact("succeeded")),
				attribute("last_synced_at", knownvalue.NotNull()),
				attribute("last_message", knownvalue.Null()),
				attribute("auto_sync", knownvalue.Bool(true)),
				attribute("on_destroy", knownvalue.StringExact("keep")),
				attribute("source", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"environment": knownvalue.StringExact("prod"), "secret_path": knownvalue.StringExact("/"), "include_subfolders": knownvalue.Bool(false),
				})),
				attribute("target", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"project": knownvalue.StringExact("1203"), "group": knownvalue.Null(), "environment_scope": knownvalue.StringExact("*"),
					"id": knownvalue.StringExact("1203"),
				})),
			},
			Check: resource.ComposeTestCheckFunc(w.has("BY_HAND=1@*", "DATABASE_URL=postgres://database@*"),
				after(func() { first = w.only().LastJobID; w.forget() })),
		},
		// 2. A new name is one PATCH, after which Infisical runs the sync, and that is waited for.
		resource.TestStep{
			Config:           w.config(settings{"name": `"renamed"`}),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("name", knownvalue.StringExact("renamed")), attribute("description", knownvalue.Null()),
				attribute("status", knownvalue.StringExact("succeeded")),
			},
			Check: after(func() {
				if now := w.only(); now.LastJobID == first || now.Description != nil {
					t.Errorf("not run again, or not cleared: %+v", now)
				}
				w.requests(append([]string{
					"GET /api/v1/secret-syncs/gitlab/{id}",
					"PATCH /api/v1/secret-syncs/gitlab/{id}",
					"GET /api/v1/secret-syncs/gitlab/{id}",
				}, w.servers.AskedForOrganization()...)...)
				w.forget()
			}),
		},
		// 3. Only Terraform's own: nothing is sent.
		resource.TestStep{
			Config:           w.config(settings{"name": `"renamed"`, "on_destroy": `"remove_variables"`, "timeouts": `{ create = "1m" }`}),
			ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: after(func() {
				if writes := w.servers.Writes(); len(writes) != 0 {
					t.Errorf("sent %s", writes[0].Line())
				}
			}),
		},
		// 4. The configuration that is generated for an import changes nothing.
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithID, GenerateConfig: true,
		},
		// 5. Import by id, and by name.
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"on_destroy", "timeouts", "target.project"},
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: w.servers.ProjectID + "/name/renamed", ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"on_destroy", "timeouts", "target.project"},
		},
	)
	// 6. Destroyed with the variables of its secrets, and those alone.
	if len(w.infisical.Syncs()) != 0 {
		t.Error("the sync is still there")
	}
	if err := w.has("BY_HAND=1@*")(nil); err != nil {
		t.Error(err)
	}
}

// The first plan does not know the connection's id: the target is looked up at apply, with the token that the
// connection was given.
func TestAccSecretSync_connectionOfTheSameRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.servers.Provider("max_retries = 1") + `
resource "infisical_gitlab_connection" "test" {
  name = "same-run"
  access_token = {
    type     = "group"
    value_wo = "` + w.servers.Token + `"
  }
}
` + w.sync(settings{"connection_id": "infisical_gitlab_connection.test.id", "target": `{ project = "acme/app" }`})
	w.test(resource.TestStep{
		Config:            config,
		ConfigStateChecks: []statecheck.StateCheck{attribute("status", knownvalue.StringExact("succeeded"))},
		Check: resource.ComposeTestCheckFunc(w.has("DATABASE_URL=postgres://database@*"), after(func() {
			w.requests("POST /api/v1/app-connections/gitlab", checkDestination, postSync, getRequest)
		})),
	})
}

// A first run that fails is told, and no error; the next apply runs the sync again.
func TestAccSecretSync_firstRunFails(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		w := newWorld(t, option)
		w.secret("PIN", "1234")
		masked := w.config(settings{"variables": `{
	    masked    = true
	    unmanaged = "keep"
	  }`})
		w.test(
			resource.TestStep{
				Config: masked, ExpectNonEmptyPlan: true,
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("status", knownvalue.StringExact("failed")),
					attribute("last_message", knownvalue.StringExact("variable PIN: Secret PIN is too short to be masked. GitLab requires a minimum of "+
						"8 characters for masked secrets.")),
				},
				Check: w.has("DATABASE_URL=postgres://database@*"),
			},
			resource.TestStep{
				PreConfig: func() { w.secret("PIN", "12345678"); w.forget() },
				Config:    masked, ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					attribute("status", knownvalue.StringExact("succeeded")), attribute("last_message", knownvalue.Null()),
				},
				Check: w.has("DATABASE_URL=postgres://database@*", "PIN=12345678@*"),
			},
		)
	})
}

// A sync that was deleted outside Terraform is recreated. One that another organization's identity does not find was
// not deleted.
func TestAccSecretSync_deletedOutOfBand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := strings.NewReplacer(w.servers.ClientID, w.infisical.OtherClientID, w.servers.ClientSecret, w.infisical.OtherClientSecret).Replace(w.config(nil))
	w.test(
		resource.TestStep{Config: w.config(nil)},
		resource.TestStep{Config: other, ExpectError: says("State of another Infisical")},
		resource.TestStep{
			PreConfig: func() { w.infisical.RemoveSync(w.only().ID) },
			Config:    w.config(nil), ConfigPlanChecks: action(plancheck.ResourceActionCreate),
			ConfigStateChecks: []statecheck.StateCheck{attribute("status", knownvalue.StringExact("succeeded"))},
		},
	)
}

// What a configuration says wrong is told before any server is asked.
func TestAccSecretSync_rules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		changed settings
		says    string
	}{
		"empty scope":           {settings{"target": "{\n project = \"1203\"\n environment_scope = \"\"\n}"}, "Empty environment scope"},
		"scope":                 {settings{"target": "{\n project = \"1203\"\n environment_scope = \"prod!\"\n}"}, "Not an environment scope"},
		"no target":             {settings{"target": "{}"}, "Attribute missing"},
		"two targets":           {settings{"target": "{\n project = \"1203\"\n group = \"acme\"\n}"}, "Too many attributes"},
		"hidden but not masked": {settings{"variables": "{\n hidden = true\n unmanaged = \"keep\"\n}"}, "Hidden variables must be masked"},
		"unmanaged not said":    {settings{"variables": "{}"}, `attribute "unmanaged" is required`},
		"schema with a hyphen": {settings{"variables": "{\n key_schema = \"app-{{secretKey}}\"\n unmanaged = \"keep\"\n}"},
			"every run would fail, although Infisical accepts the schema"},
		"schema without the key": {settings{"variables": "{\n key_schema = \"APP\"\n unmanaged = \"keep\"\n}"}, "It must hold {{secretKey}} " +
			"exactly once"},
		"environment with hyphens": {settings{"source": "{ environment = \"pre-prod\" }",
			"variables": "{\n key_schema = \"{{environment}}_{{secretKey}}\"\n unmanaged = \"keep\"\n}"}, "GitLab takes no hyphens there"},
		"path with a slash at its end": {settings{"source": "{\n environment = \"prod\"\n secret_path = \"/api/\"\n}"}, "Not the path of a folder"},
		"id with leading zeros":        {settings{"target": `{ project = "0004002" }`}, "Id with leading zeros"},
		"timeout":                      {settings{"timeouts": `{ create = "5" }`}, "Not a duration"},
		"connection by its name":       {settings{"connection_id": `"gitlab"`}, "Not an id of Infisical"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.test(resource.TestStep{Config: w.config(tc.changed), ExpectError: says(tc.says)})
		})
	}
	t.Cleanup(func() {
		if lines := w.servers.Sandbox.Log.Provider(); len(lines) > 0 {
			t.Errorf("asked %v", lines)
		}
	})
}

// A server that does not know sub-folders drops the option without a word: the sync is not kept.
func TestAccSecretSync_serverWithoutSubFolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.WithOlderInfisical())
	w.test(resource.TestStep{
		Config:      w.config(settings{"source": "{\n environment = \"prod\"\n include_subfolders = true\n}"}),
		ExpectError: says("Infisical ignored the sub-folders"),
	})
	if syncs := w.infisical.Syncs(); len(syncs) != 0 {
		t.Errorf("left behind: %+v", syncs)
	}
}

// Variables that a run would delete are named before, by key alone.
func TestAccSecretSync_deletesUnmanaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, v := range []gitlab.Variable{
		{Key: "INF_OLD", Value: "v4lue-of-old"},
		{Key: "BY_HAND", Value: "v4lue-by-hand"},
		{Key: "INF_OLD", Value: "v4lue-of-staging", EnvironmentScope: "staging"},
	} {
		w.gitlab.AddVariable(w.app, v)
	}
	deleting := w.config(settings{"variables": "{\n key_schema = \"INF_{{secretKey}}\"\n unmanaged = \"delete\"\n}"})
	w.test(
		resource.TestStep{
			Config: w.config(settings{"variables": "{\n key_schema = \"INF_{{secretKey}}\"\n unmanaged = \"keep\"\n}"}),
			Check: w.has("BY_HAND=v4lue-by-hand@*", "INF_DATABASE_URL=postgres://database@*", "INF_OLD=v4lue-of-old@*",
				"INF_OLD=v4lue-of-staging@staging"),
		},
		resource.TestStep{
			Config: deleting, ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
			Check: w.has("BY_HAND=v4lue-by-hand@*", "INF_DATABASE_URL=postgres://database@*", "INF_OLD=v4lue-of-staging@staging"),
		},
	)
}

// A run that was under way when the sync was changed is not taken for the one that the change causes.
func TestAccSecretSync_changedDuringARun(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		w := newWorld(t, option)
		w.test(
			resource.TestStep{Config: w.config(nil)},
			resource.TestStep{
				PreConfig: func() {
					w.secret("PIN", "1234")
					for w.only().Status != infisical.SyncRunning {
						w.pass(100 * time.Millisecond)
					}
				},
				Config:      w.config(settings{"variables": "{\n masked = true\n unmanaged = \"keep\"\n}"}),
				ExpectError: says("Secret PIN is too short to be masked"),
			},
		)
	})
}

// Time runs out: the sync stays, and the next apply goes on waiting, without a write.
func TestAccSecretSync_timeout(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		w := newWorld(t, option)
		w.servers.Sandbox.Fail(server.Fault{
			Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables", Kind: server.FaultStatus, Status: 503, Times: 4,
		})
		config := w.config(settings{"timeouts": `{ create = "20s" }`})
		w.test(
			resource.TestStep{
				Config: config, ExpectNonEmptyPlan: true,
				ConfigStateChecks: []statecheck.StateCheck{attribute("status", knownvalue.StringExact("running"))},
				Check:             after(w.forget),
			},
			resource.TestStep{
				Config: config, ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{attribute("status", knownvalue.StringExact("succeeded"))},
				Check: resource.ComposeTestCheckFunc(w.has("DATABASE_URL=postgres://database@*"), after(func() {
					if writes := w.servers.Writes(); len(writes) != 0 {
						t.Errorf("sent %s", writes[0].Line())
					}
				})),
			},
		)
	})
}

// A removal that fails keeps the sync in the state, and says why.
func TestAccSecretSync_removalFails(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		w := newWorld(t, option)
		removing := settings{"on_destroy": `"remove_variables"`}
		w.test(
			resource.TestStep{Config: w.config(removing)},
			resource.TestStep{
				PreConfig:   func() { w.infisical.SetAccessToken(w.connection.ID, "glpat-revoked") },
				Config:      w.provider(),
				ExpectError: says("Failed to fetch variables: Unauthorized"),
			},
			resource.TestStep{
				PreConfig: func() {
					if w.only().RemoveStatus != infisical.SyncFailed {
						t.Error("the sync should be there, with a failed removal")
					}
					w.infisical.SetAccessToken(w.connection.ID, w.servers.Token)
				},
				Config: w.provider(), Check: w.has(),
			},
		)
	})
}

// A target that becomes known only in the apply, because what it comes from changes too, replaces the sync: no plan may
// promise an update that the apply cannot do.
func TestAccSecretSync_targetKnownAfterApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := func(project string) string {
		return w.withToken(w.config(settings{"target": "{ project = terraform_data.project.output }", "on_destroy": `"remove_variables"`})) +
			fmt.Sprintf("resource \"terraform_data\" \"project\" {\n  input = %q\n}\n", project)
	}
	w.test(
		resource.TestStep{Config: config("acme/app"), Check: w.has("DATABASE_URL=postgres://database@*")},
		resource.TestStep{
			Config: config("acme/platform/apps/api"), ConfigPlanChecks: action(plancheck.ResourceActionDestroyBeforeCreate),
			Check: w.has(),
		},
	)
}
