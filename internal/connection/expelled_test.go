package connection_test

import (
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// An identity that was taken out of its own organization is not told that the connection is another's: that one would
// look for another login, where the membership is missing.
func TestAccConnection_expelledFromOrganization(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, age sandbox.Option) {
		w := newManaging(t, age)
		config := becomesGiven(w)
		w.Must(config)
		destruction := w.Plan(w.Context, nil)
		w.Servers.Sandbox.Infisical.ExpelFromOrganization(w.Servers.ClientID)
		for what, diags := range map[string]acctest.Diagnostics{
			"plan": w.Plan(w.Context, config).Diagnostics, "saved destroy": w.ApplyPlan(w.Context, destruction),
		} {
			said := diags.String()
			if !strings.Contains(said, "You are not a member of this organization with ID "+w.Servers.Sandbox.Infisical.OrganizationID) ||
				strings.Contains(said, "another Infisical") || !w.InState() {
				t.Errorf("%s: %s", what, said)
			}
		}
	})
}
