// Package memo keeps an answer for all who ask for the same.
package memo

import (
	"context"
	"sync"
)

// Of holds one answer that is fetched at most once, however many callers ask. Unlike singleflight, it keeps the
// answer, and a fetch ends when the last of its callers has left, not the first.
type Of[T any] struct {
	mu     sync.Mutex
	flight *flight[T]
}

type flight[T any] struct {
	done    chan struct{}
	answer  T
	askers  int
	abandon context.CancelFunc
}

// Get returns the answer, or ctx's error when ctx ends first. A fetch that all callers have left is canceled and
// forgotten.
func (m *Of[T]) Get(ctx context.Context, fetch func(context.Context) T) (T, error) {
	current := m.join(ctx, fetch)
	select {
	case <-current.done:
		return current.answer, nil
	default:
	}
	select {
	case <-current.done:
		return current.answer, nil
	case <-ctx.Done():
		m.leave(current)
		var none T
		return none, ctx.Err()
	}
}

func (m *Of[T]) join(ctx context.Context, fetch func(context.Context) T) *flight[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.flight == nil {
		m.flight = depart(ctx, fetch)
	}
	m.flight.askers++
	return m.flight
}

func (m *Of[T]) leave(left *flight[T]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	left.askers--
	if left.askers > 0 || m.flight != left || left.landed() {
		return
	}
	left.abandon()
	m.flight = nil
}

// depart fetches with the values of ctx, such as its logger, but not its end.
func depart[T any](ctx context.Context, fetch func(context.Context) T) *flight[T] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	started := &flight[T]{done: make(chan struct{}), abandon: cancel}
	go func() {
		defer cancel()
		started.answer = fetch(ctx)
		close(started.done)
	}()
	return started
}

func (f *flight[T]) landed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}
