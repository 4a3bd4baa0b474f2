package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// syncs are what imports and data sources look for.
var syncs = providerdata.Kind{Name: "GitLab secret sync"}

// ImportState implements resource.ResourceWithImportState.
func (r *syncResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	client, diags := r.data.Client()
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	syncs.ImportState(ctx, req, resp, func(wanted providerdata.Wanted) (string, diag.Diagnostics) {
		found, err := client.GetSyncByName(ctx, wanted.Name, wanted.ProjectID)
		if err != nil {
			return "", diagnoseImport(wanted, err)
		}
		return found.ID, nil
	})
}

// diagnoseImport says what to check when a sync cannot be imported.
func diagnoseImport(wanted providerdata.Wanted, err error) diag.Diagnostics {
	if !infisical.IsNotFound(err) {
		return diagnose("import", err)
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("No such GitLab secret sync", syncs.NotFound(wanted, err, nameHint))}
}

// fillIn are the settings that Infisical is not told, as an import has them.
func (m *resourceModel) fillIn() {
	m.WaitForSync, m.OnDestroy = types.BoolValue(true), types.StringValue(keep)
}

// nameHint is what to check of a name that was not found.
const nameHint = "Check the name, and that the project is given by its id."

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *syncResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = syncs.IdentitySchema()
}
