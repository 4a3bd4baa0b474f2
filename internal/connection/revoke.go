package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// afterFailedCreate revokes a token that was minted for a connection which was not made, when that is certain, and
// names it when not.
func (o *operation) afterFailedCreate(ctx context.Context, certain bool) {
	if o.minted() == nil {
		return
	}
	token := *o.minted()
	err := error(nil)
	if certain {
		if err = o.revoke(ctx, token); err == nil {
			return
		}
	}
	reason := "Infisical may have it, so it was not revoked."
	if err != nil {
		reason = fmt.Sprintf("Revoking it failed: %s.", transport.Phrase(err.Error()))
	}
	o.diags.AddAttributeError(managedPath, "GitLab token left over", fmt.Sprintf(
		"The token %q (id %d) of %s was created for the connection. %s\nRevoke it at GitLab, unless the connection exists and uses it.",
		token.Name, token.ID, token.Resource(), reason))
}

// afterFailedUpdate revokes a token that was minted for a write which was refused. When the outcome is not known, it
// keeps and records it.
func (o *operation) afterFailedUpdate(ctx context.Context, ambiguous bool) {
	if o.minted() == nil {
		return
	}
	token := *o.minted()
	if ambiguous {
		o.diags.AddAttributeWarning(managedPath, "Two GitLab tokens kept", fmt.Sprintf(
			"It is not certain whether Infisical has the new token %q (id %d), so neither it nor the previous one was revoked. The next apply creates "+
				"another token and revokes "+
				"both.", token.Name, token.ID))
		o.remember(ctx, ledgerKey, o.before.ledger.PerhapsGiven(token))
		return
	}
	if remaining := o.revokeAll(ctx, []managedtoken.Token{token}, token.InstanceURL); len(remaining) > 0 {
		o.remember(ctx, ledgerKey, o.before.ledger.With(remaining...))
	}
}

// afterUpdate revokes what is no longer needed, once Infisical surely has the new credentials, and keeps the books.
func (o *operation) afterUpdate(ctx context.Context) {
	before, connectionURL := o.before.ledger, o.state.InstanceURL
	after := before
	var left []managedtoken.Token
	if o.sent != nil {
		after, connectionURL = before.Given(o.sent.minted), o.sent.instanceURL
	}
	if o.sent != nil || len(before.Unsearched) > 0 {
		strays, unsearched, err := o.findStrays(ctx, after)
		if err != nil {
			o.diags.AddWarning("Could not search for leftover GitLab tokens",
				"The search for tokens of this connection that earlier runs left behind failed: "+transport.Phrase(err.Error())+
					".\nThe next apply searches again.")
		}
		var undecided []managedtoken.Token
		left, undecided = o.leftOver(ctx, after.Current, strays)
		after.Others, after.Unsearched = slices.Concat(after.Others, left), slices.Concat(unsearched, undecided)
	}
	if !after.Unsettled {
		after.Others = o.revokeAll(ctx, after.Others, connectionURL.ValueString())
	}
	if len(left) > 0 {
		o.sendAgain(ctx)
	}
	if len(before.All()) > 0 || len(after.All()) > 0 || len(before.Unsearched) > 0 {
		o.remember(ctx, ledgerKey, after)
	}
}

// afterDelete revokes every token of a connection that was deleted.
func (o *operation) afterDelete(ctx context.Context) {
	ledger := o.before.ledger
	strays, _, err := o.findStrays(ctx, ledger)
	if err != nil {
		o.diags.AddError("Could not search for leftover GitLab tokens",
			"The connection is deleted, but the search for tokens that earlier runs left behind failed: "+transport.Phrase(err.Error())+
				".\nThe connection stays in the state, and the next destroy searches again.")
	}
	for _, token := range o.revokeAll(ctx, slices.Concat(ledger.All(), strays), "") {
		o.diags.AddError("GitLab token not revoked", fmt.Sprintf(
			"The connection is deleted, but its token %q (id %d) of %s is not revoked. The connection stays in the state, and the next destroy tries again.",
			token.Name, token.ID, token.Resource()))
	}
	if !ledger.Lost || o.diags.HasError() {
		return
	}
	at := ledger.Others[0]
	if issuer, err := o.issuer(at.InstanceURL); err == nil {
		o.diags.Append(lookForStrays(ctx, issuer, at.Resource(), o.recorded(), ledger.All())...)
	}
}

// leftOver are those strays that no other run uses, or is about to: made before the current one, while Infisical has
// that one still. Two configurations that manage one connection would else revoke each other's. When that cannot be
// found out they are undecided.
func (o *operation) leftOver(ctx context.Context, current *managedtoken.Token, strays []managedtoken.Token) (left, undecided []managedtoken.Token) {
	var older, newer []managedtoken.Token
	for _, token := range strays {
		if current != nil && token.ID > current.ID { // GitLab counts them up.
			newer = append(newer, token)
		} else {
			older = append(older, token)
		}
	}
	if len(newer) > 0 {
		o.diags.Append(leftAlone(newer, "They are newer than the one that this run created."))
	}
	if len(older) == 0 {
		return nil, nil
	}
	changed, err := o.changedSince(ctx)
	switch {
	case err != nil:
		o.diags.Append(leftAlone(older,
			"Checking whether Infisical uses one of them failed: "+transport.Phrase(infisical.Reason(err))+
				". The next apply tries again."))
		return nil, older
	case changed:
		o.diags.Append(leftAlone(older, "The connection's credentials were changed after this run sent its token."))
		return nil, nil
	}
	return older, nil
}

