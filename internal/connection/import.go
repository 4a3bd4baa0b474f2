package connection

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// connections are what imports and data sources look for.
var connections = providerdata.Kind{Name: "GitLab connection", InOrganization: true}

// connectionKind is what connections have in common with other objects of Infisical's.
var connectionKind = object.Kind[infisical.Connection]{
	Noun: "connection", LeftBehind: ", and revoke its token at GitLab",
	Refresh: (*infisical.Client).Refresh, Find: (*infisical.Client).Find,
	Diagnose: diagnose,
	DiagnoseImport: func(id string, err error) diag.Diagnostics {
		return diag.Diagnostics{diagnoseImport(providerdata.Wanted{ID: id}, err)}
	},
}

// ImportState implements resource.ResourceWithImportState.
func (r *connectionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, diags := r.data.Client()
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	connections.ImportState(ctx, req, resp, func(wanted providerdata.Wanted) (string, diag.Diagnostics) {
		found, err := client.GetByName(ctx, wanted.Name, wanted.ProjectID)
		if err != nil {
			return "", diag.Diagnostics{diagnoseImport(wanted, err)}
		}
		return found.ID, nil
	})
}

// justImported: an import leaves nothing but the id for the first refresh.
func (m *resourceModel) justImported() bool { return m.Name.IsNull() }

// diagnoseImport says what to check when a connection cannot be imported.
func diagnoseImport(wanted providerdata.Wanted, err error) diag.Diagnostic {
	if infisical.IsNotFound(err) {
		hint := `Check the name. To import a connection of a project, use "PROJECT_ID/name/` + wanted.Name + `".`
		if wanted.ProjectID != "" {
			hint = `Check the name and the project. To import a connection of the organisation itself, use "name/` + wanted.Name + `".`
		}
		return diag.NewErrorDiagnostic("No such GitLab connection", connections.NotFound(wanted, err, hint))
	}
	diagnostic := diagnose("import", err)[0]
	hint := ""
	var failure *infisical.Error
	switch {
	case infisical.IsForbidden(err):
		hint = "\nThe connection may also belong to another organisation than the identity."
	case errors.As(err, &failure) && failure.Status == http.StatusBadRequest:
		hint = "\nCheck that it is a connection for GitLab: connections of other apps cannot be imported here."
	}
	return diag.NewErrorDiagnostic(diagnostic.Summary(), diagnostic.Detail()+hint)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *connectionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = connections.IdentitySchema()
}

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
	return providerdata.Move{To: resourceType, From: officialType, Official: officialSchema, Take: moveFromOfficial}.Movers(own.Schema)
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
	var source officialModel
	if resp.Diagnostics.Append(providerdata.Decode(ctx, req.SourceState.Raw, &source)...); resp.Diagnostics.HasError() {
		return
	}
	state := resourceModel{
		ID: source.ID, Name: source.Name, Method: source.Method, CredentialsHash: source.CredentialsHash,
		Description: providerdata.Optional(source.Description.ValueString()), ProjectID: providerdata.Optional(source.ProjectID.ValueString()),
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
	providerdata.Identify(ctx, resp.TargetIdentity, state.ID)
}
