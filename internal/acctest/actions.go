package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Invocation is how to invoke an action of the provider, by a configuration of the provider block.
type Invocation struct {
	TypeName    string
	Environment provider.Environment
	Settings    map[string]any
}

// Invoke runs an action as Terraform 1.14 does: validate, plan, invoke. It returns what the user sees meanwhile and at
// the end. A configuration that is not valid is not planned.
func (a Invocation) Invoke(t testing.TB, config map[string]any) (progress []string, said Diagnostics) {
	t.Helper()
	server := must(Factories(a.Environment)["infisical"]())
	configured := must(server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: Value(t, a.Settings)}))
	NoErrors(t, configured.Diagnostics)
	actions, ok := server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	value := Value(t, config)
	valid := must(actions.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: a.TypeName, Config: value}))
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	planned := must(actions.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: a.TypeName, Config: value}))
	if len(planned.Diagnostics) > 0 {
		return nil, planned.Diagnostics
	}
	stream := must(actions.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: a.TypeName, Config: value}))
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			said = event.Diagnostics
		}
	}
	return progress, said
}
