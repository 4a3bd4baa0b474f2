package connection

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// A scope that becomes known at apply may be the one that is needed.
func TestValidateConfig_scopeNotKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		scope   types.String
		refused bool
	}{
		"not known yet": {types.StringUnknown(), false},
		"needed":        {types.StringValue("read_repository"), false},
		"another":       {types.StringValue("read_user"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := resourceModel{UseCases: textSet("project_secret_scanning"), ManagedAccessToken: managedModel{
				Presence: attribute.Known, Project: types.StringValue("acme/api"), AccessLevel: types.StringValue("owner"),
				Scopes: types.SetValueMust(types.StringType, []attr.Value{types.StringValue("api"), tc.scope}),
			}}
			var resp resource.ValidateConfigResponse
			(&connectionResource{}).ValidateConfig(t.Context(), resource.ValidateConfigRequest{Config: tfsdk.Config{Raw: attribute.Encode(t.Context(),
				&config)}}, &resp)
			if resp.Diagnostics.HasError() != tc.refused {
				t.Errorf("got %v", resp.Diagnostics)
			}
		})
	}
}
