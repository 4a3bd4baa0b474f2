package infisical

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// wire is the body of a request. Options and destination replace what is stored as a whole, so they are always
// complete, with what before has beyond what is known here. Servers take includeAllSubFolders in one of two places, and
// drop it in the other.
func (s SyncSettings) wire(before Sync) map[string]any {
	options := map[string]any{
		"initialSyncBehavior": "overwrite-destination", "disableSecretDeletion": s.KeepUnmanaged, "includeAllSubFolders": s.SubFolders,
	}
	if s.KeySchema != "" {
		options["keySchema"] = s.KeySchema
	}
	destination := s.Target.wire()
	before.kept.options.addTo(options)
	before.kept.destination.addTo(destination)
	return map[string]any{
		"name": s.Name, "description": s.Description, "connectionId": s.ConnectionID, "environment": s.Environment, "secretPath": s.SecretPath,
		"isAutoSyncEnabled": s.AutoSync, "includeAllSubFolders": s.SubFolders, "syncOptions": options, "destinationConfig": destination,
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
	// SubFolders is here, or in Options.
	SubFolders  *bool           `json:"includeAllSubFolders"`
	Options     wireSyncOptions `json:"syncOptions"`
	Destination wireDestination `json:"destinationConfig"`
	Environment *struct {
		Slug transport.Data `json:"slug"`
	} `json:"environment"`
	Folder *struct {
		Path transport.Data `json:"path"`
	} `json:"folder"`
}

// wireSyncOptions are the syncOptions of a response.
type wireSyncOptions struct {
	InitialBehavior transport.Data `json:"initialSyncBehavior"`
	KeySchema       transport.Data `json:"keySchema"`
	DisableDeletion bool           `json:"disableSecretDeletion"`
	SubFolders      *bool          `json:"includeAllSubFolders"`

	beyond beyond
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *wireSyncOptions) UnmarshalJSON(raw []byte) (err error) {
	type plain wireSyncOptions
	if err := json.Unmarshal(raw, (*plain)(w)); err != nil {
		return err
	}
	w.beyond, err = beyondOf(raw, *w)
	return err
}

// wireDestination is the destinationConfig of a response.
type wireDestination struct {
	Scope       transport.Data  `json:"scope"`
	ProjectID   transport.Data  `json:"projectId"`
	ProjectName transport.Data  `json:"projectName"`
	GroupID     transport.Data  `json:"groupId"`
	GroupName   transport.Data  `json:"groupName"`
	Environment *transport.Data `json:"targetEnvironment"`
	Protected   bool            `json:"shouldProtectSecrets"`
	Masked      bool            `json:"shouldMaskSecrets"`
	Hidden      bool            `json:"shouldHideSecrets"`

	beyond beyond
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *wireDestination) UnmarshalJSON(raw []byte) (err error) {
	type plain wireDestination
	if err := json.Unmarshal(raw, (*plain)(w)); err != nil {
		return err
	}
	w.beyond, err = beyondOf(raw, *w)
	return err
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
	if told := cmp.Or(wire.Options.SubFolders, wire.SubFolders); told != nil {
		sync.SubFolders, sync.SubFoldersKnown = *told, true
	}
	sync.Run, sync.Removal = c.syncRuns(wire)
	sync.kept.options, sync.kept.destination = wire.Options.beyond, wire.Destination.beyond
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
