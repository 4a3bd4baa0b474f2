package secretsync_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// What a plan says about another sync to the same destination.
func TestAccSecretSync_duplicateDestination(t *testing.T) {
	t.Parallel()
	const silent, warns, refuses = "", "WARNING", "ERROR"
	keeps, deletes := block{"unmanaged": "keep"}, block{"unmanaged": "delete"}
	prefixed := func(prefix string, variables block) block {
		with := maps.Clone(variables)
		with["key_schema"] = prefix + "{{secretKey}}"
		return with
	}
	target := func(scope string) block { return block{"project": "1203", "environment_scope": scope} }
	for name, tc := range map[string]struct {
		// other is the other sync, keeping what it does not know.
		other func(*infisical.Sync)
		ours  block
		want  string
		says  string
	}{
		"both keep":    {nil, block{"variables": keeps}, warns, `and the secret sync "other" of the project`},
		"ours deletes": {nil, block{"variables": deletes}, refuses, `set token_validation = "warn" to go on regardless`},
		"ours deletes, waived": {nil, block{"variables": deletes, "token_validation": "warn"}, warns,
			`each run of "api-prod" deletes the variables that "other" creates`},
		"ours deletes, nothing checked": {nil, block{"variables": deletes, "token_validation": "off"}, silent, ""},
		"theirs deletes": {func(s *infisical.Sync) { s.DisableDeletion = false }, block{"variables": keeps}, warns,
			`Each run of "other" deletes the variables that it does not know`},
		"names kept apart": {func(s *infisical.Sync) { s.KeySchema = "API_{{secretKey}}" }, block{"variables": prefixed("WEB_", deletes)}, silent, ""},
		"names that may meet": {func(s *infisical.Sync) { s.KeySchema = "API_{{secretKey}}" }, block{"variables": prefixed("API_V1_", deletes)}, refuses,
			`each run of "api-prod" deletes`},
		"theirs named after the environment": {func(s *infisical.Sync) { s.KeySchema = "{{environment}}_{{secretKey}}" },
			block{"variables": prefixed("test_", deletes)}, silent, ""},
		"another scope": {func(s *infisical.Sync) { s.Destination.Environment = "staging" },
			block{"variables": deletes, "target": target("production")}, silent, ""},
		"one scope among all": {func(s *infisical.Sync) { s.Destination.Environment = "staging" }, block{"variables": deletes}, silent, ""},
		"one scope of a group among all": {func(s *infisical.Sync) {
			s.Destination = infisical.SyncDestination{Scope: "group", ID: "87", Environment: "staging"}
		}, block{"variables": deletes, "target": block{"group": "87"}}, warns, "runs that update or delete it fail"},
		"scopes of a group, both keep": {func(s *infisical.Sync) {
			s.Destination = infisical.SyncDestination{Scope: "group", ID: "87", Environment: "staging"}
		}, block{"variables": keeps, "target": block{"group": "87", "environment_scope": "production"}}, warns, "runs that update or delete it fail"},
		"every scope, by an empty one": {func(s *infisical.Sync) { s.Destination.Environment, s.DisableDeletion = "", false },
			block{"variables": keeps, "target": target("production")}, warns, `Each run of "other" deletes`},
		"ours deletes what is theirs, too": {func(s *infisical.Sync) { s.ProjectID = "" }, block{"variables": deletes}, warns,
			"have the same source and key_schema. As soon as"},
		"theirs deletes what is ours, too": {func(s *infisical.Sync) { s.ProjectID, s.DisableDeletion = "", false }, block{"variables": keeps}, warns,
			"have the same source and key_schema. As soon as"},
		"another project at GitLab": {func(s *infisical.Sync) { s.Destination.ID = "1204" }, block{"variables": deletes}, silent, ""},
		"to something else":         {func(s *infisical.Sync) { s.Elsewhere = true }, block{"variables": deletes}, silent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.addOther(tc.other)
			config := s.config(block{"target": target("*")}, tc.ours)
			said := s.Plan(s.Context, config).Diagnostics
			if tc.want == silent {
				if strings.Contains(said.String(), "Duplicate") {
					t.Error(said)
				}
				return
			}
			mentions(t, said.String(), tc.want+": Duplicate sync destination", tc.says)
			if said.Failed() != (tc.want == refuses) {
				t.Errorf("failed: %t", said.Failed())
			}
		})
	}
}

// addOther adds a sync of another project to acme/app, by the same connection, which keeps what it does not know.
func (s *story) addOther(change func(*infisical.Sync)) {
	other := infisical.Sync{Name: "other", ProjectID: s.infisical().Projects[1], ConnectionID: s.connection.ID, DisableDeletion: true,
		Destination: infisical.SyncDestination{Scope: "project", ID: "1203", Name: "acme/app", Environment: "*"}}
	if change != nil {
		change(&other)
	}
	s.infisical().AddSync(other)
}

// Another GitLab has a project of that number, too. An older Infisical does not tell them apart.
func TestAccSecretSync_duplicateAtAnotherGitLab(t *testing.T) {
	t.Parallel()
	s := newStory(t, sandbox.WithOlderInfisical())
	elsewhere := s.infisical().Add(infisical.Connection{
		Name: "elsewhere", InstanceURL: new("https://gitlab.other.example"), AccessToken: s.Servers.Token, AccessTokenType: "group",
	})
	s.addOther(func(other *infisical.Sync) { other.ConnectionID = elsewhere.ID })
	if said := s.apply(s.config(block{"variables": block{"unmanaged": "delete"}})); strings.Contains(said, "Duplicate") {
		t.Error(said)
	}
}

