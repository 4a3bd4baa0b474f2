package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// maxName is how many characters a sync's name may have.
const maxName = 256

// Schema implements resource.Resource.
func (r *syncResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A Secret Sync of Infisical to GitLab: it writes the secrets of one folder into the CI/CD variables of a GitLab " +
			"project or group, through a GitLab Connection. Secret values pass from Infisical to GitLab and never through Terraform. The apply " +
			"waits for the run that it causes, and says in Infisical's and GitLab's words why one fails.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name, 1 to 256 lower-case letters, digits and single hyphens; Infisical before 2026 takes up to 64. Unique " +
					"among the syncs of its project. Changing it renames the sync, which also runs it when `auto_sync` is on.",
				Validators: attribute.NameValidators(maxName),
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What the sync is for, 1 to 255 characters. None by default; removing it clears it.",
				Validators:          []validator.String{attribute.DescriptionValidator()},
			},
			"project_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Id of the Infisical project that holds the secrets. Changing it replaces the sync.",
				Validators:          attribute.ProjectIDValidators(),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"connection_id": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Id of the GitLab Connection with whose token Infisical writes the variables: one of the organization, or of the same " +
					"project.",
				Validators: []validator.String{attribute.UUIDValidator()},
			},
			"source":    sourceAttribute(),
			"target":    targetAttribute(),
			"variables": variablesAttribute(),
			"auto_sync": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether Infisical runs the sync by itself whenever a secret of the source changes. Without it the sync runs " +
					"once when it is created, and when `connection_id`, `source`, `target` or `variables` change. Defaults to `true`.",
			},
			"wait_for_sync": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether the apply waits until the run that it causes has ended, and reports when that failed. If the first " +
					"run fails, you get a warning rather than an error, so that Terraform does not taint and replace the sync; the next plan runs it " +
					"again. A failure in an update is an error. Defaults to `true`.",
			},
			"on_destroy": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(keep),
				MarkdownDescription: "What to do with the variables at GitLab when the sync is destroyed or replaced: `keep` leaves them there, " +
					"`remove_variables` removes those that still have a secret in Infisical. Where another sync writes the same variables, the " +
					"apply runs it before and after, and removes nothing if it cannot. Defaults to `keep`.",
				Validators: []validator.String{stringvalidator.OneOf(keep, removeVariables)},
			},
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How to report problems with the target and the connection's token there: `enforce` reports them as errors " +
					"before anything is written, `warn` as warnings, and `off` asks GitLab only for the id of a target that is given by its path. " +
					"Defaults to the provider's `gitlab.token_validation`.",
				Validators: []validator.String{stringvalidator.OneOf(providerdata.ValidationEnforce, providerdata.ValidationWarn, providerdata.ValidationOff)},
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the sync, a UUID.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"timeouts": timeoutsAttribute(),
			"status": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "State of the latest run: `pending`, `running`, `succeeded` or `failed`; null before the first. It alone never " +
					"causes a change in a plan; `failed` is a warning of every plan.",
			},
			"last_synced_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When a run last succeeded, in RFC 3339; null if none has.",
			},
			"last_message": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Why the latest run failed, in Infisical's and GitLab's words; null unless `status` is `failed`.",
			},
		},
	}
}
