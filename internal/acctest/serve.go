package acctest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Serve runs the provider in this process, in an environment of the test's own and under its race detector, and returns
// the variable that leads a CLI to it.
func Serve(t *testing.T, environment provider.Environment) string {
	t.Helper()
	return ServeAs(t, ProviderSource, provider.NewServer("test", environment))
}

// ServeAs runs a provider in this process under an address, and returns the variable that leads a CLI to it.
func ServeAs(t *testing.T, address string, factory func() tfprotov6.ProviderServer) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served, stopped := make(chan *plugin.ReattachConfig), make(chan struct{})
	go func() {
		if err := tf6server.Serve(address, factory, tf6server.WithDebug(ctx, served, stopped), tf6server.WithLoggingSink(t),
			tf6server.WithoutLogStderrOverride()); err != nil {
			t.Errorf("serving the provider: %v", err)
		}
	}()
	t.Cleanup(func() { stop(); <-stopped })
	config := <-served
	reattach, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return "TF_REATTACH_PROVIDERS=" + string(reattach)
}
