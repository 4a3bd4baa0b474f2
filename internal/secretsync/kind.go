package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
)

// syncs are what syncs have in common with other objects of Infisical's.
var syncs = object.Kind[infisical.Sync]{
	Type: "infisical_gitlab_secret_sync", Noun: "secret sync", MaxName: maxName,
	Objects:  func(client *infisical.Client) *infisical.Objects[infisical.Sync] { return client.Syncs.Objects },
	Diagnose: diagnose,
}

// recall is what is remembered of a sync.
func recall(ctx context.Context, private attribute.PrivateReader, state resourceModel, diags *diag.Diagnostics) object.Recorded {
	origin, originDiags := object.RecallOrigin(ctx, private)
	diags.Append(originDiags...)
	return object.Recorded{ID: state.ID.ValueString(), Name: state.Name.ValueString(), ProjectID: state.ProjectID.ValueString(), Origin: origin}
}

// ImportState implements resource.ResourceWithImportState.
func (r *syncResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	syncs.ImportState(ctx, r.data, req, resp)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *syncResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = syncs.IdentitySchema()
}

// fillIn are the settings that Infisical is not told, as an import has them.
func (m *resourceModel) fillIn() {
	m.WaitForSync, m.OnDestroy = types.BoolValue(true), types.StringValue(keep)
}

// described is a sync as data sources tell of it: what an import would record, without what is Terraform's own.
type described struct{ resourceModel }

func describe(sync infisical.Sync) attribute.Model {
	model := &described{}
	model.fromAPI(sync)
	return model
}

// Attributes implements attribute.Model.
func (d *described) Attributes() attribute.Fields {
	attributes := d.settingsModel.Attributes()
	attributes["id"] = &d.ID
	attributes["status"], attributes["last_synced_at"], attributes["last_message"] = &d.Status, &d.LastSyncedAt, &d.LastMessage
	return attributes
}

// NewDataSource returns the data source infisical_gitlab_secret_sync.
func NewDataSource() datasource.DataSource {
	return syncs.DataSource(object.LookupDocs{
		DataSource: "Reads a Secret Sync of Infisical to GitLab, by `id`, or by `name` and `project_id`. It is an error if there is none. No secret value is read.",
		ID:         "Id of the sync, a UUID. Set either `id`, or `name` and `project_id`.",
		Name:       "Name of the sync in the project `project_id`.",
		ProjectID:  "Id of the Infisical project to look in; only together with `name`. Reads as the project that holds the secrets.",
	}, object.Description[infisical.Sync]{Attributes: describedAttributes(), Model: describe})
}

const projectFilterDescription = "Id of the Infisical project whose syncs are listed, as far as the provider's identity may see them."

// NewSyncsDataSource returns the data source infisical_gitlab_secret_syncs.
func NewSyncsDataSource() datasource.DataSource {
	return syncs.ListDataSource("syncs", object.ListDocs{
		List: "Lists the Secret Syncs to GitLab of an Infisical project in a single request. The list is empty if there are none; a project that does not exist " +
			"is an error.",
		ProjectID: projectFilterDescription,
		Objects:   "The syncs, sorted by name.",
	}, object.Description[infisical.Sync]{Attributes: describedAttributes(), Model: describe})
}

// NewListResource returns the list resource infisical_gitlab_secret_sync.
func NewListResource() list.ListResource {
	return syncs.ListResource(object.ListDocs{
		List:      "Lists the Secret Syncs to GitLab of a project for `terraform query`, to import those that were created by hand. Requires Terraform 1.14.",
		ProjectID: projectFilterDescription,
	}, func(sync infisical.Sync) attribute.Model {
		model := &resourceModel{}
		model.fillIn()
		model.fromAPI(sync)
		return model
	})
}
