package infisical

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The routes of Secret Syncs to GitLab: https://infisical.com/docs/api-reference/endpoints/secret-syncs/gitlab/create,
// and backend/src/services/secret-sync/secret-sync-service.ts of https://github.com/Infisical/infisical for the order
// of checks.

func (i *Server) syncAnswer(s *Sync) server.Reply {
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"secretSync": i.showSync(s)}}
}

// oneSync finds the sync of a call and checks that the caller may do this to it. The lock is held.
func (i *Server) oneSync(c *call, action string) (*Sync, *server.Reply) {
	id := c.PathValue("syncId")
	if !server.UUIDPattern.MatchString(id) {
		failure := invalid([]issue{{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{"syncId"}}})
		return nil, &failure
	}
	s := syncWithID(i.readable().syncs, id)
	if s != nil && action != "read" {
		s = i.findSync(id)
	}
	if s == nil {
		if action == "read" {
			id = `"` + id + `"`
		}
		failure := notFound("Could not find GitLab Sync with ID " + id)
		return nil, &failure
	}
	if failure := i.projectOf(s.ProjectID, c.identity); failure != nil {
		return nil, failure
	}
	if failure := permitsSync(c.identity, action); failure != nil {
		return nil, failure
	}
	if s.Elsewhere {
		failure := badRequest(`Secret sync with ID "` + id + `" is not configured for GitLab`)
		return nil, &failure
	}
	return s, nil
}

func permitsSync(id *identity, action string) *server.Reply {
	if slices.Contains(id.actions, action) {
		return nil
	}
	failure := apiErrorWith(http.StatusForbidden, "PermissionDenied", "You are not allowed to "+action+" on secret-syncs", map[string]any{"details": []any{}})
	return &failure
}

// syncProject checks the project of a query.
func (i *Server) syncProject(c *call) (string, *server.Reply) {
	projectID, failure := projectQuery(c.URL.Query())
	if failure != nil {
		return "", failure
	}
	if strings.TrimSpace(projectID) == "" {
		failure := invalid([]issue{{"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false, "message": "Project ID required",
			"path": []any{"projectId"}}})
		return "", &failure
	}
	if failure := i.projectOf(projectID, c.identity); failure != nil {
		return "", failure
	}
	return projectID, permitsSync(c.identity, "read")
}

func (i *Server) listSyncs(c *call) server.Reply {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	projectID, failure := i.syncProject(c)
	if failure != nil {
		return *failure
	}
	shown := []any{}
	for _, s := range i.readable().syncs {
		if s.ProjectID == projectID && !s.Elsewhere {
			shown = append(shown, i.showSync(s))
		}
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"secretSyncs": shown}}
}

func (i *Server) getSync(c *call) server.Reply {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	s, failure := i.oneSync(c, "read")
	if failure != nil {
		return *failure
	}
	return i.syncAnswer(s)
}

func (i *Server) getSyncByName(c *call) server.Reply {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	projectID, failure := i.syncProject(c)
	if failure != nil {
		return *failure
	}
	s := syncNamed(i.readable().syncs, c.PathValue("syncName"), projectID)
	if s == nil || s.Elsewhere {
		return notFound(`Could not find GitLab Sync with name "` + c.PathValue("syncName") + `"`)
	}
	return i.syncAnswer(s)
}

func (i *Server) namedSync(name, projectID string) *Sync { return syncNamed(i.syncs, name, projectID) }

func syncNamed(syncs []*Sync, name, projectID string) *Sync {
	n := slices.IndexFunc(syncs, func(s *Sync) bool { return s.Name == name && s.ProjectID == projectID })
	if n < 0 {
		return nil
	}
	return syncs[n]
}

func (i *Server) createSync(c *call) server.Reply {
	sent, failure := c.sent(i.syncSchema(createSyncSchema))
	if failure != nil {
		return *failure
	}
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	s := &Sync{ID: uuid.NewString(), ProjectID: sent.text("projectId"), AutoSync: true, CreatedAt: now, UpdatedAt: now}
	if failure := i.refuseSurplus(c.identity); failure != nil {
		return *failure
	}
	if failure := i.projectOf(s.ProjectID, c.identity); failure != nil {
		return *failure
	}
	if failure := permitsSync(c.identity, "create"); failure != nil {
		return *failure
	}
	if failure := i.assignSync(c, s, sent); failure != nil {
		return *failure
	}
	i.syncs = append(i.syncs, s)
	if s.AutoSync {
		i.queueRun(s)
	}
	return i.syncAnswer(s)
}

