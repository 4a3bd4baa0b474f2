package infisical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
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
	// SyncSettings are as they may be shown; see IsNamed and IsDescribed.
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

	stored struct{ name, description string }
}

func (s Sync) key() string          { return s.ID }
func (s Sync) writtenAt() time.Time { return s.UpdatedAt }

// IsNamed reports whether the server's name of the sync is this one.
func (s Sync) IsNamed(name string) bool { return s.stored.name == name }

// IsDescribed reports whether the server's description of the sync is this one, empty for none. The server takes off
// surrounding white space.
func (s Sync) IsDescribed(description string) bool {
	return strings.TrimSpace(s.stored.description) == strings.TrimSpace(description)
}

// SyncRun is one run of a sync, or one removal of its variables.
type SyncRun struct {
	// Status is one of the Sync constants, empty before the first.
	Status string
	// JobID is that of the latest run that has ended; of removals it is not told.
	JobID string
	// Failure is why it failed, nil when it did not.
	Failure *SyncFailure
	// EndedAt is when a run last succeeded; zero when none did. Of removals it is not told.
	EndedAt time.Time
}

// Ended reports that the run has come to its end.
func (r SyncRun) Ended() bool { return r.Status == SyncSucceeded || r.Status == SyncFailed }

// SyncFailure is why a run failed, in the server's and GitLab's words.
type SyncFailure struct {
	// Variable is the one at which the run failed, empty when it was at none of them.
	Variable string
	Reason   string
}

func (f SyncFailure) String() string {
	if f.Variable == "" {
		return f.Reason
	}
	return fmt.Sprintf("variable %s: %s", f.Variable, f.Reason)
}

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

// GetSync returns the sync with this id, by GET …/gitlab/:syncId.
func (c *Client) GetSync(ctx context.Context, id string) (Sync, error) {
	return c.oneSync(ctx, call{operation: "read the GitLab secret sync " + id, method: http.MethodGet, path: syncsPath, parameter: id})
}

// GetSyncByName returns the sync of this name in a project, by GET …/gitlab/sync-name/:syncName.
func (c *Client) GetSyncByName(ctx context.Context, name, projectID string) (Sync, error) {
	sync, _, err := c.lookUpSync(ctx, name, projectID)
	return sync, err
}

func (c *Client) lookUpSync(ctx context.Context, name, projectID string) (Sync, time.Time, error) {
	return c.oneSyncDated(ctx, call{
		operation: fmt.Sprintf("find the GitLab secret sync %q", name),
		method:    http.MethodGet, path: syncsPath + "/sync-name", parameter: name, query: scope(projectID),
	})
}

// ListSyncs returns the syncs of a project as far as this identity may see them, by GET …/gitlab.
func (c *Client) ListSyncs(ctx context.Context, projectID string) ([]Sync, error) {
	call := call{operation: "list the GitLab secret syncs", method: http.MethodGet, path: syncsPath, query: scope(projectID), large: true}
	var reply struct {
		Syncs json.RawMessage `json:"secretSyncs"`
	}
	if _, err := c.do(ctx, call, &reply); err != nil {
		return nil, err
	}
	syncs, err := c.decodeSyncs(reply.Syncs)
	if err != nil {
		return nil, &Error{Operation: call.operation, Status: http.StatusOK, cause: err}
	}
	return syncs, nil
}

// maxSyncs is as many as fit into the largest response.
const maxSyncs = 20000

func (c *Client) decodeSyncs(rows []byte) ([]Sync, error) {
	syncs := []Sync{}
	if isNothing(rows) {
		return syncs, nil
	}
	err := transport.EachElement(rows, func(decoder *json.Decoder) error {
		if len(syncs) == maxSyncs {
			return &transport.CountError{Limit: maxSyncs}
		}
		var wire wireSync
		if err := decoder.Decode(&wire); err != nil {
			return err
		}
		sync, err := c.sync(wire)
		syncs = append(syncs, sync)
		return err
	})
	if err != nil && !errors.Is(err, errNoSync) {
		err = notTheContract(err)
	}
	return syncs, err
}

// RefreshSync is FindSync for a caller that is one of many, as Refresh is for connections.
func (c *Client) RefreshSync(ctx context.Context, known Known) (Sync, error) {
	return c.syncs.refresh(ctx, known)
}

