package connection

import (
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// tokenDetailsModel is the computed attribute token_details: what GitLab said of it, without its secret.
type tokenDetailsModel struct {
	attribute.Presence

	ID          types.String
	Name        types.String
	Type        types.String
	Scopes      types.List
	AccessLevel types.String
	Username    types.String
	ResourceID  types.String
	// ServiceAccountID is that of a managed token.
	ServiceAccountID types.String
	ExpiresAt        types.String
	RotationDue      types.String
}

// Attributes implements attribute.Model.
func (m *tokenDetailsModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"id":                 &m.ID,
		"name":               &m.Name,
		"type":               &m.Type,
		"scopes":             &m.Scopes,
		"access_level":       &m.AccessLevel,
		"username":           &m.Username,
		"resource_id":        &m.ResourceID,
		"service_account_id": &m.ServiceAccountID,
		"expires_at":         &m.ExpiresAt,
		"rotation_due":       &m.RotationDue,
	}
}

// unknownTokenDetails is known after apply.
var unknownTokenDetails = tokenDetailsModel{Presence: attribute.Unknown}

// newUnknownTokenDetails is of a managed token that the apply creates. What its settings decide is known already, if
// they are.
func newUnknownTokenDetails(settings managedModel) tokenDetailsModel {
	if settings.ServiceAccount.IsUnknown() || settings.Project.IsUnknown() || settings.Group.IsUnknown() {
		return unknownTokenDetails
	}
	model := tokenDetailsModel{
		Presence:         attribute.Known,
		ID:               types.StringUnknown(),
		Name:             types.StringUnknown(),
		Type:             types.StringValue(string(settings.tokenKind())),
		Scopes:           types.ListUnknown(types.StringType),
		AccessLevel:      types.StringUnknown(),
		Username:         types.StringUnknown(),
		ResourceID:       types.StringUnknown(),
		ServiceAccountID: types.StringUnknown(),
		ExpiresAt:        types.StringUnknown(),
		RotationDue:      types.StringNull(),
	}
	if settings.ServiceAccount.IsNull() {
		model.ServiceAccountID, model.Username = types.StringNull(), types.StringNull()
	}
	return model
}

// isUnknown: it is another token, or none, after the apply.
func (m *tokenDetailsModel) isUnknown() bool {
	return m.Presence == attribute.Unknown || m.ID.IsUnknown()
}

// newTokenDetails describes a token. rotationDue says why it is to be rotated, empty when it is not.
func newTokenDetails(token gitlab.Token, rotationDue string) tokenDetailsModel {
	model := tokenDetailsModel{
		Presence:    attribute.Known,
		ID:          idValue(token.ID),
		Name:        types.StringValue(token.Name),
		Type:        attribute.Optional(string(token.Kind)),
		Scopes:      textList(slices.Sorted(slices.Values(token.Scopes))),
		Username:    attribute.Optional(token.Username),
		ResourceID:  idValue(token.ResourceID),
		RotationDue: attribute.Optional(rotationDue),
	}
	if token.AccessLevel != 0 {
		model.AccessLevel = types.StringValue(token.AccessLevel.String())
	}
	if token.ResourceID != 0 && token.ServiceAccount {
		model.ServiceAccountID = idValue(token.UserID)
	}
	if token.ExpiresAt != nil {
		model.ExpiresAt = types.StringValue(token.ExpiresAt.Format(time.DateOnly))
	}
	return model
}

// idValue is an id of GitLab's, null for 0.
func idValue(id int64) types.String {
	if id == 0 {
		return types.StringNull()
	}
	return types.StringValue(strconv.FormatInt(id, 10))
}

// idOf is 0 for an id that is null or unknown.
func idOf(value types.String) int64 {
	id, err := strconv.ParseInt(value.ValueString(), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// expiry is nil for a token that never expires.
func (m *tokenDetailsModel) expiry() *time.Time {
	date, err := time.Parse(time.DateOnly, m.ExpiresAt.ValueString())
	if err != nil {
		return nil
	}
	return &date
}

// recorded is the token as GitLab described it last.
func (m *tokenDetailsModel) recorded() gitlab.Token {
	known := m.known()
	return gitlab.Token{ID: known.ID, Name: known.Name, Kind: known.Kind, ResourceID: known.ResourceID, Username: known.Username, ExpiresAt: m.expiry()}
}

// known is what state remembers of the token, so that GitLab need not be asked for its kind again.
func (m *tokenDetailsModel) known() gitlab.Known {
	return gitlab.Known{
		ID:         idOf(m.ID),
		Name:       m.Name.ValueString(),
		Kind:       gitlab.Kind(m.Type.ValueString()),
		ResourceID: idOf(m.ResourceID),
		Username:   m.Username.ValueString(),
	}
}

// accessLevel is 0 for a role that is unset, not known or without a name here.
func accessLevel(name types.String) gitlab.AccessLevel {
	level, err := gitlab.ParseAccessLevel(name.ValueString())
	if err != nil {
		return 0
	}
	return level
}
