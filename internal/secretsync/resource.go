// Package secretsync is everything that Terraform sees of a Secret Sync to GitLab.
package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ resource.Resource                   = (*syncResource)(nil)
	_ resource.ResourceWithConfigure      = (*syncResource)(nil)
	_ resource.ResourceWithImportState    = (*syncResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*syncResource)(nil)
	_ resource.ResourceWithValidateConfig = (*syncResource)(nil)
	_ resource.ResourceWithIdentity       = (*syncResource)(nil)
)

// NewResource returns the resource infisical_gitlab_secret_sync.
func NewResource() resource.Resource { return &syncResource{} }

type syncResource struct {
	// data is nil before the provider is configured.
	data *providerdata.Data
}

// Metadata implements resource.Resource.
func (r *syncResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_sync"
}

// Configure implements resource.ResourceWithConfigure.
func (r *syncResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diags := providerdata.Of(req.ProviderData)
	r.data = data
	resp.Diagnostics.Append(diags...)
}

// Create makes the sync and records it, then waits for its first run. From the answer on nothing is an error: that
// would taint the sync, and replacing it could delete variables.
func (r *syncResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	a := &applying{syncResource: r, private: resp.Private, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &a.plan)...)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	a.client = client
	a.requireTargetID(ctx)
	if resp.Diagnostics.HasError() {
		return
	}
	created := a.create(ctx)
	if created == nil {
		return
	}
	record := func(sync infisical.Sync) {
		a.plan.fromAPI(sync)
		resp.State.Raw = providerdata.Encode(ctx, &a.plan)
		identify(ctx, resp.Identity, a.plan.ID)
	}
	record(*created)
	ended, failed := a.run(ctx, *created, true, timeout(a.plan.Timeouts.Create))
	record(ended)
	a.report(ctx, ended, failed, true)
}

// Read refreshes the state.
func (r *syncResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &state)...)
	last := recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	identify(ctx, resp.Identity, state.ID)
	client := r.data.Infisical
	if client == nil {
		resp.Diagnostics.Append(r.data.WarnPending()...)
		return
	}
	found, err := client.RefreshSync(ctx, infisical.Known{
		ID: state.ID.ValueString(), ProjectID: state.ProjectID.ValueString(), WrittenAt: last.WrittenAt,
	})
	switch {
	case err != nil && state.justImported():
		resp.Diagnostics.Append(imported{id: state.ID.ValueString()}.diagnose(err)...)
	case infisical.IsNotFound(err):
		readDeleted(ctx, client, state, last, resp)
	case err != nil:
		resp.Diagnostics.Append(diagnose("read", err)...)
	default:
		readFound(ctx, state, last, found, resp)
	}
}

// readFound takes over what the server says.
func readFound(ctx context.Context, state resourceModel, last lastWrite, found infisical.Sync, resp *resource.ReadResponse) {
	recorded := state
	if state.justImported() {
		state.fillIn()
	}
	if found.SourceGone {
		resp.Diagnostics.Append(sourceGone(found))
	}
	state.fromAPI(found)
	if last.Owed && found.Run.Status == infisical.SyncSucceeded {
		last.Owed = false
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, lastWriteKey, last)...)
	}
	if !providerdata.Equal(&state, &recorded) {
		resp.State.Raw = providerdata.Encode(ctx, &state)
	}
}

// readDeleted is the end of a Read that did not find the sync.
func readDeleted(ctx context.Context, client *infisical.Client, state resourceModel, last lastWrite, resp *resource.ReadResponse) {
	if elsewhere := notHere(ctx, client, state, last); elsewhere != nil {
		resp.Diagnostics.Append(elsewhere)
		return
	}
	resp.State.RemoveResource(ctx)
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does. A run that the last
// apply did not see succeed is made again, or waited for.
func (r *syncResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	a := &applying{syncResource: r, private: resp.Private, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &a.plan)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &a.state)...)
	last := recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	a.client = client
	a.requireTargetID(ctx)
	if resp.Diagnostics.HasError() {
		return
	}
	record := func(sync infisical.Sync) {
		a.plan.fromAPI(sync)
		resp.State.Raw = providerdata.Encode(ctx, &a.plan)
	}
	identify(ctx, resp.Identity, a.plan.ID)
	changed := changedSettings(&a.plan.settingsModel, &a.state.settingsModel)
	var current *infisical.Sync
	switch {
	case changed:
		current = a.update(ctx)
	case last.owes(a.state):
		current = a.look(ctx)
	default:
		resp.State.Raw = providerdata.Encode(ctx, &a.plan)
		return
	}
	if current == nil {
		return
	}
	record(*current)
	runs := changesVariables(&a.plan.settingsModel, &a.state.settingsModel) || last.owes(a.state)
	ended, failed := a.run(ctx, *current, runs, timeout(a.plan.Timeouts.Update))
	record(ended)
	a.report(ctx, ended, failed, false)
}

// Delete removes the sync, and with on_destroy = "remove_variables" first its variables. State stays until both are
// gone.
func (r *syncResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	a := &applying{syncResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &a.state)...)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	a.client = client
	a.delete(ctx)
}
