package provider_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// What belongs to a call is free for the collector after it, as long as the process may live.
func TestServer_letsGoOfCalls(t *testing.T) {
	t.Parallel()
	server := provider.NewServer("test", acctest.Environment())()
	type ofCall struct{ name string }
	const calls = 10
	collected := make(chan struct{}, calls)
	for range calls {
		value := &ofCall{name: "call"}
		runtime.AddCleanup(value, func(struct{}) { collected <- struct{}{} }, struct{}{})
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), ofCall{}, value))
		_, err := server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
			TypeName: "infisical_gitlab_connection", RawState: &tfprotov6.RawState{JSON: []byte(`{"name":"platform"}`)},
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.After(10 * time.Second)
	for got := 0; got < calls; {
		runtime.GC()
		select {
		case <-collected:
			got++
		case <-deadline:
			t.Fatalf("of %d calls, %d are held", calls, calls-got)
		}
	}
	runtime.KeepAlive(server)
}
