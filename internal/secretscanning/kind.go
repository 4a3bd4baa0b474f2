package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
)

// dataSources are what Infisical's data sources have in common with its other objects.
var dataSources = object.Kind[infisical.DataSource]{
	Type: "infisical_gitlab_secret_scanning_data_source", Noun: "data source", MaxName: maxName,
	NoProject: "the organization's project for Secret Scanning", LeftBehind: ", and delete its webhook at GitLab",
	Objects: func(client *infisical.Client) *infisical.Objects[infisical.DataSource] {
		return client.DataSources.Objects
	},
	Diagnose: diagnose,
	// What is not found may be the project.
	Missing: func(err error) bool { return infisical.IsNotFound(err) && !infisical.ScanningProjectMissing.Is(err) },
}

// recall is what is remembered of a data source.
func recall(ctx context.Context, private attribute.PrivateReader, state resourceModel, diags *diag.Diagnostics) object.Recorded {
	origin, originDiags := object.RecallOrigin(ctx, private)
	diags.Append(originDiags...)
	return object.Recorded{ID: state.ID.ValueString(), Name: state.Name.ValueString(), ProjectID: state.ProjectID.ValueString(), Origin: origin}
}

// ImportState implements resource.ResourceWithImportState.
func (r *scanningResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	dataSources.ImportState(ctx, r.data, req, resp)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *scanningResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = dataSources.IdentitySchema()
}

// MoveState implements resource.ResourceWithMoveState, from another address of this provider. The official one has no
// such resource.
func (r *scanningResource) MoveState(ctx context.Context) []resource.StateMover {
	var own resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &own)
	return object.Move{To: dataSources.Type}.Movers(own.Schema)
}

func describe(found infisical.DataSource) attribute.Model {
	model := &describedModel{}
	model.fromAPI(found)
	return model
}

const defaultProject = "Newer servers look in the organization's only project for Secret Scanning by default; older ones require the id."

// NewDataSource returns Terraform's data source for one of Infisical's, infisical_gitlab_secret_scanning_data_source.
func NewDataSource() datasource.DataSource {
	return dataSources.DataSource(object.LookupDocs{
		DataSource: "Reads a Secret Scanning data source of Infisical for GitLab, by `id` or by `name`. It is an error if there is none.",
		ID:         "Id of the data source, a UUID. Set exactly one of `id` and `name`.",
		Name:       "Name of the data source in its project.",
		ProjectID: "Id of the Infisical project to look in; only together with `name`. " + defaultProject +
			" Reads as the project that the data source belongs to.",
	}, object.Description[infisical.DataSource]{Attributes: describedAttributes(), Model: describe})
}

// NewListDataSource returns Terraform's data source for all of Infisical's,
// infisical_gitlab_secret_scanning_data_sources.
func NewListDataSource() datasource.DataSource {
	return dataSources.ListDataSource("data_sources", object.ListDocs{
		List:      "Lists the Secret Scanning data sources of Infisical for GitLab in a single request. The list is empty if there are none.",
		ProjectID: "Id of the Infisical project to look in. " + defaultProject,
		Objects:   "The data sources, sorted by name.",
	}, object.Description[infisical.DataSource]{Attributes: describedAttributes(), Model: describe})
}

// NewListResource returns the list resource infisical_gitlab_secret_scanning_data_source.
func NewListResource() list.ListResource {
	return dataSources.ListResource(object.ListDocs{
		List: "Lists the Secret Scanning data sources for GitLab of a project for `terraform query`, to import those that were created by hand. " +
			"Requires Terraform 1.14.",
		ProjectID: "Id of the Infisical project of the type Secret Scanning. Newer servers have one per organization, and take that by default; older ones " +
			"require the id.",
	}, func(found infisical.DataSource) attribute.Model {
		model := &resourceModel{}
		model.fromAPI(found)
		return model
	})
}
