package connection

import "github.com/hashicorp/terraform-plugin-framework/datasource/schema"

// describedAttributes are those of a described connection.
func describedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":              computedString("Id of the connection, a UUID."),
		"name":            computedString("Name of the connection."),
		"project_id":      computedString("Id of the Infisical project that the connection belongs to; null for one of the organization itself."),
		"description":     computedString("What the connection is for; null when it has no description."),
		"organization_id": computedString("Id of the Infisical organization that the connection belongs to."),
		"method":          computedString("How Infisical authenticates to GitLab: `access-token` or `oauth`."),
		"access_token": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The access token with which Infisical authenticates to GitLab; null when the method is `oauth`.",
			Attributes: map[string]schema.Attribute{"type": computedString("Kind of the token: `personal`, `project` or `group`.")},
		},
		"instance_url":     computedString("Address of GitLab as Infisical reaches it; `https://gitlab.com` if the connection sets none."),
		"credentials_hash": computedString("Infisical's hash of the stored credentials, hexadecimal. It changes with every write of credentials."),
		"created_at":       computedString("Time of the connection's creation, in RFC 3339."),
		"updated_at": computedString("Time of the last change of the connection, in RFC 3339: of its name, description or credentials. With `oauth` " +
			"it also moves when Infisical refreshes the grant. Null if the server does not say."),
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func listedAttributes() map[string]schema.Attribute {
	attributes := describedAttributes()
	attributes["project_name"] = computedString("Name of the Infisical project that the connection belongs to; null for one of the organization itself, and if " +
		"the server does not say.")
	attributes["project_slug"] = computedString("Slug of that project; null likewise.")
	return attributes
}
