package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
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
	ctx, end := withGrace(ctx)
	defer end()
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
	}, handover)
	resp.Diagnostics.Append(diags...)
	if created == nil {
		r.afterFailedCreate(finishing(ctx), handover, certain, &resp.Diagnostics)
		return
	}
	plan.fromAPI(ctx, *created, &resp.Diagnostics)
	plan.Token = handover.described
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	identify(ctx, resp.Identity, plan.ID, &resp.Diagnostics)
	rememberOrigin(ctx, resp.Private, origin{Host: client.Host(), WrittenAt: created.UpdatedAt}, &resp.Diagnostics)
	r.remember(ctx, resp.Private, handover, created.CredentialsHash, &resp.Diagnostics)
	if handover.minted != nil {
		rememberLedger(ctx, resp.Private, ledger{}.handedOver(handover.minted), &resp.Diagnostics)
	}
}

// Read refreshes the state. A connection that was deleted outside Terraform leaves it, unless tokens were made for it that must be revoked first.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	identify(ctx, resp.Identity, state.ID, &resp.Diagnostics)
	r.configuration.noteRefresh(state.ID)
	client := r.configuration.Infisical
	if client == nil {
		r.configuration.warnPending(&resp.Diagnostics)
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
		rememberLedger(ctx, resp.Private, before.ledger, &resp.Diagnostics)
	}
	state.fromAPI(ctx, found, &resp.Diagnostics)
	if state.isManaged() {
		r.refreshManagedToken(ctx, &state, before.ledger, &resp.Diagnostics)
	} else {
		r.refreshToken(ctx, &state, recallLastWrite(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// readDeleted is the end of a Read that did not find the connection.
func (r *connectionResource) readDeleted(ctx context.Context, client *infisical.Client, state resourceModel, before history, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(r.elsewhere(ctx, client, state, before.origin)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(before.ledger.all()) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	before.ledger.Gone = true
	rememberLedger(ctx, resp.Private, before.ledger, &resp.Diagnostics)
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version that was added.
// Only once Infisical surely has the new credentials are tokens revoked that it had before.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	ctx, end := withGrace(ctx)
	defer end()
	var config, plan, state resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.isManaged() && before.hashMoved(state) || before.origin.movedTo(client.Host()) {
		r.lookAgain(ctx, client, &state, before, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	handover := r.nextHandover(ctx, client, config, plan, state, before, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	w := newWrite(state, plan, handover, before.ledger)
	if handover != nil || !plan.Name.Equal(state.Name) || !sameDescription(plan.Description, state.Description) {
		ambiguous, err := r.update(ctx, client, w)
		if err != nil {
			if infisical.IsNotFound(err) {
				resp.Diagnostics.Append(r.missing(ctx, client, state, before, err)...)
			} else {
				resp.Diagnostics.Append(diagnoseWrite(ctx, client, "update", err, plan)...)
			}
			r.afterFailedUpdate(finishing(ctx), resp.Private, handover, before.ledger, ambiguous, &resp.Diagnostics)
			return
		}
	}
	r.afterUpdate(finishing(ctx), resp.Private, client, w, &resp.Diagnostics)
	plan.settle(ctx, state, handover, w.stored.CredentialsHash, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	identify(ctx, resp.Identity, plan.ID, &resp.Diagnostics)
	r.remember(ctx, resp.Private, handover, w.stored.CredentialsHash, &resp.Diagnostics)
	if !w.stored.UpdatedAt.IsZero() {
		rememberOrigin(ctx, resp.Private, origin{Host: client.Host(), WrittenAt: w.stored.UpdatedAt}, &resp.Diagnostics)
	}
}

// lookAgain asks once more for the connection when the plan is not to be relied on, before a token is made or sent: the server's hash was not
// ours, which a replica may have said that lagged behind, or this is not the server that was asked for the plan. When a token of the user's is
// only sent again to the same server, that does no harm, and it is not asked.
func (r *connectionResource) lookAgain(ctx context.Context, client *infisical.Client, state *resourceModel, before history, diags *diag.Diagnostics) {
	found, err := client.Find(ctx, before.origin.known(*state))
	switch {
	case infisical.IsNotFound(err):
		diags.Append(r.missing(ctx, client, *state, before, err)...)
	case err != nil:
		diags.Append(diagnose("read", err)...)
	default:
		state.CredentialsHash = optional(found.CredentialsHash)
	}
}

// missing is the error about a connection that was not found when it was to be updated.
func (r *connectionResource) missing(ctx context.Context, client *infisical.Client, state resourceModel, before history, err error) diag.Diagnostics {
	if elsewhere := r.elsewhere(ctx, client, state, before.origin); elsewhere != nil {
		return elsewhere
	}
	return diagnose("update", err)
}

// Delete removes the connection, then revokes the tokens that were made for it. A connection that was deleted already is fine; a token that
// cannot be revoked is an error, which keeps the state for the next destroy to finish.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	ctx, end := withGrace(ctx)
	defer end()
	var state resourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := recallHistory(ctx, req.Private, state, &resp.Diagnostics)
	client := r.configuration.client(&resp.Diagnostics)
	r.requireForDelete(before.ledger, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.delete(ctx, client, state, before, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.afterDelete(finishing(ctx), client, state, before.ledger, &resp.Diagnostics)
}

// delete removes the connection. One that was not there when the plan was made is not touched: the plan, which may be days old, replaces it
// only because of that. What is not there is looked for once more, for its tokens are revoked next.
func (r *connectionResource) delete(ctx context.Context, client *infisical.Client, state resourceModel, before history, diags *diag.Diagnostics) {
	if !before.ledger.Gone {
		err := client.Delete(ctx, state.ID.ValueString())
		if err == nil {
			return
		}
		if !infisical.IsNotFound(err) {
			diags.Append(diagnose("delete", err)...)
			return
		}
	}
	found, err := client.Find(ctx, before.origin.known(state))
	switch {
	case infisical.IsNotFound(err):
		diags.Append(r.elsewhere(ctx, client, state, before.origin)...)
	case err != nil:
		diags.Append(diagnose("find", err)...)
	default:
		diags.AddError("GitLab connection is there again", fmt.Sprintf(
			"Infisical did not find the connection %q (%s) before, and has it now: it may be in use, and was not deleted, nor were its tokens revoked. Plan again.",
			found.Name, found.ID))
	}
}
