package main

import (
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// address is where tfplugindocs looks for a provider called infisical, whatever its real address.
const address = "registry.terraform.io/hashicorp/infisical"

var (
	descriptionKinds = map[tfprotov6.StringKind]tfjson.SchemaDescriptionKind{
		tfprotov6.StringKindPlain:    tfjson.SchemaDescriptionKindPlain,
		tfprotov6.StringKindMarkdown: tfjson.SchemaDescriptionKindMarkdown,
	}
	nestingModes = map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
		tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
		tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
		tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
		tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
	}
)

func providersSchema(
	offered *tfprotov6.GetProviderSchemaResponse, identities map[string]*tfprotov6.ResourceIdentitySchema,
) (*tfjson.ProviderSchemas, error) {
	switch {
	case len(offered.EphemeralResourceSchemas) > 0:
		return nil, fmt.Errorf("ephemeral resources are not printed yet")
	case len(offered.StateStoreSchemas) > 0:
		return nil, fmt.Errorf("state stores are not printed yet")
	}
	var printed tfjson.ProviderSchema
	var err error
	if printed.ConfigSchema, err = schema(offered.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if printed.ResourceSchemas, err = each(offered.ResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("resource %w", err)
	}
	if printed.DataSourceSchemas, err = each(offered.DataSourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("data source %w", err)
	}
	if printed.ListResourceSchemas, err = each(offered.ListResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("list resource %w", err)
	}
	if printed.ActionSchemas, err = each(offered.ActionSchemas, action); err != nil {
		return nil, fmt.Errorf("action %w", err)
	}
	if printed.Functions, err = each(offered.Functions, signature); err != nil {
		return nil, fmt.Errorf("function %w", err)
	}
	if printed.ResourceIdentitySchemas, err = each(identities, identity); err != nil {
		return nil, fmt.Errorf("identity of %w", err)
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{address: &printed},
	}, nil
}

func each[From, To any](from map[string]From, convert func(From) (To, error)) (map[string]To, error) {
	to := make(map[string]To, len(from))
	for name, one := range from {
		converted, err := convert(one)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to[name] = converted
	}
	return to, nil
}

func schema(s *tfprotov6.Schema) (*tfjson.Schema, error) {
	if len(s.Block.BlockTypes) > 0 {
		return nil, fmt.Errorf("block %s: blocks are not printed; use a nested attribute", s.Block.BlockTypes[0].TypeName)
	}
	attrs, err := attributes(s.Block.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{
		Version: uint64(s.Version), //nolint:gosec // schema versions are not negative
		Block: &tfjson.SchemaBlock{
			Attributes:      attrs,
			Description:     s.Block.Description,
			DescriptionKind: descriptionKinds[s.Block.DescriptionKind],
			Deprecated:      s.Block.Deprecated,
		},
	}, nil
}

func action(s *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	printed, err := schema(s.Schema)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: printed.Block}, nil
}

func attributes(list []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	byName := make(map[string]*tfprotov6.SchemaAttribute, len(list))
	for _, a := range list {
		byName[a.Name] = a
	}
	return each(byName, attribute)
}

func attribute(a *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	printed := &tfjson.SchemaAttribute{
		Description:     a.Description,
		DescriptionKind: descriptionKinds[a.DescriptionKind],
		Deprecated:      a.Deprecated,
		Required:        a.Required,
		Optional:        a.Optional,
		Computed:        a.Computed,
		Sensitive:       a.Sensitive,
		WriteOnly:       a.WriteOnly,
	}
	var err error
	if a.NestedType == nil {
		printed.AttributeType, err = ctyType(a.Type)
		return printed, err
	}
	printed.AttributeNestedType = &tfjson.SchemaNestedAttributeType{NestingMode: nestingModes[a.NestedType.Nesting]}
	printed.AttributeNestedType.Attributes, err = attributes(a.NestedType.Attributes)
	return printed, err
}

func identity(s *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	printed := &tfjson.IdentitySchema{
		Version:    uint64(s.Version), //nolint:gosec // schema versions are not negative
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(s.IdentityAttributes)),
	}
	for _, a := range s.IdentityAttributes {
		identityType, err := ctyType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		printed.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType:      identityType,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return printed, nil
}

func signature(f *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	printed := &tfjson.FunctionSignature{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
	}
	var err error
	if printed.ReturnType, err = ctyType(f.Return.Type); err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	for _, p := range f.Parameters {
		converted, err := parameter(p)
		if err != nil {
			return nil, err
		}
		printed.Parameters = append(printed.Parameters, converted)
	}
	if f.VariadicParameter != nil {
		printed.VariadicParameter, err = parameter(f.VariadicParameter)
	}
	return printed, err
}

func parameter(p *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	parameterType, err := ctyType(p.Type)
	if err != nil {
		return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
	}
	return &tfjson.FunctionParameter{
		Name:        p.Name,
		Description: p.Description,
		IsNullable:  p.AllowNullValue,
		Type:        parameterType,
	}, nil
}

// ctyType goes by way of JSON, the form in which types cross the plugin protocol.
func ctyType(t tftypes.Type) (cty.Type, error) {
	encoded, err := json.Marshal(t)
	if err != nil {
		return cty.NilType, fmt.Errorf("encoding its type: %w", err)
	}
	decoded, err := ctyjson.UnmarshalType(encoded)
	if err != nil {
		return cty.NilType, fmt.Errorf("decoding its type: %w", err)
	}
	return decoded, nil
}
