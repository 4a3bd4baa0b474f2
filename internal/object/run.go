package object

import (
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// Run is the configuration of an action that has Infisical run something, and waits for its end.
type Run struct {
	ID      types.String
	Wait    types.Bool
	Timeout types.String
}

// Attributes implements attribute.Model.
func (r *Run) Attributes() attribute.Fields {
	return attribute.Fields{"id": &r.ID, "wait": &r.Wait, "timeout": &r.Timeout}
}

// Waits reports that the end is to be waited for, as it is by default.
func (r *Run) Waits() bool { return r.Wait.IsNull() || r.Wait.ValueBool() }

// RunDescriptions document an action with the attributes of Run.
type RunDescriptions struct{ Action, ID, Wait, Timeout string }

// Schema is that of the action.
func (d RunDescriptions) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: d.Action,
		Attributes: map[string]schema.Attribute{
			"id":      schema.StringAttribute{Required: true, MarkdownDescription: d.ID, Validators: []validator.String{attribute.UUIDValidator()}},
			"wait":    schema.BoolAttribute{Optional: true, MarkdownDescription: d.Wait},
			"timeout": schema.StringAttribute{Optional: true, MarkdownDescription: d.Timeout, Validators: []validator.String{attribute.DurationValidator()}},
		},
	}
}
