package infisical_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const listRequest = "GET " + connectionsPath

// reads are the requests since the last reset of the log, without the logins.
func reads(sb *sandbox.Sandbox) []string {
	return slices.DeleteFunc(asked(sb), func(line string) bool { return line == loginRequest })
}

func addMany(sb *sandbox.Sandbox, n int, projectID *string) []string {
	var ids []string
	for i := range n {
		ids = append(ids, sb.Infisical.Add(sandboxinfisical.Connection{Name: fmt.Sprintf("c%d", i), ProjectID: projectID, AccessTokenType: "group"}).ID)
	}
	return ids
}

func TestRefresh_oneConnection(t *testing.T) {
	t.Parallel()
	sb := start(t)
	id := addMany(sb, 1, nil)[0]
	if _, err := newClient(t, sb, nil).Connections.Refresh(t.Context(), infisical.Known{ID: id}); err != nil {
		t.Fatal(err)
	}
	if got := reads(sb); !slices.Equal(got, []string{getRequest}) {
		t.Errorf("got %q", got)
	}
}

func TestRefresh_manyConnections(t *testing.T) {
	t.Parallel()
	sb := start(t)
	project := sb.Infisical.Projects[0]
	ids, projectIDs := addMany(sb, 100, nil), addMany(sb, 100, &project)
	client := newClient(t, sb, nil)
	var wg sync.WaitGroup
	for scope, ids := range map[string][]string{"": ids, project: projectIDs} {
		for _, id := range ids {
			wg.Go(func() {
				found, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: id, ProjectID: scope})
				if err != nil || found.ID != id || found.ProjectID != scope {
					t.Errorf("got %s in %q, %v", found.ID, found.ProjectID, err)
				}
			})
		}
	}
	wg.Wait()
	got := reads(sb)
	slices.Sort(got)
	if want := []string{listRequest, listRequest, getRequest, getRequest}; !slices.Equal(got, want) {
		t.Errorf("200 connections in two scopes cost %q, want %q", got, want)
	}
}

func TestRefresh_whatTheListCannotTell(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after func(t *testing.T, sb *sandbox.Sandbox, client *infisical.Client, id string)
		check func(infisical.Connection, error) bool
		want  []string // requests of the last refresh
	}{
		"from the list": {
			after: func(*testing.T, *sandbox.Sandbox, *infisical.Client, string) {},
			check: func(c infisical.Connection, err error) bool { return err == nil && c.Name == "c2" },
		},
		"written since": {
			after: func(t *testing.T, _ *sandbox.Sandbox, client *infisical.Client, id string) {
				if _, err := client.Connections.Update(t.Context(), id, infisical.Change{Name: "renamed"}); err != nil {
					t.Fatal(err)
				}
			},
			check: func(c infisical.Connection, err error) bool { return err == nil && c.Name == "renamed" },
			want:  []string{getRequest},
		},
		"deleted since": {
			after: func(t *testing.T, _ *sandbox.Sandbox, client *infisical.Client, id string) {
				if err := client.Connections.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			},
			check: func(_ infisical.Connection, err error) bool { return infisical.IsNotFound(err) },
			want:  []string{getRequest, listRequest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			client := newClient(t, sb, nil)
			ids := addMany(sb, 3, nil)
			for _, id := range ids[:2] {
				if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: id}); err != nil {
					t.Fatal(err)
				}
			}
			tc.after(t, sb, client, ids[2])
			sb.Log.Reset()
			if found, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: ids[2]}); !tc.check(found, err) {
				t.Errorf("got %q, %v", found.Name, err)
			}
			if got := reads(sb); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRefresh_absentFromTheList(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	ids := addMany(sb, 2, nil)
	for _, id := range ids {
		if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	sb.Log.Reset()
	if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: unknownID}); !infisical.IsNotFound(err) {
		t.Errorf("got %v, want not found", err)
	}
	if got := reads(sb); !slices.Equal(got, []string{getRequest}) {
		t.Errorf("got %q: what a list does not hold must be asked for before it is called gone", got)
	}
}

