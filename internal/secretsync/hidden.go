package secretsync

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
)

// hiddenLater warns of what a change of hidden does not do: GitLab hides a variable when it is created, never later.
// https://docs.gitlab.com/ci/variables/#hide-a-cicd-variable
func hiddenLater(before, after variablesModel) diag.Diagnostics {
	switch was, is := before.Hidden, after.Hidden; {
	case is.IsUnknown() || was.Equal(is):
		return nil
	case is.Equal(types.BoolValue(true)):
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("variables"), "Existing variables stay visible",
			"GitLab hides variables only when they are created, so hidden = true changes nothing about those that exist. To hide them, delete "+
				"them in GitLab: the next run creates them again.")}
	default:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("variables"), "Existing variables stay hidden",
			"GitLab does not reveal or unmask a hidden variable, so hidden = false changes nothing about those that exist. To show them, delete "+
				"them in GitLab: the next run creates them again.")}
	}
}

// scopeLeft warns of what a change of a group's scope leaves behind: the variables of the old one. Beside them those of
// the new one cannot be updated or removed, because Infisical does not say which it means.
// https://docs.gitlab.com/api/group_level_variables/#the-filter-parameter
func scopeLeft(before, after targetModel) diag.Diagnostics {
	was, is := before.EnvironmentScope, after.EnvironmentScope
	if after.Asked().Kind != gitlab.KindGroup || is.IsUnknown() || was.Equal(is) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(preflight.TargetPath, "Variables stay in the old scope", fmt.Sprintf(
		"The variables of this sync in the scope %[1]q of %[2]s stay there. GitLab keeps a variable of a group in several scopes, but Infisical does not "+
			"say which of them to change: runs that update or remove one fail as long as it is in two.\nDelete them in the scope %[1]q in GitLab.",
		was.ValueString(), after.Resource()))}
}
