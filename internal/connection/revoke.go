package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
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
		reason = fmt.Sprintf("It could not be revoked: %s.", phrase(err.Error()))
	}
	diags.AddAttributeError(managedPath, "GitLab token left over", fmt.Sprintf(
		"The token %q (id %d) of %s was made for the connection. %s\nRevoke it at GitLab unless the connection turns out to exist and use it.",
		token.Name, token.ID, token.resource(), reason))
}

// afterFailedUpdate sees to a token that was minted for a write that failed: revoked after a refusal, kept and recorded when the outcome is not known.
func (r *connectionResource) afterFailedUpdate(ctx context.Context, private privateWriter, handover *handover, before ledger, ambiguous bool, diags *diag.Diagnostics) {
	if handover == nil || handover.minted == nil {
		return
	}
	token := *handover.minted
	if ambiguous {
		diags.AddAttributeWarning(managedPath, "Two GitLab tokens kept", fmt.Sprintf(
			"Whether Infisical took the new token %q (id %d) is not known, so both it and the one before are left alive. The next apply makes another one and revokes both.", token.Name, token.ID))
		rememberLedger(ctx, private, before.unsettled(token), diags)
		return
	}
	if remaining := r.revokeAll(ctx, []ownedToken{token}, token.InstanceURL, diags); len(remaining) > 0 {
		rememberLedger(ctx, private, before.leftover(remaining...), diags)
	}
}

// afterUpdate revokes what is no longer needed, once Infisical surely has the new credentials, and keeps the books.
func (r *connectionResource) afterUpdate(ctx context.Context, private privateWriter, client *infisical.Client, w *write, diags *diag.Diagnostics) {
	after := w.ledger
	var left []ownedToken
	if w.handover != nil {
		after = w.ledger.handedOver(w.handover.minted)
		strays, err := r.findStrays(ctx, client, w.state, after)
		if err != nil {
			diags.AddWarning("GitLab tokens not looked through", "Whether earlier runs left tokens of this connection behind could not be found out: "+phrase(err.Error())+".")
		}
		left = r.leftOver(ctx, client, w, strays, diags)
		after.Others = slices.Concat(after.Others, left)
	}
	if !after.Unsettled {
		after.Others = r.revokeAll(ctx, after.Others, w.instanceURL(), diags)
	}
	if len(left) > 0 {
		r.handOverAgain(ctx, client, w, diags)
	}
	if len(w.ledger.all()) > 0 || len(after.all()) > 0 {
		rememberLedger(ctx, private, after, diags)
	}
}

// afterDelete revokes every token of a connection that was deleted.
func (r *connectionResource) afterDelete(ctx context.Context, client *infisical.Client, state resourceModel, ledger ledger, diags *diag.Diagnostics) {
	strays, err := r.findStrays(ctx, client, state, ledger)
	if err != nil {
		diags.AddError("GitLab tokens not looked through", "The connection is deleted. Whether earlier runs left tokens of it behind could not be found out: "+phrase(err.Error())+
			".\nIt stays in the state for the next destroy to look again.")
	}
	for _, token := range r.revokeAll(ctx, slices.Concat(ledger.all(), strays), "", diags) {
		diags.AddError("GitLab token not revoked", fmt.Sprintf(
			"The connection is deleted, but its token %q (id %d) of %s is alive. It stays in the state for the next destroy to finish.", token.Name, token.ID, token.resource()))
	}
	if !ledger.Lost || diags.HasError() {
		return
	}
	if at := ledger.Others[0]; at.reach(r.configuration.InstanceURL, "") == revocable {
		search := tokenName{connection: state.Name.ValueString(), server: serverFingerprint(client.Host(), state.ProjectID.ValueString())}.search()
		diags.Append(r.lookForStrays(ctx, at.InstanceURL, at.resource(), search, ledger.all())...)
	}
}

// findStrays looks, wherever a token of the ledger was made, for tokens that are not in it and provably this connection's: a killed run left
// them behind, or the ledger was lost.
func (r *connectionResource) findStrays(ctx context.Context, client *infisical.Client, state resourceModel, ledger ledger) ([]ownedToken, error) {
	server := serverFingerprint(client.Host(), state.ProjectID.ValueString())
	var strays []ownedToken
	var failures error
	looked, known := map[gitlab.Resource]bool{}, map[int64]bool{}
	here := slices.DeleteFunc(slices.Clone(ledger.all()), func(t ownedToken) bool { return t.reach(r.configuration.InstanceURL, "") != revocable })
	for _, token := range here {
		known[token.ID] = true
	}
	for _, at := range here {
		where := gitlab.Resource{Kind: at.Kind, ID: at.ResourceID}
		if looked[where] {
			continue
		}
		looked[where] = true
		own, err := r.findOwn(ctx, at, state.ID.ValueString(), server)
		failures = errors.Join(failures, err)
		strays = append(strays, slices.DeleteFunc(own, func(token ownedToken) bool { return known[token.ID] })...)
	}
	return strays, failures
}

