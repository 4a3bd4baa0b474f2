package connection

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// reach is what this provider can do about a token that is no longer needed.
type reach int

const (
	// revocable: the token is at the GitLab that the management token goes to.
	revocable reach = iota
	// postponed: the provider is configured for another GitLab here, while connection and token are where they were: another run, with the
	// right settings, can revoke it.
	postponed
	// abandoned: neither the provider nor the connection is at the token's GitLab any more, so that no run will ever revoke it.
	abandoned
)

// reach tells by the GitLab of the provider and that of the connection, which is empty once that is deleted.
func (t ownedToken) reach(provider types.String, connection string) reach {
	switch {
	case provider.IsUnknown() || sameURL(t.InstanceURL, provider.ValueString()):
		return revocable
	case sameURL(t.InstanceURL, connection):
		return postponed
	}
	return abandoned
}

// letGo names a token that nobody will revoke.
func (r *connectionResource) letGo(token ownedToken, diags *diag.Diagnostics) {
	diags.AddWarning("GitLab token left at another GitLab", fmt.Sprintf(
		"The token %s is no longer needed. It is at %s, and the management token is sent to the provider's gitlab.instance_url only, which is %s. So it is not revoked, and no longer "+
			"on record: revoke it there, unless that GitLab is no more.",
		token.label(), token.InstanceURL, r.configuration.InstanceURL.ValueString()))
}

// requireForDelete: what is to be revoked at the provider's GitLab needs the management token, before the connection is deleted. Tokens
// elsewhere are not in the way.
func (r *connectionResource) requireForDelete(ledger ledger, diags *diag.Diagnostics) {
	for _, token := range ledger.all() {
		if token.reach(r.configuration.InstanceURL, "") == revocable {
			r.requireManagement(token.InstanceURL, diags)
			return
		}
	}
}
