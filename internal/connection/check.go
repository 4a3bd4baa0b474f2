package connection

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// ConfigValidators implements resource.ResourceWithConfigValidators.
func (r *connectionResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{resourcevalidator.ExactlyOneOf(path.MatchRoot("access_token"), path.MatchRoot("managed_access_token"), path.MatchRoot("oauth"))}
}

// ValidateConfig finds what no server need be asked for: a use that a kind of token cannot serve, and a managed token that could not do
// what it is for.
func (r *connectionResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config resourceModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if config.ManagedAccessToken.Presence == providerdata.Known {
		validateManaged(config, &resp.Diagnostics)
		return
	}
	validateUses(config, &resp.Diagnostics)
}

func validateUses(config resourceModel, diags *diag.Diagnostics) {
	waived := config.TokenValidation.IsUnknown() || (!config.TokenValidation.IsNull() && config.TokenValidation.ValueString() != providerdata.ValidationEnforce)
	kind := config.AccessToken.Type
	if waived || kind.IsNull() || kind.IsUnknown() {
		return
	}
	_, err := tokenpolicy.Requirements(gitlab.Kind(kind.ValueString()), config.uses())
	var impossible *tokenpolicy.ImpossibleError
	if errors.As(err, &impossible) {
		diags.AddAttributeError(path.Root("use_cases"), "A project access token cannot serve this use", providerdata.Sentence(err.Error()))
	}
}

func validateManaged(config resourceModel, diags *diag.Diagnostics) {
	settings := config.ManagedAccessToken
	days := int64(defaultExpirationDays)
	if !settings.ExpirationDays.IsNull() {
		days = settings.ExpirationDays.ValueInt64()
	}
	before := settings.RotateBeforeDays
	if !settings.ExpirationDays.IsUnknown() && !before.IsNull() && !before.IsUnknown() && before.ValueInt64() >= days {
		diags.AddAttributeError(managedPath, "Token would rotate all the time",
			fmt.Sprintf("rotate_before_days is %d, and the token lives %d days (expiration_days). It must be between 1 and %d.", before.ValueInt64(), days, days-1))
	}
	if config.UseCases.IsNull() && (settings.Scopes.IsNull() || settings.AccessLevel.IsNull()) {
		diags.AddAttributeError(managedPath, "Scopes and role of the managed token needed",
			"What the token must be able to do follows from use_cases. Set these, or both scopes and access_level.")
	}
	if config.UseCases.IsUnknown() || settings.Scopes.IsUnknown() || settings.AccessLevel.IsUnknown() || settings.Project.IsUnknown() || settings.Group.IsUnknown() {
		return
	}
	for _, finding := range tokenpolicy.JudgeManaged(settings.resource().Kind, config.uses(), settings.scopeNames(), accessLevel(settings.AccessLevel)) {
		if finding.Severity == tokenpolicy.Warning {
			continue // A plan says it: Terraform validates several times on the way to one.
		}
		at := managedPath
		if finding.Aspect == tokenpolicy.AspectUses {
			at = path.Root("use_cases")
		}
		diags.AddAttributeError(at, finding.Summary, finding.Message())
	}
}

// validationOf is ValidationEnforce, ValidationWarn or ValidationOff; empty while it is not known.
func (r *connectionResource) validationOf(plan resourceModel) string {
	if plan.TokenValidation.IsNull() {
		return r.data.TokenValidation
	}
	return plan.TokenValidation.ValueString()
}

// judges reports that findings are wanted.
func (r *connectionResource) judges(plan resourceModel) bool {
	validation := r.validationOf(plan)
	return validation != "" && validation != providerdata.ValidationOff
}

// question is a token about which GitLab is asked, and what the answer is judged by.
type question struct {
	credentials
	uses []tokenpolicy.Use
	// known is what state remembers of the token.
	known gitlab.Known
	// validation is providerdata.ValidationEnforce, providerdata.ValidationWarn or providerdata.ValidationOff.
	validation string
	// later: something that is needed to ask becomes known only at apply.
	later bool
}

