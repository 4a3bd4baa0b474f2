// Package roundtrip tests that what users write comes back as they wrote it, whatever the way: by apply, import, data
// source, list and generated configuration. It has no other code.
package roundtrip_test

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // Providers come and go.
	os.Exit(acctest.Run(m))
}
