package secretsync

import "github.com/hashicorp/terraform-plugin-framework/datasource/schema"

// describedAttributes are those of a sync that data sources tell of.
func describedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            computedString("Id of the sync, a UUID."),
		"name":          computedString("Name of the sync."),
		"description":   computedString("What the sync is for; null when it has no description."),
		"project_id":    computedString("Id of the Infisical project that holds the secrets."),
		"connection_id": computedString("Id of the GitLab Connection with whose token Infisical writes the variables."),
		"source": computedObject("The secrets that are synced; null when their folder or environment was deleted.", map[string]schema.Attribute{
			"environment":        computedString("Slug of the environment."),
			"secret_path":        computedString("Path of the folder."),
			"include_subfolders": computedBool("Whether subfolders are included."),
		}),
		"target": computedObject("Where the variables are written.", map[string]schema.Attribute{
			"project": computedString("Project of GitLab, by its path if Infisical knows that, else by its id; null when the target is a group."),
			"group":   computedString("Group of GitLab, by its path if Infisical knows that, else by its id; null when the target is a project."),
			"environment_scope": computedString("GitLab's environment scope of the variables. An empty one, which only Infisical's web page sets, " +
				"means all of them."),
			"id": computedString("Numeric id of the project or group."),
		}),
		"variables": computedObject("Settings of the variables, and what is done with others.", map[string]schema.Attribute{
			"protected":  computedBool("Whether only jobs of protected branches and tags get them."),
			"masked":     computedBool("Whether GitLab masks them in job logs."),
			"hidden":     computedBool("Whether GitLab's pages never show them again."),
			"key_schema": computedString("Template of the variables' names; null when they are named like the secrets."),
			"unmanaged": computedString("What is done with variables in that scope that Infisical does not have: `keep` leaves them alone, `delete` deletes " +
				"them in each run."),
		}),
		"auto_sync":      computedBool("Whether Infisical runs the sync by itself whenever a secret of the source changes."),
		"status":         computedString("State of the latest run: `pending`, `running`, `succeeded` or `failed`; null before the first."),
		"last_synced_at": computedString("When a run last succeeded, in RFC 3339; null if none has."),
		"last_message":   computedString("Why the latest run failed, in Infisical's and GitLab's words; null unless `status` is `failed`."),
	}
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func computedObject(description string, attributes map[string]schema.Attribute) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{Computed: true, MarkdownDescription: description, Attributes: attributes}
}
