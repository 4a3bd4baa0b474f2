package secretsync

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
