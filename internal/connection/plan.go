package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// planning is one plan.
type planning struct {
	*connectionResource
	config, plan resourceModel
	// state and before are empty for a new connection.
	state  resourceModel
	before history
	// replace are the attributes that replace the connection.
	replace path.Paths
	diags   *diag.Diagnostics
}

// ModifyPlan completes the plan with what depends on more than one attribute: which GitLab it is, and whether credentials are sent.
// What GitLab says of the token leads to diagnostics only, never to a change, so that plans are stable.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		planDestroy(ctx, req, resp)
		return
	}
	if r.data == nil {
		return
	}
	p := &planning{connectionResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &p.config)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &p.plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := p.plan
	if req.State.Raw.IsNull() {
		p.create(ctx)
	} else {
		resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &p.state)...)
		p.before = recallHistory(ctx, req.Private, p.state, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		p.update(ctx)
		resp.RequiresReplace.Append(p.replace...)
	}
	r.refuseInsecure(p.plan.InstanceURL, &resp.Diagnostics)
	if !providerdata.Equal(&p.plan, &proposed) {
		resp.Plan.Raw = providerdata.Encode(ctx, &p.plan)
	}
}

// planDestroy makes no difference between a connection that was not found and any other: it is to be deleted, should it be there again.
func planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state resourceModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &state)...)
	ledger := recallLedger(ctx, req.Private, state, &resp.Diagnostics)
	if ledger.Gone && !resp.Diagnostics.HasError() {
		ledger.Gone = false
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, ledgerKey, ledger)...)
	}
}

func (p *planning) create(ctx context.Context) {
	if p.config.InstanceURL.IsNull() {
		p.plan.InstanceURL = p.data.InstanceURL
	}
	if kinds := p.plan.kinds(); len(kinds) == 1 { // Else it shows at apply which it is, and then this is asked again.
		kinds[0].planCreate(ctx, p)
	}
}

func (p *planning) update(ctx context.Context) {
	if p.before.ledger.Gone {
		p.replaceGone()
		return
	}
	kinds := p.plan.kinds()
	if method := methodOf(kinds); method != "" && method != p.state.Method.ValueString() {
		p.changeMethod(method)
		return
	}
	if !p.config.Description.IsNull() && sameDescription(p.config.Description, p.state.Description) {
		p.plan.Description = p.state.Description // Configuration only spells it differently.
	}
	if len(kinds) == 1 {
		kinds[0].planUpdate(ctx, p)
	} else {
		p.leaveOpen(kinds)
	}
	p.planRevocations()
}

// leaveOpen leaves open what depends on which kind of credential it is to be. The connection stays: should the apply show that it is to be
// replaced, it stops.
func (p *planning) leaveOpen(kinds []kind) {
	p.plan.InstanceURL = p.instanceURL(providerdata.Unknown)
	p.plan.CredentialsHash, p.plan.Token = types.StringUnknown(), unknownToken
	if methodOf(kinds) == "" {
		p.plan.Method = types.StringUnknown()
	}
}

// replaceGone replaces a connection that is gone, so that the tokens made for it are revoked.
func (p *planning) replaceGone() {
	p.plan.ID = types.StringUnknown()
	p.replace.Append(path.Root("id"))
	p.diags.AddWarning("GitLab connection is gone", "Somebody deleted the connection. It is made anew, and the tokens that were made for it are revoked.")
}

// changeMethod replaces the connection: the API cannot change the method of one. A plan that did not know the method yet cannot be turned
// into a replacement when it is applied, so that is refused.
func (p *planning) changeMethod(method string) {
	p.plan.Method = types.StringValue(method)
	because := fmt.Sprintf("Infisical cannot change the method of a connection, here from %s to %s.", p.state.Method.ValueString(), method)
	if !p.data.Refreshed(p.state.ID.ValueString()) {
		p.diags.AddError("GitLab connection must be replaced", because+" The plan does not say so, because the method became known only now, or because it was made without a refresh. "+
			"Nothing was done to it. Plan again, with a refresh, to see the replacement.")
		return
	}
	p.replace.Append(path.Root("method"))
	p.diags.AddWarning("GitLab connection will be replaced", fmt.Sprintf(
		"%s So %q is deleted and another connection created. What uses it, such as Secret Syncs and Secret Scanning data sources, must be detached before, or the deletion is refused.",
		because, p.state.Name.ValueString()))
}

// instanceURL is the GitLab to plan for, given whether there is a secret to send.
func (p *planning) instanceURL(secret providerdata.Presence) types.String {
	return plannedInstanceURL(p.config.InstanceURL, p.state.InstanceURL, secret, p.before.last)
}

// plannedInstanceURL is the configured one in the state's spelling. An unset one keeps the state's, so that a variable missing from one
// machine's environment never moves a connection. When somebody else moved it meanwhile, our secret must not follow: it goes back to
// where the last one was meant for.
func plannedInstanceURL(configured, recorded types.String, secret providerdata.Presence, last *lastWrite) types.String {
	wanted := configured
	if wanted.IsNull() && secret != providerdata.Null && last != nil {
		wanted = types.StringValue(last.InstanceURL)
	}
	switch {
	case wanted.IsNull() || sameInstanceURL(wanted, recorded):
		return recorded
	case configured.IsNull() && secret == providerdata.Unknown:
		return types.StringUnknown()
	}
	return wanted
}

// refuseUnconfirmed keeps a secret from an address that only Infisical names: whoever may edit the connection could have put it there.
// planned is where the connection is to be; the configuration has no say when it is null there.
func (r *connectionResource) refuseUnconfirmed(configured, planned types.String, last *lastWrite, diags *diag.Diagnostics) {
	own := r.data.InstanceURL
	if !configured.IsNull() || last != nil || planned.IsUnknown() || own.IsUnknown() || sameInstanceURL(planned, own) {
		return
	}
	diags.AddAttributeError(path.Root("instance_url"), "Address of GitLab not confirmed", fmt.Sprintf(
		"Infisical says that the connection is for %s. Nothing in the configuration does: instance_url is not set, and the provider's gitlab.instance_url is %s. Tokens and codes are sent "+
			"only to an address of yours, because whoever may edit the connection could have put his own there.\nSet instance_url to the GitLab that the token or code is from.",
		planned.ValueString(), own.ValueString()))
}

func (r *connectionResource) refuseInsecure(instanceURL types.String, diags *diag.Diagnostics) {
	if r.data.AllowHTTP || instanceURL.IsNull() || instanceURL.IsUnknown() {
		return
	}
	address, err := transport.ParseBaseURL(instanceURL.ValueString())
	if err != nil {
		return // The schema's validators have said so.
	}
	if err := transport.CheckSecure(address); err != nil {
		diags.AddAttributeError(path.Root("instance_url"), "GitLab without encryption", providerdata.Sentence(err.Error()))
	}
}
