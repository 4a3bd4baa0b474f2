package connection

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
)

// kind is where a connection's credential comes from. It holds everything that differs between the kinds; no other code
// asks which kind it is.
type kind interface {
	// method is the API's name for how a connection of the kind authenticates.
	method() string
	// path is where to report errors of the credential.
	path() path.Path
	// validate finds errors that need no request to a server.
	validate(config resourceModel) diag.Diagnostics
	// planCreate completes the plan of a new connection, planUpdate that of one that exists.
	planCreate(ctx context.Context, p *operation)
	planUpdate(ctx context.Context, p *operation)
	// readsAgain reports whether an update reads the connection once more before it decides what to send.
	readsAgain(a *operation) bool
	// credentialsOnCreate are those of a new connection, credentialsOnUpdate those that an update sends, nil when it
	// sends none.
	credentialsOnCreate(ctx context.Context, a *operation) *newCredentials
	credentialsOnUpdate(ctx context.Context, a *operation) *newCredentials
	// refresh looks at the token that state describes.
	refresh(ctx context.Context, r *operation)
	// record stores in the nested attribute what the server says about the credential.
	record(m *resourceModel, connection infisical.Connection)
}

// The kinds, each by the name of its nested attribute: a token of the user's, one that the connection makes itself, and
// an OAuth grant.
type (
	accessToken        struct{}
	managedAccessToken struct{}
	oauth              struct{}
)

// kinds are the kinds that a configuration may turn out to have. Exactly one of the attributes is set in the end, so a
// known one rules out the others, and any unknown one may be it.
func (m *resourceModel) kinds() []kind {
	var open []kind
	for _, candidate := range []struct {
		kind
		attribute.Presence
	}{{accessToken{}, m.AccessToken.Presence}, {managedAccessToken{}, m.ManagedAccessToken.Presence}, {oauth{}, m.OAuth.Presence}} {
		switch candidate.Presence {
		case attribute.Known:
			return []kind{candidate.kind}
		case attribute.Unknown:
			open = append(open, candidate.kind)
		case attribute.Null:
		}
	}
	return open
}

// kind is the kind of a connection whose attributes are all known. One that was just imported or moved may have no
// credential recorded: its kind then follows from the method.
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

// newCredentials are credentials to send to Infisical.
type newCredentials struct {
	// request goes to Infisical.
	request infisical.Credentials
	// credentials are what is recorded of a token that was sent; with OAuth only the address.
	credentials
	// described is the attribute token_details that goes with them.
	described tokenDetailsModel
	// minted is nil when the token is the user's own.
	minted *managedtoken.Token
}

// credentials are what a connection authenticates with, as far as it is known: a token that is not configured is null,
// one that is known after apply is unknown.
type credentials struct {
	instanceURL types.String
	tokenType   types.String
	// version is value_wo_version.
	version types.Int64
	// token is without surrounding white space, as the server stores it. A blank one counts as none.
	token types.String
	// managed: state describes a token that the connection made itself.
	managed bool
	// given: the configuration sets value_wo, which may be blank in this run and not in the next.
	given bool
}

// configuredCredentials reads the token, which only configuration holds, and takes the GitLab from the plan. The type
// is null if the configuration does not set it.
func configuredCredentials(config, plan resourceModel) credentials {
	token := config.AccessToken
	return credentials{
		instanceURL: plan.InstanceURL, tokenType: token.Type, version: token.ValueWOVersion,
		token: trimmed(token.ValueWO), given: !token.ValueWO.IsNull(),
	}
}

// trimmed removes the white space that the server removes, too, and is null for a blank secret, which counts as not
// set.
func trimmed(secret types.String) types.String {
	if secret.IsUnknown() {
		return secret
	}
	return attribute.Optional(strings.TrimSpace(secret.ValueString()))
}

// toAPI needs everything to be known.
func (c credentials) toAPI() infisical.Credentials {
	return infisical.Credentials{
		Token:       c.token.ValueString(),
		Type:        c.tokenType.ValueString(),
		InstanceURL: c.instanceURL.ValueString(),
	}
}

// change says whether an update sends credentials. They are always sent whole.
type change struct {
	// reason completes "the token must be sent because …"; empty when nothing is sent.
	reason string
	// missing: they have to be sent, but the configuration holds no token.
	missing bool
	// version is what to do with the version of an authorization code that is missing.
	version string
}

func (c change) send() bool { return c.reason != "" && !c.missing }

// credentialsChange decides whether credentials are sent: when the token, its kind or the GitLab changed, or when the
// server's credentials are no longer those of our last write. A changed name or description does not send them. last is
// nil if we never wrote any.
func credentialsChange(state, config credentials, serverHash string, last *lastWrite) change {
	switch {
	case state.managed:
		return change{reason: "the connection changes from managed_access_token to access_token", missing: config.token.IsNull()}
	case !sameInstanceURL(state.instanceURL, config.instanceURL):
		return change{reason: "instance_url changes", missing: config.token.IsNull() && !config.instanceURL.IsUnknown()}
	case !config.tokenType.IsNull() && !state.tokenType.Equal(config.tokenType):
		return change{reason: "the kind of the token changes", missing: config.token.IsNull() && !config.tokenType.IsUnknown()}
	case config.token.IsNull() && newVersion(state, config):
		return change{reason: "value_wo_version changes", missing: true}
	case config.token.IsNull():
		return change{}
	case tokenChanged(state, config, last):
		return change{reason: "the token changes"}
	case last != nil && last.Hash != serverHash:
		return change{reason: "the credentials were changed outside Terraform"}
	}
	return change{}
}

// newVersion reports a version that differs from the recorded one.
func newVersion(state, config credentials) bool {
	return versioned(state, config) && !config.version.IsUnknown() && !state.version.Equal(config.version)
}

// versioned: the version decides whether the token is sent.
func versioned(state, config credentials) bool {
	return !state.version.IsNull() && !config.version.IsNull()
}

// tokenChanged compares versions if both are set, else fingerprints. An unknown token counts as changed. So does any
// token if none was ever sent, because a version may have been set before its token, or if the record of the last one
// was lost, because Infisical may have another one by now. Sending the right token again does no harm.
func tokenChanged(state, config credentials, last *lastWrite) bool {
	switch {
	case last == nil:
		return true
	case versioned(state, config):
		return !state.version.Equal(config.version)
	}
	return config.token.IsUnknown() || !last.matches(config.token.ValueString())
}

// varies reports that the token may differ between plan and apply although nobody changed the configuration.
func (c credentials) varies() bool { return c.given && c.version.IsNull() }
