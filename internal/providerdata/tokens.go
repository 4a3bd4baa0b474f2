package providerdata

import (
	"sync"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// ConnectionToken is the GitLab token of a connection, for those who judge their own target with it. No fmt verb and no
// encoder prints the value.
type ConnectionToken struct {
	// Instance is the GitLab that the token is of, and the only one that it may be sent to.
	Instance string
	// Known is what the connection remembers of the token.
	Known gitlab.Known
	value func() string
}

// NewConnectionToken returns a token with its value.
func NewConnectionToken(instance, value string, known gitlab.Known) ConnectionToken {
	return ConnectionToken{Instance: instance, Known: known, value: func() string { return value }}
}

// Value is the secret.
func (t ConnectionToken) Value() string { return t.value() }

// ConnectionTokens are the tokens that connections leave for others in this process. They are kept in memory alone: in
// nothing that Terraform is given, and for no longer than the provider lives.
type ConnectionTokens struct{ byConnection sync.Map }

// Leave keeps the token of a connection, in place of an earlier one.
func (t *ConnectionTokens) Leave(connectionID string, token ConnectionToken) {
	t.byConnection.Store(connectionID, token)
}

// Forget drops the token of a connection that is deleted, or that has another one by now which is not known.
func (t *ConnectionTokens) Forget(connectionID string) { t.byConnection.Delete(connectionID) }

// Of returns the token of a connection, if it was left in this process.
func (t *ConnectionTokens) Of(connectionID string) (ConnectionToken, bool) {
	found, ok := t.byConnection.Load(connectionID)
	if !ok {
		return ConnectionToken{}, false
	}
	token, ok := found.(ConnectionToken)
	return token, ok
}
