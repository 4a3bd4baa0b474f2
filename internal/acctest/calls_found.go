package acctest

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Query asks for what exists as `terraform query` of Terraform 1.14 does, resources included. What is wrong with the
// configuration comes as the only result.
func (p *Calls) Query(typeName string, config map[string]any, limit int64) []tfprotov6.ListResourceResult {
	p.t.Helper()
	server, ok := p.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider lists nothing")
	}
	valid := must(server.ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: typeName, Config: Value(p.t, config),
	}))
	if len(valid.Diagnostics) > 0 {
		return []tfprotov6.ListResourceResult{{Diagnostics: valid.Diagnostics}}
	}
	stream := must(server.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: Value(p.t, config), IncludeResource: true, Limit: limit,
	}))
	return slices.Collect(stream.Results)
}

// DisplayNames are those of results, of which none is an error.
func (p *Calls) DisplayNames(results []tfprotov6.ListResourceResult) []string {
	p.t.Helper()
	var names []string
	for _, result := range results {
		NoErrors(p.t, result.Diagnostics)
		names = append(names, result.DisplayName)
	}
	return names
}

// Imported imports and refreshes, as Terraform does. It returns the state, or the errors of either step.
func (p *Calls) Imported(req *tfprotov6.ImportResourceStateRequest) (state map[string]tftypes.Value, said string) {
	p.t.Helper()
	imported := must(p.ImportResourceState(p.t.Context(), req))
	if said := ErrorsIn(imported.Diagnostics); said != "" {
		return nil, said
	}
	stub := imported.ImportedResources[0]
	if IdentityID(p.t, stub.Identity) == "" {
		p.t.Error("the import has no identity")
	}
	refreshed := must(p.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: req.TypeName, CurrentState: stub.State, Private: stub.Private, CurrentIdentity: stub.Identity,
	}))
	if said := ErrorsIn(refreshed.Diagnostics); said != "" {
		return nil, said
	}
	return p.Decode(req.TypeName, refreshed.NewState), ""
}

// ByIdentity asks for an import by an identity.
func (p *Calls) ByIdentity(typeName, id string) *tfprotov6.ImportResourceStateRequest {
	return &tfprotov6.ImportResourceStateRequest{
		TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: Value(p.t, map[string]any{"id": id})},
	}
}
