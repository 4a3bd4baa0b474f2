package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
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
	configuration := &providerdata.Data{
		TokenValidation:   providerdata.ValidationEnforce,
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
	network := network{config: config, userAgent: transport.UserAgent(p.version, req.TerraformVersion), environment: p.environment, secrets: p.secrets}
	if known(ctx, &resp.Diagnostics, config.Host, config.Auth, config.CACertificate, config.ClientCertificate, config.ClientKey, config.RequestTimeout,
		config.MaxRetries, config.AllowHTTP) {
		configuration.Infisical = p.infisicalClient(ctx, config, network, &resp.Diagnostics)
	}
	if known(ctx, &resp.Diagnostics, config.GitLab, config.RequestTimeout, config.MaxRetries, config.AllowHTTP) {
		client := network.client(block.CACertificate, path.Root("gitlab").AtName("ca_certificate"), nil, &resp.Diagnostics)
		configuration.GitLab = gitlab.New(gitlab.Config{HTTP: client, Wait: p.environment.Wait, CredentialsTimeout: p.environment.CredentialsTimeout})
		if token := p.gitLabToken(block, &resp.Diagnostics); token != "" {
			configuration.Session = configuration.GitLab.At(configuration.InstanceURL.ValueString(), token)
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	p.configured.Store(configuration)
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData, resp.ActionData = configuration, configuration, configuration, configuration
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
	auth := auth{provider: p, values: config.Auth.Attributes(), cloud: network.cloud}
	organization := auth.organization(diags)
	return infisical.New(infisical.Config{
		Host:  host,
		Login: auth.login(diags),

		OrganizationSlug: organization.Value, OrganizationSlugSource: organization.Source,

		HTTP: network.client(config.CACertificate, path.Root("ca_certificate"), p.clientCertificate(ctx, config, diags), diags),
		Now:  p.environment.Now,
		Wait: p.environment.Wait,

		CredentialsTimeout: p.environment.CredentialsTimeout,
	})
}

// setting is what is configured, else the value of an environment variable. Those that are filled from files, in CI for
// example, often end with a new line, which neither addresses nor headers may hold.
func (p *infisicalProvider) setting(configured types.String, variable string) string {
	return cmp.Or(strings.TrimSpace(configured.ValueString()), strings.TrimSpace(p.environment.Getenv(variable)))
}

const (
	envClientCertificate = "INFISICAL_CLIENT_CERTIFICATE"
	envClientKey         = "INFISICAL_CLIENT_KEY"
)

// clientCertificate is what is shown to Infisical, nil for nothing.
func (p *infisicalProvider) clientCertificate(ctx context.Context, config model, diags *diag.Diagnostics) *tls.Certificate {
	certificate, key := p.setting(config.ClientCertificate, envClientCertificate), p.setting(config.ClientKey, envClientKey)
	if certificate == "" && key == "" {
		return nil
	}
	at := path.Root("client_certificate")
	if certificate == "" || key == "" {
		diags.AddAttributeError(at, "Incomplete client certificate", "Set both client_certificate and client_key, or the environment variables "+
			envClientCertificate+" and "+envClientKey+", or neither.")
		return nil
	}
	if strings.Contains(key, "-----BEGIN") {
		p.secrets.Remember(key)
	}
	bounded, cancel := context.WithTimeout(ctx, p.proofTimeout())
	defer cancel()
	pair, err := transport.ClientCertificate(bounded, certificate, key)
	if err != nil {
		diags.AddAttributeError(at, "Client certificate not usable", "The values of client_certificate and client_key (or the environment variables "+
			envClientCertificate+" and "+envClientKey+") cannot be used: "+transport.Phrase(err.Error())+".")
	}
	return pair
}

// network is what all clients share.
type network struct {
	config      model
	userAgent   string
	environment Environment
	secrets     *transport.Secrets
}

// cloudRetries is fewer than for servers, because the SDKs of the clouds repeat on their own, and all of it has a
// deadline.
const cloudRetries = 2

// cloud returns the client for what is asked of a cloud. It knows nothing of the settings for Infisical and GitLab.
func (n network) cloud() *http.Client {
	client, _ := transport.New(transport.Config{ // Without certificates there are none to find fault with.
		UserAgent: n.userAgent, RequestTimeout: defaultRequestTimeout, MaxRetries: cloudRetries, MetadataServices: true,
		Getenv: n.environment.Getenv, Secrets: n.secrets, Backoff: n.environment.Backoff, Carrier: n.environment.Clouds,
	})
	return client.Client
}

// client returns an HTTP client that also trusts caCertificate, the value of the attribute at, and shows certificate
// unless it is nil; an empty client after an error.
func (n network) client(caCertificate types.String, at path.Path, certificate *tls.Certificate, diags *diag.Diagnostics) *transport.Client {
	timeout := defaultRequestTimeout
	if !n.config.RequestTimeout.IsNull() {
		timeout, _ = time.ParseDuration(n.config.RequestTimeout.ValueString()) // The schema has validated it.
	}
	retries := defaultMaxRetries
	if !n.config.MaxRetries.IsNull() {
		retries = int(n.config.MaxRetries.ValueInt64())
	}
	client, err := transport.New(transport.Config{
		UserAgent:         n.userAgent,
		CACertificate:     []byte(caCertificate.ValueString()),
		ClientCertificate: certificate,
		RequestTimeout:    timeout,
		MaxRetries:        retries,
		AllowHTTP:         n.config.AllowHTTP.ValueBool(),
		Secrets:           n.secrets,
		Getenv:            n.environment.Getenv,
		Backoff:           n.environment.Backoff,
		Now:               n.environment.Now,
		Wait:              n.environment.Wait,
	})
	if err != nil {
		diags.AddAttributeError(at, "CA certificate not usable", "The value of "+at.String()+" cannot be used: "+transport.Phrase(err.Error())+".")
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
			"The address of the Infisical server (host, or the environment variable INFISICAL_HOST) is not usable: "+transport.Phrase(err.Error())+". An example is "+defaultHost+".")
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
			"The address of GitLab (gitlab.instance_url, or the environment variable GITLAB_BASE_URL) is not usable: "+transport.Phrase(err.Error())+".")
	}
	return types.StringValue(instanceURL)
}

const envGitLabToken = "GITLAB_TOKEN"

// gitLabToken is the provider's own. Validation has looked at a configured one. A variable of this name may hold a
// token that GitLab CI or another program has put there for other purposes: that is not used, and no error, because the
// provider may do without.
func (p *infisicalProvider) gitLabToken(block gitlabModel, diags *diag.Diagnostics) string {
	if configured := strings.TrimSpace(block.GitLabToken.ValueString()); configured != "" {
		return configured
	}
	token := p.setting(types.StringNull(), envGitLabToken)
	if fault := gitlab.TextFault(token); fault != "" {
		p.secrets.Remember(token)
		diags.AddAttributeError(path.Root("gitlab").AtName("token"), "Not a token",
			"The environment variable "+envGitLabToken+" "+fault+". Check that its source holds nothing else.")
		return ""
	}
	if secret := gitlab.ForeignSecret(token); secret != "" {
		diags.AddAttributeWarning(path.Root("gitlab").AtName("token"), "GITLAB_TOKEN is not used",
			foreignSecret("The value of this environment variable", secret)+" Set gitlab.token, or the variable, to an access token where one is needed.")
		return ""
	}
	return token
}
