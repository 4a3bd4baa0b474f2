package secretscanning

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// look is one at the plan's target, whose id is known where state has it.
func (r *scanningResource) look(plan resourceModel, known types.String, exists bool, diags *diag.Diagnostics) preflight.Examination {
	data, asked := r.data, plan.Target.Asked()
	use := tokenpolicy.ProjectSecretScanning
	if asked.Kind == gitlab.KindGroup {
		use = tokenpolicy.GroupSecretScanning
	}
	return preflight.Examination{
		Data: data, Asked: asked, Known: known, ConnectionID: plan.ConnectionID, Use: use, Validation: plan.TokenValidation, Exists: exists, Replaces: exists,
		Aim: "add a webhook to", Diags: diags,
		Found: func(ctx context.Context, by preflight.Session, target gitlab.TargetDescription) error {
			if preflight.Validation(data, plan.TokenValidation) != providerdata.ValidationOff {
				warnOfPlan(ctx, by, target, diags)
			}
			return nil
		},
	}
}

// warnOfPlan tells when a group is on a plan without webhooks of groups. GitLab may make one all the same, and never
// calls it. https://docs.gitlab.com/user/project/integrations/webhooks/#group-webhooks
func warnOfPlan(ctx context.Context, by preflight.Session, target gitlab.TargetDescription, diags *diag.Diagnostics) {
	if target.Asked.Kind != gitlab.KindGroup || target.ID == 0 {
		return
	}
	if free, err := by.IsFree(ctx, target); err != nil || !free {
		return
	}
	diags.AddAttributeWarning(preflight.TargetPath, "Group webhooks need GitLab Premium", fmt.Sprintf(
		"%s is on GitLab's free plan, which has no webhooks of groups: Infisical may not be able to make one, and would not hear of pushes if it can. "+
			"Scan the projects one by one with target.project.", target.Resource()))
}
