package infisical_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// moments of a list, at which somebody writes.
const (
	beforeIt    = "before the list is asked for"
	onArrival   = "when it arrives at the server"
	onAnswer    = "when the server has read it"
	afterIt     = "when it is there"
	afterLonger = "31 seconds after it was asked for"
)

// listedScope is a scope of three connections, of which the first has been refreshed, so that the next refresh lists
// them.
type listedScope struct {
	sb     *sandbox.Sandbox
	client *infisical.Client
	ids    []string

	mu  sync.Mutex
	now time.Time
}

func newListedScope(t *testing.T) *listedScope {
	t.Helper()
	s := &listedScope{sb: start(t), now: time.Now()}
	s.client = newClient(t, s.sb, func(config *infisical.Config) { config.Now = s.clock })
	s.ids = addMany(s.sb, 3, nil)
	succeed[infisical.Connection](t)(s.refresh(t, s.ids[0]))
	return s
}

func (s *listedScope) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *listedScope) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *listedScope) refresh(t *testing.T, id string) (infisical.Connection, error) {
	t.Helper()
	return s.client.Connections.Refresh(t.Context(), infisical.Known{ID: id})
}

// refreshWhile refreshes the second connection, by the list, while somebody writes at a moment of that list, and
// returns what is found of it: by the refresh itself when it was asked for before the write, else by one more.
func (s *listedScope) refreshWhile(t *testing.T, moment string, write func()) (infisical.Connection, error) {
	t.Helper()
	var once sync.Once
	ofList := func(request *server.Request) {
		if request.Line() == listRequest {
			once.Do(write)
		}
	}
	switch moment {
	case beforeIt:
		write()
	case onArrival:
		s.sb.OnRequest(ofList)
	case onAnswer:
		s.sb.OnAnswer(ofList)
	}
	found, err := s.refresh(t, s.ids[1])
	switch moment {
	case afterIt:
		write()
		return s.refresh(t, s.ids[1])
	case afterLonger:
		write()
		s.pass(31 * time.Second)
		return s.refresh(t, s.ids[1])
	}
	return found, err
}

// What this client has written is seen by every refresh that ends after it, whatever a list says.
func TestRefresh_ownWritesAndLists(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{beforeIt, onArrival, onAnswer, afterIt, afterLonger} {
		t.Run("updated "+moment, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			found, err := s.refreshWhile(t, moment, func() {
				if _, err := s.client.Connections.Update(t.Context(), s.ids[1], infisical.Change{Name: "renamed"}); err != nil {
					t.Error(err)
				}
			})
			if err != nil || found.Name != "renamed" {
				t.Errorf("got %q, %v", found.Name, err)
			}
		})
		t.Run("deleted "+moment, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			found, err := s.refreshWhile(t, moment, func() {
				if err := s.client.Connections.Delete(t.Context(), s.ids[1]); err != nil {
					t.Error(err)
				}
			})
			if !infisical.IsNotFound(err) {
				t.Errorf("got %q, %v", found.Name, err)
			}
		})
	}
}

// What others write is seen unless it comes after the server has read the list, and then after half a minute at the
// latest.
func TestRefresh_writesOfOthersAndLists(t *testing.T) {
	t.Parallel()
	for moment, seen := range map[string]bool{beforeIt: true, onArrival: true, onAnswer: false, afterIt: false, afterLonger: true} {
		t.Run("updated "+moment, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			found, err := s.refreshWhile(t, moment, func() { s.sb.Infisical.Rename(s.ids[1], "renamed") })
			if want := map[bool]string{true: "renamed", false: "c1"}[seen]; err != nil || found.Name != want {
				t.Errorf("got %q, %v, want %q", found.Name, err, want)
			}
		})
		t.Run("deleted "+moment, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			found, err := s.refreshWhile(t, moment, func() { s.sb.Infisical.Remove(s.ids[1]) })
			if infisical.IsNotFound(err) != seen {
				t.Errorf("got %q, %v", found.Name, err)
			}
		})
		t.Run("created "+moment, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			var late string
			_, err := s.refreshWhile(t, moment, func() { late = addMany(s.sb, 1, nil)[0] })
			if err != nil {
				t.Fatal(err)
			}
			if found, err := s.refresh(t, late); err != nil || found.ID != late {
				t.Errorf("got %q, %v", found.ID, err)
			}
		})
	}
}

