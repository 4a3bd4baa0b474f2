package acctest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// proposed merges configuration with what the provider computed before, as Terraform proposes it to the provider.
// Write-only attributes are left out.
func proposed(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	before, wanted, merged := fields(prior), fields(config), map[string]tftypes.Value{}
	for _, attribute := range attributes {
		value, recorded := wanted[attribute.Name], before[attribute.Name]
		if _, ok := before[attribute.Name]; !ok {
			recorded = tftypes.NewValue(value.Type(), nil)
		}
		switch {
		case attribute.WriteOnly:
			value = tftypes.NewValue(value.Type(), nil)
		case attribute.Computed && value.IsNull():
			value = recorded
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			value = proposed(attribute.NestedType.Attributes, recorded, value)
		}
		merged[attribute.Name] = value
	}
	return tftypes.NewValue(config.Type(), merged)
}

// invalidPlan finds planned values that are neither configured nor computed.
func invalidPlan(attributes []*tfprotov6.SchemaAttribute, path *tftypes.AttributePath, prior, config, planned tftypes.Value, diags *Diagnostics) {
	before, wanted, plans := fields(prior), fields(config), fields(planned)
	for _, attribute := range attributes {
		at, value, want := path.WithAttributeName(attribute.Name), plans[attribute.Name], wanted[attribute.Name]
		recorded, recordedThere := before[attribute.Name]
		kept := recordedThere && value.Equal(recorded) && !want.IsNull()
		switch {
		case attribute.WriteOnly && !value.IsNull():
			diags.fault("Provider produced invalid plan", "a write-only attribute is planned", at)
		case attribute.WriteOnly, attribute.Computed && want.IsNull():
		case attribute.NestedType != nil && !want.IsNull() && want.IsKnown() && !value.IsNull() && value.IsKnown():
			invalidPlan(attribute.NestedType.Attributes, at, recorded, want, value, diags)
		case !value.Equal(want) && !kept:
			diags.fault("Provider produced invalid plan", "the planned value is not the configured one", at)
		}
	}
}

// inconsistent finds what was known in the plan and has become something else.
func inconsistent(what string, path *tftypes.AttributePath, planned, actual tftypes.Value, diags *Diagnostics) {
	if !planned.IsKnown() || planned.Equal(actual) {
		return
	}
	if !planned.Type().Is(tftypes.Object{}) || planned.IsNull() || actual.IsNull() || !actual.IsKnown() {
		if !planned.IsFullyKnown() && actual.IsKnown() && !actual.IsNull() {
			return // A set or list with unknown elements.
		}
		diags.fault("Provider produced inconsistent "+what, fmt.Sprintf("was %s, but now %s", planned, actual), path)
		return
	}
	became := fields(actual)
	for name, value := range fields(planned) {
		inconsistent(what, path.WithAttributeName(name), value, became[name], diags)
	}
}

// fields is empty for what is null or unknown.
func fields(object tftypes.Value) map[string]tftypes.Value {
	fields := map[string]tftypes.Value{}
	if object.Type() != nil && !object.IsNull() && object.IsKnown() {
		check(object.As(&fields))
	}
	return fields
}

// Diagnostics are what a command said.
type Diagnostics []*tfprotov6.Diagnostic

// Failed reports that there is an error among them.
func (d Diagnostics) Failed() bool {
	return slices.ContainsFunc(d, func(diagnostic *tfprotov6.Diagnostic) bool {
		return diagnostic.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// String is all of their text.
func (d Diagnostics) String() string {
	var all strings.Builder
	for _, diagnostic := range d {
		fmt.Fprintf(&all, "%s: %s\n", diagnostic.Severity, diagnostic.Summary)
		if diagnostic.Attribute != nil {
			fmt.Fprintf(&all, "  with %s\n", diagnostic.Attribute)
		}
		fmt.Fprintf(&all, "%s\n", diagnostic.Detail)
	}
	return all.String()
}

// fault is an error of Terraform's own.
func (d *Diagnostics) fault(summary, detail string, at *tftypes.AttributePath) {
	*d = append(*d, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail, Attribute: at})
}
