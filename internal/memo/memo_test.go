package memo

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestGet_fetchesOnce(t *testing.T) {
	t.Parallel()
	var answer Of[int32]
	var fetched atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			got, err := answer.Get(t.Context(), func(context.Context) int32 { return fetched.Add(1) })
			if got != 1 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestGet_cancelledAskerDoesNotPoisonOthers(t *testing.T) {
	t.Parallel()
	var answer Of[string]
	begun, end := make(chan struct{}), make(chan struct{})
	impatient, cancel := context.WithCancel(t.Context())
	var first, second sync.WaitGroup
	first.Go(func() {
		_, err := answer.Get(impatient, func(ctx context.Context) string {
			close(begun)
			<-end
			if ctx.Err() != nil {
				return "given up"
			}
			return "answer"
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the impatient: %v", err)
		}
	})
	<-begun
	second.Go(func() {
		got, err := answer.Get(t.Context(), func(context.Context) string { return "asked anew" })
		if got != "answer" || err != nil {
			t.Errorf("the patient: %q, %v", got, err)
		}
	})
	answer.waitForAskers(2)
	cancel()
	first.Wait()
	close(end)
	second.Wait()
}

func TestGet_abandonedQuestionIsAskedAnew(t *testing.T) {
	t.Parallel()
	var answer Of[string]
	ctx, cancel := context.WithCancel(t.Context())
	abandoned := make(chan struct{})
	_, err := answer.Get(ctx, func(ctx context.Context) string {
		cancel()
		<-ctx.Done()
		close(abandoned)
		return "given up"
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-abandoned
	if got, err := answer.Get(t.Context(), func(context.Context) string { return "answer" }); got != "answer" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func (m *Of[T]) waitForAskers(askers int) {
	for {
		m.mu.Lock()
		joined := m.flight.askers == askers
		m.mu.Unlock()
		if joined {
			return
		}
		runtime.Gosched()
	}
}
