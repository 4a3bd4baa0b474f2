// Package connection is everything that Terraform sees of a GitLab connection.
package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
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
func (r *connectionResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = resourceType
}

// Configure implements resource.ResourceWithConfigure.
func (r *connectionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerdata.Of(req.ProviderData, &resp.Diagnostics)
}

// ConfigValidators implements resource.ResourceWithConfigValidators.
func (r *connectionResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{attribute.ExactlyOneOf("access_token", "managed_access_token", "oauth")}
}

// ValidateConfig finds what no server need be asked for: a use that a kind of token cannot serve, and a managed token
// that could not do what it is for.
func (r *connectionResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Config.Raw, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	for _, kind := range config.kinds() {
		resp.Diagnostics.Append(kind.validate(config)...)
	}
}

// An operation is what Terraform does with one connection: a refresh, a plan, an apply or a destroy.
type operation struct {
	*connectionResource
	client *infisical.Client
	// config, plan and state are null where there are none, and before is empty for a new connection.
	config, plan, state resourceModel
	before              privateState
	private             attribute.PrivateWriter
	diags               *diag.Diagnostics

	// replace are the attributes that a plan replaces the connection for.
	replace path.Paths
	// usable is the token that a plan has for what uses the connection; without one it is promised by a plan that
	// leaves it to the apply. mayStay: that may turn out to be the one that was sent last.
	usable            credentials
	promises, mayStay bool
	// replaces: what is planned for creation takes the place of a connection that exists. Terraform shows no warnings
	// of its plan.
	replaces bool
	// sent are the credentials that an apply sends; nil for none.
	sent *newCredentials
	// stored is the connection as Infisical has it after an apply; of one that needs no PATCH only where it is, and the
	// hash.
	stored infisical.Connection
}

// decode returns false when the operation must not go on.
func (o *operation) decode(ctx context.Context, config, plan, state tftypes.Value) bool {
	o.diags.Append(attribute.Decode(ctx, config, &o.config)...)
	o.diags.Append(attribute.Decode(ctx, plan, &o.plan)...)
	o.diags.Append(attribute.Decode(ctx, state, &o.state)...)
	for _, model := range []*resourceModel{&o.config, &o.plan, &o.state} {
		model.ManagedAccessToken.imply(model.UseCases)
	}
	return !o.diags.HasError()
}

// recall reads what private state remembers of the connection. It returns false when the operation must not go on.
func (o *operation) recall(ctx context.Context, private attribute.PrivateReader) bool {
	before, diags := recallPrivateState(ctx, private, o.state)
	o.before = before
	o.diags.Append(diags...)
	return !o.diags.HasError()
}

// connect returns false when Infisical cannot be asked.
func (o *operation) connect() bool {
	client, diags := o.data.Client()
	o.client = client
	if o.diags.Append(diags...); o.diags.HasError() {
		return false
	}
	client.NoteWrite(o.state.ID.ValueString(), o.before.origin.WrittenAt)
	return true
}