// newQuestion asks about the configured token of a resource; recorded is the attribute token in state, null when there is none.
func (r *connectionResource) newQuestion(configured credentials, plan resourceModel, recorded tokenModel) question {
	return question{
		credentials: configured,
		uses:        plan.uses(),
		known:       recorded.known(),
		validation:  r.validationOf(plan),
		later: r.data.GitLab == nil || plan.TokenValidation.IsUnknown() || plan.UseCases.IsUnknown() ||
			configured.token.IsUnknown() || configured.instanceURL.IsUnknown(),
	}
}

// describe asks GitLab what the token is. It returns nil, and asks nothing, when validation is off or there is nothing to ask with. The
// client remembers the answer, so asking again costs nothing.
func (r *connectionResource) describe(ctx context.Context, q question, diags *diag.Diagnostics) *gitlab.Description {
	if q.later || q.validation == providerdata.ValidationOff || q.token.IsNull() {
		return nil
	}
	description, err := r.data.GitLab.Describe(ctx, q.instanceURL.ValueString(), q.token.ValueString(),
		gitlab.DescribeOptions{Known: q.known, AccessLevel: len(q.uses) > 0})
	if err != nil {
		diags.AddError("GitLab token not described", providerdata.Sentence(err.Error()))
		return nil
	}
	return &description
}

// judge reports what is to be said of a described token. A token that is only watched, because it is in use already, gives warnings.
func (r *connectionResource) judge(q question, description *gitlab.Description, watching bool, diags *diag.Diagnostics) {
	if description == nil {
		return
	}
	findings := tokenpolicy.Judge(*description, tokenpolicy.Case{
		Instance:          q.instanceURL.ValueString(),
		Declared:          gitlab.Kind(q.tokenType.ValueString()),
		Uses:              q.uses,
		Now:               r.data.Now(),
		ExpiryWarningDays: r.data.ExpiryWarningDays,
	})
	for _, finding := range findings {
		if q.validation == providerdata.ValidationWarn || watching {
			finding = finding.AsWarning()
		}
		diags.Append(diagnostic(finding))
	}
}

// diagnostic puts a finding on the attribute at fault.
func diagnostic(finding tokenpolicy.Finding) diag.Diagnostic {
	at := tokenPath
	if finding.Aspect == tokenpolicy.AspectUses {
		at = path.Root("use_cases")
	}
	if finding.Severity == tokenpolicy.Warning {
		return diag.NewAttributeWarningDiagnostic(at, finding.Summary, finding.Message())
	}
	return diag.NewAttributeErrorDiagnostic(at, finding.Summary, finding.Message())
}

// foundType is the kind that GitLab names, as access_token.type has it, else the recorded one.
func foundType(description *gitlab.Description, recorded types.String) types.String {
	if description == nil {
		return recorded
	}
	switch description.Kind {
	case gitlab.KindPersonal, gitlab.KindProject, gitlab.KindGroup:
		return types.StringValue(string(description.Kind))
	}
	return recorded
}

// plannedTokenType is the type to plan for a token that is sent while configuration leaves it open. It stays open in the plan, too: at
// apply the token may be another one, or GitLab out of reach. Null when it cannot be found out at all.
func (q question) plannedTokenType(description *gitlab.Description, recorded types.String) types.String {
	if q.later || !foundType(description, recorded).IsNull() {
		return types.StringUnknown()
	}
	return types.StringNull()
}

// requireType: Infisical wants to be told the kind of a token.
func requireType(tokenType types.String, diags *diag.Diagnostics) {
	if tokenType.IsNull() && !diags.HasError() {
		diags.AddAttributeError(tokenPath, "Kind of the GitLab token needed",
			"access_token.type is not set, and GitLab did not tell what kind of token this is. Set it to personal, project or group.")
	}
}
