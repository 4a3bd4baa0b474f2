package acctest

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// AskedForOrganization is what an apply asks last, once it has written what does not tell its organization: nothing,
// but with an older Infisical, whose access tokens do not tell it either.
func (s *Servers) AskedForOrganization() []string {
	if s.Sandbox.Infisical.IsOlder() {
		return []string{"GET /api/v1/identities/details"}
	}
	return nil
}

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
