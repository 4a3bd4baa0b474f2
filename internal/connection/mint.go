package connection

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// mint makes a token. What a lost answer leaves behind is looked for and revoked.
func mint(ctx context.Context, issuer *managedtoken.Issuer, order managedtoken.Order, recipient recipient, diags *diag.Diagnostics) *managedtoken.MintedToken {
	configured := order.Resource
	located, err := issuer.Locate(ctx, configured)
	if err != nil {
		diags.Append(mintDiagnostic(configured, err))
		return nil
	}
	order.Resource = located
	var strays diag.Diagnostics
	if recipient.unknown() {
		formerly := order.For
		formerly.Name = recipient.name
		strays = lookForStrays(ctx, issuer, located, formerly, recipient.ledger.All())
	}
	minted, err := issuer.Mint(ctx, order)
	if err == nil || gitlab.IsAmbiguous(err) {
		diags.Append(strays...) // Otherwise nothing is made, and the next apply looks again.
	}
	if err == nil {
		return &minted
	}
	diags.Append(mintDiagnostic(configured, err))
	if gitlab.IsAmbiguous(err) {
		diags.Append(revokeLost(ctx, issuer, order)...)
	}
	return nil
}

func mintDiagnostic(resource gitlab.Resource, err error) diag.Diagnostic {
	detail := providerdata.Sentence(err.Error())
	switch {
	case gitlab.IsNotFound(err):
		detail += fmt.Sprintf("\nCheck the path or id of the %s, and that the user of gitlab.management_token can see it.", resource.Kind)
	case gitlab.IsForbidden(err), gitlab.IsUnauthorized(err):
		detail += "\ngitlab.management_token must be a live personal access token with the scope api, of a user who is Maintainer of the project or Owner of the group and has no lower " +
			"role than the token is to get."
	case gitlab.IsExpiryRefused(err):
		return diag.NewAttributeErrorDiagnostic(managedPath.AtName("expiration_days"), "Managed token would live too long",
			detail+"\nLower expiration_days to what this GitLab allows.")
	case gitlab.IsInvalid(err):
		detail += "\nGitLab does not accept what was asked for. Compare access_level and scopes with what it offers."
	}
	return diag.NewAttributeErrorDiagnostic(managedPath, "Managed token not created", detail)
}

// revokeLost settles a creation at GitLab whose answer was lost.
func revokeLost(ctx context.Context, issuer *managedtoken.Issuer, order managedtoken.Order) diag.Diagnostics {
	lost, err := issuer.RevokeLost(ctx, order)
	outcome := "It did not appear within half a minute, and may do so yet."
	switch {
	case err != nil:
		outcome = fmt.Sprintf("That could not be settled: %s.", err)
	case lost > 0:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab token possibly left over", fmt.Sprintf(
		"GitLab gave no usable answer when a token was made, so it may have made it. %s\nLook for the token %q of %s, and revoke it if it is there.", outcome, order.Name(), order.Resource))}
}

// lookForStrays names tokens that were made for a connection of this name before it had an id, and may be left over: from a run that was
// killed, or from before the connection was imported. They may as well be in use by a connection that had this name once, so they are not
// touched.
func lookForStrays(ctx context.Context, issuer *managedtoken.Issuer, resource gitlab.Resource, connection managedtoken.Connection, known []managedtoken.Token) diag.Diagnostics {
	strays, text, err := issuer.Unclaimed(ctx, resource, connection, known)
	switch {
	case err != nil:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens not looked through", fmt.Sprintf(
			"Whether tokens are left over from when a connection of this name was created could not be found out: %s.\nLook for active tokens of %s whose names begin with %q, and revoke those that "+
				"no connection uses.", err, resource, text))}
	case len(strays) == 0:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens possibly left over", fmt.Sprintf(
		"These active tokens of %s were made for a connection of this name when it was created:\n%s\nThey are left over if that run was interrupted, or if the connection was imported since and now "+
			"gets another token: revoke them at GitLab then. They may also be in use, by a connection that had this name or by the one that is being replaced.", resource, managedtoken.NameBullets(strays)))}
}

// issuer makes and revokes tokens at a GitLab. The management token goes to the provider's GitLab and nowhere else.
func (r *connectionResource) issuer(instanceURL string) (*managedtoken.Issuer, error) {
	return managedtoken.New(managedtoken.Settings{
		GitLab: r.data.GitLab, ManagementToken: r.data.ManagementToken, InstanceURL: r.data.InstanceURL.ValueString(),
		Now: r.data.Now, Wait: r.data.Wait, Random: r.data.Random,
	}, instanceURL)
}

// noIssuer says what is needed for managed tokens.
func noIssuer(err error) diag.Diagnostic {
	var other *managedtoken.OtherInstanceError
	if errors.As(err, &other) {
		return diag.NewAttributeErrorDiagnostic(managedPath, "Managed token for another GitLab",
			fmt.Sprintf("The connection's instance_url is %s, and the provider's gitlab.instance_url is %s. The management token is sent to the latter only, so a managed token can be made "+
				"only there. Set both to the same GitLab, or use a second provider configuration (alias) for the other one.", other.InstanceURL, other.Own))
	}
	return diag.NewAttributeErrorDiagnostic(managedPath, "Management token needed",
		"A managed token is made, rotated and revoked with the provider's gitlab.management_token, which is not set. Set it, or the environment variable GITLAB_TOKEN, to a personal "+
			"access token with the scope api of a user who is Maintainer of the project or Owner of the group.")
}

// reach is what can be done about a token while the connection is at a GitLab, empty once it is deleted.
func (r *connectionResource) reach(token managedtoken.Token, connectionURL string) managedtoken.Reach {
	return token.Reach(r.data.InstanceURL.ValueString(), connectionURL)
}

// ownedToken is the token that state describes, when that was minted; nil when it was not.
func (m *resourceModel) ownedToken() *managedtoken.Token {
	token := m.Token
	if token.Presence != providerdata.Known || m.ManagedAccessToken.Presence != providerdata.Known {
		return nil
	}
	return &managedtoken.Token{
		InstanceURL: m.InstanceURL.ValueString(),
		Kind:        gitlab.Kind(token.Type.ValueString()),
		ResourceID:  strconv.FormatInt(token.ResourceID.ValueInt64(), 10),
		Path:        m.ManagedAccessToken.resource().ID,
		ID:          token.ID.ValueInt64(),
		Name:        token.Name.ValueString(),
	}
}

// ledgerKey is the key of a managedtoken.Ledger in private state.
const ledgerKey = "managed_tokens"

func recallLedger(ctx context.Context, private providerdata.PrivateReader, state resourceModel, diags *diag.Diagnostics) managedtoken.Ledger {
	recalled, recallDiags := providerdata.Recall[managedtoken.Ledger](ctx, private, ledgerKey, "the connection's managed tokens")
	diags.Append(recallDiags...)
	if recalled != nil {
		return *recalled
	}
	if described := state.ownedToken(); described != nil {
		return managedtoken.Rebuild(*described)
	}
	return managedtoken.Ledger{}
}
