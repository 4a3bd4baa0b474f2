package managedtoken

import (
	"strings"
	"testing"
	"time"
)

var schedule = Schedule{ExpirationDays: 90, RotateBeforeDays: 30}

func TestDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	in := func(days int) *time.Time { return new(time.Date(2026, 11, 22+days, 0, 0, 0, 0, time.UTC)) }
	for name, tc := range map[string]struct {
		expiresAt *time.Time
		want      string
	}{
		"never expires":          {nil, neverExpires},
		"made today":             {in(90), ""},
		"made by a clock ahead":  {in(91), ""},
		"lives too long":         {in(92), "more than 90 days away"},
		"a day before it is due": {in(32), ""},
		"on the day":             {in(31), ""},
		"due":                    {in(30), "rotates 30 days before"},
		"expired":                {in(-1), "rotates 30 days before"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := schedule.Due(tc.expiresAt, now); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestStillDue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	soon := now.AddDate(0, 0, 3)
	byClock := schedule.Due(&soon, now)
	for name, tc := range map[string]struct{ recorded, byClock, want string }{
		"nothing":                     {"", "", ""},
		"due by now":                  {"", byClock, byClock},
		"due as before":               {byClock, byClock, byClock},
		"no longer due":               {byClock, "", ""},
		"lives too long no longer":    {Schedule{ExpirationDays: 2, RotateBeforeDays: 1}.Due(&soon, now.AddDate(0, 0, -9)), "", ""},
		"never expires":               {schedule.Due(nil, now), "", ""},
		"revoked":                     {Revoked, "", Revoked},
		"revoked, and due by now":     {Revoked, byClock, Revoked},
		"deleted":                     {Deleted, "", Deleted},
		"a reason of another version": {"GitLab has no such token", "", "GitLab has no such token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := StillDue(tc.recorded, tc.byClock); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
