package providerdata

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestFinishing_outlivesAnInterruption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		interruptible, interrupt := context.WithCancel(t.Context())
		ctx, end := WithGrace(interruptible)
		defer end()
		time.Sleep(time.Hour)
		interrupt()
		time.Sleep(grace - time.Second)
		if err := Finishing(ctx).Err(); err != nil {
			t.Errorf("a second before the grace is over: %v", err)
		}
		// A step that begins later has no more time than one that began before.
		time.Sleep(2 * time.Second)
		if err := context.Cause(Finishing(ctx)); !errors.Is(err, errInterrupted) {
			t.Errorf("a second after the grace is over: %v", err)
		}
		if ctx.Err() == nil {
			t.Error("the other steps go on")
		}
	})
}

func TestFinishing_endsWithTheOperation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		interruptible, interrupt := context.WithCancel(t.Context())
		ctx, end := WithGrace(interruptible)
		interrupt()
		end()
		synctest.Wait() // No goroutine is left to wait for the grace.
		if Finishing(ctx).Err() == nil {
			t.Error("not ended")
		}
	})
}
