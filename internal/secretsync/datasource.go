package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ datasource.DataSourceWithConfigure        = (*syncDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*syncDataSource)(nil)
	_ datasource.DataSourceWithConfigure        = (*syncsDataSource)(nil)
)

// NewDataSource returns the data source infisical_gitlab_secret_sync.
func NewDataSource() datasource.DataSource { return &syncDataSource{} }

type syncDataSource struct{ providerdata.DataSource }

// Metadata implements datasource.DataSource.
func (d *syncDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_sync"
}

// Schema implements datasource.DataSource.
func (d *syncDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := describedAttributes()
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Id of the sync, a UUID. Set either `id`, or `name` and `project_id`.",
		Validators:          []validator.String{providerdata.UUIDValidator()},
	}
	attributes["name"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Name of the sync in the project `project_id`.",
		Validators:          append(providerdata.NameValidators(maxName), stringvalidator.AlsoRequires(path.MatchRoot("project_id"))),
	}
	attributes["project_id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Id of the Infisical project to look in; only together with `name`. Reads as the project that holds the secrets.",
		Validators:          append(providerdata.ProjectIDValidators(), stringvalidator.ConflictsWith(path.MatchRoot("id"))),
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a Secret Sync of Infisical to GitLab, by `id`, or by `name` and `project_id`. It is an error if there is none. No secret " +
			"value is read.",
		Attributes: attributes,
	}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *syncDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

// Read implements datasource.DataSource.
func (d *syncDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var lookup providerdata.Lookup
	client := d.Data.Begin(ctx, req.Config.Raw, &lookup, &resp.Diagnostics)
	if client == nil {
		return
	}
	wanted := lookup.Wanted()
	found, err := lookUp(ctx, client, wanted)
	if err != nil {
		resp.Diagnostics.Append(diagnoseLookup(wanted, err)...)
		return
	}
	resp.State.Raw = providerdata.Encode(ctx, describe(found))
}

func lookUp(ctx context.Context, client *infisical.Client, wanted providerdata.Wanted) (infisical.Sync, error) {
	if wanted.ID != "" {
		return client.GetSync(ctx, wanted.ID)
	}
	return client.GetSyncByName(ctx, wanted.Name, wanted.ProjectID)
}

func diagnoseLookup(wanted providerdata.Wanted, err error) diag.Diagnostics {
	if !infisical.IsNotFound(err) {
		return diagnose("read", err)
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(wanted.At(), "No such GitLab secret sync", syncs.NotFound(wanted, err, nameHint))}
}

// described is a sync as data sources tell of it: what an import would record, without what is Terraform's own.
type described struct{ resourceModel }

func describe(sync infisical.Sync) *described {
	model := &described{}
	model.fromAPI(sync)
	return model
}

// Attributes implements providerdata.Model.
func (d *described) Attributes() providerdata.Attributes {
	attributes := d.settingsModel.Attributes()
	attributes["id"] = &d.ID
	attributes["status"], attributes["last_synced_at"], attributes["last_message"] = &d.Status, &d.LastSyncedAt, &d.LastMessage
	return attributes
}

// NewSyncsDataSource returns the data source infisical_gitlab_secret_syncs.
func NewSyncsDataSource() datasource.DataSource { return &syncsDataSource{} }

type syncsDataSource struct{ providerdata.DataSource }

// syncsModel is what the data source found.
type syncsModel struct {
	providerdata.Filter

	syncs providerdata.NestedList
}

// Attributes implements providerdata.Model.
func (m *syncsModel) Attributes() providerdata.Attributes {
	attributes := m.Filter.Attributes()
	attributes["syncs"] = &m.syncs
	return attributes
}

// Metadata implements datasource.DataSource.
func (d *syncsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_syncs"
}

// Schema implements datasource.DataSource.
func (d *syncsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the Secret Syncs to GitLab of an Infisical project, by one request. The list is empty if there are none; a project that " +
			"does not exist is an error.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: projectFilterDescription,
				Validators:          providerdata.ProjectIDValidators(),
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: providerdata.NameRegexDescription,
				Validators:          []validator.String{providerdata.NameRegexValidator()},
			},
			"syncs": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The syncs, sorted by name.",
				NestedObject:        schema.NestedAttributeObject{Attributes: describedAttributes()},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *syncsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	model := syncsModel{syncs: providerdata.NestedList{Of: &described{}}}
	client := d.Data.Begin(ctx, req.Config.Raw, &model.Filter, &resp.Diagnostics)
	if client == nil {
		return
	}
	found, failed := find(ctx, client, model.Filter)
	if resp.Diagnostics.Append(failed...); failed.HasError() {
		return
	}
	for _, sync := range found {
		model.syncs.Elements = append(model.syncs.Elements, describe(sync))
	}
	resp.State.Raw = providerdata.Encode(ctx, &model)
}
