package secretsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// waiting is for what Infisical does with one sync.
type waiting struct {
	data   *providerdata.Data
	client *infisical.Client
	id     string
	// began and until are when the waiting began, and when the time is over.
	began, until time.Time
	// looked is called with what each look shows; nil for nobody.
	looked func(infisical.Sync)
}

func newWaiting(data *providerdata.Data, client *infisical.Client, id string, limit time.Duration) *waiting {
	now := data.Now()
	return &waiting{data: data, client: client, id: id, began: now, until: now.Add(limit)}
}

// runAndWait queues a run as soon as no other is at work, and waits until it has ended. It returns the sync as it is
// then, an empty one when no run was queued. The error says why that is so, or why nobody knows what became of the run;
// that it has failed, the sync says.
func (w *waiting) runAndWait(ctx context.Context) (infisical.Sync, error) {
	queued, run, err := w.queue(ctx, false)
	if err != nil {
		return infisical.Sync{}, err
	}
	_, sync, err := w.await(ctx, run, queued)
	return sync, err
}

// queue asks for a run until the server queues one. beside: another is under way.
func (w *waiting) queue(ctx context.Context, beside bool) (queued infisical.Sync, run run, err error) {
	busy, err := w.insist(ctx, func() (err error) {
		queued, err = w.client.Syncs.Run(ctx, w.id)
		return err
	})
	if err != nil {
		return infisical.Sync{}, run, err
	}
	w.show(ctx, queued)
	return queued, runAskedFor(queued, beside || busy), nil
}

// errBusy: nothing could be begun.
var errBusy = errors.New("Infisical was at work on the sync all the time")

// insist makes a request until the server, which begins nothing while it is at work on the sync, accepts or refuses it.
// It reports whether the server was.
func (w *waiting) insist(ctx context.Context, request func() error) (busy bool, err error) {
	if err = request(); !infisical.SyncBusy.Is(err) {
		return false, err
	}
	err = w.data.Await(ctx, w.left(), func() (bool, error) {
		err := request()
		if infisical.SyncBusy.Is(err) {
			return false, nil
		}
		return true, err
	})
	if errors.Is(err, providerdata.ErrTimeout) {
		err = fmt.Errorf("%w, and %w", err, errBusy)
	}
	return true, err
}

// await waits until the run has ended, given the sync as it was when the run was queued. It returns the run and the
// sync as they were seen last.
func (w *waiting) await(ctx context.Context, run run, sync infisical.Sync) (run, infisical.Sync, error) {
	var doubtSince time.Time
	mayAsk := true
	err := w.poll(ctx, func(found infisical.Sync) bool {
		known, shown := run.seen(found)
		if run = known; shown == outdated {
			return false
		}
		if sync = found; shown != doubtful && shown != equaled {
			doubtSince = time.Time{}
			return shown != unfinished
		}
		if doubtSince.IsZero() {
			doubtSince = w.data.Now()
		}
		now := w.data.Now()
		switch (doubt{waited: now.Sub(w.began), lasted: now.Sub(doubtSince), mayAsk: mayAsk}).resolve(shown, found.Run.Status) {
		case believe:
			return true
		case ask:
			queued, err := w.client.Syncs.Run(ctx, w.id)
			if err == nil {
				run, sync, doubtSince = runAskedFor(queued, false), queued, time.Time{}
			}
			// While one is at work, its end is waited for: it has begun since.
			mayAsk = err == nil || infisical.SyncBusy.Is(err) || infisical.IsPassing(err)
		case wait:
		}
		return false
	})
	return run, sync, err
}

// poll calls done with the sync as it is, now and then, until it returns true.
func (w *waiting) poll(ctx context.Context, done func(infisical.Sync) bool) error {
	return w.data.Await(ctx, w.left(), func() (bool, error) {
		found, err := w.client.Syncs.Get(ctx, w.id)
		if err != nil {
			return false, err
		}
		w.show(ctx, found)
		return done(found), nil
	})
}

// show tells of a look.
func (w *waiting) show(ctx context.Context, sync infisical.Sync) {
	tflog.Info(ctx, "waiting for a secret sync", map[string]any{"id": w.id, "status": sync.Run.Status, "remove_status": sync.Removal.Status})
	if w.looked != nil {
		w.looked(sync)
	}
}

// left is how much time is left.
func (w *waiting) left() time.Duration { return w.until.Sub(w.data.Now()) }
