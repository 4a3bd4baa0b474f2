package connection

import (
	"context"

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
	for _, kind := range config.kinds() {
		resp.Diagnostics.Append(kind.validate(config)...)
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

// A tokenCheck is a token about which GitLab is asked, and what it said.
type tokenCheck struct {
	*operation
	credentials

	uses []tokenpolicy.Use
	// validation is providerdata.ValidationEnforce, providerdata.ValidationWarn or providerdata.ValidationOff.
	validation string
	// later: something that is needed to ask becomes known only at apply.
	later bool
	// description is nil when GitLab was not asked.
	description *gitlab.Description
}

// checkToken asks about a token by the settings of plan or state.
func (o *operation) checkToken(token credentials, settings resourceModel) *tokenCheck {
	return &tokenCheck{
		operation: o, credentials: token,
		uses:       settings.uses(),
		validation: o.validationOf(settings),
		later: o.data.GitLab == nil || settings.TokenValidation.IsUnknown() || settings.UseCases.IsUnknown() ||
			token.token.IsUnknown() || token.instanceURL.IsUnknown(),
	}
}

// describe asks GitLab what the token is. It asks nothing when validation is off or there is nothing to ask with. The client remembers the
// answer, so asking again costs nothing.
func (c *tokenCheck) describe(ctx context.Context) {
	if c.later || c.validation == providerdata.ValidationOff || c.token.IsNull() {
		return
	}
	description, err := c.data.GitLab.Describe(ctx, c.instanceURL.ValueString(), c.token.ValueString(),
		gitlab.DescribeOptions{Known: c.state.Token.known(), AccessLevel: len(c.uses) > 0})
	if err != nil {
		c.diags.AddError("GitLab token not described", providerdata.Sentence(err.Error()))
		return
	}
	c.description = &description
}

// judge reports what is to be said of a described token. A token that is only watched, because it is in use already, gives warnings.
func (c *tokenCheck) judge(watching bool) {
	if c.description == nil {
		return
	}
	c.report(tokenpolicy.Judge(*c.description, c.judgedBy()), watching)
}

func (c *tokenCheck) judgedBy() tokenpolicy.Case {
	return tokenpolicy.Case{
		Instance:          c.instanceURL.ValueString(),
		Declared:          gitlab.Kind(c.tokenType.ValueString()),
		Uses:              c.uses,
		Now:               c.data.Now(),
		ExpiryWarningDays: c.data.ExpiryWarningDays,
	}
}

// report says findings as strictly as token_validation wants it.
func (c *tokenCheck) report(findings []tokenpolicy.Finding, watching bool) {
	for _, finding := range findings {
		if c.validation == providerdata.ValidationWarn || watching {
			finding = finding.AsWarning()
		}
		c.diags.Append(diagnostic(finding))
	}
}

// diagnostic puts a finding on the attribute at fault.
func diagnostic(finding tokenpolicy.Finding) diag.Diagnostic {
	at := tokenPath
	switch finding.Aspect {
	case tokenpolicy.AspectUses:
		at = path.Root("use_cases")
	case tokenpolicy.AspectTargets:
		at = targetsPath
	}
	if finding.Severity == tokenpolicy.Warning {
		return diag.NewAttributeWarningDiagnostic(at, finding.Summary, finding.Message())
	}
	return diag.NewAttributeErrorDiagnostic(at, finding.Summary, finding.Message())
}

// foundType is the kind that GitLab names, as access_token.type has it, else the recorded one.
func (c *tokenCheck) foundType(recorded types.String) types.String {
	if c.description == nil {
		return recorded
	}
	switch c.description.Kind {
	case gitlab.KindPersonal, gitlab.KindProject, gitlab.KindGroup:
		return types.StringValue(string(c.description.Kind))
	}
	return recorded
}

// plannedType is the type to plan for a token that is sent while configuration leaves it open. It stays open in the plan, too: at
// apply the token may be another one, or GitLab out of reach. Null when it cannot be found out at all.
func (c *tokenCheck) plannedType(recorded types.String) types.String {
	if c.later || !c.foundType(recorded).IsNull() {
		return types.StringUnknown()
	}
	return types.StringNull()
}

// requireType: Infisical wants to be told the kind of a token.
func (o *operation) requireType(tokenType types.String) {
	if tokenType.IsNull() && !o.diags.HasError() {
		o.diags.AddAttributeError(tokenPath, "Kind of the GitLab token needed",
			"access_token.type is not set, and GitLab did not tell what kind of token this is. Set it to personal, project or group.")
	}
}
