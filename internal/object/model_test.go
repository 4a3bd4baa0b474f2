package object

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// Each model has the attributes of its schema, with their types, whether a project is needed or not.
func TestModels_fitTheirSchemas(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	id := map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}}
	description := Description[infisical.Sync]{Attributes: id, Model: func(infisical.Sync) attribute.Model { return &Identity{} }}
	for _, noProject := range []string{"", "the organization itself"} {
		kind := Kind[infisical.Sync]{NoProject: noProject, MaxName: 64}
		var one, all datasource.SchemaResponse
		kind.DataSource(LookupDocs{}, description).Schema(ctx, datasource.SchemaRequest{}, &one)
		kind.ListDataSource("syncs", ListDocs{}, description).Schema(ctx, datasource.SchemaRequest{}, &all)
		var listing list.ListResourceSchemaResponse
		kind.ListResource(ListDocs{}, nil).ListResourceConfigSchema(ctx, list.ListResourceSchemaRequest{}, &listing)
		for name, tc := range map[string]struct {
			model  attribute.Model
			schema attr.Type
		}{
			"identity":               {&Identity{}, kind.IdentitySchema().Type()},
			"list resource":          {&Filter{}, listing.Schema.Type()},
			"data source":            {&lookup{}, one.Schema.Type()},
			"data source of several": {&listed{attribute: "syncs", objects: attribute.NestedList{Of: &Identity{}}}, all.Schema.Type()},
		} {
			if got, want := attribute.Encode(ctx, tc.model).Type(), tc.schema.TerraformType(ctx); !got.Equal(want) {
				t.Errorf("%s: got  %s\nwant %s", name, got, want)
			}
		}
		project, _ := listing.Schema.Attributes["project_id"].(listschema.StringAttribute)
		if !refuses(t, project.Validators, "a\x00b") || !refuses(t, project.Validators, "a-slug") || refuses(t, project.Validators, attribute.ExampleID) {
			t.Error("a list resource looks in a project that cannot be")
		}
		if _, changed := id["name"]; changed {
			t.Error("the description's attributes were changed")
		}
	}
}

func refuses(t *testing.T, validators []validator.String, value string) bool {
	t.Helper()
	var resp validator.StringResponse
	for _, v := range validators {
		v.ValidateString(t.Context(), validator.StringRequest{ConfigValue: types.StringValue(value)}, &resp)
	}
	return resp.Diagnostics.HasError()
}
