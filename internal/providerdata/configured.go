package providerdata

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// DataSource is what every data source embeds. Data is nil before the provider is configured.
type DataSource struct{ Data *Data }

// Configure implements datasource.DataSourceWithConfigure.
func (d *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.Data = Of(req.ProviderData, &resp.Diagnostics)
}

// ListResource is what every list resource embeds.
type ListResource struct{ Data *Data }

// Configure implements list.ListResourceWithConfigure.
func (l *ListResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.Data = Of(req.ProviderData, &resp.Diagnostics)
}

// Action is what every action embeds.
type Action struct{ Data *Data }

// Configure implements action.ActionWithConfigure.
func (a *Action) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.Data = Of(req.ProviderData, &resp.Diagnostics)
}

// Begin is how a call begins: it decodes what was given into a model, and returns the client. It returns nil after an
// error.
func (d *Data) Begin(ctx context.Context, given tftypes.Value, into attribute.Model, diags *diag.Diagnostics) *infisical.Client {
	diags.Append(attribute.Decode(ctx, given, into)...)
	if references, ok := into.(interface{ RefuseMadeUp() diag.Diagnostics }); ok {
		diags.Append(references.RefuseMadeUp()...)
	}
	client, clientDiags := d.Client()
	if diags.Append(clientDiags...); diags.HasError() {
		return nil
	}
	return client
}
