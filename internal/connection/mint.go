package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// mintDiagnostic explains why a GitLab did not create a token.
func mintDiagnostic(instanceURL string, resource gitlab.Resource, err error) diag.Diagnostic {
	if found := accountDiagnostic(resource, err); found != nil {
		return found
	}
	detail := transport.Sentence(err.Error())
	switch {
	case gitlab.IsNotFound(err):
		detail += fmt.Sprintf("\nCheck the path or id of the %s, and that the user of gitlab.token can see it.", resource.Kind)
	case gitlab.IsGranular(err):
		detail += "\n" + notGranted(resource, err)
	case gitlab.IsForbidden(err), gitlab.IsUnauthorized(err):
		detail += "\ngitlab.token must be a valid personal access token with the scope api, of a user who is Maintainer of the project or Owner of the group and " +
			"whose role is at least that of the new token."
		detail += unavailable(instanceURL, err)
	case gitlab.IsExpiryRefused(err):
		return diag.NewAttributeErrorDiagnostic(managedPath.AtName("expiration_days"), "Lifetime of the managed token is too long",
			detail+"\nLower expiration_days to what this GitLab allows.")
	case gitlab.IsInvalid(err):
		detail += "\nCheck that this GitLab offers this access_level and these scopes."
	}
	return diag.NewAttributeErrorDiagnostic(managedPath, "Could not create the managed token", detail)
}

// notGranted says why GitLab refuses a token with the answer that it has for a missing permission and for a classic
// token where fine-grained ones are enforced, and for the creation of a classic one.
func notGranted(resource gitlab.Resource, err error) string {
	var refused *gitlab.Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		return "This GitLab, or the top-level group, makes fine-grained tokens only. Newer versions of GitLab exempt tokens of projects, groups and service accounts. Until " +
			"then create a fine-grained personal access token by hand, and set access_token instead of managed_access_token."
	}
	return fmt.Sprintf("If gitlab.token is a classic token, this GitLab, or the top-level group, takes fine-grained tokens only: set gitlab.token to a token of a service account, "+
		"which newer versions of GitLab exempt. If it is fine-grained, create another one that also has this permission on the %s.", resource.Kind)
}

// unavailable says why GitLab may refuse everybody a project or group access token, which it does in the words that it
// has for a missing role; empty for other refusals.
// https://docs.gitlab.com/user/group/settings/group_access_tokens/,
// https://docs.gitlab.com/user/project/settings/project_access_tokens/
func unavailable(instanceURL string, err error) string {
	var refused *gitlab.Error
	switch {
	case gitlab.SameInstance(instanceURL, gitlab.DefaultInstanceURL):
		return "\nOn gitlab.com, project and group access tokens need Premium or Ultimate, and a group can forbid them. Tokens of service accounts need neither: " +
			"set service_account."
	case errors.As(err, &refused) && refused.Reason == gitlab.ReasonForbidden:
		return "\nGitLab answers in the same way where the settings of the top-level group forbid project and group access tokens. They do not forbid " +
			"those of service accounts: set service_account."
	}
	return ""
}

// revokeLost revokes the token of a creation at GitLab whose answer was lost.
func revokeLost(ctx context.Context, issuer *managedtoken.Issuer, order managedtoken.Order) diag.Diagnostics {
	lost, err := issuer.RevokeLost(ctx, order)
	outcome := "It did not appear within half a minute, but may still do so."
	switch {
	case err != nil:
		outcome = fmt.Sprintf("The search for it failed: %s.", err)
	case lost > 0:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab token possibly left over", fmt.Sprintf(
		"GitLab gave no usable answer to the creation of a token, but may have created it. %s\nLook for the token %q of %s, and revoke it if it exists.",
		outcome, order.Name(), order.Resource))}
}

// lookForStrays names tokens that were created for a connection of this name before it had an id, and may be left over:
// from a run that was killed, or from before the connection was imported. A connection that once had this name may also
// use them, so they are not revoked.
func lookForStrays(ctx context.Context, issuer *managedtoken.Issuer, resource gitlab.Resource, connection managedtoken.Connection,
	known []managedtoken.Token) diag.Diagnostics {
	strays, text, err := issuer.Unclaimed(ctx, resource, connection, known)
	switch {
	case err != nil:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "Could not search for leftover GitLab tokens", fmt.Sprintf(
			"The search for tokens left over from the creation of a connection of this name failed: %s.\nLook for active tokens of %s whose names begin with %q, and revoke "+
				"those that no connection uses.", err, resource, text))}
	case len(strays) == 0:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens possibly left over", fmt.Sprintf(
		"These active tokens of %s were created together with a connection of this name:\n%s\nThey are left over if that run was interrupted, or if the connection was "+
			"imported since and now gets another token: in these cases revoke them at GitLab. They may also be in use, by a connection that had this name "+
			"or by the one that is "+
			"being replaced.", resource, managedtoken.NameBullets(strays)))}
}

