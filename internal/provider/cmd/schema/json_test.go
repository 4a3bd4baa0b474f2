package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestProvidersSchema(t *testing.T) {
	t.Parallel()
	offered := &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
			Description:     "Speaks to a *thing*.",
			DescriptionKind: tfprotov6.StringKindMarkdown,
			Attributes:      []*tfprotov6.SchemaAttribute{{Name: "host", Type: tftypes.String, Optional: true}},
		}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"a_thing": {Version: 2, Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "id", Type: tftypes.String, Computed: true, Description: "Its id."},
				{Name: "tags", Type: tftypes.Set{ElementType: tftypes.String}, Required: true, Deprecated: true},
				{Name: "login", Optional: true, NestedType: &tfprotov6.SchemaObject{
					Nesting: tfprotov6.SchemaObjectNestingModeSingle,
					Attributes: []*tfprotov6.SchemaAttribute{
						{Name: "secret_wo", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true},
					},
				}},
			},
		}}},
		DataSourceSchemas:   map[string]*tfprotov6.Schema{"a_source": {Block: &tfprotov6.SchemaBlock{}}},
		ListResourceSchemas: map[string]*tfprotov6.Schema{"a_thing": {Block: &tfprotov6.SchemaBlock{}}},
		ActionSchemas: map[string]*tfprotov6.ActionSchema{"a_thing_run": {Schema: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{{Name: "id", Type: tftypes.String, Required: true, Description: "Its id."}},
		}}}},
		Functions: map[string]*tfprotov6.Function{"join": {
			Summary:           "Joins",
			Description:       "Joins words.",
			Parameters:        []*tfprotov6.FunctionParameter{{Name: "between", Type: tftypes.String, AllowNullValue: true}},
			VariadicParameter: &tfprotov6.FunctionParameter{Name: "words", Type: tftypes.String, Description: "Words."},
			Return:            &tfprotov6.FunctionReturn{Type: tftypes.List{ElementType: tftypes.Number}},
		}},
	}
	identities := map[string]*tfprotov6.ResourceIdentitySchema{"a_thing": {
		IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
			{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "Its id."},
		},
	}}
	// The form is https://developer.hashicorp.com/terraform/cli/commands/providers/schema.
	const want = `{
		"format_version": "1.0",
		"provider_schemas": {"registry.terraform.io/hashicorp/infisical": {
			"provider": {"version": 0, "block": {
				"description": "Speaks to a *thing*.", "description_kind": "markdown",
				"attributes": {"host": {"type": "string", "description_kind": "plain", "optional": true}}
			}},
			"resource_schemas": {"a_thing": {"version": 2, "block": {"description_kind": "plain", "attributes": {
				"id": {"type": "string", "description": "Its id.", "description_kind": "plain", "computed": true},
				"tags": {"type": ["set", "string"], "description_kind": "plain", "required": true, "deprecated": true},
				"login": {"description_kind": "plain", "optional": true, "nested_type": {"nesting_mode": "single", "attributes": {
					"secret_wo": {
						"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true
					}
				}}}
			}}}},
			"data_source_schemas": {"a_source": {"version": 0, "block": {"description_kind": "plain"}}},
			"list_resource_schemas": {"a_thing": {"version": 0, "block": {"description_kind": "plain"}}},
			"action_schemas": {"a_thing_run": {"block": {"description_kind": "plain", "attributes": {
				"id": {"type": "string", "description": "Its id.", "description_kind": "plain", "required": true}
			}}}},
			"functions": {"join": {
				"summary": "Joins", "description": "Joins words.", "return_type": ["list", "number"],
				"parameters": [{"name": "between", "type": "string", "is_nullable": true}],
				"variadic_parameter": {"name": "words", "type": "string", "description": "Words."}
			}},
			"resource_identity_schemas": {"a_thing": {"version": 0, "attributes": {
				"id": {"type": "string", "description": "Its id.", "required_for_import": true}
			}}}
		}}
	}`

	got, err := providersSchema(offered, identities)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, want), decode(t, string(printed))); diff != "" {
		t.Errorf("printed schemas differ (-want +got):\n%s", diff)
	}
}

func TestProvidersSchema_refusesWhatItCannotPrint(t *testing.T) {
	t.Parallel()
	empty := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}
	tests := map[string]struct {
		offered *tfprotov6.GetProviderSchemaResponse
		says    string
	}{
		"a block": {
			&tfprotov6.GetProviderSchemaResponse{Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
				BlockTypes: []*tfprotov6.SchemaNestedBlock{{TypeName: "retry"}},
			}}},
			"provider: block retry",
		},
		"an ephemeral resource": {
			&tfprotov6.GetProviderSchemaResponse{
				Provider: empty, EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"a_token": empty},
			},
			"ephemeral resources",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := providersSchema(test.offered, nil)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got error %v, want one that says %q", err, test.says)
			}
		})
	}
}

func decode(t *testing.T, document string) any {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return decoded
}
