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

// afterFailedCreate sees to a token that was minted for a connection which was not made: it is revoked when that is certain, and named when not.
func (r *connectionResource) afterFailedCreate(ctx context.Context, handover *handover, certain bool, diags *diag.Diagnostics) {
	if handover.minted == nil {
		return
	}
	token := *handover.minted
	err := error(nil)
	if certain {
		err = r.revoke(ctx, token)
	}
	if certain && err == nil {
		return
	}
	reason := "Infisical may hold it, so it was not revoked."
	if err != nil {
		reason = fmt.Sprintf("It could not be revoked: %s.", providerdata.Phrase(err.Error()))
	}
	diags.AddAttributeError(managedPath, "GitLab token left over", fmt.Sprintf(
		"The token %q (id %d) of %s was made for the connection. %s\nRevoke it at GitLab unless the connection turns out to exist and use it.",
		token.Name, token.ID, token.Resource(), reason))
}

// afterFailedUpdate sees to a token that was minted for a write that failed: revoked after a refusal, kept and recorded when the outcome is not known.
func (a *applying) afterFailedUpdate(ctx context.Context, w *write, ambiguous bool) {
	if w.minted() == nil {
		return
	}
	token := *w.minted()
	if ambiguous {
		a.diags.AddAttributeWarning(managedPath, "Two GitLab tokens kept", fmt.Sprintf(
			"Whether Infisical took the new token %q (id %d) is not known, so both it and the one before are left alive. The next apply makes another one and revokes both.", token.Name, token.ID))
		a.diags.Append(providerdata.Remember(ctx, a.private, ledgerKey, w.ledger.PerhapsGiven(token))...)
		return
	}
	if remaining := a.revokeAll(ctx, []managedtoken.Token{token}, token.InstanceURL, a.diags); len(remaining) > 0 {
		a.diags.Append(providerdata.Remember(ctx, a.private, ledgerKey, w.ledger.With(remaining...))...)
	}
}

// afterUpdate revokes what is no longer needed, once Infisical surely has the new credentials, and keeps the books.
func (a *applying) afterUpdate(ctx context.Context, w *write) {
	after := w.ledger
	var left []managedtoken.Token
	if w.handover != nil {
		after = w.ledger.Given(w.handover.minted)
	}
	if w.handover != nil || len(w.ledger.Unsearched) > 0 {
		strays, unsearched, err := a.findStrays(ctx, tokenConnection(a.client, w.state), after)
		if err != nil {
			a.diags.AddWarning("GitLab tokens not looked through", "Whether earlier runs left tokens of this connection behind could not be found out: "+providerdata.Phrase(err.Error())+
				".\nThe next apply looks again.")
		}
		var undecided []managedtoken.Token
		left, undecided = a.leftOver(ctx, w, strays)
		after.Others, after.Unsearched = slices.Concat(after.Others, left), slices.Concat(unsearched, undecided)
	}
	if !after.Unsettled {
		after.Others = a.revokeAll(ctx, after.Others, w.instanceURL(), a.diags)
	}
	if len(left) > 0 {
		a.handOverAgain(ctx, w)
	}
	if len(w.ledger.All()) > 0 || len(after.All()) > 0 || len(w.ledger.Unsearched) > 0 {
		a.diags.Append(providerdata.Remember(ctx, a.private, ledgerKey, after)...)
	}
}

// afterDelete revokes every token of a connection that was deleted.
func (r *connectionResource) afterDelete(ctx context.Context, client *infisical.Client, state resourceModel, ledger managedtoken.Ledger, diags *diag.Diagnostics) {
	strays, _, err := r.findStrays(ctx, tokenConnection(client, state), ledger)
	if err != nil {
		diags.AddError("GitLab tokens not looked through", "The connection is deleted. Whether earlier runs left tokens of it behind could not be found out: "+providerdata.Phrase(err.Error())+
			".\nIt stays in the state for the next destroy to look again.")
	}
	for _, token := range r.revokeAll(ctx, slices.Concat(ledger.All(), strays), "", diags) {
		diags.AddError("GitLab token not revoked", fmt.Sprintf(
			"The connection is deleted, but its token %q (id %d) of %s is alive. It stays in the state for the next destroy to finish.", token.Name, token.ID, token.Resource()))
	}
	if !ledger.Lost || diags.HasError() {
		return
	}
	at := ledger.Others[0]
	if issuer, err := r.issuer(at.InstanceURL); err == nil {
		diags.Append(lookForStrays(ctx, issuer, at.Resource(), tokenConnection(client, state), ledger.All())...)
	}
}