// One 404 by id is no proof: the connection may stand in the list, and then it is there.
func TestFind(t *testing.T) {
	t.Parallel()
	oneNotFound := server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath + "/*", Kind: server.FaultStatus,
		Status: http.StatusNotFound}
	fewNotFound := oneNotFound
	fewNotFound.Times = 4
	listRefused := server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath, Kind: server.FaultStatus, Status: http.StatusForbidden}
	listFails := listRefused
	listFails.Status = http.StatusInternalServerError
	for name, tc := range map[string]struct {
		id, projectID string // when not those of a connection of the organization
		faults        []server.Fault
		check         func(error) bool
		want          []string
	}{
		"there": {check: func(err error) bool { return err == nil }, want: []string{getRequest}},
		"not by id, but in the list": {faults: []server.Fault{oneNotFound}, check: func(err error) bool { return err == nil },
			want: []string{getRequest, listRequest}},
		"nowhere":                   {id: unknownID, check: infisical.IsNotFound, want: []string{getRequest, listRequest}},
		"of a project that is gone": {id: unknownID, projectID: unknownID, check: infisical.IsNotFound, want: []string{getRequest, listRequest}},
		"the list is refused": {
			id: unknownID, faults: []server.Fault{listRefused}, check: infisical.IsNotFound,
			want: []string{getRequest, listRequest, getRequest, getRequest, getRequest, getRequest},
		},
		"the list is refused, and a replica lags": {
			faults: []server.Fault{fewNotFound, listRefused}, check: func(err error) bool { return err == nil },
			want: []string{getRequest, listRequest, getRequest, getRequest, getRequest, getRequest},
		},
		"the list fails": {faults: []server.Fault{oneNotFound, listFails}, check: func(err error) bool { return err != nil && !infisical.IsNotFound(err) },
			want: []string{getRequest, listRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			known := infisical.Known{ID: cmp.Or(tc.id, addMany(sb, 1, nil)[0]), ProjectID: tc.projectID}
			for _, fault := range tc.faults {
				sb.Fail(fault)
			}
			found, err := newClient(t, sb, nil).Connections.Find(t.Context(), known)
			if !tc.check(err) || err == nil && found.ID != known.ID {
				t.Errorf("got %q, %v", found.ID, err)
			}
			if got := reads(sb); !slices.Equal(got, tc.want) {
				t.Errorf("asked %q, want %q", got, tc.want)
			}
		})
	}
}

// An answer from before our last write is asked for again, until it is clear that the server will not know better.
func TestFind_replicaLags(t *testing.T) {
	t.Parallel()
	for _, lag := range []int{1, 3, 0} {
		sb := start(t)
		var waited time.Duration
		client := newClient(t, sb, func(config *infisical.Config) {
			config.Wait = func(_ context.Context, wait time.Duration) error { waited += wait; return nil }
		})
		id := addMany(sb, 1, nil)[0]
		sb.Infisical.Lag(lag)
		time.Sleep(2 * time.Millisecond) // Infisical's times are cut to milliseconds.
		written := succeed[infisical.Connection](t)(client.Connections.Update(t.Context(), id, infisical.Change{Name: "renamed"}))
		found := succeed[infisical.Connection](t)(client.Connections.Find(t.Context(), infisical.Known{ID: id, WrittenAt: written.UpdatedAt}))
		if caughtUp := found.Name == "renamed"; caughtUp != (lag > 0) {
			t.Errorf("lag of %d reads: got %q", lag, found.Name)
		}
		if want := map[int]time.Duration{1: time.Second, 3: 7 * time.Second, 0: 15 * time.Second}[lag]; waited != want {
			t.Errorf("lag of %d reads: waited %s, want %s", lag, waited, want)
		}
	}
}

func TestRefresh_listGrowsOld(t *testing.T) {
	t.Parallel()
	sb := start(t)
	now := time.Now()
	client := newClient(t, sb, func(config *infisical.Config) { config.Now = func() time.Time { return now } })
	ids := addMany(sb, 3, nil)
	for _, id := range ids {
		if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(31 * time.Second)
	sb.Log.Reset()
	if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: ids[0]}); err != nil {
		t.Fatal(err)
	}
	if got := reads(sb); !slices.Equal(got, []string{listRequest}) {
		t.Errorf("got %q, want a new list", got)
	}
}

func TestRefresh_listFails(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath, Kind: server.FaultStatus, Status: http.StatusForbidden})
	client := newClient(t, sb, nil)
	for _, id := range addMany(sb, 3, nil) {
		if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: id}); err != nil {
			t.Errorf("each connection can still be read on its own: %v", err)
		}
	}
}

func TestRefresh_cancelledCallerLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	ids := addMany(sb, 3, nil)
	if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: ids[0]}); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	var once sync.Once
	sb.OnRequest(func(request *server.Request) {
		if request.Line() == listRequest {
			once.Do(func() { close(asked) })
		}
	})
	sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath, Kind: server.FaultSlow, Delay: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := client.Connections.Refresh(ctx, infisical.Known{ID: ids[1]}); err == nil {
			t.Error("a canceled refresh succeeded")
		}
	})
	<-asked
	cancel()
	if _, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: ids[2]}); err != nil {
		t.Errorf("the other caller: %v", err)
	}
	wg.Wait()
}
