package connection

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
)

// connections are what connections have in common with other objects of Infisical's.
var connections = object.Kind[infisical.Connection]{
	Type: resourceType, Noun: "connection", MaxName: maxName,
	NoProject: "the organization itself", InOrganization: true, LeftBehind: ", and revoke its token at GitLab",
	Objects: func(client *infisical.Client) *infisical.Objects[infisical.Connection] {
		return client.Connections.Objects
	},
	Diagnose: diagnose,
	Hint:     hint,
}

// hint says how to look where the provider did not.
func hint(wanted object.Wanted, importing bool) string {
	switch inProject := wanted.ProjectID != ""; {
	case importing && inProject:
		return fmt.Sprintf("Check the name and the project. To import a connection of the organization itself, use %q.", "name/"+wanted.Name)
	case importing:
		return fmt.Sprintf("Check the name. To import a connection of a project, use %q.", "PROJECT_ID/name/"+wanted.Name)
	case inProject:
		return "To find a connection of the organization itself, remove project_id."
	}
	return "To find a connection of a project, set project_id."
}

// ImportState implements resource.ResourceWithImportState.
func (r *connectionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	connections.ImportState(ctx, r.data, req, resp)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *connectionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = connections.IdentitySchema()
}

// NewDataSource returns the data source infisical_gitlab_connection.
func NewDataSource() datasource.DataSource {
	return connections.DataSource(object.LookupDocs{
		DataSource: "Reads a GitLab Connection of Infisical, by `id` or by `name`. It is an error if there is none.",
		ID:         "Id of the connection, a UUID. Set exactly one of `id` and `name`.",
		Name:       "Name of the connection in the project `project_id`, or, without one, in the organization itself.",
		ProjectID: "Id of the Infisical project to look in; only together with `name`. Reads as the project that the connection belongs to, or " +
			"null for one of the organization itself.",
	}, object.Description[infisical.Connection]{
		Attributes: describedAttributes(), Model: func(c infisical.Connection) attribute.Model { return described{c} },
	})
}

const projectFilterDescription = "Id of an Infisical project, to list only its connections. Unset by default, which lists those of the organization itself " +
	"and of all its projects, as far as the provider's identity may see them."

// NewConnectionsDataSource returns the data source infisical_gitlab_connections.
func NewConnectionsDataSource() datasource.DataSource {
	return connections.ListDataSource("connections", object.ListDocs{
		List: "Lists the GitLab Connections of an Infisical organization or project. The list is empty if there are none; a project that does not exist is " +
			"an error.",
		ProjectID: projectFilterDescription,
		Objects:   "The connections, sorted by name, then by project, without their secrets.",
	}, object.Description[infisical.Connection]{
		Attributes: listedAttributes(), Model: func(c infisical.Connection) attribute.Model { return inList{described{c}} },
	})
}

// NewListResource returns the list resource infisical_gitlab_connection.
func NewListResource() list.ListResource {
	return connections.ListResource(object.ListDocs{
		List:      "Lists GitLab Connections for `terraform query`, to import those that were created by hand. Requires Terraform 1.14.",
		ProjectID: projectFilterDescription,
	}, func(connection infisical.Connection) attribute.Model {
		model := &resourceModel{}
		model.fromAPI(connection)
		return model
	})
}

// described is a connection without any credential.
type described struct{ infisical.Connection }

// Attributes implements attribute.Model.
func (d described) Attributes() attribute.Fields {
	return attribute.Fields{
		"id":               new(types.StringValue(d.ID)),
		"name":             new(types.StringValue(d.Name)),
		"project_id":       new(attribute.Optional(d.ProjectID)),
		"description":      new(types.StringPointerValue(d.Description)),
		"organization_id":  new(types.StringValue(d.OrganizationID)),
		"method":           new(types.StringValue(d.Method)),
		"access_token":     d.token(),
		"instance_url":     new(types.StringValue(d.InstanceURL)),
		"credentials_hash": new(attribute.Optional(d.CredentialsHash)),
		"created_at":       new(types.StringValue(d.CreatedAt.Format(time.RFC3339Nano))),
		"updated_at":       new(d.updatedAt()),
	}
}

// token is null for a grant.
func (d described) token() *describedToken {
	if d.AccessTokenType == "" {
		return &describedToken{}
	}
	return &describedToken{Presence: attribute.Known, Type: types.StringValue(d.AccessTokenType)}
}

// describedToken is what Infisical tells of a token.
type describedToken struct {
	attribute.Presence

	Type types.String
}

// Attributes implements attribute.Model.
func (t *describedToken) Attributes() attribute.Fields {
	return attribute.Fields{"type": &t.Type}
}

func (d described) updatedAt() types.String {
	if d.UpdatedAt.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(d.UpdatedAt.Format(time.RFC3339Nano))
}

// inList is a described connection with what only a list tells.
type inList struct{ described }

// Attributes implements attribute.Model.
func (l inList) Attributes() attribute.Fields {
	attributes := l.described.Attributes()
	attributes["project_name"] = new(attribute.Optional(l.ProjectName))
	attributes["project_slug"] = new(attribute.Optional(l.ProjectSlug))
	return attributes
}
