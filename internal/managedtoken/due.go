package managedtoken

import (
	"fmt"
	"strings"
	"time"
)

// Why a token that GitLab said does not work is due.
const (
	Deleted = "the token was deleted at GitLab"
	Revoked = "the token was revoked at GitLab, perhaps by another configuration that manages this connection"
	// AccountGone: with a service account its tokens end.
	AccountGone = "the service account of the token was deleted at GitLab, or the provider's GitLab token cannot see it any more"
)

// How the reasons of the clock begin.
const (
	neverExpires = "the token never expires"
	expires      = "the token expires "
)

// A Schedule is how long tokens live, and how long before their end they are replaced.
type Schedule struct{ ExpirationDays, RotateBeforeDays int64 }

// Due says why a token that expires at an instant is due for rotation at now; empty when it is not. A token that
// outlives ExpirationDays, because that was lowered, is due as well; not by one day, which is the clock of another
// machine that is past midnight.
func (s Schedule) Due(expiresAt *time.Time, now time.Time) string {
	if expiresAt == nil {
		return neverExpires
	}
	if due := s.DueForGood(expiresAt, now); due != "" || !expiresAt.After(expiry(now, s.ExpirationDays+1)) {
		return due
	}
	return fmt.Sprintf(expires+"%s, which is more than %d days away", expiresAt.Format(time.DateOnly), s.ExpirationDays)
}

// DueForGood is Due as far as that cannot change again while time passes: what a plan finds, its apply finds later.
func (s Schedule) DueForGood(expiresAt *time.Time, now time.Time) string {
	switch {
	case expiresAt == nil:
		return neverExpires
	case !now.Before(expiresAt.AddDate(0, 0, -int(s.RotateBeforeDays))):
		return fmt.Sprintf(expires+"%s and rotates %s before", expiresAt.Format(time.DateOnly), days(s.RotateBeforeDays))
	}
	return ""
}

// StillDue says why a token is due that GitLab cannot be asked for: what it said before holds until it says otherwise,
// and only what follows from the clock is judged again, by byClock.
func StillDue(recorded, byClock string) string {
	if recorded == "" || recorded == neverExpires || strings.HasPrefix(recorded, expires) {
		return byClock
	}
	return recorded
}

// expiry is the day, at 00:00 UTC, on which a token that is made now stops working.
func expiry(now time.Time, expirationDays int64) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, int(expirationDays))
}

func days(count int64) string {
	if count == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", count)
}
