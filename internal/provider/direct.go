package provider

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// direct answers what a plan with nothing to do consists of: it asks the resource itself, as the framework would. The
// framework needs ten times as long for that, because it walks state and plan several times and copies them for each
// attribute. What a request needs beyond that, such as defaults, unknown values or plan modifiers, is seen before the
// resource is asked, and then the framework answers.
type direct struct {
	protocol

	provider *infisicalProvider
	types    *directTypes
}

// directTypes are the types of resources by name, once somebody asks for one.
type directTypes struct {
	once   sync.Once
	byName map[string]*directResource
}

// resource is nil for a type that there is not.
func (d direct) resource(ctx context.Context, name string) *directResource {
	d.types.once.Do(func() {
		d.types.byName = map[string]*directResource{}
		for _, create := range d.provider.Resources(ctx) {
			var named resource.MetadataResponse
			create().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: typeName}, &named)
			d.types.byName[named.TypeName] = newDirectResource(ctx, create)
		}
	})
	return d.types.byName[name]
}

// ask returns a resource to ask; nil before the provider is configured.
func (d direct) ask(ctx context.Context, r *directResource) askedResource {
	data := d.provider.configured.Load()
	if r == nil || data == nil {
		return nil
	}
	of := r.create().(askedResource) //nolint:forcetypeassert // All of them are.
	of.Configure(ctx, resource.ConfigureRequest{ProviderData: data}, &resource.ConfigureResponse{})
	return of
}

// UpgradeResourceState gives a state of this version back as it is.
func (d direct) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	r := d.resource(ctx, req.TypeName)
	if r == nil || req.RawState == nil || len(req.RawState.JSON) == 0 || req.Version != r.schema.Version {
		return d.protocol.UpgradeResourceState(ctx, req)
	}
	if _, err := req.RawState.Unmarshal(r.valueType); err != nil {
		return d.protocol.UpgradeResourceState(ctx, req)
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}, nil
}

// ValidateResourceConfig finds that there is nothing to say; what there is to say, the framework says.
func (d direct) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	r := d.resource(ctx, req.TypeName)
	if r == nil || req.ClientCapabilities == nil || !req.ClientCapabilities.WriteOnlyAttributesAllowed {
		return d.protocol.ValidateResourceConfig(ctx, req)
	}
	config, ok := decoded(req.Config, r.valueType)
	if !ok || r.complains(ctx, tfsdk.Config{Raw: config, Schema: r.schema}) {
		return d.protocol.ValidateResourceConfig(ctx, req)
	}
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// ReadResource refreshes.
func (d direct) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	r := d.resource(ctx, req.TypeName)
	ask, ok := r.readRequest(ctx, req)
	of := d.ask(ctx, r)
	if !ok || of == nil {
		return d.protocol.ReadResource(ctx, req)
	}
	answer := resource.ReadResponse{State: tfsdk.State{Schema: r.schema}, Identity: copied(ask.Identity), Private: ask.Private}
	of.Read(ctx, ask, &answer)
	return r.readResponse(ctx, req, &answer)
}

func (r *directResource) readRequest(ctx context.Context, req *tfprotov6.ReadResourceRequest) (resource.ReadRequest, bool) {
	var ask resource.ReadRequest
	if r == nil {
		return ask, false
	}
	state, ok := decoded(req.CurrentState, r.valueType)
	identity, identityOK := r.identity(req.CurrentIdentity)
	private, privateOK := recalled(ctx, ask.Private, req.Private)
	ask.State, ask.Identity, ask.Private = tfsdk.State{Raw: state, Schema: r.schema}, identity, private
	return ask, ok && identityOK && privateOK && !state.IsNull()
}

func (r *directResource) readResponse(
	ctx context.Context, req *tfprotov6.ReadResourceRequest, answer *resource.ReadResponse,
) (*tfprotov6.ReadResourceResponse, error) {
	state, stateErr := encoded(r.valueType, answer.State.Raw, req.CurrentState)
	identity, identityErr := r.encodedIdentity(answer.Identity)
	private, privateErr := remembered(ctx, answer.Private)
	return &tfprotov6.ReadResourceResponse{
		NewState: state, NewIdentity: identity, Private: private, Diagnostics: shown(ctx, answer.Diagnostics),
	}, errors.Join(stateErr, identityErr, privateErr)
}

// PlanResourceChange plans for what Terraform has found no difference in.
func (d direct) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	r := d.resource(ctx, req.TypeName)
	ask, ok := r.planRequest(ctx, req)
	of := d.ask(ctx, r)
	if !ok || of == nil {
		return d.protocol.PlanResourceChange(ctx, req)
	}
	answer := resource.ModifyPlanResponse{Plan: tfsdk.Plan{Schema: r.schema}, Identity: copied(ask.Identity), Private: ask.Private}
	of.ModifyPlan(ctx, ask, &answer)
	return r.planResponse(ctx, req, &answer)
}

func (r *directResource) planRequest(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (resource.ModifyPlanRequest, bool) {
	var ask resource.ModifyPlanRequest
	if r == nil {
		return ask, false
	}
	config, configOK := decoded(req.Config, r.valueType)
	prior, priorOK := decoded(req.PriorState, r.valueType)
	proposed, proposedOK := decoded(req.ProposedNewState, r.valueType)
	if !configOK || !priorOK || !proposedOK || prior.IsNull() || proposed.IsNull() || !unchanged(r.attributes, config, proposed, prior) {
		return ask, false
	}
	identity, identityOK := r.identity(req.PriorIdentity)
	private, privateOK := recalled(ctx, ask.Private, req.PriorPrivate)
	ask.Config = tfsdk.Config{Raw: config, Schema: r.schema}
	ask.Plan, ask.State = tfsdk.Plan{Raw: prior, Schema: r.schema}, tfsdk.State{Raw: prior, Schema: r.schema}
	ask.Identity, ask.Private = identity, private
	if req.ClientCapabilities != nil {
		ask.ClientCapabilities.DeferralAllowed = req.ClientCapabilities.DeferralAllowed
	}
	return ask, identityOK && privateOK
}

func (r *directResource) planResponse(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest, answer *resource.ModifyPlanResponse,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	planned, plannedErr := encoded(r.valueType, answer.Plan.Raw, req.PriorState)
	identity, identityErr := r.encodedIdentity(answer.Identity)
	private, privateErr := remembered(ctx, answer.Private)
	return &tfprotov6.PlanResourceChangeResponse{
		PlannedState: planned, PlannedIdentity: identity, PlannedPrivate: private, Diagnostics: shown(ctx, answer.Diagnostics),
		RequiresReplace: attributePaths(ctx, answer.RequiresReplace),
	}, errors.Join(plannedErr, identityErr, privateErr)
}