// Deleted by others after the list that does not hold it, and before it is asked for by id, and the other way round.
func TestRefresh_betweenListAndGet(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inList, atGet bool
		want          func(error) bool
		requests      []string
	}{
		"never there":                   {want: infisical.IsNotFound, requests: []string{getRequest}},
		"created after the list":        {atGet: true, want: func(err error) bool { return err == nil }, requests: []string{getRequest}},
		"deleted after the list":        {inList: true, want: func(err error) bool { return err == nil }},
		"in the list, and there by GET": {inList: true, atGet: true, want: func(err error) bool { return err == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newListedScope(t)
			third := s.ids[2]
			connection := s.sb.Infisical.Connections()[2]
			if !tc.inList {
				s.sb.Infisical.Remove(third)
			}
			succeed[infisical.Connection](t)(s.refresh(t, s.ids[1]))
			switch {
			case tc.inList && !tc.atGet:
				s.sb.Infisical.Remove(third)
			case !tc.inList && tc.atGet:
				s.sb.Infisical.Add(connection)
			}
			s.sb.Log.Reset()
			if _, err := s.refresh(t, third); !tc.want(err) {
				t.Errorf("got %v", err)
			}
			if got := reads(s.sb); !slices.Equal(got, tc.requests) {
				t.Errorf("asked %q, want %q", got, tc.requests)
			}
		})
	}
}

