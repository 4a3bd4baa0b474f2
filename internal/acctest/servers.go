package acctest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Servers are the Infisical and the GitLab that a test runs against.
type Servers struct {
	// Sandbox is nil when the servers are real ones.
	Sandbox *sandbox.Sandbox

	Host, ClientID, ClientSecret string
	// InstanceURL is GitLab's address.
	InstanceURL string
	// Token and OtherToken are two tokens of the kind TokenType.
	Token, OtherToken, TokenType string
	// ProjectID is a project of Infisical's; empty when the real server's is not known.
	ProjectID string
	// GitLabProject is the id of a project at GitLab in which both tokens may write variables; empty when the real
	// server's is not known.
	GitLabProject string
}

// Start returns a sandbox of this test's own, or the real servers that the environment names; see CONTRIBUTING.md.
func Start(t testing.TB) *Servers {
	t.Helper()
	RequireAcceptance(t)
	if os.Getenv("TF_ACC_INFISICAL_REAL") == "" {
		return StartSandbox(t)
	}
	env := func(name string) string {
		value := os.Getenv(name)
		if value == "" {
			t.Fatalf("TF_ACC_INFISICAL_REAL needs %s", name)
		}
		return value
	}
	servers := &Servers{
		Host:         env("INFISICAL_HOST"),
		ClientID:     env("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"),
		ClientSecret: env("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"),
		InstanceURL:  env("GITLAB_BASE_URL"),
		Token:        env("TEST_GITLAB_TOKEN"),
		OtherToken:   env("TEST_GITLAB_TOKEN_2"),
		TokenType:    env("TEST_GITLAB_TOKEN_TYPE"),
		ProjectID:    os.Getenv("TEST_INFISICAL_PROJECT_ID"),

		GitLabProject: os.Getenv("TEST_GITLAB_PROJECT"),
	}
	secrets.Register(servers.ClientSecret, servers.Token, servers.OtherToken)
	return servers
}

// StartSandbox returns a sandbox of this test's own, for tests that need its log, its faults or its back doors.
func StartSandbox(t testing.TB, options ...sandbox.Option) *Servers {
	t.Helper()
	RequireAcceptance(t)
	sb, err := sandbox.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	asksForNoValues(t, sb)
	return &Servers{
		Sandbox:      sb,
		Host:         sb.Infisical.URL(),
		ClientID:     sb.Infisical.ClientID,
		ClientSecret: sb.Infisical.ClientSecret,
		InstanceURL:  sb.GitLab.URL(),
		Token:        sb.GitLab.Token("group-owner-api").Value,
		OtherToken:   sb.GitLab.Token("group-maintainer-api").Value,
		TokenType:    "group",
		ProjectID:    sb.Infisical.Projects[0],

		GitLabProject: strconv.Itoa(sb.GitLab.Project("acme/app").ID),
	}
}

// OtherOrganization are the same servers, seen by an identity of another organization.
func (s *Servers) OtherOrganization() *Servers {
	other := *s
	other.ClientID, other.ClientSecret = s.Sandbox.Infisical.OtherClientID, s.Sandbox.Infisical.OtherClientSecret
	other.ProjectID = s.Sandbox.Infisical.OtherProject
	return &other
}

// AnotherInfisical starts a second Infisical beside the first, with nothing in it. Both reach the first one's GitLab,
// and Sandbox is the second one's, with a log of its own.
func (s *Servers) AnotherInfisical(t testing.TB, options ...sandbox.Option) *Servers {
	t.Helper()
	second := StartSandbox(t, options...)
	second.InstanceURL, second.Token, second.OtherToken = s.InstanceURL, s.Token, s.OtherToken
	return second
}

// Provider is a provider block for these servers; settings are further lines in it.
func (s *Servers) Provider(settings string) string {
	if s.Sandbox == nil && (strings.HasPrefix(s.Host, "http://") || strings.HasPrefix(s.InstanceURL, "http://")) {
		settings += "\n  allow_http = true"
	}
	return fmt.Sprintf(`
provider "infisical" {
  host = %q
  auth = {
    universal = {
      client_id     = %q
      client_secret = %q
    }
  }
  gitlab = {
    instance_url = %q
  }
  %s
}
`, s.Host, s.ClientID, s.ClientSecret, s.InstanceURL, settings)
}

