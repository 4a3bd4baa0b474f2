package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// fillInManaged completes the planned block with what follows from use_cases and the day counts.
func (r *connectionResource) fillInManaged(ctx context.Context, config resourceModel, plan *resourceModel, diags *diag.Diagnostics) {
	configured, planned := config.managed(ctx, diags), plan.managed(ctx, diags)
	if configured == nil || planned == nil {
		return
	}
	planned.fillIn(ctx, configured, plan.UseCases, plan.uses(ctx, diags), diags)
	plan.setManaged(ctx, *planned, diags)
}

// checkManagement refuses what no apply could carry out, as far as it is known.
func (r *connectionResource) checkManagement(plan resourceModel, diags *diag.Diagnostics) {
	if r.configuration.GitLab == nil || plan.InstanceURL.IsUnknown() {
		return
	}
	r.requireManagement(plan.InstanceURL.ValueString(), diags)
}

// planManagedUpdate decides whether an update mints a token, and says why.
func (r *connectionResource) planManagedUpdate(ctx context.Context, plan, state *resourceModel, before history, diags *diag.Diagnostics) {
	plan.CredentialsHash, plan.Token = state.CredentialsHash, state.Token
	facts := newMintCase(ctx, *plan, *state, before, diags)
	decision := r.askForResource(ctx, plan.InstanceURL, facts, facts.decide())
	if decision.reason != "" || decision.open {
		plan.CredentialsHash, plan.Token = types.StringUnknown(), types.ObjectUnknown(tokenTypes)
	}
	elsewhere := r.isElsewhere(plan.InstanceURL)
	switch {
	case decision.reason != "" && elsewhere && sameInstanceURL(plan.InstanceURL, state.InstanceURL):
		// No error: it would be in the way of a destruction, for which Terraform plans as for an update first.
		r.warnOfOtherGitLab(plan.InstanceURL, "A new token is needed because "+decision.reason+", so an apply fails.", diags)
	case decision.reason != "":
		r.checkManagement(*plan, diags)
		diags.AddAttributeWarning(managedPath, "GitLab token will be made", fmt.Sprintf("A new token will be made for the connection %q because %s.%s",
			state.Name.ValueString(), decision.reason, r.fateOf(before.ledger.Current, plan.InstanceURL)))
	case elsewhere:
		r.warnOfOtherGitLab(plan.InstanceURL, "The token was not looked at; the plan goes by what was recorded last. An apply that has to make or revoke a token fails.", diags)
	case decision.dayCounts:
		r.announceDayCounts(facts, diags)
	}
	present := state.Token
	if decision.reason != "" {
		present = types.ObjectNull(tokenTypes)
	}
	r.judgeManaged(ctx, *plan, present, diags)
	if r.configuration.refreshed(state.ID) {
		r.watchManagementToken(ctx, *plan, diags)
	}
}

func newMintCase(ctx context.Context, plan, state resourceModel, before history, diags *diag.Diagnostics) mintCase {
	return mintCase{
		state:     state.managed(ctx, diags),
		plan:      plan.managed(ctx, diags),
		stateURL:  state.InstanceURL,
		planURL:   plan.InstanceURL,
		token:     recordedToken(ctx, state.Token, diags),
		ledger:    before.ledger,
		hashMoved: before.hashMoved(state),
	}
}

// askForResource lets GitLab tell whether a project or group that is written in another way is another one. The plan stays open all the
// same, for it may be applied when the path leads elsewhere. While it cannot be found out nothing is decided.
func (r *connectionResource) askForResource(ctx context.Context, instanceURL types.String, facts mintCase, decision mintDecision) mintDecision {
	if decision.reason != "" || !decision.otherName || r.configuration.GitLab == nil || r.configuration.ManagementToken == "" || r.isElsewhere(instanceURL) || instanceURL.IsUnknown() {
		return decision
	}
	same, err := r.isSameResource(ctx, instanceURL, facts)
	if err == nil && !same {
		decision.reason = differentResource
	}
	return decision
}

// isSameResource asks whether the planned project or group is the one that the present token belongs to.
func (r *connectionResource) isSameResource(ctx context.Context, instanceURL types.String, facts mintCase) (bool, error) {
	id, err := r.configuration.GitLab.FindResource(ctx, instanceURL.ValueString(), r.configuration.ManagementToken, facts.plan.resource())
	return id == facts.token.ResourceID.ValueInt64(), err
}

// isElsewhere reports that a connection is at another GitLab than the one that the management token goes to.
func (r *connectionResource) isElsewhere(instanceURL types.String) bool {
	own := r.configuration.InstanceURL
	return !instanceURL.IsUnknown() && !own.IsUnknown() && !sameInstanceURL(instanceURL, own)
}

func (r *connectionResource) warnOfOtherGitLab(instanceURL types.String, consequence string, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(managedPath, "Managed token for another GitLab", fmt.Sprintf(
		"The connection's instance_url is %s, and the provider's gitlab.instance_url is %s here, which is the only place that the management token is sent to. %s\nSet the latter, or the environment "+
			"variable GITLAB_BASE_URL, to the GitLab of the connection.", instanceURL.ValueString(), r.configuration.InstanceURL.ValueString(), consequence))
}

