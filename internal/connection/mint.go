package connection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// mintedToken is a token that was just made, and what is recorded of it.
type mintedToken struct {
	gitlab.MintedToken
	owned ownedToken
}

// requireManagement: tokens are made with the management token, which goes to the provider's GitLab and nowhere else.
func (r *connectionResource) requireManagement(instanceURL string, diags *diag.Diagnostics) {
	own := r.configuration.InstanceURL.ValueString()
	switch {
	case r.configuration.ManagementToken == "":
		diags.AddAttributeError(managedPath, "Management token needed",
			"A managed token is made, rotated and revoked with the provider's gitlab.management_token, which is not set. Set it, or the environment variable GITLAB_TOKEN, to a personal "+
				"access token with the scope api of a user who is Maintainer of the project or Owner of the group.")
	case !sameURL(instanceURL, own):
		diags.AddAttributeError(managedPath, "Managed token for another GitLab",
			fmt.Sprintf("The connection's instance_url is %s, and the provider's gitlab.instance_url is %s. The management token is sent to the latter only, so a managed token can be made "+
				"only there. Set both to the same GitLab, or use a second provider configuration (alias) for the other one.", instanceURL, own))
	}
}

// mintOrder is a token to be made.
type mintOrder struct {
	instanceURL string
	block       managedModel
	name        tokenName
	// strays is what the names begin with of tokens that may be left over from before; empty when none can be that are not known.
	strays string
	// known are the tokens on record, which are no strays.
	known []ownedToken
}

// mint makes a token. What a lost answer leaves behind is looked for and revoked.
func (r *connectionResource) mint(ctx context.Context, order mintOrder, diags *diag.Diagnostics) *mintedToken {
	resource := order.block.resource()
	id, err := r.configuration.GitLab.FindResource(ctx, order.instanceURL, r.configuration.ManagementToken, resource)
	if err != nil {
		diags.Append(mintDiagnostic(resource, err))
		return nil
	}
	resource.ID, resource.Path = strconv.FormatInt(id, 10), resource.ID
	var strays diag.Diagnostics
	if order.strays != "" {
		strays = r.lookForStrays(ctx, order.instanceURL, resource, order.strays, order.known)
	}
	minted, err := r.mintInTime(ctx, order, resource, gitlab.MintOptions{
		Name:        order.name.String(),
		Scopes:      order.block.scopeNames(ctx, diags),
		AccessLevel: order.block.level(),
		Description: fmt.Sprintf("Made and rotated by Terraform for the Infisical GitLab connection %q.", order.name.connection),
	})
	if err == nil || gitlab.IsAmbiguous(err) {
		diags.Append(strays...) // Otherwise nothing is made, and the next apply looks again.
	}
	if err != nil {
		diags.Append(mintDiagnostic(order.block.resource(), err))
		if gitlab.IsAmbiguous(err) {
			r.revokeLost(ctx, order.instanceURL, resource, order.name, diags)
		}
		return nil
	}
	return &mintedToken{MintedToken: minted, owned: ownedToken{
		InstanceURL: order.instanceURL, Kind: resource.Kind, ResourceID: resource.ID, Path: resource.Path, ID: minted.ID, Name: order.name.String(),
	}}
}

// mintInTime counts the life of the token from today. GitLab measures it by its own clock: when that is still a day behind, around midnight, the
// longest life that it allows comes out a day too long, and is counted once more from the date of its refusal.
func (r *connectionResource) mintInTime(ctx context.Context, order mintOrder, resource gitlab.Resource, options gitlab.MintOptions) (gitlab.MintedToken, error) {
	days := order.block.ExpirationDays.ValueInt64()
	options.ExpiresAt = expiry(r.configuration.Now(), days)
	minted, err := r.configuration.GitLab.Mint(ctx, order.instanceURL, r.configuration.ManagementToken, resource, options)
	date := gitlab.DateOf(err)
	if !gitlab.IsExpiryRefused(err) || date.IsZero() || !expiry(date, days).Before(options.ExpiresAt) {
		return minted, err
	}
	options.ExpiresAt = expiry(date, days)
	return r.configuration.GitLab.Mint(ctx, order.instanceURL, r.configuration.ManagementToken, resource, options)
}

func mintDiagnostic(resource gitlab.Resource, err error) diag.Diagnostic {
	detail := sentence(err.Error())
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

// revokeLost settles a creation at GitLab whose answer was lost: the nonce in the name tells whether it made a token. One that does not
// appear may be made yet.
func (r *connectionResource) revokeLost(ctx context.Context, instanceURL string, resource gitlab.Resource, name tokenName, diags *diag.Diagnostics) {
	lost, err := r.configuration.GitLab.FindMinted(ctx, instanceURL, r.configuration.ManagementToken, resource, name.nonce)
	for _, token := range lost {
		err = errors.Join(err, r.configuration.GitLab.Revoke(ctx, instanceURL, r.configuration.ManagementToken, resource, token.ID))
	}
	outcome := "It did not appear within half a minute, and may do so yet."
	switch {
	case err != nil:
		outcome = fmt.Sprintf("That could not be settled: %s.", err)
	case len(lost) > 0:
		return
	}
	diags.AddAttributeWarning(managedPath, "GitLab token possibly left over", fmt.Sprintf(
		"GitLab gave no usable answer when a token was made, so it may have made it. %s\nLook for the token %q of %s, and revoke it if it is there.", outcome, name, resource))
}

// lookForStrays names tokens that were made for a connection of this name before it had an id, and may be left over: from a run that was
// killed, or from before the connection was imported. They may as well be in use by a connection that had this name once, so they are not
// touched.
func (r *connectionResource) lookForStrays(ctx context.Context, instanceURL string, resource gitlab.Resource, search string, known []ownedToken) diag.Diagnostics {
	strays, err := r.configuration.GitLab.ListActive(ctx, instanceURL, r.configuration.ManagementToken, resource, search)
	strays = slices.DeleteFunc(strays, func(token gitlab.Token) bool {
		return slices.ContainsFunc(known, func(known ownedToken) bool { return known.ID == token.ID })
	})
	switch {
	case err != nil:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens not looked through", fmt.Sprintf(
			"Whether tokens are left over from when a connection of this name was created could not be found out: %s.\nLook for active tokens of %s whose names begin with %q, and revoke those that "+
				"no connection uses.", err, resource, search))}
	case len(strays) == 0:
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(managedPath, "GitLab tokens possibly left over", fmt.Sprintf(
		"These active tokens of %s were made for a connection of this name when it was created:\n%s\nThey are left over if that run was interrupted, or if the connection was imported since and now "+
			"gets another token: revoke them at GitLab then. They may also be in use, by a connection that had this name or by the one that is being replaced.", resource, bullets(names(strays))))}
}

func names(tokens []gitlab.Token) []string {
	var names []string
	for _, token := range tokens {
		names = append(names, fmt.Sprintf("%q (id %d)", token.Name, token.ID))
	}
	return names
}

func bullets(lines []string) string { return "- " + strings.Join(lines, "\n- ") }
