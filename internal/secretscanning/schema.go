package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// Schema implements resource.Resource.
func (r *scanningResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A Secret Scanning data source of Infisical for GitLab: Infisical scans the repositories of one GitLab project or group " +
			"for secrets, with the token of a GitLab Connection, once in full and then after each push. Creating it adds a webhook to the project or " +
			"group, and destroying it removes the webhook again. Requires an Infisical plan with Secret Scanning.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name, 1 to 64 lower-case letters, digits and single hyphens. Unique among the data sources of its project. Changing it " +
					"renames the data source.",
				Validators: attribute.NameValidators(maxName),
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What the data source is for, 1 to 255 characters. None by default; removing it clears it.",
				Validators:          []validator.String{attribute.DescriptionValidator()},
			},
			"project_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "Id of the Infisical project of the type Secret Scanning that the data source belongs to. Newer servers have one such " +
					"project per organization, and take that by default; older servers require the id. Changing it replaces the data source.",
				Validators:    attribute.ProjectIDValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), stringplanmodifier.RequiresReplaceIfConfigured()},
			},
			"connection_id": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Id of the GitLab Connection with whose token Infisical makes the webhook and reads the repositories. Changing it " +
					"replaces the data source, because Infisical cannot change it.",
				Validators:    []validator.String{attribute.UUIDValidator()},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"target": targetAttribute(),
			"auto_scan": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether Infisical scans everything once when the data source is created, and then each push. Turning it on later does not " +
					"scan what was pushed before. GitLab gets the webhook either way. Defaults to `true`.",
			},
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How to report problems with the target and the connection's token there: `enforce` reports them as errors before " +
					"anything is written, `warn` as warnings, and `off` asks GitLab only for the id of a target that is given by its path. Defaults to the " +
					"provider's `gitlab.token_validation`.",
				Validators: []validator.String{stringvalidator.OneOf(providerdata.ValidationEnforce, providerdata.ValidationWarn, providerdata.ValidationOff)},
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the data source, a UUID.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"disconnected": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether Infisical has lost its access to GitLab. It alone never causes a change in a plan, but every plan warns of it.",
			},
		},
	}
}

func targetAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Required: true,
		MarkdownDescription: "What is scanned: exactly one of `project` and `group`. Another project or group replaces the data source, because " +
			"Infisical would leave its webhook at the former one; a target that is unknown until apply also forces replacement.",
		Validators: []validator.Object{attribute.ExactlyOneOf("project", "group")},
		Attributes: map[string]schema.Attribute{
			"project": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Project of GitLab, by full path or numeric id. The provider looks up a path with `gitlab.token`, or with the token of a " +
					"connection that the same apply creates; an id needs neither. The state's own id is not looked up again. The connection's token " +
					"needs the role Maintainer there.",
				Validators: []validator.String{attribute.GitLabProjectValidator()},
			},
			"group": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Group of GitLab, by full path or numeric id. The connection's token needs the role Owner there. Webhooks of groups need " +
					"GitLab Premium or Ultimate.",
				Validators: []validator.String{attribute.GitLabGroupValidator()},
			},
			"include_projects": schema.SetAttribute{
				ElementType: types.StringType,
				Optional:    true, Computed: true,
				MarkdownDescription: "Projects of the group to scan, 1 to 100 full paths; `*` stands for all, new ones included. Only with `group`. " +
					"Defaults to `[\"*\"]`.",
				Validators: []validator.Set{
					setvalidator.SizeBetween(1, maxIncluded),
					setvalidator.ValueStringsAre(includedProjectValidator()),
					attribute.NotBeside("project"),
				},
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Numeric id of the project or group.",
			},
		},
	}
}
