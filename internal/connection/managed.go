package connection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
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
func (m *managedModel) fillIn(ctx context.Context, config *managedModel, uses types.Set, useCases []tokenpolicy.Use, diags *diag.Diagnostics) {
	requirement, err := tokenpolicy.Requirements(m.resource().Kind, useCases)
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

// Why a token is due that GitLab said is dead.
const (
	deletedAtGitLab = "the token was deleted at GitLab"
	revokedAtGitLab = "the token was revoked at GitLab, perhaps by another configuration that manages this connection"
)

// How the reasons of the clock begin.
const (
	neverExpires = "the token never expires"
	expires      = "the token expires "
)

// stillDue says why a token is due that GitLab cannot be asked for: what it said before holds until it says otherwise, and only what
// follows from the clock is judged again, by byClock.
func stillDue(recorded, byClock string) string {
	if recorded == "" || recorded == neverExpires || strings.HasPrefix(recorded, expires) {
		return byClock
	}
	return recorded
}

// rotationDue says why a token that expires at an instant is due for rotation at now; empty when it is not. A token that outlives
// expirationDays, because that was lowered, is due as well; not by one day, which comes of another machine's clock that is past midnight.
func rotationDue(expiresAt *time.Time, expirationDays, rotateBeforeDays int64, now time.Time) string {
	if expiresAt == nil {
		return neverExpires
	}
	date := expiresAt.Format(time.DateOnly)
	switch {
	case !now.Before(expiresAt.AddDate(0, 0, -int(rotateBeforeDays))):
		return fmt.Sprintf(expires+"%s and rotates %d days before", date, rotateBeforeDays)
	case expiresAt.After(expiry(now, expirationDays+1)):
		return fmt.Sprintf(expires+"%s, which is more than %d days away", date, expirationDays)
	}
	return ""
}

// expiry is the day, at 00:00 UTC, on which a token that is made now stops working.
func expiry(now time.Time, expirationDays int64) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, int(expirationDays))
}
