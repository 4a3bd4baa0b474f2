package acctest

import (
	"context"
	"os"
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

// askedOfConnection drives a connection and keeps what is asked of the provider.
func askedOfConnection(t testing.TB) (*Servers, *Protocol, *asked) {
	t.Helper()
	servers := StartSandbox(t)
	p := NewProtocol(t, Environment(), "infisical_gitlab_connection", map[string]any{
		"host":   servers.Host,
		"auth":   map[string]any{"universal": map[string]any{"client_id": servers.ClientID, "client_secret": servers.ClientSecret}},
		"gitlab": map[string]any{"instance_url": servers.InstanceURL},
	})
	asked := &asked{}
	p.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		asked.ProviderServer = server
		return asked
	}
	return servers, p, asked
}

// What a plan with nothing to do consists of takes little memory. Such plans are what users wait for most, and memory
// is what most of their time goes into.
//
//nolint:paralleltest // Others would be counted, too.
func TestAccProtocol_allocations(t *testing.T) {
	if os.Getenv("SHADOW") != "" {
		t.Skip("the framework answers")
	}
	servers, p, asked := askedOfConnection(t)
	ctx, config := t.Context(), map[string]any{"name": "platform", "access_token": map[string]any{"value_wo": servers.Token}}
	succeed(t, p.ApplyPlan(ctx, p.Plan(ctx, config)))
	if plan := p.Plan(ctx, config); !plan.Empty() {
		t.Fatalf("the plan does something, %s: %s", plan.Action, plan.Diagnostics)
	}
	for call, of := range map[string]struct {
		most int
		ask  func() Diagnostics
	}{
		"validate": {250, func() Diagnostics {
			return must(asked.ProviderServer.ValidateResourceConfig(ctx, asked.validate)).Diagnostics
		}},
		"read":                    {650, func() Diagnostics { return must(asked.ProviderServer.ReadResource(ctx, asked.read)).Diagnostics }},
		"plan with nothing to do": {1600, func() Diagnostics { return must(asked.ProviderServer.PlanResourceChange(ctx, asked.plan)).Diagnostics }},
	} {
		if got := testing.AllocsPerRun(100, func() { succeed(t, of.ask()) }); got > float64(of.most) {
			t.Errorf("%s: %.0f allocations, at most %d", call, got, of.most)
		}
	}
}

// The calls that Terraform makes for each connection, as a command has made them, again and again. Creating and
// deleting include the sandbox's own work.
func BenchmarkConnection(b *testing.B) {
	servers, p, asked := askedOfConnection(b)
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

func succeed(t testing.TB, diags Diagnostics) {
	t.Helper()
	if diags.Failed() {
		t.Fatal(diags)
	}
}
