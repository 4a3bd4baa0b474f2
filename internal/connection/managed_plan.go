package connection

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

func (managed) method() string { return infisical.MethodAccessToken }

func (managed) path() path.Path { return managedPath }

func (managed) planCreate(ctx context.Context, p *planning) {
	p.fillIn()
	p.checkManagement()
	p.judgeManaged(tokenModel{})
	p.watchManagementToken(ctx)
}

// fillIn completes the planned settings with what follows from use_cases and the day counts.
func (p *planning) fillIn() {
	if p.config.ManagedAccessToken.Presence == providerdata.Known && p.plan.ManagedAccessToken.Presence == providerdata.Known {
		p.plan.ManagedAccessToken.fillIn(p.config.ManagedAccessToken, p.plan.UseCases)
	}
}

// checkManagement refuses what no apply could carry out, as far as it is known.
func (p *planning) checkManagement() {
	if p.data.GitLab == nil || p.plan.InstanceURL.IsUnknown() {
		return
	}
	if _, err := p.issuer(p.plan.InstanceURL.ValueString()); err != nil {
		p.diags.Append(noIssuer(err))
	}
}

// planUpdate decides whether an update mints a token, and says why.
func (managed) planUpdate(ctx context.Context, p *planning) {
	p.plan.InstanceURL = p.instanceURL(providerdata.Known)
	p.fillIn()
	plan, state, before, diags := &p.plan, p.state, p.before, p.diags
	plan.CredentialsHash, plan.Token = state.CredentialsHash, state.Token
	facts := newMintCase(*plan, state, before)
	decision := p.askForResource(ctx, plan.InstanceURL, facts, facts.decide())
	if decision.reason != "" || decision.open {
		plan.CredentialsHash, plan.Token = types.StringUnknown(), unknownToken
	}
	elsewhere := p.isElsewhere(plan.InstanceURL)
	switch {
	case decision.reason != "" && elsewhere && sameInstanceURL(plan.InstanceURL, state.InstanceURL):
		// No error: it would be in the way of a destruction, for which Terraform plans as for an update first.
		p.warnOfOtherGitLab("A new token is needed because " + decision.reason + ", so an apply fails.")
	case decision.reason != "":
		p.checkManagement()
		diags.AddAttributeWarning(managedPath, "GitLab token will be made", fmt.Sprintf("A new token will be made for the connection %q because %s.%s",
			state.Name.ValueString(), decision.reason, p.fateOf(before.ledger.Current, plan.InstanceURL)))
	case elsewhere:
		p.warnOfOtherGitLab("The token was not looked at; the plan goes by what was recorded last. An apply that has to make or revoke a token fails.")
	case decision.dayCounts:
		p.announceDayCounts(facts)
	}
	token := state.Token
	if decision.reason != "" {
		token = tokenModel{}
	}
	p.judgeManaged(token)
	if p.data.Refreshed(state.ID.ValueString()) {
		p.watchManagementToken(ctx)
	}
}

func newMintCase(plan, state resourceModel, before history) mintCase {
	return mintCase{
		state:     state.ManagedAccessToken,
		plan:      plan.ManagedAccessToken,
		stateURL:  state.InstanceURL,
		planURL:   plan.InstanceURL,
		token:     state.Token,
		ledger:    before.ledger,
		hashMoved: before.hashMoved(state),
	}
}

// askForResource lets GitLab tell whether a project or group that is written in another way is another one. The plan stays open all the
// same, for it may be applied when the path leads elsewhere. While it cannot be found out nothing is decided.
func (r *connectionResource) askForResource(ctx context.Context, instanceURL types.String, facts mintCase, decision mintDecision) mintDecision {
	if decision.reason != "" || !decision.otherName || instanceURL.IsUnknown() {
		return decision
	}
	issuer, err := r.issuer(instanceURL.ValueString())
	if err != nil {
		return decision
	}
	if same, err := facts.isSameResource(ctx, issuer); err == nil && !same {
		decision.reason = differentResource
	}
	return decision
}

// isSameResource asks whether the planned project or group is the one that the present token belongs to.
func (c mintCase) isSameResource(ctx context.Context, issuer *managedtoken.Issuer) (bool, error) {
	located, err := issuer.Locate(ctx, c.plan.resource())
	return located.ID == strconv.FormatInt(c.token.ResourceID.ValueInt64(), 10), err
}

// isElsewhere reports that a connection is at another GitLab than the one that the management token goes to.
func (r *connectionResource) isElsewhere(instanceURL types.String) bool {
	own := r.data.InstanceURL
	return !instanceURL.IsUnknown() && !own.IsUnknown() && !sameInstanceURL(instanceURL, own)
}

func (p *planning) warnOfOtherGitLab(consequence string) {
	p.diags.AddAttributeWarning(managedPath, "Managed token for another GitLab", fmt.Sprintf(
		"The connection's instance_url is %s, and the provider's gitlab.instance_url is %s here, which is the only place that the management token is sent to. %s\nSet the latter, or the environment "+
			"variable GITLAB_BASE_URL, to the GitLab of the connection.", p.plan.InstanceURL.ValueString(), p.data.InstanceURL.ValueString(), consequence))
}

