package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// kind is what syncs have in common with other objects of Infisical's.
var kind = object.Kind[infisical.Sync]{
	Noun:    "secret sync",
	Refresh: (*infisical.Client).RefreshSync, Find: (*infisical.Client).FindSync,
	Diagnose: diagnose,
	DiagnoseImport: func(id string, err error) diag.Diagnostics {
		return diagnoseImport(providerdata.Wanted{ID: id}, err)
	},
}

// recall is what is remembered of a sync.
func recall(ctx context.Context, private providerdata.PrivateReader, state resourceModel, diags *diag.Diagnostics) object.Recorded {
	origin, originDiags := object.RecallOrigin(ctx, private)
	diags.Append(originDiags...)
	return object.Recorded{ID: state.ID.ValueString(), Name: state.Name.ValueString(), ProjectID: state.ProjectID.ValueString(), Origin: origin}
}
