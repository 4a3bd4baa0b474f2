package infisical_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Many who ask about one connection, at once and later, cost one request.
func TestGlance(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	id := addMany(sb, 1, nil)[0]
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if found, err := client.Connections.Glance(t.Context(), id); err != nil || found.ID != id {
				t.Errorf("got %q, %v", found.ID, err)
			}
		})
	}
	wg.Wait()
	if _, err := client.Connections.Glance(t.Context(), id); err != nil {
		t.Error(err)
	}
	if got := reads(sb); !slices.Equal(got, []string{getRequest}) {
		t.Errorf("asked %q, want one request", got)
	}
}

// What this client writes is seen, also by an answer that was under way when the write began.
func TestGlance_seesOwnWrites(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	id := addMany(sb, 1, nil)[0]
	glance := func() (infisical.Connection, error) { return client.Connections.Glance(t.Context(), id) }
	for _, name := range []string{"renamed", "renamed-again"} {
		succeed[infisical.Connection](t)(glance())
		succeed[infisical.Connection](t)(client.Connections.Update(t.Context(), id, infisical.Change{Name: name}))
		if found := succeed[infisical.Connection](t)(glance()); found.Name != name {
			t.Errorf("got %q, want %q", found.Name, name)
		}
	}
	if err := client.Connections.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := glance(); !infisical.IsNotFound(err) {
		t.Errorf("got %v, want not found", err)
	}
}

// Who looks while the connection is written may be shown it as it was. Who looks afterwards is not.
func TestGlance_whileWriting(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	id := addMany(sb, 1, nil)[0]
	succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), id)) // The login is not to be waited for below.
	var once sync.Once
	sb.OnRequest(func(request *server.Request) {
		if request.Method == http.MethodPatch {
			once.Do(func() { succeed[infisical.Connection](t)(client.Connections.Glance(t.Context(), id)) })
		}
	})
	succeed[infisical.Connection](t)(client.Connections.Update(t.Context(), id, infisical.Change{Name: "renamed"}))
	if found := succeed[infisical.Connection](t)(client.Connections.Glance(t.Context(), id)); found.Name != "renamed" {
		t.Errorf("got %q: an answer from before the write was kept", found.Name)
	}
}

func TestGlance_keepsNoFailure(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	id := addMany(sb, 1, nil)[0]
	lift := sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath + "/*", Kind: server.FaultStatus,
		Status: http.StatusForbidden})
	if _, err := client.Connections.Glance(t.Context(), id); !infisical.IsForbidden(err) {
		t.Errorf("got %v, want forbidden", err)
	}
	lift()
	if _, err := client.Connections.Glance(t.Context(), id); err != nil {
		t.Errorf("the refusal was kept: %v", err)
	}
}

// The request that one has begun serves the others when that one gives up.
func TestGlance_cancelledCallerLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	id := addMany(sb, 1, nil)[0]
	succeed[infisical.Connection](t)(client.Connections.Get(t.Context(), id))
	sb.Log.Reset()
	asked := make(chan struct{})
	var once sync.Once
	sb.OnRequest(func(*server.Request) { once.Do(func() { close(asked) }) })
	sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath + "/*", Kind: server.FaultSlow, Delay: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := client.Connections.Glance(ctx, id); err == nil {
			t.Error("a canceled glance succeeded")
		}
	})
	<-asked
	wg.Go(func() { succeed[infisical.Connection](t)(client.Connections.Glance(t.Context(), id)) })
	cancel()
	wg.Wait()
}
