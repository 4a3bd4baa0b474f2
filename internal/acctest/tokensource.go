package acctest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TokenSource serves a provider "tokensource" whose ephemeral resource of that name gives, as its value, what next
// returns: as a generator of tokens does, another one each time it is opened.
//
// OpenTofu before 1.12 lists ephemeral resources among the changes of a plan, so that to terraform-plugin-testing none
// is empty (https://github.com/opentofu/opentofu/issues/3781): it skips t.
func TokenSource(t testing.TB, next func() string) func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	RequireAcceptance(t)
	if !knows(t, terraformPath(t), "1.10.0", "1.12.0") {
		t.Skip("to this CLI, a plan with ephemeral resources is never empty: OpenTofu 1.12 or newer, or Terraform")
	}
	return providerserver.NewProtocol6WithError(&tokenSourceProvider{next: next})
}

type tokenSourceProvider struct{ next func() string }

func (p *tokenSourceProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "tokensource"
}

func (p *tokenSourceProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {
}

func (p *tokenSourceProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *tokenSourceProvider) Resources(context.Context) []func() resource.Resource { return nil }

func (p *tokenSourceProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *tokenSourceProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &tokenSource{next: p.next} }}
}

type tokenSource struct{ next func() string }

func (s *tokenSource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "tokensource"
}

func (s *tokenSource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"value": schema.StringAttribute{Computed: true}}}
}

func (s *tokenSource) Open(ctx context.Context, _ ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	resp.Diagnostics.Append(resp.Result.Set(ctx, struct {
		Value types.String `tfsdk:"value"`
	}{types.StringValue(s.next())})...)
}
