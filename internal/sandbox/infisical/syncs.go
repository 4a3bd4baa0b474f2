package infisical

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The states of a run: https://infisical.com/docs/integrations/secret-syncs/overview.
const (
	SyncPending   = "pending"
	SyncRunning   = "running"
	SyncSucceeded = "succeeded"
	SyncFailed    = "failed"
)

// A Sync is a Secret Sync to GitLab as the server stores it.
type Sync struct {
	ID, Name     string
	Description  *string // nil is none
	ProjectID    string
	ConnectionID string
	// FolderID is the source: https://github.com/Infisical/infisical, backend/src/db/schemas/secret-syncs.ts.
	FolderID string
	AutoSync bool

	KeySchema       string
	DisableDeletion bool
	// IncludeSubFolders is nil when nobody said, and on a server that does not know the option.
	IncludeSubFolders *bool

	Destination SyncDestination
	// MoreOptions and MoreDestination are further members of its syncOptions and destinationConfig; see Learn.
	MoreOptions, MoreDestination map[string]any
	// Elsewhere: it is a sync to something other than GitLab, whose destination nobody here knows.
	Elsewhere bool

	// Status and RemoveStatus are "" before the first run.
	Status, LastJobID, LastMessage string
	LastSyncedAt                   time.Time
	// Of removals, when one has failed.
	RemoveStatus, LastRemoveJobID, RemoveMessage string
	CreatedAt, UpdatedAt                         time.Time
}

// SyncDestination is the destinationConfig of a sync.
type SyncDestination struct {
	Scope                   string // "project" or "group"
	ID, Name                string // of the project or group, as they were sent
	Environment             string
	Protected, Masked, Hide bool
}

// Syncs returns a copy of all syncs, sorted by name.
func (i *Server) Syncs() []Sync {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	all := make([]Sync, 0, len(i.syncs))
	for _, s := range i.syncs {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Sync) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// AddSync adds a sync out of band, unchecked and without a run. It returns it with its id.
func (i *Server) AddSync(s Sync) Sync {
	i.mu.Lock()
	defer i.mu.Unlock()
	s.ID, s.CreatedAt, s.UpdatedAt = uuid.NewString(), i.now(), i.now()
	s.ProjectID = cmp.Or(s.ProjectID, i.Projects[0])
	if s.FolderID == "" && !s.Elsewhere {
		s.FolderID = i.findFolder(s.ProjectID, "prod", "/").id
	}
	i.syncs = append(i.syncs, &s)
	return s
}

// ChangeSync changes a sync as somebody does in the web page, where that queues a run when auto-sync is on.
func (i *Server) ChangeSync(id string, change func(*Sync)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s := i.findSync(id)
	if s == nil {
		panic("sandbox: no sync has the id " + id)
	}
	change(s)
	s.UpdatedAt = i.now()
	if s.AutoSync {
		i.queueRun(s)
	}
}

// RunSync queues a run, as somebody does in the web page.
func (i *Server) RunSync(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.queueRun(i.findSync(id))
}

// RemoveSync deletes a sync out of band. Its variables stay.
func (i *Server) RemoveSync(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.removeSync(id)
}

func (i *Server) removeSync(id string) {
	i.syncs = slices.DeleteFunc(i.syncs, func(s *Sync) bool { return strings.EqualFold(s.ID, id) })
}

func (i *Server) findSync(id string) *Sync { return syncWithID(i.syncs, id) }

func syncWithID(syncs []*Sync, id string) *Sync {
	n := slices.IndexFunc(syncs, func(s *Sync) bool { return strings.EqualFold(s.ID, id) })
	if n < 0 {
		return nil
	}
	return syncs[n]
}

// showSync is a sync as every route answers it.
func (i *Server) showSync(s *Sync) map[string]any {
	options := map[string]any{"initialSyncBehavior": overwriteDestination, "disableSecretDeletion": s.DisableDeletion}
	if s.KeySchema != "" {
		options["keySchema"] = s.KeySchema
	}
	destination := map[string]any{
		"scope": s.Destination.Scope, s.Destination.Scope + "Id": s.Destination.ID, s.Destination.Scope + "Name": s.Destination.Name,
		"targetEnvironment": s.Destination.Environment, "shouldProtectSecrets": s.Destination.Protected,
		"shouldMaskSecrets": s.Destination.Masked, "shouldHideSecrets": s.Destination.Hide,
	}
	shown := map[string]any{
		"id": s.ID, "name": s.Name, "description": s.Description, "version": 1, "isAutoSyncEnabled": s.AutoSync, "projectId": s.ProjectID,
		"connectionId": s.ConnectionID, "createdAt": server.JSONTime(s.CreatedAt), "updatedAt": server.JSONTime(s.UpdatedAt),
		"syncStatus": orNull(s.Status), "lastSyncJobId": orNull(s.LastJobID), "lastSyncMessage": orNull(s.LastMessage), "lastSyncedAt": nil,
		"importStatus": nil, "lastImportJobId": nil, "lastImportMessage": nil, "lastImportedAt": nil,
		"removeStatus": orNull(s.RemoveStatus), "lastRemoveJobId": orNull(s.LastRemoveJobID),
		"lastRemoveMessage": orNull(s.RemoveMessage), "lastRemovedAt": nil,
		"syncOptions": options, "destination": appGitLab, "destinationConfig": destination,
		"connection": map[string]any{"app": appGitLab, "name": "", "id": s.ConnectionID},
		"folderId":   nil, "folder": nil, "environment": nil,
	}
	i.showLearned(s, shown, options, destination)
	if c := i.find(s.ConnectionID); c != nil {
		shown["connection"] = map[string]any{"app": c.App, "name": c.Name, "id": c.ID}
	}
	if !s.LastSyncedAt.IsZero() {
		shown["lastSyncedAt"] = server.JSONTime(s.LastSyncedAt)
	}
	if source := i.sourceOf(s); source != nil {
		f := source[0]
		shown["folderId"] = f.id
		shown["folder"] = map[string]any{"id": f.id, "path": f.path}
		shown["environment"] = map[string]any{"id": "env-" + f.environment, "name": strings.ToUpper(f.environment[:1]) + f.environment[1:],
			"slug": f.environment}
	}
	return shown
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
