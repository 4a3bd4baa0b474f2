package connection

import (
	"context"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// resourceModel is the resource as configuration, plan and state hold it.
type resourceModel struct {
	ID                 types.String `tfsdk:"id"`
	Name               types.String `tfsdk:"name"`
	Description        types.String `tfsdk:"description"`
	ProjectID          types.String `tfsdk:"project_id"`
	InstanceURL        types.String `tfsdk:"instance_url"`
	UseCases           types.Set    `tfsdk:"use_cases"`
	TokenValidation    types.String `tfsdk:"token_validation"`
	Token              types.Object `tfsdk:"token"`
	ManagedAccessToken types.Object `tfsdk:"managed_access_token"`
	OAuth              types.Object `tfsdk:"oauth"`
	AccessToken        types.Object `tfsdk:"access_token"`
	OrganizationID     types.String `tfsdk:"organization_id"`
	Method             types.String `tfsdk:"method"`
	CredentialsHash    types.String `tfsdk:"credentials_hash"`
	CreatedAt          types.String `tfsdk:"created_at"`
}

// equal reports whether all attributes are the same.
func (m *resourceModel) equal(other resourceModel) bool {
	ours, theirs := reflect.ValueOf(*m), reflect.ValueOf(other)
	for i := range ours.NumField() {
		if value, ok := ours.Field(i).Interface().(attr.Value); !ok || !value.Equal(theirs.Field(i).Interface().(attr.Value)) { //nolint:forcetypeassert // It is the same field.
			return false
		}
	}
	return true
}

// newResourceModel holds nothing: every attribute is null, of its type.
func newResourceModel() resourceModel {
	return resourceModel{
		UseCases:           types.SetNull(types.StringType),
		Token:              types.ObjectNull(tokenTypes),
		ManagedAccessToken: types.ObjectNull(managedTypes),
		OAuth:              types.ObjectNull(oauthTypes),
		AccessToken:        types.ObjectNull(accessTokenTypes),
	}
}

type accessTokenModel struct {
	Type           types.String `tfsdk:"type"`
	Value          types.String `tfsdk:"value"`
	ValueWO        types.String `tfsdk:"value_wo"`
	ValueWOVersion types.Int64  `tfsdk:"value_wo_version"`
}

var accessTokenTypes = map[string]attr.Type{
	"type":             types.StringType,
	"value":            types.StringType,
	"value_wo":         types.StringType,
	"value_wo_version": types.Int64Type,
}

// accessToken reads the block; everything in it is unknown while the block is.
func (m *resourceModel) accessToken(ctx context.Context, diags *diag.Diagnostics) accessTokenModel {
	if m.AccessToken.IsUnknown() {
		return accessTokenModel{Type: types.StringUnknown(), Value: types.StringUnknown(), ValueWO: types.StringUnknown(), ValueWOVersion: types.Int64Unknown()}
	}
	var block accessTokenModel
	diags.Append(m.AccessToken.As(ctx, &block, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true})...)
	return block
}

// fromAPI takes over what the server says. What it spells differently from us but means the same stays as it is, so that no plan
// shows a difference.
func (m *resourceModel) fromAPI(ctx context.Context, connection infisical.Connection, diags *diag.Diagnostics) {
	m.ID = types.StringValue(connection.ID)
	if !connection.IsNamed(m.Name.ValueString()) {
		m.Name = types.StringValue(connection.Name)
	}
	if m.Description.IsUnknown() || !connection.IsDescribed(m.Description.ValueString()) {
		m.Description = types.StringPointerValue(connection.Description)
	}
	m.ProjectID = optional(connection.ProjectID)
	if instanceURL := types.StringValue(connection.InstanceURL); !sameInstanceURL(m.InstanceURL, instanceURL) {
		m.InstanceURL = instanceURL
	}
	m.OrganizationID = types.StringValue(connection.OrganizationID)
	m.Method = types.StringValue(connection.Method)
	m.CredentialsHash = optional(connection.CredentialsHash)
	m.CreatedAt = types.StringValue(connection.CreatedAt.Format(time.RFC3339Nano))

	switch {
	case m.isManaged():
	case connection.Method != infisical.MethodOAuth:
		m.setTokenType(ctx, optional(connection.AccessTokenType), diags)
	case m.OAuth.IsNull(): // It was just imported.
		m.OAuth = emptyOAuth()
	}
}

// setTokenType changes the type within access_token, and nothing else in it.
func (m *resourceModel) setTokenType(ctx context.Context, tokenType types.String, diags *diag.Diagnostics) {
	block := m.accessToken(ctx, diags)
	block.Type = tokenType
	block.ValueWO = types.StringNull()
	object, objectDiags := types.ObjectValueFrom(ctx, accessTokenTypes, block)
	diags.Append(objectDiags...)
	m.AccessToken = object
}

// uses returns the declared use cases; none while they are not known.
func (m *resourceModel) uses(ctx context.Context, diags *diag.Diagnostics) []tokenpolicy.Use {
	return useCases(ctx, m.UseCases, diags)
}

func useCases(ctx context.Context, set types.Set, diags *diag.Diagnostics) []tokenpolicy.Use {
	if set.IsUnknown() {
		return nil
	}
	var names []types.String
	diags.Append(set.ElementsAs(ctx, &names, false)...)
	var uses []tokenpolicy.Use
	for _, name := range names {
		if !name.IsUnknown() {
			uses = append(uses, tokenpolicy.Use(name.ValueString()))
		}
	}
	return uses
}

// settle fills in what the plan left open, from what was handed over and else from state. What the plan did not leave open stays: what it
// showed must come true, and should the server's hash have moved since, the next refresh sees it.
func (m *resourceModel) settle(ctx context.Context, state resourceModel, handover *handover, hash string, diags *diag.Diagnostics) {
	token, tokenType := state.Token, recordedCredentials(ctx, state, diags).tokenType
	if handover != nil {
		token, tokenType = handover.described, handover.tokenType
	}
	if m.CredentialsHash.IsUnknown() {
		m.CredentialsHash = optional(hash)
	}
	if m.Token.IsUnknown() {
		m.Token = token
	}
	if !m.AccessToken.IsNull() && m.accessToken(ctx, diags).Type.IsUnknown() {
		m.setTokenType(ctx, tokenType, diags)
	}
}

// sameDescription: the server takes off surrounding white space, and has an empty description where others have none.
func sameDescription(a, b types.String) bool {
	return !a.IsUnknown() && !b.IsUnknown() && strings.TrimSpace(a.ValueString()) == strings.TrimSpace(b.ValueString())
}

// sameInstanceURL is false while either is not known.
func sameInstanceURL(a, b types.String) bool {
	return !a.IsNull() && !a.IsUnknown() && !b.IsNull() && !b.IsUnknown() && gitlab.SameInstance(a.ValueString(), b.ValueString())
}

// optional is null for an empty text.
func optional(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}
