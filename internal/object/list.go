package object

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// ListDocs document what lists objects: as a whole, its project_id, and for a data source the objects.
type ListDocs struct{ List, ProjectID, Objects string }

// ListResource is the list resource of a kind, which `terraform query` asks for what exists. imported is an object as
// an import would record it.
func (k Kind[T]) ListResource(docs ListDocs, imported func(T) attribute.Model) list.ListResource {
	return &listResource[T]{kind: k, docs: docs, imported: imported}
}

type listResource[T infisical.Object] struct {
	providerdata.ListResource

	kind     Kind[T]
	docs     ListDocs
	imported func(T) attribute.Model
}

// Metadata implements list.ListResource. The name is that of the resource.
func (l *listResource[T]) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = l.kind.Type
}

// ListResourceConfigSchema implements list.ListResource.
func (l *listResource[T]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	needsProject := l.kind.NoProject == ""
	resp.Schema = schema.Schema{
		MarkdownDescription: l.docs.List,
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Required: needsProject, Optional: !needsProject, MarkdownDescription: l.docs.ProjectID, Validators: attribute.ProjectIDValidators(),
			},
			"name_regex": schema.StringAttribute{
				Optional: true, MarkdownDescription: nameRegexDescription, Validators: []validator.String{nameRegexValidator()},
			},
			"except_name_regex": schema.StringAttribute{
				Optional: true, MarkdownDescription: exceptNameRegexDescription, Validators: []validator.String{nameRegexValidator()},
			},
		},
	}
}

// List implements list.ListResource. A failure is a result of its own: the stream has no other way to tell of one.
func (l *listResource[T]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, diags := l.find(ctx, req)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	all := len(found)
	if req.Limit > 0 && req.Limit < int64(all) {
		found = found[:req.Limit]
	}
	results := make([]list.ListResult, len(found))
	for i, object := range found {
		results[i] = l.result(ctx, req, object)
	}
	if left := all - len(found); left > 0 {
		results[len(found)-1].Diagnostics.AddWarning("More objects than the limit", fmt.Sprintf(
			"There are %d GitLab %ss, and the limit of this list block is %d, which leaves out %d. Set limit to at least %d, or select fewer by their names.",
			all, l.kind.Noun, req.Limit, left, all))
	}
	stream.Results = slices.Values(results)
}

func (l *listResource[T]) find(ctx context.Context, req list.ListRequest) ([]T, diag.Diagnostics) {
	var filter Filter
	var diags diag.Diagnostics
	client := l.Data.Begin(ctx, req.Config.Raw, &filter, &diags)
	if client == nil {
		return nil, diags
	}
	found, failed := l.kind.find(ctx, client, filter)
	return found, append(diags, failed...)
}

func (l *listResource[T]) result(ctx context.Context, req list.ListRequest, object T) list.ListResult {
	record, result := object.Common(), req.NewListResult(ctx)
	result.DisplayName = record.Name
	if l.kind.InOrganization && record.ProjectID != "" { // Names are unique in the organization itself, and in each project.
		result.DisplayName += " (project " + record.ProjectID + ")"
	}
	Identify(ctx, result.Identity, types.StringValue(record.ID))
	if req.IncludeResource {
		result.Resource.Raw = attribute.Encode(ctx, l.imported(object))
	}
	return result
}