// CreateSync makes a sync, by POST …/gitlab, and with AutoSync queues its first run. When the outcome stays unknown the
// error is ambiguous; FindCreatedSync can settle it.
func (c *Client) CreateSync(ctx context.Context, projectID string, settings SyncSettings) (Sync, error) {
	body := settings.wire()
	body["projectId"] = projectID
	sync, err := c.oneSync(ctx, call{
		operation: fmt.Sprintf("create the GitLab secret sync %q", settings.Name),
		method:    http.MethodPost, path: syncsPath, body: body,
	})
	if err == nil {
		c.syncs.wrote(sync.ID)
	}
	return sync, err
}

// UpdateSync changes a sync, by PATCH …/gitlab/:syncId, and with AutoSync queues a run, whatever has changed.
func (c *Client) UpdateSync(ctx context.Context, id string, settings SyncSettings) (Sync, error) {
	c.syncs.wrote(id)
	return c.oneSync(ctx, call{
		operation: fmt.Sprintf("update the GitLab secret sync %q", settings.Name),
		method:    http.MethodPatch, path: syncsPath, parameter: id, body: settings.wire(),
	})
}

// DeleteSync deletes a sync, by DELETE …/gitlab/:syncId. With removeVariables it queues the removal of the variables
// that Infisical has now; the sync is deleted when that has succeeded. The error is IsNotFound when there is none.
func (c *Client) DeleteSync(ctx context.Context, id string, removeVariables bool) error {
	c.syncs.wrote(id)
	call := call{operation: "delete the GitLab secret sync " + id, method: http.MethodDelete, path: syncsPath, parameter: id}
	if removeVariables {
		call.query = url.Values{"removeSecrets": {"true"}}
	}
	_, err := c.oneSync(ctx, call)
	return err
}

// RunSync queues a run, by POST …/gitlab/:syncId/sync-secrets. Two do no more than one, so that it is queued again when
// it is not known whether it was.
func (c *Client) RunSync(ctx context.Context, id string) (Sync, error) {
	c.syncs.wrote(id)
	call := call{operation: "run the GitLab secret sync " + id, method: http.MethodPost, path: syncsPath, parameter: id, action: "/sync-secrets"}
	sync, err := c.oneSync(ctx, call)
	if IsAmbiguous(err) {
		return c.oneSync(ctx, call)
	}
	return sync, err
}

