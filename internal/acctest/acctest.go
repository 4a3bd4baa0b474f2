// Package acctest is what acceptance tests stand on: servers to test against, and six ways to drive the provider. Each
// has a file, which begins with when to use it:
//
//   - [CLI], the command line with the built provider
//   - [Watched], the command line, searched for a secret
//   - [Terminal], the command line, killed or interrupted at a request
//   - [Workspace], plan and apply of one resource over the plugin protocol, in this process
//   - [Module], plan and apply of a whole configuration, in the same way
//   - [Calls], single calls of the plugin protocol
//
// Tests of single steps with terraform-plugin-testing take their provider from [Factories].
package acctest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/config"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// RequireAcceptance skips a test that is only for `make testacc`. Whatever starts servers or a CLI calls it; a test
// that counts at its end begins with it.
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
	environment.Compared = compared()
	return environment
}

// Factories serve the provider from this process in the given environment.
func Factories(environment provider.Environment) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"infisical": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test", environment)(), nil },
	}
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
	secrets.Register(value)
	return config.Variables{"token": config.StringVariable(value)}
}

// NoWait is an Environment's Wait for tests in which something is waited for that will not come.
func NoWait(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }
