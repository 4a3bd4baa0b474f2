package secretsync_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Another project replaces the sync, so that on_destroy decides what becomes of the variables at the old one.
func TestAccSecretSync_targetChanges(t *testing.T) {
	t.Parallel()
	const variable = "DATABASE_URL=postgres://database@*"
	for onDestroy, left := range map[string][]string{"keep": {"BY_HAND=1@*", variable}, "remove_variables": {"BY_HAND=1@*"}} {
		t.Run(onDestroy, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "BY_HAND", Value: "1"})
			old := s.config(block{"on_destroy": onDestroy})
			s.apply(old)
			first := s.only().ID
			api := s.gitlab().Project("acme/platform/apps/api")
			moved := s.config(block{"on_destroy": onDestroy, "target": block{"project": api.FullPath}})
			s.Plans(moved, acctest.Replace, "")
			s.apply(moved)
			s.wrote(deleteSync, postSync)
			s.has(left...)
			s.hasAt(api, variable)
			if s.only().ID == first || s.Attribute("target", "id") != strconv.Itoa(api.ID) {
				t.Errorf("not replaced: %+v", s.only())
			}
			s.settled(moved)
		})
	}
}

// Another key schema is an update, after which the variables have new names. The old ones stay, unless they are among
// those that unmanaged = "delete" deletes: those of the scope that fit the new schema.
func TestAccSecretSync_keySchemaChanges(t *testing.T) {
	t.Parallel()
	const plain, prefixed = "DATABASE_URL=postgres://database@*", "INF_DATABASE_URL=postgres://database@*"
	for name, tc := range map[string]struct {
		before, after block
		has           []string
	}{
		"set, keep":     {block{"unmanaged": "keep"}, block{"unmanaged": "keep", "key_schema": "INF_{{secretKey}}"}, []string{plain, prefixed}},
		"set, delete":   {block{"unmanaged": "delete"}, block{"unmanaged": "delete", "key_schema": "INF_{{secretKey}}"}, []string{plain, prefixed}},
		"unset, keep":   {block{"unmanaged": "keep", "key_schema": "INF_{{secretKey}}"}, block{"unmanaged": "keep"}, []string{plain, prefixed}},
		"unset, delete": {block{"unmanaged": "delete", "key_schema": "INF_{{secretKey}}"}, block{"unmanaged": "delete"}, []string{plain}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.apply(s.config(block{"variables": tc.before}))
			after := s.config(block{"variables": tc.after})
			s.apply(after)
			s.wrote(patchSync)
			s.has(tc.has...)
			s.settled(after)
		})
	}
}

// What GitLab does not mask fails in the open, with what to do about it. The first run's failure is a warning, and the
// next apply runs the sync again.
func TestAccSecretSync_valuesThatCannotBeMasked(t *testing.T) {
	t.Parallel()
	refused := []string{"variable PIN", "letters, digits and _+=/@:.~-"}
	for name, tc := range map[string]struct {
		value string
		says  []string
		older []string // what only an older Infisical says
	}{
		"too short":    {"1234", []string{"Secret PIN is too short to be masked", "Lengthen the secret"}, nil},
		"with a space": {"correct horse battery", refused, []string{"is invalid"}},
		"with a $":     {"pa$$word-of-length", refused, []string{"is invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.EachAge(t, func(t *testing.T, age string, option sandbox.Option) {
				t.Helper()
				s := newStory(t, option)
				s.secret("PIN", tc.value)
				config := s.config(block{"variables": block{"unmanaged": "keep", "masked": true}})
				said := s.apply(config)
				mentions(t, said, append(tc.says, "WARNING: Secret sync failed")...)
				if age == "older" {
					mentions(t, said, tc.older...)
				}
				if s.Tainted() || s.Attribute("status") != infisical.SyncFailed {
					t.Error("tainted, or not failed")
				}
				if strings.Contains(said, tc.value) {
					t.Error("the value shows")
				}
				s.Plans(config, acctest.Update, "Secret sync will run again")
				mentions(t, s.Plan(s.Context, config).Diagnostics.String(), tc.says[len(tc.says)-1]) // What to do.
				s.secret("PIN", "12345678")
				s.apply(config)
				s.has("DATABASE_URL=postgres://database@*", "PIN=12345678@*")
				s.settled(config)
			})
		})
	}
}