// changedSince reports that Infisical has other credentials than those that it stored.
func (o *operation) changedSince(ctx context.Context) (bool, error) {
	found, err := o.client.Connections.Find(ctx, infisical.Known{ID: o.stored.ID, ProjectID: o.stored.ProjectID, WrittenAt: o.stored.UpdatedAt})
	return err == nil && found.CredentialsHash != o.stored.CredentialsHash, err
}

func leftAlone(tokens []managedtoken.Token, why string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens of another run not revoked", fmt.Sprintf(
		"These active tokens were created for the connection by a run that this state does not record:\n%s\n%s Another configuration, such as another workspace, may manage "+
			"this connection, so they were not revoked. Manage the connection in one configuration only. The next rotation revokes those that are left over.",
		managedtoken.Bullets(tokens), why))
}

// sendAgain gives Infisical once more what it was given, when other credentials were written while tokens were revoked:
// another run may have sent one of those that were taken for left over.
func (o *operation) sendAgain(ctx context.Context) {
	changed, err := o.changedSince(ctx)
	if err == nil && !changed {
		return
	}
	if err == nil {
		_, err = o.update(ctx)
	}
	outcome := "The token of this run was sent to Infisical again."
	if err != nil {
		outcome = fmt.Sprintf("It is not certain whether Infisical has a valid token: %s.\nThe next plan shows it.",
			transport.Phrase(infisical.Reason(err)))
	}
	o.diags.AddAttributeWarning(managedPath, "GitLab connection changed by another run",
		"While this run revoked leftover tokens, the connection's credentials were "+
			"changed, or checking them failed. Another configuration, such as another workspace, may manage the connection: manage it in one configuration only.\n"+outcome)
}

// revokeAll revokes tokens and returns those that it could not, after a warning about each. connectionURL is the
// connection's GitLab, empty once it is deleted.
func (o *operation) revokeAll(ctx context.Context, tokens []managedtoken.Token, connectionURL string) []managedtoken.Token {
	var remaining []managedtoken.Token
	for _, token := range tokens {
		if o.reach(token, connectionURL) == managedtoken.Abandoned {
			o.diags.Append(o.letGo(token))
			continue
		}
		err := o.revoke(ctx, token)
		switch {
		case gitlab.IsNotFound(err):
			o.diags.AddWarning("GitLab token out of reach", fmt.Sprintf(
				"The %s of the token %q was deleted, or the user of the provider's GitLab token cannot see it. If it was deleted, its tokens were deleted with it.",
				token.Resource(), token.Name))
		case err != nil:
			remaining = append(remaining, token)
			o.diags.AddWarning("GitLab token not revoked yet", fmt.Sprintf(
				"The token %q (id %d) of %s is no longer needed, but revoking it failed: %s.\nThe next apply tries again.", token.Name, token.ID,
				token.Resource(), transport.Phrase(err.Error())))
		}
	}
	return remaining
}

func (r *connectionResource) revoke(ctx context.Context, token managedtoken.Token) error {
	issuer, err := r.issuer(token.InstanceURL)
	if err != nil {
		return err
	}
	return issuer.Revoke(ctx, token)
}

// findStrays looks for tokens of the connection that are not in its ledger, at the GitLab that the provider's GitLab
// token goes to.
func (o *operation) findStrays(ctx context.Context, ledger managedtoken.Ledger) (strays, unsearched []managedtoken.Token, err error) {
	issuer, err := o.issuer(o.data.InstanceURL.ValueString())
	if err != nil {
		return nil, ledger.Unsearched, nil //nolint:nilerr // There is nowhere to look.
	}
	return issuer.Strays(ctx, ledger, o.recorded())
}

// recorded is the connection in state, as the names of its tokens have it.
func (o *operation) recorded() managedtoken.Connection {
	return managedtoken.Connection{Host: o.client.Host(), ProjectID: o.state.ProjectID.ValueString(), Name: o.state.Name.ValueString(),
		ID: o.state.ID.ValueString()}
}

// letGo names a token that nobody will revoke.
func (r *connectionResource) letGo(token managedtoken.Token) diag.Diagnostic {
	return diag.NewWarningDiagnostic("GitLab token left at another GitLab", fmt.Sprintf(
		"The token %s is no longer needed. It is at %s, but the provider sends its own GitLab token only to gitlab.instance_url, which is %s. So the token "+
			"is not revoked, "+
			"and no longer recorded: revoke it there, unless that GitLab no longer exists.",
		token, token.InstanceURL, r.data.InstanceURL.ValueString()))
}
