package secretsync_test

import (
	"context"
	"maps"
	"slices"
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

// block is a configuration, or a nested object of one.
type block = map[string]any

// story is a workspace for one sync to the project acme/app, by a clock that moves only while the provider waits.
type story struct {
	*acctest.Workspace
	t          *testing.T
	app        gitlab.Project
	connection infisical.Connection
}

func newStory(t *testing.T, options ...sandbox.Option) *story {
	t.Helper()
	s := &story{Workspace: acctest.NewWorkspace(t, "infisical_gitlab_secret_sync", options...), t: t}
	s.Environment.Wait = func(ctx context.Context, pause time.Duration) error {
		s.Clock.Advance(pause)
		return context.Cause(ctx)
	}
	s.app = s.gitlab().Project("acme/app")
	s.connection = s.infisical().Add(infisical.Connection{Name: "gitlab", AccessToken: s.Servers.Token, AccessTokenType: "group"})
	s.secret("DATABASE_URL", "postgres://database")
	s.Servers.Sandbox.OnRequest(s.asksForNoSecret)
	return s
}

func (s *story) infisical() *infisical.Server { return s.Servers.Sandbox.Infisical }
func (s *story) gitlab() *gitlab.Server       { return s.Servers.Sandbox.GitLab }

// asksForNoSecret: the provider asks Infisical for connections and syncs, and for nothing that holds a synced secret.
func (s *story) asksForNoSecret(request *server.Request) {
	allowed := func(prefix string) bool { return strings.HasPrefix(request.Path, "/api/v1/"+prefix) }
	if request.Server == server.Infisical && !slices.ContainsFunc([]string{"auth/", "identities/details", "app-connections", "secret-syncs/gitlab"}, allowed) {
		s.t.Errorf("asked for %s", request.Line())
	}
}

// secret sets one in the root of prod.
func (s *story) secret(key, value string) { s.secretIn("/", key, value) }

func (s *story) secretIn(path, key, value string) {
	s.infisical().SetSecret(s.Servers.ProjectID, "prod", path, key, value)
}

// config is that of a sync to acme/app; changes replace attributes.
func (s *story) config(changes ...block) block {
	config := block{
		"name": "api-prod", "project_id": s.Servers.ProjectID, "connection_id": s.connection.ID,
		"source": block{"environment": "prod"}, "target": block{"project": strconv.Itoa(s.app.ID)}, "variables": block{"unmanaged": "keep"},
	}
	for _, change := range changes {
		maps.Copy(config, change)
	}
	return config
}

// apply applies what must succeed, and returns what it said.
func (s *story) apply(config block) string {
	s.t.Helper()
	s.forget()
	diags := s.Run(config)
	if diags.Failed() {
		s.t.Fatalf("the apply failed: %s", diags)
	}
	return diags.String()
}

// settled checks that nothing is left to do, with one sync.
func (s *story) settled(config block) {
	s.t.Helper()
	plan := s.Plan(s.Context, config)
	if count := len(s.infisical().Syncs()); !plan.Empty() || plan.Diagnostics.Failed() || count != 1 || s.Tainted() {
		s.t.Errorf("there are %d syncs, and the plan is to %s: %s", count, plan.Action, plan.Diagnostics)
	}
}

func (s *story) forget() { s.Servers.Sandbox.Log.Reset() }

// only is the sandbox's single sync.
func (s *story) only() infisical.Sync {
	s.t.Helper()
	syncs := s.infisical().Syncs()
	if len(syncs) != 1 {
		s.t.Fatalf("%d syncs, want 1", len(syncs))
	}
	return syncs[0]
}

// has checks the variables of acme/app, or of others, as KEY=value@scope.
func (s *story) has(want ...string) { s.t.Helper(); s.hasAt(s.app, want...) }

func (s *story) hasAt(at gitlab.Resource, want ...string) {
	s.t.Helper()
	got := []string{}
	for _, v := range s.gitlab().Variables(at) {
		got = append(got, v.Key+"="+v.Value+"@"+v.EnvironmentScope)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		s.t.Errorf("variables %q, want %q", got, want)
	}
}

// wrote checks what the provider changed at Infisical since the log was emptied.
func (s *story) wrote(want ...string) {
	s.t.Helper()
	var got []string
	for _, request := range s.Servers.Writes() {
		if line := request.Line(); !strings.HasSuffix(line, "/check-destination") {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("wrote %q, want %q", got, want)
	}
}

// running waits until a run has begun.
func (s *story) running() {
	s.t.Helper()
	for range 200 {
		if s.only().Status == infisical.SyncRunning {
			return
		}
		s.Clock.Advance(100 * time.Millisecond)
	}
	s.t.Fatal("nothing runs")
}

// mentions checks that all texts are there.
func mentions(t *testing.T, said string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("%q is not in: %s", text, said)
		}
	}
}

const (
	checkDestination = "POST /api/v1/secret-syncs/gitlab/check-destination"

	postSync   = "POST /api/v1/secret-syncs/gitlab"
	patchSync  = "PATCH /api/v1/secret-syncs/gitlab/{id}"
	deleteSync = "DELETE /api/v1/secret-syncs/gitlab/{id}"
	runSync    = "POST /api/v1/secret-syncs/gitlab/{id}/sync-secrets"
)
