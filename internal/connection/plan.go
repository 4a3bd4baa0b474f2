package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// ModifyPlan completes the plan with what depends on more than one attribute: which GitLab it is, and whether
// credentials are sent. What GitLab says of the token leads to diagnostics only, never to a change, so that plans are
// stable.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	if r.data == nil {
		return
	}
	o := &operation{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	if !o.decode(ctx, req.Config.Raw, req.Plan.Raw, req.State.Raw) {
		return
	}
	o.diags.Append(attribute.RefuseMadeUp(path.Root("project_id"), o.plan.ProjectID, attribute.CheckProjectID)...)
	if o.diags.HasError() {
		return
	}
	proposed := o.plan
	if req.State.Raw.IsNull() {
		existing, diags := attribute.Recall[bool](ctx, req.Private, existsKey, "the plan")
		o.diags.Append(diags...)
		o.replaces = existing != nil
		o.planCreate(ctx)
	} else if o.recall(ctx, req.Private) {
		o.remember(ctx, existsKey, true)
		o.planUpdate(ctx)
		resp.RequiresReplace.Append(o.replace...)
	} else {
		return
	}
	o.refuseInsecure()
	o.tellOthers()
	if !attribute.Equal(&o.plan, &proposed) {
		resp.Plan.Raw = attribute.Encode(ctx, &o.plan)
	}
}

// tellOthers leaves in this process what syncs and scans that use the connection want to know of its plan.
func (o *operation) tellOthers() {
	id := o.state.ID.ValueString()
	changes := len(o.replace) > 0 || !attribute.Equal(&o.plan, &o.state)
	o.data.Walk.Plan(id, changes)
	token, managed := o.plan.TokenDetails, o.plan.ManagedAccessToken.Presence != attribute.Null
	if managed && (token.Presence == attribute.Unknown || token.ID.IsUnknown()) {
		o.data.Tokens.PlanMint()
	}
	visit := providerdata.Unvisited
	if changes {
		visit = providerdata.Visited
	}
	switch {
	case id == "":
		o.data.Tokens.PlanNew(o.plan.InstanceURL.ValueString(), o.plan.OAuth.Presence == attribute.Null)
	case len(o.replace) > 0, !o.plan.ProjectID.Equal(o.state.ProjectID): // The schema replaces for another project.
		o.data.Tokens.Forget(id)
	case o.promises:
		o.data.Tokens.Promise(id, o.plan.InstanceURL.ValueString(), o.mayStay)
	default:
		o.leaveToken(o.state.ID, o.usable, visit)
	}
}

