package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// refreshToken describes the token anew where state holds it, at the GitLab that we gave it to: whoever may edit the connection could lead
// it elsewhere. A token that cannot be described now keeps its last description.
func (r *connectionResource) refreshToken(ctx context.Context, state *resourceModel, last *lastWrite, diags *diag.Diagnostics) {
	inState := configuredCredentials(ctx, *state, *state, diags)
	if !last.isOf(inState.token) {
		return
	}
	inState.instanceURL = types.StringValue(last.InstanceURL)
	description := r.describe(ctx, r.newQuestion(ctx, inState, *state, state.Token, diags), diags)
	if description != nil && description.Failure == nil && !description.Incomplete() {
		state.Token = describedToken(ctx, description, diags)
	}
}

// refreshManagedToken looks at the token that was minted last, and decides by the clock whether it is due for rotation.
func (r *connectionResource) refreshManagedToken(ctx context.Context, state *resourceModel, ledger ledger, diags *diag.Diagnostics) {
	block := state.managed(ctx, diags)
	recorded := recordedToken(ctx, state.Token, diags)
	if ledger.Current == nil || block == nil || recorded == nil {
		return
	}
	due := func(token gitlab.Token) string {
		return rotationDue(token.ExpiresAt, block.ExpirationDays.ValueInt64(), block.RotateBeforeDays.ValueInt64(), r.configuration.Now())
	}
	token, err := r.lookAt(ctx, *state, *ledger.Current, diags)
	switch {
	case gitlab.IsTokenNotFound(err):
		recorded.RotationDue = types.StringValue(deletedAtGitLab)
		state.Token = recorded.object(ctx, diags)
	case err != nil || token.ID == 0:
		if err != nil {
			diags.AddAttributeWarning(managedPath, "Managed token not looked at", sentence(err.Error())+"\nThe plan goes by what was recorded last.")
		}
		recorded.RotationDue = optional(stillDue(recorded.RotationDue.ValueString(), due(gitlab.Token{ExpiresAt: recorded.expiry()})))
		state.Token = recorded.object(ctx, diags)
	case token.Revoked:
		state.Token = tokenObject(ctx, token, revokedAtGitLab, diags)
	default:
		state.Token = tokenObject(ctx, token, due(token), diags)
	}
}

// lookAt asks GitLab for a managed token; it returns none when it must not ask.
func (r *connectionResource) lookAt(ctx context.Context, state resourceModel, token ownedToken, diags *diag.Diagnostics) (gitlab.Token, error) {
	question := r.newQuestion(ctx, credentials{}, state, state.Token, diags)
	if question.validation == ValidationOff || r.configuration.GitLab == nil || r.configuration.ManagementToken == "" ||
		!sameURL(token.InstanceURL, r.configuration.InstanceURL.ValueString()) {
		return gitlab.Token{}, nil
	}
	return r.configuration.GitLab.Get(ctx, token.InstanceURL, r.configuration.ManagementToken, token.resource(), token.ID)
}
