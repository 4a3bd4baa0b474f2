package acctest

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock stands at noon of a day in November 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AdvanceDays moves the clock by calendar days.
func (c *Clock) AdvanceDays(days int) {
	c.set(func(now time.Time) time.Time { return now.AddDate(0, 0, days) })
}

// Advance moves the clock.
func (c *Clock) Advance(by time.Duration) {
	c.set(func(now time.Time) time.Time { return now.Add(by) })
}

func (c *Clock) set(later func(time.Time) time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = later(c.now)
}
