package secretsync

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// Each model has the attributes of its schema, with their types.
func TestModels_fitTheirSchemas(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var own resource.SchemaResponse
	(&syncResource{}).Schema(ctx, resource.SchemaRequest{}, &own)
	of := func(source datasource.DataSource) attr.Type {
		var schema datasource.SchemaResponse
		source.Schema(ctx, datasource.SchemaRequest{}, &schema)
		return schema.Schema.Type()
	}
	for name, tc := range map[string]struct {
		model  attribute.Model
		schema attr.Type
	}{
		"resource":            {&resourceModel{}, own.Schema.Type()},
		"state that is moved": {&officialModel{}, officialSchema.Type()},
		"data source":         {&described{}, of(NewDataSource())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, want := attribute.Encode(ctx, tc.model).Type(), tc.schema.TerraformType(ctx); !got.Equal(want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