// issuer makes and revokes tokens at a GitLab. The provider's GitLab token goes to the provider's GitLab and nowhere
// else.
func (r *connectionResource) issuer(instanceURL string) (*managedtoken.Issuer, error) {
	return managedtoken.New(r.data.Session, instanceURL, managedtoken.Environment{Now: r.data.Now, Wait: r.data.Wait, Random: r.data.Random})
}

// requireIssuer reports what is needed for managed tokens, and returns nil, when there is no issuer.
func (o *operation) requireIssuer(instanceURL string) *managedtoken.Issuer {
	issuer, err := o.issuer(instanceURL)
	if err != nil {
		o.diags.Append(noIssuer(err))
	}
	return issuer
}

func noIssuer(err error) diag.Diagnostic {
	var other *managedtoken.OtherInstanceError
	if errors.As(err, &other) {
		return diag.NewAttributeErrorDiagnostic(managedPath, "Managed token for another GitLab",
			fmt.Sprintf("The connection's instance_url is %s, but the provider's gitlab.instance_url is %s. The provider sends its own GitLab token only to "+
				"the latter, so it "+
				"can create a managed token only there. Set both to the same GitLab, or use a second provider configuration (alias) for the other one.",
				other.InstanceURL, other.Own))
	}
	return diag.NewAttributeErrorDiagnostic(managedPath, "Provider's GitLab token needed",
		"The provider creates, rotates and revokes managed tokens with gitlab.token, which is not set. Set it, or the environment variable "+
			"GITLAB_TOKEN, to a "+
			"personal access token with the scope api of a user who is Maintainer of the project or Owner of the group.")
}

// reach is what can be done about a token while the connection is at a GitLab, empty once it is deleted.
func (r *connectionResource) reach(token managedtoken.Token, connectionURL string) managedtoken.Reach {
	return token.Reach(r.data.InstanceURL.ValueString(), connectionURL)
}

// mints decides again, with everything known: by the clock if the day counts change or the plan was made without a
// refresh, and by GitLab if the project or group is spelled differently. The plan has left that open.
func (o *operation) mints(ctx context.Context) bool {
	decision := newRotationDecision(o.plan, o.state, o.before)
	switch {
	case decision.reason != "":
		return true
	case o.plan.CredentialsHash.IsUnknown() && o.state.TokenDetails.Presence == attribute.Known && o.dueByPlan() != "":
		return true
	case !decision.otherName:
		return false
	}
	issuer := o.requireIssuer(o.plan.InstanceURL.ValueString())
	if issuer == nil {
		return false
	}
	different, err := o.difference(ctx, issuer)
	if err != nil {
		o.diags.Append(mintDiagnostic(o.plan.InstanceURL.ValueString(), o.plan.ManagedAccessToken.resource(), err))
		return false
	}
	return different != ""
}

// readsAgain: the server's hash was not ours, which may be the answer of a lagging replica.
func (managedAccessToken) readsAgain(o *operation) bool { return o.before.hashMoved(o.state) }

func (managedAccessToken) credentialsOnCreate(ctx context.Context, o *operation) *newCredentials {
	return o.mint(ctx)
}

func (managedAccessToken) credentialsOnUpdate(ctx context.Context, o *operation) *newCredentials {
	if !o.mints(ctx) {
		return nil
	}
	return o.mint(ctx)
}

// difference asks whether the planned project, group or service account is the one that the current token belongs to,
// and says what differs, or nothing.
func (o *operation) difference(ctx context.Context, issuer *managedtoken.Issuer) (string, error) {
	located, err := issuer.Locate(ctx, o.plan.ManagedAccessToken.resource())
	switch {
	case err != nil:
		return "", err
	case located.ID != o.state.TokenDetails.ResourceID.ValueString():
		return differentResource, nil
	case located.Account.ID != idOf(o.state.TokenDetails.ServiceAccountID):
		return differentAccount, nil
	}
	return "", nil
}

