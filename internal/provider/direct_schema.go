package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// directResource is a type of resources and its schema.
type directResource struct {
	create         func() resource.Resource
	schema         schema.Schema
	identitySchema identityschema.Schema
	valueType      tftypes.Type
	identityType   tftypes.Type
	attributes     []directAttribute
}

// directAttribute is an attribute and where it is.
type directAttribute struct {
	schema.Attribute

	name string
	at   path.Path
	// byDefault stands for null in the configuration; not set for none.
	byDefault tftypes.Value
	// nested are the attributes of a nested one.
	nested []directAttribute
}

// askedResource is what each of our resources is.
type askedResource interface {
	resource.ResourceWithConfigure
	resource.ResourceWithModifyPlan
	resource.ResourceWithIdentity
	resource.ResourceWithImportState
	resource.ResourceWithMoveState
}

func newDirectResource(ctx context.Context, create func() resource.Resource) *directResource {
	of := create().(askedResource) //nolint:forcetypeassert // All of them are.
	var schemas resource.SchemaResponse
	of.Schema(ctx, resource.SchemaRequest{}, &schemas)
	var identities resource.IdentitySchemaResponse
	of.IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identities)
	return &directResource{
		create: create, schema: schemas.Schema, identitySchema: identities.IdentitySchema,
		valueType:    schemas.Schema.Type().TerraformType(ctx),
		identityType: identities.IdentitySchema.Type().TerraformType(ctx),
		attributes:   directAttributes(ctx, schemas.Schema.Attributes, path.Empty()),
	}
}

func directAttributes(ctx context.Context, attributes map[string]schema.Attribute, within path.Path) []directAttribute {
	var all []directAttribute
	for name, attribute := range attributes {
		one := directAttribute{Attribute: attribute, name: name, at: within.AtName(name), byDefault: byDefault(ctx, attribute)}
		if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
			one.nested = directAttributes(ctx, nested.Attributes, one.at)
		}
		all = append(all, one)
	}
	return all
}

func byDefault(ctx context.Context, attribute schema.Attribute) tftypes.Value {
	var value attr.Value
	switch of := attribute.(type) {
	case schema.StringAttribute:
		if of.Default != nil {
			var answer defaults.StringResponse
			of.Default.DefaultString(ctx, defaults.StringRequest{}, &answer)
			value = answer.PlanValue
		}
	case schema.BoolAttribute:
		if of.Default != nil {
			var answer defaults.BoolResponse
			of.Default.DefaultBool(ctx, defaults.BoolRequest{}, &answer)
			value = answer.PlanValue
		}
	case schema.Int64Attribute:
		if of.Default != nil {
			var answer defaults.Int64Response
			of.Default.DefaultInt64(ctx, defaults.Int64Request{}, &answer)
			value = answer.PlanValue
		}
	}
	if value == nil {
		return tftypes.Value{}
	}
	raw, err := value.ToTerraformValue(ctx)
	if err != nil {
		panic("provider: " + err.Error())
	}
	return raw
}

// unchanged reports that a plan for what Terraform proposes begins with the prior state: no attribute differs, no
// default takes the place of what has been removed from the configuration, and write-only values are in no plan.
func unchanged(attributes []directAttribute, config, proposed, prior tftypes.Value) bool {
	if proposed.IsNull() || prior.IsNull() || !proposed.IsKnown() {
		return proposed.Equal(prior)
	}
	var set, wanted, had map[string]tftypes.Value
	if config.IsKnown() && !config.IsNull() && config.As(&set) != nil || proposed.As(&wanted) != nil || prior.As(&had) != nil {
		return false
	}
	for _, a := range attributes {
		switch value := wanted[a.name]; {
		case a.IsWriteOnly():
		case a.nested != nil:
			if !unchanged(a.nested, set[a.name], value, had[a.name]) {
				return false
			}
		case !value.Equal(had[a.name]), a.byDefault.Type() != nil && set[a.name].IsNull() && !value.Equal(a.byDefault):
			return false
		}
	}
	return true
}

