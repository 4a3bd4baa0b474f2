package acctest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// value is a configuration with all references replaced.
func (m *Module) value(of *kind, config any) tftypes.Value {
	attributes := config.(map[string]any) //nolint:forcetypeassert // It is what evaluate makes of one.
	learn(of.block.Attributes, attributes, &m.inClear)
	return goValue(of.valueType, attributes)
}

func (k *kind) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	return dynamic(k.valueType, value)
}

func (k *kind) read(value *tfprotov6.DynamicValue) tftypes.Value {
	if value == nil {
		return tftypes.NewValue(k.valueType, nil)
	}
	return must(value.Unmarshal(k.valueType))
}

// kept is what is in the private state under a key.
func (o *object) kept(key string) []byte {
	if o == nil || len(o.private) == 0 {
		return nil
	}
	keys := map[string][]byte{}
	check(json.Unmarshal(o.private, &keys))
	return keys[key]
}

// dependingOn is an object that depends on further resources.
func (o *object) dependingOn(resources []string) *object {
	if o == nil {
		return nil
	}
	merged := *o
	merged.dependencies = slices.Compact(slices.Sorted(slices.Values(slices.Concat(o.dependencies, resources))))
	return &merged
}

// textAt is the text at a path of attributes; empty when it is null.
func textAt(value tftypes.Value, path ...string) string {
	for _, name := range path {
		if value.IsNull() {
			return ""
		}
		value = fields(value)[name]
	}
	return textOf(value)
}

// textOf is the text of a value that is known; empty when it is null.
func textOf(value tftypes.Value) string {
	switch {
	case value.IsNull():
		return ""
	case value.Type().Is(tftypes.String):
		var text string
		check(value.As(&text))
		return text
	}
	return value.String()
}

func dynamic(valueType tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(valueType, value)))
}

// GoValue makes a value of a type out of Go's: string, bool, int, []string, and maps of them.
func GoValue(valueType tftypes.Type, value any) tftypes.Value { return goValue(valueType, value) }

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
	case tftypes.Value:
		return value
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
