package infisical_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// syncing is a sandbox with a connection and its client, by a clock that only waiting moves.
type syncing struct {
	t          *testing.T
	sb         *sandbox.Sandbox
	client     *infisical.Client
	connection infisical.Connection

	mu  sync.Mutex
	now time.Time
}

func startSyncing(t *testing.T, options ...sandbox.Option) *syncing {
	t.Helper()
	s := &syncing{t: t, now: time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}
	s.sb = start(t, append(options, sandbox.WithClock(clock))...)
	s.client = newClient(t, s.sb, func(config *infisical.Config) {
		config.Now = clock
		config.Wait = func(ctx context.Context, d time.Duration) error { s.pass(d); return ctx.Err() }
	})
	s.connection = succeed[infisical.Connection](t)(s.client.Connections.Create(t.Context(), wanted(s.sb, "gitlab")))
	return s
}

func (s *syncing) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// reconnect replaces the connection that arming a fault has broken, which a POST would meet.
func (s *syncing) reconnect() {
	s.t.Helper()
	succeed[[]infisical.Sync](s.t)(s.client.Syncs.List(s.t.Context(), s.projectID()))
}

func (s *syncing) projectID() string { return s.sb.Infisical.Projects[0] }

func (s *syncing) settings(change func(*infisical.Sync)) infisical.Sync {
	app := s.sb.GitLab.Project("acme/app")
	settings := infisical.Sync{
		Record: infisical.Record{Name: "api-prod", ProjectID: s.projectID()}, ConnectionID: s.connection.ID, Environment: "prod", SecretPath: "/",
		KeepUnmanaged: true, AutoSync: true,
		Target: infisical.SyncTarget{Kind: infisical.TargetProject, ID: strconv.Itoa(app.ID), Name: app.FullPath, EnvironmentScope: "*"},
	}
	if change != nil {
		change(&settings)
	}
	return settings
}

func (s *syncing) create(change func(*infisical.Sync)) infisical.Sync {
	s.t.Helper()
	return succeed[infisical.Sync](s.t)(s.client.Syncs.Create(s.t.Context(), s.settings(change)))
}

// ended is a sync after so long that any run of it has ended.
func (s *syncing) ended(id string) infisical.Sync {
	s.t.Helper()
	s.pass(2 * time.Minute)
	return succeed[infisical.Sync](s.t)(s.client.Syncs.Get(s.t.Context(), id))
}

// variables are those of the project acme/app, as KEY=value@scope.
func (s *syncing) variables() []string {
	var lines []string
	for _, v := range s.sb.GitLab.Variables(s.sb.GitLab.Project("acme/app")) {
		lines = append(lines, v.Key+"="+v.Value+"@"+v.EnvironmentScope)
	}
	slices.Sort(lines)
	return lines
}

func TestSync_runs(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.sb.Infisical.SetSecret(s.projectID(), "prod", "/", "DB", "postgres://db")
	s.sb.GitLab.AddVariable(s.sb.GitLab.Project("acme/app"), gitlab.Variable{Key: "BY_HAND", Value: "1"})

	// 1. Made, but not run yet.
	created := s.create(func(settings *infisical.Sync) { settings.Description = new("Production") })
	same(t, "difference", created.DiffersFrom(s.settings(func(settings *infisical.Sync) { settings.Description = new("Production") })), "")
	same(t, "run", created.Run, infisical.SyncRun{Status: infisical.SyncPending})
	same(t, "variables", s.variables(), []string{"BY_HAND=1@*"})
	// 2. It has run.
	first := s.ended(created.ID)
	same(t, "status", first.Run.Status, infisical.SyncSucceeded)
	same(t, "ended", first.Run.EndedAt.IsZero() || first.Run.JobID == "", false)
	same(t, "variables", s.variables(), []string{"BY_HAND=1@*", "DB=postgres://db@*"})
	// 3. A changed name queues a run, too.
	renamed := succeed[infisical.Sync](t)(s.client.Syncs.Update(t.Context(), first, s.settings(func(settings *infisical.Sync) {
		settings.Name, settings.KeepUnmanaged = "renamed", false
	})))
	same(t, "status", renamed.Run.Status, infisical.SyncPending)
	same(t, "description", renamed.Description, nil)
	second := s.ended(created.ID)
	same(t, "another run", second.Run.Ended() && second.Run.JobID != first.Run.JobID, true)
	same(t, "variables that are not in Infisical are deleted", s.variables(), []string{"DB=postgres://db@*"})
	// 4. Run on demand.
	s.sb.GitLab.SetVariableValue(s.sb.GitLab.Project("acme/app"), "DB", "changed by hand")
	same(t, "status", succeed[infisical.Sync](t)(s.client.Syncs.Run(t.Context(), created.ID)).Run.Status, infisical.SyncPending)
	same(t, "run again", s.ended(created.ID).Run.JobID != second.Run.JobID, true)
	same(t, "variables", s.variables(), []string{"DB=postgres://db@*"})
	// 5. Deleted with its variables.
	if err := s.client.Syncs.Delete(t.Context(), created.ID, true); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	if _, err := s.client.Syncs.Get(t.Context(), created.ID); !infisical.IsNotFound(err) {
		t.Errorf("not deleted: %v", err)
	}
	same(t, "variables", s.variables(), nil)
}

