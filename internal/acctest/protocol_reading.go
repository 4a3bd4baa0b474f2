package acctest

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ReadDataSource is what a plan does with a data source. It returns all that is known of it afterwards, in one text.
func (m *Module) ReadDataSource(ctx context.Context, typeName string, config map[string]any) (read string, diags Diagnostics) {
	m.t.Helper()
	ctx = m.logged(ctx)
	defer func() {
		m.showsNoSecret("a data source", diags)
		showsNoSecret(m.t, "a data source", read, nil)
	}()
	valueType := must(providerSchemas()).DataSourceSchemas[typeName].ValueType()
	asked := dynamic(valueType, goValue(valueType, config))
	m.begin()
	validated := must(m.serve().ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: asked}))
	if diags = append(diags, validated.Diagnostics...); diags.Failed() {
		return "", diags
	}
	server := m.configured(ctx, &diags)
	if diags.Failed() {
		return "", diags
	}
	response := must(server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: asked}))
	if diags = append(diags, response.Diagnostics...); diags.Failed() {
		return "", diags
	}
	value := must(response.State.Unmarshal(valueType))
	if !value.IsFullyKnown() {
		diags.fault("Provider produced invalid object", "there are unknown values", nil)
	}
	return value.String(), diags
}

// Query is `terraform query` of Terraform 1.14 for resources of the type that p drives. It returns what was found, a
// line each.
func (p *Protocol) Query(ctx context.Context, config map[string]any) (found string, diags Diagnostics) {
	p.t.Helper()
	ctx = p.logged(ctx)
	defer func() {
		p.showsNoSecret("a query", diags)
		showsNoSecret(p.t, "what a query finds", found, nil)
	}()
	p.begin()
	server := p.configured(ctx, &diags)
	if diags.Failed() {
		return "", diags
	}
	lists, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		panic(fmt.Sprintf("acctest: a %T lists nothing", server))
	}
	valueType := must(providerSchemas()).ListResourceSchemas[p.typeName].ValueType()
	stream := must(lists.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: p.typeName, Config: dynamic(valueType, goValue(valueType, config)), IncludeResource: true, Limit: 100,
	}))
	var all strings.Builder
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		fmt.Fprintln(&all, result.DisplayName, kindOf(p.typeName).read(result.Resource))
	}
	return all.String(), diags
}
