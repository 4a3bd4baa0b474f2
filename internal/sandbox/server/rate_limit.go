package server

import (
	"sync"
	"time"
)

// A RateLimit counts requests in windows, of a minute by default, that begin with the first request after the last
// window.
type RateLimit struct {
	PerMinute int // 0 is no limit
	Window    time.Duration

	mu     sync.Mutex
	counts map[string]*rateWindow
}

type rateWindow struct {
	ends time.Time
	used int
}

// Take counts one request under key and returns how many of the window there were, this one included, and when it ends.
func (l *RateLimit) Take(key string, now time.Time) (used int, ends time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]*rateWindow{}
	}
	w := l.counts[key]
	if w == nil || !now.Before(w.ends) {
		w = &rateWindow{ends: now.Add(l.Window)}
		l.counts[key] = w
	}
	w.used++
	return w.used, w.ends
}

// SecondsUntil rounds up: after so many seconds the window is over.
func SecondsUntil(ends, now time.Time) int {
	return int((ends.Sub(now) + time.Second - 1) / time.Second)
}
