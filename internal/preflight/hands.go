package preflight

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// A Session asks about a target with a token, at the GitLab that it is of.
type Session struct {
	*gitlab.Session
	// Unforeseen: the plan had no token to ask with, because the connection did not exist.
	Unforeseen bool
	// own: it is the token of the connection, with which Infisical acts on the target. Else it is the provider's GitLab
	// token.
	own bool
	// visit is who left the connection's own token.
	visit providerdata.Visit
}

// Hands are the tokens that a run has to ask about a target with, and why it has no others.
type Hands struct {
	own, provider *Session
	// later: the apply will have a token of the connection that nobody knows yet.
	later bool
	// mayStay: that may turn out to be the one that the connection has, and then the apply cannot rely on it.
	mayStay bool
	// without says why there is no token of the connection's, and why none of the provider's.
	without [2]string
	// unread is why the connection could not be read, which tells of which GitLab it is. unreadable is the same where
	// there is no token that could be sent there anyway.
	unread, unreadable error
}

// AtHand finds the tokens that can be asked about a target of a connection: the connection's own, if it was given in
// this run, and the provider's GitLab token, which is sent to its own GitLab only.
func AtHand(ctx context.Context, data *providerdata.Data, connectionID types.String) Hands {
	if data.GitLab == nil || data.Infisical == nil {
		return Hands{later: true, without: [2]string{"the provider's configuration is known only after apply"}}
	}
	if connectionID.IsUnknown() {
		return besideNew(data)
	}
	var hands Hands
	id := connectionID.ValueString()
	instance, promised := data.Tokens.Promised(id)
	own, left := data.Tokens.Of(id)
	switch {
	case left:
		hands.own, instance = &Session{Session: own.Session, own: true, visit: own.Visit}, own.Instance()
		hands.without[0] = "the apply does not have the connection's token, because the connection does not change"
	case promised:
		hands.mayStay = data.Tokens.MayStay(id)
		hands.later, hands.without = true, [2]string{"the token of the connection is known only after apply", "so is its GitLab"}
	default:
		hands.without[0] = "the token of the connection is known only in a run that sends it to Infisical"
	}
	if !promised || instance != "" {
		hands.addProvider(ctx, data, id, instance)
	}
	hands.mayStay = hands.mayStay && hands.provider == nil
	if hands.own != nil {
		hands.own.Unforeseen = own.Visit == providerdata.Created && hands.provider == nil
	}
	return hands
}

// besideNew are those for a connection that is not known yet. Of which GitLab that is follows only from those that are
// planned for creation.
func besideNew(data *providerdata.Data) Hands {
	hands := Hands{later: !data.Tokens.NewKeeps(), without: [2]string{"the connection is known only after apply"}}
	if !hands.later {
		hands.without[0] = "only Infisical will have the token of the connection, which uses oauth"
	}
	switch {
	case data.Session == nil:
		hands.without[1] = notSet
	case !data.Tokens.NewAt(data.InstanceURL.ValueString()):
		hands.without[1] = "so is whether it is for the GitLab of gitlab.token"
	default:
		hands.provider = &Session{Session: data.Session}
	}
	return hands
}

const notSet = "gitlab.token of the provider block is not set"

// addProvider adds the provider's GitLab token if the connection is for the same GitLab. instance is that of the
// connection; empty when only Infisical can tell.
func (h *Hands) addProvider(ctx context.Context, data *providerdata.Data, connectionID, instance string) {
	if data.Session == nil {
		h.without[1] = notSet
		return
	}
	if instance == "" {
		connection, err := data.Infisical.Connections.Glance(ctx, connectionID)
		if err != nil {
			h.unread = err
			return
		}
		instance = connection.InstanceURL
	}
	if !data.Session.IsAt(instance) {
		h.without[1] = fmt.Sprintf("gitlab.token of the provider block is for %s, and the connection for %s", data.Session.Instance(), instance)
		return
	}
	h.provider, h.without[1] = &Session{Session: data.Session}, ""
}

// Best is the token that can judge best, if there is one.
func (h Hands) Best() (Session, bool) {
	for _, by := range h.All() {
		return by, true
	}
	return Session{}, false
}

// All are the tokens, the one that can judge best first.
func (h Hands) All() []Session {
	var all []Session
	for _, by := range []*Session{h.own, h.provider} {
		if by != nil {
			all = append(all, *by)
		}
	}
	return all
}

// lasting are the tokens that the apply has, too, so that what is planned may rest on them.
func (h Hands) lasting(phase providerdata.Phase) []Session {
	var all []Session
	for _, by := range h.All() {
		if !by.own || by.visit != providerdata.Unvisited || phase == providerdata.Applying {
			all = append(all, by)
		}
	}
	return all
}

// source is the token that the apply can look up a path with.
func (h Hands) source(phase providerdata.Phase) Source {
	lasting := h.lasting(phase)
	switch {
	case len(lasting) > 0:
		return lasting[0].source()
	case h.later:
		return FromConnection
	}
	return FromNobody
}

// why says in a sentence why there is no token to ask with.
func (h Hands) why() string {
	switch {
	case h.unread != nil:
		return fmt.Sprintf("There is no token to ask GitLab with: %s, and reading the connection, which says what GitLab it is for, failed: %s.", h.without[0],
			transport.Phrase(h.unread.Error()))
	case h.without[1] == "":
		return fmt.Sprintf("There is no token to ask GitLab with: %s.", h.without[0])
	}
	why := fmt.Sprintf("There is no token to ask GitLab with: %s, and %s.", h.without[0], h.without[1])
	if h.unreadable != nil {
		why += fmt.Sprintf(" Reading the connection, which says what GitLab it is for, failed, too: %s.", transport.Phrase(h.unreadable.Error()))
	}
	return why
}

// Source is where the id of a target comes from.
type Source string

// The sources.
const (
	FromNobody        Source = ""
	FromConfiguration Source = "configuration"
	FromState         Source = "state"
	FromConnection    Source = "connection"
	FromProvider      Source = "provider"
)

func (w Session) source() Source {
	if w.own {
		return FromConnection
	}
	return FromProvider
}

// SameGitLab reports whether two connections are for the same GitLab, and whether that is certain. The later one may
// not be known yet.
func SameGitLab(ctx context.Context, data *providerdata.Data, before, after types.String) (same, certain bool) {
	if before.Equal(after) {
		return true, true
	}
	was := instanceOf(ctx, data, before)
	if was == "" {
		return false, false
	}
	if after.IsUnknown() {
		return data.Tokens.NewAt(was), true
	}
	is := instanceOf(ctx, data, after)
	return gitlab.SameInstance(was, is), is != ""
}

// instanceOf is the GitLab of a connection, empty when that is not known.
func instanceOf(ctx context.Context, data *providerdata.Data, connectionID types.String) string {
	if left, ok := data.Tokens.Of(connectionID.ValueString()); ok {
		return left.Instance()
	}
	if instance, ok := data.Tokens.Promised(connectionID.ValueString()); ok {
		return instance
	}
	if data.Infisical == nil || connectionID.IsUnknown() {
		return ""
	}
	connection, err := data.Infisical.Connections.Glance(ctx, connectionID.ValueString())
	if err != nil {
		return ""
	}
	return connection.InstanceURL
}
