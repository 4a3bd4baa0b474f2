package infisical

import (
	"net/http"
	"slices"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// syncRules are what an organization and its plan say about syncs, and how a test has them run.
type syncRules struct {
	most            int // syncs; 0 is no limit
	blockDuplicates bool
	delayed         bool // runs by delay, instead of a random time
	delay           time.Duration
	// slow and slowRemoval are how long an attempt of a run and a removal take; 0 is the usual time.
	slow, slowRemoval time.Duration
	removals          RemovalOrder
	subFoldersOnTop   bool // see PutSubFoldersOnTop
}

// DelayRuns makes every run begin so long after it was queued, for tests that need each time the same requests.
func (i *Server) DelayRuns(by time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.delayed, i.syncRules.delay = true, by
}

// SlowRuns makes every attempt of a run take so long, in which the sync is locked.
func (i *Server) SlowRuns(attempt time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.slow = attempt
}

// SlowRemovals makes every removal take so long, in which the sync is locked.
func (i *Server) SlowRemovals(attempt time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.slowRemoval = attempt
}

// Busy reports whether a job holds the lock of a sync, so that the server begins nothing else with it.
func (i *Server) Busy(syncID string) bool {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.findSync(syncID)
	return s != nil && i.isBusy(s, i.now())
}

// LimitSyncs makes the plan one with so many syncs at most.
func (i *Server) LimitSyncs(most int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.most = most
}

// BlockDuplicateDestinations switches on that no two syncs of the organization may write to the same destination, as
// its settings offer (blockDuplicateSecretSyncDestinations).
func (i *Server) BlockDuplicateDestinations() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.syncRules.blockDuplicates = true
}

// Expel ends an identity's membership of a project.
func (i *Server) Expel(clientID, projectID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, id := range i.identities {
		if id.clientID == clientID {
			id.strangerTo = append(id.strangerTo, projectID)
		}
	}
}

// refuseSurplus is the plan's word. The lock is held, as below.
func (i *Server) refuseSurplus(id *identity) *server.Reply {
	count := 0
	for _, s := range i.syncs {
		if i.projectByID(s.ProjectID).OrgID == id.orgID {
			count++
		}
	}
	if i.syncRules.most == 0 || count < i.syncRules.most {
		return nil
	}
	failure := badRequest("Failed to create secret sync due to plan limit reached. Upgrade plan to add more secret syncs.")
	return &failure
}

// refuseDuplicate acts only where the organization wants it. That an update without a destination is not checked, and
// which words remain when the project is none of the caller's, are inferences.
func (i *Server) refuseDuplicate(id *identity, s *Sync, connectionID string) *server.Reply {
	if !i.syncRules.blockDuplicates {
		return nil
	}
	asked := *s
	if connectionID != "" {
		asked.ConnectionID = connectionID
	}
	other := i.duplicateOf(&asked, id)
	if other == nil {
		return nil
	}
	where := " in another project in your organization."
	if i.projectOf(other.ProjectID, id) == nil {
		where = " in project " + other.ProjectID + "."
	}
	failure := badRequest("A secret sync with this destination already exists" + where)
	return &failure
}

// duplicateOf finds another sync of the organization that writes to where this one does: the same project or group, by
// the text of its id, and the same scope or one that stands for all. The names and flags of the two do not count. Which
// GitLab they write to counts for the newest server only, which reads it from the connections:
// backend/src/services/secret-sync/secret-sync-service.ts of https://github.com/Infisical/infisical
func (i *Server) duplicateOf(s *Sync, id *identity) *Sync {
	n := slices.IndexFunc(i.syncs, func(other *Sync) bool {
		ours, theirs := s.Destination, other.Destination
		return other.ID != s.ID && !other.Elsewhere && i.projectByID(other.ProjectID).OrgID == id.orgID &&
			ours.Scope == theirs.Scope && ours.ID == theirs.ID && ours.meets(theirs) && i.sameGitLab(s.ConnectionID, other.ConnectionID)
	})
	if n < 0 {
		return nil
	}
	return i.syncs[n]
}

func (d SyncDestination) meets(other SyncDestination) bool {
	all := func(environment string) bool { return environment == "*" || environment == "" }
	return d.Environment == other.Environment || all(d.Environment) || all(other.Environment)
}

// sameGitLab is true where nobody said which connections.
func (i *Server) sameGitLab(oneID, otherID string) bool {
	one, other := i.find(oneID), i.find(otherID)
	return i.older || one == nil || other == nil || deref(one.InstanceURL) == deref(other.InstanceURL)
}

// checkDestination tells whether another sync writes to a destination, and names its project to those who are in it.
// That the newest route passes a connectionId on is an inference: its service takes one.
func (i *Server) checkDestination(c *call) server.Reply {
	sent, failure := c.sent(checkDestinationSchema)
	if failure != nil {
		return *failure
	}
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	if failure := i.projectOf(sent.text("projectId"), c.identity); failure != nil {
		return *failure
	}
	if failure := permitsSync(c.identity, "read"); failure != nil {
		return *failure
	}
	destination, _ := sent["destinationConfig"].(map[string]any)
	other := i.duplicateOf(&Sync{
		ID: sent.text("excludeSyncId"), ConnectionID: sent.text("connectionId"), Destination: destinationOf(destination),
	}, c.identity)
	found := map[string]any{"hasDuplicate": other != nil}
	if other != nil && i.projectOf(other.ProjectID, c.identity) == nil {
		found["duplicateProjectId"] = other.ProjectID
	}
	return server.Reply{Status: http.StatusOK, Body: found}
}
