package acctest

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// EachAge runs a test with every age of Infisical that a sandbox plays, in parallel. The option starts it.
func EachAge(t *testing.T, test func(t *testing.T, age string, option sandbox.Option)) {
	t.Helper()
	for age, option := range sandbox.Ages() {
		t.Run(age, func(t *testing.T) {
			t.Parallel()
			test(t, age, option)
		})
	}
}
