package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ datasource.DataSource              = (*optionsDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*optionsDataSource)(nil)
)

// NewOptionsDataSource returns the data source infisical_gitlab_connection_options.
func NewOptionsDataSource() datasource.DataSource { return &optionsDataSource{} }

type optionsDataSource struct{ providerdata.DataSource }

type optionsModel struct {
	InstanceURL, SiteURL, State              types.String
	UseCases                                 types.Set
	Methods                                  types.List
	OAuthClientID, RedirectURI, AuthorizeURL types.String
}

// Attributes implements attribute.Model.
func (m *optionsModel) Attributes() attribute.Fields {
	return attribute.Fields{
		"instance_url": &m.InstanceURL, "site_url": &m.SiteURL, "use_cases": &m.UseCases, "state": &m.State,
		"methods": &m.Methods, "oauth_client_id": &m.OAuthClientID, "redirect_uri": &m.RedirectURI, "authorize_url": &m.AuthorizeURL,
	}
}

// Metadata implements datasource.DataSource.
func (d *optionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection_options"
}

// Schema implements datasource.DataSource.
func (d *optionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads what this Infisical server offers for GitLab Connections, and the page to visit for an OAuth authorization code.",
		Attributes: map[string]schema.Attribute{
			"instance_url": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Address of the GitLab that issues the code, an `https` URL. Defaults to the provider's `gitlab.instance_url`, which " +
					"defaults to `https://gitlab.com`.",
				Validators: []validator.String{instanceURLValidator()},
			},
			"site_url": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The server's `SITE_URL`, an `https` URL, with which the redirect URI begins. Defaults to the provider's `host`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"use_cases": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "What the connection is for: any of `project_secret_sync`, `group_secret_sync`, `project_secret_scanning`, " +
					"`group_secret_scanning`. They " +
					"determine the scopes in `authorize_url`; GitLab refuses scopes that its application does not have. Defaults to all of them.",
				Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf(useNames()...))},
			},
			"state": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Arbitrary text that GitLab returns together with the code. None by default.",
			},
			"methods": schema.ListAttribute{Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Methods that the server offers: `access-token`, `oauth`."},
			"oauth_client_id": computedString("Application ID of the server's GitLab OAuth application; null if it has none."),
			"redirect_uri":    computedString("The redirect URI that the GitLab OAuth application must have."),
			"authorize_url": computedString("URL of the page where a person grants access, and from which GitLab redirects to `redirect_uri` with the code " +
				"in the address; " +
				"null without `oauth_client_id`."),
		},
	}
}

// Read implements datasource.DataSource.
func (d *optionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model optionsModel
	client := d.Data.Begin(ctx, req.Config.Raw, &model, &resp.Diagnostics)
	if client == nil {
		return
	}
	options, err := client.Connections.Options(ctx)
	if err != nil {
		resp.Diagnostics.Append(diagnose("read the options of", err)...)
		return
	}
	if model.InstanceURL.IsNull() {
		model.InstanceURL = d.Data.InstanceURL
	}
	if model.InstanceURL.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("instance_url"), "GitLab's address is not known yet",
			"The provider's gitlab.instance_url is known only after apply, and the page to visit depends on it. Set instance_url here, or set "+
				"gitlab.instance_url to a value "+
				"that is known during the plan.")
		return
	}
	if model.SiteURL.IsNull() {
		model.SiteURL = types.StringValue(client.Host())
	}
	model.Methods = textList(options.Methods)
	model.OAuthClientID = attribute.Optional(options.OAuthClientID)
	model.RedirectURI = types.StringValue(redirectURI(model.SiteURL.ValueString()))
	if options.OAuthClientID != "" {
		uses := usesOf(model.UseCases)
		model.AuthorizeURL = types.StringValue(gitlab.AuthorizeURL(model.InstanceURL.ValueString(), options.OAuthClientID, model.RedirectURI.ValueString(),
			model.State.ValueString(), oauthScopes(uses)))
	}
	resp.State.Raw = attribute.Encode(ctx, &model)
}
