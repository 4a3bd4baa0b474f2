package infisical_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// fastTime passes so many times faster than the system's.
type fastTime struct {
	began time.Time
	times int
}

func (f fastTime) now() time.Time { return f.began.Add(f.passed()) }

func (f fastTime) passed() time.Duration { return time.Since(f.began) * time.Duration(f.times) }

func (f fastTime) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d / time.Duration(f.times))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pacedClient waits for rate limits, by this time.
func pacedClient(t *testing.T, sb *sandbox.Sandbox, passes fastTime) *infisical.Client {
	t.Helper()
	return newClient(t, sb, func(config *infisical.Config) {
		paced, err := transport.New(transport.Config{
			UserAgent: "test", RequestTimeout: 10 * time.Second, Now: passes.now, Wait: passes.wait,
		})
		if err != nil {
			t.Fatal(err)
		}
		config.HTTP = paced
	})
}

// 300 connections, created as Terraform does it, ten at a time, under the limits of Infisical Cloud's free plan, in a
// minute that lasts four seconds: https://infisical.com/docs/api-reference/overview/rate-limits. No request may be
// repeated, and none is refused.
func TestClient_createsManyUnderTheRateLimit(t *testing.T) {
	t.Parallel()
	const connections, perMinute = 300, 90
	passes := fastTime{began: time.Now(), times: 15}
	sb := start(t, sandbox.WithClock(passes.now), sandbox.WithRateLimit(200, perMinute))
	client := pacedClient(t, sb, passes)
	inParallel(connections, func(i int) {
		if _, err := client.Connections.Create(t.Context(), wanted(sb, fmt.Sprintf("c%d", i))); err != nil {
			t.Error(err)
		}
	})
	creations := arrivals(sb, "POST "+connectionsPath)
	took := creations[connections-1].Sub(creations[0]) * time.Duration(passes.times)
	// The first of a minute wait for nothing but this machine, whose time passes faster, too.
	work := creations[perMinute-1].Sub(creations[0]) * time.Duration(passes.times) * connections / perMinute
	if refused := refusedOf(sb); refused > 0 {
		t.Errorf("%d requests were refused", refused)
	}
	if itself := time.Minute * ((connections - 1) / perMinute); took > itself*11/10+work {
		t.Errorf("it took %s, the limit itself only %s, and the machine %s", took, itself, work)
	}
}

// Each route is counted for itself: that no more may be created is no reason to wait with what else there is to ask.
func TestClient_waitsForNoLimitOfAnotherRoute(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.WithRateLimit(2, 2))
	passes := fastTime{began: time.Now(), times: 1}
	client := pacedClient(t, sb, passes)
	var created []infisical.Connection
	for _, name := range []string{"one", "two"} {
		created = append(created, succeed[infisical.Connection](t)(client.Connections.Create(t.Context(), wanted(sb, name))))
	}
	for _, connection := range created {
		succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), connection.ID))
		succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
		succeed[infisical.Connection](t)(client.Connections.GetByName(t.Context(), connection.Name, ""))
		succeed[infisical.Connection](t)(client.Connections.Update(t.Context(), connection.ID, infisical.Change{Name: connection.Name}))
	}
	for _, connection := range created {
		if err := client.Connections.Delete(t.Context(), connection.ID); err != nil {
			t.Error(err)
		}
	}
	if took := passes.passed(); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// arrivals are when some requests arrived.
func arrivals(sb *sandbox.Sandbox, line string) []time.Time {
	var at []time.Time
	for _, request := range sb.Log.Requests() {
		if request.Line() == line {
			at = append(at, request.At)
		}
	}
	return at
}

func refusedOf(sb *sandbox.Sandbox) (refused int) {
	for _, request := range sb.Log.Requests() {
		if request.Status == http.StatusTooManyRequests {
			refused++
		}
	}
	return refused
}

// inParallel calls do with 0 to n-1, ten at a time.
func inParallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	todo := make(chan int, n)
	for i := range n {
		todo <- i
	}
	close(todo)
	for range 10 {
		wg.Go(func() {
			for i := range todo {
				do(i)
			}
		})
	}
	wg.Wait()
}
