// Package connection is everything that Terraform sees of a GitLab connection.
package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
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
	// data is nil before the provider is configured.
	data *providerdata.Data
}

// Metadata implements resource.Resource.
func (r *connectionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// Configure implements resource.ResourceWithConfigure.
func (r *connectionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diags := providerdata.Of(req.ProviderData)
	r.data = data
	resp.Diagnostics.Append(diags...)
}

// Create makes the connection and records it. The server's reply is the state: nothing is read back, because reads may be served by
// a replica that has not seen the write yet.
func (r *connectionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, end := withGrace(ctx)
	defer end()
	a := &applying{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &a.config)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &a.plan)...)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	a.client = client
	handover := a.plan.kind().firstHandover(ctx, a)
	if resp.Diagnostics.HasError() {
		return
	}
	plan := a.plan
	created, certain, diags := a.create(ctx, infisical.NewConnection{
		Name:        plan.Name.ValueString(),
		Description: plan.Description.ValueStringPointer(),
		ProjectID:   plan.ProjectID.ValueString(),
		Credentials: handover.sent,
	}, handover)
	resp.Diagnostics.Append(diags...)
	if created == nil {
		r.afterFailedCreate(finishing(ctx), handover, certain, &resp.Diagnostics)
		return
	}
	plan.fromAPI(*created)
	plan.Token = handover.described
	resp.State.Raw = providerdata.Encode(ctx, &plan)
	identify(ctx, resp.Identity, plan.ID)
	resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, originKey, origin{Host: client.Host(), WrittenAt: created.UpdatedAt})...)
	r.remember(ctx, resp.Private, handover, created.CredentialsHash, &resp.Diagnostics)
	if handover.minted != nil {
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, ledgerKey, managedtoken.Ledger{}.Given(handover.minted))...)
	}
}

// Read refreshes the state. A connection that was deleted outside Terraform leaves it, unless tokens were made for it that must be revoked first.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	recorded := state
	identify(ctx, resp.Identity, state.ID)
	r.data.NoteRefresh(state.ID.ValueString())
	client := r.data.Infisical
	if client == nil {
		resp.Diagnostics.Append(r.data.WarnPending()...)
		return
	}
	found, err := client.Refresh(ctx, before.origin.known(state))
	switch {
	case err != nil && state.justImported():
		resp.Diagnostics.Append(imported{id: state.ID.ValueString()}.diagnose(err))
		return
	case infisical.IsNotFound(err):
		r.readDeleted(ctx, client, state, before, resp)
		return
	case err != nil:
		resp.Diagnostics.Append(diagnose("read", err)...)
		return
	}
	before.origin.follow(ctx, resp.Private, client.Host(), found, &resp.Diagnostics)
	if before.ledger.Gone {
		before.ledger.Gone = false
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, ledgerKey, before.ledger)...)
	}
	state.fromAPI(found)
	refreshing := &refreshing{connectionResource: r, state: state, before: before, diags: &resp.Diagnostics}
	state.kind().refresh(ctx, refreshing)
	if !providerdata.Equal(&refreshing.state, &recorded) {
		resp.State.Raw = providerdata.Encode(ctx, &refreshing.state)
	}
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version that was added.
// Only once Infisical surely has the new credentials are tokens revoked that it had before.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	ctx, end := withGrace(ctx)
	defer end()
	a := &applying{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &a.config)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &a.plan)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &a.state)...)
	a.before = recallHistory(ctx, req.Private, a.state, &resp.Diagnostics)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	a.client = client
	kind := a.plan.kind()
	if kind.looksAgain(a) || a.before.origin.movedTo(client.Host()) {
		r.lookAgain(ctx, client, &a.state, a.before, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	handover := kind.nextHandover(ctx, a)
	if resp.Diagnostics.HasError() {
		return
	}
	plan, state := a.plan, a.state
	w := newWrite(state, plan, handover, a.before.ledger)
	if handover != nil || !plan.Name.Equal(state.Name) || !sameDescription(plan.Description, state.Description) {
		if ambiguous, err := a.update(ctx, w); err != nil {
			a.explainFailedUpdate(ctx, err)
			a.afterFailedUpdate(finishing(ctx), w, ambiguous)
			return
		}
	}
	a.afterUpdate(finishing(ctx), w)
	plan.settle(state, handover, w.stored.CredentialsHash)
	resp.State.Raw = providerdata.Encode(ctx, &plan)
	identify(ctx, resp.Identity, plan.ID)
	r.remember(ctx, resp.Private, handover, w.stored.CredentialsHash, &resp.Diagnostics)
	if !w.stored.UpdatedAt.IsZero() {
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, originKey, origin{Host: client.Host(), WrittenAt: w.stored.UpdatedAt})...)
	}
}

func (a *applying) explainFailedUpdate(ctx context.Context, err error) {
	if infisical.IsNotFound(err) {
		a.diags.Append(a.missing(ctx, a.client, a.state, a.before, err)...)
	} else {
		a.diags.Append(diagnoseWrite(ctx, a.client, "update", err, a.plan)...)
	}
}

// Delete removes the connection, then revokes the tokens that were made for it. A connection that was deleted already is fine; a token that
// cannot be revoked is an error, which keeps the state for the next destroy to finish.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	ctx, end := withGrace(ctx)
	defer end()
	var state resourceModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	resp.Diagnostics.Append(r.requireForDelete(before.ledger)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.delete(ctx, client, state, before, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.afterDelete(finishing(ctx), client, state, before.ledger, &resp.Diagnostics)
}
