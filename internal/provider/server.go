package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// NewServer returns the constructor of the provider as Terraform talks to it.
func NewServer(version string, environment Environment) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		serves := newProvider(version, environment)
		inner := providerserver.NewProtocol6(serves)()
		answers := direct{inner.(protocol), serves, &directTypes{}} //nolint:forcetypeassert // Each of the framework's servers speaks all of it.
		if environment.Compared != nil {
			return server{shadow{answers}, serves.secrets}
		}
		return server{answers, serves.secrets}
	}
}

// protocol is all that terraform-plugin-go asks of a server.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server makes what the provider says fit to be shown, see speaking, and lends the framework the contexts of the calls
// that come once for each resource, data source or function call. The framework keeps a function to cancel each call
// until it is asked to stop, and with it the call's context, its loggers and all: 11 KiB a call, 50 MiB for a plan of a
// thousand resources, which the collector goes through again and again.
// https://github.com/hashicorp/terraform-plugin-framework/blob/v1.19.0/internal/proto6server/serve.go
// (registerContext).
type server struct {
	protocol
	// secrets are in nothing that is said.
	secrets *transport.Secrets
}

func (s server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return lend(ctx, s, req, s.protocol.ValidateResourceConfig)
}

func (s server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return lend(ctx, s, req, s.protocol.UpgradeResourceState)
}

func (s server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return lend(ctx, s, req, s.protocol.UpgradeResourceIdentity)
}

func (s server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return lend(ctx, s, req, s.protocol.ReadResource)
}

func (s server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return lend(ctx, s, req, s.protocol.PlanResourceChange)
}

func (s server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return lend(ctx, s, req, s.protocol.ApplyResourceChange)
}

func (s server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return lend(ctx, s, req, s.protocol.ImportResourceState)
}

func (s server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return lend(ctx, s, req, s.protocol.MoveResourceState)
}

func (s server) ValidateDataResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return lend(ctx, s, req, s.protocol.ValidateDataResourceConfig)
}

func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return lend(ctx, s, req, s.protocol.ReadDataSource)
}

func (s server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	resp, err := lend(ctx, s, req, s.protocol.CallFunction)
	if resp != nil && resp.Error != nil {
		resp.Error.Text = s.secrets.Lines(resp.Error.Text)
	}
	return resp, err
}

// lend makes a call with a context that ends with the call.
func lend[Request, Response any](ctx context.Context, s server, req Request, call func(context.Context, Request) (Response, error)) (Response, error) {
	lent := &lentContext{}
	lent.current.Store(&ctx)
	defer lent.current.Store(&over)     //nolint:contextcheck // That is the point.
	return speaking(lent, s, req, call) //nolint:contextcheck // It is ctx.
}

// over is the context of calls that are over.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// lentContext is another context until that is taken back.
type lentContext struct {
	current atomic.Pointer[context.Context]
}

func (c *lentContext) Deadline() (time.Time, bool) { return (*c.current.Load()).Deadline() }
func (c *lentContext) Done() <-chan struct{}       { return (*c.current.Load()).Done() }
func (c *lentContext) Err() error                  { return (*c.current.Load()).Err() }
func (c *lentContext) Value(key any) any           { return (*c.current.Load()).Value(key) }
