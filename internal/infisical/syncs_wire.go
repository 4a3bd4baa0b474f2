package infisical

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// wire is the body of a request. Options and destination replace what is stored as a whole, so they are always
// complete, with what before has beyond what is known here. Servers take includeAllSubFolders in one of two places, and
// drop it in the other.
func (s Sync) wire(before Sync) map[string]any {
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
	wireRecord

	ConnectionID      transport.Data `json:"connectionId"`
	AutoSync          bool           `json:"isAutoSyncEnabled"`
	SyncStatus        transport.Data `json:"syncStatus"`
	LastSyncJobID     transport.Data `json:"lastSyncJobId"`
	LastSyncMessage   foreign        `json:"lastSyncMessage"`
	LastSyncedAt      *time.Time     `json:"lastSyncedAt"`
	RemoveStatus      transport.Data `json:"removeStatus"`
	LastRemoveJobID   transport.Data `json:"lastRemoveJobId"`
	LastRemoveMessage foreign        `json:"lastRemoveMessage"`
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

func (w wireSync) object(c *Client) (Sync, bool) {
	record, ok := w.record()
	target := w.target()
	if !ok || record.ProjectID == "" || target.ID == "" || target.Kind != TargetProject && target.Kind != TargetGroup ||
		!areIdentifiers(w.ConnectionID, w.SyncStatus, w.RemoveStatus) {
		return Sync{}, false
	}
	sync := Sync{
		Record: record, ConnectionID: string(w.ConnectionID), Target: target,
		KeySchema: string(w.Options.KeySchema), KeepUnmanaged: w.Options.DisableDeletion, AutoSync: w.AutoSync,
		SourceGone: w.Environment == nil || w.Folder == nil,
	}
	if !sync.SourceGone {
		sync.Environment, sync.SecretPath = string(w.Environment.Slug), string(w.Folder.Path)
	}
	if told := cmp.Or(w.Options.SubFolders, w.SubFolders); told != nil {
		sync.SubFolders, sync.SubFoldersKnown = *told, true
	}
	sync.Run, sync.Removal = w.runs(c)
	sync.kept.options, sync.kept.destination = w.Options.beyond, w.Destination.beyond
	return sync, true
}

// target has no ID when the answer names none.
func (w wireSync) target() SyncTarget {
	to := w.Destination
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

// runs are the latest run and the latest removal.
func (w wireSync) runs(c *Client) (run, removal SyncRun) {
	run = SyncRun{Status: string(w.SyncStatus), JobID: string(w.LastSyncJobID)}
	removal = SyncRun{Status: string(w.RemoveStatus), JobID: string(w.LastRemoveJobID)}
	if w.LastSyncedAt != nil {
		run.EndedAt = *w.LastSyncedAt
	}
	if run.Status == SyncFailed {
		run.Failure = c.syncFailure(w.LastSyncMessage)
	}
	if removal.Status == SyncFailed || w.LastRemoveMessage != "" {
		removal.Failure = c.syncFailure(w.LastRemoveMessage)
	}
	return run, removal
}
