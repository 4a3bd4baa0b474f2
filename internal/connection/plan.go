package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// ModifyPlan completes the plan with what depends on more than one attribute: which GitLab it is, and whether credentials are sent.
// It asks no server and no clock, so that an apply finds the same as the plan it carries out.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.configuration == nil {
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

func (r *connectionResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, plan *resourceModel, diags *diag.Diagnostics) {
	var config resourceModel
	diags.Append(req.Config.Get(ctx, &config)...)
	if config.InstanceURL.IsNull() {
		plan.InstanceURL = r.configuration.InstanceURL
	}
	requireToken(configuredCredentials(ctx, req.Config, *plan, diags), diags)
}

func (r *connectionResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan *resourceModel) {
	var config, state resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	last := recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	keepDescription(config, state, plan)
	configured := configuredCredentials(ctx, req.Config, *plan, &resp.Diagnostics)
	plan.InstanceURL = plannedInstanceURL(config, state, configured, last)
	configured.instanceURL = plan.InstanceURL
	change := decide(ctx, state, configured, last, &resp.Diagnostics)
	plan.CredentialsHash = state.CredentialsHash
	resp.Diagnostics.Append(resp.Plan.Set(ctx, *plan)...)
	updating := !resp.Plan.Raw.Equal(req.State.Raw)
	if change.send() || (updating && configured.varies()) {
		plan.CredentialsHash = types.StringUnknown()
	}
}

// keepDescription keeps what state has where configuration only spells it differently.
func keepDescription(config, state resourceModel, plan *resourceModel) {
	if !config.Description.IsNull() && sameDescription(config.Description, state.Description) {
		plan.Description = state.Description
	}
}

// plannedInstanceURL is the configured one in the state's spelling. An unset one keeps the state's, so that a variable missing from one
// machine's environment never moves a connection. When somebody else moved it meanwhile, our token must not follow: it goes back to where the token was meant for.
func plannedInstanceURL(config, state resourceModel, configured credentials, last *lastWrite) types.String {
	wanted := config.InstanceURL
	if wanted.IsNull() && !configured.token.IsNull() && last != nil {
		wanted = types.StringValue(last.InstanceURL)
	}
	if wanted.IsNull() || sameInstanceURL(wanted, state.InstanceURL) {
		return state.InstanceURL
	}
	return wanted
}

func (r *connectionResource) refuseInsecure(instanceURL types.String, diags *diag.Diagnostics) {
	if r.configuration.AllowHTTP || instanceURL.IsNull() || instanceURL.IsUnknown() {
		return
	}
	address, err := transport.ParseBaseURL(instanceURL.ValueString())
	if err != nil {
		return // The schema's validators have said so.
	}
	if err := transport.CheckSecure(address); err != nil {
		diags.AddAttributeError(path.Root("instance_url"), "GitLab without encryption", sentence(err.Error()))
	}
}
