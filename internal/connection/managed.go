package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// managedPath is where to report errors of the managed token.
var managedPath = path.Root("managed_access_token")

const defaultExpirationDays = 90

// managedModel is the nested attribute managed_access_token.
type managedModel struct {
	attribute.Presence

	Group, Project, ServiceAccount, AccessLevel types.String
	Scopes                                      types.Set
	ExpirationDays, RotateBeforeDays            types.Int64
	RotationTriggers                            types.Map

	// implied are scopes that are no attribute; see imply.
	implied types.Set
}

// Attributes implements attribute.Model.
func (m *managedModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"group":              &m.Group,
		"project":            &m.Project,
		"service_account":    &m.ServiceAccount,
		"access_level":       &m.AccessLevel,
		"scopes":             &m.Scopes,
		"expiration_days":    &m.ExpirationDays,
		"rotate_before_days": &m.RotateBeforeDays,
		"rotation_triggers":  &m.RotationTriggers,
	}
}

// resource is the project or group that the token is created in, or the service account of the group.
func (m *managedModel) resource() gitlab.Resource {
	if !m.Project.IsNull() {
		return gitlab.Resource{Kind: gitlab.KindProject, ID: m.Project.ValueString()}
	}
	return gitlab.Resource{Kind: gitlab.KindGroup, ID: m.Group.ValueString(), Account: gitlab.Account{Username: m.ServiceAccount.ValueString()}}
}

// tokenKind is the kind of the token, as Infisical is told it. It needs to be known whether there is a service account.
func (m *managedModel) tokenKind() gitlab.Kind {
	if !m.ServiceAccount.IsNull() {
		return gitlab.KindPersonal
	}
	return m.resource().Kind
}

// fillIn sets defaults: the least scopes and role that the uses need, and a third of the token's lifetime before its
// end. What depends on unknown values is unknown.
func (m *managedModel) fillIn(config managedModel, uses types.Set) {
	requirement, err := tokenpolicy.Requirements(m.tokenKind(), usesOf(uses))
	open := uses.IsUnknown() || config.Project.IsUnknown() || config.Group.IsUnknown() || config.ServiceAccount.IsUnknown()
	switch {
	case !config.AccessLevel.IsNull():
	case open:
		m.AccessLevel = types.StringUnknown()
	case m.tokenKind() == gitlab.KindPersonal:
		m.AccessLevel = types.StringNull()
	case err == nil && requirement.AccessLevel != 0:
		m.AccessLevel = types.StringValue(requirement.AccessLevel.String())
	}
	switch {
	case !config.Scopes.IsNull():
	case open:
		m.Scopes = types.SetUnknown(types.StringType)
	case err == nil:
		m.Scopes = types.SetValueMust(types.StringType, textValues(requirement.Scopes))
	}
	switch {
	case !config.RotateBeforeDays.IsNull():
	case m.ExpirationDays.IsUnknown():
		m.RotateBeforeDays = types.Int64Unknown()
	default:
		m.RotateBeforeDays = types.Int64Value(max(1, m.ExpirationDays.ValueInt64()/3))
	}
}

// imply notes the scopes that follow from the uses, for settings whose scopes are an empty set: that is as good as
// unset, but configuration and state must agree on it.
func (m *managedModel) imply(uses types.Set) {
	requirement, err := tokenpolicy.Requirements(m.tokenKind(), usesOf(uses))
	switch {
	case uses.IsUnknown() || m.Project.IsUnknown() || m.Group.IsUnknown() || m.ServiceAccount.IsUnknown():
		m.implied = types.SetUnknown(types.StringType)
	case err == nil:
		m.implied = types.SetValueMust(types.StringType, textValues(requirement.Scopes))
	}
}

// scopes are those set, else those that follow from the uses.
func (m *managedModel) scopes() types.Set {
	if isUnset(m.Scopes) && !m.Scopes.IsNull() {
		return m.implied
	}
	return m.Scopes
}

// isUnset: a set is null or empty, as the defaults of a module's variables are.
func isUnset(set types.Set) bool { return !set.IsUnknown() && len(set.Elements()) == 0 }

// needs is what must be set where no use cases tell it; empty when it is.
func (m *managedModel) needs() string {
	switch {
	case !m.ServiceAccount.IsNull() && isUnset(m.Scopes):
		return "scopes"
	case m.ServiceAccount.IsNull() && (isUnset(m.Scopes) || m.AccessLevel.IsNull()):
		return "both scopes and access_level"
	}
	return ""
}

