package connection

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	// validate finds what no server need be asked for.
	validate(config resourceModel) diag.Diagnostics
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

// credentials are what a connection authenticates with, as far as it is known: a token that configuration does not give is null, one
// that becomes known at apply is unknown.
type credentials struct {
	instanceURL types.String
	tokenType   types.String
	// version is value_wo_version.
	version types.Int64
	// token is without surrounding white space, as the server stores it. A blank one counts as none.
	token types.String
	// managed: state describes a token that the connection made itself.
	managed bool
	// writeOnly: the token comes from value_wo, and may be another one the next time it is asked for.
	writeOnly bool
}

// configuredCredentials reads the token, which only configuration holds, and takes the GitLab from the plan. The type is null when
// configuration leaves it to be found out.
func configuredCredentials(config, plan resourceModel) credentials {
	token := config.AccessToken
	c := credentials{instanceURL: plan.InstanceURL, tokenType: token.Type, version: token.ValueWOVersion, token: token.Value}
	if !token.ValueWO.IsNull() {
		c.token, c.writeOnly = token.ValueWO, true
	}
	c.token = trimmed(c.token)
	return c
}

// trimmed takes off what the server does, too, and is null for a blank secret: one that is not given.
func trimmed(secret types.String) types.String {
	if secret.IsUnknown() {
		return secret
	}
	return optional(strings.TrimSpace(secret.ValueString()))
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
	// missing: they would have to be sent, but configuration holds no token.
	missing bool
	// version is what to do with the version of an authorization code that is missing.
	version string
}

func (c change) send() bool { return c.reason != "" && !c.missing }

// credentialsChange decides whether credentials are sent: when the token, its kind or the GitLab changed, or when the server's
// credentials are no longer those of our last write. A name or a description is no reason. last is nil when we never wrote any.
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

// newVersion reports another version than the recorded one.
func newVersion(state, config credentials) bool {
	return versioned(state, config) && !config.version.IsUnknown() && !state.version.Equal(config.version)
}

// versioned: the version decides whether the token is sent.
func versioned(state, config credentials) bool {
	return !state.version.IsNull() && !config.version.IsNull()
}

// tokenChanged goes by the version where there was one and is one, else by the fingerprint. A token that is not known yet counts as changed,
// and so does any while none was ever sent, for a version may have been there before its token, or while the record of that was lost, for
// Infisical may have been given another one since. Sending the right one once more does no harm.
func tokenChanged(state, config credentials, last *lastWrite) bool {
	switch {
	case last == nil:
		return true
	case versioned(state, config):
		return !state.version.Equal(config.version)
	}
	return config.token.IsUnknown() || !last.matches(config.token.ValueString())
}

// varies reports that the token may differ between plan and apply without anybody having changed the configuration.
func (c credentials) varies() bool { return c.writeOnly && c.version.IsNull() }
