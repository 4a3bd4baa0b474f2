package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var _ datasource.DataSourceWithConfigure = (*connectionsDataSource)(nil)

// inList is a described connection with what only a list tells.
type inList struct{ described }

// Attributes implements providerdata.Model.
func (l inList) Attributes() providerdata.Attributes {
	attributes := l.described.Attributes()
	attributes["project_name"] = new(optional(l.ProjectName))
	attributes["project_slug"] = new(optional(l.ProjectSlug))
	return attributes
}

func listedAttributes() map[string]schema.Attribute {
	attributes := describedAttributes()
	attributes["project_name"] = computedString("Name of the Infisical project that the connection belongs to; null for one of the organisation itself, and if " +
		"the server does not say.")
	attributes["project_slug"] = computedString("Slug of that project; null likewise.")
	return attributes
}

// NewConnectionsDataSource returns the data source infisical_gitlab_connections.
func NewConnectionsDataSource() datasource.DataSource { return &connectionsDataSource{} }

type connectionsDataSource struct{ dataSource }

// connectionsModel is what the data source found.
type connectionsModel struct {
	providerdata.Filter

	connections providerdata.NestedList
}

// Attributes implements providerdata.Model.
func (m *connectionsModel) Attributes() providerdata.Attributes {
	attributes := m.Filter.Attributes()
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
		MarkdownDescription: "Lists the GitLab Connections of an Infisical organisation or project. The list is empty if there are none; a project that " +
			"does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: projectFilterDescription,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: providerdata.NameRegexDescription,
				Validators:          []validator.String{providerdata.NameRegexValidator()},
			},
			"connections": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The connections, sorted by name, then by project, without their secrets.",
				NestedObject:        schema.NestedAttributeObject{Attributes: listedAttributes()},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *connectionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	model := connectionsModel{connections: providerdata.NestedList{Of: inList{}}}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &model.Filter)...)
	client, clientDiags := d.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, failed := find(ctx, client, model.Filter)
	if resp.Diagnostics.Append(failed...); failed.HasError() {
		return
	}
	for _, connection := range found {
		model.connections.Elements = append(model.connections.Elements, inList{described{connection}})
	}
	resp.State.Raw = providerdata.Encode(ctx, &model)
}
