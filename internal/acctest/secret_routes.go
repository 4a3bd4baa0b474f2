package acctest

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// valueless are the parts of Infisical's routes that speak of secrets and answer without their values. Every other one
// is taken for one that shows them, as /api/v4/secrets and …/import-secrets do.
// https://infisical.com/docs/api-reference/endpoints/secrets/list
var valueless = []string{"secret-syncs", "sync-secrets", "remove-secrets", "secret-scanning"}

// showsValues reports that a route of Infisical answers with the values of secrets, or may. What somebody has named so
// is no route.
func showsValues(path string) bool {
	before := ""
	for part := range strings.SplitSeq(path, "/") {
		if strings.Contains(strings.ToLower(part), "secret") && !slices.Contains(valueless, part) && !strings.HasSuffix(before, "-name") {
			return true
		}
		before = part
	}
	return false
}

// asksForNoValues fails the test when the provider asks Infisical for the values of secrets.
func asksForNoValues(t testing.TB, sb *sandbox.Sandbox) {
	t.Helper()
	sb.OnRequest(func(request *server.Request) {
		if request.Client == server.ClientProvider && request.Server == server.Infisical && showsValues(request.Path) {
			t.Errorf("the provider asks for the values of secrets: %s", request.Line())
		}
	})
}
