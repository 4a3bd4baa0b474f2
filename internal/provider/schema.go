package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/objectvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/connection"
)

const (
	defaultHost           = "https://app.infisical.com"
	defaultRequestTimeout = 30 * time.Second
	defaultMaxRetries     = 4

	defaultExpiryWarningDays = 14
)

// model is the provider block. Nested blocks are objects because they can be unknown as a whole while Terraform plans.
type model struct {
	Host           types.String `tfsdk:"host"`
	Auth           types.Object `tfsdk:"auth"`
	GitLab         types.Object `tfsdk:"gitlab"`
	CACertificate  types.String `tfsdk:"ca_certificate"`
	RequestTimeout types.String `tfsdk:"request_timeout"`
	MaxRetries     types.Int64  `tfsdk:"max_retries"`
	AllowHTTP      types.Bool   `tfsdk:"allow_http"`
}

type authModel struct {
	OrganizationSlug types.String    `tfsdk:"organization_slug"`
	Token            types.String    `tfsdk:"token"`
	Universal        *universalModel `tfsdk:"universal"`
}

type universalModel struct {
	ClientID     types.String `tfsdk:"client_id"`
	ClientSecret types.String `tfsdk:"client_secret"`
}

type gitlabModel struct {
	InstanceURL       types.String `tfsdk:"instance_url"`
	ManagementToken   types.String `tfsdk:"management_token"`
	CACertificate     types.String `tfsdk:"ca_certificate"`
	TokenValidation   types.String `tfsdk:"token_validation"`
	ExpiryWarningDays types.Int64  `tfsdk:"expiry_warning_days"`
}

// Schema implements provider.Provider.
func (p *infisicalProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the GitLab Connections of [Infisical](https://infisical.com): the credentials with which Infisical's " +
			"Secret Syncs and Secret Scanning act on GitLab. Nothing is asked of either server before the first resource or data source needs it.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address of the Infisical server, an `https` URL (`http` for this machine, or with `allow_http`). Defaults to the environment variable `INFISICAL_HOST`, " +
					"else `" + defaultHost + "`.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"auth":   authAttribute(),
			"gitlab": gitlabAttribute(),
			"ca_certificate": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Certificates, PEM, that are trusted for the connection to `host` in addition to the system's, " +
					"such as `file(\"infisical-ca.pem\")`. None by default.",
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How long one request may take, a duration such as `45s` or `2m`, above zero. Requests that carry credentials wait at least `90s`, " +
					"because the server asks GitLab before it answers. Defaults to `30s`.",
				Validators: []validator.String{durationValidator{}},
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How often a request that failed in passing (no connection, rate limit, 502, 503, 504) is sent again, 0 to 20. " +
					"A request that creates something is repeated only when it surely was not processed. Defaults to `4`.",
				Validators: []validator.Int64{int64validator.Between(0, 20)},
			},
			"allow_http": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether plain `http` is accepted for other machines than this one, for Infisical and for GitLab; credentials then cross the network " +
					"in clear. Defaults to `false`.",
			},
		},
	}
}

func authAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "The machine identity that this provider acts as; exactly one method. Without one, the environment decides: `INFISICAL_AUTH_METHOD` " +
			"(`universal` or `token`), or whichever method has its variables set.",
		Attributes: map[string]schema.Attribute{
			"organization_slug": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Slug of the sub-organisation to act in. Defaults to the environment variable `INFISICAL_AUTH_ORGANIZATION_SLUG`, else the identity's own " +
					"organisation. Has no effect with `token`.",
			},
			"token": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "An access token of a machine identity, used as it is and not renewed. Defaults to the environment variable " +
					"`INFISICAL_TOKEN`.",
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1),
					stringvalidator.ConflictsWith(path.MatchRoot("auth").AtName("universal")),
				},
			},
			"universal": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Universal Auth: the client id and secret of a machine identity.",
				Validators:          []validator.Object{objectvalidator.ConflictsWith(path.MatchRoot("auth").AtName("token"))},
				Attributes: map[string]schema.Attribute{
					"client_id": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Client id. Defaults to the environment variable `INFISICAL_UNIVERSAL_AUTH_CLIENT_ID`.",
					},
					"client_secret": schema.StringAttribute{
						Optional:  true,
						Sensitive: true,
						MarkdownDescription: "Client secret. Defaults to the environment variable `INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET`. A refused one is not tried again " +
							"in the same run, because failed logins lead to a lock-out.",
					},
				},
			},
		},
	}
}

func gitlabAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How this provider itself talks to GitLab, to find out whether tokens can do what they are for and to make managed tokens, and which GitLab new connections use.",
		Attributes: map[string]schema.Attribute{
			"instance_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The GitLab of new connections that name none, an `https` URL (`http` for this machine, or with `allow_http`); a trailing `/api/v4` is taken off. " +
					"Connections that exist already keep theirs. Defaults to the environment variable `GITLAB_BASE_URL`, else `https://gitlab.com`.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"ca_certificate": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Certificates, PEM, that are trusted for connections from here to GitLab in addition to the system's, such as `file(\"gitlab-ca.pem\")`. " +
					"None by default. Infisical's own connections to GitLab are not affected.",
			},
			"management_token": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "A personal access token with the scope `api`, with which managed tokens (`managed_access_token`) are made and revoked; its user must be Maintainer of their projects or " +
					"Owner of their groups. It is sent to `gitlab.instance_url` and nowhere else. Defaults to the environment variable `GITLAB_TOKEN`.",
			},
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What comes of findings about tokens, unless a resource says otherwise: `enforce` makes them errors where a token is about to be sent, `warn` warnings, and " +
					"`off` asks GitLab nothing. That GitLab could not be asked is never more than a warning. Defaults to `enforce`.",
				Validators: []validator.String{stringvalidator.OneOf(connection.ValidationEnforce, connection.ValidationWarn, connection.ValidationOff)},
			},
			"expiry_warning_days": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Every plan warns of a token that has fewer full days left than this, 0 to 365; 0 never warns. Defaults to `14`.",
				Validators:          []validator.Int64{int64validator.Between(0, 365)},
			},
		},
	}
}

// durationValidator accepts what time.ParseDuration reads, above zero.
type durationValidator struct{}

func (durationValidator) Description(context.Context) string {
	return "must be a duration above zero such as 45s or 2m"
}

func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v durationValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration",
			"The value is "+req.ConfigValue.String()+". It "+v.Description(ctx)+".")
	}
}
