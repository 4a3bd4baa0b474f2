package connection

import (
	"context"
	"fmt"
	"time"

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
	_ datasource.DataSource                     = (*connectionDataSource)(nil)
	_ datasource.DataSourceWithConfigure        = (*connectionDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*connectionDataSource)(nil)
)

// NewDataSource returns the data source infisical_gitlab_connection.
func NewDataSource() datasource.DataSource { return &connectionDataSource{} }

type connectionDataSource struct{ data *providerdata.Data }

// dataSourceModel describes a connection without any credential.
type dataSourceModel struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	ProjectID       types.String `tfsdk:"project_id"`
	Description     types.String `tfsdk:"description"`
	OrganizationID  types.String `tfsdk:"organization_id"`
	Method          types.String `tfsdk:"method"`
	AccessTokenType types.String `tfsdk:"access_token_type"`
	InstanceURL     types.String `tfsdk:"instance_url"`
	CredentialsHash types.String `tfsdk:"credentials_hash"`
	CreatedAt       types.String `tfsdk:"created_at"`
}

// Metadata implements datasource.DataSource.
func (d *connectionDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// Schema implements datasource.DataSource.
func (d *connectionDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := describedAttributes()
	attributes["id"] = schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "Id of the connection, a UUID. Exactly one of `id` and `name` is needed.",
		Validators:          []validator.String{uuidValidator()},
	}
	attributes["name"] = schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "Name of the connection. Looked for in the project `project_id`, or, without one, among the connections of the organisation itself.",
		Validators:          providerdata.NameValidators(),
	}
	attributes["project_id"] = schema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "Id of the Infisical project to look in; goes with `name` only. When read: the project that the connection belongs to, null for one of the " +
			"organisation itself.",
		Validators: []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(path.MatchRoot("id"))},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One GitLab Connection of Infisical, by `id` or by `name`. It is an error when there is none.",
		Attributes:          attributes,
	}
}

// describedAttributes are those of a dataSourceModel.
func describedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                computedString("Id of the connection, a UUID."),
		"name":              computedString("Name of the connection."),
		"project_id":        computedString("Id of the Infisical project that the connection belongs to; null for one of the organisation itself."),
		"description":       computedString("What the connection is for; null when it has no description."),
		"organization_id":   computedString("Id of the Infisical organisation that the connection belongs to."),
		"method":            computedString("How Infisical authenticates to GitLab: `access-token` or `oauth`."),
		"access_token_type": computedString("Kind of the token: `personal`, `project` or `group`; null when the method is `oauth`."),
		"instance_url":      computedString("Address of GitLab as Infisical reaches it; `https://gitlab.com` when the connection names none."),
		"credentials_hash":  computedString("Infisical's hash of the stored credentials, hexadecimal. It differs after every write of credentials."),
		"created_at":        computedString("When the connection was made, in RFC 3339."),
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *connectionDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *connectionDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	data, diags := providerdata.Of(req.ProviderData)
	d.data = data
	resp.Diagnostics.Append(diags...)
}

// Read implements datasource.DataSource.
func (d *connectionDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model dataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
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
	resp.Diagnostics.Append(resp.State.Set(ctx, describe(found))...)
}

func (m dataSourceModel) find(ctx context.Context, client *infisical.Client) (infisical.Connection, error) {
	if !m.ID.IsNull() {
		return client.Get(ctx, m.ID.ValueString())
	}
	return client.GetByName(ctx, m.Name.ValueString(), m.ProjectID.ValueString())
}

func (m dataSourceModel) diagnose(err error) diag.Diagnostic {
	if !infisical.IsNotFound(err) {
		return diagnose("read", err)[0]
	}
	if !m.ID.IsNull() {
		return diag.NewAttributeErrorDiagnostic(path.Root("id"), "No such GitLab connection",
			fmt.Sprintf("There is no GitLab connection with the id %s in the organisation that the provider's identity belongs to. %s", m.ID.ValueString(), providerdata.Sentence(providerdata.Reason(err))))
	}
	hint := "Connections of a project are found only with project_id."
	if !m.ProjectID.IsNull() {
		hint = "Connections of the organisation itself are found only without project_id."
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("name"), "No such GitLab connection",
		fmt.Sprintf("There is no GitLab connection named %q in %s, which is where it was looked for. %s %s",
			m.Name.ValueString(), providerdata.ScopeName(m.ProjectID.ValueString()), hint, providerdata.Sentence(providerdata.Reason(err))))
}

func describe(connection infisical.Connection) dataSourceModel {
	return dataSourceModel{
		ID:              types.StringValue(connection.ID),
		Name:            types.StringValue(connection.Name),
		ProjectID:       optional(connection.ProjectID),
		Description:     types.StringPointerValue(connection.Description),
		OrganizationID:  types.StringValue(connection.OrganizationID),
		Method:          types.StringValue(connection.Method),
		AccessTokenType: optional(connection.AccessTokenType),
		InstanceURL:     types.StringValue(connection.InstanceURL),
		CredentialsHash: optional(connection.CredentialsHash),
		CreatedAt:       types.StringValue(connection.CreatedAt.Format(time.RFC3339Nano)),
	}
}
