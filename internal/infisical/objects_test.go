package infisical_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// objectsOf are the objects of one kind, and what is done with them by a client.
type objectsOf[T infisical.Object] struct {
	of        func(*infisical.Client) *infisical.Objects[T]
	path      string
	projectID func(*syncing) string
	create    func(s *syncing, name string) (T, error)
	delete    func(s *syncing, id string) error
	// find looks for what create made, and findAnother for what is like it but for its target, or its GitLab.
	find, findAnother func(s *syncing, name string, began time.Time) (T, error)
}

// What holds for objects of every kind.
func TestObjects(t *testing.T) {
	t.Parallel()
	inProject := func(s *syncing, name string) infisical.NewConnection {
		connection := wanted(s.sb, name)
		connection.ProjectID = s.projectID()
		return connection
	}
	sync := func(s *syncing, name, target string) infisical.Sync {
		return s.settings(func(sync *infisical.Sync) { sync.Name, sync.Target.ID = name, target })
	}
	source := func(s *syncing, name string, target int64) infisical.DataSource {
		return s.scanning(func(source *infisical.DataSource) { source.Name, source.Target.ID = name, target })
	}
	testObjects(t, "connections", objectsOf[infisical.Connection]{
		of:   func(c *infisical.Client) *infisical.Objects[infisical.Connection] { return c.Connections.Objects },
		path: connectionsPath, projectID: (*syncing).projectID,
		create: func(s *syncing, name string) (infisical.Connection, error) {
			return s.client.Connections.Create(s.t.Context(), inProject(s, name))
		},
		delete: func(s *syncing, id string) error { return s.client.Connections.Delete(s.t.Context(), id) },
		find: func(s *syncing, name string, began time.Time) (infisical.Connection, error) {
			return s.client.Connections.FindCreated(s.t.Context(), inProject(s, name), began)
		},
		findAnother: func(s *syncing, name string, began time.Time) (infisical.Connection, error) {
			other := inProject(s, name)
			other.Credentials.InstanceURL = infisical.DefaultInstanceURL
			return s.client.Connections.FindCreated(s.t.Context(), other, began)
		},
	})
	testObjects(t, "syncs", objectsOf[infisical.Sync]{
		of:   func(c *infisical.Client) *infisical.Objects[infisical.Sync] { return c.Syncs.Objects },
		path: syncsPath, projectID: (*syncing).projectID,
		create: func(s *syncing, name string) (infisical.Sync, error) {
			return s.client.Syncs.Create(s.t.Context(), sync(s, name, "1203"))
		},
		delete: func(s *syncing, id string) error { return s.client.Syncs.Delete(s.t.Context(), id, false) },
		find: func(s *syncing, name string, began time.Time) (infisical.Sync, error) {
			return s.client.Syncs.FindCreated(s.t.Context(), sync(s, name, "1203"), began)
		},
		findAnother: func(s *syncing, name string, began time.Time) (infisical.Sync, error) {
			return s.client.Syncs.FindCreated(s.t.Context(), sync(s, name, "1"), began)
		},
	})
	testObjects(t, "data sources", objectsOf[infisical.DataSource]{
		of:   func(c *infisical.Client) *infisical.Objects[infisical.DataSource] { return c.DataSources.Objects },
		path: dataSourcesPath, projectID: func(s *syncing) string { return s.sb.Infisical.ScanningProject },
		create: func(s *syncing, name string) (infisical.DataSource, error) {
			return s.client.DataSources.Create(s.t.Context(), source(s, name, 1203))
		},
		delete: func(s *syncing, id string) error { return s.client.DataSources.Delete(s.t.Context(), id) },
		find: func(s *syncing, name string, began time.Time) (infisical.DataSource, error) {
			return s.client.DataSources.FindCreated(s.t.Context(), source(s, name, 1203), began)
		},
		findAnother: func(s *syncing, name string, began time.Time) (infisical.DataSource, error) {
			return s.client.DataSources.FindCreated(s.t.Context(), source(s, name, 1), began)
		},
	})
}

func testObjects[T infisical.Object](t *testing.T, kind string, o objectsOf[T]) {
	t.Helper()
	for name, test := range map[string]func(*testing.T){"found": o.testFound, "refreshed": o.testRefreshed, "lost": o.testLost} {
		t.Run(kind+", "+name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// By id, by name, in the list, and not after a deletion.
func (o objectsOf[T]) testFound(t *testing.T) {
	s := startSyncing(t)
	objects, project := o.of(s.client), o.projectID(s)
	made := succeed[T](t)(o.create(s, "app"))
	id := made.Common().ID
	same(t, "project", made.Common().ProjectID, project)
	same(t, "by id", succeed[T](t)(objects.Get(t.Context(), id)), made)
	same(t, "by name", succeed[T](t)(objects.GetByName(t.Context(), "app", project)), made)
	same(t, "in the list", succeed[[]T](t)(objects.List(t.Context(), project))[0].Common(), made.Common())
	if _, err := o.create(s, "app"); !infisical.NameTaken.Is(err) {
		t.Errorf("made twice: %v", err)
	}
	if err := o.delete(s, id); err != nil {
		t.Fatal(err)
	}
	same(t, "left", len(succeed[[]T](t)(objects.List(t.Context(), project))), 0)
	if err := o.delete(s, id); !infisical.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
}

// A refresh of many is one GET and one list.
func (o objectsOf[T]) testRefreshed(t *testing.T) {
	s := startSyncing(t)
	var ids []string
	for _, name := range []string{"one", "two", "three", "four"} {
		ids = append(ids, succeed[T](t)(o.create(s, name)).Common().ID)
	}
	other := o.of(newClient(t, s.sb, nil))
	s.sb.Log.Reset()
	for _, id := range ids {
		same(t, "id", succeed[T](t)(other.Refresh(t.Context(), infisical.Known{ID: id, ProjectID: o.projectID(s)})).Common().ID, id)
	}
	same(t, "requests", reads(s.sb), []string{"GET " + o.path + "/{id}", "GET " + o.path})
}

// What a POST without an answer made is found, unless it is another one, or was there before.
func (o objectsOf[T]) testLost(t *testing.T) {
	s := startSyncing(t)
	lift := s.sb.Fail(server.Fault{Server: server.Infisical, Method: http.MethodPost, Path: o.path, Kind: server.FaultDropAfter})
	s.reconnect()
	began := s.now
	_, err := o.create(s, "app")
	lift()
	same(t, "ambiguous", infisical.IsAmbiguous(err), true)
	same(t, "found", succeed[T](t)(o.find(s, "app", began)).Common().Name, "app")
	if _, err := o.findAnother(s, "app", began); err == nil {
		t.Error("another one was taken for ours")
	}
	if _, err := o.find(s, "app", began.Add(time.Hour)); err == nil {
		t.Error("one that existed before was taken for ours")
	}
}