// fateOf says what becomes of a token once its successor is handed over.
func (r *connectionResource) fateOf(current *ownedToken, planned types.String) string {
	switch {
	case current == nil:
		return ""
	case current.reach(r.configuration.InstanceURL, planned.ValueString()) == abandoned:
		return fmt.Sprintf(" The present one, %s, is at %s, which the management token is not sent to: it is not revoked. Do that there once this is applied.",
			current.label(), current.InstanceURL)
	}
	return " The present one is revoked once Infisical has the new one."
}

// announceDayCounts says what a change of expiration_days or rotate_before_days comes to. The clock of the apply decides.
func (r *connectionResource) announceDayCounts(facts mintCase, diags *diag.Diagnostics) {
	if facts.token == nil || facts.plan.ExpirationDays.IsUnknown() || facts.plan.RotateBeforeDays.IsUnknown() {
		return
	}
	detail := "By the new ones the present token need not be replaced yet. An apply looks at them once more."
	if due := r.dueByPlan(facts); due != "" {
		detail = "By the new ones " + due + ", so an apply replaces it."
	}
	diags.AddAttributeWarning(managedPath, "Day counts of the managed token change", "When the token is replaced follows from expiration_days and rotate_before_days. "+detail)
}

// dueByPlan says, by the clock and the planned day counts, why the present token is due.
func (r *connectionResource) dueByPlan(facts mintCase) string {
	return rotationDue(facts.token.expiry(), facts.plan.ExpirationDays.ValueInt64(), facts.plan.RotateBeforeDays.ValueInt64(), r.configuration.Now())
}

// judgeManaged warns of what a managed token lacks for its uses: by its settings, and by what GitLab says of the present one, which somebody may
// have changed there. Settings that cannot do were refused when they were validated.
func (r *connectionResource) judgeManaged(ctx context.Context, plan resourceModel, present types.Object, diags *diag.Diagnostics) {
	block := plan.managed(ctx, diags)
	if block == nil || !r.judges(plan) {
		return
	}
	kind, uses := block.resource().Kind, plan.uses(ctx, diags)
	findings := slices.DeleteFunc(tokenpolicy.JudgeManaged(kind, uses, block.scopeNames(ctx, diags), block.level()), func(f tokenpolicy.Finding) bool { return f.Severity != tokenpolicy.Warning })
	if token := recordedToken(ctx, present, diags); token != nil {
		for _, finding := range tokenpolicy.JudgeManaged(kind, uses, token.scopeNames(ctx, diags), token.level()) {
			if !slices.Contains(findings, finding) {
				findings = append(findings, finding)
			}
		}
	}
	for _, finding := range findings {
		diags.AddAttributeWarning(managedPath, finding.Summary, finding.Message())
	}
}

// planRevocations turns what is left to revoke into an update that says why. Tokens that have to wait for a provider that is configured for their
// GitLab are only named.
func (r *connectionResource) planRevocations(plan *resourceModel, ledger ledger, diags *diag.Diagnostics) {
	if len(ledger.Others) == 0 || ledger.Unsettled {
		return
	}
	due, postponedOnes := []string{}, []string{}
	for _, token := range ledger.Others {
		line := token.label()
		if token.reach(r.configuration.InstanceURL, plan.InstanceURL.ValueString()) == postponed {
			postponedOnes = append(postponedOnes, line+" at "+token.InstanceURL)
			continue
		}
		due = append(due, line)
	}
	if len(postponedOnes) > 0 {
		diags.AddWarning("GitLab tokens to revoke", fmt.Sprintf(
			"Tokens that are no longer needed are still alive. The provider's gitlab.instance_url is %s here, so that they are left to an apply with the right one:\n%s",
			r.configuration.InstanceURL.ValueString(), bullets(postponedOnes)))
	}
	if len(due) > 0 {
		plan.Token = types.ObjectUnknown(tokenTypes)
		diags.AddWarning("GitLab tokens to revoke", "An earlier apply could not revoke tokens that are no longer needed. The next one tries again:\n"+bullets(due))
	}
}

// planGone replaces a connection that is gone, so that the tokens made for it are revoked.
func planGone(plan *resourceModel, resp *resource.ModifyPlanResponse) {
	plan.ID = types.StringUnknown()
	resp.RequiresReplace.Append(path.Root("id"))
	resp.Diagnostics.AddWarning("GitLab connection is gone", "Somebody deleted the connection. It is made anew, and the tokens that were made for it are revoked.")
}

// mintsAtApply decides once more, with everything known: by the clock when the day counts change, and by GitLab when the project or group is
// written in another way. The plan has left both open.
func (r *connectionResource) mintsAtApply(ctx context.Context, plan, state resourceModel, before history, diags *diag.Diagnostics) bool {
	facts := newMintCase(ctx, plan, state, before, diags)
	decision := facts.decide()
	switch {
	case decision.reason != "":
		return true
	case decision.dayCounts && facts.token != nil && r.dueByPlan(facts) != "":
		return true
	case !decision.otherName:
		return false
	}
	r.requireManagement(plan.InstanceURL.ValueString(), diags)
	if diags.HasError() {
		return false
	}
	same, err := r.isSameResource(ctx, plan.InstanceURL, facts)
	if err != nil {
		diags.Append(mintDiagnostic(facts.plan.resource(), err))
		return false
	}
	return !same
}
