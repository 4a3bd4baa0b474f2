package infisical

import (
	"context"
	"sync"
	"time"
)

// listLifetime is how long the answer to a list serves those who refresh: long enough for one walk of Terraform over many connections.
const listLifetime = 30 * time.Second

// refresher makes refreshing many connections cost a handful of requests: Infisical Cloud allows 200 reads a minute.
type refresher struct {
	mu     sync.Mutex
	scopes map[string]*scopeReads
	// written are the ids of connections that were written here, which no list shows reliably.
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

// Refresh is Get for a caller that is one of many. The first of a scope (a project, or the organisation when projectID is empty) is asked for
// at once, by GET …/gitlab/:connectionId; from the second on, the scope is listed and the list serves all for half a minute. What is not
// in the list, or was written by this client, is asked for on its own.
func (c *Client) Refresh(ctx context.Context, id, projectID string) (Connection, error) {
	list := c.refresher.join(id, projectID, c.config.Now(), func(list *sharedList) {
		// Not with this caller's context: the others wait for it, too. Each request ends by its timeout.
		go c.fetch(context.WithoutCancel(ctx), projectID, list)
	})
	if list == nil {
		return c.Get(ctx, id)
	}
	select {
	case <-list.done:
	case <-ctx.Done():
		return Connection{}, &Error{Operation: "read the GitLab connection " + id, cause: context.Cause(ctx)}
	}
	if found, ok := list.connections[id]; ok {
		return found, nil
	}
	return c.Get(ctx, id)
}

// join returns the list to wait for, nil when the connection is to be asked for on its own. fetch is called for a new list.
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
	if scope.list == nil || now.Sub(scope.list.began) > listLifetime {
		scope.list = &sharedList{began: now, done: make(chan struct{})}
		fetch(scope.list)
	}
	return scope.list
}

// fetch fills a list. When it fails, each connection is asked for on its own, and says what is wrong.
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

// wrote keeps a connection out of lists from here on.
func (r *refresher) wrote(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written[id] = true
}
