package provider

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

const (
	defaultHost           = "https://app.infisical.com"
	defaultRequestTimeout = 30 * time.Second
	defaultMaxRetries     = 4

	defaultExpiryWarningDays = 14
)

// model is the provider block. Nested blocks are objects because they can be unknown as a whole while Terraform plans.
type model struct {
	Host              types.String `tfsdk:"host"`
	Auth              types.Object `tfsdk:"auth"`
	GitLab            types.Object `tfsdk:"gitlab"`
	CACertificate     types.String `tfsdk:"ca_certificate"`
	ClientCertificate types.String `tfsdk:"client_certificate"`
	ClientKey         types.String `tfsdk:"client_key"`
	RequestTimeout    types.String `tfsdk:"request_timeout"`
	MaxRetries        types.Int64  `tfsdk:"max_retries"`
	AllowHTTP         types.Bool   `tfsdk:"allow_http"`
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
			"client_certificate": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Certificate that is shown to `host`, or to what stands in front of it, for mutual TLS: PEM, with those in between if there are any, or the path of " +
					"a file that holds it. Needs `client_key`. Defaults to the environment variable `" + envClientCertificate + "`, else none is shown.",
			},
			"client_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Key of `client_certificate`, without a passphrase: PEM, or the path of a file that holds it. Defaults to the environment variable `" +
					envClientKey + "`.",
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
	attributes := map[string]schema.Attribute{
		"organization_slug": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Slug of the sub-organisation to act in. Defaults to the environment variable `" + envOrganizationSlug + "`, else the identity's own " +
				"organisation. Has no effect with `token`.",
		},
		accessToken: schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "An access token of a machine identity, used as it is and not renewed. Defaults to the environment variable " +
				"`" + envToken + "`.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
	}
	for _, method := range methods {
		attributes[method.name] = method.attribute()
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "The machine identity that this provider acts as; exactly one method, of which every attribute can come from the environment: `oidc = {}`. " +
			"Without one, the environment decides: `" + envAuthMethod + "` (`" + strings.Join(methodNames(), "`, `") + "`), else `" + envToken + "`, else Universal Auth. " +
			"One environment serves this provider and Infisical's own.",
		Attributes: attributes,
		Validators: []validator.Object{oneMethodValidator{}},
	}
}

func (m method) attribute() schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, input := range m.inputs {
		attributes[input.name] = input.attribute()
	}
	return schema.SingleNestedAttribute{Optional: true, MarkdownDescription: m.description, Attributes: attributes}
}

func (i input) attribute() schema.Attribute {
	description := i.description
	switch {
	case i.variable != "" && i.fallback != "":
		description += " Defaults to the environment variable `" + i.variable + "`, else `" + i.fallback + "`."
	case i.variable != "":
		description += " Defaults to the environment variable `" + i.variable + "`."
	case i.fallback != "":
		description += " Defaults to `" + i.fallback + "`."
	}
	attribute := schema.StringAttribute{Optional: true, Sensitive: i.sensitive, MarkdownDescription: description}
	if i.name == identityID.name {
		attribute.Validators = []validator.String{identityIDValidator{}}
	}
	return attribute
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
				Validators: []validator.String{stringvalidator.OneOf(providerdata.ValidationEnforce, providerdata.ValidationWarn, providerdata.ValidationOff)},
			},
			"expiry_warning_days": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Every plan warns of a token that has fewer full days left than this, 0 to 365; 0 never warns. With managed connections this includes `management_token`. Defaults to `14`.",
				Validators:          []validator.Int64{int64validator.Between(0, 365)},
			},
		},
	}
}
