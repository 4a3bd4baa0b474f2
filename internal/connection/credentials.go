package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// kind is where a connection's credential comes from. What differs between the kinds is here, and nothing else asks which of them it is.
type kind interface {
	// method is the API's name for how a connection of the kind authenticates.
	method() string
	// path is where to point at in a configuration whose credential is at fault.
	path() path.Path
	// planCreate completes the plan of a new connection, planUpdate that of one that exists.
	planCreate(ctx context.Context, p *operation)
	planUpdate(ctx context.Context, p *operation)
	// readsAgain reports whether an update asks for the connection once more before it decides what to send.
	readsAgain(a *operation) bool
	// credentialsOnCreate are those of a new connection, credentialsOnUpdate those that an update sends, nil when it sends none.
	credentialsOnCreate(ctx context.Context, a *operation) *newCredentials
	credentialsOnUpdate(ctx context.Context, a *operation) *newCredentials
	// refresh looks at the token that state describes.
	refresh(ctx context.Context, r *operation)
	// record puts into the nested attribute what the server says of the credential.
	record(m *resourceModel, connection infisical.Connection)
}

// The kinds, each by the name of its nested attribute: a token of the user's, one that the connection makes itself, and an OAuth grant.
type (
	accessToken        struct{}
	managedAccessToken struct{}
	oauth              struct{}
)

// kinds are those that a configuration may come to. In the end exactly one of the attributes is set, so a known one rules out the others,
// and of unknown ones each may be it.
func (m *resourceModel) kinds() []kind {
	var open []kind
	for _, candidate := range []struct {
		kind
		providerdata.Presence
	}{{accessToken{}, m.AccessToken.Presence}, {managedAccessToken{}, m.ManagedAccessToken.Presence}, {oauth{}, m.OAuth.Presence}} {
		switch candidate.Presence {
		case providerdata.Known:
			return []kind{candidate.kind}
		case providerdata.Unknown:
			open = append(open, candidate.kind)
		case providerdata.Null:
		}
	}
	return open
}

// kind is that of a connection of which everything is known. One that was just imported, or moved here, may have no credential on record: what
// its kind is then follows from the method.
func (m *resourceModel) kind() kind {
	if kinds := m.kinds(); len(kinds) == 1 {
		return kinds[0]
	}
	if m.Method.ValueString() == (oauth{}).method() {
		return oauth{}
	}
	return accessToken{}
}

// methodOf is the method that all the kinds have; empty when they differ.
func methodOf(kinds []kind) string {
	method := ""
	for _, kind := range kinds {
		if method != "" && method != kind.method() {
			return ""
		}
		method = kind.method()
	}
	return method
}

// newCredentials are credentials on their way to Infisical.
type newCredentials struct {
	// request goes to Infisical.
	request infisical.Credentials
	// credentials are what is remembered of a token that was sent; with OAuth only the address.
	credentials
	// described is the attribute token that goes with them.
	described tokenModel
	// minted is nil when the token is the user's own.
	minted *managedtoken.Token
}
