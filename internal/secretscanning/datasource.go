package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ datasource.DataSourceWithConfigure        = (*scanningDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*scanningDataSource)(nil)
)

// NewDataSource returns Terraform's data source for Infisical's, infisical_gitlab_secret_scanning_data_source.
func NewDataSource() datasource.DataSource { return &scanningDataSource{} }

type scanningDataSource struct{ providerdata.DataSource }

// Metadata implements datasource.DataSource.
func (d *scanningDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + typeName
}

// Schema implements datasource.DataSource.
func (d *scanningDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a Secret Scanning data source of Infisical for GitLab, by `id` or by `name`. It is an error if there is none.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Id of the data source, a UUID. Set exactly one of `id` and `name`.",
				Validators:          []validator.String{providerdata.UUIDValidator()},
			},
			"name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Name of the data source in its project.",
				Validators:          providerdata.NameValidators(maxName),
			},
			"project_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Id of the Infisical project to look in; only together with `name`. Newer servers look in the organisation's only project " +
					"for Secret Scanning by default; older ones require the id. Reads as the project that the data source belongs to.",
				Validators: append(providerdata.ProjectIDValidators(), stringvalidator.ConflictsWith(path.MatchRoot("id"))),
			},
			"description":   computedText("What the data source is for; null when it has no description."),
			"connection_id": computedText("Id of the GitLab Connection with whose token Infisical scans."),
			"target":        describedTarget(),
			"auto_scan":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether Infisical scans each push."},
			"external_id":   computedText("Id of the GitLab project or group as Infisical records it; null with servers that record none."),
			"disconnected":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether Infisical has lost its access to GitLab."},
		},
	}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func describedTarget() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "What is scanned.",
		Attributes: map[string]schema.Attribute{
			"project": computedText("Project of GitLab, by full path if Infisical has it, else by numeric id; null for a group."),
			"group":   computedText("Group of GitLab, by full path if Infisical has it, else by numeric id; null for a project."),
			"include_projects": schema.SetAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "Projects of the group that are scanned, by full path; `*` stands for all. Null for a project.",
			},
			"id": computedText("Numeric id of the project or group."),
		},
	}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *scanningDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

// Read implements datasource.DataSource.
func (d *scanningDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
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
	var read describedModel
	read.fromAPI(found)
	resp.State.Raw = providerdata.Encode(ctx, &read)
}

func lookUp(ctx context.Context, client *infisical.Client, wanted providerdata.Wanted) (infisical.DataSource, error) {
	if wanted.ID != "" {
		return client.GetDataSource(ctx, wanted.ID)
	}
	return client.GetDataSourceByName(ctx, wanted.Name, wanted.ProjectID)
}

func diagnoseLookup(wanted providerdata.Wanted, err error) diag.Diagnostics {
	if infisical.IsScanningProjectMissing(err) || !infisical.IsNotFound(err) {
		return diagnose("read", err)
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(wanted.At(), "No such GitLab data source", dataSources.NotFound(wanted, err, nameHint))}
}