// complains reports that there is something to say of a configuration.
func (r *directResource) complains(ctx context.Context, config tfsdk.Config) bool {
	of := r.create()
	ask := resource.ValidateConfigRequest{Config: config}
	var answer resource.ValidateConfigResponse
	if of, ok := of.(resource.ResourceWithConfigValidators); ok {
		for _, one := range of.ConfigValidators(ctx) {
			one.ValidateResource(ctx, ask, &answer)
		}
	}
	if of, ok := of.(resource.ResourceWithValidateConfig); ok {
		of.ValidateConfig(ctx, ask, &answer)
	}
	return len(answer.Diagnostics) > 0 || complain(ctx, r.attributes, config, config.Raw)
}

// complain reports that the values of a configuration are not what their attributes take.
func complain(ctx context.Context, attributes []directAttribute, config tfsdk.Config, raw tftypes.Value) bool {
	var values map[string]tftypes.Value
	if raw.As(&values) != nil {
		return true
	}
	for _, a := range attributes {
		value := values[a.name]
		switch {
		case a.IsRequired() && value.IsNull(), !a.IsOptional() && !a.IsRequired() && !value.IsNull(), a.GetDeprecationMessage() != "":
			return true
		case a.complains(ctx, config, value):
			return true
		case a.nested != nil && value.IsKnown() && !value.IsNull() && complain(ctx, a.nested, config, value):
			return true
		}
	}
	return false
}

// complains asks the validators of an attribute.
func (a *directAttribute) complains(ctx context.Context, config tfsdk.Config, raw tftypes.Value) bool {
	switch of := a.Attribute.(type) {
	case schema.BoolAttribute, schema.ListAttribute, schema.MapAttribute:
		return false // They have none.
	case schema.StringAttribute:
		return complainOf(ctx, of.Validators, a, raw, func(v validator.String, value types.String) bool {
			var answer validator.StringResponse
			v.ValidateString(ctx, validator.StringRequest{Path: a.at, PathExpression: a.at.Expression(), Config: config, ConfigValue: value}, &answer)
			return len(answer.Diagnostics) > 0
		})
	case schema.Int64Attribute:
		return complainOf(ctx, of.Validators, a, raw, func(v validator.Int64, value types.Int64) bool {
			var answer validator.Int64Response
			v.ValidateInt64(ctx, validator.Int64Request{Path: a.at, PathExpression: a.at.Expression(), Config: config, ConfigValue: value}, &answer)
			return len(answer.Diagnostics) > 0
		})
	case schema.SetAttribute:
		return complainOf(ctx, of.Validators, a, raw, func(v validator.Set, value types.Set) bool {
			var answer validator.SetResponse
			v.ValidateSet(ctx, validator.SetRequest{Path: a.at, PathExpression: a.at.Expression(), Config: config, ConfigValue: value}, &answer)
			return len(answer.Diagnostics) > 0
		})
	case schema.SingleNestedAttribute:
		return complainOf(ctx, of.Validators, a, raw, func(v validator.Object, value types.Object) bool {
			var answer validator.ObjectResponse
			v.ValidateObject(ctx, validator.ObjectRequest{Path: a.at, PathExpression: a.at.Expression(), Config: config, ConfigValue: value}, &answer)
			return len(answer.Diagnostics) > 0
		})
	}
	panic(fmt.Sprintf("provider: %s cannot be %T", a.at, a.Attribute))
}

func complainOf[Validator any, Value attr.Value](
	ctx context.Context, validators []Validator, a *directAttribute, raw tftypes.Value, complains func(Validator, Value) bool,
) bool {
	if len(validators) == 0 || raw.IsNull() {
		return false // No validator complains about what is not there.
	}
	value, err := a.GetType().ValueFromTerraform(ctx, raw)
	of, ok := value.(Value)
	if err != nil || !ok {
		return true
	}
	if of, ok := value.(xattr.ValidateableAttribute); ok {
		var answer xattr.ValidateAttributeResponse
		if of.ValidateAttribute(ctx, xattr.ValidateAttributeRequest{Path: a.at}, &answer); len(answer.Diagnostics) > 0 {
			return true
		}
	}
	for _, one := range validators {
		if complains(one, of) {
			return true
		}
	}
	return false
}
