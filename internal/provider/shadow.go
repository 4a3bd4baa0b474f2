package provider

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// shadow lets the framework answer and compares what direct would have answered. The resource is asked once, by the
// framework: direct must ask it the same, and make the same of its answer.
type shadow struct{ direct }

// UpgradeResourceState compares; no resource is asked.
func (s shadow) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return bothAnswer(ctx, s, req.TypeName, req, s.protocol.UpgradeResourceState, s.direct.UpgradeResourceState)
}

// ValidateResourceConfig compares; validating has no effects, so the resource is asked twice.
func (s shadow) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return bothAnswer(ctx, s, req.TypeName, req, s.protocol.ValidateResourceConfig, s.direct.ValidateResourceConfig)
}

// bothAnswer asks the framework and direct, compares, and returns the framework's answer.
func bothAnswer[Request, Response any](
	ctx context.Context, s shadow, typeName string, req Request, framework, direct func(context.Context, Request) (Response, error),
) (Response, error) {
	theirs, err := framework(ctx, req)
	ours, ourErr := direct(ctx, req)
	r := s.resource(ctx, typeName)
	s.compare(typeName, fmt.Sprintf("%T", theirs), r.plain(theirs, err), r.plain(ours, ourErr))
	return theirs, err
}

// ReadResource compares what direct would ask, and would make of the answer.
func (s shadow) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	seen := &witnessed{}
	theirs, err := s.protocol.ReadResource(context.WithValue(ctx, witnessKey{}, seen), req)
	r := s.resource(ctx, req.TypeName)
	ask, ok := r.readRequest(ctx, req)
	if !ok || seen.read == nil {
		return theirs, err
	}
	s.compare(req.TypeName, "what ReadResource asks", seen.asked, askedToRead(ctx, ask))
	ours, ourErr := r.readResponse(ctx, req, seen.read)
	s.compare(req.TypeName, "ReadResource", r.plain(theirs, err), r.plain(ours, ourErr))
	return theirs, err
}

// PlanResourceChange is like ReadResource.
func (s shadow) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	seen := &witnessed{}
	theirs, err := s.protocol.PlanResourceChange(context.WithValue(ctx, witnessKey{}, seen), req)
	r := s.resource(ctx, req.TypeName)
	ask, ok := r.planRequest(ctx, req)
	if !ok || seen.plan == nil {
		return theirs, err
	}
	s.compare(req.TypeName, "what PlanResourceChange asks", seen.asked, askedToPlan(ctx, ask))
	ours, ourErr := r.planResponse(ctx, req, seen.plan)
	s.compare(req.TypeName, "PlanResourceChange", r.plain(theirs, err), r.plain(ours, ourErr))
	return theirs, err
}

// plain is a response with its values decoded.
func (r *directResource) plain(response any, err error) []any {
	plain := []any{err}
	fields := reflect.ValueOf(response).Elem()
	for i := range fields.NumField() {
		switch field := fields.Field(i).Interface().(type) {
		case *tfprotov6.DynamicValue:
			value, ok := decoded(field, r.valueType)
			plain = append(plain, value.String(), ok) // Numbers differ in their precision.
		case *tfprotov6.ResourceIdentityData:
			value, ok := decoded(field.IdentityData, r.identityType)
			plain = append(plain, value.String(), ok) // Numbers differ in their precision.
		default:
			plain = append(plain, field)
		}
	}
	return plain
}

func (s shadow) compare(typeName, what string, theirs, ours any) {
	difference := ""
	if !reflect.DeepEqual(theirs, ours) {
		difference = fmt.Sprintf("%s of %s:\nthe framework %v\ndirect        %v", what, typeName, theirs, ours)
	}
	s.provider.environment.Compared(difference)
}

// asking is what a resource is asked.
type asking struct {
	config, plan, state, identity tftypes.Value
	private                       string
}

func askedToRead(ctx context.Context, req resource.ReadRequest) asking {
	return asking{state: req.State.Raw, identity: req.Identity.Raw, private: privately(ctx, req.Private)}
}

func askedToPlan(ctx context.Context, req resource.ModifyPlanRequest) asking {
	return asking{req.Config.Raw, req.Plan.Raw, req.State.Raw, req.Identity.Raw, privately(ctx, req.Private)}
}

// witnessed is what a resource was asked in a call, and what it has answered.
type witnessed struct {
	asked asking
	read  *resource.ReadResponse
	plan  *resource.ModifyPlanResponse
}

type witnessKey struct{}

// witness is a resource that notes what it is asked and answers.
type witness struct{ askedResource }

// Read implements resource.Resource.
func (w witness) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	asked := askedToRead(ctx, req)
	w.askedResource.Read(ctx, req, resp)
	if seen, ok := ctx.Value(witnessKey{}).(*witnessed); ok {
		answer := *resp
		if answer.State.Raw.Equal(req.State.Raw) {
			answer.State.Raw = tftypes.Value{} // As direct sees it.
		}
		seen.asked, seen.read = asked, &answer
	}
}

// ModifyPlan implements resource.ResourceWithModifyPlan.
func (w witness) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	asked := askedToPlan(ctx, req)
	w.askedResource.ModifyPlan(ctx, req, resp)
	if seen, ok := ctx.Value(witnessKey{}).(*witnessed); ok {
		answer := *resp
		if answer.Plan.Raw.Equal(req.Plan.Raw) {
			answer.Plan.Raw = tftypes.Value{}
		}
		seen.asked, seen.plan = asked, &answer
	}
}

// ConfigValidators implements resource.ResourceWithConfigValidators.
func (w witness) ConfigValidators(ctx context.Context) []resource.ConfigValidator {
	if of, ok := w.askedResource.(resource.ResourceWithConfigValidators); ok {
		return of.ConfigValidators(ctx)
	}
	return nil
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (w witness) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if of, ok := w.askedResource.(resource.ResourceWithValidateConfig); ok {
		of.ValidateConfig(ctx, req, resp)
	}
}

func privately(ctx context.Context, private attribute.PrivateReader) string {
	kept, err := remembered(ctx, private)
	return fmt.Sprint(string(kept), err)
}