// Environment are the variables that lead the provider to these servers.
func (s *Servers) Environment() []string {
	return []string{
		"INFISICAL_HOST=" + s.Host,
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + s.ClientID,
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + s.ClientSecret,
		"GITLAB_BASE_URL=" + s.InstanceURL,
	}
}

// Writes are the requests since the last Reset of the log that changed something at Infisical.
func (s *Servers) Writes() []server.Request {
	var writes []server.Request
	for _, request := range s.Sandbox.Log.Requests() {
		if request.Server == "infisical" && request.Method != http.MethodGet && !strings.HasSuffix(request.Path, "/login") {
			writes = append(writes, request)
		}
	}
	return writes
}

// Lines are the provider's requests to one server, "infisical" or "gitlab", since the last Reset of the log.
func (s *Servers) Lines(of string) []string {
	var lines []string
	for _, request := range s.Sandbox.Log.Requests() {
		if request.Server == of && request.Client == server.ClientProvider {
			lines = append(lines, request.Line())
		}
	}
	return lines
}

// ProviderToken is the token of GitLab's that may make and revoke others.
func (s *Servers) ProviderToken() string {
	return s.Sandbox.GitLab.Token("admin-management").Value
}

// Connections are those for GitLab.
func (s *Servers) Connections() []infisical.Connection {
	return slices.DeleteFunc(s.Sandbox.Infisical.Connections(), func(c infisical.Connection) bool { return c.App != "gitlab" })
}

// Only is the single GitLab connection.
func (s *Servers) Only(t testing.TB) infisical.Connection {
	t.Helper()
	connections := s.Connections()
	if len(connections) != 1 {
		t.Fatalf("%d GitLab connections, want 1", len(connections))
	}
	return connections[0]
}

// ManagedTokens are the live tokens at GitLab that the provider made.
func (s *Servers) ManagedTokens() []gitlab.Token {
	return slices.DeleteFunc(s.Sandbox.GitLab.LiveTokens(), func(token gitlab.Token) bool {
		return !strings.HasPrefix(token.Name, "infisical ")
	})
}

// OnlyLive is the single live managed token, which must be the one that Infisical holds.
func (s *Servers) OnlyLive(t testing.TB) gitlab.Token {
	t.Helper()
	live := s.ManagedTokens()
	if len(live) != 1 {
		t.Fatalf("%d live managed tokens, want 1", len(live))
	}
	if s.Only(t).AccessToken != live[0].Value {
		t.Fatal("Infisical does not hold the live token")
	}
	return live[0]
}

// NoneLive checks that no managed token is left.
func (s *Servers) NoneLive(t testing.TB) {
	t.Helper()
	if live := s.ManagedTokens(); len(live) != 0 {
		t.Errorf("%d managed tokens are alive", len(live))
	}
}

// NoWrites checks that nothing was changed at Infisical since the last Reset of the log.
func (s *Servers) NoWrites(t testing.TB) {
	t.Helper()
	if writes := s.Writes(); len(writes) != 0 {
		t.Fatalf("nothing should have been sent, but: %v", s.Sandbox.Log.Provider())
	}
}

// OnlyPatch is the body of the single request since the last Reset of the log that changed something, a PATCH.
func (s *Servers) OnlyPatch(t testing.TB) map[string]any {
	t.Helper()
	writes := s.Writes()
	if len(writes) != 1 || writes[0].Method != http.MethodPatch {
		t.Fatalf("want one PATCH, got %d writes: %v", len(writes), s.Sandbox.Log.Provider())
	}
	return Sent(t, writes[0])
}

// Sent is the body of a request.
func Sent(t testing.TB, request server.Request) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(request.Body, &body); err != nil {
		t.Fatalf("%s: %v", request.Line(), err)
	}
	return body
}
