package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

func (managedAccessToken) method() string { return infisical.MethodAccessToken }

func (managedAccessToken) path() path.Path { return managedPath }

func (managedAccessToken) planCreate(ctx context.Context, o *operation) {
	o.fillIn()
	o.requireManagement("creates")
	if o.replaces {
		o.remember(ctx, awaitsKey, true)
	}
	o.judgeManaged(tokenDetailsModel{})
	if o.judgeMinting(ctx) {
		o.judgeManagedTargets(ctx, o.checkAccount(ctx))
		o.watchGitLabToken(ctx)
	}
	o.warnWithoutUses(managedPath)
}

// fillIn completes the planned settings with what follows from use_cases and the day counts.
func (o *operation) fillIn() {
	if o.config.ManagedAccessToken.Presence == attribute.Known && o.plan.ManagedAccessToken.Presence == attribute.Known {
		o.plan.ManagedAccessToken.fillIn(o.config.ManagedAccessToken, o.plan.UseCases)
	}
}

// planUpdate decides whether an update mints a token, and says why.
func (managedAccessToken) planUpdate(ctx context.Context, o *operation) {
	o.plan.InstanceURL = o.plannedURL(attribute.Known)
	o.fillIn()
	plan, state := &o.plan, o.state
	plan.CredentialsHash, plan.TokenDetails = state.CredentialsHash, state.TokenDetails
	if !plan.ProjectID.Equal(state.ProjectID) { // The schema replaces it.
		o.requireManagement("creates")
	}
	decision := o.decideUnrefreshed(o.askForResource(ctx, newRotationDecision(*plan, state, o.before)))
	switch {
	case decision.open:
		plan.CredentialsHash, plan.TokenDetails = types.StringUnknown(), unknownTokenDetails
	case decision.reason != "":
		plan.CredentialsHash, plan.TokenDetails, o.promises = types.StringUnknown(), newUnknownTokenDetails(plan.ManagedAccessToken), true
	}
	o.announce(decision)
	token := state.TokenDetails
	if decision.reason != "" {
		token = tokenDetailsModel{}
	}
	o.judgeManaged(token)
	if decision.reason != "" && !o.judgeMinting(ctx) {
		return
	}
	account := gitlab.Account{}
	if decision.reason != "" || decision.open || plan.Targets.Presence == attribute.Known {
		account = o.checkAccount(ctx)
	}
	o.judgeManagedTargets(ctx, account)
	if o.data.Refreshed(state.ID.ValueString()) {
		o.watchGitLabToken(ctx)
	}
}

// announce says what the plan decides about the token, and why.
func (o *operation) announce(decision rotationDecision) {
	plan, state, diags := o.plan, o.state, o.diags
	elsewhere := o.isElsewhere(plan.InstanceURL)
	switch {
	case decision.reason != "" && elsewhere && sameInstanceURL(plan.InstanceURL, state.InstanceURL):
		// Not an error: it would block a destroy, for which Terraform first plans as for an update.
		o.warnOfOtherGitLab("A new token is needed because " + decision.reason + ", so an apply fails.")
	case decision.reason != "":
		o.requireManagement("creates")
		diags.AddAttributeWarning(managedPath, "GitLab token will be created", fmt.Sprintf("A new token will be created for the connection %q because %s.%s",
			state.Name.ValueString(), decision.reason, o.fateOf(o.before.ledger.Current, plan.InstanceURL)))
	case elsewhere:
		o.warnOfOtherGitLab("The provider did not check the token; the plan uses what was recorded last. An apply that has to create or revoke a token fails.")
	case decision.dayCounts:
		o.requireManagement("may create")
		o.announceDayCounts()
	case decision.open:
		o.requireManagement("may create")
	case decision.waits != "":
		diags.AddAttributeWarning(managedPath, "Rotation of the managed token is due", fmt.Sprintf(
			"The managed token of the connection %q is due for rotation, because %s. What is planned now does not include that, because it was not due at the last refresh. "+
				"The next plan does.", state.Name.ValueString(), decision.waits))
	}
}

// decideUnrefreshed looks at the clock where no refresh has: in a plan with -refresh=false, in the first of the two
// with -minimal-refresh, and in the one that Terraform makes within an apply.
func (o *operation) decideUnrefreshed(decision rotationDecision) rotationDecision {
	if decision.reason != "" || decision.open || o.data.Refreshed(o.state.ID.ValueString()) {
		return decision
	}
	return decision.unrefreshed(o.plan, o.state, o.revokes(), o.data.Now())
}

// askForResource asks GitLab whether a project, group or service account that is spelled differently is another one.
// The plan leaves it open even so, because the path may lead elsewhere by the time it is applied. One that leads
// nowhere is another one. If GitLab cannot be asked, nothing is decided.
func (o *operation) askForResource(ctx context.Context, decision rotationDecision) rotationDecision {
	if decision.reason != "" || !decision.otherName || o.plan.InstanceURL.IsUnknown() {
		return decision
	}
	issuer, err := o.issuer(o.plan.InstanceURL.ValueString())
	if err != nil {
		return decision
	}
	switch different, err := o.difference(ctx, issuer); {
	case gitlab.IsAccountNotFound(err):
		decision.reason = differentAccount
	case gitlab.IsNotFound(err):
		decision.reason = differentResource
	case err == nil:
		decision.reason = different
	}
	return decision
}

// isElsewhere reports that a connection is at another GitLab than the one that the provider's GitLab token goes to.
func (r *connectionResource) isElsewhere(instanceURL types.String) bool {
	own := r.data.InstanceURL
	return !instanceURL.IsUnknown() && !own.IsUnknown() && !sameInstanceURL(instanceURL, own)
}

