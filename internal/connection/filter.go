package connection

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// filter chooses connections for the data source infisical_gitlab_connections and for the list resource.
type filter struct {
	ProjectID types.String `tfsdk:"project_id"`
	NameRegex types.String `tfsdk:"name_regex"`
}

const (
	projectFilterDescription = "Id of an Infisical project: only its connections. Without one: those of the organisation itself and of all its projects, as far as the provider's identity may " +
		"see them. None by default."
	nameFilterDescription = "Regular expression, in [Go's syntax](https://pkg.go.dev/regexp/syntax), that must match somewhere in the name; anchor it with `^` and `$` to match all of it. None by default."
)

// find asks for the chosen connections, with one request, and sorts them by name, then by project.
func (f filter) find(ctx context.Context, client *infisical.Client) ([]infisical.Connection, error) {
	pattern, err := regexp.Compile(f.NameRegex.ValueString())
	if err != nil {
		return nil, fmt.Errorf("name_regex: %w", err)
	}
	found, err := client.List(ctx, f.ProjectID.ValueString())
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c infisical.Connection) bool { return !pattern.MatchString(c.Name) })
	slices.SortFunc(found, func(a, b infisical.Connection) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ProjectID, b.ProjectID))
	})
	return found, nil
}

// diagnose says where was looked.
func (f filter) diagnose(err error) diag.Diagnostic {
	const summary = "Could not list the GitLab connections"
	looked := "Looked in " + scopeName(f.ProjectID.ValueString()) + "."
	if infisical.IsNotFound(err) {
		return diag.NewErrorDiagnostic(summary, sentence(err.Error())+"\n"+looked+" Check that project_id is the id of a project, not its slug, in the organisation of the provider's identity.")
	}
	return diag.NewErrorDiagnostic(summary, diagnose("list", err)[0].Detail()+"\n"+looked)
}

// regexValidator accepts what Go's regexp does.
type regexValidator struct{}

func (regexValidator) Description(context.Context) string {
	return "must be a regular expression in Go's syntax"
}

func (v regexValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v regexValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a regular expression", sentence(err.Error())+" The syntax is Go's: https://pkg.go.dev/regexp/syntax")
	}
}
