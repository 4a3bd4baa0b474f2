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

func startSyncing(t *testing.T, options ...Option) *syncing {
	t.Helper()
	clock := server.NewClock(time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC))
	s := &syncing{Sandbox: start(t, append(options, WithClock(clock.Now))...), t: t, clock: clock}
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
		"key schema":    {none, options(map[string]any{"keySchema": "{{environment}}"}), 422, "Key schema must include exactly one {{secretKey}} placeholder."},
		"two keys in a schema, in spite of what it says": {none, options(map[string]any{"keySchema": "{{secretKey}}{{secretKey}}"}), 200,
			`"keySchema":"{{secretKey}}{{secretKey}}"`},
		"behavior":      {none, map[string]any{"syncOptions": map[string]any{"initialSyncBehavior": "import"}}, 422, "initialSyncBehavior"},
		"no name of it": {none, map[string]any{"destinationConfig": map[string]any{"scope": "project", "projectId": "1203"}}, 422, "projectName"},
		"number for an id": {none, map[string]any{"destinationConfig": map[string]any{"scope": "project", "projectId": 1203, "projectName": "a"}}, 422,
			"Expected string, received number"},
		"a key that GitLab does not take": {none, options(map[string]any{"keySchema": "a-b/{{secretKey}}"}), 200, `"keySchema":"a-b/{{secretKey}}"`},
		"an empty scope, kept": {none, map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"targetEnvironment": ""})}, 200,
			`"targetEnvironment":""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t, WithNewestInfisical())
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
	s := startSyncing(t, WithNewestInfisical())
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
		}, destination("project", "1203", map[string]any{"targetEnvironment": ""}), true, "", []string{"KEY=long-enough@*"}},
		"an empty scope cannot update in another": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "long-enough", EnvironmentScope: "staging"})
		}, destination("project", "1203", map[string]any{"targetEnvironment": ""}), false, `"secretKey\":\"KEY\"`, []string{"KEY=long-enough@staging"}},
		"a scope is stripped, and not found at the next run": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "old-enough", EnvironmentScope: "production"})
		}, destination("project", "1203", map[string]any{"targetEnvironment": "production "}), false, `"secretKey\":\"KEY\"`,
			[]string{"KEY=old-enough@production"}},
		"a scope of 256 characters": {nil, destination("project", "1203", map[string]any{"targetEnvironment": strings.Repeat("p", 256)}), false,
			`"secretKey\":\"KEY\"`, nil},
		"a file stays one": {func(s *syncing) {
			s.GitLab.AddVariable(s.GitLab.Project("acme/app"), gitlab.Variable{Key: "KEY", Value: "old-enough", Type: "file"})
		}, destination("project", "1203", nil), false, "", []string{"KEY=long-enough@* file"}},
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
		if v.Type == "file" {
			line += " file"
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
	if a.field("secretSync", "syncStatus") != "failed" || !strings.Contains(a.field("secretSync", "lastSyncMessage"), "TWO") {
		t.Error(a.text)
	}
}

// On the free plan the variables of a group have no scope, and what Infisical looks for it does not find.
func TestInfisical_groupScopesWithoutALicense(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.GitLab.EndLicense()
	path := s.create(map[string]any{"destinationConfig": destination("group", "87", map[string]any{"targetEnvironment": "production"})})
	if a := s.ended(path); a.field("secretSync", "syncStatus") != "succeeded" {
		t.Error(a.text)
	}
	if got := s.variables(s.GitLab.Group("acme")); !slices.Equal(got, []string{"KEY=long-enough@*"}) {
		t.Errorf("variables %q", got)
	}
	s.ask(http.MethodPost, path+"/sync-secrets", nil)
	if a := s.ended(path); a.field("secretSync", "syncStatus") != "failed" {
		t.Error(a.text)
	}
}

