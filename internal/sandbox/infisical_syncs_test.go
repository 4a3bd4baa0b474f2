package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const syncsPath = "/api/v1/secret-syncs/gitlab"

// syncing is a sandbox with a connection and the secret KEY in the root of prod, by a clock of its own.
type syncing struct {
	*Sandbox
	t          *testing.T
	clock      *server.Clock
	connection infisical.Connection
	project    string
}

func startSyncing(t *testing.T) *syncing {
	t.Helper()
	clock := server.NewClock(time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC))
	s := &syncing{Sandbox: start(t, WithClock(clock.Now)), t: t, clock: clock}
	s.project = s.Infisical.Projects[0]
	s.connection = s.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: s.GitLab.Token("group-owner-api").Value, AccessTokenType: "group"})
	s.secret("KEY", "long-enough")
	return s
}

func (s *syncing) secret(key, value string) {
	s.Infisical.SetSecret(s.project, "prod", "/", key, value)
}

func destination(scope, id string, more map[string]any) map[string]any {
	to := map[string]any{"scope": scope, scope + "Id": id, scope + "Name": "name"}
	for name, value := range more {
		to[name] = value
	}
	return to
}

// body is that of a creation; an absent value takes a field away.
func (s *syncing) body(changes map[string]any) map[string]any {
	body := map[string]any{
		"name": "api-prod", "projectId": s.project, "connectionId": s.connection.ID, "environment": "prod", "secretPath": "/",
		"syncOptions":       map[string]any{"initialSyncBehavior": "overwrite-destination", "disableSecretDeletion": true},
		"destinationConfig": destination("project", "1203", nil),
	}
	for name, value := range changes {
		body[name] = value
	}
	return body
}

func (s *syncing) ask(method, path string, body any) answer {
	s.t.Helper()
	return s.infisical(s.t, method, syncsPath+path, body)
}

// create makes a sync and returns its path.
func (s *syncing) create(changes map[string]any) string {
	s.t.Helper()
	a := s.ask(http.MethodPost, "", s.body(changes))
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.text)
	}
	return "/" + a.field("secretSync", "id")
}

// ended is a sync when its runs are over.
func (s *syncing) ended(path string) answer {
	s.t.Helper()
	s.clock.Advance(2 * time.Minute)
	return s.ask(http.MethodGet, path, nil)
}

