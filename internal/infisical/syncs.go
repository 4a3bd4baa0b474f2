package infisical

import (
	"context"
	"net/url"
	"time"
)

// The states of a run of a sync. A sync that has not run yet has none.
const (
	SyncPending   = "pending"
	SyncRunning   = "running"
	SyncSucceeded = "succeeded"
	SyncFailed    = "failed"
)

// What a sync writes to.
const (
	TargetProject = "project"
	TargetGroup   = "group"
)

// Sync is a Secret Sync to GitLab as the server describes it, or as it is to be. It never holds a secret that it syncs.
type Sync struct {
	Record

	ConnectionID string

	// Environment is the slug of the source's environment, SecretPath its folder.
	Environment, SecretPath string
	// SubFolders: the folders below are read, too.
	SubFolders bool

	Target SyncTarget

	// KeySchema is the template of the variables' names, empty for the secrets' own.
	KeySchema string
	// KeepUnmanaged: variables that are not in Infisical stay. Otherwise they are deleted.
	KeepUnmanaged bool
	AutoSync      bool

	// The rest is the server's to tell.

	// SourceGone: the folder or environment that the sync reads was deleted, so that there is no Environment and no
	// SecretPath.
	SourceGone bool
	// SubFoldersKnown: the server told of SubFolders. One that does not know the option drops it.
	SubFoldersKnown bool

	// Run is the latest run. Removal is the removal of the variables, with which a deletion begins.
	Run     SyncRun
	Removal SyncRun

	// kept is what its options and its destination have beyond what is known here.
	kept struct{ options, destination beyond }
}

// SyncRun is one run of a sync, or one removal of its variables.
type SyncRun struct {
	// Status is one of the Sync constants, empty before the first.
	Status string
	// JobID is that of the latest one that has ended.
	JobID string
	// Failure is why it failed, nil when it did not. Of a removal it is why the latest one failed that has ended: the
	// server queues a removal before it says so, and may write pending over one that has failed already.
	Failure *SyncFailure
	// EndedAt is when a run last succeeded; zero when none did. Of removals it is not told.
	EndedAt time.Time
}

// Ended reports that the run has come to its end.
func (r SyncRun) Ended() bool { return r.Status == SyncSucceeded || r.Status == SyncFailed }

// UnderWay reports that the run is queued or has begun, and not ended.
func (r SyncRun) UnderWay() bool { return r.Status == SyncPending || r.Status == SyncRunning }

// SyncTarget is the project or group that a sync writes to, and how.
type SyncTarget struct {
	// Kind is TargetProject or TargetGroup.
	Kind string
	// ID is its numeric id; Name is shown in Infisical and is otherwise without effect.
	ID, Name string
	// EnvironmentScope is GitLab's.
	EnvironmentScope          string
	Protected, Masked, Hidden bool
}

// Syncs are the secret syncs to GitLab. UpdatedAt moves with every run of them, too.
type Syncs struct{ *Objects[Sync] }

func newSyncs(c *Client) *Syncs {
	return &Syncs{&Objects[Sync]{
		client: c, path: "/api/v1/secret-syncs/gitlab", byName: "/sync-name", kind: "secret sync",
		one: "secretSync", many: "secretSyncs", inProjects: true, read: readingOf[wireSync](c, "a secret sync to GitLab"),
	}}
}

// Create makes a sync, by POST …/gitlab, and with AutoSync queues its first run. When the outcome stays unknown the
// error is ambiguous; FindCreated finds out.
func (s *Syncs) Create(ctx context.Context, wanted Sync) (Sync, error) {
	body := wanted.wire(Sync{})
	body["projectId"] = wanted.ProjectID
	call := s.createCall(wanted.Name, body)
	call.refersTo = []string{wanted.ConnectionID}
	return s.send(ctx, call)
}

// Update changes a sync, by PATCH …/gitlab/:syncId, and with AutoSync queues a run, whatever has changed. The sync is
// given as the server has just described it: what it has beyond what is known here stays.
func (s *Syncs) Update(ctx context.Context, before, wanted Sync) (Sync, error) {
	call := s.updateCall(before.ID, wanted.Name, wanted.wire(before))
	call.refersTo = []string{wanted.ConnectionID}
	return s.send(ctx, call)
}

// Delete deletes a sync, by DELETE …/gitlab/:syncId. With removeVariables it queues the removal of the variables that
// Infisical has now; the sync is deleted when that has succeeded. The error is IsNotFound when there is none.
func (s *Syncs) Delete(ctx context.Context, id string, removeVariables bool) error {
	call := s.deleteCall(id)
	if removeVariables {
		call.query = url.Values{"removeSecrets": {"true"}}
	}
	_, err := s.send(ctx, call)
	return err
}

// Run queues a run, by POST …/gitlab/:syncId/sync-secrets. Two do no more than one, so that it is queued again when it
// is not known whether it was.
func (s *Syncs) Run(ctx context.Context, id string) (Sync, error) {
	call := s.actCall("run", id, "/sync-secrets")
	sync, err := s.send(ctx, call)
	if IsAmbiguous(err) {
		return s.send(ctx, call)
	}
	return sync, err
}

// DiffersFrom says in what a sync differs from what is wanted; empty for nothing. A server that does not know
// sub-folders leaves them out.
func (s Sync) DiffersFrom(wanted Sync) string {
	switch {
	case s.ConnectionID != wanted.ConnectionID:
		return "its connection is " + s.ConnectionID
	case s.Target != wanted.Target:
		return "its target differs"
	case s.Environment != wanted.Environment || s.SecretPath != wanted.SecretPath || s.SubFolders && !wanted.SubFolders:
		return "its source differs"
	case s.KeySchema != wanted.KeySchema || s.KeepUnmanaged != wanted.KeepUnmanaged || s.AutoSync != wanted.AutoSync:
		return "its options differ"
	case !s.describedAs(wanted.Description):
		return "its description differs"
	}
	return ""
}
