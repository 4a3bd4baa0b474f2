package acctest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// asked keeps the last request of each kind that a command sent to a provider.
type asked struct {
	tfprotov6.ProviderServer

	validate *tfprotov6.ValidateResourceConfigRequest
	read     *tfprotov6.ReadResourceRequest
	plan     *tfprotov6.PlanResourceChangeRequest
	apply    *tfprotov6.ApplyResourceChangeRequest
}

func (a *asked) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	a.validate = req
	return a.ProviderServer.ValidateResourceConfig(ctx, req)
}

func (a *asked) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	a.read = req
	return a.ProviderServer.ReadResource(ctx, req)
}

func (a *asked) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	a.plan = req
	return a.ProviderServer.PlanResourceChange(ctx, req)
}

func (a *asked) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	a.apply = req
	return a.ProviderServer.ApplyResourceChange(ctx, req)
}

// The calls that Terraform makes for each connection, as a command has made them, again and again. Creating and
// deleting include the sandbox's own work.
func BenchmarkConnection(b *testing.B) {
	servers := StartSandbox(b)
	p := NewProtocol(b, Environment(), "infisical_gitlab_connection", map[string]any{
		"host":   servers.Host,
		"auth":   map[string]any{"universal": map[string]any{"client_id": servers.ClientID, "client_secret": servers.ClientSecret}},
		"gitlab": map[string]any{"instance_url": servers.InstanceURL},
	})
	asked := &asked{}
	p.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		asked.ProviderServer = server
		return asked
	}
	ctx := b.Context()
	config := map[string]any{"name": "platform", "access_token": map[string]any{"value_wo": servers.Token}}
	plan := func() *Plan {
		planned := p.Plan(ctx, config)
		succeed(b, planned.Diagnostics)
		return planned
	}
	apply := func() *tfprotov6.ApplyResourceChangeRequest {
		succeed(b, p.ApplyPlan(ctx, plan()))
		return asked.apply
	}

	planned := plan()
	planCreate, validate := asked.plan, asked.validate
	succeed(b, p.ApplyPlan(ctx, planned))
	create, connection := asked.apply, servers.Sandbox.Infisical.Connections()[0]
	plan()
	planNothing, read := asked.plan, asked.read
	config["description"] = "Platform team"
	update := apply()
	config = nil
	remove := apply()
	var diags Diagnostics
	server := p.configured(ctx, &diags)
	succeed(b, diags)

	b.Run("validate", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.ValidateResourceConfig(ctx, validate)).Diagnostics)
		}
	})
	b.Run("plan to create", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.PlanResourceChange(ctx, planCreate)).Diagnostics)
		}
	})
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.ApplyResourceChange(ctx, create)).Diagnostics)
			b.StopTimer()
			for _, created := range servers.Sandbox.Infisical.Connections() {
				servers.Sandbox.Infisical.Remove(created.ID)
			}
			b.StartTimer()
		}
	})
	servers.Sandbox.Infisical.Add(connection)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.ReadResource(ctx, read)).Diagnostics)
		}
	})
	b.Run("plan with nothing to do", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.PlanResourceChange(ctx, planNothing)).Diagnostics)
		}
	})
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.ApplyResourceChange(ctx, update)).Diagnostics)
		}
	})
	b.Run("delete", func(b *testing.B) {
		for b.Loop() {
			succeed(b, must(server.ApplyResourceChange(ctx, remove)).Diagnostics)
			b.StopTimer()
			servers.Sandbox.Infisical.Add(connection)
			b.StartTimer()
		}
	})
}

func succeed(b *testing.B, diags Diagnostics) {
	b.Helper()
	if diags.Failed() {
		b.Fatal(diags)
	}
}
