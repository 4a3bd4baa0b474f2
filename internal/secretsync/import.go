package secretsync

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

const exampleID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// ImportState finds out the id of a sync; the refresh that follows fills in the rest. An id is taken as it is, a name
// is looked up.
func (r *syncResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, clientDiags := r.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	wanted := requestedImport(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if wanted.id == "" {
		found, err := client.GetSyncByName(ctx, wanted.name, wanted.projectID)
		if err != nil {
			resp.Diagnostics.Append(wanted.diagnose(err)...)
			return
		}
		wanted.id = found.ID
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), wanted.id)...)
	identify(ctx, resp.Identity, types.StringValue(wanted.id))
}

// imported names a sync to import: by id, or by name in a project.
type imported struct{ id, name, projectID string }

func requestedImport(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) imported {
	if req.ID == "" {
		var identity identityModel
		diags.Append(providerdata.Decode(ctx, req.Identity.Raw, &identity)...)
		id, err := uuid.Parse(identity.ID.ValueString())
		if err != nil {
			diags.AddError("Not an id of Infisical", fmt.Sprintf("The identity has the id %q. Expected the id of a secret sync to GitLab, a UUID such as %s.",
				identity.ID.ValueString(), exampleID))
		}
		return imported{id: id.String()}
	}
	wanted, ok := parseImportID(req.ID)
	if !ok {
		diags.AddError("Not the import id of a secret sync", fmt.Sprintf(
			"The import id is %q. Expected one of:\n  - the id of a secret sync to GitLab, a UUID such as %s\n  - PROJECT_ID/name/NAME", req.ID, exampleID))
	}
	return wanted
}

// infisicalID is what ids of Infisical's projects are made of.
var infisicalID = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// parseImportID reads UUID or PROJECT_ID/name/NAME.
func parseImportID(text string) (imported, bool) {
	if id, err := uuid.Parse(text); err == nil {
		return imported{id: id.String()}, true
	}
	projectID, name, ok := strings.Cut(text, "/name/")
	if !ok || !infisicalID.MatchString(projectID) || !slug.MatchString(name) {
		return imported{}, false
	}
	return imported{projectID: projectID, name: name}, true
}

// diagnose says what to check when a sync cannot be imported.
func (i imported) diagnose(err error) diag.Diagnostics {
	if !infisical.IsNotFound(err) {
		return diagnose("import", err)
	}
	if i.id != "" {
		return diag.Diagnostics{diag.NewErrorDiagnostic("No such GitLab secret sync", fmt.Sprintf(
			"There is no secret sync to GitLab with the id %s in the organisation that the provider's identity belongs to. %s", i.id,
			providerdata.Sentence(providerdata.Reason(err))))}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("No such GitLab secret sync", fmt.Sprintf(
		"There is no secret sync to GitLab named %q in the project %s. Check the name, and that the project is given by its id. %s", i.name, i.projectID,
		providerdata.Sentence(providerdata.Reason(err))))}
}

// identityModel is what tells a sync from all others, whatever becomes of its name.
type identityModel struct{ ID types.String }

// Attributes implements providerdata.Model.
func (m *identityModel) Attributes() providerdata.Attributes {
	return providerdata.Attributes{"id": &m.ID}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *syncResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the sync, a UUID."},
		},
	}
}

// identify sets the identity, which the framework requires after every create, read and update.
func identify(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.String) {
	identity.Raw = providerdata.Encode(ctx, &identityModel{ID: id})
}
