package managedtoken

import (
	"context"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Reach is what can be done about a token that is no longer needed.
type Reach int

const (
	// Revocable is a token is at the GitLab that the management token goes to.
	Revocable Reach = iota
	// Postponed is one while the provider is configured for another GitLab here, while connection and token are where they were: another run, with the
	// right settings, can revoke it.
	Postponed
	// Abandoned is one when neither the provider nor the connection is at the token's GitLab any more, so that no run will ever revoke it.
	Abandoned
)

// Reach tells by the GitLab of the provider, which is empty while it is not known, and that of the connection, which is empty once that is
// deleted.
func (t Token) Reach(provider, connection string) Reach {
	switch {
	case provider == "" || gitlab.SameInstance(t.InstanceURL, provider):
		return Revocable
	case gitlab.SameInstance(t.InstanceURL, connection):
		return Postponed
	}
	return Abandoned
}

// Get asks for a token of the Issuer's GitLab.
func (i *Issuer) Get(ctx context.Context, token Token) (gitlab.Token, error) {
	return i.settings.GitLab.Get(ctx, i.settings.InstanceURL, i.settings.ManagementToken, token.Resource(), token.ID)
}

// Revoke revokes a token of the Issuer's GitLab.
func (i *Issuer) Revoke(ctx context.Context, token Token) error {
	return i.settings.GitLab.Revoke(ctx, i.settings.InstanceURL, i.settings.ManagementToken, token.Resource(), token.ID)
}
