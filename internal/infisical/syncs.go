package infisical

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const syncsPath = "/api/v1/secret-syncs/gitlab"

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

// Sync is a Secret Sync to GitLab as the server describes it. It never holds a secret that it syncs.
type Sync struct {
	ID        string
	ProjectID string
	SyncSettings

	// SourceGone: the folder or environment that the sync reads was deleted, so that SyncSettings has no Environment
	// and SecretPath.
	SourceGone bool
	// SubFoldersKnown: the server told of SubFolders. One that does not know the option drops it.
	SubFoldersKnown bool

	// Run is the latest run. Removal is the removal of the variables, with which a deletion begins.
	Run     SyncRun
	Removal SyncRun

	CreatedAt time.Time
	// UpdatedAt moves with every write and every run. It is the server's time; zero when the server did not say.
	UpdatedAt time.Time

	// kept is what its options and its destination have beyond SyncSettings.
	kept struct{ options, destination beyond }
}

// Record implements Object.
func (s Sync) Record() Record {
	return Record{ID: s.ID, Name: s.Name, ProjectID: s.ProjectID, UpdatedAt: s.UpdatedAt}
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

// SyncSettings are what can be changed of a sync.
type SyncSettings struct {
	Name string
	// Description is nil for none.
	Description  *string
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
}

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

// syncObjects is how syncs are asked for.
func (c *Client) syncObjects() *objects[wireSync, Sync] {
	return objects[wireSync, Sync]{
		path: syncsPath, byName: "/sync-name", kind: "secret sync", one: "secretSync", many: "secretSyncs", read: c.sync, none: errNoSync,
	}.ready(c)
}

// GetSync returns the sync with this id, by GET …/gitlab/:syncId.
func (c *Client) GetSync(ctx context.Context, id string) (Sync, error) {
	return c.syncs.get(ctx, id)
}

// GetSyncByName returns the sync of this name in a project, by GET …/gitlab/sync-name/:syncName.
func (c *Client) GetSyncByName(ctx context.Context, name, projectID string) (Sync, error) {
	return c.syncs.getByName(ctx, name, projectID)
}

// ListSyncs returns the syncs of a project as far as this identity may see them, by GET …/gitlab.
func (c *Client) ListSyncs(ctx context.Context, projectID string) ([]Sync, error) {
	return c.syncs.all(ctx, projectID)
}

// RefreshSync is Refresh for a sync. An import does not know the project, without which no syncs are listed.
func (c *Client) RefreshSync(ctx context.Context, known Known) (Sync, error) {
	if known.ProjectID == "" {
		return c.GetSync(ctx, known.ID)
	}
	return c.syncs.refresh(ctx, known)
}

// FindSync is Find for a sync.
func (c *Client) FindSync(ctx context.Context, known Known) (Sync, error) {
	return c.syncs.find(ctx, known)
}

// CreateSync makes a sync, by POST …/gitlab, and with AutoSync queues its first run. When the outcome stays unknown the
// error is ambiguous; FindCreatedSync finds out.
func (c *Client) CreateSync(ctx context.Context, projectID string, settings SyncSettings) (Sync, error) {
	body := settings.wire(Sync{})
	body["projectId"] = projectID
	return c.syncs.send(ctx, call{
		operation: fmt.Sprintf("create the GitLab secret sync %q", settings.Name),
		method:    http.MethodPost, path: syncsPath, body: body, refersTo: []string{settings.ConnectionID},
	})
}

// UpdateSync changes a sync, by PATCH …/gitlab/:syncId, and with AutoSync queues a run, whatever has changed. The sync
// is given as the server has just described it: what it has beyond SyncSettings stays.
func (c *Client) UpdateSync(ctx context.Context, before Sync, settings SyncSettings) (Sync, error) {
	return c.syncs.send(ctx, call{
		operation: fmt.Sprintf("update the GitLab secret sync %q", settings.Name),
		method:    http.MethodPatch, path: syncsPath, parameter: before.ID, body: settings.wire(before), refersTo: []string{settings.ConnectionID},
	})
}

// DeleteSync deletes a sync, by DELETE …/gitlab/:syncId. With removeVariables it queues the removal of the variables
// that Infisical has now; the sync is deleted when that has succeeded. The error is IsNotFound when there is none.
func (c *Client) DeleteSync(ctx context.Context, id string, removeVariables bool) error {
	call := call{operation: "delete the GitLab secret sync " + id, method: http.MethodDelete, path: syncsPath, parameter: id}
	if removeVariables {
		call.query = url.Values{"removeSecrets": {"true"}}
	}
	_, err := c.syncs.send(ctx, call)
	return err
}

// RunSync queues a run, by POST …/gitlab/:syncId/sync-secrets. Two do no more than one, so that it is queued again when
// it is not known whether it was.
func (c *Client) RunSync(ctx context.Context, id string) (Sync, error) {
	call := call{operation: "run the GitLab secret sync " + id, method: http.MethodPost, path: syncsPath, parameter: id, action: "/sync-secrets"}
	sync, err := c.syncs.send(ctx, call)
	if IsAmbiguous(err) {
		return c.syncs.send(ctx, call)
	}
	return sync, err
}

// FindCreatedSync finds out what became of a CreateSync without an answer. It looks the sync up by name, for about half
// a minute, and returns it when it is what our request made: created after the request began (a local time), and as was
// asked. Otherwise the error says what was found; finding nothing is no proof that nothing was made.
func (c *Client) FindCreatedSync(ctx context.Context, projectID string, wanted SyncSettings, began time.Time) (Sync, error) {
	found, began, err := c.syncs.findCreated(ctx, wanted.Name, projectID, began)
	if err != nil {
		return Sync{}, err
	}
	if reason := syncNotMadeBy(wanted, found, began); reason != "" {
		return Sync{}, fmt.Errorf("a secret sync %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
	}
	c.syncs.wrote(found, found.UpdatedAt)
	return found, nil
}

// syncNotMadeBy says why found is not what a request for wanted, begun at a time of the server's clock, made; empty
// when it is.
func syncNotMadeBy(wanted SyncSettings, found Sync, began time.Time) string {
	if found.CreatedAt.Before(began.Truncate(time.Second)) { // The Date header is cut to whole seconds.
		return "it existed before the request"
	}
	return found.DiffersFrom(wanted)
}

// DiffersFrom says in what a sync differs from settings; empty for nothing. A server that does not know sub-folders
// leaves them out.
func (s Sync) DiffersFrom(wanted SyncSettings) string {
	switch {
	case s.ConnectionID != wanted.ConnectionID:
		return "its connection is " + s.ConnectionID
	case s.Target != wanted.Target:
		return "its target differs"
	case s.Environment != wanted.Environment || s.SecretPath != wanted.SecretPath || s.SubFolders && !wanted.SubFolders:
		return "its source differs"
	case s.KeySchema != wanted.KeySchema || s.KeepUnmanaged != wanted.KeepUnmanaged || s.AutoSync != wanted.AutoSync:
		return "its options differ"
	case !sameDescription(s.Description, wanted.Description):
		return "its description differs"
	}
	return ""
}

// IsSyncNameConflict reports that another sync, to whatever destination, has this name in this project.
func IsSyncNameConflict(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(string(e.Message), "A Secret Sync with the name ")
}

// IsSyncBusy reports that the server is at work on the sync and does not begin anything else.
func IsSyncBusy(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(string(e.Message), "A job for this sync is already in progress")
}

// IsSourceUnreadable reports that the identity may not read, or describe, the secrets that the sync is to read. Its
// rights on syncs are not at fault.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/secret-sync-service.ts
// ($assertCanReadSyncedFolders).
func IsSourceUnreadable(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusForbidden &&
		(strings.HasPrefix(string(e.Message), "You do not have permission to read secrets at path ") ||
			e.Message == "You are not allowed to describeSecret on secrets")
}

// IsSourceMissing reports that there is no folder or environment for the sync to read.
func IsSourceMissing(err error) bool {
	e, ok := asError(err)
	if !ok || e.Status != http.StatusBadRequest {
		return false
	}
	said := string(e.Message)
	return strings.HasPrefix(said, "Could not find folder with path ") ||
		strings.HasPrefix(said, "Invalid source configuration: folder no longer exists")
}
