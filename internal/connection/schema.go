package connection

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"
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

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// Schema implements resource.Resource.
func (r *connectionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A GitLab Connection of Infisical: the GitLab credential with which Infisical's Secret Syncs write CI/CD variables and its Secret Scanning " +
			"watches repositories. That credential is an access token of yours (`access_token`), one that the connection makes and rotates itself (`managed_access_token`), or an OAuth grant (`oauth`). " +
			"It stays out of plan and state, save for `access_token.value`, and is sent only when it has changed.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Name, 1 to 64 lower-case letters, digits and single hyphens. Unique among the connections of all apps in its project, or in the " +
					"organisation. Changing it renames the connection.",
				Validators: providerdata.NameValidators(),
			},
			"description": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What the connection is for, 1 to 255 characters, and at most 256 when those beyond U+FFFF, such as emoji, count twice. Infisical takes off surrounding white space, " +
					"which does not count. None by default; removing it clears it.",
				Validators: []validator.String{providerdata.DescriptionValidator()},
			},
			"project_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Id of the Infisical project that the connection belongs to. Without one it belongs to the organisation, the default. Changing it replaces " +
					"the connection.",
				Validators:    providerdata.ProjectIDValidators(),
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"instance_url": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Address of GitLab as Infisical reaches it, such as `https://gitlab.example.com`, perhaps with a path and one trailing slash. A new connection " +
					"that names none gets the provider's `gitlab.instance_url`, which defaults to `https://gitlab.com`; later the connection keeps what it has. An imported one at another GitLab needs it before " +
					"a token or code is sent. Changing it sends " +
					"`access_token` again and needs a new code for `oauth`; with `managed_access_token` it must be the provider's `gitlab.instance_url`, and a change makes a new token.",
				Validators: []validator.String{instanceURLValidator()},
			},
			"use_cases": schema.SetAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "What the connection is for: any of `project_secret_sync`, `group_secret_sync`, `project_secret_scanning`, `group_secret_scanning`. The token's scopes and role are " +
					"judged against what these need, and a managed token is made with them; an `oauth` grant cannot be judged. Without any, the default, only the token's validity and kind are judged.",
				Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.OneOf(useNames()...))},
			},
			"targets": targetsAttribute(),
			"token_validation": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What comes of findings about the token: `enforce` makes them errors where the token is about to be sent, `warn` warnings, and `off` asks GitLab nothing. " +
					"Defaults to the provider's `gitlab.token_validation`.",
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
				MarkdownDescription: "Id of the Infisical organisation that the connection belongs to.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"method": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "How Infisical authenticates to GitLab: `access-token` or `oauth`. Moving between `oauth` and the other two replaces the connection.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"credentials_hash": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Infisical's hash of the stored credentials, hexadecimal. It differs after every write of credentials, even of the same token, and so shows " +
					"when somebody else replaced the token: the next apply then puts the configured one back, or makes a new managed one. With `oauth` it moves by itself and means nothing.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"token": tokenAttribute(),
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the connection was made, in RFC 3339.",
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
	return stringvalidator.RegexMatches(regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`), "must be a numeric id or a full path such as platform/apps, without a leading or trailing slash")
}

// instanceURLValidator accepts what both Infisical and we can append /api/v4 to.
func instanceURLValidator() validator.String {
	return providerdata.StringValidator("must be an http or https URL with a host, without user name, query, fragment and /api/v4", func(at path.Path, value string) diag.Diagnostic {
		withoutSlash := strings.TrimSuffix(value, "/")
		_, err := gitlab.NormalizeInstanceURL(value)
		switch {
		case err != nil:
			return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab", providerdata.Sentence(err.Error()))
		case strings.TrimSpace(value) != value:
			return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab", "The address begins or ends with white space.")
		case strings.HasSuffix(withoutSlash, "/api/v4"):
			return diag.NewAttributeErrorDiagnostic(at, "Not the address of a GitLab",
				"The address ends with /api/v4, which Infisical appends by itself. Write "+strings.TrimSuffix(withoutSlash, "/api/v4")+" instead.")
		}
		return nil
	})
}

// secret is what a value is to be.
type secret struct {
	// name is such as "access token".
	name string
	// Summary is the title of the refusal.
	Summary string
}

func tokenValidator() validator.String {
	return secret{name: "access token", Summary: "Not a token"}.validator()
}

func codeValidator() validator.String {
	return secret{name: "authorization code", Summary: "Not an authorization code"}.validator()
}

// validator refuses what cannot be such a secret. It never repeats the value. A blank one, as a variable's default may be, counts as not
// given: where nothing is sent it does no harm.
func (s secret) validator() validator.String {
	return providerdata.StringValidator("must hold an "+s.name+", without white space inside", func(at path.Path, value string) diag.Diagnostic {
		if strings.ContainsFunc(strings.TrimSpace(value), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return diag.NewAttributeErrorDiagnostic(at, s.Summary,
				"The value holds white space or control characters inside, which no "+s.name+" does. Was more than that read from its source?")
		}
		return nil
	})
}

// uuidValidator accepts the ids that Infisical gives to connections.
func uuidValidator() validator.String {
	return providerdata.StringValidator("must be a UUID", func(at path.Path, value string) diag.Diagnostic {
		if _, err := uuid.Parse(value); err != nil {
			return diag.NewAttributeErrorDiagnostic(at, "Not the id of a connection", fmt.Sprintf("The value is %q. Expected a UUID such as %s.", value, exampleID))
		}
		return nil
	})
}
