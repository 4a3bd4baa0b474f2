package object

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// Description is how data sources tell of an object: the attributes, all of which are computed, and their model.
type Description[T infisical.Object] struct {
	Attributes map[string]schema.Attribute
	Model      func(T) attribute.Model
}

// LookupDocs document a data source of one object: as a whole, and the attributes that say which one.
type LookupDocs struct{ DataSource, ID, Name, ProjectID string }

// DataSource is the data source of one object, by its id or its name.
func (k Kind[T]) DataSource(docs LookupDocs, description Description[T]) datasource.DataSource {
	return &oneDataSource[T]{kind: k, docs: docs, description: description}
}

type oneDataSource[T infisical.Object] struct {
	providerdata.DataSource

	kind        Kind[T]
	docs        LookupDocs
	description Description[T]
}

// Metadata implements datasource.DataSource.
func (d *oneDataSource[T]) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.kind.Type
}

// Schema implements datasource.DataSource.
func (d *oneDataSource[T]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes, byName := maps.Clone(d.description.Attributes), attribute.NameValidators(d.kind.MaxName)
	if d.kind.NoProject == "" {
		byName = append(byName, attribute.OnlyBeside("project_id"))
	}
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true, MarkdownDescription: d.docs.ID, Validators: []validator.String{attribute.UUIDValidator()},
	}
	attributes["name"] = schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: d.docs.Name, Validators: byName}
	attributes["project_id"] = schema.StringAttribute{
		Optional: true, Computed: true, MarkdownDescription: d.docs.ProjectID,
		Validators: append(attribute.ProjectIDValidators(), attribute.NotBeside("id")),
	}
	resp.Schema = schema.Schema{MarkdownDescription: d.docs.DataSource, Attributes: attributes}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *oneDataSource[T]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{attribute.ExactlyOneOf("id", "name")}
}

// Read implements datasource.DataSource.
func (d *oneDataSource[T]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config lookup
	client := d.Data.Begin(ctx, req.Config.Raw, &config, &resp.Diagnostics)
	if client == nil {
		return
	}
	wanted := Wanted{ID: config.ID.ValueString(), Name: config.Name.ValueString(), ProjectID: config.ProjectID.ValueString()}
	found, err := d.kind.lookUp(ctx, client, wanted)
	if err != nil {
		resp.Diagnostics.Append(d.kind.DiagnoseLookup(wanted, err)...)
		return
	}
	resp.State.Raw = attribute.Encode(ctx, d.description.Model(found))
}

// ListDataSource is the data source of all objects that a filter selects, under an attribute of that name.
func (k Kind[T]) ListDataSource(attribute string, docs ListDocs, description Description[T]) datasource.DataSource {
	return &listDataSource[T]{kind: k, attribute: attribute, docs: docs, description: description}
}

type listDataSource[T infisical.Object] struct {
	providerdata.DataSource

	kind        Kind[T]
	attribute   string
	docs        ListDocs
	description Description[T]
}

// Metadata implements datasource.DataSource.
func (d *listDataSource[T]) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.kind.Type + "s"
}

// Schema implements datasource.DataSource.
func (d *listDataSource[T]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	needsProject := d.kind.NoProject == ""
	resp.Schema = schema.Schema{
		MarkdownDescription: d.docs.List,
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required: needsProject, Optional: !needsProject, MarkdownDescription: d.docs.ProjectID, Validators: attribute.ProjectIDValidators(),
			},
			"name_regex": schema.StringAttribute{
				Optional: true, MarkdownDescription: nameRegexDescription, Validators: []validator.String{nameRegexValidator()},
			},
			"except_name_regex": schema.StringAttribute{
				Optional: true, MarkdownDescription: exceptNameRegexDescription, Validators: []validator.String{nameRegexValidator()},
			},
			d.attribute: schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: d.docs.Objects, NestedObject: schema.NestedAttributeObject{Attributes: d.description.Attributes},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *listDataSource[T]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var none T
	model := listed{attribute: d.attribute, objects: attribute.NestedList{Of: d.description.Model(none)}}
	client := d.Data.Begin(ctx, req.Config.Raw, &model.Filter, &resp.Diagnostics)
	if client == nil {
		return
	}
	found, failed := d.kind.find(ctx, client, model.Filter)
	if resp.Diagnostics.Append(failed...); failed.HasError() {
		return
	}
	for _, object := range found {
		model.objects.Elements = append(model.objects.Elements, d.description.Model(object))
	}
	resp.State.Raw = attribute.Encode(ctx, &model)
}

// listed is what a ListDataSource found.
type listed struct {
	Filter

	attribute string
	objects   attribute.NestedList
}

// Attributes implements attribute.Model.
func (m *listed) Attributes() attribute.Fields {
	attributes := m.Filter.Attributes()
	attributes[m.attribute] = &m.objects
	return attributes
}
