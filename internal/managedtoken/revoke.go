package managedtoken

import (
	"context"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Reach says whether a token that is no longer needed can be revoked.
type Reach int

const (
	// Revocable is a token at the GitLab that the provider's GitLab token is sent to.
	Revocable Reach = iota
	// Postponed is a token at the GitLab of the connection while the provider is configured for another one: a run with
	// the right settings can revoke it.
	Postponed
	// Abandoned is a token at a GitLab that neither the provider nor the connection uses any more, so that no run will
	// ever revoke it.
	Abandoned
)

// Reach decides by the GitLab of the provider, empty while unknown, and that of the connection, empty once it is
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
	return i.session.Get(ctx, token.Resource(), token.ID)
}

// Revoke revokes a token of the Issuer's GitLab.
func (i *Issuer) Revoke(ctx context.Context, token Token) error {
	return i.session.Revoke(ctx, token.Resource(), token.ID)
}
