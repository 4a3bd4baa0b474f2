package secretscanning

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// describedAttributes are those of a data source of Infisical's that Terraform's tell of.
func describedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            computedText("Id of the data source, a UUID."),
		"name":          computedText("Name of the data source."),
		"project_id":    computedText("Id of the Infisical project that the data source belongs to."),
		"description":   computedText("What the data source is for; null when it has no description."),
		"connection_id": computedText("Id of the GitLab Connection with whose token Infisical scans."),
		"target":        describedTarget(),
		"auto_scan":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether Infisical scans each push."},
		"disconnected":  schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether Infisical has lost its access to GitLab."},
	}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func describedTarget() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "What is scanned.",
		Attributes: map[string]schema.Attribute{
			"project": computedText("Project of GitLab, by full path if Infisical has it, else by numeric id; null for a group."),
			"group":   computedText("Group of GitLab, by full path if Infisical has it, else by numeric id; null for a project."),
			"include_projects": schema.SetAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "Projects of the group that are scanned, by full path; `*` stands for all. Null for a project.",
			},
			"id": computedText("Numeric id of the project or group."),
		},
	}
}
