package attribute

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Alternatives are attributes of which exactly one must be set. They validate the nested attribute that holds them, or
// the configuration of a resource or data source.
type Alternatives []string

// ExactlyOneOf returns alternatives.
func ExactlyOneOf(names ...string) Alternatives { return names }

// Description implements the validators' interfaces.
func (a Alternatives) Description(context.Context) string {
	return "must set exactly one of " + strings.Join(a, ", ")
}

// MarkdownDescription implements the validators' interfaces.
func (a Alternatives) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

// ValidateObject implements validator.Object.
func (a Alternatives) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	values := map[string]Presence{}
	for _, name := range a {
		if value := req.ConfigValue.Attributes()[name]; value != nil {
			values[name] = PresenceOf(value)
		}
	}
	resp.Diagnostics.Append(a.check(req.Path, values)...)
}

// ValidateResource implements resource.ConfigValidator.
func (a Alternatives) ValidateResource(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	resp.Diagnostics.Append(a.checkRoot(req.Config.Raw)...)
}

// ValidateDataSource implements datasource.ConfigValidator.
func (a Alternatives) ValidateDataSource(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(a.checkRoot(req.Config.Raw)...)
}

func (a Alternatives) checkRoot(config tftypes.Value) diag.Diagnostics {
	var raw map[string]tftypes.Value
	if err := config.As(&raw); err != nil {
		return nil // Other checks say so.
	}
	values := map[string]Presence{}
	for _, name := range a {
		switch value := raw[name]; {
		case !value.IsKnown():
			values[name] = Unknown
		case !value.IsNull():
			values[name] = Known
		}
	}
	return a.check(path.Empty(), values)
}

// check finds none or several set; what is unknown may turn out either way.
func (a Alternatives) check(within path.Path, values map[string]Presence) diag.Diagnostics {
	var all, set []string
	open := false
	for _, name := range a {
		at := within.AtName(name).String()
		all = append(all, at)
		if values[name] == Known {
			set = append(set, at)
		}
		open = open || values[name] == Unknown
	}
	switch {
	case len(set) > 1:
		return diag.Diagnostics{tooMany(within.AtName(a[slices.Index(all, set[1])]), set)}
	case len(set) == 0 && !open && len(within.Steps()) == 0:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Attribute missing", "Set "+joined(all, "or")+".")}
	case len(set) == 0 && !open:
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(within, "Attribute missing", "Set "+joined(all, "or")+".")}
	}
	return nil
}

func tooMany(at path.Path, set []string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Too many attributes", "Set only one of "+joined(set, "and")+".")
}

func joined(names []string, word string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + word + " " + names[len(names)-1]
}

// A Beside is about another attribute of the same object. It validates the attribute that it is given to, where that is
// set.
type Beside struct {
	other string
	// needed: the other one must be set as well; else it must not be.
	needed bool
}

// NotBeside refuses an attribute beside another one.
func NotBeside(other string) Beside { return Beside{other: other} }

// OnlyBeside refuses an attribute without another one.
func OnlyBeside(other string) Beside { return Beside{other: other, needed: true} }

// Description implements the validators' interfaces.
func (b Beside) Description(context.Context) string {
	if b.needed {
		return "needs " + b.other + " as well"
	}
	return "must not be set beside " + b.other
}

// MarkdownDescription implements the validators' interfaces.
func (b Beside) MarkdownDescription(ctx context.Context) string { return b.Description(ctx) }

// ValidateString implements validator.String.
func (b Beside) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	resp.Diagnostics.Append(b.check(ctx, req.Config, req.Path, req.ConfigValue)...)
}

// ValidateInt64 implements validator.Int64.
func (b Beside) ValidateInt64(ctx context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	resp.Diagnostics.Append(b.check(ctx, req.Config, req.Path, req.ConfigValue)...)
}

// ValidateSet implements validator.Set.
func (b Beside) ValidateSet(ctx context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	resp.Diagnostics.Append(b.check(ctx, req.Config, req.Path, req.ConfigValue)...)
}

func (b Beside) check(ctx context.Context, config tfsdk.Config, at path.Path, value attr.Value) diag.Diagnostics {
	if value.IsNull() || value.IsUnknown() && !b.needed {
		return nil
	}
	otherAt := at.ParentPath().AtName(b.other)
	var other attr.Value
	if diags := config.GetAttribute(ctx, otherAt, &other); diags.HasError() {
		return diags
	}
	switch {
	case b.needed && other.IsNull():
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "Attribute missing", fmt.Sprintf("%s needs %s: set both.", at, otherAt))}
	case !b.needed && !other.IsNull() && !other.IsUnknown():
		return diag.Diagnostics{tooMany(at, []string{at.String(), otherAt.String()})}
	}
	return nil
}