// GitLab hides new variables only: the plan says so, in both directions.
func TestAccSecretSync_hiddenLater(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	visible := s.config(block{"variables": block{"unmanaged": "keep", "masked": true}})
	hidden := s.config(block{"variables": block{"unmanaged": "keep", "masked": true, "hidden": true}})
	isHidden := func(want bool) {
		t.Helper()
		if variables := s.gitlab().Variables(s.app); len(variables) != 1 || variables[0].Hidden != want {
			t.Errorf("want hidden: %t, got %+v", want, variables)
		}
	}
	// 1. Switched on later, it does nothing about a variable that exists.
	s.apply(visible)
	s.Plans(hidden, acctest.Update, "Existing variables stay visible")
	s.apply(hidden)
	isHidden(false)
	s.settled(hidden)
	// 2. Deleted at GitLab, the variable is hidden when the next run creates it.
	s.gitlab().RemoveVariable(s.app, "DATABASE_URL")
	s.apply(s.config(block{"name": "renamed", "variables": hidden["variables"]}))
	isHidden(true)
	// 3. Switched off, it does not show again, and runs succeed.
	s.Plans(visible, acctest.Update, "Existing variables stay hidden")
	s.apply(visible)
	isHidden(true)
	s.settled(visible)
}

// What another scope of a group leaves behind is told, because removals fail with it; a project's scopes are apart.
func TestAccSecretSync_scopeChanges(t *testing.T) {
	t.Parallel()
	const title = "Variables stay in the old scope"
	for kind, fails := range map[string]bool{"group": true, "project": false} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			in := func(scope string) block {
				id := map[string]string{"group": "87", "project": "1203"}[kind]
				return s.config(block{"target": block{kind: id, "environment_scope": scope}, "on_destroy": "remove_variables"})
			}
			s.apply(in("production"))
			if plan := s.Plan(s.Context, in("*")); strings.Contains(plan.Diagnostics.String(), title) != fails {
				t.Error(plan.Diagnostics)
			}
			s.apply(in("*"))
			if destroyed := s.Run(nil); destroyed.Failed() != fails {
				t.Error(destroyed)
			}
		})
	}
}

// Infisical deletes a group's variable without its scope, which GitLab refuses when there are two of the key.
func TestAccSecretSync_groupVariableInTwoScopes(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, age string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.HoldToken()
		acme := s.gitlab().Group("acme")
		for _, scope := range []string{"*", "staging"} {
			s.gitlab().AddVariable(acme, gitlab.Variable{Key: "OLD", Value: "1", EnvironmentScope: scope})
		}
		group := block{"target": block{"group": "acme"}}
		said := s.apply(s.config(group, block{"variables": block{"unmanaged": "delete"}}))
		mentions(t, said, "Secret sync deletes variables", "variable OLD", "Secret sync failed", "several environment scopes")
		if age == "older" {
			mentions(t, said, "There are multiple variables", `variables.unmanaged = "keep"`)
		}
		kept := s.config(group)
		s.apply(kept)
		s.hasAt(acme, "DATABASE_URL=postgres://database@*", "OLD=1@*", "OLD=1@staging")
		s.settled(kept)
	})
}

// Variables that others have made are deleted in the scope of the sync when it says so, and named before.
func TestAccSecretSync_foreignVariables(t *testing.T) {
	t.Parallel()
	const ours, others = "DATABASE_URL=postgres://database@*", "BY_HAND=1@*"
	for unmanaged, has := range map[string][]string{"keep": {others, "BY_HAND=1@staging", ours}, "delete": {"BY_HAND=1@staging", ours}} {
		t.Run(unmanaged, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			for _, scope := range []string{"*", "staging"} {
				s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "BY_HAND", Value: "1", EnvironmentScope: scope})
			}
			config := s.config(block{"variables": block{"unmanaged": unmanaged}})
			said := s.apply(config)
			if named := strings.Contains(said, "has no secret: BY_HAND."); named != (unmanaged == "delete") {
				t.Errorf("named: %t: %s", named, said)
			}
			s.has(has...)
			s.settled(config)
		})
	}
}

// Every apply of an older server that drops the option fails, and what was there before stays.
func TestAccSecretSync_subFoldersLater(t *testing.T) {
	t.Parallel()
	s := newStory(t, sandbox.WithOlderInfisical())
	plain := s.config()
	s.apply(plain)
	s.Refuses(s.config(block{"source": block{"environment": "prod", "include_subfolders": true}}), "Infisical ignored the sub-folders",
		"Everything else was written")
	s.settled(plain)
}

