package object

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Filter selects objects of a kind, for the data source that lists them and for the list resource.
type Filter struct{ ProjectID, NameRegex, ExceptNameRegex types.String }

// Attributes implements attribute.Model.
func (f *Filter) Attributes() attribute.Fields {
	return attribute.Fields{"project_id": &f.ProjectID, "name_regex": &f.NameRegex, "except_name_regex": &f.ExceptNameRegex}
}

// RefuseMadeUp checks what validation leaves to the read.
func (f *Filter) RefuseMadeUp() diag.Diagnostics {
	return attribute.RefuseMadeUp(path.Root("project_id"), f.ProjectID, attribute.CheckProjectID)
}

// nameRegexDescription documents name_regex.
const nameRegexDescription = "Regular expression, in [Go's syntax](https://pkg.go.dev/regexp/syntax), that must match a part of the name; to match the " +
	"whole name, anchor it with `^` and `$`. Unset by default."

// exceptNameRegexDescription documents except_name_regex: Go's syntax has no way to say what must not match.
const exceptNameRegexDescription = "Regular expression, in the same syntax, that must not match any part of the name, such as `^managed-` for those that other " +
	"workspaces manage. Unset by default."

// nameRegexValidator accepts what Go's regexp does.
func nameRegexValidator() validator.String {
	return attribute.StringValidator("must be a regular expression in Go's syntax", func(at path.Path, value string) diag.Diagnostic {
		if _, err := regexp.Compile(value); err != nil {
			return notARegex(at, err)
		}
		return nil
	})
}

func notARegex(at path.Path, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Not a regular expression",
		transport.Sentence(err.Error())+" The syntax is Go's: https://pkg.go.dev/regexp/syntax")
}

// find lists the selected objects by one request, sorted by name, then by project.
func (k Kind[T]) find(ctx context.Context, client *infisical.Client, filter Filter) ([]T, diag.Diagnostics) {
	wanted, diags := compile("name_regex", filter.NameRegex)
	except, failed := compile("except_name_regex", filter.ExceptNameRegex)
	if diags.Append(failed...); diags.HasError() {
		return nil, diags
	}
	found, err := k.Objects(client).List(ctx, filter.ProjectID.ValueString())
	if err != nil {
		return nil, k.diagnoseList(filter, err)
	}
	found = slices.DeleteFunc(found, func(object T) bool {
		name := object.Common().Name
		return wanted != nil && !wanted.MatchString(name) || except != nil && except.MatchString(name)
	})
	slices.SortFunc(found, func(a, b T) int {
		one, other := a.Common(), b.Common()
		return cmp.Or(cmp.Compare(one.Name, other.Name), cmp.Compare(one.ProjectID, other.ProjectID))
	})
	return found, nil
}

// compile returns nil for an expression that is not set.
func compile(attribute string, expression types.String) (*regexp.Regexp, diag.Diagnostics) {
	if expression.ValueString() == "" {
		return nil, nil
	}
	compiled, err := regexp.Compile(expression.ValueString())
	if err != nil {
		return nil, diag.Diagnostics{notARegex(path.Root(attribute), err)}
	}
	return compiled, nil
}

// diagnoseList says where the provider looked as well, unless the error has a title of its own.
func (k Kind[T]) diagnoseList(filter Filter, err error) diag.Diagnostics {
	said := k.Diagnose("list", err)
	if said[0].Summary() != "Could not list the GitLab "+k.Noun {
		return said
	}
	where := "the organization"
	if project := filter.ProjectID.ValueString(); project != "" {
		where = k.where(project)
	}
	detail := said[0].Detail() + "\nLooked in " + where + "."
	if infisical.IsNotFound(err) {
		detail += " Check that project_id is the id of a project, not its slug, in the organization of the provider's identity."
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Could not list the GitLab "+k.Noun+"s", detail)}
}