// Whatever makes two syncs meet is told, and nothing else is asked for.
func TestAccSecretSync_duplicateComesToBe(t *testing.T) {
	t.Parallel()
	variables := func(schema, unmanaged string) block {
		return block{"variables": block{"key_schema": schema, "unmanaged": unmanaged}}
	}
	target := func(scope string) block { return block{"target": block{"project": "1203", "environment_scope": scope}} }
	apart := variables("API_{{secretKey}}", "keep")
	for name, tc := range map[string]struct {
		// before keeps ours apart from the other, whose schema is WEB_{{secretKey}} in the scope *.
		before, after block
		says          string
	}{
		"schema":              {apart, variables("WEB_{{secretKey}}", "keep"), "overwrites the other's variables"},
		"schema, and deletes": {apart, variables("WEB_{{secretKey}}", "delete"), `deletes the variables that "other" creates`},
		"no schema":           {apart, block{"variables": block{"unmanaged": "keep"}}, "overwrites the other's variables"},
		"scope":               {target("dev"), target("*"), "overwrites the other's variables"},
		"target":              {block{"target": block{"project": "acme/platform/apps/api"}}, target("*"), "overwrites the other's variables"},
		"still apart":         {apart, variables("API_V1_{{secretKey}}", "delete"), ""},
		"source": {block{"variables": block{"key_schema": "{{environment}}_{{secretKey}}", "unmanaged": "keep"}},
			block{"variables": block{"key_schema": "{{environment}}_{{secretKey}}", "unmanaged": "keep"},
				"source": block{"environment": "dev"}}, "overwrites the other's variables"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.HoldToken()
			s.infisical().SetSecret(s.Servers.ProjectID, "dev", "/", "KEY", "value")
			schema := "WEB_{{secretKey}}"
			if name == "source" {
				schema = "dev_{{secretKey}}"
			}
			s.addOther(func(other *infisical.Sync) { other.KeySchema = schema })
			if said := s.apply(s.config(tc.before)); strings.Contains(said, "Duplicate") {
				t.Fatal(said)
			}
			said := s.Plan(s.Context, s.config(tc.after)).Diagnostics.String()
			if tc.says == "" {
				if strings.Contains(said, "Duplicate") {
					t.Error(said)
				}
				return
			}
			mentions(t, said, "Duplicate sync destination", `"api-prod"`, `"other"`, tc.says)
		})
	}
}

// A sync is no duplicate of itself when it is changed. While nothing changes, nobody is asked.
func TestAccSecretSync_noDuplicateOfItself(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.apply(s.config())
	deletes := s.config(block{"variables": block{"unmanaged": "delete"}})
	if said := s.apply(deletes); strings.Contains(said, "Duplicate") {
		t.Error(said)
	}
	s.forget()
	s.settled(deletes)
	if asked := s.Asked(); len(asked) != 1 {
		t.Errorf("a plan in which nothing changes asked %q", asked)
	}
}

// The other sync belongs to a project that the identity does not see: less can be told, and what is not known does not
// stop a sync with names of its own.
func TestAccSecretSync_duplicateOfAStranger(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	other := s.infisical().Projects[1]
	s.infisical().SetSecret(other, "prod", "/", "KEY", "value")
	s.infisical().AddSync(infisical.Sync{Name: "other", ProjectID: other, ConnectionID: s.connection.ID, FolderID: "none",
		Destination: infisical.SyncDestination{Scope: "project", ID: "1203", Environment: "*"}})
	s.infisical().Expel(s.Servers.ClientID, other)
	plan := func(variables block) string {
		return s.Plan(s.Context, s.config(block{"variables": variables})).Diagnostics.String()
	}
	mentions(t, plan(block{"unmanaged": "delete"}), "ERROR: Duplicate sync destination", "a project that the provider's identity is no member of")
	mentions(t, plan(block{"unmanaged": "delete", "key_schema": "INF_{{secretKey}}"}), "WARNING: Duplicate sync destination")
}

// An organization may allow one sync to a destination only; without a check before, the server's word explains itself.
func TestAccSecretSync_duplicatesBlocked(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.addOther(nil)
	s.infisical().BlockDuplicateDestinations()
	s.Refuses(s.config(block{"token_validation": "off"}), "ERROR: Duplicate sync destination", "already exists in project "+s.infisical().Projects[1],
		"only one sync to each destination")
	if s.InState() {
		t.Error("in the state")
	}
}

// A server that does not answer the question is a warning.
func TestAccSecretSync_duplicatesNotKnown(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	defer s.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/secret-syncs/gitlab/check-destination", Kind: server.FaultStatus, Status: 500})()
	mentions(t, s.apply(s.config()), "WARNING: Other syncs not looked for")
	s.has("DATABASE_URL=postgres://database@*")
}

// Two syncs of which each deletes what it does not know undo each other's work: what the error is about.
func TestAccSecretSync_duplicatesDeleteEachOther(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.secretIn("/api", "KEY", "value")
	s.addOther(func(other *infisical.Sync) { other.DisableDeletion = false })
	s.gitlab().AddVariable(s.app, gitlab.Variable{Key: "DATABASE_URL", Value: "postgres://database"})
	s.apply(s.config(block{"source": block{"environment": "prod", "secret_path": "/api"}, "variables": block{"unmanaged": "delete"},
		"token_validation": "warn"}))
	s.has("KEY=value@*")
}