// What creations are refused for, in the server's order, and what other routes say.
func TestInfisical_refusalsOfSyncs(t *testing.T) {
	t.Parallel()
	const nobody = "0b5e5f6c-6a0d-4a63-9c53-0c6f2a1f7a11"
	options := func(more map[string]any) map[string]any {
		all := map[string]any{"initialSyncBehavior": "overwrite-destination"}
		for name, value := range more {
			all[name] = value
		}
		return map[string]any{"syncOptions": all}
	}
	none := func(*syncing) {}
	for name, tc := range map[string]struct {
		before  func(*syncing)
		changes map[string]any
		status  int
		says    string
	}{
		"taken": {none, nil, 200, `"syncStatus":"pending"`},
		"limit of the plan": {func(s *syncing) { s.Infisical.AddSync(infisical.Sync{Name: "other"}); s.Infisical.LimitSyncs(1) },
			map[string]any{"projectId": nobody}, 400, "Failed to create secret sync due to plan limit reached. Upgrade plan to add more secret syncs."},
		"no such project": {none, map[string]any{"projectId": nobody}, 404, "not found"},
		"no member": {func(s *syncing) { s.Infisical.Expel(s.Infisical.ClientID, s.project) }, map[string]any{"environment": "nowhere"}, 403,
			"You are not a member of this project with ID"},
		"no folder": {none, map[string]any{"secretPath": "/none", "connectionId": nobody}, 400, `Could not find folder with path \"/none\" in environment \"prod\"`},
		"two of a name": {func(s *syncing) { s.Infisical.SetSecret(s.project, "prod", "/api", "KEY", "x") },
			options(map[string]any{"includeAllSubFolders": true}), 400, "This destination stores secrets in a single flat list"},
		"duplicate": {func(s *syncing) { s.create(map[string]any{"name": "other"}); s.Infisical.BlockDuplicateDestinations() },
			map[string]any{"connectionId": nobody}, 400, "A secret sync with this destination already exists in project "},
		"no connection": {none, map[string]any{"connectionId": nobody}, 404, "Could not find App Connection with ID " + nobody},
		"name":          {func(s *syncing) { s.create(nil) }, nil, 400, `A Secret Sync with the name \"api-prod\" already exists for the project with ID`},
		"key schema": {none, options(map[string]any{"keySchema": "{{secretKey}}{{secretKey}}"}), 422,
			"Key schema must include exactly one {{secretKey}} placeholder."},
		"behaviour":     {none, map[string]any{"syncOptions": map[string]any{"initialSyncBehavior": "import"}}, 422, "initialSyncBehavior"},
		"no name of it": {none, map[string]any{"destinationConfig": map[string]any{"scope": "project", "projectId": "1203"}}, 422, "projectName"},
		"number for an id": {none, map[string]any{"destinationConfig": map[string]any{"scope": "project", "projectId": 1203, "projectName": "a"}}, 422,
			"Expected string, received number"},
		"a key that GitLab does not take": {none, options(map[string]any{"keySchema": "a-b/{{secretKey}}"}), 200, `"keySchema":"a-b/{{secretKey}}"`},
		"an empty scope, kept": {none, map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"targetEnvironment": ""})}, 200,
			`"targetEnvironment":""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t)
			tc.before(s)
			if a := s.ask(http.MethodPost, "", s.body(tc.changes)); a.status != tc.status || !strings.Contains(a.text, tc.says) {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
}

func TestInfisical_otherErrorsOfSyncs(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	const nobody = "/0b5e5f6c-6a0d-4a63-9c53-0c6f2a1f7a11"
	elsewhere := "/" + s.Infisical.AddSync(infisical.Sync{Name: "elsewhere", Elsewhere: true}).ID
	path := s.create(nil)
	expect := func(a answer, status int, says string) {
		t.Helper()
		if a.status != status || !strings.Contains(a.text, says) {
			t.Errorf("%d %s, want %d %s", a.status, a.text, status, says)
		}
	}
	expect(s.ask(http.MethodGet, nobody, nil), 404, `Could not find GitLab Sync with ID \"`)
	expect(s.ask(http.MethodPatch, nobody, map[string]any{}), 404, `Could not find GitLab Sync with ID 0b5e`)
	expect(s.ask(http.MethodGet, "/sync-name/none?projectId="+s.project, nil), 404, `Could not find GitLab Sync with name \"none\"`)
	expect(s.ask(http.MethodGet, elsewhere, nil), 400, "is not configured for GitLab")
	expect(s.ask(http.MethodGet, "?projectId=", nil), 422, "Project ID required")
	// While a run is under way, and not while it is queued.
	expect(s.ask(http.MethodPost, path+"/sync-secrets", nil), 200, "pending")
	for s.Infisical.Syncs()[0].Status != infisical.SyncRunning {
		s.clock.Advance(100 * time.Millisecond)
	}
	const busy = "A job for this sync is already in progress. Please try again shortly."
	expect(s.ask(http.MethodPost, path+"/sync-secrets", nil), 400, busy)
	expect(s.ask(http.MethodDelete, path+"?removeSecrets=true", nil), 400, busy)
	expect(s.ask(http.MethodPatch, path, map[string]any{"name": "renamed"}), 200, `"syncStatus":"pending"`)
	expect(s.ask(http.MethodDelete, path+"?removeSecrets=maybe", nil), 422, "removeSecrets")
	expect(s.ask(http.MethodDelete, path, nil), 200, "renamed")
	expect(s.ask(http.MethodGet, path, nil), 404, "Could not find")
}

func TestInfisical_checksDestinations(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	other := s.create(map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"targetEnvironment": "staging"})})
	elsewhere := s.Infisical.Add(infisical.Connection{Name: "another", InstanceURL: new("https://gitlab.example.com")})
	for name, tc := range map[string]struct {
		body map[string]any
		want string
	}{
		"same":             {map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"targetEnvironment": "staging"})}, "true"},
		"all scopes":       {map[string]any{"destinationConfig": destination("project", "1203", nil)}, "true"},
		"another scope":    {map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"targetEnvironment": "prod"})}, "false"},
		"a group":          {map[string]any{"destinationConfig": destination("group", "1203", nil)}, "false"},
		"a path":           {map[string]any{"destinationConfig": destination("project", "acme/app", nil)}, "false"},
		"itself":           {map[string]any{"destinationConfig": destination("project", "1203", nil), "excludeSyncId": other[1:]}, "false"},
		"another GitLab":   {map[string]any{"destinationConfig": destination("project", "1203", nil), "connectionId": elsewhere.ID}, "false"},
		"the same GitLab":  {map[string]any{"destinationConfig": destination("project", "1203", nil), "connectionId": s.connection.ID}, "true"},
		"anything at all":  {map[string]any{"destinationConfig": "anything"}, "false"},
		"project, no UUID": {map[string]any{"projectId": "app"}, "Invalid uuid"},
	} {
		body := map[string]any{"projectId": s.project}
		for key, value := range tc.body {
			body[key] = value
		}
		if a := s.ask(http.MethodPost, "/check-destination", body); !strings.Contains(a.text, tc.want) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	ask := func() answer {
		return s.ask(http.MethodPost, "/check-destination", map[string]any{"projectId": s.Infisical.Projects[1],
			"destinationConfig": destination("project", "1203", nil)})
	}
	if a := ask(); a.field("duplicateProjectId") != s.project {
		t.Errorf("not named: %s", a.text)
	}
	s.Infisical.Expel(s.Infisical.ClientID, s.project)
	if a := ask(); strings.Contains(a.text, "duplicateProjectId") || !strings.Contains(a.text, "true") {
		t.Errorf("named to a stranger: %s", a.text)
	}
}

