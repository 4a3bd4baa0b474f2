package secretsync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const runRequest = "POST /api/v1/secret-syncs/gitlab/{id}/sync-secrets"

// invoke runs the action, which asks nothing before it is invoked: see the requests that its tests expect.
func (w *world) invoke(config map[string]any) (progress []string, said acctest.Diagnostics) {
	w.t.Helper()
	return acctest.Invocation{TypeName: "infisical_gitlab_secret_sync_run", Environment: w.environment(), Settings: map[string]any{
		"host":        w.servers.Host,
		"auth":        map[string]any{"universal": map[string]any{"client_id": w.servers.ClientID, "client_secret": w.servers.ClientSecret}},
		"max_retries": 1,
	}}.Invoke(w.t, config)
}

func TestAccSecretSyncRun(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		w := newWorld(t, option)
		sync := w.byHand("api-prod", nil)
		w.forget()

		// 1. It runs, and its progress is told.
		progress, said := w.invoke(map[string]any{"id": sync.ID})
		if said.Failed() {
			t.Fatal(said)
		}
		if all := strings.Join(progress, "\n"); !strings.HasPrefix(all, `Secret sync "api-prod": pending after 0s`) ||
			!strings.Contains(all, `Secret sync "api-prod": succeeded after `) {
			t.Errorf("progress\n%s", all)
		}
		w.requests(runRequest, getRequest)
		if got := w.variables(); !slices.Equal(got, []string{"DATABASE_URL=postgres://database@*"}) {
			t.Errorf("variables %q", got)
		}

		// 2. Without waiting.
		w.forget()
		progress, said = w.invoke(map[string]any{"id": sync.ID, "wait": false})
		if said.Failed() || len(progress) != 1 {
			t.Errorf("progress %q, %s", progress, said)
		}
		w.requests(runRequest)

		// 3. While that one runs, Infisical begins no other, and is asked again.
		for w.only().Status != infisical.SyncRunning {
			w.pass(100 * time.Millisecond)
		}
		w.forget()
		if _, said = w.invoke(map[string]any{"id": sync.ID}); said.Failed() {
			t.Error(said)
		}
		w.requests(runRequest, runRequest, getRequest)
	})
}

func TestAccSecretSyncRun_failures(t *testing.T) {
	t.Parallel()
	const unknown = "00000000-0000-4000-8000-000000000000"
	masked := func(s *infisical.Sync) { s.Destination.Masked = true }
	for name, tc := range map[string]struct {
		change  func(*infisical.Sync)
		prepare func(*world)
		config  map[string]any
		want    string
	}{
		"the run fails": {masked, func(w *world) { w.secret("PIN", "1234") }, nil, "Secret PIN is too short to be masked"},
		"the time is over": {nil, func(w *world) {
			w.servers.Sandbox.Fail(server.Fault{
				Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables", Kind: server.FaultStatus, Status: 503,
				Times: 4,
			})
		}, map[string]any{"timeout": "20s"}, "Secret sync not finished"},
		"no source":     {func(s *infisical.Sync) { s.FolderID = "deleted" }, nil, nil, "Source folder not found"},
		"no sync":       {nil, nil, map[string]any{"id": unknown}, "There is no GitLab secret sync with the id " + unknown},
		"no id":         {nil, nil, map[string]any{"id": "api-prod"}, "Not an id of Infisical"},
		"no duration":   {nil, nil, map[string]any{"timeout": "5"}, "Not a duration"},
		"no permission": {nil, func(w *world) { w.infisical.Permit(w.infisical.ClientID, "read") }, nil, "Could not run the GitLab secret sync"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			config := map[string]any{"id": w.byHand("api-prod", tc.change).ID}
			for attribute, value := range tc.config {
				config[attribute] = value
			}
			if tc.prepare != nil {
				tc.prepare(w)
			}
			w.forget()
			if _, said := w.invoke(config); !said.Failed() || !says(tc.want).MatchString(said.String()) {
				t.Errorf("got %s, want an error that says %q", said, tc.want)
			}
		})
	}
}
