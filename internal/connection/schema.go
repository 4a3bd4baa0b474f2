package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Schema implements resource.Resource.
func (r *connectionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A GitLab Connection of Infisical: the GitLab credential with which Infisical's Secret Syncs write CI/CD variables and its Secret Scanning " +
			"watches repositories. Its token stays out of plan and state when it is given as `access_token.value_wo`, and it is sent only when it has changed.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name, 1 to 64 lower-case letters, digits and single hyphens. Unique among the connections of all apps in its project, or in the " +
					"organisation. Changing it renames the connection.",
				Validators: nameValidators(),
			},
			"description": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "What the connection is for, 1 to 256 characters. Infisical takes off surrounding white space. None by default; removing it clears it.",
				Validators:          descriptionValidators(),
			},
			"project_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Id of the Infisical project that the connection belongs to. Without one it belongs to the organisation, the default. Changing it replaces " +
					"the connection.",
				Validators:    []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"instance_url": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Address of GitLab as Infisical reaches it, such as `https://gitlab.example.com`, perhaps with a path and one trailing slash. A new connection " +
					"that names none gets the provider's `gitlab.instance_url`, which defaults to `https://gitlab.com`; later the connection keeps what it has. Changing it sends " +
					"the token again.",
				Validators: []validator.String{instanceURLValidator{}},
			},
			"access_token": schema.SingleNestedAttribute{
				Required: true,
				MarkdownDescription: "The GitLab access token that Infisical uses. A new connection needs `value_wo` or `value`; one that was imported keeps the token it has " +
					"while neither is given.",
				Attributes: accessTokenAttributes(),
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the connection, a UUID.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"organization_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the Infisical organisation that the connection belongs to.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"method": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "How Infisical authenticates to GitLab: `access-token`.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"credentials_hash": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Infisical's hash of the stored credentials, hexadecimal. It differs after every write of credentials, even of the same token, and so shows " +
					"when somebody else replaced the token: the next apply then puts the configured one back.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the connection was made, in RFC 3339.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
	}
}

func accessTokenAttributes() map[string]schema.Attribute {
	sibling := path.MatchRelative().AtParent()
	return map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Kind of the token: `personal`, `project` or `group`. Changing it sends the token again.",
			Validators:          []validator.String{stringvalidator.OneOf("personal", "project", "group")},
		},
		"value_wo": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			WriteOnly: true,
			MarkdownDescription: "The token, write-only: it is in neither plan nor state, and can come from an ephemeral variable or resource. Needs Terraform 1.11 or OpenTofu 1.11. " +
				"Without `value_wo_version` a new value is noticed by a keyed fingerprint (HMAC) that is kept with the state. Surrounding white space is taken off.",
			Validators: []validator.String{tokenValidator{}, stringvalidator.ConflictsWith(sibling.AtName("value"))},
		},
		"value_wo_version": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "Any number, 0 or above. When it is set, `value_wo` is sent again only when this number changes: needed when the value comes from a source that gives " +
				"another one on every run. Unset by default.",
			Validators: []validator.Int64{int64validator.AtLeast(0), int64validator.AlsoRequires(sibling.AtName("value_wo"))},
		},
		"value": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "The token, kept in state in clear. Only for Terraform and OpenTofu older than 1.11; prefer `value_wo`. Surrounding white space is taken off before " +
				"it is sent.",
			Validators: []validator.String{tokenValidator{}},
		},
	}
}
