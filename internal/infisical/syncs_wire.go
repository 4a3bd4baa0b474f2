package infisical

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

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
		"destinationConfig": s.Target.wire(),
	}
}

// wire is a destinationConfig.
func (t SyncTarget) wire() map[string]any {
	return map[string]any{
		"scope": t.Kind, t.Kind + "Id": t.ID, t.Kind + "Name": t.Name, "targetEnvironment": t.EnvironmentScope,
		"shouldProtectSecrets": t.Protected, "shouldMaskSecrets": t.Masked, "shouldHideSecrets": t.Hidden,
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
	LastRemoveJobID   foreign    `json:"lastRemoveJobId"`
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
	for _, id := range []foreign{wire.ID, wire.ProjectID, wire.ConnectionID, wire.SyncStatus, wire.RemoveStatus} {
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
	run = SyncRun{Status: string(wire.SyncStatus), JobID: c.shown(wire.LastSyncJobID)}
	removal = SyncRun{Status: string(wire.RemoveStatus), JobID: c.shown(wire.LastRemoveJobID)}
	if wire.LastSyncedAt != nil {
		run.EndedAt = *wire.LastSyncedAt
	}
	if run.Status == SyncFailed {
		run.Failure = c.syncFailure(wire.LastSyncMessage)
	}
	if removal.Status == SyncFailed || wire.LastRemoveMessage != "" {
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
