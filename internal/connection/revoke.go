package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// afterFailedCreate revokes a token that was minted for a connection which was not made, when that is certain, and names it when not.
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
	reason := "Infisical may hold it, so it was not revoked."
	if err != nil {
		reason = fmt.Sprintf("It could not be revoked: %s.", providerdata.Phrase(err.Error()))
	}
	o.diags.AddAttributeError(managedPath, "GitLab token left over", fmt.Sprintf(
		"The token %q (id %d) of %s was made for the connection. %s\nRevoke it at GitLab unless the connection turns out to exist and use it.",
		token.Name, token.ID, token.Resource(), reason))
}

// afterFailedUpdate revokes a token that was minted for a write which was refused. When the outcome is not known, it keeps and records it.
func (o *operation) afterFailedUpdate(ctx context.Context, ambiguous bool) {
	if o.minted() == nil {
		return
	}
	token := *o.minted()
	if ambiguous {
		o.diags.AddAttributeWarning(managedPath, "Two GitLab tokens kept", fmt.Sprintf(
			"Whether Infisical took the new token %q (id %d) is not known, so both it and the one before are left alive. The next apply makes another one and revokes both.", token.Name, token.ID))
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
			o.diags.AddWarning("GitLab tokens not looked through", "Whether earlier runs left tokens of this connection behind could not be found out: "+providerdata.Phrase(err.Error())+
				".\nThe next apply looks again.")
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
		o.diags.AddError("GitLab tokens not looked through", "The connection is deleted. Whether earlier runs left tokens of it behind could not be found out: "+providerdata.Phrase(err.Error())+
			".\nIt stays in the state for the next destroy to look again.")
	}
	for _, token := range o.revokeAll(ctx, slices.Concat(ledger.All(), strays), "") {
		o.diags.AddError("GitLab token not revoked", fmt.Sprintf(
			"The connection is deleted, but its token %q (id %d) of %s is alive. It stays in the state for the next destroy to finish.", token.Name, token.ID, token.Resource()))
	}
	if !ledger.Lost || o.diags.HasError() {
		return
	}
	at := ledger.Others[0]
	if issuer, err := o.issuer(at.InstanceURL); err == nil {
		o.diags.Append(lookForStrays(ctx, issuer, at.Resource(), o.recorded(), ledger.All())...)
	}
}

// leftOver are those strays that no other run uses, or is about to: made before the current one, while Infisical has that
// one still. Two configurations that manage one connection would else revoke each other's. When that cannot be found out they are
// undecided.
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
		o.diags.Append(leftAlone(newer, "They are newer than the one that this run made."))
	}
	if len(older) == 0 {
		return nil, nil
	}
	changed, err := o.changedSince(ctx)
	switch {
	case err != nil:
		o.diags.Append(leftAlone(older, "Whether Infisical uses one of them could not be found out: "+providerdata.Phrase(providerdata.Reason(err))+". The next apply tries again."))
		return nil, older
	case changed:
		o.diags.Append(leftAlone(older, "Since this run handed its token over, other credentials were written to the connection."))
		return nil, nil
	}
	return older, nil
}

// changedSince reports that Infisical has other credentials than those that it stored.
func (o *operation) changedSince(ctx context.Context) (bool, error) {
	found, err := o.client.Find(ctx, infisical.Known{ID: o.stored.ID, ProjectID: o.stored.ProjectID, WrittenAt: o.stored.UpdatedAt})
	return err == nil && found.CredentialsHash != o.stored.CredentialsHash, err
}

func leftAlone(tokens []managedtoken.Token, why string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens of another run left alone", fmt.Sprintf(
		"These active tokens were made for the connection by a run of which this state knows nothing:\n%s\n%s So another configuration, such as another workspace, may manage this connection, and they were not "+
			"revoked. Let only one manage it. What is left over of them the next rotation revokes.", managedtoken.Bullets(tokens), why))
}

// sendAgain gives Infisical once more what it was given, when other credentials were written while tokens were revoked: another run may
// have sent one of those that were taken for left over.
func (o *operation) sendAgain(ctx context.Context) {
	changed, err := o.changedSince(ctx)
	if err == nil && !changed {
		return
	}
	if err == nil {
		_, err = o.update(ctx)
	}
	outcome := "Infisical has been given the token of this run once more."
	if err != nil {
		outcome = fmt.Sprintf("Whether Infisical has a token that is alive is not certain: %s.\nThe next plan shows how things stand.", providerdata.Phrase(providerdata.Reason(err)))
	}
	o.diags.AddAttributeWarning(managedPath, "GitLab connection written by another run", "When this run had revoked tokens that were left over, other credentials had been written to the connection, or it could "+
		"not be told. Another configuration, such as another workspace, may manage it: let only one do so.\n"+outcome)
}

// revokeAll revokes tokens and returns those that it could not, after a warning about each. connectionURL is the connection's GitLab, empty once it is deleted.
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
				"The %s that the token %q was made in is not there any more, or not for the management token's user. If it was deleted, its tokens are gone with it.", token.Resource(), token.Name))
		case err != nil:
			remaining = append(remaining, token)
			o.diags.AddWarning("GitLab token not revoked yet", fmt.Sprintf(
				"The token %q (id %d) of %s is no longer needed, and could not be revoked: %s.\nThe next apply tries again.", token.Name, token.ID, token.Resource(), providerdata.Phrase(err.Error())))
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

// findStrays looks for tokens of the connection that are not in its ledger, at the GitLab that the management token goes to.
func (o *operation) findStrays(ctx context.Context, ledger managedtoken.Ledger) (strays, unsearched []managedtoken.Token, err error) {
	issuer, err := o.issuer(o.data.InstanceURL.ValueString())
	if err != nil {
		return nil, ledger.Unsearched, nil //nolint:nilerr // There is nowhere to look.
	}
	return issuer.Strays(ctx, ledger, o.recorded())
}

// recorded is the connection in state, as the names of its tokens have it.
func (o *operation) recorded() managedtoken.Connection {
	return managedtoken.Connection{Host: o.client.Host(), ProjectID: o.state.ProjectID.ValueString(), Name: o.state.Name.ValueString(), ID: o.state.ID.ValueString()}
}

// letGo names a token that nobody will revoke.
func (r *connectionResource) letGo(token managedtoken.Token) diag.Diagnostic {
	return diag.NewWarningDiagnostic("GitLab token left at another GitLab", fmt.Sprintf(
		"The token %s is no longer needed. It is at %s, and the management token is sent to the provider's gitlab.instance_url only, which is %s. So it is not revoked, and no longer "+
			"on record: revoke it there, unless that GitLab is no more.",
		token, token.InstanceURL, r.data.InstanceURL.ValueString()))
}

// mayRevoke: what is to be revoked at the provider's GitLab needs the management token, before the connection is deleted. Tokens elsewhere
// are not in the way.
func (o *operation) mayRevoke() bool {
	for _, token := range o.before.ledger.All() {
		if o.reach(token, "") == managedtoken.Revocable {
			return o.requireIssuer(token.InstanceURL) != nil
		}
	}
	return true
}
