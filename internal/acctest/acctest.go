// Package acctest is what acceptance tests stand on: servers to test against, the provider in this process, and a command line with
// the built provider for what only a real process can show.
package acctest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
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
	return &Servers{
		Host:         env("INFISICAL_HOST"),
		ClientID:     env("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"),
		ClientSecret: env("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"),
		InstanceURL:  env("GITLAB_BASE_URL"),
		Token:        env("TEST_GITLAB_TOKEN"),
		OtherToken:   env("TEST_GITLAB_TOKEN_2"),
		TokenType:    env("TEST_GITLAB_TOKEN_TYPE"),
		ProjectID:    os.Getenv("TEST_INFISICAL_PROJECT_ID"),
	}
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
	}
}

// OtherOrganization are the same servers, seen by an identity of another organisation.
func (s *Servers) OtherOrganization() *Servers {
	other := *s
	other.ClientID, other.ClientSecret = s.Sandbox.Infisical.OtherClientID, s.Sandbox.Infisical.OtherClientSecret
	other.ProjectID = s.Sandbox.Infisical.OtherProject
	return &other
}

// AnotherInfisical starts a second Infisical beside the first, with nothing in it. Both reach the first one's GitLab, and Sandbox is the
// second one's, with a log of its own.
func (s *Servers) AnotherInfisical(t testing.TB, options ...sandbox.Option) *Servers {
	t.Helper()
	second := StartSandbox(t, options...)
	second.InstanceURL, second.Token, second.OtherToken = s.InstanceURL, s.Token, s.OtherToken
	return second
}

// RequireAcceptance skips a test that is only for `make testacc`. Whatever starts servers or a CLI calls it; a test that counts at its
// end begins with it.
func RequireAcceptance(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run only with TF_ACC=1; see `make testacc`")
	}
}

// Name returns a name for a connection that no other test uses, on a real server neither.
func Name(t testing.TB) string {
	t.Helper()
	suffix := make([]byte, 4)
	if _, err := rand.Read(suffix); err != nil {
		t.Fatal(err)
	}
	return "tf-acc-" + hex.EncodeToString(suffix)
}

// Environment is the provider's in tests: that of a user with no variables set.
func Environment() provider.Environment {
	environment := provider.System()
	environment.Getenv = func(string) string { return "" }
	return environment
}

// Factories serve the provider from this process in the given environment.
func Factories(environment provider.Environment) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"infisical": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test", environment)(), nil },
	}
}

// Provider is a provider block for these servers; settings are further lines in it.
func (s *Servers) Provider(settings string) string {
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

// TokenVariable declares the ephemeral variable "token". Give it a value by ConfigVariables or by TF_VAR_token.
const TokenVariable = `
variable "token" {
  type      = string
  ephemeral = true
}
`

// Token is the value of the variable that TokenVariable declares.
func Token(value string) config.Variables {
	return config.Variables{"token": config.StringVariable(value)}
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

// NoWait is an Environment's Wait for tests in which something is waited for that will not come.
func NoWait(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }
