package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var (
	_ list.ListResource              = (*scanningList)(nil)
	_ list.ListResourceWithConfigure = (*scanningList)(nil)
)

// NewListResource returns the list resource infisical_gitlab_secret_scanning_data_source, which `terraform query` asks
// for what exists.
func NewListResource() list.ListResource { return &scanningList{} }

type scanningList struct{ providerdata.ListResource }

// Metadata implements list.ListResource. The name is that of the resource.
func (l *scanningList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + typeName
}

// ListResourceConfigSchema implements list.ListResource.
func (l *scanningList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = providerdata.ListSchema("Lists the Secret Scanning data sources for GitLab of a project for `terraform query`, to import those that were "+
		"created by hand. Requires Terraform 1.14.", schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Id of the Infisical project of the type Secret Scanning. Newer servers have one per organisation, and take that by " +
			"default; older ones require the id.",
		Validators: providerdata.ProjectIDValidators(),
	})
}

// List implements list.ListResource.
func (l *scanningList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, diags := l.find(ctx, req)
	providerdata.StreamList(stream, req.Limit, found, diags, func(source infisical.DataSource) list.ListResult {
		return listed(ctx, req, source)
	})
}

// find lists the data sources that the configuration selects.
func (l *scanningList) find(ctx context.Context, req list.ListRequest) ([]infisical.DataSource, diag.Diagnostics) {
	var filter providerdata.Filter
	var diags diag.Diagnostics
	client := l.Data.Begin(ctx, req.Config.Raw, &filter, &diags)
	if client == nil {
		return nil, diags
	}
	found, err := providerdata.Find(ctx, filter, client.ListDataSources, func(d infisical.DataSource) (name, projectID string) { return d.Name, d.ProjectID })
	if err != nil {
		return nil, append(diags, diagnose("list", err)...)
	}
	return found, diags
}

// listed is a data source as an import would record it.
func listed(ctx context.Context, req list.ListRequest, source infisical.DataSource) list.ListResult {
	var model resourceModel
	model.fromAPI(source)
	return providerdata.ListResult(ctx, req, source.Name, model.ID, &model)
}
