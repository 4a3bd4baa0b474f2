package infisical_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

const listRequest = "GET " + connectionsPath

// reads are the requests since the last reset of the log, without the logins.
func reads(sb *sandbox.Sandbox) []string {
	return slices.DeleteFunc(asked(sb), func(line string) bool { return line == loginRequest })
}

func addMany(sb *sandbox.Sandbox, n int, projectID *string) []string {
	var ids []string
	for i := range n {
		ids = append(ids, sb.Infisical.Add(sandbox.Connection{Name: fmt.Sprintf("c%d", i), ProjectID: projectID, AccessTokenType: "group"}).ID)
	}
	return ids
}

func TestRefresh_oneConnection(t *testing.T) {
	t.Parallel()
	sb := start(t)
	id := addMany(sb, 1, nil)[0]
	if _, err := newClient(t, sb, nil).Refresh(t.Context(), id, ""); err != nil {
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
				found, err := client.Refresh(t.Context(), id, scope)
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
				if _, err := client.Update(t.Context(), id, infisical.Change{Name: "renamed"}); err != nil {
					t.Fatal(err)
				}
			},
			check: func(c infisical.Connection, err error) bool { return err == nil && c.Name == "renamed" },
			want:  []string{getRequest},
		},
		"deleted since": {
			after: func(t *testing.T, _ *sandbox.Sandbox, client *infisical.Client, id string) {
				if err := client.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			},
			check: func(_ infisical.Connection, err error) bool { return infisical.IsNotFound(err) },
			want:  []string{getRequest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			client := newClient(t, sb, nil)
			ids := addMany(sb, 3, nil)
			for _, id := range ids[:2] {
				if _, err := client.Refresh(t.Context(), id, ""); err != nil {
					t.Fatal(err)
				}
			}
			tc.after(t, sb, client, ids[2])
			sb.Log.Reset()
			if found, err := client.Refresh(t.Context(), ids[2], ""); !tc.check(found, err) {
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
		if _, err := client.Refresh(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
	}
	sb.Log.Reset()
	if _, err := client.Refresh(t.Context(), unknownID, ""); !infisical.IsNotFound(err) {
		t.Errorf("got %v, want not found", err)
	}
	if got := reads(sb); !slices.Equal(got, []string{getRequest}) {
		t.Errorf("got %q: what a list does not hold must be asked for before it is called gone", got)
	}
}

func TestRefresh_listGrowsOld(t *testing.T) {
	t.Parallel()
	sb := start(t)
	now := time.Now()
	client := newClient(t, sb, func(config *infisical.Config) { config.Now = func() time.Time { return now } })
	ids := addMany(sb, 3, nil)
	for _, id := range ids {
		if _, err := client.Refresh(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(31 * time.Second)
	sb.Log.Reset()
	if _, err := client.Refresh(t.Context(), ids[0], ""); err != nil {
		t.Fatal(err)
	}
	if got := reads(sb); !slices.Equal(got, []string{listRequest}) {
		t.Errorf("got %q, want a new list", got)
	}
}

func TestRefresh_listFails(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodGet, Path: connectionsPath, Kind: sandbox.FaultStatus, Status: http.StatusForbidden})
	client := newClient(t, sb, nil)
	for _, id := range addMany(sb, 3, nil) {
		if _, err := client.Refresh(t.Context(), id, ""); err != nil {
			t.Errorf("each connection can still be read on its own: %v", err)
		}
	}
}

func TestRefresh_cancelledCallerLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, nil)
	ids := addMany(sb, 3, nil)
	if _, err := client.Refresh(t.Context(), ids[0], ""); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	var once sync.Once
	sb.OnRequest(func(request *sandbox.Request) {
		if request.Line() == listRequest {
			once.Do(func() { close(asked) })
		}
	})
	sb.Fail(sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodGet, Path: connectionsPath, Kind: sandbox.FaultSlow, Delay: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := client.Refresh(ctx, ids[1], ""); err == nil {
			t.Error("a cancelled refresh succeeded")
		}
	})
	<-asked
	cancel()
	if _, err := client.Refresh(t.Context(), ids[2], ""); err != nil {
		t.Errorf("the other caller: %v", err)
	}
	wg.Wait()
}
