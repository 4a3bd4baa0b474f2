package infisical

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// The routes of Secret Scanning data sources for GitLab:
// https://infisical.com/docs/api-reference/endpoints/secret-scanning/data-sources/gitlab/create, and
// backend/src/ee/services/secret-scanning-v2/secret-scanning-v2-service.ts of https://github.com/Infisical/infisical
// for the order of checks.

func (i *Server) routeDataSources(reads, writes func(string, handler)) {
	const root = "/api/v2/secret-scanning/data-sources/gitlab"
	reads("GET "+root, i.listDataSources)
	reads("GET "+root+"/{dataSourceId}", i.getDataSource)
	reads("GET "+root+"/data-source-name/{sourceName}", i.getDataSourceByName)
	writes("POST "+root, i.createDataSource)
	writes("PATCH "+root+"/{dataSourceId}", i.updateDataSource)
	writes("DELETE "+root+"/{dataSourceId}", i.deleteDataSource)
	writes("POST "+root+"/{dataSourceId}/scan", i.scanDataSource)
	reads("GET "+root+"/{dataSourceId}/{children}", i.listScans)
}

func (i *Server) dataSourceAnswer(d *DataSource) server.Reply {
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"dataSource": i.showDataSource(d)}}
}

// scanningLicense refuses everything, reading too, to an organization whose plan lacks Secret Scanning. The lock is
// held, as below.
func (i *Server) scanningLicense(verb, object string) *server.Reply {
	if !i.scanningUnlicensed {
		return nil
	}
	failure := badRequest("Failed to " + verb + " " + object + " due to plan restriction. Upgrade plan to enable Secret Scanning.")
	return &failure
}

func permitsScanning(id *identity, action string) *server.Reply {
	if permits(id, action, false) == nil {
		return nil
	}
	failure := apiErrorWith(http.StatusForbidden, "PermissionDenied", "You are not allowed to "+action+"-data-sources on secret-scanning-data-sources",
		map[string]any{"details": []any{}})
	return &failure
}

// resolveProject is the project that a request means: the newest servers take the organization's only one when it names
// none, and look at it before anything else: inject-secret-scanning-project-id.ts of
// https://github.com/Infisical/infisical.
func (i *Server) resolveProject(named string, id *identity) (string, *server.Reply) {
	if i.older {
		return named, nil
	}
	own := i.scanningProject(id.orgID)
	var failure server.Reply
	switch named = strings.TrimSpace(named); {
	case named == "" && own == "":
		failure = badRequest("This organization has no Secret Scanning project yet. Open Secret Scanning in Infisical to set it up, or pass a projectId.")
	case named == "" || named == own:
		return own, nil
	default:
		failure = notFound("Secret Scanning project with ID '" + named + "' not found in this organization")
	}
	return "", &failure
}

// mayScan is the project's permission service.
func (i *Server) mayScan(projectID string, id *identity, action string) *server.Reply {
	if failure := i.projectOf(projectID, id); failure != nil {
		return failure
	}
	if p := i.projectByID(projectID); !p.scanning {
		failure := badRequest("The project is of type secret-manager. Operations of type secret-scanning are not allowed.") // The text is an inference.
		return &failure
	}
	return permitsScanning(id, action)
}

// dataSourceProject checks the project of a query.
func (i *Server) dataSourceProject(c *call, object string) (string, *server.Reply) {
	projectID, failure := projectQuery(c.URL.Query())
	if failure == nil {
		projectID, failure = i.resolveProject(projectID, c.identity)
	}
	if failure != nil {
		return "", failure
	}
	if strings.TrimSpace(projectID) == "" {
		failure := invalid([]issue{{"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false, "message": "Project ID required",
			"path": []any{"projectId"}}})
		return "", &failure
	}
	return projectID, i.scanningLicense("access", object)
}

func (i *Server) listDataSources(c *call) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	projectID, failure := i.dataSourceProject(c, "Secret Scanning Data Sources")
	if failure == nil {
		failure = i.mayScan(projectID, c.identity, "read")
	}
	if failure != nil {
		return *failure
	}
	shown := []any{}
	for _, d := range i.readable().dataSources {
		if d.ProjectID == projectID {
			shown = append(shown, i.showDataSource(d))
		}
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"dataSources": shown}}
}

