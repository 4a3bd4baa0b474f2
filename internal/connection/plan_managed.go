package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// fillInManaged completes the planned block with what follows from use_cases and the day counts.
func (r *connectionResource) fillInManaged(ctx context.Context, config resourceModel, plan *resourceModel, diags *diag.Diagnostics) {
	configured, planned := config.managed(ctx, diags), plan.managed(ctx, diags)
	if configured == nil || planned == nil {
		return
	}
	planned.fillIn(ctx, configured, plan.UseCases, plan.uses(ctx, diags), diags)
	plan.setManaged(ctx, *planned, diags)
}

// checkManagement refuses what no apply could carry out, as far as it is known.
func (r *connectionResource) checkManagement(plan resourceModel, diags *diag.Diagnostics) {
	if r.configuration.GitLab == nil || plan.InstanceURL.IsUnknown() {
		return
	}
	r.requireManagement(plan.InstanceURL.ValueString(), diags)
}

// planManagedUpdate decides whether an update mints a token, and says why.
func (r *connectionResource) planManagedUpdate(ctx context.Context, plan, state *resourceModel, before history, diags *diag.Diagnostics) {
	plan.CredentialsHash, plan.Token = state.CredentialsHash, state.Token
	reason := r.mintReason(ctx, *plan, *state, before, diags)
	planned, recorded := plan.managed(ctx, diags), state.managed(ctx, diags)
	switch {
	case planned == nil || reason != "":
		r.checkManagement(*plan, diags)
		plan.CredentialsHash, plan.Token = types.StringUnknown(), types.ObjectUnknown(tokenTypes)
		detail := fmt.Sprintf("A new token will be made for the connection %q because %s.", state.Name.ValueString(), reason)
		if before.ledger.Current != nil {
			detail += " The present one is revoked once Infisical has the new one."
		}
		diags.AddAttributeWarning(managedPath, "GitLab token will be made", detail)
	case dayCountsChanged(recorded, planned):
		r.checkManagement(*plan, diags)
		plan.CredentialsHash, plan.Token = types.StringUnknown(), types.ObjectUnknown(tokenTypes)
	default:
		if !sameURL(plan.InstanceURL.ValueString(), r.configuration.InstanceURL.ValueString()) {
			r.checkManagement(*plan, diags)
		}
		watchManaged(ctx, *plan, state.Token, diags)
	}
}

// watchManaged warns of what the present token lacks for its uses, should somebody have changed it at GitLab.
func watchManaged(ctx context.Context, plan resourceModel, recorded types.Object, diags *diag.Diagnostics) {
	token, block := recordedToken(ctx, recorded, diags), plan.managed(ctx, diags)
	if token == nil || block == nil || token.AccessLevel.IsNull() {
		return
	}
	var scopes []string
	diags.Append(token.Scopes.ElementsAs(ctx, &scopes, false)...)
	level, err := gitlab.ParseAccessLevel(token.AccessLevel.ValueString())
	if err != nil {
		return
	}
	for _, finding := range tokenpolicy.JudgeManaged(block.resource().Kind, plan.uses(ctx, diags), scopes, level) {
		diags.AddAttributeWarning(managedPath, finding.Summary, finding.Message())
	}
}

// planRevocations turns what is left to revoke into an update that says why.
func planRevocations(plan *resourceModel, ledger ledger, diags *diag.Diagnostics) {
	if len(ledger.Others) == 0 || ledger.Unsettled {
		return
	}
	plan.Token = types.ObjectUnknown(tokenTypes)
	diags.AddWarning("GitLab tokens to revoke", "An earlier apply could not revoke tokens that are no longer needed. The next one tries again:\n"+bullets(labels(ledger.Others)))
}

// planGone replaces a connection that is gone, so that the tokens made for it are revoked.
func planGone(plan *resourceModel, resp *resource.ModifyPlanResponse) {
	plan.ID = types.StringUnknown()
	resp.RequiresReplace.Append(path.Root("id"))
	resp.Diagnostics.AddWarning("GitLab connection is gone", "Somebody deleted the connection. It is made anew, and the tokens that were made for it are revoked.")
}

// mintReason is the decision of that name about this resource.
func (r *connectionResource) mintReason(ctx context.Context, plan, state resourceModel, before history, diags *diag.Diagnostics) string {
	planned := plan.managed(ctx, diags)
	if planned == nil {
		return "its settings are not known yet"
	}
	due := ""
	if token := recordedToken(ctx, state.Token, diags); token != nil {
		due = token.RotationDue.ValueString()
	}
	return mintReason(state.managed(ctx, diags), planned, before.ledger, due, before.hashMoved(state))
}

// mintReasonAtApply also looks at the clock when the day counts change, for which the plan has left everything open.
func (r *connectionResource) mintReasonAtApply(ctx context.Context, plan, state resourceModel, before history, diags *diag.Diagnostics) string {
	if reason := r.mintReason(ctx, plan, state, before, diags); reason != "" {
		return reason
	}
	planned, token := plan.managed(ctx, diags), recordedToken(ctx, state.Token, diags)
	if token == nil || !dayCountsChanged(state.managed(ctx, diags), planned) {
		return ""
	}
	return rotationDue(token.expiry(), planned.ExpirationDays.ValueInt64(), planned.RotateBeforeDays.ValueInt64(), r.configuration.Now())
}
