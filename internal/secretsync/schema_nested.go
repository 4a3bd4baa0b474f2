package secretsync

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

func sourceAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Required:            true,
		MarkdownDescription: "The secrets that are synced.",
		Attributes: map[string]schema.Attribute{
			"environment": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Slug of the environment, such as `prod`.",
				Validators:          slugValidators(),
			},
			"secret_path": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("/"),
				MarkdownDescription: "Path of the folder, which begins with `/` and does not end with one. Defaults to `/`.",
				Validators:          []validator.String{secretPathValidator()},
			},
			"include_subfolders": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether to include subfolders. All secrets go into one flat namespace. Requires an Infisical that " +
					"supports this option; with an older one, the apply fails and the sync is deleted again. Defaults to `false`.",
			},
		},
	}
}

func targetAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Required: true,
		MarkdownDescription: "Where the variables are written: exactly one of `project` and `group`. Another project or group replaces the " +
			"sync, so that `on_destroy` decides about the variables of the former one; a target that is unknown until apply also forces replacement.",
		Validators: []validator.Object{attribute.ExactlyOneOf("project", "group")},
		Attributes: map[string]schema.Attribute{
			"project": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Project of GitLab, by full path or numeric id. The provider looks up a path with `gitlab.token`, or with the token " +
					"of a connection that the same apply creates or changes; an id needs neither. The state's own id is not looked up again.",
				Validators: []validator.String{attribute.GitLabProjectValidator()},
			},
			"group": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Group of GitLab, by full path or numeric id.",
				Validators:          []validator.String{attribute.GitLabGroupValidator()},
			},
			"environment_scope": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("*"),
				MarkdownDescription: "GitLab's [environment " +
					"scope](https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable) of the variables: the sync writes, " +
					"and with `variables.unmanaged = \"delete\"` deletes, in this scope only. Scopes of group variables other than `*` need GitLab " +
					"Premium. Defaults to `*`.",
				Validators: []validator.String{scopeValidator()},
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Numeric id of the project or group.",
			},
		},
	}
}

func variablesAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Required:            true,
		MarkdownDescription: "Settings of the variables, and what to do with unmanaged ones.",
		Attributes: map[string]schema.Attribute{
			"protected": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether only jobs of protected branches and tags get them. Defaults to `false`.",
			},
			"masked": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether GitLab masks them in job logs. The whole run fails at a value that GitLab cannot mask: one of less " +
					"than 8 characters, of several lines, or with other characters than letters, digits and `_+=/@:.~-`. Defaults to `false`.",
			},
			"hidden": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether GitLab's pages never show them again; needs `masked`, and GitLab 17.4. It acts on variables that are " +
					"created: those that exist stay visible. Defaults to `false`.",
			},
			"key_schema": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Template of the variables' names, such as `INF_{{secretKey}}`: `{{secretKey}}` exactly once, `{{environment}}` " +
					"as often as you like, and else letters, digits and `_`, which is what GitLab takes. With one, `unmanaged = \"delete\"` deletes " +
					"only variables whose names fit it. None by default: the variables are named like the secrets.",
				Validators: []validator.String{keySchemaValidator()},
			},
			"unmanaged": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "What to do with variables in that scope that Infisical does not have, whoever created them: `keep` leaves them " +
					"alone, even those whose secrets are deleted later; `delete` deletes them in each run, including those of people, other syncs and " +
					"other tools. A plan after which runs delete more names up to ten of them, or says why it cannot.",
				Validators: []validator.String{stringvalidator.OneOf(keep, deleteUnmanaged)},
			},
		},
	}
}

// timeoutsAttribute is what https://github.com/hashicorp/terraform-plugin-framework-timeouts offers, but described in
// Markdown.
func timeoutsAttribute() schema.Attribute {
	duration := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{attribute.DurationValidator()}}
	}
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How long to wait, as durations such as `90s` or `10m`.",
		Attributes: map[string]schema.Attribute{
			"create": duration("For the first run. When the time is over, the sync stays, and the next apply continues to wait. Defaults to `5m`."),
			"update": duration("For the run that an update causes. Defaults to `5m`."),
			"delete": duration("Until the variables are removed, with `on_destroy = \"remove_variables\"`, and as long again for the runs of other " +
				"syncs that write the same ones. Defaults to `5m`."),
		},
	}
}
