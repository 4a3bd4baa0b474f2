package acctest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func (p *Protocol) value(config map[string]any) tftypes.Value {
	if config == nil {
		return tftypes.NewValue(p.valueType, nil)
	}
	learn(p.block.Attributes, config, &p.inClear)
	return goValue(p.valueType, config)
}

func (p *Protocol) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	return dynamic(p.valueType, value)
}

func (p *Protocol) read(value *tfprotov6.DynamicValue) tftypes.Value {
	if value == nil {
		return tftypes.NewValue(p.valueType, nil)
	}
	return must(value.Unmarshal(p.valueType))
}

func dynamic(valueType tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(valueType, value)))
}

// goValue makes a value of a type out of Go's.
func goValue(valueType tftypes.Type, value any) tftypes.Value {
	switch value := value.(type) {
	case map[string]any:
		return tftypes.NewValue(valueType, members(valueType, value))
	case []string:
		element := tftypes.String
		elements := make([]tftypes.Value, len(value))
		for i, text := range value {
			elements[i] = goValue(element, text)
		}
		return tftypes.NewValue(valueType, elements)
	case int:
		return tftypes.NewValue(valueType, int64(value))
	}
	return tftypes.NewValue(valueType, value)
}

func members(valueType tftypes.Type, value map[string]any) map[string]tftypes.Value {
	built := map[string]tftypes.Value{}
	object, isObject := valueType.(tftypes.Object)
	if !isObject {
		for name, member := range value {
			built[name] = goValue(tftypes.String, member)
		}
		return built
	}
	for name, attributeType := range object.AttributeTypes {
		built[name] = goValue(attributeType, value[name])
	}
	for name := range value {
		if _, ok := object.AttributeTypes[name]; !ok {
			panic(fmt.Sprintf("acctest: there is no attribute %q among %q", name, slices.Sorted(maps.Keys(object.AttributeTypes))))
		}
	}
	return built
}

// must is for what fails only when a test is written wrongly.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