// What a run does at GitLab where GitLab has rules of its own.
func TestInfisical_runsAtGitLab(t *testing.T) {
	t.Parallel()
	masked := map[string]any{"shouldMaskSecrets": true}
	for name, tc := range map[string]struct {
		before      func(*syncing)
		destination map[string]any
		deletes     bool
		says        string // "" when the run succeeds
		has         []string
	}{
		"masked": {nil, destination("project", "1203", masked), false, "", []string{"KEY=long-enough@* masked"}},
		"one too short stops, and what was before stays": {func(s *syncing) { s.secret("PIN", "1234") }, destination("project", "1203", masked), false,
			"Secret PIN is too short to be masked", []string{"KEY=long-enough@* masked"}},
		"hidden": {nil, destination("project", "1203", map[string]any{"shouldMaskSecrets": true, "shouldHideSecrets": true}), false, "",
			[]string{"KEY=long-enough@* masked hidden"}},
		"hidden later does nothing": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "old-enough"})
		}, destination("project", "1203", map[string]any{"shouldMaskSecrets": true, "shouldHideSecrets": true}), false, "",
			[]string{"KEY=long-enough@* masked"}},
		"hidden stays masked": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "old-enough", Masked: true, Hidden: true})
		}, destination("project", "1203", nil), false, "", []string{"KEY=long-enough@* masked hidden"}},
		"another scope is left alone": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "OLD", Value: "1", EnvironmentScope: "staging"})
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "OLD", Value: "1"})
		}, destination("project", "1203", nil), true, "", []string{"KEY=long-enough@*", "OLD=1@staging"}},
		"an empty scope stands for all": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "OLD", Value: "1", EnvironmentScope: "staging"})
		}, destination("project", "1203", map[string]any{"targetEnvironment": ""}), true, "Variable Not Found",
			[]string{"KEY=long-enough@*", "OLD=1@staging"}}, // An inference: the filter is empty then.
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t)
			if tc.before != nil {
				tc.before(s)
			}
			a := s.ended(s.create(map[string]any{"destinationConfig": tc.destination,
				"syncOptions": map[string]any{"initialSyncBehavior": "overwrite-destination", "disableSecretDeletion": !tc.deletes}}))
			if failed := a.field("secretSync", "syncStatus") == "failed"; failed != (tc.says != "") || !strings.Contains(a.text, tc.says) {
				t.Errorf("%s", a.text)
			}
			if got := s.variables(s.GitLab.Project("acme/app")); !slices.Equal(got, tc.has) {
				t.Errorf("variables %q, want %q", got, tc.has)
			}
		})
	}
}

func (s *syncing) variables(of gitlab.Resource) []string {
	var lines []string
	for _, v := range s.GitLab.Variables(of) {
		line := v.Key + "=" + v.Value + "@" + v.EnvironmentScope
		if v.Masked {
			line += " masked"
		}
		if v.Hidden {
			line += " hidden"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// Infisical deletes a group's variable without its scope.
func TestInfisical_deletesGroupVariables(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	acme := s.GitLab.Group("acme")
	for _, scope := range []string{"*", "staging"} {
		s.GitLab.AddVariable(acme, gitlab.Variable{Key: "TWO", Value: "1", EnvironmentScope: scope})
	}
	a := s.ended(s.create(map[string]any{"destinationConfig": destination("group", "87", nil),
		"syncOptions": map[string]any{"initialSyncBehavior": "overwrite-destination"}}))
	if !strings.Contains(a.field("secretSync", "lastSyncMessage"), "There are multiple variables with provided parameters") {
		t.Error(a.text)
	}
}

// Not more than three runs of a connection are under way at a time, and a failing one is tried five times.
func TestInfisical_crowdedConnection(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	lift := s.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Kind: server.FaultStatus, Status: 403})
	for n := range 5 {
		s.create(map[string]any{"name": fmt.Sprintf("sync-%d", n), "destinationConfig": destination("project", "1203",
			map[string]any{"targetEnvironment": fmt.Sprintf("scope-%d", n)})})
	}
	most := 0
	for range 40 {
		s.clock.Advance(time.Second)
		running := 0
		for _, sync := range s.Infisical.Syncs() {
			if sync.Status == infisical.SyncRunning {
				running++
			}
		}
		most = max(most, running)
	}
	if most != 3 {
		t.Errorf("%d under way at a time", most)
	}
	s.clock.Advance(5 * time.Minute)
	for _, sync := range s.Infisical.Syncs() {
		if sync.Status != infisical.SyncFailed {
			t.Errorf("%s has %s", sync.Name, sync.Status)
		}
	}
	lift()
	asked := 0
	for _, request := range s.Log.Requests() {
		if request.Client == server.ClientInfisical && request.Server == server.GitLab {
			asked++
		}
	}
	if asked != 5*5 {
		t.Errorf("%d attempts of 5 runs", asked)
	}
}