// Not more than five runs of a connection are at work at a time, three in older versions, and a failing one is tried
// five times, between which others may work.
func TestInfisical_crowdedConnection(t *testing.T) {
	t.Parallel()
	for age, want := range map[string]int{"newest": 5, "older": 3} {
		t.Run(age, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t, Ages()[age])
			s.Infisical.DelayRuns(0)
			s.Infisical.SlowRuns(time.Minute)
			for n := range 7 {
				s.create(map[string]any{"name": fmt.Sprintf("sync-%d", n), "destinationConfig": destination("project", "1203",
					map[string]any{"targetEnvironment": fmt.Sprintf("scope-%d", n)})})
			}
			most := 0
			for range 200 {
				working := 0
				for _, sync := range s.Infisical.Syncs() {
					if s.Infisical.Busy(sync.ID) {
						working++
					}
				}
				most = max(most, working)
				s.clock.Advance(time.Second)
			}
			if most != want {
				t.Errorf("%d at work at a time", most)
			}
			for _, sync := range s.Infisical.Syncs() {
				if sync.Status != infisical.SyncSucceeded {
					t.Errorf("%s has %s", sync.Name, sync.Status)
				}
			}
		})
	}
}

// A run that finds its connection crowded is put back so many times, and has failed then.
func TestInfisical_putBackForTooLong(t *testing.T) {
	t.Parallel()
	for age, putBacks := range map[string]int{"newest": 120, "older": 30} {
		t.Run(age, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t, Ages()[age])
			s.Infisical.DelayRuns(0)
			s.Infisical.SlowRuns(24 * time.Hour)
			last := ""
			for n := range 6 {
				last = s.create(map[string]any{"name": fmt.Sprintf("sync-%d", n)})
			}
			s.clock.Advance(time.Duration(putBacks)*35*time.Second - time.Second)
			if a := s.ask(http.MethodGet, last, nil); a.field("secretSync", "syncStatus") != "pending" {
				t.Errorf("before: %s", a.text)
			}
			s.clock.Advance(time.Second)
			a := s.ask(http.MethodGet, last, nil)
			if a.field("secretSync", "syncStatus") != "failed" || !strings.HasPrefix(a.field("secretSync", "lastSyncMessage"), "Failed to run job. ") {
				t.Errorf("after: %s", a.text)
			}
		})
	}
}

// What is kept of a failure, in the words of each age.
func TestInfisical_failureTexts(t *testing.T) {
	t.Parallel()
	gitLabAnswers := func(fault server.Fault) func(*syncing) {
		return func(s *syncing) {
			fault.Server, fault.Client = server.GitLab, server.ClientInfisical
			s.Fail(fault)
		}
	}
	masked := func(s *syncing) { s.secret("PIN", "1234") }
	for name, tc := range map[string]struct {
		before        func(*syncing)
		newest, older string
	}{
		"too short": {masked,
			`{"secretKey":"PIN","message":"Secret PIN is too short to be masked. GitLab requires a minimum of 8 characters for masked secrets."}`,
			`{"secretKey":"PIN","error":"Secret PIN is too short to be masked. GitLab requires a minimum of 8 characters for masked secrets."}`},
		"a variable that GitLab refuses": {func(s *syncing) { s.secret("A-KEY", "long-enough") },
			`{"secretKey":"A-KEY","error":""}`,
			`{"secretKey":"A-KEY","error":"{\"secretKey\":\"A-KEY\",\"error\":\"Failed to create variable: Bad Request. Cause: ` +
				`{\\\"key\\\":[\\\"can contain only letters, digits and '_'.\\\"]}\"}"}`},
		"a list that GitLab refuses": {gitLabAnswers(server.Fault{Kind: server.FaultStatus, Status: 401}),
			`{"error":"Failed to fetch variables: Unauthorized"}`, `{"error":"Failed to fetch variables: Unauthorized"}`},
		"out of reach": {gitLabAnswers(server.Fault{Kind: server.FaultDropBefore}), `{"error":"fetch failed"}`, `{"error":"fetch failed"}`},
		"502": {gitLabAnswers(server.Fault{Kind: server.FaultStatus, Status: 502}),
			`{"error":"Could not successfully complete this request after 10 retries, last status code: 502. Verify the status of the endpoint."}`, "the same"},
		"429": {gitLabAnswers(server.Fault{Kind: server.FaultStatus, Status: 429}),
			`{"error":"Could not successfully complete this request after 10 retries, last status code: 429. ` +
				`Check the applicable rate limits for this endpoint."}`, "the same"},
		"a page": {gitLabAnswers(server.Fault{Kind: server.FaultHTML}),
			`{"error":"v.filter is not a function"}`, "the same"},
		"no folder": {func(s *syncing) { s.Infisical.RemoveFolder(s.project, "prod", "/api") },
			`{"message":"Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path."}`,
			`{"error":"Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path."}`},
	} {
		for age, want := range map[string]string{"newest": tc.newest, "older": tc.older} {
			if want == "the same" {
				want = tc.newest
			}
			t.Run(name+", "+age, func(t *testing.T) {
				t.Parallel()
				s := startSyncing(t, Ages()[age])
				s.Infisical.SetSecret(s.project, "prod", "/api", "KEY", "long-enough")
				changes := map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"shouldMaskSecrets": true})}
				if name == "no folder" {
					changes["secretPath"] = "/api"
				}
				path := s.create(changes)
				tc.before(s)
				if a := s.ended(path); a.field("secretSync", "lastSyncMessage") != want {
					t.Errorf("%s\nwant\n%s", a.field("secretSync", "lastSyncMessage"), want)
				}
			})
		}
	}
}