// leftOver are those strays that no other run uses, or is about to: made before the token that was handed over, while Infisical has that
// one still. Two configurations that manage one connection would else revoke each other's. When that cannot be found out they are
// undecided.
func (a *applying) leftOver(ctx context.Context, w *write, strays []managedtoken.Token) (left, undecided []managedtoken.Token) {
	var older, newer []managedtoken.Token
	for _, token := range strays {
		if current := w.current(); current != nil && token.ID > current.ID { // GitLab counts them up.
			newer = append(newer, token)
		} else {
			older = append(older, token)
		}
	}
	if len(newer) > 0 {
		a.diags.Append(leftAlone(newer, "They are newer than the one that this run made."))
	}
	if len(older) == 0 {
		return nil, nil
	}
	changed, err := changedSince(ctx, a.client, w.stored)
	switch {
	case err != nil:
		a.diags.Append(leftAlone(older, "Whether Infisical uses one of them could not be found out: "+providerdata.Phrase(providerdata.Reason(err))+". The next apply tries again."))
		return nil, older
	case changed:
		a.diags.Append(leftAlone(older, "Since this run handed its token over, other credentials were written to the connection."))
		return nil, nil
	}
	return older, nil
}

// changedSince reports that Infisical has other credentials than those that it stored.
func changedSince(ctx context.Context, client *infisical.Client, stored infisical.Connection) (bool, error) {
	found, err := client.Find(ctx, infisical.Known{ID: stored.ID, ProjectID: stored.ProjectID, WrittenAt: stored.UpdatedAt})
	return err == nil && found.CredentialsHash != stored.CredentialsHash, err
}

func leftAlone(tokens []managedtoken.Token, why string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens of another run left alone", fmt.Sprintf(
		"These active tokens were made for the connection by a run of which this state knows nothing:\n%s\n%s So another configuration, such as another workspace, may manage this connection, and they were not "+
			"revoked. Let only one manage it. What is left over of them the next rotation revokes.", managedtoken.Bullets(tokens), why))
}

// handOverAgain gives Infisical once more what it was given, when other credentials were written while tokens were revoked: another run may
// have handed over one of those that were taken for left over.
func (a *applying) handOverAgain(ctx context.Context, w *write) {
	changed, err := changedSince(ctx, a.client, w.stored)
	if err == nil && !changed {
		return
	}
	if err == nil {
		_, err = a.update(ctx, w)
	}
	outcome := "Infisical has been given the token of this run once more."
	if err != nil {
		outcome = fmt.Sprintf("Whether Infisical has a token that is alive is not certain: %s.\nThe next plan shows how things stand.", providerdata.Phrase(providerdata.Reason(err)))
	}
	a.diags.AddAttributeWarning(managedPath, "GitLab connection written by another run", "When this run had revoked tokens that were left over, other credentials had been written to the connection, or it could "+
		"not be told. Another configuration, such as another workspace, may manage it: let only one do so.\n"+outcome)
}

// revokeAll revokes tokens and returns those that it could not, after a warning about each. connection is its GitLab, empty once it is deleted.
func (r *connectionResource) revokeAll(ctx context.Context, tokens []managedtoken.Token, connection string, diags *diag.Diagnostics) []managedtoken.Token {
	var remaining []managedtoken.Token
	for _, token := range tokens {
		if r.reach(token, connection) == managedtoken.Abandoned {
			diags.Append(r.letGo(token))
			continue
		}
		err := r.revoke(ctx, token)
		switch {
		case gitlab.IsNotFound(err):
			diags.AddWarning("GitLab token out of reach", fmt.Sprintf(
				"The %s that the token %q was made in is not there any more, or not for the management token's user. If it was deleted, its tokens are gone with it.", token.Resource(), token.Name))
		case err != nil:
			remaining = append(remaining, token)
			diags.AddWarning("GitLab token not revoked yet", fmt.Sprintf(
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
func (r *connectionResource) findStrays(ctx context.Context, connection managedtoken.Connection, ledger managedtoken.Ledger) (strays, unsearched []managedtoken.Token, err error) {
	issuer, err := r.issuer(r.data.InstanceURL.ValueString())
	if err != nil {
		return nil, ledger.Unsearched, nil //nolint:nilerr // There is nowhere to look.
	}
	return issuer.Strays(ctx, ledger, connection)
}

// tokenConnection is the connection in state, as the names of its tokens have it.
func tokenConnection(client *infisical.Client, state resourceModel) managedtoken.Connection {
	return managedtoken.Connection{Host: client.Host(), ProjectID: state.ProjectID.ValueString(), Name: state.Name.ValueString(), ID: state.ID.ValueString()}
}

// letGo names a token that nobody will revoke.
func (r *connectionResource) letGo(token managedtoken.Token) diag.Diagnostic {
	return diag.NewWarningDiagnostic("GitLab token left at another GitLab", fmt.Sprintf(
		"The token %s is no longer needed. It is at %s, and the management token is sent to the provider's gitlab.instance_url only, which is %s. So it is not revoked, and no longer "+
			"on record: revoke it there, unless that GitLab is no more.",
		token, token.InstanceURL, r.data.InstanceURL.ValueString()))
}

// requireForDelete: what is to be revoked at the provider's GitLab needs the management token, before the connection is deleted. Tokens
// elsewhere are not in the way.
func (r *connectionResource) requireForDelete(ledger managedtoken.Ledger) diag.Diagnostics {
	for _, token := range ledger.All() {
		if r.reach(token, "") != managedtoken.Revocable {
			continue
		}
		if _, err := r.issuer(token.InstanceURL); err != nil {
			return diag.Diagnostics{noIssuer(err)}
		}
		return nil
	}
	return nil
}
