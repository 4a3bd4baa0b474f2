package connection

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// On gitlab.com the same refusal may mean the tier, and anywhere that a group forbids such tokens.
func TestMintDiagnostic_tier(t *testing.T) {
	t.Parallel()
	refused := &gitlab.Error{Operation: "creating an access token of group acme", Reason: gitlab.ReasonForbidden, Status: 400,
		Message: "User does not have permission to create group access token"}
	for instance, want := range map[string]bool{
		"https://gitlab.com": true, "https://GitLab.com/": true, "https://gitlab.example.com": false, "https://example.com/gitlab.com": false,
	} {
		found := mintDiagnostic(instance, gitlab.Resource{Kind: gitlab.KindGroup, ID: "acme"}, refused).Detail()
		if strings.Contains(found, "need Premium or Ultimate") != want || !strings.Contains(found, "set service_account") {
			t.Errorf("%s: %s", instance, found)
		}
	}
}