// planDestroy treats a connection that was not found like any other: it must be deleted if it exists again.
func (r *connectionResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	o := &operation{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	if !o.decode(ctx, tftypes.Value{}, tftypes.Value{}, req.State.Raw) || !o.recall(ctx, req.Private) {
		return
	}
	if r.data != nil {
		r.data.Tokens.Forget(o.state.ID.ValueString())
	}
	if o.before.ledger.Gone {
		o.before.ledger.Gone = false
		o.remember(ctx, ledgerKey, o.before.ledger)
	}
	o.warnOfDestroy()
}

// warnOfDestroy: a destroy that cannot revoke the tokens does not begin. Plans may run without the provider's GitLab
// token where the apply has it, so that is no error yet.
func (o *operation) warnOfDestroy() {
	if o.data == nil || o.data.GitLab == nil || o.data.Session != nil {
		return
	}
	if token := o.toRevoke(); token != nil {
		o.diags.AddAttributeWarning(managedPath, "Provider's GitLab token needed to destroy", fmt.Sprintf(
			"The connection %q has a token that it created itself, %s. The apply deletes the connection only when it can revoke this token: set "+
				"gitlab.token or the environment variable GITLAB_TOKEN before it.", o.state.Name.ValueString(), *token))
	}
}

func (o *operation) planCreate(ctx context.Context) {
	if o.config.InstanceURL.IsNull() {
		o.plan.InstanceURL = o.data.InstanceURL
	}
	kinds := o.plan.kinds()
	if method := methodOf(kinds); method != "" {
		o.plan.Method = types.StringValue(method)
	}
	if len(kinds) == 1 { // Otherwise the apply shows which kind it is, and plans again.
		kinds[0].planCreate(ctx, o)
	}
}

func (o *operation) planUpdate(ctx context.Context) {
	if o.before.ledger.Gone {
		o.replaceGone()
		return
	}
	kinds := o.plan.kinds()
	if method := methodOf(kinds); method != "" && method != o.state.Method.ValueString() {
		o.changeMethod(method)
		return
	}
	if !o.config.Description.IsNull() && attribute.SameDescription(o.config.Description, o.state.Description) {
		o.plan.Description = o.state.Description // Configuration only spells it differently.
	}
	if len(kinds) == 1 {
		kinds[0].planUpdate(ctx, o)
	} else {
		o.leaveOpen(kinds)
	}
	o.planRevocations()
}

// leaveOpen leaves open what depends on the kind of the credential. The connection stays: if the apply shows that it
// must be replaced, it stops.
func (o *operation) leaveOpen(kinds []kind) {
	o.plan.InstanceURL = o.plannedURL(attribute.Unknown)
	o.plan.CredentialsHash, o.plan.TokenDetails = types.StringUnknown(), unknownTokenDetails
	if methodOf(kinds) != "" {
		return
	}
	o.plan.Method = types.StringUnknown()
	o.diags.AddWarning("Method of the GitLab connection is not known yet", fmt.Sprintf(
		"Which of access_token, managed_access_token and oauth is set is known only after apply. Infisical cannot change the method of a connection, here %s: if it turns "+
			"out to be another one, the apply stops before it changes the connection, and the next plan replaces it.", o.state.Method.ValueString()))
}

// replaceGone replaces a connection that was deleted outside Terraform, so that the tokens created for it are revoked.
func (o *operation) replaceGone() {
	o.plan.ID = types.StringUnknown()
	o.replace.Append(path.Root("id"))
	o.diags.AddWarning("GitLab connection was deleted outside Terraform",
		"The connection was deleted outside Terraform. It will be recreated, and the tokens that were "+
			"created for it will be revoked.")
}

// changeMethod replaces the connection, because the API cannot change its method. Without a refresh it plans an update,
// which the apply refuses. For that may be the plan within the apply of one that did not know the method: it was to
// update, and Terraform does not let it become a replacement. Or it is the first of the two with -minimal-refresh,
// after which Terraform refreshes and plans again as soon as there is a change, but not after an error.
func (o *operation) changeMethod(method string) {
	o.plan.Method = types.StringValue(method)
	because := methodChanges(o.state.Method, o.plan.Method)
	if !o.data.Refreshed(o.state.ID.ValueString()) {
		o.plan.InstanceURL = o.plannedURL(attribute.Unknown)
		o.plan.CredentialsHash, o.plan.TokenDetails = types.StringUnknown(), unknownTokenDetails
		o.diags.AddWarning("GitLab connection must be replaced", because+" Only a plan that knows the method, and is made with a refresh, shows that. The apply of "+
			"any other stops before it changes the connection. Plan again without -refresh=false, or with -replace and the address of this connection.")
		return
	}
	if o.config.InstanceURL.IsNull() {
		o.plan.InstanceURL = o.data.InstanceURL // As for any new connection.
	}
	if kinds := o.plan.kinds(); len(kinds) == 1 && kinds[0] == (managedAccessToken{}) {
		o.requireManagement("creates") // What the plan of the new connection warns of, Terraform does not show.
	}
	o.replace.Append(path.Root("method"))
	o.diags.AddWarning("GitLab connection will be replaced", fmt.Sprintf(
		"%s So %q will be deleted and another connection created. Before you apply, detach what uses it, such as Secret Syncs and Secret Scanning data "+
			"sources, or Infisical refuses the deletion.",
		because, o.state.Name.ValueString()))
}

func methodChanges(from, to types.String) string {
	return fmt.Sprintf("Infisical cannot change the method of a connection, here from %s to %s.", from.ValueString(), to.ValueString())
}

// refuseOtherMethod is what an update does that has turned out to need a replacement.
func (o *operation) refuseOtherMethod() {
	if o.plan.kind().method() == o.state.Method.ValueString() {
		return
	}
	o.diags.AddError("GitLab connection must be replaced", methodChanges(o.state.Method, types.StringValue(o.plan.kind().method()))+
		" The plan does not show this, because the method is known only now, or because the plan was made without a refresh. The connection was not changed. "+
		"Plan again, with a refresh, to see the replacement.")
}

// plannedURL is the GitLab to plan for, given whether there is a secret to send.
func (o *operation) plannedURL(secret attribute.Presence) types.String {
	return plannedInstanceURL(o.config.InstanceURL, o.state.InstanceURL, secret, o.before.meantFor())
}

// plannedInstanceURL is the configured one in the state's spelling. An unset one keeps the state's, so that a variable
// missing from one machine's environment never moves a connection. If its address was changed outside Terraform, our
// secret must not follow: it is sent to the address that the last one was meant for.
func plannedInstanceURL(configured, recorded types.String, secret attribute.Presence, meantFor types.String) types.String {
	wanted := configured
	if wanted.IsNull() && secret != attribute.Null {
		wanted = meantFor
	}
	switch {
	case wanted.IsNull() || sameInstanceURL(wanted, recorded):
		return recorded
	case configured.IsNull() && secret == attribute.Unknown:
		return types.StringUnknown()
	}
	return wanted
}

// refuseUnconfirmed keeps a secret from an address that only Infisical names: anybody who may edit the connection could
// have set it.
func (o *operation) refuseUnconfirmed() {
	planned, own := o.plan.InstanceURL, o.data.InstanceURL
	if !o.config.InstanceURL.IsNull() || o.before.last != nil || planned.IsUnknown() || own.IsUnknown() || sameInstanceURL(planned, own) {
		return
	}
	o.diags.AddAttributeError(path.Root("instance_url"), "Address of GitLab not confirmed", fmt.Sprintf(
		"Infisical says that the connection is for %s, but the configuration does not: instance_url is not set, and the provider's gitlab.instance_url is "+
			"%s. The provider "+
			"sends tokens and codes only to an address that the configuration names, because anybody who may edit the connection in Infisical could have changed it.\nSet "+
			"instance_url to the GitLab that issued the token or code.",
		planned.ValueString(), own.ValueString()))
}

func (o *operation) refuseInsecure() {
	instanceURL := o.plan.InstanceURL
	if o.data.AllowHTTP || instanceURL.IsNull() || instanceURL.IsUnknown() {
		return
	}
	address, err := transport.ParseBaseURL(instanceURL.ValueString())
	if err != nil {
		return // The schema's validators have said so.
	}
	if err := transport.CheckSecure(address); err != nil {
		o.diags.AddAttributeError(path.Root("instance_url"), "GitLab without encryption", transport.Sentence(err.Error()))
	}
}
