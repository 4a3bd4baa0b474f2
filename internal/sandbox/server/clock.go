package server

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until a test moves it. Its Now is a Network's.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock shows the given time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set sets the clock.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Advance moves the clock.
func (c *Clock) Advance(by time.Duration) { c.Set(c.Now().Add(by)) }

// AdvanceDays moves the clock by calendar days.
func (c *Clock) AdvanceDays(days int) { c.Set(c.Now().AddDate(0, 0, days)) }
