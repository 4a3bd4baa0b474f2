package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var _ datasource.DataSourceWithConfigure = (*connectionsDataSource)(nil)

// inList is a described connection with what only a list tells.
type inList struct{ described }

// Attributes implements providerdata.Model.
func (l inList) Attributes() providerdata.Attributes {
	attributes := l.described.Attributes()
	attributes["project_name"] = new(providerdata.Optional(l.ProjectName))
	attributes["project_slug"] = new(providerdata.Optional(l.ProjectSlug))
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

type connectionsDataSource struct{ providerdata.DataSource }

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
	client := d.Data.Begin(ctx, req.Config.Raw, &model.Filter, &resp.Diagnostics)
	if client == nil {
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

var (
	_ list.ListResource              = (*connectionList)(nil)
	_ list.ListResourceWithConfigure = (*connectionList)(nil)
)

// NewListResource returns the list resource infisical_gitlab_connection, which `terraform query` asks for what exists.
func NewListResource() list.ListResource { return &connectionList{} }

type connectionList struct{ providerdata.ListResource }

// Metadata implements list.ListResource. The name is that of the resource.
func (l *connectionList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// ListResourceConfigSchema implements list.ListResource.
func (l *connectionList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = providerdata.ListSchema("Lists GitLab Connections for `terraform query`, to import those that were created by hand. Requires Terraform 1.14.",
		listschema.StringAttribute{
			Optional:            true,
			MarkdownDescription: projectFilterDescription,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		})
}

// List implements list.ListResource.
func (l *connectionList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, diags := l.find(ctx, req)
	providerdata.StreamList(stream, req.Limit, found, diags, func(connection infisical.Connection) list.ListResult {
		return listed(ctx, req, connection)
	})
}

func (l *connectionList) find(ctx context.Context, req list.ListRequest) ([]infisical.Connection, diag.Diagnostics) {
	var filter providerdata.Filter
	var diags diag.Diagnostics
	client := l.Data.Begin(ctx, req.Config.Raw, &filter, &diags)
	if client == nil {
		return nil, diags
	}
	found, failed := find(ctx, client, filter)
	return found, append(diags, failed...)
}

// listed is a connection as an import would record it.
func listed(ctx context.Context, req list.ListRequest, connection infisical.Connection) list.ListResult {
	var model resourceModel
	model.fromAPI(connection)
	return providerdata.ListResult(ctx, req, displayName(connection), model.ID, &model)
}

// displayName distinguishes connections of one name: names are unique in the organisation itself and in each project.
func displayName(connection infisical.Connection) string {
	if connection.ProjectID == "" {
		return connection.Name
	}
	return connection.Name + " (project " + connection.ProjectID + ")"
}

const projectFilterDescription = "Id of an Infisical project, to list only its connections. Unset by default, which lists those of the organisation itself " +
	"and of all its projects, as far as the provider's identity may see them."

// find lists the connections that a filter selects.
func find(ctx context.Context, client *infisical.Client, filter providerdata.Filter) ([]infisical.Connection, diag.Diagnostics) {
	found, err := providerdata.Find(ctx, filter, client.List, func(c infisical.Connection) (name, projectID string) { return c.Name, c.ProjectID })
	if err != nil {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Could not list the GitLab connections", filter.Looked(diagnose("list", err)[0].Detail(), err))}
	}
	return found, nil
}
