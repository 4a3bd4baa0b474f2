package connection

import (
	"context"
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
	_ datasource.DataSourceWithConfigure        = (*connectionDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*connectionDataSource)(nil)
)

// NewDataSource returns the data source infisical_gitlab_connection.
func NewDataSource() datasource.DataSource { return &connectionDataSource{} }

type connectionDataSource struct{ providerdata.DataSource }

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
		MarkdownDescription: "Id of the connection, a UUID. Set exactly one of `id` and `name`.",
		Validators:          []validator.String{providerdata.UUIDValidator()},
	}
	attributes["name"] = schema.StringAttribute{
		Optional:            true,
		Computed:            true,
		MarkdownDescription: "Name of the connection in the project `project_id`, or, without one, in the organisation itself.",
		Validators:          providerdata.NameValidators(maxName),
	}
	attributes["project_id"] = schema.StringAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "Id of the Infisical project to look in; only together with `name`. Reads as the project that the connection belongs to, or " +
			"null for one of the organisation itself.",
		Validators: []validator.String{stringvalidator.LengthAtLeast(1), stringvalidator.ConflictsWith(path.MatchRoot("id"))},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a GitLab Connection of Infisical, by `id` or by `name`. It is an error if there is none.",
		Attributes:          attributes,
	}
}

// describedAttributes are those of a described connection.
func describedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                computedString("Id of the connection, a UUID."),
		"name":              computedString("Name of the connection."),
		"project_id":        computedString("Id of the Infisical project that the connection belongs to; null for one of the organisation itself."),
		"description":       computedString("What the connection is for; null when it has no description."),
		"organization_id":   computedString("Id of the Infisical organisation that the connection belongs to."),
		"method":            computedString("How Infisical authenticates to GitLab: `access-token` or `oauth`."),
		"access_token_type": computedString("Kind of the token: `personal`, `project` or `group`; null when the method is `oauth`."),
		"instance_url":      computedString("Address of GitLab as Infisical reaches it; `https://gitlab.com` if the connection sets none."),
		"credentials_hash":  computedString("Infisical's hash of the stored credentials, hexadecimal. It changes with every write of credentials."),
		"created_at":        computedString("Time of the connection's creation, in RFC 3339."),
		"updated_at": computedString("Time of the last change of the connection, in RFC 3339: of its name, description or credentials. With `oauth` " +
			"it also moves when Infisical refreshes the grant. Null if the server does not say."),
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// ConfigValidators implements datasource.DataSourceWithConfigValidators.
func (d *connectionDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"))}
}

// Read implements datasource.DataSource.
func (d *connectionDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var lookup providerdata.Lookup
	client := d.Data.Begin(ctx, req.Config.Raw, &lookup, &resp.Diagnostics)
	if client == nil {
		return
	}
	wanted := lookup.Wanted()
	found, err := lookUp(ctx, client, wanted)
	if err != nil {
		resp.Diagnostics.Append(diagnoseLookup(wanted, err))
		return
	}
	resp.State.Raw = providerdata.Encode(ctx, described{found})
}

func lookUp(ctx context.Context, client *infisical.Client, wanted providerdata.Wanted) (infisical.Connection, error) {
	if wanted.ID != "" {
		return client.Get(ctx, wanted.ID)
	}
	return client.GetByName(ctx, wanted.Name, wanted.ProjectID)
}

func diagnoseLookup(wanted providerdata.Wanted, err error) diag.Diagnostic {
	if !infisical.IsNotFound(err) {
		return diagnose("read", err)[0]
	}
	hint := "To find a connection of a project, set project_id."
	if wanted.ProjectID != "" {
		hint = "To find a connection of the organisation itself, remove project_id."
	}
	return diag.NewAttributeErrorDiagnostic(wanted.At(), "No such GitLab connection", connections.NotFound(wanted, err, hint))
}

// described is a connection without any credential.
type described struct{ infisical.Connection }

// Attributes implements providerdata.Model.
func (d described) Attributes() providerdata.Attributes {
	return providerdata.Attributes{
		"id":                new(types.StringValue(d.ID)),
		"name":              new(types.StringValue(d.Name)),
		"project_id":        new(providerdata.Optional(d.ProjectID)),
		"description":       new(types.StringPointerValue(d.Description)),
		"organization_id":   new(types.StringValue(d.OrganizationID)),
		"method":            new(types.StringValue(d.Method)),
		"access_token_type": new(providerdata.Optional(d.AccessTokenType)),
		"instance_url":      new(types.StringValue(d.InstanceURL)),
		"credentials_hash":  new(providerdata.Optional(d.CredentialsHash)),
		"created_at":        new(types.StringValue(d.CreatedAt.Format(time.RFC3339Nano))),
		"updated_at":        new(d.updatedAt()),
	}
}

func (d described) updatedAt() types.String {
	if d.UpdatedAt.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(d.UpdatedAt.Format(time.RFC3339Nano))
}
