package connection

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func accessTokenAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "A GitLab access token of yours that Infisical uses. Exactly one of `access_token`, `managed_access_token` and `oauth` is needed. A new connection needs `value_wo` or `value`; one that was imported keeps the token it has " +
			"while neither is given.",
		Attributes: accessTokenAttributes(),
	}
}

func accessTokenAttributes() map[string]schema.Attribute {
	sibling := path.MatchRelative().AtParent()
	return map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Kind of the token: `personal`, `project` or `group`; the token of a service account is `personal`. Found out from GitLab when it is left out, which " +
				"needs a GitLab that can be reached from here and `token_validation` other than `off`. Changing it sends the token again.",
			Validators: []validator.String{stringvalidator.OneOf("personal", "project", "group")},
		},
		"value_wo": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			WriteOnly: true,
			MarkdownDescription: "The token, write-only: it is in neither plan nor state, and can come from an ephemeral variable or resource. Needs Terraform 1.11 or OpenTofu 1.11. " +
				"Without `value_wo_version` a new value is noticed by a keyed fingerprint (HMAC) that is kept with the state; because the source may give another value at apply, " +
				"the plan of any update then shows `credentials_hash` and `token` as known after apply. Surrounding white space is taken off; a blank value counts as none.",
			Validators: []validator.String{tokenValidator(), stringvalidator.ConflictsWith(sibling.AtName("value"))},
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
			Validators: []validator.String{tokenValidator()},
		},
	}
}

func managedAttribute() schema.Attribute {
	sibling := path.MatchRelative().AtParent()
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "A project or group access token that is made, handed to Infisical, rotated and revoked with the provider's `gitlab.management_token`. Nobody sees its value: it is in no " +
			"state, plan or log. Each new token is given to Infisical before the one it replaces is revoked.",
		Attributes: map[string]schema.Attribute{
			"group": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Full path or numeric id of the GitLab group that the token belongs to, such as `platform/apps`. Exactly one of `group` and `project` is needed. Another group makes a new token; another path or the id of the same one does not.",
				Validators:          []validator.String{resourceValidator(), stringvalidator.ExactlyOneOf(sibling.AtName("project"), sibling.AtName("group"))},
			},
			"project": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Full path or numeric id of the GitLab project that the token belongs to, such as `platform/apps/api`. A change is treated like that of `group`.",
				Validators:          []validator.String{resourceValidator()},
			},
			"access_level": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "Role of the token: `" + strings.Join(gitlab.TokenAccessLevels(), "`, `") + "`. Defaults to the least that Infisical's manual asks for `use_cases`, and is required without these. A change makes a new token.",
				Validators:          []validator.String{stringvalidator.OneOf(gitlab.TokenAccessLevels()...)},
			},
			"scopes": schema.SetAttribute{
				Optional:            true,
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Scopes of the token, such as `api`. Defaults to those that `use_cases` need, and is required without these. A change makes a new token.",
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			},
			"expiration_days": schema.Int64Attribute{
				Optional:            true,
				Computed:            true,
				Default:             int64default.StaticInt64(defaultExpirationDays),
				MarkdownDescription: "Life of each token in days, 2 to 365, counted to a date at whose beginning (00:00 UTC) it ends; the GitLab instance may allow less. Defaults to `90`. A token that would outlive a lowered number is replaced.",
				Validators:          []validator.Int64{int64validator.Between(2, 365)},
			},
			"rotate_before_days": schema.Int64Attribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Days before its expiry at which the token is replaced, by the first `terraform apply` on or after that day. Between 1 and `expiration_days` - 1. Defaults to a third of " +
					"`expiration_days`, at least 1.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"rotation_triggers": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Any texts. A change in them replaces the token at the next apply. None by default.",
			},
		},
	}
}

func oauthAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "An OAuth grant, on a self-hosted Infisical that has a GitLab OAuth application. Infisical exchanges the authorization code for tokens and refreshes them by itself. " +
			"A connection that was made in the web page and imported needs no code: `oauth = {}`.",
		Attributes: map[string]schema.Attribute{
			"authorization_code_wo": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
				MarkdownDescription: "Authorization code, write-only. It lives ten minutes and can be used once, so it is sent only on create and when `authorization_code_wo_version` changes. " +
					"The data source `infisical_gitlab_connection_options` gives the page to get one from, and so does the error of a plan that lacks it. Null by default, which leaves the grant alone.",
				Validators: []validator.String{codeValidator()},
			},
			"authorization_code_wo_version": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Any number, 0 or above. A change sends `authorization_code_wo`, which must then be a new code, to a connection that exists. Unset by default.",
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
		},
	}
}

// tokenAttribute describes the token without its secret.
func tokenAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "What GitLab said of the token when it was last sent; of a managed one, and of one given as `value`, at the last refresh. It holds no secret. Null when GitLab was not asked or did not say.",
		PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"id":           schema.Int64Attribute{Computed: true, MarkdownDescription: "GitLab's id of the token."},
			"name":         schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the token."},
			"type":         schema.StringAttribute{Computed: true, MarkdownDescription: "Kind of the token: `personal`, `project` or `group`; null when it could not be found out."},
			"scopes":       schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Scopes of the token, sorted."},
			"access_level": schema.StringAttribute{Computed: true, MarkdownDescription: "Role of a project or group token, such as `maintainer`; null for personal tokens, and for one of yours when no `use_cases` asked for it."},
			"username":     schema.StringAttribute{Computed: true, MarkdownDescription: "User that the token acts as; for a project or group token its bot user. Null when it could not be found out, and for managed tokens."},
			"resource_id":  schema.Int64Attribute{Computed: true, MarkdownDescription: "GitLab's id of the project or group that the token belongs to; null for personal tokens."},
			"rotation_due": schema.StringAttribute{Computed: true, MarkdownDescription: "Why a managed token is replaced by the next apply; null when it is not, and for tokens of yours. Decided at each refresh."},
			"expires_at":   schema.StringAttribute{Computed: true, MarkdownDescription: "Date (YYYY-MM-DD) at whose beginning, 00:00 UTC, the token stops working; null when it never expires."},
		},
	}
}
