package infisical

// A replica answers reads with what it has seen. The server looks connections up at a replica of its database where
// there is one, before it writes as well: https://infisical.com/docs/self-hosting/configuration/envs
// (DB_READ_REPLICAS).
type replica struct {
	connections []*storedConnection
	// left is how many reads it answers before it has caught up; below 0 is no end.
	left int
}

// Lag makes the server answer so many reads of connections from a replica that sees nothing of what happens from now
// on, 0 until catchUp is called.
func (i *Server) Lag(reads int) (catchUp func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	lagging := &replica{left: reads}
	if reads == 0 {
		lagging.left = -1
	}
	for _, c := range i.connections {
		lagging.connections = append(lagging.connections, new(*c))
	}
	i.replica = lagging
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.replica = nil
	}
}

// readable are the connections that a look-up finds. The lock is held, as below.
func (i *Server) readable() []*storedConnection {
	if i.replica == nil || i.replica.left == 0 {
		return i.connections
	}
	return i.replica.connections
}

// countRead is called at the end of each read.
func (i *Server) countRead() {
	if i.replica != nil && i.replica.left > 0 {
		i.replica.left--
	}
}
