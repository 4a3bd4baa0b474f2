package hands_test

import (
	"slices"
	"strings"
)

// A cell is one story of a connection with a sync or a scan: a value of each axis.
type cell struct {
	use        string
	change     string
	connection string
	own        string
	target     string
	token      string
	refresh    string
}

// What uses the connection.
const (
	sync = "sync"
	scan = "scan"
)

// What becomes of the sync or scan in the plan.
const (
	isNew        = "new"
	isUnchanged  = "unchanged"
	deleting     = "new, deleting"
	moved        = "moved"
	respelled    = "respelled"
	otherScope   = "other scope"
	otherSource  = "other source"
	keepToDelete = "keep to delete"
	gone         = "deleted outside"
	tainted      = "after a failed create"
	replaced     = "replaced"
	runFailed    = "last run failed"
	disconnected = "disconnected"
)

// What becomes of the connection. But for the new ones, all were there before.
const (
	renamed        = "renamed"
	expiring       = "expiring"
	expired        = "expired"
	swapped        = "credentials replaced outside"
	revoked        = "revoked"
	managedNew     = "managed, new"
	managed        = "managed"
	managedDue     = "managed, due"
	becomesManaged = "becomes managed"
	revokedManaged = "revoked, becomes managed"
	oauthNew       = "OAuth, new"
	oauth          = "OAuth"

	// Not in the configuration.
	foreign   = "another's"
	missing   = "another's, deleted"
	forbidden = "another's, forbidden"
)

// The connection's own token in configuration.
const (
	given   = "given"
	absent  = "absent"
	changed = "changed"
	later   = "known after apply"
	same    = "known after apply, the same"
)

// The provider's GitLab token.
const (
	noToken     = "absent"
	owners      = "present"
	readAPI     = "read_api"
	developers  = "a Developer's"
	inPlanOnly  = "in plan only"
	inApplyOnly = "in apply only"
)

// How configuration says the target.
const (
	byID    = "by id"
	byPath  = "by path"
	unknown = "unknown"
)

// How the plan refreshes.
const (
	refreshed   = "refreshed"
	unrefreshed = "not refreshed"
	minimally   = "minimally refreshed"
)

// axes are all values. The first are what a story begins with, the others what a plan and its apply have at hand.
var axes = [][]string{
	{sync, scan},
	{isNew, isUnchanged, deleting, moved, respelled, otherScope, otherSource, keepToDelete, gone, tainted, replaced, runFailed, disconnected},
	{isNew, isUnchanged, renamed, expiring, expired, swapped, revoked, managedNew, managed, managedDue, becomesManaged, revokedManaged, oauthNew, oauth,
		foreign, missing, forbidden},
	{given, absent, changed, later, same},
	{byID, byPath, unknown},
	{noToken, owners, readAPI, developers, inPlanOnly, inApplyOnly},
	{refreshed, unrefreshed, minimally},
}

// cells are all combinations that make sense.
func cells() []cell {
	combinations := [][]string{nil}
	for _, axis := range axes {
		var longer [][]string
		for _, combination := range combinations {
			for _, value := range axis {
				longer = append(longer, append(slices.Clone(combination), value))
			}
		}
		combinations = longer
	}
	var all []cell
	for _, v := range combinations {
		if c := (cell{v[0], v[1], v[2], v[3], v[4], v[5], v[6]}); c.makesSense() {
			all = append(all, c)
		}
	}
	return all
}

func (c cell) makesSense() bool {
	switch {
	case c.use == scan && one(c.change, deleting, otherScope, otherSource, keepToDelete, runFailed), c.use == sync && c.change == disconnected:
		return false // A scan has neither variables nor runs that belong to it.
	case !c.ownToken() && c.own != absent:
		return false
	case c.connection == isNew && c.own == absent:
		return false // It is no configuration.
	case c.own == same && c.connection != isUnchanged:
		return false // There it is as good as another one.
	case c.change == respelled && c.target == unknown:
		return false
	case one(c.connection, expiring, expired, swapped, revoked) && !one(c.change, isNew, isUnchanged):
		return false // What is said of a connection does not depend on more.
	case one(c.connection, expired, revoked) && (c.own == given || c.target == unknown):
		return false // Nobody applies a dead token.
	case c.connection == missing && c.change != isNew:
		return false // Infisical keeps what is in use.
	case c.connection == forbidden && !one(c.change, isNew, keepToDelete, moved):
		return false // There is nothing to look at.
	case one(c.change, runFailed, disconnected, tainted) && !one(c.connection, isUnchanged, managed, oauth):
		return false // What is said of these does not depend on what else the connection is.
	case c.change == replaced && !one(c.connection, isNew, isUnchanged, managedNew, managed, oauthNew, oauth):
		return false // What is said of these does not depend on what else the connection is.
	case c.refresh == minimally && !one(c.connection, isUnchanged, managedDue, becomesManaged, revokedManaged, oauth):
		return false
	}
	return true
}

// story is what the cell begins with, and hands what it has then; each as tests are called.
func (c cell) story() string {
	return strings.Join([]string{c.use, c.change, c.connection, c.own, c.target}, "; ")
}

func (c cell) hands() string { return c.token + "; " + c.refresh }

// ownToken reports that the connection is to have a token of the user's.
func (c cell) ownToken() bool {
	return one(c.connection, isNew, isUnchanged, renamed, expiring, expired, swapped, revoked)
}

// newConnection reports that there was none before.
func (c cell) newConnection() bool { return one(c.connection, isNew, managedNew, oauthNew) }

// isForeign reports that the connection is not in the configuration.
func (c cell) isForeign() bool { return one(c.connection, foreign, missing, forbidden) }

// makesToken reports that the connection has a token made, which takes a provider's GitLab token.
func (c cell) makesToken() bool {
	return one(c.connection, managedNew, managedDue, becomesManaged, revokedManaged)
}

// looksUp reports that the id of the target is neither in the configuration nor in the state.
func (c cell) looksUp() bool {
	inState := one(c.change, isUnchanged, otherScope, otherSource, keepToDelete, runFailed, disconnected)
	return c.target != byID && (c.target != byPath || !inState)
}

// dead reports that the token of the connection is, and stays so.
func (c cell) dead() bool { return one(c.connection, expired, revoked) && c.own == absent }

// deletes reports that runs delete what Infisical has no secrets for, and did not so before.
func (c cell) deletes() bool {
	return c.use == sync && one(c.change, deleting, moved, otherScope, otherSource, keepToDelete)
}

// unseen reports that the plan did not look at what other people have done.
func (c cell) unseen() bool {
	return c.refresh != refreshed && (c.change == gone || c.connection == swapped)
}

// newUse reports that there was no sync or scan before.
func (c cell) newUse() bool { return one(c.change, isNew, deleting) }

func one(value string, of ...string) bool { return slices.Contains(of, value) }
