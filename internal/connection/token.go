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
	RotationDue types.String `tfsdk:"rotation_due"`
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
	"rotation_due": types.StringType,
}

// tokenObject describes a token. rotationDue says why it is to be rotated, empty when it is not.
func tokenObject(ctx context.Context, token gitlab.Token, rotationDue string, diags *diag.Diagnostics) types.Object {
	scopes, scopeDiags := types.ListValueFrom(ctx, types.StringType, slices.Sorted(slices.Values(token.Scopes)))
	diags.Append(scopeDiags...)
	model := tokenModel{
		ID:          types.Int64Value(token.ID),
		Name:        types.StringValue(token.Name),
		Type:        optional(string(token.Kind)),
		Scopes:      scopes,
		Username:    optional(token.Username),
		RotationDue: optional(rotationDue),
	}
	if token.AccessLevel != 0 {
		model.AccessLevel = types.StringValue(token.AccessLevel.String())
	}
	if token.ResourceID != 0 {
		model.ResourceID = types.Int64Value(token.ResourceID)
	}
	if token.ExpiresAt != nil {
		model.ExpiresAt = types.StringValue(token.ExpiresAt.Format(time.DateOnly))
	}
	return model.object(ctx, diags)
}

func (m tokenModel) object(ctx context.Context, diags *diag.Diagnostics) types.Object {
	object, objectDiags := types.ObjectValueFrom(ctx, tokenTypes, m)
	diags.Append(objectDiags...)
	return object
}

// describedToken is null when GitLab was not asked or did not say.
func describedToken(ctx context.Context, description *gitlab.Description, diags *diag.Diagnostics) types.Object {
	if description == nil || description.ID == 0 {
		return types.ObjectNull(tokenTypes)
	}
	return tokenObject(ctx, description.Token, "", diags)
}

// recordedToken reads the attribute; nil when it is null or not known.
func recordedToken(ctx context.Context, object types.Object, diags *diag.Diagnostics) *tokenModel {
	if object.IsNull() || object.IsUnknown() {
		return nil
	}
	var model tokenModel
	diags.Append(object.As(ctx, &model, basetypes.ObjectAsOptions{})...)
	return &model
}

// expiry is nil for a token that never expires.
func (m tokenModel) expiry() *time.Time {
	date, err := time.Parse(time.DateOnly, m.ExpiresAt.ValueString())
	if err != nil {
		return nil
	}
	return &date
}

// level returns the role, 0 when there is none or it has no name here.
func (m tokenModel) level() gitlab.AccessLevel {
	level, err := gitlab.ParseAccessLevel(m.AccessLevel.ValueString())
	if err != nil {
		return 0
	}
	return level
}

func (m tokenModel) scopeNames(ctx context.Context, diags *diag.Diagnostics) []string {
	var names []string
	diags.Append(m.Scopes.ElementsAs(ctx, &names, false)...)
	return names
}

// knownToken is what state remembers of the token, so that GitLab need not be asked for its kind again.
func knownToken(ctx context.Context, object types.Object, diags *diag.Diagnostics) gitlab.Known {
	model := recordedToken(ctx, object, diags)
	if model == nil {
		return gitlab.Known{}
	}
	return gitlab.Known{
		ID:         model.ID.ValueInt64(),
		Name:       model.Name.ValueString(),
		Kind:       gitlab.Kind(model.Type.ValueString()),
		ResourceID: model.ResourceID.ValueInt64(),
		Username:   model.Username.ValueString(),
	}
}