// Whatever becomes of the list, each connection is found, and one that was deleted is not.
func TestRefresh_listIsOfNoUse(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"forbidden": {Kind: server.FaultStatus, Status: http.StatusForbidden},
		"500":       {Kind: server.FaultStatus, Status: http.StatusInternalServerError},
		"503":       {Kind: server.FaultStatus, Status: http.StatusServiceUnavailable},
		"HTML":      {Kind: server.FaultHTML},
		"cut off":   {Kind: server.FaultTruncate},
		"dropped":   {Kind: server.FaultDropBefore},
		"slow":      {Kind: server.FaultSlow, Delay: 300 * time.Millisecond},
		"hangs":     {Kind: server.FaultHang},
		"in pages":  {Kind: server.FaultStatus, Status: http.StatusOK, Body: `{"appConnections":[],"totalCount":3}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			fault.Server, fault.Method, fault.Path = server.Infisical, http.MethodGet, connectionsPath
			sb.Fail(fault)
			client := newClient(t, sb, nil)
			if fault.Kind == server.FaultHang {
				client = newClient(t, sb, func(config *infisical.Config) { config.HTTP = httpClient(t, 3*time.Second) })
			}
			ids := addMany(sb, 20, nil)
			inParallel(len(ids), func(i int) {
				if found, err := client.Connections.Refresh(t.Context(), infisical.Known{ID: ids[i]}); err != nil || found.ID != ids[i] {
					t.Errorf("got %q, %v", found.ID, err)
				}
			})
			lists := slices.DeleteFunc(reads(sb), func(line string) bool { return line != listRequest })
			if most := 3; len(lists) > most { // The first, and as often as the client repeats a request.
				t.Errorf("it was asked for %d times", len(lists))
			}
		})
	}
}

// An identity that may not list may still learn that a connection was deleted: the server says so of an id before it
// looks at permissions.
func TestFind_deletedAndTheListForbidden(t *testing.T) {
	t.Parallel()
	s := newListedScope(t)
	s.sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath, Kind: server.FaultStatus, Status: http.StatusForbidden})
	s.sb.Infisical.Remove(s.ids[2])
	if _, err := s.refresh(t, s.ids[2]); !infisical.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	if _, err := s.client.Connections.Find(t.Context(), infisical.Known{ID: s.ids[2]}); !infisical.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
}

// A list that takes longer than it serves is not asked for again while it is under way.
func TestRefresh_listTakesLong(t *testing.T) {
	t.Parallel()
	s := newListedScope(t)
	s.sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodGet, Path: connectionsPath, Kind: server.FaultSlow, Delay: 300 * time.Millisecond})
	var asking sync.WaitGroup
	asking.Add(10)
	s.sb.OnRequest(func(request *server.Request) {
		if request.Line() == listRequest {
			asking.Wait()
		}
	})
	inParallel(10, func(i int) {
		s.pass(31 * time.Second)
		asking.Done()
		succeed[infisical.Connection](t)(s.refresh(t, s.ids[1+i%2]))
	})
	if got, want := reads(s.sb), []string{getRequest, listRequest}; !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}

// A server that lists in pages is not taken for one that has no more.
func TestList_inPages(t *testing.T) {
	t.Parallel()
	sb := start(t)
	addMany(sb, 2, nil)
	client := newClient(t, sb, nil)
	all := succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
	for total, complete := range map[int]bool{0: true, len(all): true, len(all) + 1: false} {
		rows := make([]map[string]any, 0, len(all))
		for _, connection := range all {
			rows = append(rows, map[string]any{"id": connection.ID, "name": connection.Name, "method": connection.Method})
		}
		body, err := json.Marshal(map[string]any{"appConnections": rows, "totalCount": total})
		if err != nil {
			t.Fatal(err)
		}
		lift := sb.Fail(server.Fault{Path: connectionsPath, Kind: server.FaultStatus, Status: http.StatusOK, Body: string(body)})
		found, err := client.Connections.List(t.Context(), "")
		lift()
		switch {
		case complete && (err != nil || len(found) != len(all)):
			t.Errorf("of %d, got %d, %v", total, len(found), err)
		case !complete && (err == nil || !strings.Contains(err.Error(), "2 of 3")):
			t.Errorf("of %d, got %v", total, err)
		}
	}
}

// A thousand connections of twenty projects cost a look-up and a list for each project, and a login.
func TestRefresh_manyProjects(t *testing.T) {
	t.Parallel()
	const connections, projects = 1000, 20
	sb := start(t)
	var known []infisical.Known
	for p := range projects {
		project := sb.Infisical.AddProject(fmt.Sprintf("project-%d", p))
		for _, id := range addMany(sb, connections/projects, &project) {
			known = append(known, infisical.Known{ID: id, ProjectID: project})
		}
	}
	client := newClient(t, sb, nil)
	inParallel(len(known), func(i int) {
		if found, err := client.Connections.Refresh(t.Context(), known[i*7%len(known)]); err != nil || found.ID != known[i*7%len(known)].ID {
			t.Errorf("got %q, %v", found.ID, err)
		}
	})
	count := map[string]int{}
	for _, line := range asked(sb) {
		count[line]++
	}
	if count[listRequest] != projects || count[getRequest] != projects || count[loginRequest] != 1 || len(count) != 3 {
		t.Errorf("asked %v", count)
	}
}

// However long a walk over however many connections takes, half a minute of it costs no more than a login and three
// requests.
func TestRefresh_longWalk(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 100, 2000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			s := &listedScope{sb: sb, now: time.Now(), ids: addMany(sb, n, nil)}
			s.client = newClient(t, sb, func(config *infisical.Config) { config.Now = s.clock })
			var at []time.Time
			sb.OnRequest(func(request *server.Request) {
				if request.Line() != loginRequest {
					at = append(at, s.clock())
				}
			})
			for _, id := range s.ids {
				succeed[infisical.Connection](t)(s.refresh(t, id))
				s.pass(5 * time.Minute / time.Duration(n))
			}
			for i := 3; i < len(at); i++ {
				if at[i].Sub(at[i-3]) < 30*time.Second {
					t.Errorf("requests %d to %d came within %s", i-2, i+1, at[i].Sub(at[i-3]))
				}
			}
			if logins := logins(sb); logins != 1 {
				t.Errorf("%d logins", logins)
			}
		})
	}
}

// Providers of two aliases are two clients: what one has read or written is no news to the other, and each finds what
// is there.
func TestRefresh_twoClients(t *testing.T) {
	t.Parallel()
	first := newListedScope(t)
	second := &listedScope{sb: first.sb, client: newClient(t, first.sb, nil), ids: first.ids}
	succeed[infisical.Connection](t)(second.refresh(t, second.ids[0]))
	first.sb.Log.Reset()
	for _, s := range []*listedScope{first, second} {
		for _, id := range s.ids[1:] {
			succeed[infisical.Connection](t)(s.refresh(t, id))
		}
	}
	if got, want := reads(first.sb), []string{listRequest, listRequest}; !slices.Equal(got, want) {
		t.Errorf("asked %q, want a list for each: their identities may see different things", got)
	}
	time.Sleep(2 * time.Millisecond) // Infisical's times are cut to milliseconds.
	written := succeed[infisical.Connection](t)(first.client.Connections.Update(t.Context(), first.ids[1], infisical.Change{Name: "renamed"}))
	// Who remembers that write is not content with the list from before it.
	found := succeed[infisical.Connection](t)(second.client.Connections.Refresh(t.Context(), infisical.Known{ID: first.ids[1], WrittenAt: written.UpdatedAt}))
	if found.Name != "renamed" {
		t.Errorf("got %q", found.Name)
	}
}