// leftOver are those strays that no other run uses, or is about to: made before the token that was handed over, while Infisical has that
// one still. Two configurations that manage one connection would else revoke each other's.
func (r *connectionResource) leftOver(ctx context.Context, client *infisical.Client, w *write, strays []ownedToken, diags *diag.Diagnostics) []ownedToken {
	var older, newer []ownedToken
	for _, token := range strays {
		if minted := w.minted(); minted != nil && token.ID > minted.ID { // GitLab counts them up.
			newer = append(newer, token)
		} else {
			older = append(older, token)
		}
	}
	if len(newer) > 0 {
		diags.Append(leftAlone(newer, "They are newer than the one that this run made."))
	}
	if len(older) == 0 {
		return nil
	}
	changed, err := changedSince(ctx, client, w.stored)
	switch {
	case err != nil:
		diags.Append(leftAlone(older, "Whether Infisical uses one of them could not be found out: "+phrase(reason(err))+"."))
		return nil
	case changed:
		diags.Append(leftAlone(older, "Since this run handed its token over, other credentials were written to the connection."))
		return nil
	}
	return older
}

// changedSince reports that Infisical has other credentials than those that it stored.
func changedSince(ctx context.Context, client *infisical.Client, stored infisical.Connection) (bool, error) {
	found, err := client.Find(ctx, infisical.Known{ID: stored.ID, ProjectID: stored.ProjectID, WrittenAt: stored.UpdatedAt})
	return err == nil && found.CredentialsHash != stored.CredentialsHash, err
}

func leftAlone(tokens []ownedToken, why string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens of another run left alone", fmt.Sprintf(
		"These active tokens were made for the connection by a run of which this state knows nothing:\n%s\n%s So another configuration, such as another workspace, may manage this connection, and they were not "+
			"revoked. Let only one manage it. What is left over of them the next rotation revokes.", bullets(labels(tokens)), why))
}

// handOverAgain gives Infisical once more what it was given, when other credentials were written while tokens were revoked: another run may
// have handed over one of those that were taken for left over.
func (r *connectionResource) handOverAgain(ctx context.Context, client *infisical.Client, w *write, diags *diag.Diagnostics) {
	changed, err := changedSince(ctx, client, w.stored)
	if err == nil && !changed {
		return
	}
	if err == nil {
		_, err = r.update(ctx, client, w)
	}
	outcome := "Infisical has been given the token of this run once more."
	if err != nil {
		outcome = fmt.Sprintf("Whether Infisical has a token that is alive is not certain: %s.\nThe next plan shows how things stand.", phrase(reason(err)))
	}
	diags.AddAttributeWarning(managedPath, "GitLab connection written by another run", "When this run had revoked tokens that were left over, other credentials had been written to the connection, or it could "+
		"not be told. Another configuration, such as another workspace, may manage it: let only one do so.\n"+outcome)
}

// revokeAll revokes tokens and returns those that it could not, after a warning about each. connection is its GitLab, empty once it is deleted.
func (r *connectionResource) revokeAll(ctx context.Context, tokens []ownedToken, connection string, diags *diag.Diagnostics) []ownedToken {
	var remaining []ownedToken
	for _, token := range tokens {
		if token.reach(r.configuration.InstanceURL, connection) == abandoned {
			r.letGo(token, diags)
			continue
		}
		err := r.revoke(ctx, token)
		switch {
		case gitlab.IsNotFound(err):
			diags.AddWarning("GitLab token out of reach", fmt.Sprintf(
				"The %s that the token %q was made in is not there any more, or not for the management token's user. If it was deleted, its tokens are gone with it.", token.resource(), token.Name))
		case err != nil:
			remaining = append(remaining, token)
			diags.AddWarning("GitLab token not revoked yet", fmt.Sprintf(
				"The token %q (id %d) of %s is no longer needed, and could not be revoked: %s.\nThe next apply tries again.", token.Name, token.ID, token.resource(), phrase(err.Error())))
		}
	}
	return remaining
}

func (r *connectionResource) revoke(ctx context.Context, token ownedToken) error {
	if r.configuration.GitLab == nil || r.configuration.ManagementToken == "" {
		return errors.New("gitlab.management_token is not set")
	}
	if !sameURL(token.InstanceURL, r.configuration.InstanceURL.ValueString()) {
		return fmt.Errorf("it is at %s, and the management token is for %s", token.InstanceURL, r.configuration.InstanceURL.ValueString())
	}
	return r.configuration.GitLab.Revoke(ctx, token.InstanceURL, r.configuration.ManagementToken, token.resource(), token.ID)
}

// findOwn returns the active tokens of the same project or group whose names prove that they were minted for this connection, among
// which are those of runs that were killed.
func (r *connectionResource) findOwn(ctx context.Context, of ownedToken, connectionID, server string) ([]ownedToken, error) {
	if r.configuration.GitLab == nil || r.configuration.ManagementToken == "" || !sameURL(of.InstanceURL, r.configuration.InstanceURL.ValueString()) {
		return nil, nil
	}
	found, err := r.configuration.GitLab.ListActive(ctx, of.InstanceURL, r.configuration.ManagementToken, of.resource(), connectionID)
	if err != nil && !gitlab.IsNotFound(err) {
		return nil, err
	}
	var own []ownedToken
	for _, token := range found {
		if belongsTo(token.Name, connectionID, server) {
			own = append(own, ownedToken{InstanceURL: of.InstanceURL, Kind: of.Kind, ResourceID: of.ResourceID, Path: of.Path, ID: token.ID, Name: token.Name})
		}
	}
	return own, nil
}
