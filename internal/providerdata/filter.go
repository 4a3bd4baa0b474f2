package providerdata

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// Filter selects objects of a kind, for the data source that lists them and for the list resource.
type Filter struct{ ProjectID, NameRegex types.String }

// Attributes implements Model.
func (f *Filter) Attributes() Attributes {
	return Attributes{"project_id": &f.ProjectID, "name_regex": &f.NameRegex}
}

// NameRegexDescription documents name_regex.
const NameRegexDescription = "Regular expression, in [Go's syntax](https://pkg.go.dev/regexp/syntax), that must match a part of the name; to match the " +
	"whole name, anchor it with `^` and `$`. Unset by default."

// NameRegexValidator accepts what Go's regexp does.
func NameRegexValidator() validator.String {
	return StringValidator("must be a regular expression in Go's syntax", func(at path.Path, value string) diag.Diagnostic {
		if _, err := regexp.Compile(value); err != nil {
			return diag.NewAttributeErrorDiagnostic(at, "Not a regular expression",
				Sentence(err.Error())+" The syntax is Go's: https://pkg.go.dev/regexp/syntax")
		}
		return nil
	})
}

// Find lists the selected objects by one request, sorted by name, then by project. named returns both.
func Find[T any](ctx context.Context, filter Filter, all func(ctx context.Context, projectID string) ([]T, error),
	named func(T) (name, projectID string)) ([]T, error) {
	pattern, err := regexp.Compile(filter.NameRegex.ValueString())
	if err != nil {
		return nil, fmt.Errorf("name_regex: %w", err)
	}
	found, err := all(ctx, filter.ProjectID.ValueString())
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(object T) bool {
		name, _ := named(object)
		return !pattern.MatchString(name)
	})
	slices.SortFunc(found, func(a, b T) int {
		nameOfA, projectOfA := named(a)
		nameOfB, projectOfB := named(b)
		return cmp.Or(cmp.Compare(nameOfA, nameOfB), cmp.Compare(projectOfA, projectOfB))
	})
	return found, nil
}

// Looked completes the detail of a failed Find with where the provider looked.
func (f *Filter) Looked(detail string, err error) string {
	detail += "\nLooked in " + ScopeName(f.ProjectID.ValueString()) + "."
	if infisical.IsNotFound(err) {
		detail += " Check that project_id is the id of a project, not its slug, in the organisation of the provider's identity."
	}
	return detail
}
