package provider

import (
	"cmp"
	"context"
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
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	configuration := &connection.Configuration{
		AllowHTTP: config.AllowHTTP.ValueBool(),
		Now:       p.environment.Now,
		Random:    p.environment.Random,
	}
	configuration.InstanceURL = p.instanceURL(ctx, config, &resp.Diagnostics)
	if !pending(ctx, config, &resp.Diagnostics) && !resp.Diagnostics.HasError() {
		userAgent := transport.UserAgent(p.version, req.TerraformVersion)
		configuration.Infisical = p.infisicalClient(ctx, config, userAgent, &resp.Diagnostics)
	}
	resp.ResourceData = configuration
	resp.DataSourceData = configuration
}

// pending reports that something the client needs becomes known only at apply, such as the address of a server yet to be made.
func pending(ctx context.Context, config model, diags *diag.Diagnostics) bool {
	for _, value := range []attr.Value{config.Host, config.Auth, config.CACertificate, config.RequestTimeout, config.MaxRetries, config.AllowHTTP} {
		raw, err := value.ToTerraformValue(ctx)
		if err != nil {
			diags.AddError("Provider configuration not readable", err.Error())
			return true
		}
		if !raw.IsFullyKnown() {
			return true
		}
	}
	return false
}

func (p *infisicalProvider) infisicalClient(ctx context.Context, config model, userAgent string, diags *diag.Diagnostics) *infisical.Client {
	host := p.host(config, diags)
	login, organizationSlug := p.login(ctx, config.Auth, diags)
	timeout := defaultRequestTimeout
	if !config.RequestTimeout.IsNull() {
		timeout, _ = time.ParseDuration(config.RequestTimeout.ValueString()) // The schema has validated it.
	}
	retries := defaultMaxRetries
	if !config.MaxRetries.IsNull() {
		retries = int(config.MaxRetries.ValueInt64())
	}
	client, err := transport.New(transport.Config{
		UserAgent:      userAgent,
		CACertificate:  []byte(config.CACertificate.ValueString()),
		RequestTimeout: timeout,
		MaxRetries:     retries,
		AllowHTTP:      config.AllowHTTP.ValueBool(),
		Backoff:        p.environment.Backoff,
	})
	if err != nil {
		diags.AddAttributeError(path.Root("ca_certificate"), "CA certificate not usable", "The value of ca_certificate cannot be used: "+err.Error()+".")
	}
	if diags.HasError() {
		return nil
	}
	return infisical.New(infisical.Config{
		Host:             host,
		Login:            login,
		OrganizationSlug: organizationSlug,
		HTTP:             client,
		Now:              p.environment.Now,
		Wait:             p.environment.Wait,
	})
}

func (p *infisicalProvider) host(config model, diags *diag.Diagnostics) string {
	host := cmp.Or(config.Host.ValueString(), p.environment.Getenv("INFISICAL_HOST"), defaultHost)
	address, err := transport.ParseBaseURL(host)
	if err == nil && !config.AllowHTTP.ValueBool() {
		err = transport.CheckSecure(address)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("host"), "Infisical's address is not usable",
			"The address of the Infisical server (host, or the environment variable INFISICAL_HOST) is not usable: "+err.Error()+". An example is "+defaultHost+".")
	}
	return host
}

// instanceURL is the GitLab of new connections that name none; unknown while the configuration is.
func (p *infisicalProvider) instanceURL(ctx context.Context, config model, diags *diag.Diagnostics) types.String {
	var block gitlabModel
	diags.Append(config.GitLab.As(ctx, &block, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true, UnhandledUnknownAsEmpty: true})...)
	if config.GitLab.IsUnknown() || block.InstanceURL.IsUnknown() {
		return types.StringUnknown()
	}
	configured := cmp.Or(block.InstanceURL.ValueString(), p.environment.Getenv("GITLAB_BASE_URL"), infisical.DefaultInstanceURL)
	instanceURL, err := gitlab.NormalizeInstanceURL(configured)
	if err != nil {
		diags.AddAttributeError(path.Root("gitlab").AtName("instance_url"), "GitLab's address is not usable",
			"The address of GitLab (gitlab.instance_url, or the environment variable GITLAB_BASE_URL) is not usable: "+err.Error()+".")
	}
	return types.StringValue(instanceURL)
}