func (o *operation) warnOfOtherGitLab(consequence string) {
	o.diags.AddAttributeWarning(managedPath, "Managed token for another GitLab", fmt.Sprintf(
		"The connection's instance_url is %s, but the provider's gitlab.instance_url is %s here, and the provider sends its own GitLab token nowhere else. %s\nSet "+
			"gitlab.instance_url, or the environment variable GITLAB_BASE_URL, to the GitLab of the connection.", o.plan.InstanceURL.ValueString(),
		o.data.InstanceURL.ValueString(), consequence))
}

// fateOf says what happens to a token once Infisical has its successor.
func (r *connectionResource) fateOf(current *managedtoken.Token, planned types.String) string {
	switch {
	case current == nil:
		return ""
	case r.reach(*current, planned.ValueString()) == managedtoken.Abandoned:
		return fmt.Sprintf(" The current token, %s, is at %s, where the provider does not send its own GitLab token. It will not be revoked: revoke it "+
			"there after the apply.",
			current, current.InstanceURL)
	}
	return " The current token will be revoked once Infisical has the new one."
}

// announceDayCounts says what a change of expiration_days or rotate_before_days leads to. The clock of the apply
// decides.
func (o *operation) announceDayCounts() {
	settings := o.plan.ManagedAccessToken
	if o.state.TokenDetails.Presence == attribute.Null || settings.ExpirationDays.IsUnknown() || settings.RotateBeforeDays.IsUnknown() {
		return
	}
	detail := "With the new values the current token is not due yet. The apply checks that again."
	if due := o.dueByPlan(); due != "" {
		detail = "With the new values " + due + ", so an apply replaces it."
	}
	o.diags.AddAttributeWarning(managedPath, "Rotation schedule of the managed token changes",
		"expiration_days and rotate_before_days decide when the token is replaced. "+detail)
}

// dueByPlan says, by the clock and the planned day counts, why the current token is due.
func (o *operation) dueByPlan() string {
	return o.plan.ManagedAccessToken.schedule().Due(o.state.TokenDetails.expiry(), o.data.Now())
}

// judgeManaged warns about what a managed token lacks for its uses: by its settings, and by what GitLab says about the
// current one, which may have been changed there. Validation has refused settings that cannot work.
func (o *operation) judgeManaged(present tokenDetailsModel) {
	plan, diags := o.plan, o.diags
	settings := plan.ManagedAccessToken
	if settings.Presence != attribute.Known || !o.judges(plan) {
		return
	}
	kind, uses := settings.tokenKind(), plan.uses()
	findings := slices.DeleteFunc(tokenpolicy.JudgeManaged(kind, uses, settings.scopeNames(), accessLevel(settings.AccessLevel)),
		func(f tokenpolicy.Finding) bool { return f.Severity != tokenpolicy.Warning })
	if present.Presence == attribute.Known {
		for _, finding := range tokenpolicy.JudgeManaged(kind, uses, texts(present.Scopes), accessLevel(present.AccessLevel)) {
			if !slices.Contains(findings, finding) {
				findings = append(findings, finding)
			}
		}
	}
	for _, finding := range findings {
		diags.AddAttributeWarning(managedPath, finding.Summary, finding.Message())
	}
}

// planRevocations plans an update that says why if tokens are left to revoke. It only names tokens that need a provider
// configured for their GitLab.
func (o *operation) planRevocations() {
	if o.before.ledger.Unsettled {
		return
	}
	if o.searches() {
		o.plan.TokenDetails = unknownTokenDetails
		o.diags.AddWarning("Could not search for leftover GitLab tokens",
			"An earlier apply could not search for tokens of this connection that interrupted runs left "+
				"behind. The next apply searches again.")
	}
	due, later := o.toRevokeNow()
	if len(later) > 0 {
		postponed := ""
		for _, token := range later {
			postponed += fmt.Sprintf("\n- %s at %s", token, token.InstanceURL)
		}
		o.diags.AddWarning("GitLab tokens to revoke", fmt.Sprintf(
			"Tokens that are no longer needed are still valid. The provider's gitlab.instance_url is %s here, so only an apply with that of the tokens can "+
				"revoke them:%s",
			o.data.InstanceURL.ValueString(), postponed))
	}
	if len(due) > 0 {
		o.plan.TokenDetails = unknownTokenDetails
		o.diags.AddWarning("GitLab tokens to revoke", "An earlier apply could not revoke tokens that are no longer needed. The next apply tries again:\n"+managedtoken.Bullets(due))
	}
}

// revokes reports that an update has tokens to revoke, or to search for, whatever else it does.
func (o *operation) revokes() bool {
	due, _ := o.toRevokeNow()
	return !o.before.ledger.Unsettled && (len(due) > 0 || o.searches())
}

// searches: an earlier apply could not search for leftover tokens where this provider can.
func (o *operation) searches() bool {
	return slices.ContainsFunc(o.before.ledger.Unsearched, func(beside managedtoken.Token) bool { return o.reach(beside, "") == managedtoken.Revocable })
}

// toRevokeNow are the tokens that the next apply revokes, and those that only a provider configured for their GitLab
// can revoke.
func (o *operation) toRevokeNow() (due, later []managedtoken.Token) {
	for _, token := range o.before.ledger.Others {
		if o.reach(token, o.plan.InstanceURL.ValueString()) == managedtoken.Postponed {
			later = append(later, token)
		} else {
			due = append(due, token)
		}
	}
	return due, later
}
