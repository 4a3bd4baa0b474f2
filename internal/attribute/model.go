// Package attribute has what the attributes of resources and data sources have in common: how configuration, plan,
// state and private state become plain structs and are made of them, and what values they may have.
package attribute

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// A Model is a struct that configuration, plan or state is decoded into. It says itself which of its fields is which
// attribute: the framework would find that out in every call, by reflection and with a regular expression for each
// field, which is a tenth of all that a plan of many connections costs.
type Model interface{ Attributes() Fields }

// Fields are the fields of a Model by the names that the schema has for them. Each is a pointer: to a String, Bool
// or Int64, to a Set, List or Map of strings, or to the Model of a nested attribute.
type Fields map[string]any

// Presence is whether a value is null, unknown or known. The Model of a nested attribute embeds it: all its fields are
// null while the attribute is, and unknown while that is.
type Presence uint8

// The zero value of a Model is null, and so is that of all its fields.
const (
	Null Presence = iota
	Unknown
	Known
)

// PresenceOf is the presence of a value.
func PresenceOf(value attr.Value) Presence {
	switch {
	case value.IsNull():
		return Null
	case value.IsUnknown():
		return Unknown
	}
	return Known
}

func (p *Presence) presence() *Presence { return p }

// nested is the Model of a nested attribute.
type nested interface {
	Model
	presence() *Presence
}

// A NestedList is a computed list of nested attributes, which are like Of. It is only encoded.
type NestedList struct {
	Of       Model
	Elements []Model
}

// leaf is a field that is not nested, with its type.
type leaf interface {
	attr.Type
	get() attr.Value
	set(value attr.Value)
}

type fieldOf[T attr.Value] struct {
	attr.Type
	field *T
}

func (f fieldOf[T]) get() attr.Value      { return *f.field }
func (f fieldOf[T]) set(value attr.Value) { *f.field = value.(T) } //nolint:forcetypeassert // The type made it.

func leafOf(field any) leaf {
	switch field := field.(type) {
	case *types.String:
		return fieldOf[types.String]{types.StringType, field}
	case *types.Bool:
		return fieldOf[types.Bool]{types.BoolType, field}
	case *types.Int64:
		return fieldOf[types.Int64]{types.Int64Type, field}
	case *types.Set:
		return fieldOf[types.Set]{types.SetType{ElemType: types.StringType}, field}
	case *types.List:
		return fieldOf[types.List]{types.ListType{ElemType: types.StringType}, field}
	case *types.Map:
		return fieldOf[types.Map]{types.MapType{ElemType: types.StringType}, field}
	}
	panic(fmt.Sprintf("attribute: a field cannot be %T", field))
}

// Decode fills in a zero model from the raw value of configuration, plan or state.
func Decode(ctx context.Context, raw tftypes.Value, model Model) diag.Diagnostics {
	if err := decodeObject(ctx, raw, model); err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unexpected provider data",
			fmt.Sprintf("Could not decode %T: %s. Please report this to the provider's developers.", model, err))}
	}
	return nil
}

