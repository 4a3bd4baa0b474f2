package infisical

import (
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
	ID                transport.Data  `json:"id"`
	Name              transport.Data  `json:"name"`
	Description       *transport.Data `json:"description"`
	ProjectID         transport.Data  `json:"projectId"`
	ConnectionID      transport.Data  `json:"connectionId"`
	AutoSync          bool            `json:"isAutoSyncEnabled"`
	SyncStatus        transport.Data  `json:"syncStatus"`
	LastSyncJobID     transport.Data  `json:"lastSyncJobId"`
	LastSyncMessage   foreign         `json:"lastSyncMessage"`
	LastSyncedAt      *time.Time      `json:"lastSyncedAt"`
	RemoveStatus      transport.Data  `json:"removeStatus"`
	LastRemoveJobID   transport.Data  `json:"lastRemoveJobId"`
	LastRemoveMessage foreign         `json:"lastRemoveMessage"`
	CreatedAt         time.Time       `json:"createdAt"`
	UpdatedAt         time.Time       `json:"updatedAt"`
	Options           struct {
		KeySchema       transport.Data `json:"keySchema"`
		DisableDeletion bool           `json:"disableSecretDeletion"`
		SubFolders      *bool          `json:"includeAllSubFolders"`
	} `json:"syncOptions"`
	Destination struct {
		Scope       transport.Data  `json:"scope"`
		ProjectID   transport.Data  `json:"projectId"`
		ProjectName transport.Data  `json:"projectName"`
		GroupID     transport.Data  `json:"groupId"`
		GroupName   transport.Data  `json:"groupName"`
		Environment *transport.Data `json:"targetEnvironment"`
		Protected   bool            `json:"shouldProtectSecrets"`
		Masked      bool            `json:"shouldMaskSecrets"`
		Hidden      bool            `json:"shouldHideSecrets"`
	} `json:"destinationConfig"`
	Environment *struct {
		Slug transport.Data `json:"slug"`
	} `json:"environment"`
	Folder *struct {
		Path transport.Data `json:"path"`
	} `json:"folder"`
}

// errNoSync is an answer that makes no sense.
var errNoSync = errors.New("the answer does not describe a secret sync to GitLab")

// sync checks what identifies a sync.
func (c *Client) sync(wire wireSync) (Sync, error) {
	target := syncTarget(wire)
	if wire.ID == "" || wire.Name == "" || wire.ProjectID == "" || target.ID == "" || target.Kind != TargetProject && target.Kind != TargetGroup {
		return Sync{}, errNoSync
	}
	if !areIdentifiers(wire.ID, wire.ProjectID, wire.ConnectionID, wire.SyncStatus, wire.RemoveStatus) {
		return Sync{}, errNoSync
	}
	sync := Sync{
		ID: string(wire.ID), ProjectID: string(wire.ProjectID),
		SyncSettings: SyncSettings{
			Name: string(wire.Name), Description: (*string)(wire.Description), ConnectionID: string(wire.ConnectionID), Target: target,
			KeySchema: string(wire.Options.KeySchema), KeepUnmanaged: wire.Options.DisableDeletion, AutoSync: wire.AutoSync,
		},
		SourceGone: wire.Environment == nil || wire.Folder == nil,
		CreatedAt:  wire.CreatedAt,
		UpdatedAt:  wire.UpdatedAt,
	}
	if !sync.SourceGone {
		sync.Environment, sync.SecretPath = string(wire.Environment.Slug), string(wire.Folder.Path)
	}
	if wire.Options.SubFolders != nil {
		sync.SubFolders, sync.SubFoldersKnown = *wire.Options.SubFolders, true
	}
	sync.Run, sync.Removal = c.syncRuns(wire)
	return sync, nil
}

// syncTarget has no ID when the answer names no target.
func syncTarget(wire wireSync) SyncTarget {
	to := wire.Destination
	target := SyncTarget{
		Kind: string(to.Scope), ID: string(to.ProjectID), Name: string(to.ProjectName),
		EnvironmentScope: "*", Protected: to.Protected, Masked: to.Masked, Hidden: to.Hidden,
	}
	if target.Kind == TargetGroup {
		target.ID, target.Name = string(to.GroupID), string(to.GroupName)
	}
	if to.Environment != nil {
		target.EnvironmentScope = string(*to.Environment)
	}
	return target
}

// syncRuns are the latest run and the latest removal.
func (c *Client) syncRuns(wire wireSync) (run, removal SyncRun) {
	run = SyncRun{Status: string(wire.SyncStatus), JobID: string(wire.LastSyncJobID)}
	removal = SyncRun{Status: string(wire.RemoveStatus), JobID: string(wire.LastRemoveJobID)}
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
