package connection

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
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
	return []resource.StateMover{
		{SourceSchema: &officialSchema, StateMover: moveFromOfficial},
		{SourceSchema: &own.Schema, StateMover: moveFromOtherAddress},
		{StateMover: refuseMove},
	}
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

// Attributes implements providerdata.Model.
func (m *officialModel) Attributes() providerdata.Attributes {
	return providerdata.Attributes{
		"id": &m.ID, "name": &m.Name, "method": &m.Method, "description": &m.Description, "project_id": &m.ProjectID,
		"credentials_hash": &m.CredentialsHash, "credentials": &m.Credentials,
	}
}

// officialCredentials are all null once the official provider has detected that they were changed outside Terraform.
type officialCredentials struct {
	providerdata.Presence

	AccessToken, AccessTokenType, InstanceURL types.String
}

// Attributes implements providerdata.Model.
func (m *officialCredentials) Attributes() providerdata.Attributes {
	return providerdata.Attributes{"access_token": &m.AccessToken, "access_token_type": &m.AccessTokenType, "instance_url": &m.InstanceURL}
}

// moveFromOfficial keeps everything but the token, of which only the fingerprint stays. The refresh that follows sets
// what the official state does not hold.
func moveFromOfficial(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != officialType || !isOfficial(req.SourceProviderAddress) {
		return
	}
	var source officialModel
	if resp.Diagnostics.Append(readSource(ctx, req, officialSchema.Version, &source)...); resp.Diagnostics.HasError() {
		return
	}
	state := resourceModel{
		ID: source.ID, Name: source.Name, Method: source.Method, CredentialsHash: source.CredentialsHash,
		Description: optional(source.Description.ValueString()), ProjectID: optional(source.ProjectID.ValueString()),
	}
	state.AccessToken.setType(types.StringNull())
	if token := strings.TrimSpace(source.Credentials.AccessToken.ValueString()); token != "" { // As the server stores it.
		state.InstanceURL = types.StringValue(cmp.Or(source.Credentials.InstanceURL.ValueString(), infisical.DefaultInstanceURL))
		state.AccessToken.setType(source.Credentials.AccessTokenType)
		// Resources are not configured when a state is moved, so there is no configured source of randomness.
		last, err := newLastWrite(rand.Reader, token, state.InstanceURL.ValueString(), source.CredentialsHash.ValueString())
		if err != nil {
			resp.Diagnostics.AddError("State not moved", providerdata.Sentence(err.Error()))
			return
		}
		resp.Diagnostics.Append(providerdata.Remember(ctx, resp.TargetPrivate, lastWriteKey, last)...)
	}
	resp.TargetState.Raw = providerdata.Encode(ctx, &state)
	identify(ctx, resp.TargetIdentity, state.ID)
}

// moveFromOtherAddress keeps a state as it is, with its private state. Terraform and OpenTofu ask for this if only the
// address of the provider changed.
func moveFromOtherAddress(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != resourceType {
		return
	}
	var source resourceModel
	if resp.Diagnostics.Append(readSource(ctx, req, resp.TargetState.Schema.GetVersion(), &source)...); resp.Diagnostics.HasError() {
		return
	}
	resp.TargetState.Raw = req.SourceState.Raw
	resp.TargetPrivate = req.SourcePrivate
	identify(ctx, resp.TargetIdentity, source.ID)
}

// refuseMove answers where no other mover did.
func refuseMove(_ context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	resp.Diagnostics.AddError("State cannot be moved here", fmt.Sprintf(
		"%s can take over the state of %s of the provider infisical/infisical. This is the state of %s of the provider %s. %s",
		resourceType, officialType, req.SourceTypeName, req.SourceProviderAddress, importInstead))
}

const importInstead = "Import the connection instead of moving it."

// readSource reads the state that is to be moved. Its errors never repeat what the state holds, for that may be a
// token.
func readSource(ctx context.Context, req resource.MoveStateRequest, version int64, source providerdata.Model) diag.Diagnostics {
	var identity identityModel
	switch {
	case req.SourceSchemaVersion != version:
		return diag.Diagnostics{diag.NewErrorDiagnostic("State of another version", fmt.Sprintf(
			"The state of %s has the schema version %d; only version %d can be moved here. Use the version of the provider %s that writes it, or upgrade "+
				"this one. %s",
			req.SourceTypeName, req.SourceSchemaVersion, version, req.SourceProviderAddress, importInstead))}
	case req.SourceState == nil || providerdata.Decode(ctx, req.SourceState.Raw, &identity).HasError() || identity.ID.ValueString() == "":
		return diag.Diagnostics{diag.NewErrorDiagnostic("State not readable", fmt.Sprintf(
			"The state of %s does not have the form that the provider %s writes. %s", req.SourceTypeName, req.SourceProviderAddress, importInstead))}
	}
	return providerdata.Decode(ctx, req.SourceState.Raw, source)
}

// isOfficial compares whole segments of HOSTNAME/NAMESPACE/TYPE, on any host: registries and mirrors differ. OpenTofu
// before 1.11.12 and 1.12.4 sends the type alone (https://github.com/opentofu/opentofu/issues/4352).
func isOfficial(address string) bool {
	segments := strings.Split(address, "/")
	switch len(segments) {
	case 1:
		return address == "infisical"
	case 2:
		return slices.Equal(segments, []string{"infisical", "infisical"})
	case 3:
		return slices.Equal(segments[1:], []string{"infisical", "infisical"})
	}
	return false
}
