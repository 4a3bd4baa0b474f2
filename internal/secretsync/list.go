package secretsync

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
	_ list.ListResource              = (*syncList)(nil)
	_ list.ListResourceWithConfigure = (*syncList)(nil)
)

// NewListResource returns the list resource infisical_gitlab_secret_sync, which `terraform query` asks for what exists.
func NewListResource() list.ListResource { return &syncList{} }

type syncList struct{ providerdata.ListResource }

// Metadata implements list.ListResource. The name is that of the resource.
func (l *syncList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_sync"
}

const projectFilterDescription = "Id of the Infisical project whose syncs are listed, as far as the provider's identity may see them."

// ListResourceConfigSchema implements list.ListResource.
func (l *syncList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = providerdata.ListSchema("Lists the Secret Syncs to GitLab of a project for `terraform query`, to import those that were created by hand. "+
		"Requires Terraform 1.14.", schema.StringAttribute{
		Required:            true,
		MarkdownDescription: projectFilterDescription,
		Validators:          providerdata.ProjectIDValidators(),
	})
}

// List implements list.ListResource.
func (l *syncList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, diags := l.find(ctx, req)
	providerdata.StreamList(stream, req.Limit, found, diags, func(sync infisical.Sync) list.ListResult {
		return listResult(ctx, req, sync)
	})
}

func (l *syncList) find(ctx context.Context, req list.ListRequest) ([]infisical.Sync, diag.Diagnostics) {
	var filter providerdata.Filter
	var diags diag.Diagnostics
	client := l.Data.Begin(ctx, req.Config.Raw, &filter, &diags)
	if client == nil {
		return nil, diags
	}
	found, failed := find(ctx, client, filter)
	return found, append(diags, failed...)
}

// listResult is a sync as an import would record it.
func listResult(ctx context.Context, req list.ListRequest, sync infisical.Sync) list.ListResult {
	var model resourceModel
	model.fillIn()
	model.fromAPI(sync)
	return providerdata.ListResult(ctx, req, sync.Name, model.ID, &model)
}

// find lists the syncs that a filter selects.
func find(ctx context.Context, client *infisical.Client, filter providerdata.Filter) ([]infisical.Sync, diag.Diagnostics) {
	found, err := providerdata.Find(ctx, filter, client.ListSyncs, func(s infisical.Sync) (name, projectID string) { return s.Name, s.ProjectID })
	if err != nil {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Could not list the GitLab secret syncs", filter.Looked(diagnose("list", err)[0].Detail(), err))}
	}
	return found, nil
}
