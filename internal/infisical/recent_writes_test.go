package infisical_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// behind is a server that answers reads from a replica, and a client that waits by its clock.
type behind struct {
	*testing.T
	sb     *sandbox.Sandbox
	client *infisical.Client
	clock  *server.Clock
	waited time.Duration
}

func startBehind(t *testing.T, by time.Duration) *behind {
	t.Helper()
	b := &behind{T: t, clock: server.NewClock(time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC))}
	b.sb = start(t, sandbox.WithClock(b.clock.Now))
	b.client = b.another()
	b.sb.Infisical.LagBy(by)
	return b
}

// another is another process.
func (b *behind) another() *infisical.Client {
	return newClient(b.T, b.sb, func(config *infisical.Config) {
		config.Now = b.clock.Now
		config.Wait = func(_ context.Context, pause time.Duration) error {
			b.clock.Advance(pause)
			b.waited += pause
			return nil
		}
	})
}

func (b *behind) create() infisical.Connection {
	b.Helper()
	return succeed[infisical.Connection](b.T)(b.client.Connections.Create(b.Context(), infisical.NewConnection{Name: "mine", Credentials: infisical.Credentials{
		Token: b.sb.GitLab.Token("group-owner-api").Value, Type: "group", InstanceURL: b.sb.GitLab.URL(),
	}}))
}

func (b *behind) sync(of infisical.Connection) infisical.Sync {
	return infisical.Sync{
		Record: infisical.Record{Name: "api", ProjectID: b.sb.Infisical.Projects[0]}, ConnectionID: of.ID, Environment: "prod", SecretPath: "/", KeepUnmanaged: true, AutoSync: true,
		Target: infisical.SyncTarget{Kind: infisical.TargetProject, ID: "1203", Name: "acme/app", EnvironmentScope: "*"},
	}
}

func (b *behind) source(of infisical.Connection) infisical.DataSource {
	return infisical.DataSource{
		Record: infisical.Record{Name: "app", ProjectID: b.sb.Infisical.ScanningProject}, ConnectionID: of.ID, AutoScan: true,
		Target: infisical.ScanTarget{Kind: infisical.TargetProject, ID: 1203},
	}
}

// Within a minute of our own write of an object, or of one that it refers to, "not found" is the word of a replica.
func TestReplicaBehind(t *testing.T) {
	t.Parallel()
	second := func(_ any, err error) error { return err }
	for name, ask := range map[string]func(b *behind, c infisical.Connection) error{
		"get": func(b *behind, c infisical.Connection) error {
			return second(b.client.Connections.Get(b.Context(), c.ID))
		},
		"glance": func(b *behind, c infisical.Connection) error {
			return second(b.client.Connections.Glance(b.Context(), c.ID))
		},
		"by name": func(b *behind, c infisical.Connection) error {
			return second(b.client.Connections.GetByName(b.Context(), c.Name, ""))
		},
		"update": func(b *behind, c infisical.Connection) error {
			return second(b.client.Connections.Update(b.Context(), c.ID, infisical.Change{Name: "renamed"}))
		},
		"delete": func(b *behind, c infisical.Connection) error { return b.client.Connections.Delete(b.Context(), c.ID) },
		"create a sync": func(b *behind, c infisical.Connection) error {
			return second(b.client.Syncs.Create(b.Context(), b.sync(c)))
		},
		"create a data source": func(b *behind, c infisical.Connection) error {
			return second(b.client.DataSources.Create(b.Context(), b.source(c)))
		},
		"scan a data source": func(b *behind, c infisical.Connection) error {
			source, err := b.client.DataSources.Create(b.Context(), b.source(c))
			if err != nil {
				return err
			}
			b.waited = 0
			if _, _, err := b.client.DataSources.Scans(b.Context(), source.ID); err != nil {
				return err
			}
			return second(b.client.DataSources.Scan(b.Context(), source.ID))
		},
		"run a sync": func(b *behind, c infisical.Connection) error {
			idle := b.sync(c)
			idle.AutoSync = false // Otherwise its first run may be under way.
			sync, err := b.client.Syncs.Create(b.Context(), idle)
			if err != nil {
				return err
			}
			b.waited = 0
			return second(b.client.Syncs.Run(b.Context(), sync.ID))
		},
		"refresh by another process": func(b *behind, c infisical.Connection) error {
			return second(b.another().Connections.Refresh(b.Context(), infisical.Known{ID: c.ID, WrittenAt: c.UpdatedAt}))
		},
		"look by another process": func(b *behind, c infisical.Connection) error {
			return second(b.another().Connections.Find(b.Context(), infisical.Known{ID: c.ID, WrittenAt: c.UpdatedAt}))
		},
		"update by another process": func(b *behind, c infisical.Connection) error {
			other := b.another()
			other.NoteWrite(c.ID, c.UpdatedAt)
			return second(other.Connections.Update(b.Context(), c.ID, infisical.Change{Name: "renamed"}))
		},
	} {
		for _, by := range []time.Duration{3 * time.Second, 40 * time.Second} {
			t.Run(fmt.Sprint(name, ", ", by), func(t *testing.T) {
				t.Parallel()
				b := startBehind(t, by)
				if err := ask(b, b.create()); err != nil {
					t.Error(err)
				}
				if b.waited < by || b.waited > 2*by {
					t.Errorf("waited %s", b.waited)
				}
			})
		}
	}
}

// What is missing for longer than a minute after our last write is gone, and so is what we have deleted.
func TestReplicaBehind_gone(t *testing.T) {
	t.Parallel()
	byOthers := func(b *behind, c infisical.Connection) { b.sb.Infisical.Remove(c.ID) }
	for name, tc := range map[string]struct {
		passes, waits time.Duration
		delete        func(*behind, infisical.Connection)
	}{
		"by others":                 {waits: time.Minute, delete: byOthers},
		"by others, half a minute":  {passes: 30 * time.Second, waits: 30 * time.Second, delete: byOthers},
		"by others, a minute later": {passes: time.Minute, delete: byOthers},
		"by ourselves": {delete: func(b *behind, c infisical.Connection) {
			if err := b.client.Connections.Delete(b.Context(), c.ID); err != nil {
				b.Error(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBehind(t, 0)
			made := b.create()
			b.clock.Advance(tc.passes)
			tc.delete(b, made)
			if _, err := b.client.Connections.Get(t.Context(), made.ID); !infisical.IsNotFound(err) {
				t.Errorf("got %v", err)
			}
			if b.waited != tc.waits {
				t.Errorf("waited %s, want %s", b.waited, tc.waits)
			}
		})
	}
}

// An interruption ends the waiting.
func TestReplicaBehind_interrupted(t *testing.T) {
	t.Parallel()
	b := startBehind(t, time.Hour)
	made := b.create()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := newClient(t, b.sb, func(config *infisical.Config) {
		config.Now = b.clock.Now
		config.Wait = func(ctx context.Context, _ time.Duration) error { cancel(); return context.Cause(ctx) }
	})
	_, err := stopped.Connections.Refresh(ctx, infisical.Known{ID: made.ID, WrittenAt: made.UpdatedAt})
	if err == nil || infisical.IsNotFound(err) || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
}
