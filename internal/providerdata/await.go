package providerdata

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// awaitPauses is how long to pause before each look at what a server does in the background, of which the last repeats.
// Infisical delays the start of a run by up to ten seconds (https://github.com/Infisical/infisical:
// backend/src/services/secret-sync/secret-sync-queue.ts), so that looking sooner is of little use, and Infisical Cloud
// allows 200 reads a minute.
var awaitPauses = []time.Duration{2 * time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second, 5 * time.Second}

// ErrTimeout is the end of waiting.
var ErrTimeout = errors.New("the time set in timeouts is over")

// Await looks now and then until a look says that it is done, or fails, or the time is over.
func (d *Data) Await(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	end := d.Now().Add(limit)
	for n := 0; ; n++ {
		pause := awaitPauses[min(n, len(awaitPauses)-1)]
		if !d.Now().Add(pause).Before(end) {
			return ErrTimeout
		}
		if err := d.Wait(ctx, pause); err != nil {
			return fmt.Errorf("stopped waiting: %w", err)
		}
		if done, err := look(); done || err != nil {
			return err
		}
	}
}
