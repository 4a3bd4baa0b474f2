package infisical

import (
	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A RemovalOrder is what comes first when a sync is deleted together with its variables. The server queues the removal,
// without delay, and then puts the sync down as pending: deleteSecretSync of
// backend/src/services/secret-sync/secret-sync-service.ts of https://github.com/Infisical/infisical.
type RemovalOrder int

const (
	// RemovalsEndLater is the usual order: the removal begins after the answer.
	RemovalsEndLater RemovalOrder = iota
	// RemovalsEndFirst has a removal end before the sync is put down as pending, which then stays when the removal has
	// failed. When it has succeeded, there is nothing to put down, and the answer is 500.
	RemovalsEndFirst
	// RemovalsMeetRun has a run that is queued begin before the removal, which fails because of its lock.
	RemovalsMeetRun
)

// OrderRemovals sets what comes first from now on.
func (i *Server) OrderRemovals(order RemovalOrder) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.removals = order
}

// startRemoval queues the removal of a sync's variables, and with them of the sync, and answers. The lock is held.
func (i *Server) startRemoval(s *Sync) server.Reply {
	order, id := i.syncRules.removals, s.ID
	removal := &syncJob{id: uuid.NewString(), syncID: id, removal: true, at: i.now(), instant: order == RemovalsEndFirst}
	if order == RemovalsMeetRun {
		for _, run := range i.jobs {
			if run.syncID == id {
				run.at = i.now()
			}
		}
	}
	i.jobs = append(i.jobs, removal)
	if order == RemovalsEndFirst {
		i.mu.Unlock()
		i.RunJobs()
		i.mu.Lock()
		if s = i.findSync(id); s == nil {
			return internalServerError("Something went wrong")
		}
	}
	s.RemoveStatus, s.UpdatedAt = SyncPending, i.now()
	return i.syncAnswer(s)
}
