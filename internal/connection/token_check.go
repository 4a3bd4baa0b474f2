package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

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
	// targets, as far as they were asked for.
	targets []gitlab.TargetDescription
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

// describe asks GitLab what the token is. It asks nothing when validation is off or there is nothing to ask with. The
// client remembers the answer, so asking again costs nothing.
func (c *tokenCheck) describe(ctx context.Context) {
	if c.later || c.validation == providerdata.ValidationOff || c.token.IsNull() {
		return
	}
	description, err := c.session().Describe(ctx, gitlab.DescribeOptions{AccessLevel: len(c.uses) > 0})
	if err != nil {
		c.diags.AddError("Could not describe the GitLab token", transport.Sentence(err.Error()))
		return
	}
	c.description = &description
}

// session asks with the token, of which state remembers something.
func (c *tokenCheck) session() *gitlab.Session {
	return c.data.GitLab.At(c.instanceURL.ValueString(), c.token.ValueString()).Knowing(c.state.TokenDetails.known())
}

// described is null when GitLab was not asked or did not say.
func (c *tokenCheck) described() tokenDetailsModel {
	if c.description == nil || c.description.ID == 0 {
		return tokenDetailsModel{}
	}
	return newTokenDetails(c.description.Token, "")
}

// judge reports what is to be said of a described token. A token that is only watched, because it is in use already,
// gives warnings.
func (c *tokenCheck) judge(watching bool) {
	if c.description == nil {
		return
	}
	c.report(tokenpolicy.Judge(*c.description, c.judgedBy()), watching)
}

func (c *tokenCheck) judgedBy() tokenpolicy.Case {
	var known gitlab.Known
	if c.before.last.isOf(c.token) {
		known = c.state.TokenDetails.known()
	}
	return tokenpolicy.Case{
		Known:             known,
		Instance:          c.instanceURL.ValueString(),
		Declared:          gitlab.Kind(c.tokenType.ValueString()),
		Uses:              c.uses,
		Now:               c.data.Now(),
		ExpiryWarningDays: c.data.ExpiryWarningDays,
	}
}

// tellFromState says what state knows of a token that is in use and not sent: that somebody replaced it in Infisical,
// else, where GitLab did not tell, when it expires.
func (o *operation) tellFromState(check *tokenCheck) {
	switch asked := check.description; {
	case o.before.hashMoved(o.state):
		o.diags.AddAttributeWarning(tokenPath, "GitLab token was replaced outside Terraform", fmt.Sprintf(
			"The credentials of the connection %q are not those that Terraform sent last: somebody replaced them in Infisical, and the token is not set in this run. Set "+
				"access_token.value_wo to restore the token, or to the one that Infisical shall have from now on, and apply.", o.state.Name.ValueString()))
	case !o.judges(o.plan) || o.state.TokenDetails.Presence != attribute.Known:
	case asked == nil, asked.Failure != nil && !asked.Failure.CondemnsToken():
		check.report(tokenpolicy.JudgeRecorded(o.state.TokenDetails.recorded(), check.judgedBy()), true)
	}
}

// warnWithoutUses says of a new connection that nothing tells what its token must be able to do.
func (o *operation) warnWithoutUses(at path.Path) {
	if o.judges(o.plan) && isUnset(o.plan.UseCases) {
		o.diags.AddAttributeWarning(at, "Scopes and role of the GitLab token are not checked",
			"use_cases is not set, so the provider does not know which scopes and role the token needs. Set it to what the connection is for, such as "+
				"[\"project_secret_sync\"], and the plan says whether they suffice.")
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

// plannedType is the type to plan for a token that is sent while configuration leaves it open. It stays open in the
// plan, too: at apply the token may be another one, or GitLab out of reach. Null when it cannot be found out at all.
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
			"access_token.type is not set, and GitLab did not say what kind of token this is. Set the type to personal, project or group.")
	}
}
