package secretsync

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// waiting is for one run, or one removal.
type waiting struct {
	*syncResource
	client *infisical.Client
	id     string
	limit  time.Duration
	// busy: another run was under way when this one was queued.
	busy bool
	// looked is called with what each look shows; nil for nobody.
	looked func(infisical.Sync)
}

// putBack is how long the server may take to begin a run after the end of another one: it puts back what it cannot
// begin by up to 40 seconds, and delays every start by up to ten.
const putBack = 50 * time.Second

// poll calls done with the sync as it is, now and then, until it returns true. The sync is that of the last look.
func (w waiting) poll(ctx context.Context, done func(infisical.Sync) bool) (sync infisical.Sync, err error) {
	err = w.data.Await(ctx, w.limit, func() (bool, error) {
		found, err := w.client.GetSync(ctx, w.id)
		if err != nil {
			return false, err
		}
		sync = found
		tflog.Info(ctx, "waiting for a secret sync", map[string]any{"id": w.id, "status": sync.Run.Status, "remove_status": sync.Removal.Status})
		if w.looked != nil {
			w.looked(sync)
		}
		return done(sync), nil
	})
	return sync, err
}

// run waits until a run has ended that was queued when queued was answered: another one than the last that had ended
// then.
//
// The end of a run that was under way already looks the same, so the next one is waited for then, until it would have
// begun: Infisical may have made one of two that were queued.
func (w waiting) run(ctx context.Context, queued infisical.Sync) (infisical.Sync, error) {
	var other string
	var since time.Time
	sync, err := w.poll(ctx, func(sync infisical.Sync) bool {
		if !sync.Run.Ended() || sync.Run.JobID == queued.Run.JobID {
			return false
		}
		if w.busy && other == "" {
			other, since = sync.Run.JobID, w.data.Now()
		}
		return sync.Run.JobID != other || w.data.Now().Sub(since) > putBack
	})
	if sync.ID == "" {
		sync = queued
	}
	return sync, err
}

// idle waits until neither a run nor a removal is under way, so that another may be queued.
func (w waiting) idle(ctx context.Context) error {
	_, err := w.poll(ctx, func(sync infisical.Sync) bool {
		return sync.Run.Status != infisical.SyncRunning && sync.Removal.Status != infisical.SyncRunning
	})
	return err
}

// queue asks for a run, as soon as no other is under way.
func (w waiting) queue(ctx context.Context) (infisical.Sync, error) {
	queued, err := w.client.RunSync(ctx, w.id)
	if !infisical.IsSyncBusy(err) {
		return queued, err
	}
	if err := w.idle(ctx); err != nil {
		return infisical.Sync{}, err
	}
	return w.client.RunSync(ctx, w.id)
}

// removal waits until the variables are removed, and with them the sync.
func (w waiting) removal(ctx context.Context) error {
	sync, err := w.poll(ctx, func(sync infisical.Sync) bool { return sync.Removal.Status == infisical.SyncFailed })
	if infisical.IsNotFound(err) {
		// One look is no proof: reads may be served by a replica.
		if _, again := w.client.GetSync(ctx, w.id); infisical.IsNotFound(again) {
			return nil
		}
		return errors.New("the sync was gone at one look and there at the next")
	}
	switch {
	case err != nil:
		return err
	case sync.Removal.Failure != nil:
		return errors.New(sync.Removal.Failure.String())
	}
	return providerdata.ErrTimeout
}
