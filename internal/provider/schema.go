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

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
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
	GitLabToken       types.String `tfsdk:"token"`
	CACertificate     types.String `tfsdk:"ca_certificate"`
	TokenValidation   types.String `tfsdk:"token_validation"`
	ExpiryWarningDays types.Int64  `tfsdk:"expiry_warning_days"`
}

// Schema implements provider.Provider.
func (p *infisicalProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages the GitLab Connections of [Infisical](https://infisical.com), the credentials with which it acts on " +
			"GitLab, and what uses them: Secret Syncs and Secret Scanning data sources. The provider contacts neither server before a resource or data " +
			"source needs it.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address of the Infisical server, an `https` URL (`http` for this machine, or with `allow_http`). Defaults to the " +
					"environment variable `INFISICAL_HOST`, " +
					"else `" + defaultHost + "`.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"auth":   authAttribute(),
			"gitlab": gitlabAttribute(),
			"ca_certificate": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "PEM certificates to trust for `host`, in addition to the system's, such as `file(\"infisical-ca.pem\")`. None by default.",
			},
			"client_certificate": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Client certificate for mutual TLS with `host` or a proxy in front of it: PEM, including any intermediate " +
					"certificates, or the path of a PEM file. " +
					"Requires `client_key`. Defaults to the environment variable `" + envClientCertificate + "`, else no certificate is sent.",
			},
			"client_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Private key of `client_certificate`, without a passphrase: PEM, or the path of a PEM file. Defaults to the " +
					"environment variable `" +
					envClientKey + "`.",
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Timeout of a single request: a duration such as `45s` or `2m`, greater than zero. Requests that carry credentials " +
					"wait at least `90s`, " +
					"because the server asks GitLab before it answers. Defaults to `30s`.",
				Validators: []validator.String{attribute.DurationValidator()},
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How many times to retry a request after a temporary failure (no connection, rate limit, 502, 503, 504), 0 to 20. " +
					"A request that creates something is retried only when the server cannot have processed it. Defaults to `4`.",
				Validators: []validator.Int64{int64validator.Between(0, 20)},
			},
			"allow_http": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to allow plain `http` to other machines, for both Infisical and GitLab. Credentials then cross the network " +
					"unencrypted. " +
					"Defaults to `false`.",
			},
		},
	}
}

func authAttribute() schema.Attribute {
	attributes := map[string]schema.Attribute{
		"organization_slug": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Slug of the sub-organization to act in. Defaults to the environment variable `" + envOrganizationSlug +
				"`, else the identity's own " +
				"organization. Has no effect with `token`.",
		},
		accessToken: schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "Access token of a machine identity. The provider does not renew it. Defaults to the environment variable " +
				"`" + envToken + "`.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
	}
	for _, method := range methods {
		attributes[method.name] = method.attribute()
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "How the provider logs in to Infisical, as a machine identity. Set exactly one method; all of its attributes can come from the " +
			"environment, as in `oidc = {}`. " +
			"Without a method, the environment chooses: `" + envAuthMethod + "` (`" + strings.Join(methodNames(), "`, `") + "`), else `" + envToken +
			"`, else Universal Auth. " +
			"The environment variables are those of Infisical's own provider.",
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
		Optional: true,
		MarkdownDescription: "How this provider itself connects to GitLab, to check tokens and to manage those of `managed_access_token`, and which GitLab " +
			"instance new connections use.",
		Attributes: map[string]schema.Attribute{
			"instance_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "GitLab instance of new connections that do not set `instance_url`: an `https` URL (`http` for this machine, or with " +
					"`allow_http`). A trailing `/api/v4` is removed. " +
					"Existing connections keep theirs. Defaults to the environment variable `GITLAB_BASE_URL`, else `https://gitlab.com`.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"ca_certificate": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "PEM certificates to trust for the provider's own requests to GitLab, in addition to the system's, such as `file(\"gitlab-ca.pem\")`. " +
					"None by default. Does not affect the requests that Infisical sends to GitLab.",
			},
			"token": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "The provider's own GitLab token. With the scope `read_api` it looks up targets and lists their variables; with " +
					"`api`, of a Maintainer of the project or Owner of the group, it creates and revokes managed tokens. It is sent to " +
					"`gitlab.instance_url` and nowhere else. Defaults to the environment variable `GITLAB_TOKEN`.",
				Validators: []validator.String{attribute.GitLabTokenValidator(), ownTokenValidator()},
			},
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How to report problems with tokens, unless a resource sets its own `token_validation`: `enforce` reports them as " +
					"errors where a token is about to be sent, `warn` as warnings, and " +
					"`off` does not ask GitLab. A GitLab that cannot be reached is never more than a warning. Defaults to `enforce`.",
				Validators: []validator.String{stringvalidator.OneOf(providerdata.ValidationEnforce, providerdata.ValidationWarn, providerdata.ValidationOff)},
			},
			"expiry_warning_days": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Every plan warns about a token with fewer full days left than this, 0 to 365; 0 turns the warning off. With managed " +
					"connections this includes `token`. Defaults to `14`.",
				Validators: []validator.Int64{int64validator.Between(0, 365)},
			},
		},
	}
}