func (i *Server) getDataSource(c *call) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	d, failure := i.oneDataSource(c, "access", "read")
	if failure != nil {
		return *failure
	}
	return i.dataSourceAnswer(d)
}

func (i *Server) getDataSourceByName(c *call) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	projectID, failure := i.dataSourceProject(c, "Secret Scanning Data Source")
	if failure != nil {
		return *failure
	}
	d := dataSourceNamed(i.readable().dataSources, c.PathValue("sourceName"), projectID)
	if d == nil {
		return notFound(`Could not find GitLab Data Source with name "` + c.PathValue("sourceName") + `"`)
	}
	if failure := i.mayScan(projectID, c.identity, "read"); failure != nil {
		return *failure
	}
	return i.dataSourceAnswer(d)
}

// oneDataSource finds the data source of a call, in the server's order: license, there, allowed.
func (i *Server) oneDataSource(c *call, verb, action string) (*DataSource, *server.Reply) {
	id := c.PathValue("dataSourceId")
	if !server.UUIDPattern.MatchString(id) {
		failure := invalid([]issue{{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{"dataSourceId"}}})
		return nil, &failure
	}
	if failure := i.scanningLicense(verb, "Secret Scanning Data Source"); failure != nil {
		return nil, failure
	}
	d := dataSourceWithID(i.readable().dataSources, id)
	if d != nil && action != "read" {
		d = i.findDataSource(id)
	}
	if d == nil {
		failure := notFound(`Could not find GitLab Data Source with ID "` + id + `"`)
		return nil, &failure
	}
	return d, i.mayScan(d.ProjectID, c.identity, action)
}

// createDataSource makes the webhook before the name is looked at, and takes it away again when that is taken or
// anything else goes wrong: backend/src/ee/services/secret-scanning-v2/gitlab/gitlab-secret-scanning-factory.ts of
// https://github.com/Infisical/infisical.
func (i *Server) createDataSource(c *call) server.Reply {
	value, failure := c.decode()
	if failure != nil {
		return *failure
	}
	d, hook, failure := i.prepareDataSource(c, value)
	if failure != nil {
		return *failure
	}
	if failure := hook.create(d); failure != nil {
		return *failure
	}
	i.mu.Lock()
	taken := i.namedDataSource(d.Name, d.ProjectID) != nil
	i.mu.Unlock()
	if !taken {
		if failure := hook.identify(d); failure != nil {
			hook.remove(d)
			return *failure
		}
	}
	i.mu.Lock()
	if taken = i.namedDataSource(d.Name, d.ProjectID) != nil; !taken {
		defer i.mu.Unlock()
		if d.AutoScan {
			i.queueScans(d)
		}
		i.dataSources = append(i.dataSources, d)
		return i.dataSourceAnswer(d)
	}
	i.mu.Unlock()
	hook.remove(d)
	return dataSourceNameTaken(d.Name, d.ProjectID)
}

func dataSourceNameTaken(name, projectID string) server.Reply {
	return badRequest(`A Secret Scanning Data Source with the name "` + name + `" already exists for the project with ID "` + projectID + `"`)
}

