package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

var (
	_ resource.Resource                   = (*connectionResource)(nil)
	_ resource.ResourceWithConfigure      = (*connectionResource)(nil)
	_ resource.ResourceWithImportState    = (*connectionResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*connectionResource)(nil)
	_ resource.ResourceWithValidateConfig = (*connectionResource)(nil)
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
	configured := configuredCredentials(ctx, config, plan, &resp.Diagnostics)
	requireToken(configured, &resp.Diagnostics)
	description := r.complete(ctx, &configured, plan, resourceModel{}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	created, diags := r.create(ctx, client, infisical.NewConnection{
		Name:        plan.Name.ValueString(),
		Description: plan.Description.ValueStringPointer(),
		ProjectID:   plan.ProjectID.ValueString(),
		Credentials: configured.toAPI(),
	})
	resp.Diagnostics.Append(diags...)
	if created == nil {
		return
	}
	plan.fromAPI(ctx, *created, &resp.Diagnostics)
	plan.Token = tokenObject(ctx, description, &resp.Diagnostics)
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
		resp.Diagnostics.Append(diagnose("read", err)...)
		return
	}
	state.fromAPI(ctx, found, &resp.Diagnostics)
	r.refreshToken(ctx, &state, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version that was added.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state resourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	last := recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	client := r.configuration.client(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	configured := configuredCredentials(ctx, config, plan, &resp.Diagnostics)
	recorded := recordedCredentials(ctx, state, &resp.Diagnostics)
	written := written{tokenType: recorded.tokenType, token: state.Token, hash: state.CredentialsHash.ValueString()}
	patch := infisical.Change{Name: plan.Name.ValueString(), Description: plan.Description.ValueStringPointer()}
	if decide(recorded, configured, state, last, &resp.Diagnostics).send() {
		description := r.complete(ctx, &configured, plan, state, &resp.Diagnostics)
		credentials := configured.toAPI()
		patch.Credentials = &credentials
		written.tokenType, written.token = configured.tokenType, tokenObject(ctx, description, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if patch.Credentials != nil || !plan.Name.Equal(state.Name) || !sameDescription(plan.Description, state.Description) {
		updated, err := client.Update(ctx, state.ID.ValueString(), patch)
		if err != nil {
			resp.Diagnostics.Append(diagnose("update", err)...)
			return
		}
		written.hash = updated.CredentialsHash
	}
	plan.settle(ctx, written, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	if patch.Credentials != nil {
		r.remember(ctx, resp.Private, configured, written.hash, &resp.Diagnostics)
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
		resp.Diagnostics.Append(diagnose("delete", err)...)
	}
}

// complete finds out the type of a token that is about to be sent, where configuration leaves it open, and returns GitLab's description,
// nil when there is none.
func (r *connectionResource) complete(ctx context.Context, configured *credentials, plan, state resourceModel, diags *diag.Diagnostics) *gitlab.Description {
	description := r.describe(ctx, r.newQuestion(ctx, *configured, plan, state.Token, diags), diags)
	if configured.tokenType.IsNull() {
		configured.tokenType = foundType(description, recordedCredentials(ctx, state, diags).tokenType)
		requireType(configured.tokenType, diags)
	}
	return description
}

// refreshToken describes the token anew where state holds it. A token that cannot be described now keeps its last description.
func (r *connectionResource) refreshToken(ctx context.Context, state *resourceModel, diags *diag.Diagnostics) {
	inState := configuredCredentials(ctx, *state, *state, diags)
	description := r.describe(ctx, r.newQuestion(ctx, inState, *state, state.Token, diags), diags)
	if description != nil && description.Failure == nil {
		state.Token = tokenObject(ctx, description, diags)
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
