package secretsync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// several is a sandbox for a configuration of several syncs, which the CLI plans and applies at a time.
type several struct {
	*acctest.CLI
	t          *testing.T
	servers    *acctest.Servers
	connection infisical.Connection
}

func newSeveral(t *testing.T) *several {
	t.Helper()
	s := &several{t: t, servers: acctest.StartSandbox(t)}
	s.servers.Sandbox.Infisical.DelayRuns(100 * time.Millisecond)
	s.connection = s.servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: s.servers.Token, AccessTokenType: "group"})
	s.servers.Sandbox.Infisical.SetSecret(s.servers.ProjectID, "prod", "/", "DATABASE_URL", "postgres://database")
	s.servers.Sandbox.Infisical.SetSecret(s.servers.ProjectID, "prod", "/app", "KEY", "value")
	s.CLI = acctest.NewCLI(t, s.servers.Environment()...)
	return s
}

// sync is a block; lines replace its usual attributes, by name.
func (s *several) sync(block string, lines ...string) string {
	attributes := []string{
		fmt.Sprintf("name = %q", block), fmt.Sprintf("project_id = %q", s.servers.ProjectID), fmt.Sprintf("connection_id = %q", s.connection.ID),
		`source = { environment = "prod" }`, `target = { project = "1203" }`, `variables = { unmanaged = "keep" }`, "wait_for_sync = false",
	}
	for i, usual := range attributes {
		name, _, _ := strings.Cut(usual, " ")
		for _, line := range lines {
			if strings.HasPrefix(line, name+" ") {
				attributes[i] = ""
			}
		}
	}
	return fmt.Sprintf("resource \"infisical_gitlab_secret_sync\" %q {\n  %s\n}\n", block, strings.Join(append(attributes, lines...), "\n  "))
}

// Two syncs of one plan do not know each other at Infisical. Whichever is planned later tells, once.
func TestAccSecretSync_severalMeetInOnePlan(t *testing.T) {
	t.Parallel()
	const folder, deletes = `source = { environment = "prod", secret_path = "/app" }`, `variables = { unmanaged = "delete" }`
	for name, tc := range map[string]struct {
		other []string
		fails bool
		says  []string
	}{
		"both keep": {[]string{folder}, false, []string{"Warning: Duplicate sync destination", "overwrites the other's variables"}},
		"one deletes": {[]string{folder, deletes}, true,
			[]string{"Error: Duplicate sync destination", `run of "two" deletes the variables that`}},
		"one deletes, of the same source": {[]string{deletes}, true,
			[]string{"Error: Duplicate sync destination", "have the same source and key_schema"}},
		"another scope":  {[]string{folder, deletes, `target = { project = "1203", environment_scope = "dev" }`}, false, nil},
		"another target": {[]string{folder, deletes, `target = { project = "1204" }`}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSeveral(t)
			s.Write(s.sync("one") + s.sync("two", tc.other...))
			said, err := s.Try("plan", "-input=false", "-no-color")
			if (err != nil) != tc.fails {
				t.Fatalf("failed: %v: %s", err, said)
			}
			said = strings.Join(strings.Fields(strings.ReplaceAll(said, "│", " ")), " ")
			mentions(t, said, tc.says...)
			if count := strings.Count(said, "Duplicate sync destination"); count != min(len(tc.says), 1) {
				t.Errorf("told %d times: %s", count, said)
			}
		})
	}
}

// A key of for_each is renamed: the sync of the old one is no rival of the new one, whichever is planned and applied
// first.
func TestAccSecretSync_renamedKey(t *testing.T) {
	t.Parallel()
	s := newSeveral(t)
	keyed := func(key string) string {
		return s.sync("all", "for_each = toset(["+fmt.Sprintf("%q", key)+"])", "name = each.key", `variables = { unmanaged = "delete" }`)
	}
	for _, key := range []string{"first", "second", "third"} {
		s.Write(keyed(key))
		s.Run("apply", "-auto-approve", "-input=false")
		if syncs := s.servers.Sandbox.Infisical.Syncs(); len(syncs) != 1 || syncs[0].Name != key {
			t.Errorf("syncs %+v", syncs)
		}
	}
}
