package acctest

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ReadDataSource is what a plan does with a data source. It returns all that is known of it afterwards, in one text.
func (m *Module) ReadDataSource(ctx context.Context, typeName string, config map[string]any) (read string, diags Diagnostics) {
	m.t.Helper()
	value, diags := m.DataSource(ctx, typeName, config)
	if diags.Failed() {
		return "", diags
	}
	showsNoSecret(m.t, "a data source", value.String(), nil)
	return value.String(), diags
}

// DataSource is ReadDataSource for tests that compare what was read, and write secrets where everybody may read them.
func (m *Module) DataSource(ctx context.Context, typeName string, config map[string]any) (read tftypes.Value, diags Diagnostics) {
	m.t.Helper()
	ctx = m.logged(ctx)
	defer func() { m.showsNoSecret("a data source", diags) }()
	valueType := must(providerSchemas()).DataSourceSchemas[typeName].ValueType()
	asked := dynamic(valueType, goValue(valueType, config))
	m.begin()
	validated := must(m.serve().ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: asked}))
	if diags = append(diags, validated.Diagnostics...); diags.Failed() {
		return tftypes.Value{}, diags
	}
	server := m.configured(ctx, &diags)
	if diags.Failed() {
		return tftypes.Value{}, diags
	}
	response := must(server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: asked}))
	if diags = append(diags, response.Diagnostics...); diags.Failed() {
		return tftypes.Value{}, diags
	}
	value := must(response.State.Unmarshal(valueType))
	if !value.IsFullyKnown() {
		diags.fault("Provider produced invalid object", "there are unknown values", nil)
	}
	return value, diags
}

// Query is `terraform query` of Terraform 1.14 for resources of the type that p drives. It returns what was found, a
// line each.
func (p *Protocol) Query(ctx context.Context, config map[string]any) (found string, diags Diagnostics) {
	p.t.Helper()
	results, diags := p.Found(ctx, config)
	var all strings.Builder
	for _, result := range results {
		fmt.Fprintln(&all, result.DisplayName, kindOf(p.typeName).read(result.Resource))
	}
	showsNoSecret(p.t, "what a query finds", all.String(), nil)
	return all.String(), diags
}

// Found is Query for tests that compare what was found, and write secrets where everybody may read them.
func (p *Protocol) Found(ctx context.Context, config map[string]any) (found []tfprotov6.ListResourceResult, diags Diagnostics) {
	p.t.Helper()
	ctx = p.logged(ctx)
	defer func() { p.showsNoSecret("a query", diags) }()
	p.begin()
	server := p.configured(ctx, &diags)
	if diags.Failed() {
		return nil, diags
	}
	lists, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		panic(fmt.Sprintf("acctest: a %T lists nothing", server))
	}
	valueType := must(providerSchemas()).ListResourceSchemas[p.typeName].ValueType()
	stream := must(lists.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: p.typeName, Config: dynamic(valueType, goValue(valueType, config)), IncludeResource: true, Limit: 100,
	}))
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		found = append(found, result)
	}
	return found, diags
}

// Listed is the resource of a result of Found.
func (p *Protocol) Listed(result *tfprotov6.ListResourceResult) tftypes.Value {
	return kindOf(p.typeName).read(result.Resource)
}

// Value is all that the state holds of the resource.
func (p *Protocol) Value() tftypes.Value { return p.current(p.address).value }

// Validate is `terraform validate` of a configuration.
func (p *Protocol) Validate(ctx context.Context, config map[string]any) Diagnostics {
	p.t.Helper()
	plan := &Plan{}
	p.validate(ctx, p.blocks(config), plan)
	return plan.Diagnostics
}
