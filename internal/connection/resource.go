package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

var (
	_ resource.Resource                     = (*connectionResource)(nil)
	_ resource.ResourceWithConfigure        = (*connectionResource)(nil)
	_ resource.ResourceWithImportState      = (*connectionResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*connectionResource)(nil)
	_ resource.ResourceWithValidateConfig   = (*connectionResource)(nil)
	_ resource.ResourceWithConfigValidators = (*connectionResource)(nil)
	_ resource.ResourceWithIdentity         = (*connectionResource)(nil)
	_ resource.ResourceWithMoveState        = (*connectionResource)(nil)
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
	var config, plan resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	handover := r.firstHandover(ctx, client, config, plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	created, certain, diags := r.create(ctx, client, plan, infisical.NewConnection{
		Name:        plan.Name.ValueString(),
		Description: plan.Description.ValueStringPointer(),
		ProjectID:   plan.ProjectID.ValueString(),
		Credentials: handover.sent,
	})
	resp.Diagnostics.Append(diags...)
	if created == nil {
		r.afterFailedCreate(context.WithoutCancel(ctx), handover, certain, &resp.Diagnostics)
		return
	}
	plan.fromAPI(ctx, *created, &resp.Diagnostics)
	plan.Token = handover.described
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	identify(ctx, resp.Identity, plan.ID, &resp.Diagnostics)
	r.remember(ctx, resp.Private, handover, created.CredentialsHash, &resp.Diagnostics)
	if handover.minted != nil {
		rememberLedger(ctx, resp.Private, ledger{}.handedOver(handover.minted), &resp.Diagnostics)
	}
}

// Read refreshes the state. A connection that is gone leaves it, unless tokens were made for it that must be revoked first.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ledger := recallLedger(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	identify(ctx, resp.Identity, state.ID, &resp.Diagnostics)
	if r.configuration.Infisical == nil {
		r.configuration.warnPending(&resp.Diagnostics)
		return
	}
	found, err := r.configuration.Infisical.Refresh(ctx, state.ID.ValueString(), state.ProjectID.ValueString())
	if err != nil && state.justImported() {
		resp.Diagnostics.Append(imported{id: state.ID.ValueString()}.diagnose(err))
		return
	}
	if infisical.IsNotFound(err) {
		if len(ledger.all()) == 0 {
			resp.State.RemoveResource(ctx)
			return
		}
		ledger.Gone = true
		rememberLedger(ctx, resp.Private, ledger, &resp.Diagnostics)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(diagnose("read", err)...)
		return
	}
	if ledger.Gone {
		ledger.Gone = false
		rememberLedger(ctx, resp.Private, ledger, &resp.Diagnostics)
	}
	state.fromAPI(ctx, found, &resp.Diagnostics)
	if state.isManaged() {
		r.refreshManagedToken(ctx, &state, ledger, &resp.Diagnostics)
	} else {
		r.refreshToken(ctx, &state, recallLastWrite(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version that was added.
// Only once Infisical surely has the new credentials are tokens revoked that it had before.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := history{last: recallLastWrite(ctx, req.Private, &resp.Diagnostics), ledger: recallLedger(ctx, req.Private, &resp.Diagnostics)}
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	handover := r.nextHandover(ctx, client, config, plan, state, before, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	hash := state.CredentialsHash.ValueString()
	if handover != nil || !plan.Name.Equal(state.Name) || !sameDescription(plan.Description, state.Description) {
		updated, ambiguous, err := r.update(ctx, client, state.ID.ValueString(), plan, handover)
		if err != nil {
			resp.Diagnostics.Append(diagnoseWrite(ctx, client, "update", err, plan)...)
			r.afterFailedUpdate(context.WithoutCancel(ctx), resp.Private, handover, before.ledger, ambiguous, &resp.Diagnostics)
			return
		}
		hash = updated.CredentialsHash
	}
	plan.settle(ctx, state, handover, hash, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	identify(ctx, resp.Identity, plan.ID, &resp.Diagnostics)
	r.remember(ctx, resp.Private, handover, hash, &resp.Diagnostics)
	r.afterUpdate(context.WithoutCancel(ctx), resp.Private, client, state, handover, before.ledger, &resp.Diagnostics)
}

// Delete removes the connection, then revokes the tokens that were made for it. A connection that is gone already is fine; a token that
// cannot be revoked is an error, which keeps the state for the next destroy to finish.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ledger := recallLedger(ctx, req.Private, &resp.Diagnostics)
	client := r.configuration.client(&resp.Diagnostics)
	if len(ledger.all()) > 0 && !resp.Diagnostics.HasError() {
		r.requireManagement(ledger.all()[0].InstanceURL, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if err := client.Delete(ctx, state.ID.ValueString()); err != nil {
		resp.Diagnostics.Append(diagnose("delete", err)...)
		return
	}
	r.afterDelete(context.WithoutCancel(ctx), client, state, ledger, &resp.Diagnostics)
}