// prepareDataSource is what the server does before it calls GitLab.
func (i *Server) prepareDataSource(c *call, value any) (*DataSource, *webhook, *server.Reply) {
	i.mu.Lock()
	defer i.mu.Unlock()
	members, _ := value.(map[string]any)
	named, _ := members["projectId"].(string)
	projectID, failure := i.resolveProject(named, c.identity)
	if failure != nil {
		return nil, nil, failure
	}
	schema := i.withLearned(createDataSourceSchema)
	if i.older {
		schema = append(object{{"projectId", text{trim: true, min: 1, minMessage: "Project ID required"}}}, schema...)
	}
	body := schema.parse(value, nil)
	if len(body.issues) > 0 {
		failure := invalid(body.issues)
		return nil, nil, &failure
	}
	sent, now := body.fields(), i.now()
	d := &DataSource{
		ID: uuid.NewString(), ProjectID: projectID, ConnectionID: sent.text("connectionId"), AutoScan: true, CreatedAt: now, UpdatedAt: now,
		encryptedCredentials: secrets.New("kms-" + server.RandomHex(32)),
	}
	i.take(d, sent)
	failure = i.scanningLicense("create", "Secret Scanning Data Source")
	if failure == nil {
		failure = i.mayScan(projectID, c.identity, "create")
	}
	if failure == nil {
		failure = i.connects(c.identity, d.ConnectionID, projectID)
	}
	if failure == nil {
		failure = i.fitsColumns(sent, "Create")
	}
	if failure != nil {
		return nil, nil, failure
	}
	return d, i.webhookOf(d), nil
}

// take takes over the fields that were sent, of which config replaces what was stored.
func (i *Server) take(d *DataSource, sent fields) {
	if name := sent.text("name"); name != "" {
		d.Name = name
	}
	if description, given := sent["description"]; given {
		d.Description = nil
		if text, isText := description.(string); isText {
			d.Description = &text
		}
	}
	if autoScan, given := sent["isAutoScanEnabled"].(bool); given {
		d.AutoScan = autoScan
	}
	config := sent.object("config")
	if config == nil {
		return
	}
	d.Config = DataSourceConfig{Scope: config.text("scope"), More: i.learnedOf("config", config)}
	d.Config.Name = config.text(d.Config.Scope + "Name")
	if id, isNumber := config[d.Config.Scope+"Id"].(json.Number); isNumber {
		d.Config.ID, _ = strconv.Atoi(id.String()) // the schema has looked
	}
	if d.Config.Scope != "group" {
		return
	}
	d.Config.IncludeProjects = []string{"*"}
	if included, given := config["includeProjects"].([]any); given {
		d.Config.IncludeProjects = nil
		for _, path := range included {
			name, _ := path.(string)
			d.Config.IncludeProjects = append(d.Config.IncludeProjects, name)
		}
	}
}

// updateDataSource does not ask GitLab anything: another target leaves the webhook at the old one.
func (i *Server) updateDataSource(c *call) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	sent, failure := c.sent(i.withLearned(updateDataSourceSchema))
	if failure != nil {
		return *failure
	}
	d, failure := i.oneDataSource(c, "update", "edit")
	if failure == nil {
		failure = i.connects(c.identity, d.ConnectionID, d.ProjectID)
	}
	if failure == nil {
		failure = i.fitsColumns(sent, "Update by id")
	}
	if failure != nil {
		return *failure
	}
	changed := *d
	i.take(&changed, sent)
	if changed.Config.Scope != d.Config.Scope {
		return badRequest("Cannot change Data Source scope after creation.")
	}
	if other := i.namedDataSource(changed.Name, d.ProjectID); other != nil && other != d {
		return dataSourceNameTaken(changed.Name, d.ProjectID)
	}
	changed.UpdatedAt = i.now()
	*d = changed
	return i.dataSourceAnswer(d)
}

// deleteDataSource removes the webhook first, and does not care whether that works, once it has a client to call GitLab
// with.
func (i *Server) deleteDataSource(c *call) server.Reply {
	i.mu.Lock()
	d, failure := i.oneDataSource(c, "delete", "delete")
	if failure != nil {
		i.mu.Unlock()
		return *failure
	}
	deleted := *d
	hook := i.webhookOf(&deleted)
	i.mu.Unlock()
	if failure := hook.open(); failure != nil {
		return *failure
	}
	hook.remove(&deleted)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.removeDataSource(deleted.ID)
	return i.dataSourceAnswer(&deleted)
}

func (i *Server) scanDataSource(c *call) server.Reply {
	if _, failure := c.decode(); failure != nil {
		return *failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	d, failure := i.oneDataSource(c, "trigger scan for", "edit")
	if failure != nil {
		return *failure
	}
	i.queueScans(d)
	return i.dataSourceAnswer(d)
}
