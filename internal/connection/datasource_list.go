package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ datasource.DataSource              = (*connectionsDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*connectionsDataSource)(nil)
)

// NewConnectionsDataSource returns the data source infisical_gitlab_connections.
func NewConnectionsDataSource() datasource.DataSource { return &connectionsDataSource{} }

type connectionsDataSource struct{ data *providerdata.Data }

// connectionsModel is what the data source found.
type connectionsModel struct {
	filter

	connections providerdata.NestedList
}

// Attributes implements providerdata.Model.
func (m *connectionsModel) Attributes() providerdata.Attributes {
	attributes := m.filter.Attributes()
	attributes["connections"] = &m.connections
	return attributes
}

// Metadata implements datasource.DataSource.
func (d *connectionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connections"
}

// Schema implements datasource.DataSource.
func (d *connectionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The GitLab Connections of an Infisical organisation or project. The list is empty when none is there; a project that does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: projectFilterDescription,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: nameFilterDescription,
				Validators:          []validator.String{regexValidator()},
			},
			"connections": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The connections, sorted by name, then by project. None of their secrets.",
				NestedObject:        schema.NestedAttributeObject{Attributes: describedAttributes()},
			},
		},
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *connectionsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	data, diags := providerdata.Of(req.ProviderData)
	d.data = data
	resp.Diagnostics.Append(diags...)
}

// Read implements datasource.DataSource.
func (d *connectionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	model := connectionsModel{connections: providerdata.NestedList{Of: described{}}}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &model.filter)...)
	client, clientDiags := d.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := model.find(ctx, client)
	if err != nil {
		resp.Diagnostics.Append(model.diagnose(err))
		return
	}
	for _, connection := range found {
		model.connections.Elements = append(model.connections.Elements, described{connection})
	}
	resp.State.Raw = providerdata.Encode(ctx, &model)
}
