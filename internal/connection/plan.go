package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// ModifyPlan completes the plan with what depends on more than one attribute: which GitLab it is, and whether credentials are sent.
// What GitLab says of the token leads to diagnostics only, never to a change, so that plans are stable.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		planDestroy(ctx, req, resp)
		return
	}
	if r.configuration == nil {
		return
	}
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, req, &plan, &resp.Diagnostics)
	} else {
		r.planUpdate(ctx, req, resp, &plan)
	}
	r.refuseInsecure(plan.InstanceURL, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// planDestroy makes no difference between a connection that was not found and any other: it is to be deleted, should it be there again.
func planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ledger := recallLedger(ctx, req.Private, state, &resp.Diagnostics)
	if ledger.Gone && !resp.Diagnostics.HasError() {
		ledger.Gone = false
		rememberLedger(ctx, resp.Private, ledger, &resp.Diagnostics)
	}
}

func (r *connectionResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, plan *resourceModel, diags *diag.Diagnostics) {
	var config resourceModel
	diags.Append(req.Config.Get(ctx, &config)...)
	if config.InstanceURL.IsNull() {
		plan.InstanceURL = r.configuration.InstanceURL
	}
	kinds := plan.kinds()
	if len(kinds) != 1 {
		return // Which it is shows at apply, and then this is asked again.
	}
	switch kinds[0] {
	case kindManaged:
		r.fillInManaged(ctx, config, plan, diags)
		r.checkManagement(*plan, diags)
		r.judgeManaged(ctx, *plan, types.ObjectNull(tokenTypes), diags)
		r.watchManagementToken(ctx, *plan, diags)
	case kindOAuth:
		r.planOAuthCreate(ctx, config, *plan, diags)
	case kindGiven:
		r.planGivenCreate(ctx, config, plan, diags)
	}
}

// planGivenCreate judges the user's token.
func (r *connectionResource) planGivenCreate(ctx context.Context, config resourceModel, plan *resourceModel, diags *diag.Diagnostics) {
	configured := configuredCredentials(ctx, config, *plan, diags)
	requireToken(configured, diags)
	if diags.HasError() {
		return
	}
	question := r.newQuestion(ctx, configured, *plan, types.ObjectNull(tokenTypes), diags)
	description := r.describe(ctx, question, diags)
	r.judge(question, description, false, diags)
	if configured.tokenType.IsNull() {
		planned := question.plannedTokenType(description, types.StringNull())
		requireType(planned, diags)
		plan.setTokenType(ctx, planned, diags)
	}
}

func (r *connectionResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan *resourceModel) {
	var config, state resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if before.ledger.Gone {
		planGone(plan, resp)
		return
	}
	kinds := plan.kinds()
	if method := methodOf(kinds); method != "" && method != state.Method.ValueString() {
		r.planMethodChange(plan, state, method, resp)
		return
	}
	keepDescription(config, state, plan)
	switch {
	case len(kinds) != 1:
		planOpenKind(config, plan, state, kinds, before.last)
	case kinds[0] == kindManaged:
		plan.InstanceURL = plannedInstanceURL(config.InstanceURL, state.InstanceURL, present, before.last)
		r.fillInManaged(ctx, config, plan, &resp.Diagnostics)
		r.planManagedUpdate(ctx, plan, &state, before, &resp.Diagnostics)
	case kinds[0] == kindOAuth:
		r.planOAuthUpdate(ctx, config, plan, state, before.last, &resp.Diagnostics)
	default:
		r.planGivenUpdate(ctx, req, resp, config, state, before, plan)
	}
	r.planRevocations(plan, before.ledger, &resp.Diagnostics)
}

// planOpenKind leaves open what depends on which kind of credential it is to be. The connection stays: should the apply show that it is to be
// replaced, it stops.
func planOpenKind(config resourceModel, plan *resourceModel, state resourceModel, kinds []kind, last *lastWrite) {
	plan.InstanceURL = plannedInstanceURL(config.InstanceURL, state.InstanceURL, undecided, last)
	plan.CredentialsHash, plan.Token = types.StringUnknown(), types.ObjectUnknown(tokenTypes)
	if methodOf(kinds) == "" {
		plan.Method = types.StringUnknown()
	}
}

// planGivenUpdate decides whether an update sends the user's token.
func (r *connectionResource) planGivenUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, config, state resourceModel, before history, plan *resourceModel) {
	configured := configuredCredentials(ctx, config, *plan, &resp.Diagnostics)
	secret := presenceOf(configured.token)
	plan.InstanceURL = plannedInstanceURL(config.InstanceURL, state.InstanceURL, secret, before.last)
	configured.instanceURL = plan.InstanceURL
	if secret == present {
		r.refuseUnconfirmed(config.InstanceURL, plan.InstanceURL, before.last, &resp.Diagnostics)
	}
	recorded := recordedCredentials(ctx, state, &resp.Diagnostics)
	change := decide(recorded, configured, state, before, &resp.Diagnostics)

	// At first everything that a write would change stays as it is; whether there is an update at all shows then.
	plan.CredentialsHash, plan.Token = state.CredentialsHash, state.Token
	if configured.tokenType.IsNull() {
		plan.setTokenType(ctx, recorded.tokenType, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, *plan)...)
	updating := !resp.Plan.Raw.Equal(req.State.Raw)
	if resp.Diagnostics.HasError() {
		return
	}

	question := r.newQuestion(ctx, configured, *plan, state.Token, &resp.Diagnostics)
	var description *gitlab.Description
	if change.send() || before.last.isOf(configured.token) {
		description = r.describe(ctx, question, &resp.Diagnostics)
		r.judge(question, description, !change.send() && plan.UseCases.Equal(state.UseCases), &resp.Diagnostics)
	}
	// A token that varies may be another one at apply, and would then be sent by an update that is planned for something else.
	mayWrite := change.send() || (updating && configured.varies())
	if !mayWrite {
		return
	}
	plan.CredentialsHash, plan.Token = types.StringUnknown(), types.ObjectUnknown(tokenTypes)
	if configured.tokenType.IsNull() {
		plan.setTokenType(ctx, question.plannedTokenType(description, recorded.tokenType), &resp.Diagnostics)
	}
}

// keepDescription keeps what state has where configuration only spells it differently.
func keepDescription(config, state resourceModel, plan *resourceModel) {
	if !config.Description.IsNull() && sameDescription(config.Description, state.Description) {
		plan.Description = state.Description
	}
}