// Busy is who holds the lock, and not what the sync is put down as.
func TestInfisical_busyIsALock(t *testing.T) {
	t.Parallel()
	const busy = "A job for this sync is already in progress"
	s := startSyncing(t)
	s.Infisical.DelayRuns(0)
	s.Infisical.SlowRuns(10 * time.Second)
	s.secret("PIN", "1234")
	path := s.create(map[string]any{"destinationConfig": destination("project", "1203", map[string]any{"shouldMaskSecrets": true})})
	expect := func(a answer, status int, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if a.status != status || !strings.Contains(a.text, text) {
				t.Errorf("want %d %s, got %d %s", status, text, a.status, a.text)
			}
		}
	}
	// 1. A run is at work, and a changed secret puts the sync down as pending all the same.
	expect(s.ask(http.MethodGet, path, nil), 200, `"syncStatus":"running"`)
	s.secret("OTHER", "long-enough")
	expect(s.ask(http.MethodGet, path, nil), 200, `"syncStatus":"pending"`)
	expect(s.ask(http.MethodPost, path+"/sync-secrets", nil), 400, busy)
	expect(s.ask(http.MethodDelete, path+"?removeSecrets=true", nil), 400, busy)
	// 2. The first attempt has failed, and until the next one nothing holds the lock.
	s.Infisical.SlowRuns(0)
	s.clock.Advance(10*time.Second + 500*time.Millisecond)
	expect(s.ask(http.MethodPost, path+"/sync-secrets", nil), 200, `"syncStatus":"pending"`)
}

// The ways in which a removal and its record can come after each other.
func TestInfisical_ordersOfRemovals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		order  infisical.RemovalOrder
		before func(*syncing, string)
		status int    // of the answer
		says   string // a text of the answer
		then   []string
	}{
		"later": {infisical.RemovalsEndLater, nil, 200, `"removeStatus":"pending"`, []string{"404"}},
		"later, and it fails": {infisical.RemovalsEndLater, refused, 200, `"removeStatus":"pending"`,
			[]string{`"removeStatus":"failed"`, `"lastRemoveJobId":"`, `"lastRemoveMessage":"{`}},
		"first": {infisical.RemovalsEndFirst, nil, 500, "Something went wrong", []string{"404"}},
		"first, and it fails": {infisical.RemovalsEndFirst, refused, 200, `"lastRemoveJobId":"`,
			[]string{`"removeStatus":"pending"`, `"lastRemoveJobId":"`, `"lastRemoveMessage":"{`}},
		"a run goes first": {infisical.RemovalsMeetRun, func(s *syncing, path string) { s.ask(http.MethodPost, path+"/sync-secrets", nil) }, 200,
			`"removeStatus":"pending"`, []string{`"removeStatus":"failed"`, `"lastRemoveMessage":"Failed to run job. `}},
	} {
		for age, option := range Ages() {
			t.Run(name+", "+age, func(t *testing.T) {
				t.Parallel()
				s := startSyncing(t, option)
				path := s.create(nil)
				s.ended(path)
				s.Infisical.OrderRemovals(tc.order)
				if tc.before != nil {
					tc.before(s, path)
				}
				if a := s.ask(http.MethodDelete, path+"?removeSecrets=true", nil); a.status != tc.status || !strings.Contains(a.text, tc.says) {
					t.Errorf("%d %s", a.status, a.text)
				}
				a := s.ended(path)
				for _, want := range tc.then {
					if !strings.Contains(fmt.Sprint(a.status, a.text), want) {
						t.Errorf("no %s in %d %s", want, a.status, a.text)
					}
				}
			})
		}
	}
}