// scopeNames are the scopes, sorted; nil while they are unset, or one of them is not known.
func (m *managedModel) scopeNames() []string {
	scopes := m.scopes()
	if !fullyKnown(scopes) {
		return nil
	}
	return slices.Sorted(slices.Values(texts(scopes)))
}

// schedule needs the day counts to be known.
func (m *managedModel) schedule() managedtoken.Schedule {
	return managedtoken.Schedule{ExpirationDays: m.ExpirationDays.ValueInt64(), RotateBeforeDays: m.RotateBeforeDays.ValueInt64()}
}

// record leaves the configured settings alone.
func (managedAccessToken) record(*resourceModel, infisical.Connection) {}

// refresh looks at the token that was minted last, and decides by the clock whether it is due for rotation.
func (managedAccessToken) refresh(ctx context.Context, o *operation) {
	state, current, diags := &o.state, o.before.ledger.Current, o.diags
	if current == nil || state.TokenDetails.Presence != attribute.Known {
		return
	}
	due := func(token gitlab.Token) string {
		return state.ManagedAccessToken.schedule().Due(token.ExpiresAt, o.data.Now())
	}
	token, err := o.lookAt(ctx, *current)
	switch {
	case gitlab.IsTokenNotFound(err):
		state.TokenDetails.RotationDue = types.StringValue(managedtoken.Deleted)
	case gitlab.IsAccountNotFound(err):
		state.TokenDetails.RotationDue = types.StringValue(managedtoken.AccountGone)
	case err != nil || token.ID == 0:
		if err != nil {
			diags.AddAttributeWarning(managedPath, "Could not check the managed token",
				transport.Sentence(err.Error())+"\nThe plan uses what was recorded last.")
		}
		recorded := &state.TokenDetails
		recorded.RotationDue = attribute.Optional(managedtoken.StillDue(recorded.RotationDue.ValueString(), due(gitlab.Token{ExpiresAt: recorded.expiry()})))
	case token.Revoked:
		state.TokenDetails = newTokenDetails(token, managedtoken.Revoked)
	default:
		state.TokenDetails = newTokenDetails(token, due(token))
	}
}

// lookAt reads a managed token from GitLab; it returns none if it must not ask.
func (o *operation) lookAt(ctx context.Context, token managedtoken.Token) (gitlab.Token, error) {
	issuer, err := o.issuer(token.InstanceURL)
	if o.validationOf(o.state) == providerdata.ValidationOff || err != nil {
		return gitlab.Token{}, nil //nolint:nilerr // It is not asked then.
	}
	return issuer.Get(ctx, token)
}

// validate refuses settings with which a managed token could not serve its uses.
func (managedAccessToken) validate(config resourceModel) (diags diag.Diagnostics) {
	settings := config.ManagedAccessToken
	if settings.Presence != attribute.Known {
		return nil
	}
	settings.imply(config.UseCases)
	days := int64(defaultExpirationDays)
	if !settings.ExpirationDays.IsNull() {
		days = settings.ExpirationDays.ValueInt64()
	}
	before := settings.RotateBeforeDays
	if !settings.ExpirationDays.IsUnknown() && !before.IsNull() && !before.IsUnknown() && before.ValueInt64() >= days {
		diags.AddAttributeError(managedPath, "rotate_before_days must be less than expiration_days",
			fmt.Sprintf("rotate_before_days is %d, but a token is valid for %d days (expiration_days), so every apply would rotate it. Set "+
				"rotate_before_days to between 1 and "+
				"%d.", before.ValueInt64(), days, days-1))
	}
	diags.Append(validateAccount(settings)...)
	if needed := settings.needs(); isUnset(config.UseCases) && needed != "" {
		diags.AddAttributeError(managedPath, "Scopes and role of the managed token needed",
			"The scopes and role of the token follow from use_cases. Set use_cases, or "+needed+".")
	}
	open := slices.ContainsFunc([]attr.Value{config.UseCases, settings.Scopes, settings.AccessLevel, settings.Project, settings.Group,
		settings.ServiceAccount}, attr.Value.IsUnknown)
	if open || diags.HasError() {
		return diags
	}
	for _, finding := range tokenpolicy.JudgeManaged(settings.tokenKind(), config.uses(), settings.scopeNames(), accessLevel(settings.AccessLevel)) {
		if finding.Severity == tokenpolicy.Warning {
			continue // The plan reports it: Terraform validates several times before a plan.
		}
		at := managedPath
		if finding.Aspect == tokenpolicy.AspectUses {
			at = path.Root("use_cases")
		}
		diags.AddAttributeError(at, finding.Summary, finding.Message())
	}
	return diags
}