// FindCreatedSync settles a CreateSync whose outcome is unknown. It looks the sync up by name, for about half a minute,
// and returns it when it is what our request made: created after the request began (a local time), and as was asked.
// Otherwise the error says what was found; finding nothing is no proof that nothing was made.
func (c *Client) FindCreatedSync(ctx context.Context, projectID string, wanted SyncSettings, began time.Time) (Sync, error) {
	var found Sync
	var err error
	stopped := transport.Settle(ctx, c.config.Wait, func() bool {
		var serverNow time.Time
		if found, serverNow, err = c.lookUpSync(ctx, wanted.Name, projectID); err != nil {
			return false
		}
		began = serverBegan(serverNow, c.config.Now(), began)
		return true
	})
	switch {
	case stopped != nil:
		return Sync{}, fmt.Errorf("stopped looking for the secret sync %q: %w", wanted.Name, stopped)
	case err != nil:
		return Sync{}, fmt.Errorf("no secret sync %q appeared within half a minute: %w", wanted.Name, err)
	}
	reason := ""
	switch {
	case found.CreatedAt.Before(began.Truncate(time.Second)): // The Date header is cut to whole seconds.
		reason = "it existed before the request"
	case found.ConnectionID != wanted.ConnectionID:
		reason = "its connection is " + found.ConnectionID
	case found.Target != wanted.Target:
		reason = "its target differs"
	case found.Environment != wanted.Environment || found.SecretPath != wanted.SecretPath:
		reason = "its source differs"
	case found.KeySchema != wanted.KeySchema || found.KeepUnmanaged != wanted.KeepUnmanaged || found.AutoSync != wanted.AutoSync:
		reason = "its options differ"
	}
	if reason != "" {
		return Sync{}, fmt.Errorf("a secret sync %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
	}
	c.syncs.wrote(found.ID)
	return found, nil
}

// oneSync sends a call that answers with a single sync.
func (c *Client) oneSync(ctx context.Context, call call) (Sync, error) {
	sync, _, err := c.oneSyncDated(ctx, call)
	return sync, err
}

func (c *Client) oneSyncDated(ctx context.Context, call call) (Sync, time.Time, error) {
	var reply struct {
		Sync wireSync `json:"secretSync"`
	}
	date, err := c.do(ctx, call, &reply)
	if err != nil {
		return Sync{}, date, err
	}
	sync, err := c.sync(reply.Sync)
	if err != nil {
		return Sync{}, date, &Error{Operation: call.operation, Status: http.StatusOK, Ambiguous: true, cause: err}
	}
	return sync, date, nil
}

// IsSyncNameConflict reports that another sync, to whatever destination, has this name in this project.
func IsSyncNameConflict(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(e.Message, "A Secret Sync with the name ")
}

// IsSyncBusy reports that the server is at work on the sync and does not begin anything else.
func IsSyncBusy(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(e.Message, "A job for this sync is already in progress")
}

// IsSourceMissing reports that there is no folder or environment for the sync to read.
func IsSourceMissing(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest &&
		(strings.HasPrefix(e.Message, "Could not find folder with path ") || strings.HasPrefix(e.Message, "Invalid source configuration: folder no "+
			"longer exists"))
}

// wire is the body of a request. Options and destination replace what is stored as a whole, so they are always
// complete.
func (s SyncSettings) wire() map[string]any {
	options := map[string]any{"initialSyncBehavior": "overwrite-destination", "disableSecretDeletion": s.KeepUnmanaged}
	if s.KeySchema != "" {
		options["keySchema"] = s.KeySchema
	}
	if s.SubFolders {
		options["includeAllSubFolders"] = true
	}
	return map[string]any{
		"name": s.Name, "description": s.Description, "connectionId": s.ConnectionID, "environment": s.Environment, "secretPath": s.SecretPath,
		"isAutoSyncEnabled": s.AutoSync, "syncOptions": options,
		"destinationConfig": map[string]any{
			"scope": s.Target.Kind, s.Target.Kind + "Id": s.Target.ID, s.Target.Kind + "Name": s.Target.Name,
			"targetEnvironment": s.Target.EnvironmentScope, "shouldProtectSecrets": s.Target.Protected,
			"shouldMaskSecrets": s.Target.Masked, "shouldHideSecrets": s.Target.Hidden,
		},
	}
}

// wireSync is the secretSync of a response.
type wireSync struct {
	ID                foreign    `json:"id"`
	Name              foreign    `json:"name"`
	Description       *foreign   `json:"description"`
	ProjectID         foreign    `json:"projectId"`
	ConnectionID      foreign    `json:"connectionId"`
	AutoSync          bool       `json:"isAutoSyncEnabled"`
	SyncStatus        foreign    `json:"syncStatus"`
	LastSyncJobID     foreign    `json:"lastSyncJobId"`
	LastSyncMessage   foreign    `json:"lastSyncMessage"`
	LastSyncedAt      *time.Time `json:"lastSyncedAt"`
	RemoveStatus      foreign    `json:"removeStatus"`
	LastRemoveMessage foreign    `json:"lastRemoveMessage"`
	CreatedAt         time.Time  `json:"createdAt"`
	UpdatedAt         time.Time  `json:"updatedAt"`
	Options           struct {
		KeySchema       foreign `json:"keySchema"`
		DisableDeletion bool    `json:"disableSecretDeletion"`
		SubFolders      *bool   `json:"includeAllSubFolders"`
	} `json:"syncOptions"`
	Destination struct {
		Scope       foreign  `json:"scope"`
		ProjectID   foreign  `json:"projectId"`
		ProjectName foreign  `json:"projectName"`
		GroupID     foreign  `json:"groupId"`
		GroupName   foreign  `json:"groupName"`
		Environment *foreign `json:"targetEnvironment"`
		Protected   bool     `json:"shouldProtectSecrets"`
		Masked      bool     `json:"shouldMaskSecrets"`
		Hidden      bool     `json:"shouldHideSecrets"`
	} `json:"destinationConfig"`
	Environment *struct {
		Slug foreign `json:"slug"`
	} `json:"environment"`
	Folder *struct {
		Path foreign `json:"path"`
	} `json:"folder"`
}

// errNoSync is an answer that makes no sense.
var errNoSync = errors.New("the answer does not describe a secret sync to GitLab")

// sync checks what identifies a sync, and makes the rest fit to be shown.
func (c *Client) sync(wire wireSync) (Sync, error) {
	target := c.syncTarget(wire)
	if wire.ID == "" || wire.Name == "" || wire.ProjectID == "" || target.ID == "" || target.Kind != TargetProject && target.Kind != TargetGroup {
		return Sync{}, errNoSync
	}
	for _, id := range []foreign{wire.ID, wire.ProjectID, wire.ConnectionID, wire.LastSyncJobID, wire.SyncStatus, wire.RemoveStatus} {
		if !identifier.MatchString(string(id)) || c.shown(id) != string(id) {
			return Sync{}, errNoSync
		}
	}
	sync := Sync{
		ID: string(wire.ID), ProjectID: string(wire.ProjectID),
		SyncSettings: SyncSettings{
			Name: c.shown(wire.Name), ConnectionID: string(wire.ConnectionID), Target: target, KeySchema: c.shown(wire.Options.KeySchema),
			KeepUnmanaged: wire.Options.DisableDeletion, AutoSync: wire.AutoSync,
		},
		SourceGone: wire.Environment == nil || wire.Folder == nil,
		CreatedAt:  wire.CreatedAt,
		UpdatedAt:  wire.UpdatedAt,
	}
	if !sync.SourceGone {
		sync.Environment, sync.SecretPath = c.shown(wire.Environment.Slug), c.shown(wire.Folder.Path)
	}
	if wire.Options.SubFolders != nil {
		sync.SubFolders, sync.SubFoldersKnown = *wire.Options.SubFolders, true
	}
	sync.Run, sync.Removal = c.syncRuns(wire)
	sync.stored.name = string(wire.Name)
	if wire.Description != nil {
		sync.stored.description = string(*wire.Description)
		sync.Description = new(c.config.HTTP.Secrets.PresentableText(string(*wire.Description), transport.MessageLimit))
	}
	return sync, nil
}

// syncTarget has no ID when the answer names no target.
func (c *Client) syncTarget(wire wireSync) SyncTarget {
	to := wire.Destination
	target := SyncTarget{
		Kind: c.shown(to.Scope), ID: c.shown(to.ProjectID), Name: c.shown(to.ProjectName),
		EnvironmentScope: "*", Protected: to.Protected, Masked: to.Masked, Hidden: to.Hidden,
	}
	if target.Kind == TargetGroup {
		target.ID, target.Name = c.shown(to.GroupID), c.shown(to.GroupName)
	}
	if to.Environment != nil {
		target.EnvironmentScope = c.shown(*to.Environment)
	}
	return target
}

// syncRuns are the latest run and the latest removal.
func (c *Client) syncRuns(wire wireSync) (run, removal SyncRun) {
	run, removal = SyncRun{Status: string(wire.SyncStatus), JobID: string(wire.LastSyncJobID)}, SyncRun{Status: string(wire.RemoveStatus)}
	if wire.LastSyncedAt != nil {
		run.EndedAt = *wire.LastSyncedAt
	}
	if run.Status == SyncFailed {
		run.Failure = c.syncFailure(wire.LastSyncMessage)
	}
	if removal.Status == SyncFailed {
		removal.Failure = c.syncFailure(wire.LastRemoveMessage)
	}
	return run, removal
}

// syncFailure reads what the server recorded of a failure: JSON text whose error may itself be JSON text, unless it was
// cut at 1024 characters, and then text that is shown as it is.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/secret-sync-fns.ts (parseSyncErrorMessage)
func (c *Client) syncFailure(message foreign) *SyncFailure {
	failure := SyncFailure{Reason: string(message)}
	for range 2 {
		var wire struct {
			SecretKey string `json:"secretKey"`
			Error     string `json:"error"`
		}
		if json.Unmarshal([]byte(failure.Reason), &wire) != nil || wire.Error == "" {
			break
		}
		failure.Reason = wire.Error
		if wire.SecretKey != "" {
			failure.Variable = c.shown(foreign(wire.SecretKey))
		}
	}
	failure.Reason = c.config.HTTP.Secrets.Presentable(failure.Reason, transport.MessageLimit)
	if failure.Reason == "" {
		failure.Reason = "the server gave no reason"
	}
	return &failure
}
