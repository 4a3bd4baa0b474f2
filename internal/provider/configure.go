package provider

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/connection"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Configure implements provider.Provider. It sends nothing: the client logs in at its first call.
func (p *infisicalProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config model
	var block gitlabModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(config.GitLab.As(ctx, &block, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true, UnhandledUnknownAsEmpty: true})...)
	if resp.Diagnostics.HasError() {
		return
	}
	configuration := &connection.Configuration{
		TokenValidation:   connection.ValidationEnforce,
		ExpiryWarningDays: defaultExpiryWarningDays,
		AllowHTTP:         config.AllowHTTP.ValueBool() || config.AllowHTTP.IsUnknown(), // Looked at again at apply.
		Now:               p.environment.Now,
		Random:            p.environment.Random,
		Wait:              p.environment.Wait,
	}
	configuration.InstanceURL = p.instanceURL(config.GitLab, block, &resp.Diagnostics)
	if !block.TokenValidation.IsNull() {
		configuration.TokenValidation = block.TokenValidation.ValueString()
	}
	if !block.ExpiryWarningDays.IsNull() {
		configuration.ExpiryWarningDays = int(block.ExpiryWarningDays.ValueInt64())
	}
	network := network{config: config, userAgent: transport.UserAgent(p.version, req.TerraformVersion), backoff: p.environment.Backoff, secrets: p.secrets}
	if known(ctx, &resp.Diagnostics, config.Host, config.Auth, config.CACertificate, config.RequestTimeout, config.MaxRetries, config.AllowHTTP) {
		configuration.Infisical = p.infisicalClient(ctx, config, network, &resp.Diagnostics)
	}
	if known(ctx, &resp.Diagnostics, config.GitLab, config.RequestTimeout, config.MaxRetries, config.AllowHTTP) {
		client := network.client(block.CACertificate, path.Root("gitlab").AtName("ca_certificate"), &resp.Diagnostics)
		configuration.GitLab = gitlab.New(gitlab.Config{HTTP: client, Wait: p.environment.Wait, CredentialsTimeout: p.environment.CredentialsTimeout})
		configuration.ManagementToken = p.setting(block.ManagementToken, "GITLAB_TOKEN")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData = configuration
	resp.DataSourceData = configuration
	resp.ListResourceData = configuration
}

// known reports that none of the values becomes known only at apply, such as the address of a server yet to be made.
func known(ctx context.Context, diags *diag.Diagnostics, values ...attr.Value) bool {
	for _, value := range values {
		raw, err := value.ToTerraformValue(ctx)
		if err != nil {
			diags.AddError("Provider configuration not readable", err.Error())
			return false
		}
		if !raw.IsFullyKnown() {
			return false
		}
	}
	return true
}

func (p *infisicalProvider) infisicalClient(ctx context.Context, config model, network network, diags *diag.Diagnostics) *infisical.Client {
	host := p.host(config, diags)
	login, organizationSlug := p.login(ctx, config.Auth, diags)
	return infisical.New(infisical.Config{
		Host:             host,
		Login:            login,
		OrganizationSlug: organizationSlug,
		HTTP:             network.client(config.CACertificate, path.Root("ca_certificate"), diags),
		Now:              p.environment.Now,
		Wait:             p.environment.Wait,

		CredentialsTimeout: p.environment.CredentialsTimeout,
	})
}

// network is what the clients of both servers have in common.
type network struct {
	config    model
	userAgent string
	backoff   func(int, *http.Response) time.Duration
	secrets   *transport.Secrets
}

// client returns an HTTP client that also trusts caCertificate, the value of the attribute at; an empty client after an error.
func (n network) client(caCertificate types.String, at path.Path, diags *diag.Diagnostics) *transport.Client {
	timeout := defaultRequestTimeout
	if !n.config.RequestTimeout.IsNull() {
		timeout, _ = time.ParseDuration(n.config.RequestTimeout.ValueString()) // The schema has validated it.
	}
	retries := defaultMaxRetries
	if !n.config.MaxRetries.IsNull() {
		retries = int(n.config.MaxRetries.ValueInt64())
	}
	client, err := transport.New(transport.Config{
		UserAgent:      n.userAgent,
		CACertificate:  []byte(caCertificate.ValueString()),
		RequestTimeout: timeout,
		MaxRetries:     retries,
		AllowHTTP:      n.config.AllowHTTP.ValueBool(),
		Secrets:        n.secrets,
		Backoff:        n.backoff,
	})
	if err != nil {
		diags.AddAttributeError(at, "CA certificate not usable", "The value of "+at.String()+" cannot be used: "+err.Error()+".")
		return &transport.Client{Client: &http.Client{}, Secrets: n.secrets}
	}
	return client
}

func (p *infisicalProvider) host(config model, diags *diag.Diagnostics) string {
	host, err := infisical.ParseHost(cmp.Or(p.setting(config.Host, "INFISICAL_HOST"), defaultHost))
	if err == nil && !config.AllowHTTP.ValueBool() {
		err = transport.CheckSecure(host)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("host"), "Infisical's address is not usable",
			"The address of the Infisical server (host, or the environment variable INFISICAL_HOST) is not usable: "+err.Error()+". An example is "+defaultHost+".")
		return ""
	}
	return host.String()
}

// instanceURL is the GitLab of new connections that name none; unknown while the configuration is.
func (p *infisicalProvider) instanceURL(object types.Object, block gitlabModel, diags *diag.Diagnostics) types.String {
	if object.IsUnknown() || block.InstanceURL.IsUnknown() {
		return types.StringUnknown()
	}
	configured := cmp.Or(p.setting(block.InstanceURL, "GITLAB_BASE_URL"), gitlab.DefaultInstanceURL)
	instanceURL, err := gitlab.NormalizeInstanceURL(configured)
	if err != nil {
		diags.AddAttributeError(path.Root("gitlab").AtName("instance_url"), "GitLab's address is not usable",
			"The address of GitLab (gitlab.instance_url, or the environment variable GITLAB_BASE_URL) is not usable: "+err.Error()+".")
	}
	return types.StringValue(instanceURL)
}