// mint mints a token to send. From here on everything is finished, even when Terraform is interrupted.
func (o *operation) mint(ctx context.Context) *newCredentials {
	plan, settings := o.plan, o.plan.ManagedAccessToken
	issuer := o.requireIssuer(plan.InstanceURL.ValueString())
	if issuer == nil {
		return nil
	}
	order, err := issuer.Named(managedtoken.Order{
		For: managedtoken.Connection{Host: o.client.Host(), ProjectID: plan.ProjectID.ValueString(), Name: plan.Name.ValueString(),
			ID: o.state.ID.ValueString()},
		Resource: settings.resource(), Scopes: settings.scopeNames(), AccessLevel: accessLevel(settings.AccessLevel),
		ExpirationDays: settings.ExpirationDays.ValueInt64(),
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		o.diags.AddError("Could not create the managed token", transport.Sentence(err.Error()))
	}
	if o.diags.HasError() {
		return nil
	}
	// Before the token is minted: without a session nobody could receive it.
	if err := o.client.LogIn(ctx); err != nil {
		o.diags.Append(diagnose(o.verb(), err)...)
		return nil
	}
	minted := o.fill(providerdata.Finishing(ctx), issuer, order)
	if minted == nil {
		return nil
	}
	made := credentials{
		instanceURL: plan.InstanceURL,
		tokenType:   types.StringValue(string(minted.Kind)),
		token:       types.StringValue(minted.Value()),
	}
	described := newTokenDetails(minted.Token, "")
	return &newCredentials{request: made.toAPI(), credentials: made, described: described, minted: &minted.Owned}
}

// recordedPlace is the id of the project or group that state records of the current token, while configuration names it
// as before; empty otherwise.
func (o *operation) recordedPlace() string {
	before, after, id := o.state.ManagedAccessToken, o.plan.ManagedAccessToken, o.state.TokenDetails.ResourceID
	same := before.Presence == attribute.Known && before.Group.Equal(after.Group) && before.Project.Equal(after.Project) &&
		sameInstanceURL(o.state.InstanceURL, o.plan.InstanceURL)
	if !same {
		return ""
	}
	return id.ValueString()
}

// locate finds what an order is for. One that was renamed is found by the id that state has: GitLab redirects the old
// path of a project, and does not know that of a group.
func (o *operation) locate(ctx context.Context, issuer *managedtoken.Issuer, order managedtoken.Order) (gitlab.Resource, error) {
	located, err := issuer.Prepare(ctx, order)
	recorded := o.recordedPlace()
	if err == nil || recorded == "" || !gitlab.IsNotFound(err) && !gitlab.IsMoved(err) {
		return located, err
	}
	called := order.Resource.ID
	order.Resource.ID = recorded
	located, again := issuer.Prepare(ctx, order)
	if again != nil {
		return located, err
	}
	located.Path = called
	return located, nil
}

// leadsElsewhere is about a path that leads to another project or group than the one that the current token is of.
func leadsElsewhere(asked gitlab.Resource, recorded, taker string) string {
	return fmt.Sprintf("In the state, %[1]s has the id %[2]s, and the path leads to another one now, with the id %[3]s.\nWrite %[4]s = %[2]q in "+
		"managed_access_token to stay with that of the state, or %[4]s = %[3]q for a token of the other one.", asked, recorded, taker, asked.Kind)
}

// fill mints the token of an order. It looks for, and revokes, what a lost answer leaves behind.
func (o *operation) fill(ctx context.Context, issuer *managedtoken.Issuer, order managedtoken.Order) *managedtoken.MintedToken {
	configured := order.Resource
	located, err := o.locate(ctx, issuer, order)
	if err != nil {
		o.diags.Append(mintDiagnostic(o.plan.InstanceURL.ValueString(), configured, err))
		return nil
	}
	if recorded := o.recordedPlace(); recorded != "" && located.ID != recorded {
		o.diags.AddAttributeError(managedPath, "Path of the managed token leads elsewhere", "No token was created. "+
			leadsElsewhere(configured.Owner(), recorded, located.ID))
		return nil
	}
	order.Resource = located
	var strays diag.Diagnostics
	if o.before.unknown() {
		formerly := order.For
		formerly.Name = cmp.Or(o.state.Name.ValueString(), formerly.Name)
		strays = lookForStrays(ctx, issuer, located, formerly, o.before.ledger.All())
	}
	minted, err := issuer.Mint(ctx, order)
	if err == nil || gitlab.IsAmbiguous(err) {
		o.diags.Append(strays...) // Otherwise nothing was created, and the next apply searches again.
	}
	if err == nil {
		return &minted
	}
	o.diags.Append(mintDiagnostic(o.plan.InstanceURL.ValueString(), configured, err))
	if gitlab.IsAmbiguous(err) {
		o.diags.Append(revokeLost(ctx, issuer, order)...)
	}
	return nil
}
