package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// dataSources are what imports and data sources look for.
var dataSources = providerdata.Kind{Name: "GitLab data source for Secret Scanning"}

// ImportState implements resource.ResourceWithImportState.
func (r *scanningResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, diags := r.data.Client()
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	dataSources.ImportState(ctx, req, resp, func(wanted providerdata.Wanted) (string, diag.Diagnostics) {
		found, err := client.GetDataSourceByName(ctx, wanted.Name, wanted.ProjectID)
		if err != nil {
			return "", diagnoseImport(wanted, err)
		}
		return found.ID, nil
	})
}

// diagnoseImport says what to check when a data source cannot be imported.
func diagnoseImport(wanted providerdata.Wanted, err error) diag.Diagnostics {
	if infisical.IsScanningProjectMissing(err) || !infisical.IsNotFound(err) {
		return diagnose("import", err)
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("No such GitLab data source", dataSources.NotFound(wanted, err, nameHint))}
}

// nameHint is what to check of a name that was not found.
const nameHint = "Check the name, and that the project is given by its id."

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *scanningResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = dataSources.IdentitySchema()
}
