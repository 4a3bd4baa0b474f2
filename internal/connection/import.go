package connection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// ImportState determines the id of a connection; the refresh that follows fills in the rest. It takes an id as it is,
// and looks up a name.
func (r *connectionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, diags := r.data.Client()
	wanted, refusal := requestedImport(ctx, req)
	resp.Diagnostics.Append(append(diags, refusal...)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if wanted.id == "" {
		found, err := client.GetByName(ctx, wanted.name, wanted.projectID)
		if err != nil {
			resp.Diagnostics.Append(wanted.diagnose(err))
			return
		}
		wanted.id = found.ID
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), wanted.id)...)
	identify(ctx, resp.Identity, types.StringValue(wanted.id))
}

// imported names a connection to import: by id, or by name in a project, or by name at organisation level.
type imported struct {
	id              string
	name, projectID string
}

func requestedImport(ctx context.Context, req resource.ImportStateRequest) (wanted imported, diags diag.Diagnostics) {
	if req.ID == "" {
		var identity identityModel
		diags = providerdata.Decode(ctx, req.Identity.Raw, &identity)
		id, err := uuid.Parse(identity.ID.ValueString())
		if err != nil {
			diags.AddError("Not the id of a connection", fmt.Sprintf(
				"The identity has the id %q. Expected the id of a GitLab connection, a UUID such as %s.", identity.ID.ValueString(), exampleID))
		}
		return imported{id: id.String()}, diags
	}
	wanted, ok := parseImportID(req.ID)
	if !ok {
		diags.AddError("Not the id of a connection", fmt.Sprintf(
			"The import id is %q. Expected one of:\n  - the id of a GitLab connection, a UUID such as %s\n  - name/NAME for a connection of the organisation itself\n  - "+
				"PROJECT_ID/name/NAME for a connection of a project", req.ID, exampleID))
	}
	return wanted, diags
}

const exampleID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// parseImportID reads UUID, name/NAME or PROJECT_ID/name/NAME.
func parseImportID(text string) (imported, bool) {
	if id, err := uuid.Parse(text); err == nil {
		return imported{id: id.String()}, true
	}
	project, name, ofProject := strings.Cut(text, "/name/")
	if !ofProject {
		project, name = "", strings.TrimPrefix(text, "name/")
	}
	if name == text || !providerdata.IsName(name) || ofProject && !projectID.MatchString(project) {
		return imported{}, false
	}
	return imported{projectID: project, name: name}, true
}

// projectID is what ids of Infisical's projects are made of.
var projectID = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)

// justImported: an import leaves nothing but the id for the first refresh.
func (m *resourceModel) justImported() bool { return m.Name.IsNull() }

// diagnose says what to check when a connection cannot be imported.
func (i imported) diagnose(err error) diag.Diagnostic {
	if infisical.IsNotFound(err) {
		return diag.NewErrorDiagnostic("No such GitLab connection", i.notFound()+" "+providerdata.Sentence(providerdata.Reason(err)))
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

func (i imported) notFound() string {
	switch {
	case i.id != "":
		return fmt.Sprintf("There is no GitLab connection with the id %s in the organisation that the provider's identity belongs to. Check the id, and "+
			"that host and auth "+
			"in the provider block are those of the organisation that has the connection.", i.id)
	case i.projectID != "":
		return fmt.Sprintf("There is no GitLab connection named %q in %s, where the provider looked for it. Check the name and the project. To import a "+
			"connection of the organisation itself, use %q.",
			i.name, providerdata.ScopeName(i.projectID), "name/"+i.name)
	}
	return fmt.Sprintf("There is no GitLab connection named %q in the organisation itself, where the provider looked for it. Check the name. To import a "+
		"connection of a project, use %q.",
		i.name, "PROJECT_ID/name/"+i.name)
}

// identityModel is what identifies a connection, whatever its name.
type identityModel struct{ ID types.String }

// Attributes implements providerdata.Model.
func (m *identityModel) Attributes() providerdata.Attributes {
	return providerdata.Attributes{"id": &m.ID}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *connectionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the connection, a UUID."},
		},
	}
}

// identify sets the identity. The framework requires one after every create, read and update, even of a connection that
// was deleted, and state written by a CLI without identities (Terraform before 1.12, OpenTofu before 1.12) has none to
// fall back on.
func identify(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.String) {
	identity.Raw = providerdata.Encode(ctx, &identityModel{ID: id})
}
