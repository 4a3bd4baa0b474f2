package providerdata

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ListSchema is that of a list resource that a Filter configures.
func ListSchema(description string, projectID schema.StringAttribute) schema.Schema {
	return schema.Schema{
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"project_id": projectID,
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: NameRegexDescription,
				Validators:          []validator.String{NameRegexValidator()},
			},
		},
	}
}

// ListResult is an object as an import would record it.
func ListResult(ctx context.Context, req list.ListRequest, displayName string, id types.String, imported Model) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName
	Identify(ctx, result.Identity, id)
	if req.IncludeResource {
		result.Resource.Raw = Encode(ctx, imported)
	}
	return result
}

// StreamList answers a query with what was found, up to its limit. A failure is a result of its own: the stream has no
// other way to tell of one.
func StreamList[T any](stream *list.ListResultsStream, limit int64, found []T, diags diag.Diagnostics, result func(T) list.ListResult) {
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if limit > 0 && limit < int64(len(found)) {
		found = found[:limit]
	}
	results := make([]list.ListResult, len(found))
	for i, object := range found {
		results[i] = result(object)
	}
	stream.Results = slices.Values(results)
}