func (i *Server) updateSync(c *call) server.Reply {
	sent, failure := c.sent(i.syncSchema(updateSyncSchema))
	if failure != nil {
		return *failure
	}
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	s, failure := i.oneSync(c, "edit")
	if failure != nil {
		return *failure
	}
	changed := *s
	if failure := i.assignSync(c, &changed, sent); failure != nil {
		return *failure
	}
	changed.UpdatedAt = i.now()
	*s = changed
	if s.AutoSync {
		status := s.Status
		if i.queueRun(s); i.sourceOf(s) == nil { // The run comes all the same, and fails.
			s.Status = status
		}
	}
	return i.syncAnswer(s)
}

// assignSync takes over what was sent, in the order of the server's checks: source, destination, connection, name.
func (i *Server) assignSync(c *call, s *Sync, sent fields) *server.Reply {
	before := s.FolderID
	if failure := i.assignSource(s, sent); failure != nil {
		return failure
	}
	i.assignOptions(s, sent)
	if s.FolderID != before || s.readsBelow() {
		if failure := i.refuseReading(c.identity, s); failure != nil {
			return failure
		}
	}
	if failure := i.refuseCollisions(s); failure != nil {
		return failure
	}
	if destination := sent.object("destinationConfig"); destination != nil {
		s.Destination, s.MoreDestination = destinationOf(destination), i.learnedOf("destinationConfig", destination)
		if failure := i.refuseDuplicate(c.identity, s, sent.text("connectionId")); failure != nil {
			return failure
		}
	}
	if id := sent.text("connectionId"); id != "" {
		if failure := i.connects(c.identity, id, s.ProjectID); failure != nil {
			return failure
		}
		s.ConnectionID = id
	}
	if name := sent.text("name"); name != "" {
		if other := i.namedSync(name, s.ProjectID); other != nil && other.ID != s.ID {
			failure := badRequest(`A Secret Sync with the name "` + name + `" already exists for the project with ID "` + s.ProjectID + `"`)
			return &failure
		}
		s.Name = name
	}
	if description, given := sent["description"]; given {
		s.Description = nil
		if text, isText := description.(string); isText {
			s.Description = &text
		}
	}
	if autoSync, given := sent["isAutoSyncEnabled"].(bool); given {
		s.AutoSync = autoSync
	}
	return nil
}

// assignOptions replaces the options as a whole.
func (i *Server) assignOptions(s *Sync, sent fields) {
	options := sent.object("syncOptions")
	holder := options
	if i.syncRules.subFoldersOnTop {
		holder = sent
	}
	if include, given := holder["includeAllSubFolders"].(bool); given || options != nil && !i.syncRules.subFoldersOnTop {
		s.IncludeSubFolders = nil
		if given {
			s.IncludeSubFolders = &include
		}
	}
	if options == nil {
		return
	}
	s.KeySchema, s.MoreOptions = options.text("keySchema"), i.learnedOf("syncOptions", options)
	s.DisableDeletion, _ = options["disableSecretDeletion"].(bool)
}

// refuseReading is about the secrets that a sync reads: $assertCanReadSyncedFolders of the newest
// backend/src/services/secret-sync/secret-sync-service.ts of https://github.com/Infisical/infisical. Older ones let the
// permission service speak.
func (i *Server) refuseReading(id *identity, s *Sync) *server.Reply {
	read := i.sourceOf(s)
	if !slices.Contains(id.withheld, "describe-secret") || len(read) == 0 {
		return nil
	}
	if i.older {
		failure := apiErrorWith(http.StatusForbidden, "PermissionDenied", "You are not allowed to describeSecret on secrets",
			map[string]any{"details": []any{}})
		return &failure
	}
	message := fmt.Sprintf("You do not have permission to read secrets at path %q in environment %q.", read[0].path, read[0].environment)
	if s.readsBelow() {
		message += fmt.Sprintf(" This sync includes subfolders, so it reads every folder beneath %q.", read[0].path)
	}
	failure := apiError(http.StatusForbidden, "ForbiddenError", message)
	return &failure
}

