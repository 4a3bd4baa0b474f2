package providerdata

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// awaitPauses is how long to pause before each look at what a server does in the background, of which the last repeats.
// Most of it ends within the first seconds: Infisical delays the start of a run by up to ten
// (https://github.com/Infisical/infisical: backend/src/services/secret-sync/secret-sync-queue.ts).
var awaitPauses = []time.Duration{
	time.Second, time.Second, time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second, 3 * time.Second,
	5 * time.Second,
}

// awaitShare is the time between two looks of all who wait at the same time: Infisical Cloud allows 200 reads a minute.
const awaitShare = 400 * time.Millisecond

// ErrTimeout is the end of waiting.
var ErrTimeout = errors.New("the time set in timeouts is over")

// Await looks now and then until a look says that it is done, or the time is over. A look without a usable answer is
// made again; one that is refused, too, but not a second time in a row.
func (d *Data) Await(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	d.awaiting.Add(1)
	defer d.awaiting.Add(-1)
	end, latest, refused := d.Now().Add(limit), error(nil), false
	for n := 0; ; n++ {
		left := end.Sub(d.Now())
		if left <= 0 {
			return timedOut(latest)
		}
		if err := d.Wait(ctx, min(d.awaitPause(n), left)); err != nil {
			return fmt.Errorf("stopped waiting: %w", err)
		}
		done, err := look()
		if done {
			return err
		}
		if err != nil && !infisical.IsPassing(err) {
			if refused {
				return err
			}
			refused = true
		} else {
			refused = false
		}
		latest = err
	}
}

// awaitPause is longer the more wait.
func (d *Data) awaitPause(n int) time.Duration {
	return max(awaitPauses[min(n, len(awaitPauses)-1)], time.Duration(d.awaiting.Load())*awaitShare)
}

// timedOut is ErrTimeout, with why the latest look was of no use.
func timedOut(latest error) error {
	if latest == nil {
		return ErrTimeout
	}
	return fmt.Errorf("%w, and the latest look failed: %w", ErrTimeout, latest)
}
