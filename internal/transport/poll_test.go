package transport_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func TestPoll(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		foundAt int // the look, from 1; 0 is none
		looks   int
		waited  time.Duration
	}{
		"at once":      {1, 1, 0},
		"at the third": {3, 3, 3 * time.Second},
		"at the last":  {6, 6, 30 * time.Second},
		"never":        {0, 6, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var waited time.Duration
			looks := 0
			err := transport.Poll(t.Context(),
				func(_ context.Context, d time.Duration) error { waited += d; return nil },
				func() bool { looks++; return looks == tc.foundAt },
			)
			if err != nil || looks != tc.looks || waited != tc.waited {
				t.Errorf("%d looks in %s, %v", looks, waited, err)
			}
		})
	}
}

func TestPoll_endsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var waits []time.Duration
	looks := 0
	err := transport.Poll(ctx,
		func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() },
		func() bool { looks++; cancel(); return false },
	)
	if !errors.Is(err, context.Canceled) || looks != 1 || !slices.Equal(waits, []time.Duration{0, time.Second}) {
		t.Errorf("%d looks, waits %s, %v", looks, waits, err)
	}
}
