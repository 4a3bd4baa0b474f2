package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// handover is credentials on their way to Infisical.
type handover struct {
	// sent goes to Infisical.
	sent infisical.Credentials
	// credentials are what is remembered of a token that was sent; empty with OAuth.
	credentials
	// described is the attribute token that goes with them.
	described types.Object
	// minted is nil when the token is the user's own.
	minted *ownedToken
}

// history is what private state remembers of earlier writes.
type history struct {
	last   *lastWrite
	ledger ledger
}

// firstHandover are the credentials of a new connection. It mints a token when the connection manages its own.
func (r *connectionResource) firstHandover(ctx context.Context, client *infisical.Client, config, plan resourceModel, diags *diag.Diagnostics) *handover {
	switch {
	case plan.isManaged():
		return r.mintedHandover(ctx, client, plan, "", diags)
	case plan.isOAuth():
		return firstOAuthHandover(ctx, config, plan, diags)
	}
	configured := configuredCredentials(ctx, config, plan, diags)
	requireToken(configured, diags)
	return r.givenHandover(ctx, configured, plan, resourceModel{}, diags)
}

// nextHandover are the credentials that an update sends, nil when it sends none.
func (r *connectionResource) nextHandover(ctx context.Context, client *infisical.Client, config, plan, state resourceModel, before history, diags *diag.Diagnostics) *handover {
	if plan.isOAuth() {
		return nextOAuthHandover(ctx, config, plan, state, diags)
	}
	if plan.isManaged() {
		if r.mintReasonAtApply(ctx, plan, state, before, diags) == "" {
			return nil
		}
		return r.mintedHandover(ctx, client, plan, state.ID.ValueString(), diags)
	}
	configured := configuredCredentials(ctx, config, plan, diags)
	if !decide(recordedCredentials(ctx, state, diags), configured, state, before, diags).send() {
		return nil
	}
	return r.givenHandover(ctx, configured, plan, state, diags)
}

// givenHandover sends the user's token. Its type is found out where configuration leaves it open.
func (r *connectionResource) givenHandover(ctx context.Context, configured credentials, plan, state resourceModel, diags *diag.Diagnostics) *handover {
	description := r.describe(ctx, r.newQuestion(ctx, configured, plan, state.Token, diags), diags)
	if configured.tokenType.IsNull() {
		configured.tokenType = foundType(description, recordedCredentials(ctx, state, diags).tokenType)
		requireType(configured.tokenType, diags)
	}
	return &handover{sent: configured.toAPI(), credentials: configured, described: describedToken(ctx, description, diags)}
}

// mintedHandover makes a token and sends that. From here on nothing is given up half-way when Terraform is interrupted.
func (r *connectionResource) mintedHandover(ctx context.Context, client *infisical.Client, plan resourceModel, connectionID string, diags *diag.Diagnostics) *handover {
	instanceURL := plan.InstanceURL.ValueString()
	r.requireManagement(instanceURL, diags)
	name, err := newTokenName(r.configuration.Random, client.Host(), plan.ProjectID.ValueString(), plan.Name.ValueString(), connectionID)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		diags.AddError("Managed token not created", sentence(err.Error()))
	}
	block := plan.managed(ctx, diags)
	if diags.HasError() {
		return nil
	}
	minted := r.mint(context.WithoutCancel(ctx), instanceURL, *block, name, diags)
	if minted == nil {
		return nil
	}
	made := credentials{
		instanceURL: plan.InstanceURL,
		tokenType:   types.StringValue(string(minted.Kind)),
		token:       types.StringValue(minted.Value()),
	}
	return &handover{
		sent:        made.toAPI(),
		credentials: made,
		described:   tokenObject(ctx, minted.Token, "", diags),
		minted:      &minted.owned,
	}
}

// repetitions is how often an update with a minted token is sent again while its outcome is not certain: it replaces everything, so
// sending it twice does no harm.
const repetitions = 2

// update sends the PATCH. When it fails, the second result is whether Infisical may have done it all the same.
func (r *connectionResource) update(ctx context.Context, client *infisical.Client, id string, plan resourceModel, handover *handover) (infisical.Connection, bool, error) {
	change := infisical.Change{Name: plan.Name.ValueString(), Description: plan.Description.ValueStringPointer()}
	attempts := 1
	if handover != nil {
		change.Credentials = &handover.sent
	}
	if handover != nil && handover.minted != nil {
		attempts += repetitions
		ctx = context.WithoutCancel(ctx)
	}
	ambiguous := false
	for {
		updated, err := client.Update(ctx, id, change)
		// A refusal takes back nothing that an earlier attempt may have done.
		ambiguous = ambiguous || infisical.IsAmbiguous(err)
		if attempts--; attempts == 0 || !infisical.IsAmbiguous(err) {
			return updated, ambiguous, err
		}
	}
}

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
		reason = fmt.Sprintf("It could not be revoked: %s.", err)
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
	if remaining := r.revokeAll(ctx, []ownedToken{token}, diags); len(remaining) > 0 {
		rememberLedger(ctx, private, before.leftover(remaining...), diags)
	}
}

