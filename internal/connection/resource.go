package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

var (
	_ resource.Resource                = (*connectionResource)(nil)
	_ resource.ResourceWithConfigure   = (*connectionResource)(nil)
	_ resource.ResourceWithImportState = (*connectionResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*connectionResource)(nil)
)

// NewResource returns the resource infisical_gitlab_connection.
func NewResource() resource.Resource { return &connectionResource{} }

type connectionResource struct {
	// configuration is nil before the provider is configured.
	configuration *Configuration
}

// Metadata implements resource.Resource.
func (r *connectionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// Configure implements resource.ResourceWithConfigure.
func (r *connectionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configuration = configurationOf(req.ProviderData, &resp.Diagnostics)
}

// Create makes the connection and records it. The server's reply is the state: nothing is read back, because reads may be served by
// a replica that has not seen the write yet.
func (r *connectionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	configured := configuredCredentials(ctx, req.Config, plan, &resp.Diagnostics)
	requireToken(configured, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	created, diags := r.create(ctx, client, infisical.NewConnection{
		Name:        plan.Name.ValueString(),
		Description: plan.Description.ValueStringPointer(),
		ProjectID:   plan.ProjectID.ValueString(),
		Credentials: configured.toAPI(),
	}, configured.tokenPath)
	resp.Diagnostics.Append(diags...)
	if created == nil {
		return
	}
	plan.fromAPI(ctx, *created, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	r.remember(ctx, resp.Private, configured, created.CredentialsHash, &resp.Diagnostics)
}

// Read refreshes the state. A connection that is gone leaves it.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.configuration.Infisical == nil {
		r.configuration.warnPending(&resp.Diagnostics)
		return
	}
	found, err := r.configuration.Infisical.Get(ctx, state.ID.ValueString())
	if infisical.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(diagnose("read", err, nowhere)...)
		return
	}
	state.fromAPI(ctx, found, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version that was added.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	configured := configuredCredentials(ctx, req.Config, plan, &resp.Diagnostics)
	change := decide(ctx, state, configured, recallLastWrite(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	patch := infisical.Change{Name: plan.Name.ValueString(), Description: plan.Description.ValueStringPointer()}
	if change.send() {
		credentials := configured.toAPI()
		patch.Credentials = &credentials
	}
	if patch.Credentials == nil && plan.Name.Equal(state.Name) && sameDescription(plan.Description, state.Description) {
		plan.settleHash(state.CredentialsHash.ValueString())
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		return
	}
	updated, err := client.Update(ctx, state.ID.ValueString(), patch)
	if err != nil {
		resp.Diagnostics.Append(diagnose("update", err, configured.tokenPath)...)
		return
	}
	plan.settleHash(updated.CredentialsHash)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	if patch.Credentials != nil {
		r.remember(ctx, resp.Private, configured, updated.CredentialsHash, &resp.Diagnostics)
	}
}

// Delete removes the connection; one that is gone already is fine.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := client.Delete(ctx, state.ID.ValueString()); err != nil {
		resp.Diagnostics.Append(diagnose("delete", err, nowhere)...)
	}
}

// remember records what was written, so that the next plan can tell whether the token has changed since.
func (r *connectionResource) remember(ctx context.Context, private privateWriter, written credentials, serverHash string, diags *diag.Diagnostics) {
	last, err := newLastWrite(r.configuration.Random, written.token.ValueString(), written.instanceURL.ValueString(), serverHash)
	if err != nil {
		diags.AddError("Token's fingerprint not recorded", "The connection was written, but "+err.Error()+". The next apply will send the token again.")
		return
	}
	rememberLastWrite(ctx, private, last, diags)
}