// Create makes the connection and records it. The server's reply is the state: nothing is read back, because reads may
// be served by a replica that has not seen the write yet.
func (r *connectionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	o := &operation{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	if !o.decode(ctx, req.Config.Raw, req.Plan.Raw, tftypes.Value{}) || !o.connect() {
		return
	}
	if o.sent = o.plan.kind().credentialsOnCreate(ctx, o); o.diags.HasError() {
		return
	}
	r.data.Walk.Apply()
	created, certain := o.create(ctx)
	if !created {
		o.afterFailedCreate(providerdata.Finishing(ctx), certain)
		return
	}
	o.plan.wrote(o.stored)
	o.plan.TokenDetails = o.sent.described
	r.data.Walk.Create(o.plan.ID.ValueString())
	o.leaveToken(o.plan.ID, o.sent.credentials, providerdata.Created)
	resp.State.Raw = attribute.Encode(ctx, &o.plan)
	object.Identify(ctx, resp.Identity, o.plan.ID)
	o.rememberWrite(ctx)
	if o.sent.minted != nil {
		o.remember(ctx, ledgerKey, managedtoken.Ledger{}.Given(o.sent.minted))
	}
}

// Read refreshes the state. A connection that was deleted outside Terraform leaves it, unless tokens were made for it
// that must be revoked first.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	o := &operation{connectionResource: r, client: r.data.Infisical, private: resp.Private, diags: &resp.Diagnostics}
	if !o.decode(ctx, tftypes.Value{}, tftypes.Value{}, req.State.Raw) || !o.recall(ctx, req.Private) {
		return
	}
	recorded := o.state
	object.Identify(ctx, resp.Identity, recorded.ID)
	r.data.NoteRefresh(recorded.ID.ValueString())
	r.data.Walk.Read()
	if o.client == nil {
		o.diags.Append(r.data.WarnPending()...)
		return
	}
	found, outcome := connections.Read(ctx, o.client, o.remembered(), o.private, o.diags)
	switch outcome {
	case object.Failed:
		return
	case object.Deleted:
		o.readDeleted(ctx, resp)
		return
	case object.Found:
	}
	if o.before.ledger.Gone {
		o.before.ledger.Gone = false
		o.remember(ctx, ledgerKey, o.before.ledger)
	}
	o.state.fromAPI(found)
	if o.before.ledger.Lost && !sameInstanceURL(o.state.InstanceURL, recorded.InstanceURL) {
		o.remember(ctx, ledgerKey, o.before.ledger) // So far the state has told which GitLab the token is from.
	}
	o.state.kind().refresh(ctx, o)
	if !attribute.Equal(&o.state, &recorded) {
		resp.State.Raw = attribute.Encode(ctx, &o.state)
	}
}

// Update writes what differs in one PATCH, and nothing when only Terraform's own bookkeeping does, such as a version
// that was added. Only once Infisical surely has the new credentials are tokens revoked that it had before.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	o := &operation{connectionResource: r, private: resp.Private, diags: &resp.Diagnostics}
	if !o.decode(ctx, req.Config.Raw, req.Plan.Raw, req.State.Raw) || !o.recall(ctx, req.Private) || !o.connect() {
		return
	}
	r.data.Walk.Apply()
	o.diags.Append(resp.Private.SetKey(ctx, existsKey, nil)...)
	if o.refuseOtherMethod(); o.diags.HasError() {
		return
	}
	kind := o.plan.kind()
	if (kind.readsAgain(o) || o.before.origin.MovedTo(o.client.Host())) && !o.readAgain(ctx) {
		return
	}
	if o.sent = kind.credentialsOnUpdate(ctx, o); o.diags.HasError() {
		return
	}
	o.stored = infisical.Connection{
		Record:          infisical.Record{ID: o.state.ID.ValueString(), ProjectID: o.state.ProjectID.ValueString()},
		CredentialsHash: o.state.CredentialsHash.ValueString(),
	}
	if o.sent != nil {
		o.data.Tokens.Forget(o.state.ID.ValueString()) // Until Infisical has the new one.
	}
	if o.sent != nil || !o.plan.Name.Equal(o.state.Name) || !attribute.SameDescription(o.plan.Description, o.state.Description) {
		if ambiguous, err := o.update(ctx); err != nil {
			o.diags.Append(o.diagnoseWrite(ctx, err)...)
			o.afterFailedUpdate(providerdata.Finishing(ctx), ambiguous)
			return
		}
	}
	if o.sent != nil {
		o.leaveToken(o.state.ID, o.sent.credentials, providerdata.Visited)
	}
	o.afterUpdate(providerdata.Finishing(ctx))
	o.fillInUnknown()
	resp.State.Raw = attribute.Encode(ctx, &o.plan)
	object.Identify(ctx, resp.Identity, o.plan.ID)
	o.rememberWrite(ctx)
}

// Delete removes the connection, then revokes the tokens that were made for it. A connection that was deleted already
// is fine; a token that cannot be revoked is an error, which keeps the state for the next destroy to finish.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	ctx, end := providerdata.WithGrace(ctx)
	defer end()
	o := &operation{connectionResource: r, diags: &resp.Diagnostics}
	if !o.decode(ctx, tftypes.Value{}, tftypes.Value{}, req.State.Raw) || !o.recall(ctx, req.Private) || !o.connect() || !o.mayRevoke() ||
		!o.mayReplace(ctx, req.Private) {
		return
	}
	r.data.Walk.Apply()
	o.data.Tokens.Forget(o.state.ID.ValueString())
	if o.delete(ctx); !o.diags.HasError() {
		o.afterDelete(providerdata.Finishing(ctx))
	}
}