// afterUpdate revokes what is no longer needed, once Infisical surely has the new credentials, and keeps the books.
func (r *connectionResource) afterUpdate(ctx context.Context, private privateWriter, client *infisical.Client, state resourceModel, handover *handover, before ledger, diags *diag.Diagnostics) {
	after := before
	if handover != nil {
		after = before.handedOver(handover.minted)
	}
	if handover != nil && handover.minted != nil {
		after.Others = r.withStrays(ctx, client, state, after, diags)
	}
	if !after.Unsettled {
		after.Others = r.revokeAll(ctx, after.Others, diags)
	}
	if len(before.all()) > 0 || len(after.all()) > 0 {
		rememberLedger(ctx, private, after, diags)
	}
}

// afterDelete revokes every token of a connection that is gone.
func (r *connectionResource) afterDelete(ctx context.Context, client *infisical.Client, state resourceModel, ledger ledger, diags *diag.Diagnostics) {
	if len(ledger.all()) == 0 {
		return
	}
	tokens := r.withStrays(ctx, client, state, ledger, diags)
	if ledger.Current != nil {
		tokens = append(tokens, *ledger.Current)
	}
	for _, token := range r.revokeAll(ctx, tokens, diags) {
		diags.AddError("GitLab token not revoked", fmt.Sprintf(
			"The connection is deleted, but its token %q (id %d) of %s is alive. It stays in the state for the next destroy to finish.", token.Name, token.ID, token.resource()))
	}
}

// withStrays are the tokens to revoke, with those that a killed run left behind and that are provably this connection's.
func (r *connectionResource) withStrays(ctx context.Context, client *infisical.Client, state resourceModel, ledger ledger, diags *diag.Diagnostics) []ownedToken {
	tokens := ledger.Others
	known := map[int64]bool{}
	for _, token := range ledger.all() {
		known[token.ID] = true
	}
	server := serverFingerprint(client.Host(), state.ProjectID.ValueString())
	at := ledger.Current
	if at == nil {
		at = &ledger.Others[0]
	}
	own, err := r.findOwn(ctx, *at, state.ID.ValueString(), server)
	if err != nil {
		diags.AddWarning("GitLab tokens not looked through", "Whether earlier runs left tokens of this connection behind could not be found out: "+err.Error()+".")
	}
	for _, token := range own {
		if !known[token.ID] {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// refreshToken describes the token anew where state holds it. A token that cannot be described now keeps its last description.
func (r *connectionResource) refreshToken(ctx context.Context, state *resourceModel, diags *diag.Diagnostics) {
	inState := configuredCredentials(ctx, *state, *state, diags)
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
	case gitlab.IsNotFound(err):
		recorded.RotationDue = types.StringValue("the token was deleted at GitLab")
		state.Token = recorded.object(ctx, diags)
	case err != nil || token.ID == 0:
		if err != nil {
			diags.AddAttributeWarning(managedPath, "Managed token not looked at", sentence(err.Error())+"\nThe plan goes by what was recorded last.")
		}
		recorded.RotationDue = optional(due(gitlab.Token{ExpiresAt: recorded.expiry()}))
		state.Token = recorded.object(ctx, diags)
	case token.Revoked:
		state.Token = tokenObject(ctx, token, "the token was revoked at GitLab", diags)
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

// remember records what was written, so that the next plan can tell whether the token has changed since. There is nothing to tell of an
// OAuth code, or when nothing was handed over.
func (r *connectionResource) remember(ctx context.Context, private privateWriter, handover *handover, serverHash string, diags *diag.Diagnostics) {
	if handover == nil || handover.token.IsNull() {
		return
	}
	last, err := newLastWrite(r.configuration.Random, handover.token.ValueString(), handover.instanceURL.ValueString(), serverHash)
	if err != nil {
		diags.AddError("Token's fingerprint not recorded", "The connection was written, but "+err.Error()+". The next apply will send the token again.")
		return
	}
	rememberLastWrite(ctx, private, last, diags)
}
