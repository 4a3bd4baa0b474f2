package connection

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// connections are what imports and data sources look for.
var connections = providerdata.Kind{Name: "GitLab connection", InOrganization: true}

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
