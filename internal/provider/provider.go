// Package provider is the provider block: its schema, its settings, and what the provider offers.
package provider

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/connection"
	tokenfunction "github.com/infisical-community/terraform-provider-infisical/internal/function"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/secretscanning"
	"github.com/infisical-community/terraform-provider-infisical/internal/secretsync"
	"github.com/infisical-community/terraform-provider-infisical/internal/target"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

var (
	_ provider.Provider                  = (*infisicalProvider)(nil)
	_ provider.ProviderWithFunctions     = (*infisicalProvider)(nil)
	_ provider.ProviderWithListResources = (*infisicalProvider)(nil)
	_ provider.ProviderWithActions       = (*infisicalProvider)(nil)
)

// Environment is what the provider takes from outside its configuration, so that tests can give it other things.
type Environment struct {
	// Getenv reads an environment variable; empty when it is not set.
	Getenv func(string) string
	// Now is the clock.
	Now func() time.Time
	// Wait pauses for a while, or returns the context's error when that ends first.
	Wait func(context.Context, time.Duration) error
	// Random is a source of unpredictable bytes.
	Random io.Reader
	// Backoff is how long to wait before a request is repeated; nil for the usual.
	Backoff func(attempt int, resp *http.Response) time.Duration
	// Clouds carries what is asked of a cloud to prove this machine's identity; nil for the network.
	Clouds http.RoundTripper
	// ProofTimeout bounds what a cloud is asked for one login; 0 for the usual.
	ProofTimeout time.Duration
	// CredentialsTimeout is the least time a call that carries credentials waits for its answer; 0 for the usual.
	CredentialsTimeout time.Duration
	// Compared, where it is set, lets the framework answer all calls. It is told of each answer that could have been
	// given without it how that one would have differed, nothing when it would not.
	Compared func(difference string)
}

// System is the environment of a provider that serves users.
func System() Environment {
	return Environment{Getenv: os.Getenv, Now: time.Now, Wait: wait, Random: rand.Reader}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type infisicalProvider struct {
	version     string
	environment Environment
	// secrets are those of all configurations that this process serves.
	secrets *transport.Secrets
	// configured is what the resources are given; nil before the provider is configured.
	configured atomic.Pointer[providerdata.Data]
}

// New returns the constructor of the provider in the given version, "dev" for one built by hand.
func New(version string, environment Environment) func() provider.Provider {
	return func() provider.Provider { return newProvider(version, environment) }
}

func newProvider(version string, environment Environment) *infisicalProvider {
	return &infisicalProvider{version: version, environment: environment, secrets: &transport.Secrets{}}
}

// typeName is what the names of all types begin with.
const typeName = "infisical"

// Metadata implements provider.Provider.
func (p *infisicalProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.version
}

// Resources implements provider.Provider.
func (p *infisicalProvider) Resources(context.Context) []func() resource.Resource {
	resources := []func() resource.Resource{connection.NewResource, secretsync.NewResource, secretscanning.NewResource}
	if p.environment.Compared != nil {
		for i, create := range resources {
			resources[i] = func() resource.Resource { return witness{create().(askedResource)} } //nolint:forcetypeassert // All of them are.
		}
	}
	return resources
}

// DataSources implements provider.Provider.
func (p *infisicalProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		connection.NewDataSource, connection.NewConnectionsDataSource, connection.NewOptionsDataSource, target.NewDataSource,
		secretsync.NewDataSource, secretsync.NewSyncsDataSource, secretscanning.NewDataSource, secretscanning.NewListDataSource,
	}
}

// ListResources implements provider.ProviderWithListResources.
func (p *infisicalProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{connection.NewListResource, secretsync.NewListResource, secretscanning.NewListResource}
}

// Actions implements provider.ProviderWithActions. CLIs that know no actions, such as Terraform before 1.14 and
// OpenTofu, ignore them.
func (p *infisicalProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{secretsync.NewRunAction, secretscanning.NewScanAction}
}

// Functions implements provider.ProviderWithFunctions.
func (p *infisicalProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{tokenfunction.NewTokenRequirements, tokenfunction.NewOAuthAuthorizeURL}
}
