package secretsync

import (
	"context"
	"errors"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// removal is the removal of a sync's variables, and of the sync. The server queues it, without a delay and with a
// single attempt, before it puts it down as pending: backend/src/services/secret-sync/secret-sync-service.ts of
// https://github.com/Infisical/infisical. So the removal may have ended by then, and is known by its job.
type removal struct {
	// before is the sync as it was seen before the removal was asked for.
	before infisical.Sync
	// unheard is why the answer to that is no use; nil when the server has queued the removal.
	unheard error
}

// seen is what an answer shows of the removal. When it has succeeded there is no sync any more to be seen.
func (r removal) seen(sync infisical.Sync) verdict {
	job, failed := sync.Removal.JobID, sync.Removal.Failure != nil
	switch {
	case sync.UpdatedAt.Before(r.before.UpdatedAt) && !sync.UpdatedAt.IsZero():
		return outdated
	case job != r.before.Removal.JobID && failed:
		return ended
	case job == r.before.Removal.JobID && r.unheard != nil && sync.UpdatedAt.Equal(r.before.UpdatedAt):
		return absent
	}
	return unfinished
}

// unheardFor is how long a removal may stay absent of which the answer to the request does not tell.
const unheardFor = 15 * time.Second

// remove deletes the sync with its variables, and waits until both are gone. A removal that meets a run, which may have
// begun a moment before, is repeated. The error is a removalError when the server has accepted the request.
func (w *waiting) remove(ctx context.Context) error {
	before, err := w.client.Syncs.Get(ctx, w.id)
	for err == nil {
		_, err = w.insist(ctx, func() error { return w.client.Syncs.Delete(ctx, w.id, true) })
		removal := removal{before: before}
		switch {
		case infisical.IsAmbiguous(err):
			removal.unheard = err
		case errors.Is(err, errBusy):
			return &removalError{err}
		case err != nil:
			return w.unlessGone(ctx, err)
		}
		var left *infisical.Sync
		if left, err = w.removed(ctx, removal); left == nil {
			return err
		}
		if failure := *left.Removal.Failure; !failure.Busy() {
			return &removalError{&removalFailure{failure}}
		}
		before = *left
	}
	return w.unlessGone(ctx, err)
}

// removalFailure is what Infisical says of a removal.
type removalFailure struct{ infisical.SyncFailure }

func (f *removalFailure) Error() string { return f.String() }

// removalError is why variables are not removed, or why nobody knows whether they are.
type removalError struct{ cause error }

func (e *removalError) Error() string { return e.cause.Error() }
func (e *removalError) Unwrap() error { return e.cause }

// removed waits for a removal. It returns the sync that is left when that has failed.
func (w *waiting) removed(ctx context.Context, removal removal) (left *infisical.Sync, err error) {
	asked := w.data.Now()
	err = w.data.Await(ctx, w.left(), func() (bool, error) {
		found, err := w.client.Syncs.Get(ctx, w.id)
		if infisical.IsNotFound(err) {
			// One look is no proof: reads may be served by a replica.
			found, err = w.client.Syncs.Get(ctx, w.id)
			if infisical.IsNotFound(err) {
				return true, nil
			}
		}
		if err != nil {
			return false, err
		}
		w.show(ctx, found)
		switch shown := removal.seen(found); {
		case shown == ended:
			left = &found
			return true, nil
		case shown == absent && w.data.Now().Sub(asked) >= unheardFor:
			return true, removal.unheard
		}
		return false, nil
	})
	if err != nil && !errors.Is(err, removal.unheard) {
		err = &removalError{err}
	}
	return left, err
}

// delete deletes the sync and leaves its variables.
func (w *waiting) delete(ctx context.Context) error {
	return w.unlessGone(ctx, w.client.Syncs.Delete(ctx, w.id, false))
}

// unlessGone is an error of a deletion, nil when there is no sync any more.
func (w *waiting) unlessGone(ctx context.Context, failed error) error {
	switch {
	case infisical.IsNotFound(failed):
		if _, err := w.client.Syncs.Get(ctx, w.id); err == nil { // A replica said so.
			return failed
		}
		return nil
	case !infisical.IsAmbiguous(failed):
		return failed
	}
	for range 2 { // One look is no proof: reads may be served by a replica.
		if _, err := w.client.Syncs.Get(ctx, w.id); !infisical.IsNotFound(err) {
			return failed
		}
	}
	return nil
}
