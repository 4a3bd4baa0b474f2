package infisical

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// settles is how long after a write a replica of the server's database may not know of it:
// https://infisical.com/docs/self-hosting/configuration/envs (DB_READ_REPLICAS).
const settles = time.Minute

// settlingPauses come before each further look for what was written so lately: they add up to that time.
var settlingPauses = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second}

// writes remember what was written of late. Within a minute of a write "not found" is the word of a replica, until a
// later look says the same.
type writes struct {
	mu sync.Mutex
	// at is the server's time of the last write, by id, and by kind and name.
	at map[string]time.Time
	// here are the ids of what this client has written, which no list shows reliably.
	here map[string]bool
	// restored: the server was waited for, and does not know of a write.
	restored atomic.Bool
}

func newWrites() *writes { return &writes{at: map[string]time.Time{}, here: map[string]bool{}} }

// note records when something was written; never an earlier time in place of a later one.
func (w *writes) note(key string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at.After(w.at[key]) {
		w.at[key] = at
	}
}

// forget is for what was deleted: it is to be missing.
func (w *writes) forget(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.at, key)
}

// unsettled is how much is left, at a time of the server's clock, of the minute after the latest write of any of these;
// 0 when it is over.
func (w *writes) unsettled(now time.Time, keys ...string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var left time.Duration
	for _, key := range keys {
		if at, ok := w.at[key]; ok {
			left = max(left, settles-now.Sub(at))
		}
	}
	return left
}

// wrote keeps an object out of lists from here on.
func (w *writes) wrote(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.here[id] = true
}

// wroteTo reports that no list is to be believed about an object.
func (w *writes) wroteTo(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.here[id]
}

// pausesToSettle are what to wait before each further look for what was not found, at a time of the server's clock, by
// the keys that it was written under; none if that is long ago.
func (c *Client) pausesToSettle(date time.Time, keys ...string) []time.Duration {
	if date.IsZero() { // The server did not say.
		date = c.config.Now()
	}
	left := c.writes.unsettled(date, keys...)
	var pauses []time.Duration
	for _, pause := range settlingPauses {
		if left <= 0 {
			break
		}
		pauses = append(pauses, min(pause, left))
		left -= pause
	}
	return pauses
}

// settled sends a call, and returns its error. When the server does not find what the call is about, or refers to, and
// that was written within the last minute, the call is sent again: nothing was done. send returns the server's time.
func (c *Client) settled(ctx context.Context, call call, send func() (time.Time, error)) error {
	date, err := send()
	if !IsNotFound(err) || IsAmbiguous(err) { // An earlier attempt of a deletion may have been heard.
		return err
	}
	for _, pause := range c.pausesToSettle(date, append(call.refersTo, call.parameter)...) {
		if stopped := c.config.Wait(ctx, pause); stopped != nil {
			return &Error{Operation: call.operation, cause: stopped}
		}
		if _, err = send(); !IsNotFound(err) {
			break
		}
	}
	return err
}

// NoteWrite tells the client when an earlier process wrote an object: if that was within the last minute by the
// server's clock, an update or deletion that does not find the object is sent again until the minute is over.
func (c *Client) NoteWrite(id string, at time.Time) { c.writes.note(id, at) }