func (i *Server) assignSource(s *Sync, sent fields) *server.Reply {
	environment, path := sent.text("environment"), sent.text("secretPath")
	if environment == "" && path == "" {
		return nil
	}
	if source := i.sourceOf(s); source != nil {
		environment, path = cmp.Or(environment, source[0].environment), cmp.Or(path, source[0].path)
	}
	if environment == "" || path == "" {
		failure := badRequest("Must specify both source environment and secret path")
		return &failure
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	f := i.findFolder(s.ProjectID, environment, path)
	if f == nil {
		failure := badRequest(`Could not find folder with path "` + path + `" in environment "` + environment + `" for project with ID "` + s.ProjectID + `"`)
		return &failure
	}
	s.FolderID = f.id
	return nil
}

// refuseCollisions: GitLab has one flat list of variables.
func (i *Server) refuseCollisions(s *Sync) *server.Reply {
	because := i.collisions(s)
	if because == "" {
		return nil
	}
	failure := badRequest(because)
	return &failure
}

// collisions is what the server says of secrets that two folders of a sync have; empty when there are none.
func (i *Server) collisions(s *Sync) string {
	const shown = 5
	first := map[string]string{}
	var pairs []string
	for _, f := range i.sourceOf(s) {
		for key := range f.secrets {
			if path, taken := first[key]; taken {
				pairs = append(pairs, `"`+key+`" in `+path+` and `+f.path)
			}
			first[key] = f.path
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	slices.Sort(pairs)
	if more := len(pairs) - shown; more > 0 {
		pairs = append(pairs[:shown], fmt.Sprintf("…, and %d more", more))
	}
	return "This destination stores secrets in a single flat list, so each name can be used only once. These names are used in more than one " +
		"folder: " + strings.Join(pairs, "; ") + ". Rename or move one secret in each pair, or point the sync at a narrower secret path."
}

// connects checks the connection of a sync.
func (i *Server) connects(id *identity, connectionID, projectID string) *server.Reply {
	var failure server.Reply
	switch c := withID(i.readable().connections, connectionID); {
	case c == nil || c.OrgID != id.orgID:
		failure = notFound("Could not find App Connection with ID " + connectionID)
	case !slices.Contains(id.actions, "connect"):
		failure = *permits(id, "connect", c.ProjectID != nil)
	case c.App != appGitLab:
		failure = badRequest("App Connection with ID " + connectionID + " cannot be used to connect to GitLab")
	case c.ProjectID != nil && *c.ProjectID != projectID:
		failure = badRequest(`You cannot connect project App Connection with ID "` + connectionID + `" from project with ID "` + *c.ProjectID +
			`" to project with ID "` + projectID + `"`)
	default:
		return nil
	}
	return &failure
}

func destinationOf(sent fields) SyncDestination {
	d := SyncDestination{Scope: sent.text("scope"), Environment: "*"}
	d.ID, d.Name = sent.text(d.Scope+"Id"), sent.text(d.Scope+"Name")
	if environment, given := sent["targetEnvironment"].(string); given {
		d.Environment = environment
	}
	d.Protected, _ = sent["shouldProtectSecrets"].(bool)
	d.Masked, _ = sent["shouldMaskSecrets"].(bool)
	d.Hide, _ = sent["shouldHideSecrets"].(bool)
	return d
}

func (i *Server) deleteSync(c *call) server.Reply {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	s, failure := i.oneSync(c, "delete")
	if failure != nil {
		return *failure
	}
	switch removal := c.URL.Query().Get("removeSecrets"); removal {
	case "", "false":
		i.removeSync(s.ID)
		return i.syncAnswer(s)
	case "true":
	default:
		return invalid(oneOf{"true", "false"}.parse(removal, []any{"removeSecrets"}).issues)
	}
	failure = i.withholds(c.identity, "remove-secrets")
	if failure == nil {
		failure = i.mayStart(s)
	}
	if failure != nil {
		return *failure
	}
	return i.startRemoval(s)
}

func (i *Server) triggerSync(c *call) server.Reply {
	if _, failure := c.decode(); failure != nil {
		return *failure
	}
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	s, failure := i.oneSync(c, "edit")
	if failure == nil {
		failure = i.withholds(c.identity, "sync-secrets")
	}
	if failure == nil {
		failure = i.mayStart(s)
	}
	if failure != nil {
		return *failure
	}
	i.queueRun(s)
	return i.syncAnswer(s)
}

func (i *Server) mayStart(s *Sync) *server.Reply {
	var failure server.Reply
	switch {
	case i.sourceOf(s) == nil:
		failure = badRequest("Invalid source configuration: folder no longer exists. Please configure a valid source and try again.")
	case i.isBusy(s, i.now()):
		failure = badRequest("A job for this sync is already in progress. Please try again shortly.")
	default:
		return nil
	}
	return &failure
}
