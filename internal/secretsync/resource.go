// Package secretsync is everything that Terraform sees of a Secret Sync to GitLab.
package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ resource.Resource                   = (*syncResource)(nil)
	_ resource.ResourceWithConfigure      = (*syncResource)(nil)
	_ resource.ResourceWithImportState    = (*syncResource)(nil)
	_ resource.ResourceWithMoveState      = (*syncResource)(nil)
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
func (r *syncResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = syncs.Type
}

// Configure implements resource.ResourceWithConfigure.
func (r *syncResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerdata.Of(req.ProviderData, &resp.Diagnostics)
}

// Create makes the sync and records it, then waits for its first run. From the answer on nothing is an error: that
// would taint the sync, and replacing it could delete variables.
func (r *syncResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	a := r.begin(ctx, req.Plan.Raw, tftypes.Value{}, &resp.Diagnostics)
	if a == nil {
		return
	}
	a.private = resp.Private
	resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
	created := a.create(ctx)
	if created == nil {
		return
	}
	a.plan.wrote(*created)
	a.data.Syncs.Plan(a.plan.planned())
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	object.Identify(ctx, resp.Identity, a.plan.ID)
	result := a.see(ctx, occasion{written: true, changes: true}, infisical.Sync{}, *created, timeout(a.plan.Timeouts.Create))
	a.plan.ran(result.sync.Run)
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	a.report(ctx, result, true)
	a.lookAtWritten(ctx, result)
}

// Read refreshes the state.
func (r *syncResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	r.data.Walk.Read()
	resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &state)...)
	last, recorded := recallLastWrite(ctx, req.Private, &resp.Diagnostics), recall(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object.Identify(ctx, resp.Identity, state.ID)
	client := r.data.Infisical
	if client == nil {
		resp.Diagnostics.Append(r.data.WarnPending()...)
		return
	}
	switch found, outcome := syncs.Read(ctx, client, recorded, resp.Private, &resp.Diagnostics); outcome {
	case object.Failed:
	case object.Deleted:
		r.sayWhatIsMissed(ctx, &state, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
	case object.Found:
		r.readFound(ctx, state, last, found, resp)
	}
}

// readFound takes over what the server says.
func (r *syncResource) readFound(ctx context.Context, state resourceModel, last lastWrite, found infisical.Sync, resp *resource.ReadResponse) {
	recorded := state
	if state.justImported() {
		state.fillIn()
	}
	if noted := recallSourceGone(ctx, resp.Private, &resp.Diagnostics); noted != found.SourceGone {
		resp.Diagnostics.Append(attribute.Remember(ctx, resp.Private, sourceGoneKey, found.SourceGone)...)
	}
	state.fromAPI(found)
	if last.Run != nil {
		last.Run = last.Run.owed(found, r.data.Now())
		resp.Diagnostics.Append(attribute.Remember(ctx, resp.Private, lastWriteKey, last)...)
	}
	if !attribute.Equal(&state, &recorded) {
		resp.State.Raw = attribute.Encode(ctx, &state)
	}
}

// sayWhatIsMissed is for a sync that was found deleted.
func (r *syncResource) sayWhatIsMissed(ctx context.Context, state *resourceModel, diags *diag.Diagnostics) {
	if state.OnDestroy.ValueString() == removeVariables {
		diags.Append(r.departure(state).past(ctx))
	}
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does. A run that the last
// apply did not see succeed is made again, or waited for.
func (r *syncResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	last := recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	a := r.begin(ctx, req.Plan.Raw, req.State.Raw, &resp.Diagnostics)
	if a == nil {
		return
	}
	a.private, a.recorded = resp.Private, recall(ctx, req.Private, a.state, &resp.Diagnostics)
	a.client.NoteWrite(a.recorded.ID, a.recorded.Origin.WrittenAt)
	resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
	object.Identify(ctx, resp.Identity, a.plan.ID)
	changed := changedSettings(&a.plan.settingsModel, &a.state.settingsModel)
	changes := changesVariables(&a.plan.settingsModel, &a.state.settingsModel)
	var before, current *infisical.Sync
	switch {
	case changed:
		if before, current = a.update(ctx); current != nil {
			a.plan.wrote(*current)
		}
	case last.Run != nil:
		before = a.look(ctx)
		current = before
	default:
		resp.State.Raw = attribute.Encode(ctx, &a.plan)
		return
	}
	if current == nil {
		return
	}
	if last.Run != nil { // It may have succeeded since the plan.
		a.owed = last.Run.owed(*current, r.data.Now())
	}
	a.plan.ran(current.Run)
	a.data.Syncs.Plan(a.plan.planned())
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	result := a.see(ctx, occasion{written: changed, changes: changes}, *before, *current, timeout(a.plan.Timeouts.Update))
	a.plan.ran(result.sync.Run)
	resp.State.Raw = attribute.Encode(ctx, &a.plan)
	a.report(ctx, result, false)
	if changes {
		a.lookAtWritten(ctx, result)
	}
}

// Delete removes the sync, and with on_destroy = "remove_variables" first its variables. State stays until both are
// gone, and what others write of them is back.
func (r *syncResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	a := r.begin(ctx, tftypes.Value{}, req.State.Raw, &resp.Diagnostics)
	if a == nil {
		return
	}
	if resp.Diagnostics.Append(preflight.BeforeDelete(ctx, r.data, resp.Private)...); resp.Diagnostics.HasError() {
		return
	}
	a.recorded = recall(ctx, req.Private, a.state, &resp.Diagnostics)
	a.client.NoteWrite(a.recorded.ID, a.recorded.Origin.WrittenAt)
	if syncs.IsGone(ctx, a.client, a.recorded, a.diags) {
		a.sayWhatIsMissed(ctx, &a.state, a.diags)
	} else {
		a.delete(ctx)
	}
}

// begin is the start of every write: what it works on, each null when there is none, and the client. It returns nil
// after an error.
func (r *syncResource) begin(ctx context.Context, plan, state tftypes.Value, diags *diag.Diagnostics) *applying {
	a := &applying{syncResource: r, diags: diags}
	r.data.Walk.Apply()
	diags.Append(attribute.Decode(ctx, plan, &a.plan)...)
	if a.client = r.data.Begin(ctx, state, &a.state, diags); a.client == nil {
		return nil
	}
	if !plan.IsNull() {
		a.requireTargetID(ctx)
	}
	if diags.HasError() {
		return nil
	}
	return a
}
