package acctest

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Load replaces the state by one that was written before, perhaps by an earlier version of the provider.
func (p *Protocol) Load(ctx context.Context, state RecordedState) {
	p.t.Helper()
	upgraded := must(p.serve().UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: p.typeName, Version: state.SchemaVersion,
		RawState: &tfprotov6.RawState{JSON: state.Attributes}}))
	if Diagnostics(upgraded.Diagnostics).Failed() {
		p.t.Fatalf("the state is not readable: %s", Diagnostics(upgraded.Diagnostics))
	}
	encoded := map[string][]byte{}
	for key, value := range state.Private {
		encoded[key] = value
	}
	p.hold(&object{value: kindOf(p.typeName).read(upgraded.UpgradedState), private: must(json.Marshal(encoded))})
}

// Move is a `moved` block that takes over a state of the official provider's resource of this type, before the refresh.
func (p *Protocol) Move(ctx context.Context, from string, attributes json.RawMessage) (diags Diagnostics) {
	p.t.Helper()
	moved := must(p.serve().MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceTypeName: from, SourceProviderAddress: "registry.terraform.io/infisical/infisical", SourceState: &tfprotov6.RawState{JSON: attributes},
		TargetTypeName: p.typeName,
	}))
	if diags = append(diags, moved.Diagnostics...); diags.Failed() {
		return diags
	}
	p.hold(&object{value: kindOf(p.typeName).read(moved.TargetState), private: moved.TargetPrivate, identity: moved.TargetIdentity})
	return diags
}
