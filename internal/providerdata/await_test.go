package providerdata

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// patience is Data by a clock that moves only in pauses.
func patience(pauses *[]time.Duration) *Data {
	now := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	return &Data{Now: func() time.Time { return now }, Wait: func(ctx context.Context, pause time.Duration) error {
		now = now.Add(pause)
		*pauses = append(*pauses, pause)
		return context.Cause(ctx)
	}}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	passing, refusal := &infisical.Error{Status: 500}, &infisical.Error{Status: 403, Name: "PermissionDenied"}
	for name, tc := range map[string]struct {
		// answers are those of the looks, of which the last repeats; nil is a good one.
		answers []error
		// done is the number of the look that ends it; 0 is none.
		done  int
		looks int
		want  []error
	}{
		"done at once":           {answers: []error{nil}, done: 1, looks: 1},
		"done later":             {answers: []error{nil}, done: 4, looks: 4},
		"the time is over":       {answers: []error{nil}, looks: 9, want: []error{ErrTimeout}},
		"bad answers":            {answers: []error{passing, passing, passing, nil}, done: 5, looks: 5},
		"nothing but bad ones":   {answers: []error{passing}, looks: 9, want: []error{ErrTimeout, passing}},
		"refused once":           {answers: []error{nil, refusal, nil}, done: 4, looks: 4},
		"refused now and then":   {answers: []error{refusal, nil, refusal, passing, refusal, nil}, done: 7, looks: 7},
		"refused twice in a row": {answers: []error{nil, refusal, refusal}, done: 9, looks: 3, want: []error{refusal}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var pauses []time.Duration
			looks := 0
			err := patience(&pauses).Await(t.Context(), 16*time.Second, func() (bool, error) {
				answer := tc.answers[min(looks, len(tc.answers)-1)]
				looks++
				return looks == tc.done, answer
			})
			if looks != tc.looks || (err == nil) != (tc.want == nil) {
				t.Errorf("%d looks, want %d: %v", looks, tc.looks, err)
			}
			for _, want := range tc.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
		})
	}
}

// The last look is made when the time is over, and not a pause before.
func TestAwait_lastLook(t *testing.T) {
	t.Parallel()
	var pauses []time.Duration
	_ = patience(&pauses).Await(t.Context(), 4*time.Second, func() (bool, error) { return false, nil })
	var waited time.Duration
	for _, pause := range pauses {
		waited += pause
	}
	if waited != 4*time.Second || len(pauses) != 4 {
		t.Errorf("looked after %v", pauses)
	}
}

// Ten who wait at the same time ask no more often than Infisical Cloud allows.
func TestAwait_manyWait(t *testing.T) {
	t.Parallel()
	var pauses []time.Duration
	d := patience(&pauses)
	d.awaiting.Add(9)
	_ = d.Await(t.Context(), time.Minute, func() (bool, error) { return false, nil })
	if looks := 10 * len(pauses); looks > 200 {
		t.Errorf("%d looks a minute, of 200", looks)
	}
}