// refused has GitLab refuse what Infisical asks for.
func refused(s *syncing, _ string) {
	s.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Kind: server.FaultStatus, Status: 403})
}

// Failed syncs with auto-sync run again at midnight, by UTC, on the newest servers.
func TestInfisical_retriesDaily(t *testing.T) {
	t.Parallel()
	for age, status := range map[string]string{"newest": infisical.SyncSucceeded, "older": infisical.SyncFailed} {
		s := startSyncing(t, Ages()[age])
		lift := s.Fail(server.Fault{Server: server.GitLab, Client: server.ClientInfisical, Kind: server.FaultStatus, Status: 403})
		path := s.create(nil)
		if a := s.ended(path); a.field("secretSync", "syncStatus") != infisical.SyncFailed {
			t.Fatal(a.text)
		}
		lift()
		s.clock.Advance(12 * time.Hour)
		if a := s.ended(path); a.field("secretSync", "syncStatus") != status {
			t.Errorf("%s: %s", age, a.text)
		}
	}
}

// Rights on a sync that Permit does not name.
func TestInfisical_withheldRights(t *testing.T) {
	t.Parallel()
	s := startSyncing(t, WithNewestInfisical())
	s.Infisical.SetSecret(s.project, "prod", "/api", "OTHER", "long-enough")
	path := s.create(nil)
	s.ended(path)
	s.Infisical.Withhold(s.Infisical.ClientID, "sync-secrets", "remove-secrets", "describe-secret")
	for name, tc := range map[string]struct {
		answer answer
		status int
		says   string
	}{
		"run":    {s.ask(http.MethodPost, path+"/sync-secrets", nil), 403, "You are not allowed to sync-secrets on secret-syncs"},
		"remove": {s.ask(http.MethodDelete, path+"?removeSecrets=true", nil), 403, "You are not allowed to remove-secrets on secret-syncs"},
		"rename": {s.ask(http.MethodPatch, path, map[string]any{"name": "renamed"}), 200, "renamed"},
		"move": {s.ask(http.MethodPatch, path, map[string]any{"secretPath": "/api"}), 403,
			`You do not have permission to read secrets at path \"/api\" in environment \"prod\".`},
	} {
		if a := tc.answer; a.status != tc.status || !strings.Contains(a.text, tc.says) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

// What a server does not know is dropped, and what it has learned is replaced with the object that holds it.
func TestInfisical_learns(t *testing.T) {
	t.Parallel()
	s := startSyncing(t, WithNewestInfisical())
	body := s.body(map[string]any{"preserveSecretPaths": true, "includeAllSubFolders": true, "syncOptions": map[string]any{
		"initialSyncBehavior": "overwrite-destination", "preserveSecretPaths": true, "includeAllSubFolders": true,
	}})
	if a := s.ask(http.MethodPost, "", body); strings.Contains(a.text, "preserveSecretPaths") || strings.Count(a.text, "includeAllSubFolders") != 1 {
		t.Error(a.text)
	}
	s.Infisical.Learn("syncOptions", "preserveSecretPaths")
	s.Infisical.PutSubFoldersOnTop()
	body["name"] = "other"
	a := s.ask(http.MethodPost, "", body)
	if strings.Count(a.text, `"preserveSecretPaths":true`) != 1 || !strings.Contains(a.text, `"includeAllSubFolders":true,"`) {
		t.Error(a.text)
	}
	a = s.ask(http.MethodPatch, "/"+a.field("secretSync", "id"), map[string]any{"syncOptions": map[string]any{"initialSyncBehavior": "overwrite-destination"}})
	if strings.Contains(a.text, "preserveSecretPaths") || !strings.Contains(a.text, `"includeAllSubFolders":true`) {
		t.Error(a.text)
	}
}
