package infisical

import (
	"context"
	"sync"
	"time"
)

// listLifetime is how long the answer to a list serves those who refresh: long enough for one walk of Terraform over
// many connections.
const listLifetime = 30 * time.Second

// refresher makes refreshing many connections cost a handful of requests: Infisical Cloud allows 200 reads a minute.
type refresher struct {
	mu     sync.Mutex
	scopes map[string]*scopeReads
	// written are the ids of connections that were written here, which lists do not show reliably.
	written map[string]bool
}

// scopeReads is what was read of one project, or of the organisation.
type scopeReads struct {
	reads int
	list  *sharedList
}

// sharedList is a list that several wait for.
type sharedList struct {
	began time.Time
	done  chan struct{}
	// connections, by id; nil when the list failed.
	connections map[string]Connection
}

// Known is what a caller remembers of a connection that it asks for again.
type Known struct {
	ID, ProjectID string
	// WrittenAt is UpdatedAt as the server answered our last write; zero when that is not known.
	WrittenAt time.Time
}

// newerThan reports that an answer is older than our last write: it comes from a replica of the server's database that
// lags behind.
func (k Known) newerThan(answer Connection) bool {
	return !answer.UpdatedAt.IsZero() && answer.UpdatedAt.Before(k.WrittenAt)
}

// replicaWaits is how long Refresh and Find pause before each further look when the answer is from before our last
// write, or no list can confirm that there is none: a quarter of a minute in all. A server that does not know that
// write by then was restored from a backup, and is believed.
var replicaWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// Refresh is Find for a caller that is one of many. The first of a scope (a project, or the organisation when there is
// none) is asked for at once, by GET …/gitlab/:connectionId; from the second on, the scope is listed and the list
// serves all for half a minute. What is not in the list, or was written by this client, is asked for on its own.
func (c *Client) Refresh(ctx context.Context, known Known) (Connection, error) {
	list := c.refresher.join(known.ID, known.ProjectID, c.config.Now(), func(list *sharedList) {
		// Not with this caller's context: the others wait for it, too. Each request ends by its timeout.
		go c.fetch(context.WithoutCancel(ctx), known.ProjectID, list)
	})
	if list == nil {
		return c.Find(ctx, known)
	}
	select {
	case <-list.done:
	case <-ctx.Done():
		return Connection{}, &Error{Operation: "read the GitLab connection " + known.ID, cause: context.Cause(ctx)}
	}
	if list.connections == nil || c.refresher.wroteTo(known.ID) {
		return c.Find(ctx, known) // It may have been written while the list was under way.
	}
	if found, ok := list.connections[known.ID]; ok {
		return c.outwait(ctx, known, found)
	}
	found, err := c.Get(ctx, known.ID)
	if err != nil {
		return Connection{}, err
	}
	return c.outwait(ctx, known, found)
}

// Find is Get for a caller that remembers the connection and would act on its absence. It asks again when the answer is
// older than our last write.
func (c *Client) Find(ctx context.Context, known Known) (Connection, error) {
	found, err := c.look(ctx, known)
	if err != nil {
		return Connection{}, err
	}
	return c.outwait(ctx, known, found)
}

// look does not take one 404 for proof: a replica may lag, a server may be failing over. The error is IsNotFound only
// when the connection is not in the list of its scope either. When this identity may not list, the connection must stay
// not found for as long as a replica is waited for: the server says that there is none before it asks whether one may
// see it.
func (c *Client) look(ctx context.Context, known Known) (Connection, error) {
	found, notFound := c.Get(ctx, known.ID)
	if !IsNotFound(notFound) {
		return found, notFound
	}
	connections, err := c.List(ctx, known.ProjectID)
	projectDeleted := IsNotFound(err) && known.ProjectID != "" // Its connections were deleted with it.
	switch {
	case IsForbidden(err):
		return c.keepLooking(ctx, known.ID)
	case err != nil && !projectDeleted:
		return Connection{}, err
	}
	for _, connection := range connections {
		if connection.ID == known.ID {
			return connection, nil
		}
	}
	return Connection{}, notFound
}

// keepLooking asks again while the connection is not found.
func (c *Client) keepLooking(ctx context.Context, id string) (found Connection, err error) {
	for _, wait := range replicaWaits {
		if err := c.config.Wait(ctx, wait); err != nil {
			return Connection{}, &Error{Operation: "read the GitLab connection " + id, cause: err}
		}
		if found, err = c.Get(ctx, id); !IsNotFound(err) {
			break
		}
	}
	return found, err
}

// outwait asks again while the answer is from before our last write.
func (c *Client) outwait(ctx context.Context, known Known, found Connection) (Connection, error) {
	for _, wait := range replicaWaits {
		if !known.newerThan(found) {
			break
		}
		err := c.config.Wait(ctx, wait)
		if err != nil {
			return Connection{}, &Error{Operation: "read the GitLab connection " + known.ID, cause: err}
		}
		if found, err = c.look(ctx, known); err != nil {
			return Connection{}, err
		}
	}
	return found, nil
}

// join returns the list to wait for, nil when the connection is to be asked for on its own. fetch is called for a new
// list.
func (r *refresher) join(id, projectID string, now time.Time, fetch func(*sharedList)) *sharedList {
	r.mu.Lock()
	defer r.mu.Unlock()
	scope := r.scopes[projectID]
	if scope == nil {
		scope = &scopeReads{}
		r.scopes[projectID] = scope
	}
	scope.reads++
	if scope.reads == 1 || r.written[id] {
		return nil
	}
	if scope.list == nil || scope.list.isOld(now) {
		scope.list = &sharedList{began: now, done: make(chan struct{})}
		fetch(scope.list)
	}
	return scope.list
}

// isOld: what the list says may be from too long ago. While it is under way it will say what was then still to be read.
func (l *sharedList) isOld(now time.Time) bool {
	select {
	case <-l.done:
		return now.Sub(l.began) > listLifetime
	default:
		return false
	}
}

// fetch fills a list. If it fails, each connection is read on its own, and reports what is wrong.
func (c *Client) fetch(ctx context.Context, projectID string, list *sharedList) {
	defer close(list.done)
	connections, err := c.List(ctx, projectID)
	if err != nil {
		return
	}
	list.connections = make(map[string]Connection, len(connections))
	for _, connection := range connections {
		list.connections[connection.ID] = connection
	}
}

// wroteTo reports that lists cannot be trusted about a connection.
func (r *refresher) wroteTo(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written[id]
}

// wrote keeps a connection out of lists from here on.
func (r *refresher) wrote(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written[id] = true
}
