package infisical

import (
	"context"
	"errors"
	"time"
)

// listLifetime is how long the answer to a list serves those who refresh: long enough for one walk of Terraform over
// many connections.
const listLifetime = 30 * time.Second

// scopeReads is what was read of one project, or of the organization.
type scopeReads[T Object] struct {
	reads int
	list  *sharedList[T]
}

// sharedList is a list that several wait for.
type sharedList[T Object] struct {
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
func (k Known) newerThan(answer Object) bool {
	at := answer.Common().UpdatedAt
	return !at.IsZero() && at.Before(k.WrittenAt)
}

// replicaWaits is how long Refresh and Find pause before each further look when the answer is from before our last
// write, or no list can confirm that there is none: a quarter of a minute in all. A server that still does not know
// that write has been restored from a backup, and is believed.
var replicaWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// Refresh is Find for a caller that is one of many: Infisical Cloud allows 200 reads a minute. The first of a scope (a
// project, or the organization when there is none) is asked for at once, by GET …/gitlab/:id; from the second on, the
// scope is listed and the list serves all for half a minute. What is not in the list, or was written by this client, is
// asked for on its own.
func (o *Objects[T]) Refresh(ctx context.Context, known Known) (none T, err error) {
	if o.inProjects && known.ProjectID == "" { // As after an import.
		return o.Get(ctx, known.ID)
	}
	o.client.NoteWrite(known.ID, known.WrittenAt)
	list := o.join(known.ID, known.ProjectID, func(list *sharedList[T]) {
		// Not with this caller's context: the others wait for it, too. Each request ends by its timeout.
		go o.fetch(context.WithoutCancel(ctx), known.ProjectID, list)
	})
	if list == nil {
		return o.Find(ctx, known)
	}
	select {
	case <-list.done:
	case <-ctx.Done():
		return none, o.failed(known.ID, context.Cause(ctx))
	}
	if list.objects == nil || o.client.writes.wroteTo(known.ID) {
		return o.Find(ctx, known) // It may have been written while the list was under way.
	}
	if found, ok := list.objects[known.ID]; ok {
		return o.outwait(ctx, known, found)
	}
	found, date, err := o.getDated(ctx, known.ID)
	if IsNotFound(err) {
		found, err = o.keepLooking(ctx, known.ID, o.client.pausesToSettle(date, known.ID), &absence{error: err, listed: true})
	}
	if err != nil {
		return none, err
	}
	return o.outwait(ctx, known, found)
}

func (o *Objects[T]) failed(id string, cause error) *Error {
	return &Error{Operation: "read the GitLab " + o.kind + " " + id, cause: cause}
}

// Find is Get for a caller that remembers the object, and would act on its absence. What is older than our last write
// is asked for again.
func (o *Objects[T]) Find(ctx context.Context, known Known) (none T, err error) {
	o.client.NoteWrite(known.ID, known.WrittenAt)
	found, err := o.look(ctx, known)
	if err != nil {
		return none, err
	}
	return o.outwait(ctx, known, found)
}

// look takes one 404 for no proof: a replica may lag, a server may be failing over. The error is IsNotFound only when
// the object is not in the list of its scope either, and was not written within the last minute. When this identity may
// not list, the object must stay not found for as long as a replica is waited for: the server says that there is none
// before it asks whether one may see it.
func (o *Objects[T]) look(ctx context.Context, known Known) (none T, err error) {
	found, date, notFound := o.getDated(ctx, known.ID)
	if !IsNotFound(notFound) {
		return found, notFound
	}
	objects, err := o.List(ctx, known.ProjectID)
	pauses := o.client.pausesToSettle(date, known.ID)
	projectDeleted := IsNotFound(err) && known.ProjectID != "" // It has taken what it held along.
	switch {
	case IsForbidden(err) && len(pauses) < len(replicaWaits):
		pauses = replicaWaits
	case err != nil && !projectDeleted && !IsForbidden(err):
		return none, err
	}
	for _, object := range objects {
		if object.Common().ID == known.ID {
			return object, nil
		}
	}
	if projectDeleted {
		return o.keepLooking(ctx, known.ID, pauses, &absence{error: notFound})
	}
	return o.keepLooking(ctx, known.ID, pauses, &absence{error: notFound, listed: err == nil, refused: err})
}

// absence is the error of a look that found nothing. listed: the object's scope was listed without it. refused is why
// it was not listed; nil when it was, and when there is no such project.
type absence struct {
	error

	listed  bool
	refused error
}

func (a *absence) Unwrap() error { return a.error }

// Absence is what the error of a Refresh or Find that found nothing tells of the list of the object's scope: that it
// does not hold the object, or why it was not listed. It tells neither when the project is not there.
func Absence(notFound error) (listed bool, refused error) {
	var absent *absence
	if !errors.As(notFound, &absent) {
		return false, nil
	}
	return absent.listed, absent.refused
}

// keepLooking asks again for what was not found, while it is not.
func (o *Objects[T]) keepLooking(ctx context.Context, id string, pauses []time.Duration, notFound *absence) (found T, err error) {
	for _, pause := range pauses {
		if err := o.client.config.Wait(ctx, pause); err != nil {
			return found, o.failed(id, err)
		}
		if found, _, err = o.getDated(ctx, id); !IsNotFound(err) {
			return found, err
		}
	}
	return found, notFound
}

// outwait asks again while the answer is from before our last write. When that was of no use, the server has been
// restored from a backup, and the answers are believed at once from then on.
func (o *Objects[T]) outwait(ctx context.Context, known Known, found T) (none T, err error) {
	for _, wait := range replicaWaits {
		if !known.newerThan(found) || o.client.writes.restored.Load() {
			return found, nil
		}
		err := o.client.config.Wait(ctx, wait)
		if err != nil {
			return none, o.failed(known.ID, err)
		}
		if found, err = o.look(ctx, known); err != nil {
			return none, err
		}
	}
	if known.newerThan(found) {
		o.client.writes.restored.Store(true)
	}
	return found, nil
}

// join returns the list to wait for, nil when the object is to be asked for on its own. fetch is called for a new list.
func (o *Objects[T]) join(id, projectID string, fetch func(*sharedList[T])) *sharedList[T] {
	now := o.client.config.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	scope := o.scopes[projectID]
	if scope == nil {
		if o.scopes == nil {
			o.scopes = map[string]*scopeReads[T]{}
		}
		scope = &scopeReads[T]{}
		o.scopes[projectID] = scope
	}
	scope.reads++
	if scope.reads == 1 || o.client.writes.wroteTo(id) {
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
func (o *Objects[T]) fetch(ctx context.Context, projectID string, list *sharedList[T]) {
	defer close(list.done)
	objects, err := o.List(ctx, projectID)
	if err != nil {
		return
	}
	list.objects = make(map[string]T, len(objects))
	for _, object := range objects {
		list.objects[object.Common().ID] = object
	}
}
