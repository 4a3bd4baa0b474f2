// Package hands tests that a plan says what the apply will do, whatever either of them has at hand: which tokens, which
// refresh, which other changes beside it. It has no other code.
package hands_test

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(200) // Worlds come and go.
	secrets.Forgo()
	os.Exit(acctest.Run(m))
}