// A folder that was deleted is a warning in every plan. Its variables cannot be removed then, and the way out is told.
func TestAccSecretSync_folderRemoved(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.secretIn("/api", "KEY", "value")
		config := s.config(block{"source": block{"environment": "prod", "secret_path": "/api"}, "on_destroy": "remove_variables"})
		s.apply(config)
		s.infisical().RemoveFolder(s.Servers.ProjectID, "prod", "/api")
		s.Plans(config, acctest.NoOp, "Source folder deleted")
		s.Plans(config, acctest.NoOp, "Source folder deleted")
		elsewhere := s.config(block{"source": block{"environment": "prod"}, "on_destroy": "remove_variables"})
		if said := s.Plan(s.Context, elsewhere).Diagnostics.String(); strings.Contains(said, "Source folder deleted") {
			t.Errorf("the plan that corrects it says: %s", said)
		}
		if plan := s.Plan(s.Context, nil); !plan.Diagnostics.Failed() || !strings.Contains(plan.Diagnostics.String(), `on_destroy = "keep"`) {
			t.Errorf("the plan of the destroy says: %s", plan.Diagnostics)
		}
		kept := s.config(block{"source": config["source"], "on_destroy": "keep"})
		s.apply(kept)
		s.wrote()
		s.apply(nil)
		s.wrote(deleteSync)
		s.has("KEY=value@*")
	})
}

// A run that is owed to a sync whose folder was deleted fails in the apply, and is not planned again.
func TestAccSecretSync_folderRemovedUnderOwedRun(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.secretIn("/api", "KEY", "short")
	config := s.config(block{
		"source":    block{"environment": "prod", "secret_path": "/api"},
		"variables": block{"unmanaged": "keep", "masked": true},
	})
	s.apply(config)
	plan := s.Plan(s.Context, config)
	s.infisical().RemoveFolder(s.Servers.ProjectID, "prod", "/api")
	mentions(t, s.ApplyPlan(s.Context, plan).String(), "Secret sync failed", "Point source at a folder that exists")
	s.Plans(config, acctest.NoOp, "Source folder deleted")
}

// Another connection is an update, whose run goes through the new one.
func TestAccSecretSync_connectionReplaced(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.secret("NEW", "value")
	s.apply(s.config())
	s.Dies = true
	s.gitlab().Revoke(s.gitlab().Token("group-owner-api").ID)
	s.gitlab().RemoveVariable(s.app, "NEW")
	other := s.infisical().Add(infisical.Connection{Name: "other", AccessToken: s.Servers.OtherToken, AccessTokenType: "group"})
	config := s.config(block{"connection_id": other.ID})
	s.apply(config)
	s.wrote(patchSync)
	s.has("DATABASE_URL=postgres://database@*", "NEW=value@*")
	s.settled(config)
}

// Another project of Infisical replaces the sync. It is no duplicate of itself.
func TestAccSecretSync_projectMoved(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.apply(s.config(block{"on_destroy": "remove_variables"}))
	other := s.infisical().Projects[1]
	s.infisical().SetSecret(other, "prod", "/", "OTHER", "value")
	config := s.config(block{"project_id": other, "variables": block{"unmanaged": "delete"}})
	if said := s.apply(config); strings.Contains(said, "Duplicate") {
		t.Error(said)
	}
	s.wrote(deleteSync, postSync)
	s.has("OTHER=value@*")
	s.settled(config)
}

// A run that ends late in an update is a warning, and the next apply waits on without a write.
func TestAccSecretSync_updateTimesOut(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.apply(s.config())
		lift := s.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables", Kind: server.FaultStatus,
			Status: 503})
		config := s.config(block{"name": "renamed", "timeouts": block{"update": "20s"}})
		mentions(t, s.apply(config), "Secret sync not finished", "the next apply continues to wait")
		lift()
		s.Plans(config, acctest.Update, "Earlier run still awaited")
		s.apply(config)
		s.wrote()
		s.settled(config)
	})
}

// The token is revoked after the plan: the sync is created, and its run fails in the open.
func TestAccSecretSync_tokenRevokedAfterThePlan(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.Dies = true
		config := s.config()
		plan := s.Plan(s.Context, config)
		s.gitlab().Revoke(s.gitlab().Token("group-owner-api").ID)
		diags := s.ApplyPlan(s.Context, plan)
		mentions(t, diags.String(), "WARNING: Secret sync failed", "Unauthorized", "Give the connection a new one")
		if diags.Failed() || s.Tainted() {
			t.Error("failed, or tainted")
		}
		s.infisical().SetAccessToken(s.connection.ID, s.Servers.OtherToken)
		s.apply(config)
		s.has("DATABASE_URL=postgres://database@*")
		s.settled(config)
	})
}

// Without auto-sync one run is asked for at the creation and when what is written changes, and none for a new name.
func TestAccSecretSync_autoSyncOff(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	manual := block{"auto_sync": false}
	s.apply(s.config(manual))
	s.wrote(postSync, runSync)
	s.has("DATABASE_URL=postgres://database@*")
	s.apply(s.config(manual, block{"name": "renamed"}))
	s.wrote(patchSync)
	s.secret("NEW", "value")
	s.settled(s.config(manual, block{"name": "renamed"}))
	s.has("DATABASE_URL=postgres://database@*")
	changed := s.config(manual, block{"name": "renamed", "variables": block{"unmanaged": "keep", "protected": true}})
	s.apply(changed)
	s.wrote(patchSync, runSync)
	s.has("DATABASE_URL=postgres://database@*", "NEW=value@*")
	s.settled(changed)
}

// Without auto-sync a run that began before the settings were written is not taken for the one that they need.
func TestAccSecretSync_autoSyncOffDuringARun(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.secret("PIN", "1234")
		s.apply(s.config(block{"auto_sync": false}))
		s.infisical().RunSync(s.only().ID)
		s.running()
		s.forget()
		diags := s.Run(s.config(block{"auto_sync": false, "variables": block{"unmanaged": "keep", "masked": true}}))
		mentions(t, diags.String(), "ERROR: Secret sync failed", "Secret PIN is too short")
	})
}

// A run that failed earlier is nothing to a change that causes none.
func TestAccSecretSync_autoSyncOffAfterAFailure(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	masked := block{"auto_sync": false, "variables": block{"unmanaged": "keep", "masked": true}}
	s.apply(s.config(masked))
	s.secret("PIN", "1234")
	s.infisical().RunSync(s.only().ID)
	s.Clock.Advance(2 * time.Minute)
	renamed := s.config(masked, block{"name": "renamed"})
	plan := s.Plan(s.Context, renamed)
	mentions(t, plan.Diagnostics.String(), "WARNING: Secret sync has failed")
	s.forget()
	if said := s.ApplyPlan(s.Context, plan).String(); strings.Contains(said, "failed") || s.Attribute("status") != infisical.SyncFailed {
		t.Errorf("%s: %s", s.Attribute("status"), said)
	}
	s.wrote(patchSync)
	s.settled(renamed)
}

// A plan is saved, and then a secret changes: the end of the run that this causes is not taken for that of ours.
func TestAccSecretSync_runSinceTheSavedPlan(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.apply(s.config())
		plan := s.Plan(s.Context, s.config(block{"variables": block{"unmanaged": "keep", "masked": true}}))
		s.secret("PIN", "1234")
		s.running()
		diags := s.ApplyPlan(s.Context, plan)
		mentions(t, diags.String(), "ERROR: Secret sync failed", "Secret PIN is too short")
	})
}

// The run that a plan wants to wait for succeeds before the apply, which does not make another one.
func TestAccSecretSync_runEndsBeforeTheApply(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.secret("PIN", "1234")
		s.apply(s.config())
		masked := s.config(block{"variables": block{"unmanaged": "keep", "masked": true}})
		mentions(t, s.Run(masked).String(), "ERROR: Secret sync failed")
		s.secret("PIN", "12345678")
		plan := s.Plan(s.Context, masked)
		mentions(t, plan.Diagnostics.String(), "Earlier run still awaited")
		s.Clock.Advance(time.Minute)
		s.Servers.Sandbox.Log.Reset()
		if diags := s.ApplyPlan(s.Context, plan); diags.Failed() {
			t.Errorf("the apply fails: %s", diags)
		}
		s.wrote()
		s.settled(masked)
	})
}

// Whoever switches checks off is not told that there was none, but of what may be deleted.
func TestAccSecretSync_uncheckedWithoutAWord(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.Manage(block{"token": nil})
	off := s.config(block{"token_validation": "off"})
	if plan := s.Plan(s.Context, off); len(plan.Diagnostics) > 0 {
		t.Errorf("the plan says: %s", plan.Diagnostics)
	}
	off["variables"] = block{"unmanaged": "delete"}
	said := s.Plan(s.Context, off).Diagnostics.String()
	mentions(t, said, "WARNING: Secret sync may delete variables", "There is no token to ask GitLab with")
	silent(t, said, "not checked")
	off["token_validation"] = "warn"
	mentions(t, s.Plan(s.Context, off).Diagnostics.String(), "GitLab target not checked")
}

