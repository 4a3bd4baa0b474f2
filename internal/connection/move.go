package connection

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const (
	// resourceType is the resource's name in configurations and states.
	resourceType = "infisical_gitlab_connection"
	// officialType is the resource of the official provider, infisical/infisical, that a connection can be moved from.
	officialType = "infisical_app_connection_gitlab"
)

// MoveState implements resource.ResourceWithMoveState. A connection is taken over from the official provider, or from
// this resource under another address of the provider.
func (r *connectionResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	return object.Move{To: resourceType, From: officialType, Official: officialSchema, Take: moveFromOfficial}.Movers(own.Schema)
}

// officialSchema is what of the official resource's schema, version 0, is taken over:
// https://github.com/Infisical/terraform-provider-infisical/blob/main/internal/provider/resource/app_connection/base_app_connection.go
var officialSchema = schema.Schema{
	Attributes: map[string]schema.Attribute{
		"id":               schema.StringAttribute{Computed: true},
		"name":             schema.StringAttribute{Required: true},
		"method":           schema.StringAttribute{Required: true},
		"description":      schema.StringAttribute{Optional: true},
		"project_id":       schema.StringAttribute{Optional: true},
		"credentials_hash": schema.StringAttribute{Computed: true},
		"credentials": schema.SingleNestedAttribute{
			Required: true,
			Attributes: map[string]schema.Attribute{
				"access_token":      schema.StringAttribute{Required: true, Sensitive: true},
				"access_token_type": schema.StringAttribute{Required: true},
				"instance_url":      schema.StringAttribute{Optional: true},
			},
		},
	},
}

type officialModel struct {
	ID, Name, Method, Description, ProjectID, CredentialsHash types.String
	Credentials                                               officialCredentials
}

// Attributes implements attribute.Model.
func (m *officialModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"id": &m.ID, "name": &m.Name, "method": &m.Method, "description": &m.Description, "project_id": &m.ProjectID,
		"credentials_hash": &m.CredentialsHash, "credentials": &m.Credentials,
	}
}

// officialCredentials are all null once the official provider has detected that they were changed outside Terraform.
type officialCredentials struct {
	attribute.Presence

	AccessToken, AccessTokenType, InstanceURL types.String
}

// Attributes implements attribute.Model.
func (m *officialCredentials) Attributes() attribute.Fields {
	return attribute.Fields{"access_token": &m.AccessToken, "access_token_type": &m.AccessTokenType, "instance_url": &m.InstanceURL}
}

// moveFromOfficial keeps everything but the token, of which only the fingerprint stays. The refresh that follows sets
// what the official state does not hold.
func moveFromOfficial(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	var source officialModel
	if resp.Diagnostics.Append(attribute.Decode(ctx, req.SourceState.Raw, &source)...); resp.Diagnostics.HasError() {
		return
	}
	state := resourceModel{
		ID: source.ID, Name: source.Name, Method: source.Method, CredentialsHash: source.CredentialsHash,
		Description: attribute.Optional(source.Description.ValueString()), ProjectID: attribute.Optional(source.ProjectID.ValueString()),
	}
	state.AccessToken.setType(types.StringNull())
	if token := strings.TrimSpace(source.Credentials.AccessToken.ValueString()); token != "" { // As the server stores it.
		state.InstanceURL = types.StringValue(cmp.Or(source.Credentials.InstanceURL.ValueString(), infisical.DefaultInstanceURL))
		state.AccessToken.setType(source.Credentials.AccessTokenType)
		// Resources are not configured when a state is moved, so there is no configured source of randomness.
		last, err := newLastWrite(rand.Reader, token, state.InstanceURL.ValueString(), source.CredentialsHash.ValueString())
		if err != nil {
			resp.Diagnostics.AddError("State not moved", transport.Sentence(err.Error()))
			return
		}
		resp.Diagnostics.Append(attribute.Remember(ctx, resp.TargetPrivate, lastWriteKey, last)...)
	}
	resp.TargetState.Raw = attribute.Encode(ctx, &state)
	object.Identify(ctx, resp.TargetIdentity, state.ID)
}
