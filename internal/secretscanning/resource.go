// Package secretscanning is everything that Terraform sees of a Secret Scanning data source for GitLab.
package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ resource.Resource                = (*scanningResource)(nil)
	_ resource.ResourceWithConfigure   = (*scanningResource)(nil)
	_ resource.ResourceWithImportState = (*scanningResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*scanningResource)(nil)
	_ resource.ResourceWithIdentity    = (*scanningResource)(nil)
	_ resource.ResourceWithMoveState   = (*scanningResource)(nil)
)

// NewResource returns the resource infisical_gitlab_secret_scanning_data_source.
func NewResource() resource.Resource { return &scanningResource{} }

type scanningResource struct {
	// data is nil before the provider is configured.
	data *providerdata.Data
}

// Metadata implements resource.Resource.
func (r *scanningResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = dataSources.Type
}

// Configure implements resource.ResourceWithConfigure.
func (r *scanningResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerdata.Of(req.ProviderData, &resp.Diagnostics)
}

// Create makes the data source, and Infisical its webhook, and records it.
func (r *scanningResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	r.data.Walk.Apply()
	resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
	a := &applying{scanningResource: r, diags: &resp.Diagnostics}
	if a.client = r.data.Begin(ctx, req.Plan.Raw, &a.plan, &resp.Diagnostics); a.client == nil {
		return
	}
	a.requireTargetID(ctx)
	if resp.Diagnostics.HasError() {
		return
	}
	created := a.create(ctx)
	if created == nil {
		return
	}
	a.plan.wrote(*created)
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	object.Identify(ctx, resp.Identity, a.plan.ID)
	resp.Diagnostics.Append(object.RememberWrite(ctx, resp.Private, a.client, *created)...)
}

// Read refreshes the state.
func (r *scanningResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	r.data.Walk.Read()
	resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &state)...)
	recorded := recall(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object.Identify(ctx, resp.Identity, state.ID)
	client := r.data.Infisical
	if client == nil {
		resp.Diagnostics.Append(r.data.WarnPending()...)
		return
	}
	switch found, outcome := dataSources.Read(ctx, client, recorded, resp.Private, &resp.Diagnostics); outcome {
	case object.Failed:
	case object.Deleted:
		resp.State.RemoveResource(ctx)
	case object.Found:
		before := state
		state.fromAPI(found)
		if !attribute.Equal(&state, &before) {
			resp.State.Raw = attribute.Encode(ctx, &state)
		}
	}
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does. It looks at the data
// source first: what Infisical has of it beyond our settings goes back to it.
func (r *scanningResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.data.Walk.Apply()
	resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
	a := &applying{scanningResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &a.state)...)
	client := r.data.Begin(ctx, req.Plan.Raw, &a.plan, &resp.Diagnostics)
	if client == nil {
		return
	}
	a.client = client
	object.Identify(ctx, resp.Identity, a.plan.ID)
	if !changedSettings(&a.plan, &a.state) {
		resp.State.Raw = attribute.Encode(ctx, &a.plan)
		return
	}
	recorded := recall(ctx, req.Private, a.state, &resp.Diagnostics)
	client.NoteWrite(recorded.ID, recorded.Origin.WrittenAt)
	var updated infisical.DataSource
	before, err := client.DataSources.Get(ctx, recorded.ID)
	if err == nil {
		updated, err = client.DataSources.Update(ctx, before, a.plan.settings())
	}
	switch {
	case object.MayBeElsewhere(err):
		resp.Diagnostics.Append(dataSources.DiagnoseRecorded(ctx, client, recorded, "update", err)...)
		return
	case err != nil:
		resp.Diagnostics.Append(diagnoseWrite(ctx, client, "update", err, a.plan)...)
		return
	}
	a.plan.wrote(updated)
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	resp.Diagnostics.Append(object.RememberWrite(ctx, resp.Private, client, updated)...)
}

// Delete removes the data source, and Infisical its webhook, of which it does not tell when that stays.
func (r *scanningResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	r.data.Walk.Apply()
	client := r.data.Begin(ctx, req.State.Raw, &state, &resp.Diagnostics)
	if client == nil {
		return
	}
	if resp.Diagnostics.Append(preflight.BeforeDelete(ctx, r.data, resp.Private)...); resp.Diagnostics.HasError() {
		return
	}
	recorded := recall(ctx, req.Private, state, &resp.Diagnostics)
	client.NoteWrite(recorded.ID, recorded.Origin.WrittenAt)
	if !dataSources.IsGone(ctx, client, recorded, &resp.Diagnostics) {
		if err := client.DataSources.Delete(ctx, recorded.ID); err != nil && !infisical.IsNotFound(err) {
			resp.Diagnostics.Append(dataSources.DiagnoseRecorded(ctx, client, recorded, "delete", err)...)
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(webhookLeft(ctx, r.data, state)...)
}