// Ctrl-C while a run is awaited keeps what is there, and the next apply goes on.
func TestAccSecretSync_interrupted(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"create", "update"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			config := s.config()
			if at == "update" {
				s.apply(config)
				config = s.config(block{"name": "renamed"})
			}
			plan := s.Plan(s.Context, config)
			wait := s.Environment.Wait
			s.Environment.Wait = func(ctx context.Context, _ time.Duration) error {
				s.Stop() //nolint:contextcheck // It is Terraform that stops the provider.
				<-ctx.Done()
				return context.Cause(ctx)
			}
			diags := s.ApplyPlan(s.Context, plan)
			if !s.InState() || s.Tainted() {
				t.Errorf("not in the state, or tainted: %s", diags)
			}
			s.Environment.Wait = wait
			s.apply(config)
			s.wrote()
			s.has("DATABASE_URL=postgres://database@*")
			s.settled(config)
		})
	}
}

// The plan's limit is the server's word, and nothing is left behind.
func TestAccSecretSync_planLimit(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.infisical().AddSync(infisical.Sync{Name: "other", Elsewhere: true})
	s.infisical().LimitSyncs(1)
	s.Refuses(s.config(), "Could not create the GitLab secret sync", "plan limit reached")
	if s.InState() {
		t.Error("in the state")
	}
}

// No role helps in a project of another organization, and none is recommended.
func TestAccSecretSync_projectOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	config := s.config()
	config["project_id"] = s.infisical().OtherProject
	s.Refuses(config, "Could not create the GitLab secret sync", "This project does not belong to your selected organization.",
		"No role helps: the provider's identity belongs to another organization")
}

// Where the plan of GitLab is known to be the free one, a scope of group variables is warned of, and its runs explain
// themselves.
func TestAccSecretSync_groupScopeOnTheFreePlan(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		target block
		free   bool
		warned bool
	}{
		"free":              {block{"group": "acme", "environment_scope": "production"}, true, true},
		"free, all scopes":  {block{"group": "acme"}, true, false},
		"premium":           {block{"group": "acme", "environment_scope": "production"}, false, false},
		"free, of projects": {block{"project": "acme/app", "environment_scope": "production"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			if tc.free {
				s.gitlab().EndLicense()
			}
			config := s.config(block{"target": tc.target})
			said := s.apply(config)
			if warned := strings.Contains(said, "Environment scope needs GitLab Premium"); warned != tc.warned {
				t.Errorf("warned: %t: %s", warned, said)
			}
			if !tc.warned {
				s.settled(config)
				return
			}
			s.secret("OTHER", "value")
			s.Clock.Advance(2 * time.Minute)
			mentions(t, s.only().LastMessage, `"secretKey":"DATABASE_URL","error"`)
		})
	}
}

// What a newer Infisical has of a sync beyond what is known here survives changes by Terraform, whoever set it.
func TestAccSecretSync_keepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]bool{"waits": true, "does not wait": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.infisical().Learn("syncOptions", "preserveSecretPaths")
			s.infisical().Learn("destinationConfig", "label")
			s.apply(s.config())
			s.infisical().ChangeSync(s.only().ID, func(sync *infisical.Sync) {
				sync.MoreOptions, sync.MoreDestination = block{"preserveSecretPaths": true}, block{"label": "by hand"}
			})
			config := s.config(block{"wait_for_sync": waits, "variables": block{"unmanaged": "keep", "protected": true}})
			s.apply(config)
			if sync := s.only(); sync.MoreOptions["preserveSecretPaths"] != true || sync.MoreDestination["label"] != "by hand" || !sync.Destination.Protected {
				t.Errorf("now %+v", sync)
			}
		})
	}
}

// Who may write syncs, and not read what they read, is told which right is missing.
func TestAccSecretSync_mayNotReadTheSource(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.infisical().Withhold(s.infisical().ClientID, "describe-secret")
		s.Refuses(s.config(), "Not allowed to read the secrets of the source", "read or describe the secrets", "rights on Secret Syncs are not at fault")
	})
}
