package infisical

import (
	"slices"
	"time"
)

// A replica answers reads with what it has seen. The server looks objects up at a replica of its database where there
// is one, before it writes as well: https://infisical.com/docs/self-hosting/configuration/envs (DB_READ_REPLICAS).
type replica struct {
	connections []*storedConnection
	// left is how many reads of connections it answers before it has caught up; below 0 is no end.
	left int
}

// contents are what can be read.
type contents struct {
	connections []*storedConnection
	syncs       []*Sync
	dataSources []*DataSource
}

// snapshot is what there was just before a time.
type snapshot struct {
	contents
	before time.Time
}

// Lag makes the server answer so many reads of connections from a replica that sees nothing of what happens from now
// on, 0 until catchUp is called.
func (i *Server) Lag(reads int) (catchUp func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.replica = &replica{connections: i.copied().connections, left: reads}
	if reads == 0 {
		i.replica.left = -1
	}
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.replica = nil
	}
}

// LagBy makes the server answer all reads from a replica that is so far behind, by the sandbox's clock.
func (i *Server) LagBy(behind time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.behind, i.snapshots = behind, nil
}

// takeSnapshot is called before each request.
func (i *Server) takeSnapshot() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.behind > 0 {
		i.snapshots = append(i.snapshots, snapshot{contents: i.copied(), before: i.now()})
	}
}

// copied are the contents as they are. The lock is held, as below.
func (i *Server) copied() contents {
	return contents{connections: copies(i.connections), syncs: copies(i.syncs), dataSources: copies(i.dataSources)}
}

func copies[T any](of []*T) []*T {
	all := make([]*T, len(of))
	for n, one := range of {
		all[n] = new(*one)
	}
	return all
}

// readable are the contents that a look-up finds.
func (i *Server) readable() contents {
	now := contents{connections: i.connections, syncs: i.syncs, dataSources: i.dataSources}
	if i.behind > 0 {
		seen := i.now().Add(-i.behind)
		if n := slices.IndexFunc(i.snapshots, func(s snapshot) bool { return s.before.After(seen) }); n >= 0 {
			return i.snapshots[n].contents
		}
		return now
	}
	if i.replica != nil && i.replica.left != 0 {
		now.connections = i.replica.connections
	}
	return now
}

// countRead is called at the end of each read of connections.
func (i *Server) countRead() {
	if i.replica != nil && i.replica.left > 0 {
		i.replica.left--
	}
}
