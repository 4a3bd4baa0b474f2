package connection

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ list.ListResource              = (*connectionList)(nil)
	_ list.ListResourceWithConfigure = (*connectionList)(nil)
)

// NewListResource returns the list resource infisical_gitlab_connection, which `terraform query` asks for what exists.
func NewListResource() list.ListResource { return &connectionList{} }

type connectionList struct{ data *providerdata.Data }

// Metadata implements list.ListResource. The name is that of the resource.
func (l *connectionList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// ListResourceConfigSchema implements list.ListResource.
func (l *connectionList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists GitLab Connections for `terraform query`, to import those that were created by hand. Requires Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: projectFilterDescription,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: nameFilterDescription,
				Validators:          []validator.String{regexValidator()},
			},
		},
	}
}

// Configure implements list.ListResourceWithConfigure.
func (l *connectionList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diags := providerdata.Of(req.ProviderData)
	l.data = data
	resp.Diagnostics.Append(diags...)
}

// List implements list.ListResource. A failure is a result of its own: the stream has no other way to tell of one.
func (l *connectionList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, diags := l.find(ctx, req)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && req.Limit < int64(len(found)) {
		found = found[:req.Limit]
	}
	results := make([]list.ListResult, len(found))
	for i, connection := range found {
		results[i] = listed(ctx, req, connection)
	}
	stream.Results = slices.Values(results)
}

func (l *connectionList) find(ctx context.Context, req list.ListRequest) ([]infisical.Connection, diag.Diagnostics) {
	var filter filter
	diags := providerdata.Decode(ctx, req.Config.Raw, &filter)
	client, clientDiags := l.data.Client()
	if diags.Append(clientDiags...); diags.HasError() {
		return nil, diags
	}
	found, err := filter.find(ctx, client)
	if err != nil {
		diags.Append(filter.diagnose(err))
	}
	return found, diags
}

// listed is a connection as an import would record it.
func listed(ctx context.Context, req list.ListRequest, connection infisical.Connection) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName(connection)
	var model resourceModel
	model.fromAPI(connection)
	identify(ctx, result.Identity, model.ID)
	if req.IncludeResource {
		result.Resource.Raw = providerdata.Encode(ctx, &model)
	}
	return result
}

// displayName distinguishes connections of one name: names are unique in the organisation itself and in each project.
func displayName(connection infisical.Connection) string {
	if connection.ProjectID == "" {
		return connection.Name
	}
	return connection.Name + " (project " + connection.ProjectID + ")"
}

// filter selects connections for the data source infisical_gitlab_connections and for the list resource.
type filter struct{ ProjectID, NameRegex types.String }

// Attributes implements providerdata.Model.
func (f *filter) Attributes() providerdata.Attributes {
	return providerdata.Attributes{"project_id": &f.ProjectID, "name_regex": &f.NameRegex}
}

const (
	projectFilterDescription = "Id of an Infisical project, to list only its connections. Unset by default, which lists those of the organisation itself " +
		"and of all its " +
		"projects, as far as the provider's identity may see them."
	nameFilterDescription = "Regular expression, in [Go's syntax](https://pkg.go.dev/regexp/syntax), that must match a part of the name; to match the whole " +
		"name, anchor " +
		"it with `^` and `$`. Unset by default."
)

// find lists the selected connections with one request, and sorts them by name, then by project.
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

// diagnose says where the provider looked.
func (f filter) diagnose(err error) diag.Diagnostic {
	const summary = "Could not list the GitLab connections"
	looked := "Looked in " + providerdata.ScopeName(f.ProjectID.ValueString()) + "."
	if infisical.IsNotFound(err) {
		return diag.NewErrorDiagnostic(summary, providerdata.Sentence(err.Error())+"\n"+looked+" Check that project_id is the id of a project, not its "+
			"slug, in the "+
			"organisation of the provider's identity.")
	}
	return diag.NewErrorDiagnostic(summary, diagnose("list", err)[0].Detail()+"\n"+looked)
}

// regexValidator accepts what Go's regexp does.
func regexValidator() validator.String {
	return providerdata.StringValidator("must be a regular expression in Go's syntax", func(at path.Path, value string) diag.Diagnostic {
		if _, err := regexp.Compile(value); err != nil {
			return diag.NewAttributeErrorDiagnostic(at, "Not a regular expression",
				providerdata.Sentence(err.Error())+" The syntax is Go's: https://pkg.go.dev/regexp/syntax")
		}
		return nil
	})
}
