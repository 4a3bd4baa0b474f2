package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

var (
	_ list.ListResource              = (*connectionList)(nil)
	_ list.ListResourceWithConfigure = (*connectionList)(nil)
)

// NewListResource returns the list resource infisical_gitlab_connection, which `terraform query` asks for what exists.
func NewListResource() list.ListResource { return &connectionList{} }

type connectionList struct{ configuration *Configuration }

// Metadata implements list.ListResource. The name is that of the resource.
func (l *connectionList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_connection"
}

// ListResourceConfigSchema implements list.ListResource.
func (l *connectionList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds GitLab Connections for `terraform query`, so that those made by hand can be imported. Needs Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"project_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: projectFilterDescription,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"name_regex": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: nameFilterDescription,
				Validators:          []validator.String{regexValidator{}},
			},
		},
	}
}

// Configure implements list.ListResourceWithConfigure.
func (l *connectionList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configuration = configurationOf(req.ProviderData, &resp.Diagnostics)
}

// List implements list.ListResource. A failure is a result of its own: the stream has no other way to tell of one.
func (l *connectionList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	found := l.find(ctx, req, &diags)
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

func (l *connectionList) find(ctx context.Context, req list.ListRequest, diags *diag.Diagnostics) []infisical.Connection {
	var filter filter
	diags.Append(req.Config.Get(ctx, &filter)...)
	client := l.configuration.client(diags)
	if diags.HasError() {
		return nil
	}
	found, err := filter.find(ctx, client)
	if err != nil {
		diags.Append(filter.diagnose(err))
	}
	return found
}

// listed is a connection as an import would have it.
func listed(ctx context.Context, req list.ListRequest, connection infisical.Connection) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName(connection)
	model := newResourceModel()
	model.fromAPI(ctx, connection, &result.Diagnostics)
	identify(ctx, result.Identity, model.ID, &result.Diagnostics)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}

// displayName tells namesakes apart: a name is unique in the organisation itself and in each project.
func displayName(connection infisical.Connection) string {
	if connection.ProjectID == "" {
		return connection.Name
	}
	return connection.Name + " (project " + connection.ProjectID + ")"
}
