package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// managedPath is where to point at in a configuration whose managed token is at fault.
var managedPath = path.Root("managed_access_token")

const defaultExpirationDays = 90

// managedModel is the block managed_access_token.
type managedModel struct {
	Group            types.String `tfsdk:"group"`
	Project          types.String `tfsdk:"project"`
	AccessLevel      types.String `tfsdk:"access_level"`
	Scopes           types.Set    `tfsdk:"scopes"`
	ExpirationDays   types.Int64  `tfsdk:"expiration_days"`
	RotateBeforeDays types.Int64  `tfsdk:"rotate_before_days"`
	RotationTriggers types.Map    `tfsdk:"rotation_triggers"`
}

var managedTypes = map[string]attr.Type{
	"group":              types.StringType,
	"project":            types.StringType,
	"access_level":       types.StringType,
	"scopes":             types.SetType{ElemType: types.StringType},
	"expiration_days":    types.Int64Type,
	"rotate_before_days": types.Int64Type,
	"rotation_triggers":  types.MapType{ElemType: types.StringType},
}

// isManaged reports whether the connection makes its own token.
func (m *resourceModel) isManaged() bool { return !m.ManagedAccessToken.IsNull() }

// managed reads the block; nil when there is none or it is not known yet.
func (m *resourceModel) managed(ctx context.Context, diags *diag.Diagnostics) *managedModel {
	if m.ManagedAccessToken.IsNull() || m.ManagedAccessToken.IsUnknown() {
		return nil
	}
	var block managedModel
	diags.Append(m.ManagedAccessToken.As(ctx, &block, basetypes.ObjectAsOptions{})...)
	return &block
}

func (m *resourceModel) setManaged(ctx context.Context, block managedModel, diags *diag.Diagnostics) {
	object, objectDiags := types.ObjectValueFrom(ctx, managedTypes, block)
	diags.Append(objectDiags...)
	m.ManagedAccessToken = object
}

// resource is the project or group that the token is made in.
func (m *managedModel) resource() gitlab.Resource {
	if !m.Project.IsNull() {
		return gitlab.Resource{Kind: gitlab.KindProject, ID: m.Project.ValueString()}
	}
	return gitlab.Resource{Kind: gitlab.KindGroup, ID: m.Group.ValueString()}
}

// fillIn sets what configuration leaves open: the least scopes and role that the uses need, and a third of the token's life before its end.
// What depends on values that are not known yet is unknown.
func (m *managedModel) fillIn(ctx context.Context, config *managedModel, uses types.Set, diags *diag.Diagnostics) {
	requirement, err := tokenpolicy.Requirements(m.resource().Kind, useCases(ctx, uses, diags))
	open := uses.IsUnknown() || config.Project.IsUnknown() || config.Group.IsUnknown()
	switch {
	case !config.AccessLevel.IsNull():
	case open:
		m.AccessLevel = types.StringUnknown()
	case err == nil && requirement.AccessLevel != 0:
		m.AccessLevel = types.StringValue(requirement.AccessLevel.String())
	}
	switch {
	case !config.Scopes.IsNull():
	case open:
		m.Scopes = types.SetUnknown(types.StringType)
	case err == nil:
		scopes, scopeDiags := types.SetValueFrom(ctx, types.StringType, requirement.Scopes)
		diags.Append(scopeDiags...)
		m.Scopes = scopes
	}
	switch {
	case !config.RotateBeforeDays.IsNull():
	case m.ExpirationDays.IsUnknown():
		m.RotateBeforeDays = types.Int64Unknown()
	default:
		m.RotateBeforeDays = types.Int64Value(max(1, m.ExpirationDays.ValueInt64()/3))
	}
}

// scopeNames returns the scopes, sorted; nil while they are unset or not known.
func (m *managedModel) scopeNames(ctx context.Context, diags *diag.Diagnostics) []string {
	if m.Scopes.IsNull() || m.Scopes.IsUnknown() {
		return nil
	}
	var names []types.String
	diags.Append(m.Scopes.ElementsAs(ctx, &names, false)...)
	var scopes []string
	for _, name := range names {
		scopes = append(scopes, name.ValueString())
	}
	slices.Sort(scopes)
	return scopes
}

// level returns the role, 0 while it is unset or not known.
func (m *managedModel) level() gitlab.AccessLevel {
	level, err := gitlab.ParseAccessLevel(m.AccessLevel.ValueString())
	if err != nil {
		return 0 // The schema's validators have said so, or it is not set.
	}
	return level
}

// schedule needs the day counts to be known.
func (m *managedModel) schedule() managedtoken.Schedule {
	return managedtoken.Schedule{ExpirationDays: m.ExpirationDays.ValueInt64(), RotateBeforeDays: m.RotateBeforeDays.ValueInt64()}
}

// refreshing is one refresh of a connection that was found.
type refreshing struct {
	*connectionResource
	state  resourceModel
	before history
	diags  *diag.Diagnostics
}

// refresh looks at the token that was minted last, and decides by the clock whether it is due for rotation.
func (managed) refresh(ctx context.Context, r *refreshing) {
	state, current, diags := &r.state, r.before.ledger.Current, r.diags
	block := state.managed(ctx, diags)
	recorded := recordedToken(ctx, state.Token, diags)
	if current == nil || block == nil || recorded == nil {
		return
	}
	due := func(token gitlab.Token) string {
		return block.schedule().Due(token.ExpiresAt, r.data.Now())
	}
	token, err := r.lookAt(ctx, *current)
	switch {
	case gitlab.IsTokenNotFound(err):
		recorded.RotationDue = types.StringValue(managedtoken.Deleted)
		state.Token = recorded.object(ctx, diags)
	case err != nil || token.ID == 0:
		if err != nil {
			diags.AddAttributeWarning(managedPath, "Managed token not looked at", providerdata.Sentence(err.Error())+"\nThe plan goes by what was recorded last.")
		}
		recorded.RotationDue = optional(managedtoken.StillDue(recorded.RotationDue.ValueString(), due(gitlab.Token{ExpiresAt: recorded.expiry()})))
		state.Token = recorded.object(ctx, diags)
	case token.Revoked:
		state.Token = tokenObject(ctx, token, managedtoken.Revoked, diags)
	default:
		state.Token = tokenObject(ctx, token, due(token), diags)
	}
}

// lookAt asks GitLab for a managed token; it returns none when it must not ask.
func (r *refreshing) lookAt(ctx context.Context, token managedtoken.Token) (gitlab.Token, error) {
	question := r.newQuestion(ctx, credentials{}, r.state, r.state.Token, r.diags)
	issuer, err := r.issuer(token.InstanceURL)
	if question.validation == providerdata.ValidationOff || err != nil {
		return gitlab.Token{}, nil //nolint:nilerr // It is not asked then.
	}
	return issuer.Get(ctx, token)
}
