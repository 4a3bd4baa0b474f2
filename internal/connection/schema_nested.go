package connection

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

func accessTokenAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Your own GitLab access token for Infisical to use. Set exactly one of `access_token`, `managed_access_token` and `oauth`. A " +
			"new connection requires `value_wo`; an imported one keeps the token that Infisical has as long as it is not set.",
		Attributes: accessTokenAttributes(),
	}
}

func accessTokenAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"type": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Kind of the token: `personal`, `project` or `group`; the token of a service account is `personal`. If omitted, the " +
				"provider asks GitLab, " +
				"which requires that it can reach GitLab and that `token_validation` is not `off`. Changing it sends the token again.",
			Validators: []validator.String{stringvalidator.OneOf("personal", "project", "group")},
		},
		"value_wo": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			WriteOnly: true,
			MarkdownDescription: "The token, write-only: neither plan nor state holds it. It takes any expression, best an ephemeral variable or " +
				"resource. Without `value_wo_version`, the provider detects a new value by a keyed fingerprint, and the plan of any update shows " +
				"`credentials_hash` and `token_details` as known after apply. Surrounding white space is removed; a blank value counts as not set.",
			Validators: []validator.String{attribute.GitLabTokenValidator()},
		},
		"value_wo_version": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "Version of `value_wo`, an integer from 0 up. If set, `value_wo` is sent again only when this number changes, which you " +
				"need when its source " +
				"gives a different value on every run. Unset by default.",
			Validators: []validator.Int64{int64validator.AtLeast(0), attribute.OnlyBeside("value_wo")},
		},
	}
}

func managedAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Validators: []validator.Object{attribute.ExactlyOneOf("project", "group")},
		Optional:   true,
		MarkdownDescription: "A project or group access token, or one of a service account, that the provider creates, sends to Infisical, rotates and " +
			"revokes with its `gitlab.token`. Nobody " +
			"sees its value: no state, plan or log holds it. Each new token is sent to Infisical before the previous one is revoked.",
		Attributes: map[string]schema.Attribute{
			"group": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Full path or numeric id of the GitLab group that the token belongs to, such as `platform/apps`. Set exactly one of " +
					"`group` and `project`. " +
					"Changing the group creates a new token; another path, or the id, of the same group does not.",
				Validators: []validator.String{resourceValidator()},
			},
			"project": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Full path or numeric id of the GitLab project that the token belongs to, such as `platform/apps/api`. Changing it " +
					"works as for `group`.",
				Validators: []validator.String{resourceValidator()},
			},
			"service_account": serviceAccountAttribute(),
			"access_level": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Role of the token: `" + strings.Join(gitlab.TokenAccessLevels(), "`, `") +
					"`. Defaults to the least role that Infisical's manual asks for " +
					"`use_cases`; required without `use_cases`. Changing it creates a new token. Must not be set with `service_account`, whose role follows " +
					"from its memberships.",
				Validators: []validator.String{stringvalidator.OneOf(gitlab.TokenAccessLevels()...)},
			},
			"scopes": schema.SetAttribute{
				Optional:    true,
				Computed:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Scopes of the token, such as `api`. Defaults to those that `use_cases` need; required without `use_cases`. Changing " +
					"them creates a new token.",
				Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			},
			"expiration_days": schema.Int64Attribute{
				Optional: true,
				Computed: true,
				Default:  int64default.StaticInt64(defaultExpirationDays),
				MarkdownDescription: "Lifetime of each token in days, 2 to 365. The token expires at 00:00 UTC, at the beginning of its last date. The " +
					"GitLab instance may allow " +
					"less. Defaults to `90`. Lowering it replaces a token that would be valid for longer.",
				Validators: []validator.Int64{int64validator.Between(2, 365)},
			},
			"rotate_before_days": schema.Int64Attribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Number of days before its expiry from which the token is replaced, by the first `terraform apply` on or after that " +
					"day. Between 1 and " +
					"`expiration_days` - 1. Defaults to a third of `expiration_days`, at least 1.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"rotation_triggers": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Arbitrary key/value pairs. Changing any of them rotates the token on the next apply. None by default.",
			},
		},
	}
}

func oauthAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "An OAuth grant, on a self-hosted Infisical with a GitLab OAuth application. Infisical exchanges the authorization code for " +
			"tokens and " +
			"refreshes them by itself. An imported connection that was created in Infisical's web interface needs no code: `oauth = {}`.",
		Attributes: map[string]schema.Attribute{
			"authorization_code_wo": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
				MarkdownDescription: "Authorization code, write-only. It expires after ten minutes and can be used once, so it is sent only on create and when " +
					"`authorization_code_wo_version` changes. Get one from the page that the data source `infisical_gitlab_connection_options` returns, and " +
					"that a plan without a " +
					"code prints in its error. Unset by default, which keeps the grant as it is.",
				Validators: []validator.String{codeValidator()},
			},
			"authorization_code_wo_version": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Version of `authorization_code_wo`, an integer from 0 up. Changing it sends `authorization_code_wo`, which must then " +
					"be a new code, to an " +
					"existing connection. Unset by default.",
				Validators: []validator.Int64{int64validator.AtLeast(0)},
			},
		},
	}
}

// tokenDetailsAttribute describes the token without its secret.
func tokenDetailsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "What GitLab said about the token when it was last sent; for a managed token, at the last refresh. It holds no secret. Null if GitLab was not asked or did not answer.",
		PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "GitLab's id of the token."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the token."},
			"type": schema.StringAttribute{Computed: true, MarkdownDescription: "Kind of the token: `personal`, `project` or `group`; null if it could " +
				"not be determined."},
			"scopes": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Scopes of the token, sorted."},
			"access_level": schema.StringAttribute{Computed: true, MarkdownDescription: "Role of a project or group token, such as `maintainer`; null for " +
				"personal tokens, and " +
				"for your own token without `use_cases`."},
			"username": schema.StringAttribute{Computed: true, MarkdownDescription: "User that the token acts as; for a project or group token its bot " +
				"user. Null for " +
				"managed tokens of a project or group, and if it could not be determined."},
			"resource_id": schema.StringAttribute{Computed: true, MarkdownDescription: "GitLab's id of the project or group that the token belongs to, or of " +
				"the group of a managed token's service account; null for other personal tokens."},
			"service_account_id": schema.StringAttribute{Computed: true, MarkdownDescription: "GitLab's user id of the service account that a managed token " +
				"belongs to; null for other tokens."},
			"rotation_due": schema.StringAttribute{Computed: true, MarkdownDescription: "Why the next apply replaces a managed token; null if it does not, " +
				"and for your own " +
				"tokens. Decided at each refresh."},
			"expires_at": schema.StringAttribute{Computed: true, MarkdownDescription: "Date (YYYY-MM-DD) at the beginning of which, at 00:00 UTC, the token " +
				"expires; null if it never does."},
		},
	}
}
