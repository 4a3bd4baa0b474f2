package transport

import (
	"context"
	"time"
)

// pollWaits is how long Poll pauses before each look: half a minute in all, as long as Infisical waits for a GitLab
// that does not answer before it hangs up, after which it goes on all the same.
var pollWaits = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// Poll finds out what became of a request without an answer, which the server may process a little later: it looks
// for about half a minute, until a look finds it. The error is that of wait, which pauses for a while or ends
// with the context.
func Poll(ctx context.Context, wait func(context.Context, time.Duration) error, look func() (found bool)) error {
	for _, pause := range pollWaits {
		if err := wait(ctx, pause); err != nil {
			return err
		}
		if look() {
			return nil
		}
	}
	return nil
}