// fateOf says what becomes of a token once its successor is handed over.
func (r *connectionResource) fateOf(current *managedtoken.Token, planned types.String) string {
	switch {
	case current == nil:
		return ""
	case r.reach(*current, planned.ValueString()) == managedtoken.Abandoned:
		return fmt.Sprintf(" The present one, %s, is at %s, which the management token is not sent to: it is not revoked. Do that there once this is applied.",
			current, current.InstanceURL)
	}
	return " The present one is revoked once Infisical has the new one."
}

// announceDayCounts says what a change of expiration_days or rotate_before_days comes to. The clock of the apply decides.
func (p *planning) announceDayCounts(facts mintCase) {
	if facts.token.Presence == providerdata.Null || facts.plan.ExpirationDays.IsUnknown() || facts.plan.RotateBeforeDays.IsUnknown() {
		return
	}
	detail := "By the new ones the present token need not be replaced yet. An apply looks at them once more."
	if due := p.dueByPlan(facts); due != "" {
		detail = "By the new ones " + due + ", so an apply replaces it."
	}
	p.diags.AddAttributeWarning(managedPath, "Day counts of the managed token change", "When the token is replaced follows from expiration_days and rotate_before_days. "+detail)
}

// dueByPlan says, by the clock and the planned day counts, why the present token is due.
func (r *connectionResource) dueByPlan(facts mintCase) string {
	return facts.plan.schedule().Due(facts.token.expiry(), r.data.Now())
}

// judgeManaged warns of what a managed token lacks for its uses: by its settings, and by what GitLab says of the present one, which somebody may
// have changed there. Settings that cannot do were refused when they were validated.
func (p *planning) judgeManaged(present tokenModel) {
	plan, diags := p.plan, p.diags
	settings := plan.ManagedAccessToken
	if settings.Presence != providerdata.Known || !p.judges(plan) {
		return
	}
	kind, uses := settings.resource().Kind, plan.uses()
	findings := slices.DeleteFunc(tokenpolicy.JudgeManaged(kind, uses, settings.scopeNames(), accessLevel(settings.AccessLevel)), func(f tokenpolicy.Finding) bool { return f.Severity != tokenpolicy.Warning })
	if present.Presence == providerdata.Known {
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

// mints decides once more, with everything known: by the clock when the day counts change, and by GitLab when the project or group is
// written in another way. The plan has left both open.
func (a *applying) mints(ctx context.Context) bool {
	facts := newMintCase(a.plan, a.state, a.before)
	decision := facts.decide()
	switch {
	case decision.reason != "":
		return true
	case decision.dayCounts && facts.token.Presence == providerdata.Known && a.dueByPlan(facts) != "":
		return true
	case !decision.otherName:
		return false
	}
	issuer, err := a.issuer(a.plan.InstanceURL.ValueString())
	if err != nil {
		a.diags.Append(noIssuer(err))
		return false
	}
	same, err := facts.isSameResource(ctx, issuer)
	if err != nil {
		a.diags.Append(mintDiagnostic(facts.plan.resource(), err))
		return false
	}
	return !same
}

// looksAgain: the server's hash was not ours, which a replica may have said that lagged behind.
func (managed) looksAgain(a *applying) bool { return a.before.hashMoved(a.state) }

func (managed) firstHandover(ctx context.Context, a *applying) *handover {
	return a.mint(ctx, recipient{name: a.plan.Name.ValueString()})
}

func (managed) nextHandover(ctx context.Context, a *applying) *handover {
	if !a.mints(ctx) {
		return nil
	}
	return a.mint(ctx, recipient{id: a.state.ID.ValueString(), name: a.state.Name.ValueString(), history: a.before})
}

// planRevocations turns what is left to revoke into an update that says why. Tokens that have to wait for a provider that is configured for their
// GitLab are only named.
func (p *planning) planRevocations() {
	ledger := p.before.ledger
	if ledger.Unsettled {
		return
	}
	if slices.ContainsFunc(ledger.Unsearched, func(beside managedtoken.Token) bool { return p.reach(beside, "") == managedtoken.Revocable }) {
		p.plan.Token = unknownToken
		p.diags.AddWarning("GitLab tokens not looked through", "An earlier apply could not find out whether interrupted runs left tokens of this connection behind. The next one looks again.")
	}
	var due []managedtoken.Token
	postponed := ""
	for _, token := range ledger.Others {
		if p.reach(token, p.plan.InstanceURL.ValueString()) == managedtoken.Postponed {
			postponed += fmt.Sprintf("\n- %s at %s", token, token.InstanceURL)
			continue
		}
		due = append(due, token)
	}
	if postponed != "" {
		p.diags.AddWarning("GitLab tokens to revoke", fmt.Sprintf(
			"Tokens that are no longer needed are still alive. The provider's gitlab.instance_url is %s here, so that they are left to an apply with the right one:%s",
			p.data.InstanceURL.ValueString(), postponed))
	}
	if len(due) > 0 {
		p.plan.Token = unknownToken
		p.diags.AddWarning("GitLab tokens to revoke", "An earlier apply could not revoke tokens that are no longer needed. The next one tries again:\n"+managedtoken.Bullets(due))
	}
}