func decodeObject(ctx context.Context, raw tftypes.Value, model Model) error {
	if raw.IsNull() {
		return nil
	}
	var values map[string]tftypes.Value
	if raw.IsKnown() {
		if err := raw.As(&values); err != nil {
			return err
		}
	}
	for name, field := range model.Attributes() {
		value := raw // All of what is unknown is unknown.
		if raw.IsKnown() {
			value = values[name]
		}
		if err := decodeField(ctx, value, field); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func decodeField(ctx context.Context, raw tftypes.Value, field any) error {
	if nested, ok := field.(nested); ok {
		switch at := nested.presence(); {
		case !raw.IsKnown():
			*at = Unknown
		case !raw.IsNull():
			*at = Known
		}
		return decodeObject(ctx, raw, nested)
	}
	leaf := leafOf(field)
	if !raw.IsKnown() {
		raw = tftypes.NewValue(leaf.TerraformType(ctx), tftypes.UnknownValue)
	}
	value, err := leaf.ValueFromTerraform(ctx, raw)
	if err == nil {
		leaf.set(value)
	}
	return err
}

// Encode is the raw value of a model.
func Encode(ctx context.Context, model Model) tftypes.Value {
	attributes := model.Attributes()
	values, object := make(map[string]tftypes.Value, len(attributes)), make(map[string]tftypes.Type, len(attributes))
	for name, field := range attributes {
		values[name] = encodeField(ctx, field)
		object[name] = values[name].Type()
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: object}, values)
}

func encodeField(ctx context.Context, field any) tftypes.Value {
	if nested, ok := field.(nested); ok {
		value := Encode(ctx, nested)
		switch *nested.presence() {
		case Null:
			return tftypes.NewValue(value.Type(), nil)
		case Unknown:
			return tftypes.NewValue(value.Type(), tftypes.UnknownValue)
		case Known:
		}
		return value
	}
	if list, ok := field.(*NestedList); ok {
		elements := make([]tftypes.Value, len(list.Elements))
		for i, element := range list.Elements {
			elements[i] = Encode(ctx, element)
		}
		return tftypes.NewValue(tftypes.List{ElementType: Encode(ctx, list.Of).Type()}, elements)
	}
	leaf := leafOf(field)
	if leaf.get().IsNull() {
		return tftypes.NewValue(leaf.TerraformType(ctx), nil)
	}
	value, err := leaf.get().ToTerraformValue(ctx)
	if err != nil {
		panic(fmt.Sprintf("attribute: %T is not what its type makes: %s", field, err))
	}
	return value
}

// Equal reports whether two models of one type have the same attributes.
func Equal(a, b Model) bool {
	others := b.Attributes()
	for name, field := range a.Attributes() {
		if !equalFields(field, others[name]) {
			return false
		}
	}
	return true
}

//nolint:forcetypeassert // It is the same field.
func equalFields(a, b any) bool {
	switch ours := a.(type) {
	case nested:
		theirs := b.(nested)
		return *ours.presence() == *theirs.presence() && (*ours.presence() != Known || Equal(ours, theirs))
	case *types.String: // Most are, and this takes no memory.
		return *ours == *b.(*types.String)
	}
	ours, theirs := leafOf(a).get(), leafOf(b).get()
	return ours.IsNull() && theirs.IsNull() || ours.Equal(theirs)
}

// KeepPlanned puts what was planned back into what a server answered to a write: what the plan showed must come true,
// and Terraform takes anything else for a fault of the provider. If the server has made something else of it, the next
// refresh shows that.
func KeepPlanned(answered, planned Model) {
	wanted := planned.Attributes()
	for name, field := range answered.Attributes() {
		keepField(field, wanted[name])
	}
}

func keepField(answered, planned any) {
	if ours, ok := answered.(nested); ok {
		theirs := planned.(nested) //nolint:forcetypeassert // It is the same field.
		if *theirs.presence() != Unknown {
			*ours.presence() = *theirs.presence()
			KeepPlanned(ours, theirs)
		}
		return
	}
	if value := leafOf(planned).get(); !value.IsUnknown() {
		leafOf(answered).set(value)
	}
}

// SameDescription reports that Infisical stores two descriptions alike: it takes off surrounding white space, and has
// an empty description where others have none. One that is not known yet is like no other.
func SameDescription(a, b types.String) bool {
	return !a.IsUnknown() && !b.IsUnknown() && infisical.Trim(a.ValueString()) == infisical.Trim(b.ValueString())
}

// Description is the one that the server has, in our spelling where that means the same.
func Description(ours types.String, stored *string) types.String {
	if theirs := types.StringPointerValue(stored); !SameDescription(ours, theirs) {
		return theirs
	}
	return ours
}

// Message is the attribute of what a server says; null for nothing.
func Message(words transport.Words) types.String { return Optional(string(words)) }

// Optional is null for an empty text.
func Optional(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}
