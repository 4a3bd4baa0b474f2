package acctest

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// Generated is the configuration that `terraform plan -generate-config-out` writes of the resource in the state, as it
// reads when it is parsed.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/genconfig/generate_config.go
func (p *Protocol) Generated() map[string]any {
	return generated(kindOf(p.typeName).block.Attributes, p.Value())
}

func generated(attributes []*tfprotov6.SchemaAttribute, value tftypes.Value) map[string]any {
	config, held := map[string]any{}, fields(value)
	for _, attribute := range attributes {
		of := held[attribute.Name]
		switch {
		case !attribute.Optional && !attribute.Required, attribute.Sensitive, attribute.WriteOnly, of.IsNull():
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			config[attribute.Name] = generated(attribute.NestedType.Attributes, of)
		default:
			config[attribute.Name] = written(of)
		}
	}
	return config
}

// written is a value after HCL was written and read.
func written(value tftypes.Value) tftypes.Value {
	return must(tftypes.Transform(value, func(_ *tftypes.AttributePath, part tftypes.Value) (tftypes.Value, error) {
		if part.IsNull() || !part.Type().Is(tftypes.String) {
			return part, nil
		}
		return tftypes.NewValue(tftypes.String, parsed(textOf(part))), nil
	}))
}

func parsed(text string) string {
	expression, faults := hclsyntax.ParseExpression(hclwrite.TokensForValue(cty.StringVal(text)).Bytes(), "", hcl.InitialPos)
	if faults.HasErrors() {
		panic(faults)
	}
	value, faults := expression.Value(nil)
	if faults.HasErrors() {
		panic(faults)
	}
	return value.AsString()
}
