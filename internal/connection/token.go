package connection

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// tokenModel is the computed attribute token: what GitLab said of it, without its secret.
type tokenModel struct {
	ID          types.Int64  `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Type        types.String `tfsdk:"type"`
	Scopes      types.List   `tfsdk:"scopes"`
	AccessLevel types.String `tfsdk:"access_level"`
	Username    types.String `tfsdk:"username"`
	ResourceID  types.Int64  `tfsdk:"resource_id"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
}

var tokenTypes = map[string]attr.Type{
	"id":           types.Int64Type,
	"name":         types.StringType,
	"type":         types.StringType,
	"scopes":       types.ListType{ElemType: types.StringType},
	"access_level": types.StringType,
	"username":     types.StringType,
	"resource_id":  types.Int64Type,
	"expires_at":   types.StringType,
}

// tokenObject is null when GitLab did not describe the token.
func tokenObject(ctx context.Context, description *gitlab.Description, diags *diag.Diagnostics) types.Object {
	if description == nil || description.ID == 0 {
		return types.ObjectNull(tokenTypes)
	}
	scopes, scopeDiags := types.ListValueFrom(ctx, types.StringType, slices.Sorted(slices.Values(description.Scopes)))
	diags.Append(scopeDiags...)
	model := tokenModel{
		ID:       types.Int64Value(description.ID),
		Name:     types.StringValue(description.Name),
		Type:     optional(string(description.Kind)),
		Scopes:   scopes,
		Username: optional(description.Username),
	}
	if description.AccessLevel != 0 {
		model.AccessLevel = types.StringValue(description.AccessLevel.String())
	}
	if description.ResourceID != 0 {
		model.ResourceID = types.Int64Value(description.ResourceID)
	}
	if description.ExpiresAt != nil {
		model.ExpiresAt = types.StringValue(description.ExpiresAt.Format(time.DateOnly))
	}
	object, objectDiags := types.ObjectValueFrom(ctx, tokenTypes, model)
	diags.Append(objectDiags...)
	return object
}

// knownToken is what state remembers of the token, so that GitLab need not be asked for its kind again.
func knownToken(ctx context.Context, object types.Object, diags *diag.Diagnostics) gitlab.Known {
	if object.IsNull() || object.IsUnknown() {
		return gitlab.Known{}
	}
	var model tokenModel
	diags.Append(object.As(ctx, &model, basetypes.ObjectAsOptions{})...)
	return gitlab.Known{
		ID:         model.ID.ValueInt64(),
		Kind:       gitlab.Kind(model.Type.ValueString()),
		ResourceID: model.ResourceID.ValueInt64(),
		Username:   model.Username.ValueString(),
	}
}