func TestSync_failures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		value  string
		change func(*infisical.Sync)
		before func(*syncing)
		want   infisical.SyncFailure
		older  string // the reason that an older Infisical gives, where that is another one
	}{
		"too short to be masked": {
			value: "short", change: func(s *infisical.Sync) { s.Target.Masked = true },
			want: infisical.SyncFailure{Variable: "KEY", Reason: "Secret KEY is too short to be masked. GitLab requires a minimum of 8 characters " +
				"for masked secrets."},
		},
		"with a space": {
			value: "long but spaced", change: func(s *infisical.Sync) { s.Target.Masked = true },
			want: infisical.SyncFailure{Variable: "KEY"}, older: "Failed to create variable: Bad Request. Cause: value is invalid",
		},
		"a key that GitLab does not take": {
			value: "value", change: func(s *infisical.Sync) { s.KeySchema = "app-{{secretKey}}" },
			want: infisical.SyncFailure{Variable: "app-KEY"}, older: "Failed to create variable: Bad Request. Cause: key can contain only letters, digits and '_'.",
		},
		"a dead token": {
			value: "value", before: func(s *syncing) { s.sb.GitLab.Revoke(s.sb.GitLab.Token("group-owner-api").ID) },
			want: infisical.SyncFailure{Reason: "Failed to fetch variables: Unauthorized"},
		},
		"a scope that a group of GitLab Free does not have": {
			value: "value", change: func(s *infisical.Sync) {
				s.Target.Kind, s.Target.ID, s.Target.EnvironmentScope = infisical.TargetGroup, "87", "production"
			},
			before: func(s *syncing) {
				s.sb.GitLab.EndLicense()
				s.sb.GitLab.AddVariable(s.sb.GitLab.Group("acme"), gitlab.Variable{Key: "KEY", Value: "1"})
			},
			want: infisical.SyncFailure{Variable: "KEY"}, older: "Failed to create variable: Bad Request. Cause: key (KEY) has already been taken",
		},
	} {
		for age, option := range sandbox.Ages() {
			t.Run(name+", "+age, func(t *testing.T) {
				t.Parallel()
				s := startSyncing(t, option)
				want := tc.want
				if age == "older" && tc.older != "" {
					want.Reason = transport.Words(tc.older)
				}
				s.sb.Infisical.SetSecret(s.projectID(), "prod", "/", "KEY", tc.value)
				if tc.before != nil {
					tc.before(s)
				}
				failed := s.ended(s.create(tc.change).ID)
				same(t, "status", failed.Run.Status, infisical.SyncFailed)
				if failed.Run.Failure == nil {
					t.Fatal("no reason")
				}
				same(t, "failure", *failed.Run.Failure, want)
				same(t, "ended", failed.Run.EndedAt.IsZero() && failed.Run.JobID != "", true)
			})
		}
	}
}

// A run that fails is tried five times, and says nothing of it before the last.
func TestSync_retries(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	defer s.sb.Fail(server.Fault{Server: server.GitLab, Method: "GET", Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables",
		Kind: server.FaultStatus, Status: 503, Times: 4})()
	s.reconnect()
	created := s.create(nil)
	var seen []string
	for range 90 {
		s.pass(time.Second)
		status := succeed[infisical.Sync](t)(s.client.Syncs.Get(t.Context(), created.ID)).Run.Status
		if len(seen) == 0 || seen[len(seen)-1] != status {
			seen = append(seen, status)
		}
	}
	same(t, "states", slices.Compact(seen)[len(seen)-2:], []string{infisical.SyncRunning, infisical.SyncSucceeded})
}

