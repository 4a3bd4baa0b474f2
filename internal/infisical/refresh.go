package infisical

import (
	"context"
	"sync"
	"time"
)

// listLifetime is how long the answer to a list serves those who refresh: long enough for one walk of Terraform over
// many connections.
const listLifetime = 30 * time.Second

// object is what is asked for again and again: a connection or a sync.
type object interface {
	key() string
	// writtenAt is UpdatedAt.
	writtenAt() time.Time
}

func (c Connection) key() string          { return c.ID }
func (c Connection) writtenAt() time.Time { return c.UpdatedAt }

// refresher makes refreshing many objects of one kind cost a handful of requests: Infisical Cloud allows 200 reads a
// minute.
type refresher[T object] struct {
	// kind completes the sentence "could not read the GitLab …".
	kind string
	get  func(ctx context.Context, id string) (T, error)
	list func(ctx context.Context, projectID string) ([]T, error)
	now  func() time.Time
	wait func(context.Context, time.Duration) error

	mu     sync.Mutex
	scopes map[string]*scopeReads[T]
	// written are the ids of objects that were written here, which no list shows reliably.
	written map[string]bool
}

func newRefresher[T object](config Config, kind string, get func(context.Context, string) (T, error),
	list func(context.Context, string) ([]T, error)) *refresher[T] {
	return &refresher[T]{kind: kind, get: get, list: list, now: config.Now, wait: config.Wait, scopes: map[string]*scopeReads[T]{}, written: map[string]bool{}}
}

// scopeReads is what was read of one project, or of the organisation.
type scopeReads[T object] struct {
	reads int
	list  *sharedList[T]
}

// sharedList is a list that several wait for.
type sharedList[T object] struct {
	began time.Time
	done  chan struct{}
	// objects, by id; nil when the list failed.
	objects map[string]T
}

// Known is what a caller remembers of an object that it asks for again.
type Known struct {
	ID, ProjectID string
	// WrittenAt is UpdatedAt as the server answered our last write; zero when that is not known.
	WrittenAt time.Time
}

// newerThan reports that an answer is from before our last write: it comes from a replica of the server's database that
// lags behind.
func (k Known) newerThan(answer object) bool {
	return !answer.writtenAt().IsZero() && answer.writtenAt().Before(k.WrittenAt)
}

// replicaWaits is how long Refresh and Find pause before each further look when the answer is from before our last
// write, or no list can confirm that there is none: a quarter of a minute in all. A server that still does not know
// that write has been restored from a backup, and is believed.
var replicaWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// Refresh is Find for a caller that is one of many. The first of a scope (a project, or the organisation when there is
// none) is asked for at once, by GET …/gitlab/:connectionId; from the second on, the scope is listed and the list
// serves all for half a minute. What is not in the list, or was written by this client, is asked for on its own.
func (c *Client) Refresh(ctx context.Context, known Known) (Connection, error) {
	return c.connections.refresh(ctx, known)
}

// Find is Get for a caller that remembers the connection, and would act on its absence. What is older than our last
// write is asked for again.
func (c *Client) Find(ctx context.Context, known Known) (Connection, error) {
	return c.connections.find(ctx, known)
}

func (r *refresher[T]) refresh(ctx context.Context, known Known) (none T, err error) {
	list := r.join(known.ID, known.ProjectID, func(list *sharedList[T]) {
		// Not with this caller's context: the others wait for it, too. Each request ends by its timeout.
		go r.fetch(context.WithoutCancel(ctx), known.ProjectID, list)
	})
	if list == nil {
		return r.find(ctx, known)
	}
	select {
	case <-list.done:
	case <-ctx.Done():
		return none, r.failed(known.ID, context.Cause(ctx))
	}
	if list.objects == nil || r.wroteTo(known.ID) {
		return r.find(ctx, known) // It may have been written while the list was under way.
	}
	if found, ok := list.objects[known.ID]; ok {
		return r.outwait(ctx, known, found)
	}
	found, err := r.get(ctx, known.ID)
	if err != nil {
		return none, err
	}
	return r.outwait(ctx, known, found)
}

