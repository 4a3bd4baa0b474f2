package providerdata

import (
	"sync"
	"sync/atomic"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// Visit is who left a token in this process, and so whether an apply of the plan has the token, too. Inside an apply,
// Terraform plans again what changes, in a new process, and never visits what does not.
type Visit uint8

const (
	// Unvisited is a refresh, or a plan that does not change the connection. The apply does not have the token: it may
	// judge and warn in the plan, and no planned value may come from it.
	Unvisited Visit = iota
	// Visited is a plan that changes the connection, or its update. The apply leaves the token again before it comes to
	// what uses the connection.
	Visited
	// Created is the creation of the connection, in this process. The plan did not have the connection's id, so nobody
	// could look with the token at what uses the connection.
	Created
)

// A LeftSession asks with the token of a connection, for those who judge their own target with it.
type LeftSession struct {
	*gitlab.Session
	// Visit is who left the token.
	Visit Visit
}

// ConnectionTokens are the tokens that connections leave for others in this process. They are kept in memory alone: in
// nothing that Terraform is given, and for no longer than the provider lives.
type ConnectionTokens struct {
	byConnection sync.Map
	// new are the GitLabs of connections that are planned for creation.
	new sync.Map
	// mints: a connection is planned to create a token.
	mints atomic.Bool
	// leaves: a new connection leaves its token in the apply; keeps: one does not, because only Infisical will have it.
	leaves, keeps atomic.Bool
}

// promised stands in place of a token that nobody knows yet.
type promised struct {
	instance string
	mayStay  bool
}

// Leave keeps the token of a connection, in place of an earlier one or of a promise.
func (t *ConnectionTokens) Leave(connectionID string, session *gitlab.Session, visit Visit) {
	t.byConnection.Store(connectionID, LeftSession{session, visit})
}

// Promise notes that a plan changes the token of a connection to one that only the apply knows, and then leaves: a
// value that is known after apply, or a token that the connection makes. instance is the planned GitLab of it, empty
// while that is not known. mayStay: it may turn out to be the token that the connection has, so that nothing changes,
// and what the apply leaves is Unvisited. It takes the place of an earlier token.
func (t *ConnectionTokens) Promise(connectionID, instance string, mayStay bool) {
	t.byConnection.Store(connectionID, promised{instance, mayStay})
}

// Promised reports that the apply will leave a token of the connection that nobody knows yet, and of which GitLab it
// will be.
func (t *ConnectionTokens) Promised(connectionID string) (instance string, ok bool) {
	found, _ := t.byConnection.Load(connectionID)
	promise, ok := found.(promised)
	return promise.instance, ok
}

// MayStay reports that a token is promised which may turn out to be the one that the connection has.
func (t *ConnectionTokens) MayStay(connectionID string) bool {
	found, _ := t.byConnection.Load(connectionID)
	promise, ok := found.(promised)
	return ok && promise.mayStay
}

// Forget drops the token of a connection that is deleted, or that has another one by now which is not known.
func (t *ConnectionTokens) Forget(connectionID string) { t.byConnection.Delete(connectionID) }

// Of returns a session with the token of a connection, if it was left in this process.
func (t *ConnectionTokens) Of(connectionID string) (LeftSession, bool) {
	found, _ := t.byConnection.Load(connectionID)
	left, ok := found.(LeftSession)
	return left, ok
}

// PlanNew notes that a connection at a GitLab is planned for creation, or for replacement, so that its id is not known
// yet. The address is empty when it is not known either. The apply leaves the token of the connection unless only
// Infisical will have it.
func (t *ConnectionTokens) PlanNew(instance string, leaves bool) {
	t.new.Store(instance, true)
	if leaves {
		t.leaves.Store(true)
	} else {
		t.keeps.Store(true)
	}
}

// NewKeeps reports that connections are planned for creation, and that the apply leaves the token of none of them.
func (t *ConnectionTokens) NewKeeps() bool { return t.keeps.Load() && !t.leaves.Load() }

// PlanMint notes that a connection is planned to create its token, for which it needs the provider's GitLab token.
func (t *ConnectionTokens) PlanMint() { t.mints.Store(true) }

// Mint reports that a connection is planned to create its token.
func (t *ConnectionTokens) Mint() bool { return t.mints.Load() }

// NewAt reports that connections are planned for creation, and all of them at this GitLab: what uses a connection that
// is not known yet is planned after it.
func (t *ConnectionTokens) NewAt(instance string) bool {
	some, all := false, true
	t.new.Range(func(at, _ any) bool {
		address, _ := at.(string)
		some, all = true, all && gitlab.SameInstance(address, instance)
		return all
	})
	return some && all
}
