package connection

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// maxName is how many characters a connection's name may have.
const maxName = 64

// Schema implements resource.Resource.
func (r *connectionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a GitLab Connection of Infisical: the GitLab credential with which Infisical's Secret Syncs write CI/CD variables and " +
			"its Secret " +
			"Scanning watches repositories. The credential is your own access token (`access_token`), a token that the connection creates and rotates itself " +
			"(`managed_access_token`), or an OAuth grant (`oauth`). No plan or state holds it, and it is sent only when it has changed.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name, 1 to 64 lower-case letters, digits and single hyphens. Unique among the connections of all apps in its project, " +
					"or in the " +
					"organization. Changing it renames the connection.",
				Validators: attribute.NameValidators(maxName),
			},
			"description": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What the connection is for. Up to 255 characters; an emoji counts as two, up to 256. Leading and trailing white " +
					"space is ignored. None by default; removing the attribute clears the description.",
				Validators: []validator.String{attribute.DescriptionValidator()},
			},
			"project_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Id of the Infisical project that the connection belongs to. Unset by default: the connection then belongs to the " +
					"organization. Changing it replaces the connection.",
				Validators:    attribute.ProjectIDValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"instance_url": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Address of GitLab as Infisical reaches it, such as `https://gitlab.example.com`, optionally with a path. If " +
					"unset, a new connection gets the provider's `gitlab.instance_url`, and an existing one keeps its address. Changing it sends " +
					"`access_token` again, requires a new code for `oauth`, and creates a new managed token, which is possible at the provider's " +
					"`gitlab.instance_url` only.",
				Validators: []validator.String{instanceURLValidator()},
			},
			"use_cases": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "What the connection is for: any of `project_secret_sync`, `group_secret_sync`, `project_secret_scanning`, " +
					"`group_secret_scanning`. The " +
					"provider checks the token's scopes and role against what these need, and creates a managed token with them; it cannot check an `oauth` " +
					"grant. Unset by default: " +
					"the provider then checks only the token's validity and kind.",
				Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.OneOf(useNames()...))},
			},
			"targets": targetsAttribute(),
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How to report problems with the token: `enforce` reports them as errors where the token is about to be sent, `warn` " +
					"as warnings, and `off` " +
					"does not ask GitLab. Defaults to the provider's `gitlab.token_validation`.",
				Validators: []validator.String{stringvalidator.OneOf(providerdata.ValidationEnforce, providerdata.ValidationWarn, providerdata.ValidationOff)},
			},
			"managed_access_token": managedAttribute(),
			"oauth":                oauthAttribute(),
			"access_token":         accessTokenAttribute(),
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the connection, a UUID.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"organization_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the Infisical organization that the connection belongs to.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"method": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "How Infisical authenticates to GitLab: `access-token` or `oauth`. Changing between `oauth` and the other two replaces " +
					"the connection.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"credentials_hash": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Infisical's hash of the stored credentials, hexadecimal. It changes with every write of credentials, even of the same " +
					"token, and so shows " +
					"when the token was replaced outside Terraform: the next apply then sends the configured token again, or creates a new managed one. " +
					"With `oauth` it changes by " +
					"itself and does not count as drift.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"token_details": tokenDetailsAttribute(),
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time of the connection's creation, in RFC 3339.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
	}
}

func useNames() []string {
	var names []string
	for _, use := range tokenpolicy.Uses() {
		names = append(names, string(use))
	}
	return names
}

// resourceValidator accepts the full path of a project or group, or its numeric id.
func resourceValidator() validator.String {
	return stringvalidator.All(attribute.OneSpellingValidator(), stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`),
		"must be a numeric id or a full path such as platform/apps, without a leading or trailing slash"))
}

// instanceURLValidator accepts what both Infisical and we can append /api/v4 to.
func instanceURLValidator() validator.String {
	return attribute.StringValidator("must be an http or https URL with a host, without user name, query, fragment or /api/v4",
		func(at path.Path, value string) diag.Diagnostic {
			withoutSlash := strings.TrimSuffix(value, "/")
			_, err := gitlab.NormalizeInstanceURL(value)
			switch {
			case err != nil:
				return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab", transport.Sentence(err.Error()))
			case strings.TrimSpace(value) != value:
				return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab", "The address begins or ends with white space.")
			case strings.HasSuffix(withoutSlash, "/api/v4"):
				return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab",
					"The address ends with /api/v4, which Infisical appends itself. Write "+strings.TrimSuffix(withoutSlash, "/api/v4")+" instead.")
			}
			return nil
		})
}

// codeValidator refuses what cannot be an authorization code. It never repeats the value. A blank one, as a variable's
// default may be, counts as not given: where nothing is sent it does no harm.
func codeValidator() validator.String {
	return attribute.StringValidator("must hold an authorization code, without white space inside", func(at path.Path, value string) diag.Diagnostic {
		if strings.ContainsFunc(strings.TrimSpace(value), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return diag.NewAttributeErrorDiagnostic(at, "Not an authorization code",
				"The value contains white space or control characters, which no authorization code does. Check that its source holds nothing else.")
		}
		return nil
	})
}
