package connection

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// resourceModel is the resource as configuration, plan and state hold it.
type resourceModel struct {
	ID                 types.String
	Name               types.String
	Description        types.String
	ProjectID          types.String
	InstanceURL        types.String
	UseCases           types.Set
	TokenValidation    types.String
	TokenDetails       tokenDetailsModel
	ManagedAccessToken managedModel
	OAuth              oauthModel
	AccessToken        accessTokenModel
	Targets            targetsModel
	OrganizationID     types.String
	Method             types.String
	CredentialsHash    types.String
	CreatedAt          types.String
}

// Attributes implements attribute.Model.
func (m *resourceModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"id":                   &m.ID,
		"name":                 &m.Name,
		"description":          &m.Description,
		"project_id":           &m.ProjectID,
		"instance_url":         &m.InstanceURL,
		"use_cases":            &m.UseCases,
		"targets":              &m.Targets,
		"token_validation":     &m.TokenValidation,
		"token_details":        &m.TokenDetails,
		"managed_access_token": &m.ManagedAccessToken,
		"oauth":                &m.OAuth,
		"access_token":         &m.AccessToken,
		"organization_id":      &m.OrganizationID,
		"method":               &m.Method,
		"credentials_hash":     &m.CredentialsHash,
		"created_at":           &m.CreatedAt,
	}
}

// fromAPI stores what the server says. A value that the server only spells differently stays as it is, so that no plan
// shows a difference.
func (m *resourceModel) fromAPI(connection infisical.Connection) {
	m.ID = types.StringValue(connection.ID)
	m.Name = types.StringValue(connection.Name)
	m.Description = attribute.Description(m.Description, connection.Description)
	m.ProjectID = attribute.Optional(connection.ProjectID)
	if instanceURL := types.StringValue(connection.InstanceURL); !sameInstanceURL(m.InstanceURL, instanceURL) {
		m.InstanceURL = instanceURL
	}
	m.OrganizationID = types.StringValue(connection.OrganizationID)
	m.Method = types.StringValue(connection.Method)
	m.CredentialsHash = attribute.Optional(connection.CredentialsHash)
	m.CreatedAt = types.StringValue(connection.CreatedAt.Format(time.RFC3339Nano))
	m.kind().record(m, connection)
}

// wrote is fromAPI for the answer to a creation, of which the plan has said what it will be.
func (m *resourceModel) wrote(connection infisical.Connection) {
	planned := *m
	m.fromAPI(connection)
	attribute.KeepPlanned(m, &planned)
}

// uses are the declared use cases; none while they are not known.
func (m *resourceModel) uses() []tokenpolicy.Use { return usesOf(m.UseCases) }

func usesOf(set types.Set) []tokenpolicy.Use {
	var uses []tokenpolicy.Use
	for _, name := range texts(set) {
		if name != "" {
			uses = append(uses, tokenpolicy.Use(name))
		}
	}
	return uses
}

// texts are the elements of a set or list of strings; those that are not known are empty.
func texts(of interface{ Elements() []attr.Value }) []string {
	var texts []string
	for _, element := range of.Elements() {
		text, _ := element.(types.String)
		texts = append(texts, text.ValueString())
	}
	return texts
}

// textValues are the elements of a set or list.
func textValues(texts []string) []attr.Value {
	values := make([]attr.Value, len(texts))
	for i, text := range texts {
		values[i] = types.StringValue(text)
	}
	return values
}

// textList is null for nil.
func textList(texts []string) types.List {
	if texts == nil {
		return types.ListNull(types.StringType)
	}
	return types.ListValueMust(types.StringType, textValues(texts))
}

// fillInUnknown sets what the plan left unknown, from what was sent, else from state. It keeps the rest: what the plan
// showed must come true, and if the server's hash has changed since, the next refresh shows it.
func (o *operation) fillInUnknown() {
	token, tokenType := o.state.TokenDetails, o.state.AccessToken.Type
	if o.sent != nil {
		token, tokenType = o.sent.described, o.sent.tokenType
	}
	if o.plan.CredentialsHash.IsUnknown() {
		o.plan.CredentialsHash = attribute.Optional(o.stored.CredentialsHash)
	}
	if o.plan.TokenDetails.isUnknown() {
		o.plan.TokenDetails = token
	}
	if o.plan.AccessToken.Type.IsUnknown() {
		o.plan.AccessToken.setType(tokenType)
	}
}

// sameInstanceURL is false while either is not known.
func sameInstanceURL(a, b types.String) bool {
	return !a.IsNull() && !a.IsUnknown() && !b.IsNull() && !b.IsUnknown() && gitlab.SameInstance(a.ValueString(), b.ValueString())
}