func TestSync_refusals(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.create(nil)
	for name, tc := range map[string]struct {
		change func(*infisical.Sync)
		is     func(error) bool
		says   string
	}{
		"name": {nil, infisical.NameTaken.Is, `A Secret Sync with the name "api-prod" already exists`},
		"folder": {func(s *infisical.Sync) { s.Name, s.SecretPath = "other", "/nowhere" }, infisical.SourceMissing.Is,
			`Could not find folder with path "/nowhere"`},
		"connection": {
			func(s *infisical.Sync) {
				s.Name, s.ConnectionID = "other", "0b5e5f6c-6a0d-4a63-9c53-0c6f2a1f7a11"
			},
			infisical.IsNotFound, "Could not find App Connection with ID",
		},
	} {
		_, err := s.client.Syncs.Create(t.Context(), s.settings(tc.change))
		if !tc.is(err) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "syncs", len(s.sb.Infisical.Syncs()), 1)
}

func TestSync_folderDeleted(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.sb.Infisical.SetSecret(s.projectID(), "prod", "/api", "KEY", "value")
	created := s.create(func(settings *infisical.Sync) { settings.SecretPath = "/api" })
	s.sb.Infisical.RemoveFolder(s.projectID(), "prod", "/api")
	orphan := s.ended(created.ID)
	same(t, "gone", orphan.SourceGone, true)
	same(t, "failure", orphan.Run.Failure.Reason, "Invalid Secret Sync source configuration: folder no longer exists. Please update source "+
		"environment and secret path.")
	if _, err := s.client.Syncs.Run(t.Context(), created.ID); !infisical.SourceMissing.Is(err) {
		t.Errorf("run: %v", err)
	}
}

// An older server drops the option of sub-folders without a word.
func TestSync_subFolders(t *testing.T) {
	t.Parallel()
	for name, option := range sandbox.Ages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t, option)
			s.sb.Infisical.SetSecret(s.projectID(), "prod", "/api", "KEY", "value")
			created := s.create(func(settings *infisical.Sync) { settings.SubFolders = true })
			same(t, "known", created.SubFoldersKnown, name == "newest")
			s.ended(created.ID)
			same(t, "read", slices.Equal(s.variables(), []string{"KEY=value@*"}), name == "newest")
		})
	}
}

// What a newer Infisical, or another client, has set beyond what is known here goes back with the next change, and what
// is known does not.
func TestSync_keepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := startSyncing(t, sandbox.WithNewestInfisical())
	s.sb.Infisical.Learn("syncOptions", "preserveSecretPaths")
	s.sb.Infisical.Learn("destinationConfig", "rules")
	created := s.create(func(settings *infisical.Sync) { settings.KeySchema = "A_{{secretKey}}" })
	s.sb.Infisical.ChangeSync(created.ID, func(sync *sandboxinfisical.Sync) {
		sync.MoreOptions = map[string]any{"preserveSecretPaths": true}
		sync.MoreDestination = map[string]any{"rules": []any{map[string]any{"max": json.Number("12345678901234567890")}}}
	})
	before := succeed[infisical.Sync](t)(s.client.Syncs.Get(t.Context(), created.ID))
	succeed[infisical.Sync](t)(s.client.Syncs.Update(t.Context(), before, s.settings(nil)))
	stored := s.sb.Infisical.Syncs()[0]
	same(t, "options", stored.MoreOptions, map[string]any{"preserveSecretPaths": true})
	same(t, "destination", fmt.Sprint(stored.MoreDestination), "map[rules:[map[max:12345678901234567890]]]")
	same(t, "key schema", stored.KeySchema, "")
}

// A server that takes includeAllSubFolders beside the options instead of in them.
func TestSync_subFoldersOnTop(t *testing.T) {
	t.Parallel()
	s := startSyncing(t, sandbox.WithNewestInfisical())
	s.sb.Infisical.PutSubFoldersOnTop()
	created := s.create(func(settings *infisical.Sync) { settings.SubFolders = true })
	same(t, "on", created.SubFolders && created.SubFoldersKnown, true)
	off := succeed[infisical.Sync](t)(s.client.Syncs.Update(t.Context(), created, s.settings(nil)))
	same(t, "off", off.SubFoldersKnown && !off.SubFolders, true)
}