func (r *refresher[T]) failed(id string, cause error) *Error {
	return &Error{Operation: "read the GitLab " + r.kind + " " + id, cause: cause}
}

func (r *refresher[T]) find(ctx context.Context, known Known) (none T, err error) {
	found, err := r.look(ctx, known)
	if err != nil {
		return none, err
	}
	return r.outwait(ctx, known, found)
}

// look takes one 404 for no proof: a replica may lag, a server may be failing over. The error is IsNotFound only when
// the object is not in the list of its scope either. When this identity may not list, the object must stay not found
// for as long as a replica is waited for: the server says that there is none before it asks whether one may see it.
func (r *refresher[T]) look(ctx context.Context, known Known) (none T, err error) {
	found, notFound := r.get(ctx, known.ID)
	if !IsNotFound(notFound) {
		return found, notFound
	}
	objects, err := r.list(ctx, known.ProjectID)
	projectDeleted := IsNotFound(err) && known.ProjectID != "" // It has taken what it held along.
	switch {
	case IsForbidden(err):
		return r.keepLooking(ctx, known.ID)
	case err != nil && !projectDeleted:
		return none, err
	}
	for _, object := range objects {
		if object.key() == known.ID {
			return object, nil
		}
	}
	return none, notFound
}

// keepLooking asks again while the object is not found.
func (r *refresher[T]) keepLooking(ctx context.Context, id string) (found T, err error) {
	for _, wait := range replicaWaits {
		if err := r.wait(ctx, wait); err != nil {
			return found, r.failed(id, err)
		}
		if found, err = r.get(ctx, id); !IsNotFound(err) {
			break
		}
	}
	return found, err
}

// outwait asks again while the answer is from before our last write.
func (r *refresher[T]) outwait(ctx context.Context, known Known, found T) (none T, err error) {
	for _, wait := range replicaWaits {
		if !known.newerThan(found) {
			break
		}
		err := r.wait(ctx, wait)
		if err != nil {
			return none, r.failed(known.ID, err)
		}
		if found, err = r.look(ctx, known); err != nil {
			return none, err
		}
	}
	return found, nil
}

// join returns the list to wait for, nil when the object is to be asked for on its own. fetch is called for a new list.
func (r *refresher[T]) join(id, projectID string, fetch func(*sharedList[T])) *sharedList[T] {
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	scope := r.scopes[projectID]
	if scope == nil {
		scope = &scopeReads[T]{}
		r.scopes[projectID] = scope
	}
	scope.reads++
	if scope.reads == 1 || r.written[id] {
		return nil
	}
	if scope.list == nil || scope.list.isOld(now) {
		scope.list = &sharedList[T]{began: now, done: make(chan struct{})}
		fetch(scope.list)
	}
	return scope.list
}

// isOld: what the list says may be from too long ago. While it is under way it will say what was then still to be read.
func (l *sharedList[T]) isOld(now time.Time) bool {
	select {
	case <-l.done:
		return now.Sub(l.began) > listLifetime
	default:
		return false
	}
}

// fetch fills a list. When it fails, each object is asked for on its own, and says what is wrong.
func (r *refresher[T]) fetch(ctx context.Context, projectID string, list *sharedList[T]) {
	defer close(list.done)
	objects, err := r.list(ctx, projectID)
	if err != nil {
		return
	}
	list.objects = make(map[string]T, len(objects))
	for _, object := range objects {
		list.objects[object.key()] = object
	}
}

// wroteTo reports that no list is to be believed about an object.
func (r *refresher[T]) wroteTo(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written[id]
}

// wrote keeps an object out of lists from here on.
func (r *refresher[T]) wrote(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written[id] = true
}
