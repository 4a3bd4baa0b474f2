package providerdata

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// StringValidator is a validator made from a function, which is asked about known values only and returns nil for a
// good one.
func StringValidator(description string, check func(at path.Path, value string) diag.Diagnostic) validator.String {
	return stringValidator{description: description, check: check}
}

type stringValidator struct {
	description string
	check       func(at path.Path, value string) diag.Diagnostic
}

func (v stringValidator) Description(context.Context) string { return v.description }

func (v stringValidator) MarkdownDescription(context.Context) string { return v.description }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if refusal := v.check(req.Path, req.ConfigValue.ValueString()); refusal != nil {
		resp.Diagnostics.Append(refusal)
	}
}
