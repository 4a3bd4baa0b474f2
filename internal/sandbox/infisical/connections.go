package infisical

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	appGitLab         = "gitlab"
	methodAccessToken = "access-token"
	methodOAuth       = "oauth"
)

// A Connection is an app connection as the server stores it, credential in plain text included: do not print it whole.
type Connection struct {
	ID          string
	Name        string
	Description *string // nil is none
	ProjectID   *string // nil is the organization level
	OrgID       string
	App         string // "gitlab", unless made otherwise by Add
	Method      string // "access-token" or "oauth"

	AccessToken     string
	AccessTokenType string  // "" for OAuth
	RefreshToken    string  // OAuth only
	InstanceURL     *string // nil is https://gitlab.com
	// TokenExpiresAt is when Infisical refreshes an OAuth token; zero for access tokens.
	TokenExpiresAt time.Time

	// CredentialsHash is 64 random hex characters, new with every write of credentials.
	CredentialsHash      string
	CreatedAt, UpdatedAt time.Time
}

type storedConnection struct {
	Connection
	inUse bool
}

// Connections returns a copy of all connections, of every app and organization, sorted by name.
func (i *Server) Connections() []Connection {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := make([]Connection, 0, len(i.connections))
	for _, c := range i.connections {
		all = append(all, c.Connection)
	}
	slices.SortStableFunc(all, func(a, b Connection) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Connection returns one connection by its id.
func (i *Server) Connection(id string) (Connection, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.find(id); c != nil {
		return c.Connection, true
	}
	return Connection{}, false
}

// Add stores a connection as somebody made it by hand, unchecked. What is empty gets a default: an id, a name, the
// organization, the app gitlab, the method access-token with the type personal, the sandbox's GitLab as instance, a
// hash, and now. An InstanceURL of "" is none.
func (i *Server) Add(c Connection) Connection {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	c.ID = cmp.Or(c.ID, uuid.NewString())
	c.Name = cmp.Or(c.Name, "by-hand-"+server.RandomHex(4))
	c.OrgID = cmp.Or(c.OrgID, i.OrganizationID)
	c.App = cmp.Or(c.App, appGitLab)
	c.Method = cmp.Or(c.Method, methodAccessToken)
	if c.Method == methodAccessToken {
		c.AccessTokenType = cmp.Or(c.AccessTokenType, "personal")
	}
	switch {
	case c.InstanceURL == nil:
		c.InstanceURL = new(i.gitlabURL())
	case *c.InstanceURL == "":
		c.InstanceURL = nil
	}
	c.CredentialsHash = cmp.Or(c.CredentialsHash, newCredentialsHash())
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	if c.UpdatedAt.IsZero() {
		c.UpdatedAt = c.CreatedAt
	}
	secrets.Register(c.AccessToken, c.RefreshToken)
	i.connections = append(i.connections, &storedConnection{Connection: c})
	return c
}

// SetAccessToken changes the stored credential as somebody might in the web page. The hash moves.
func (i *Server) SetAccessToken(id, token string) {
	secrets.Register(token)
	i.change(id, func(c *storedConnection) {
		c.AccessToken, c.CredentialsHash = token, newCredentialsHash()
	})
}

// SetOAuth makes a connection one by OAuth whose token has expired, with this refresh token.
func (i *Server) SetOAuth(id, refreshToken string) {
	i.change(id, func(c *storedConnection) {
		c.Method, c.RefreshToken, c.TokenExpiresAt = methodOAuth, refreshToken, i.now().Add(-time.Minute)
	})
}

// SetInstanceURL changes the instance; "" takes it away. The hash moves.
func (i *Server) SetInstanceURL(id, instanceURL string) {
	i.change(id, func(c *storedConnection) {
		c.InstanceURL, c.CredentialsHash = &instanceURL, newCredentialsHash()
		if instanceURL == "" {
			c.InstanceURL = nil
		}
	})
}

// SetAccessTokenType changes the declared kind of token. The hash moves.
func (i *Server) SetAccessTokenType(id, accessTokenType string) {
	i.change(id, func(c *storedConnection) {
		c.AccessTokenType, c.CredentialsHash = accessTokenType, newCredentialsHash()
	})
}

// Rename changes the name. The hash stays.
func (i *Server) Rename(id, name string) {
	i.change(id, func(c *storedConnection) { c.Name = name })
}

// SetDescription changes the description; nil takes it away. The hash stays.
func (i *Server) SetDescription(id string, description *string) {
	i.change(id, func(c *storedConnection) { c.Description = description })
}

// SetInUse says whether a sync or a data source uses the connection, which then cannot be deleted.
func (i *Server) SetInUse(id string, inUse bool) {
	i.change(id, func(c *storedConnection) { c.inUse = inUse })
}

// Remove deletes the connection out of band.
func (i *Server) Remove(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.remove(id)
}

// DropProjectID makes the server one from before project-level connections: it ignores projectId, and answers without
// it.
func (i *Server) DropProjectID(drop bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.dropProject = drop
}

// OfferMethods sets which methods the server knows, in the order it lists them. Default: oauth, access-token.
func (i *Server) OfferMethods(methods ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.methods = slices.Clone(methods)
}

func (i *Server) change(id string, f func(*storedConnection)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c := i.find(id)
	if c == nil {
		panic("sandbox: no connection has the id " + id)
	}
	f(c)
	c.UpdatedAt = i.now()
}

func (i *Server) find(id string) *storedConnection { return withID(i.connections, id) }

func withID(connections []*storedConnection, id string) *storedConnection {
	for _, c := range connections {
		if strings.EqualFold(c.ID, id) {
			return c
		}
	}
	return nil
}

func (i *Server) remove(id string) {
	i.connections = slices.DeleteFunc(i.connections, func(c *storedConnection) bool { return strings.EqualFold(c.ID, id) })
}

func newCredentialsHash() string { return server.RandomHex(32) }

func (i *Server) projectByID(id string) *project {
	for n := range i.projects {
		if i.projects[n].ID == id {
			return &i.projects[n]
		}
	}
	return nil
}

// show is the connection as the routes for one connection answer it. Lists add the project.
func (i *Server) show(c *storedConnection) map[string]any {
	credentials := map[string]any{}
	if c.Method == methodAccessToken {
		credentials["accessTokenType"] = c.AccessTokenType
	}
	if c.InstanceURL != nil {
		credentials["instanceUrl"] = *c.InstanceURL
	}
	shown := map[string]any{
		"id": c.ID, "name": c.Name, "description": c.Description, "version": 1, "orgId": c.OrgID,
		"createdAt": server.JSONTime(c.CreatedAt), "updatedAt": server.JSONTime(c.UpdatedAt),
		"isPlatformManagedCredentials": false, "gatewayId": nil, "gatewayPoolId": nil, "isAutoRotationEnabled": false,
		"projectId": c.ProjectID, "credentialsHash": c.CredentialsHash,
		"app": c.App, "method": c.Method, "credentials": credentials,
	}
	if i.dropProject {
		delete(shown, "projectId")
	}
	return shown
}

func (i *Server) showInList(c *storedConnection) map[string]any {
	shown := i.show(c)
	shown["project"] = nil
	if c.ProjectID == nil {
		return shown
	}
	if p := i.projectByID(*c.ProjectID); p != nil {
		shown["project"] = map[string]any{"id": p.ID, "name": p.Name, "slug": p.Slug, "type": p.kind()}
	}
	return shown
}

func (i *Server) answer(c *storedConnection) server.Reply {
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"appConnection": i.show(c)}}
}

// permits checks one action; inProject names it as the project's permissions do.
func permits(id *identity, action string, inProject bool) *server.Reply {
	if id.expelled && !inProject {
		failure := notMember(id.orgID)
		return &failure
	}
	if slices.Contains(id.actions, action) {
		return nil
	}
	if inProject {
		action += "-app-connections"
	}
	failure := apiErrorWith(http.StatusForbidden, "PermissionDenied", "You are not allowed to "+action+" on app-connections",
		map[string]any{"details": []any{}})
	return &failure
}

// one finds the connection of a call by id and checks, in the server's order: there, of the caller's organization,
// allowed, of this app.
func (i *Server) one(c *call, action string) (*storedConnection, *server.Reply) {
	id := c.PathValue("connectionId")
	found := withID(i.readable().connections, id)
	if found != nil && action != "read" {
		found = i.find(id)
	}
	foreign := found != nil && found.OrgID != c.identity.orgID
	switch {
	case foreign && i.older && found.ProjectID != nil && action != "edit":
		return nil, i.projectOf(*found.ProjectID, c.identity)
	case foreign && i.older:
		failure := foreignToToken(c.identity.orgID)
		return nil, &failure
	case found == nil || foreign:
		failure := notFound("Could not find App Connection with ID " + id)
		return nil, &failure
	}
	if failure := permits(c.identity, action, found.ProjectID != nil); failure != nil {
		return nil, failure
	}
	if found.App != appGitLab {
		failure := badRequest("App Connection with ID " + id + ` is not for App "gitlab"`)
		return nil, &failure
	}
	return found, nil
}

// foreignToToken is what the permission service says of what another organization has; it names the token's.
// backend/src/ee/services/permission/permission-service.ts of https://github.com/Infisical/infisical, as of spring
// 2026.
func foreignToToken(orgID string) server.Reply {
	return apiError(http.StatusForbidden, "ForbiddenError", "Your token is scoped to organization with ID "+orgID+
		", but this resource belongs to a different organization.")
}

// notMember is what the permission service says to an identity that was taken out of its own organization.
func notMember(orgID string) server.Reply {
	return apiError(http.StatusForbidden, "ForbiddenError", "You are not a member of this organization with ID "+orgID+
		". Please assign this identity to the organization with the appropriate permissions, then try again.")
}

// malformedID is the 422 for a connection id that is no UUID.
func malformedID(c *call) *server.Reply {
	if server.UUIDPattern.MatchString(c.PathValue("connectionId")) {
		return nil
	}
	failure := invalid([]issue{{
		"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{"connectionId"},
	}})
	return &failure
}

// projectQuery reads the project of a query. One that is given twice is an array to Fastify, and one with U+0000 is no
// text to PostgreSQL.
func projectQuery(query url.Values) (string, *server.Reply) {
	if len(query["projectId"]) > 1 {
		failure := invalid(text{}.parse([]any{}, []any{"projectId"}).issues)
		return "", &failure
	}
	projectID := query.Get("projectId")
	if strings.ContainsRune(projectID, 0) {
		failure := databaseError("Find by id")
		return "", &failure
	}
	return projectID, nil
}

func (i *Server) options(*call) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	gitlab := map[string]any{"name": "GitLab", "app": appGitLab, "methods": i.methods}
	if i.oauth != nil {
		gitlab["oauthClientId"] = i.oauth.clientID
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"appConnectionOptions": []any{
		map[string]any{"name": "AWS", "app": "aws", "methods": []string{"assume-role", "access-key"}},
		map[string]any{"name": "GitHub", "app": "github", "methods": []string{"oauth", "github-app", "pat"}},
		gitlab,
		map[string]any{"name": "Vercel", "app": "vercel", "methods": []string{"api-token"}},
	}}}
}

func (i *Server) get(c *call) server.Reply {
	if failure := malformedID(c); failure != nil {
		return *failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	defer i.countRead()
	found, failure := i.one(c, "read")
	if failure != nil {
		return *failure
	}
	return i.answer(found)
}

func (i *Server) getByName(c *call) server.Reply {
	projectID, failure := projectQuery(c.URL.Query())
	if failure != nil {
		return *failure
	}
	name, projectID := strings.TrimSpace(c.PathValue("connectionName")), strings.TrimSpace(projectID)
	if strings.ContainsRune(name, 0) {
		return databaseError("Find one")
	}
	if name == "" {
		return invalid([]issue{{
			"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
			"message": "Connection name required", "path": []any{"connectionName"},
		}})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dropProject {
		projectID = ""
	}
	defer i.countRead()
	found := named(i.readable().connections, name, c.identity.orgID, projectID)
	if found == nil {
		scope := "organization"
		if projectID != "" {
			scope = "project"
		}
		return notFound("Could not find App Connection with name " + name + " in " + scope + " scope.")
	}
	if failure := permits(c.identity, "read", projectID != ""); failure != nil {
		return *failure
	}
	if found.App != appGitLab {
		return badRequest("App Connection with name " + name + ` is not for App "gitlab"`)
	}
	return i.answer(found)
}

// named finds a connection by name in a project, or at organization level when projectID is "".
func (i *Server) named(name, orgID, projectID string) *storedConnection {
	return named(i.connections, name, orgID, projectID)
}

func named(connections []*storedConnection, name, orgID, projectID string) *storedConnection {
	for _, c := range connections {
		if c.Name == name && c.OrgID == orgID && deref(c.ProjectID) == projectID {
			return c
		}
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// list answers the connections of a project; without one those of the organization, projects' included.
func (i *Server) list(c *call) server.Reply {
	projectID, failure := projectQuery(c.URL.Query()) // not trimmed here
	if failure != nil {
		return *failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dropProject {
		projectID = ""
	}
	if projectID != "" {
		if failure := i.projectOf(projectID, c.identity); failure != nil {
			return *failure
		}
	}
	if failure := permits(c.identity, "read", projectID != ""); failure != nil {
		return *failure
	}
	defer i.countRead()
	matching := slices.DeleteFunc(slices.Clone(i.readable().connections), func(s *storedConnection) bool {
		return s.OrgID != c.identity.orgID || s.App != appGitLab || projectID != "" && deref(s.ProjectID) != projectID
	})
	slices.SortFunc(matching, func(a, b *storedConnection) int { // Equal names come in no defined order.
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	shown := make([]any, 0, len(matching))
	for _, s := range matching {
		shown = append(shown, i.showInList(s))
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"appConnections": shown}}
}

// projectOf checks that the project is there and of the identity's organization.
func (i *Server) projectOf(projectID string, id *identity) *server.Reply {
	p := i.projectByID(projectID)
	if p == nil {
		failure := notFound("Project with " + projectID + " not found")
		return &failure
	}
	if p.OrgID != id.orgID {
		failure := apiError(http.StatusForbidden, "ForbiddenError", "This project does not belong to your selected organization.")
		return &failure
	}
	if slices.Contains(id.strangerTo, projectID) {
		failure := apiError(http.StatusForbidden, "ProjectMembershipNotFound", "You are not a member of this project with ID "+projectID+".")
		return &failure
	}
	return nil
}

func (i *Server) create(c *call) server.Reply {
	value, failure := c.decode()
	if failure != nil {
		return *failure
	}
	i.mu.Lock()
	body := createSchema(i.methods).parse(value, nil)
	i.mu.Unlock()
	if len(body.issues) > 0 {
		return invalid(body.issues)
	}
	sent := body.fields()
	if failure := i.mayCreate(c.identity, sent); failure != nil {
		return *failure
	}
	secret, failure := i.checkCredentials(sent.text("method"), sent.object("credentials"))
	if failure != nil {
		return *failure
	}
	return i.insert(c.identity, sent, secret)
}

// mayCreate is what the server looks at before it calls GitLab.
func (i *Server) mayCreate(id *identity, sent fields) *server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dropProject {
		delete(sent, "projectId")
	}
	projectID := sent.text("projectId")
	if projectID == "" {
		return permits(id, "create", false)
	}
	if strings.ContainsRune(projectID, 0) {
		failure := databaseError("Find by id")
		return &failure
	}
	if i.projectByID(projectID) == nil {
		failure := notFound("Project with ID '" + projectID + "' not found")
		return &failure
	}
	if failure := i.projectOf(projectID, id); failure != nil {
		return failure
	}
	return permits(id, "create", true)
}

// insert stores a connection whose credential is good. Only now does a name that is taken come to light.
func (i *Server) insert(id *identity, sent fields, secret credentials) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	name, projectID := sent.text("name"), sent.text("projectId")
	if failure := i.fitsColumns(sent, "Create"); failure != nil {
		return *failure
	}
	if i.named(name, id.orgID, projectID) != nil {
		return nameTaken(name)
	}
	now := i.now()
	c := &storedConnection{Connection: Connection{
		ID: uuid.NewString(), Name: name, OrgID: id.orgID, App: appGitLab, Method: sent.text("method"),
		CreatedAt: now, UpdatedAt: now,
	}}
	if projectID != "" {
		c.ProjectID = &projectID
	}
	if description, given := sent["description"].(string); given {
		c.Description = &description
	}
	secret.storeIn(c)
	i.connections = append(i.connections, c)
	return i.answer(c)
}

// fitsColumns is what PostgreSQL has to say: its text holds no U+0000, and the column of the description 255
// characters, of which the schema allows 256 UTF-16 units. backend/src/db/migrations has description as
// string("description"), which is varchar(255).
func (i *Server) fitsColumns(sent fields, operation string) *server.Reply {
	const column = 255
	description := sent.text("description")
	switch {
	case strings.ContainsRune(description, 0):
		failure := databaseError(operation)
		return &failure
	case utf8.RuneCountInString(description) <= column:
		return nil
	case i.older:
		failure := databaseError(operation)
		return &failure
	}
	failure := apiError(http.StatusUnprocessableEntity, "ValidationFailure",
		"One or more field values exceed the maximum length allowed for this resource")
	return &failure
}

func nameTaken(name string) server.Reply {
	return badRequest(`An App Connection with the name "` + name + `" already exists`)
}

func (i *Server) update(c *call) server.Reply {
	value, failure := c.decode()
	if failure != nil {
		return *failure
	}
	if failure := malformedID(c); failure != nil {
		return *failure
	}
	body := updateSchema.parse(value, nil)
	if len(body.issues) > 0 {
		return invalid(body.issues)
	}
	sent := body.fields()
	i.mu.Lock()
	found, failure := i.one(c, "edit")
	method := ""
	if failure == nil {
		method = found.Method
	}
	i.mu.Unlock()
	if failure != nil {
		return *failure
	}
	var secret *credentials
	if given := sent.object("credentials"); given != nil {
		if failure := fitsMethod(method, given); failure != nil {
			return *failure
		}
		checked, failure := i.checkCredentials(method, given)
		if failure != nil {
			return *failure
		}
		secret = &checked
	}
	return i.save(c, sent, secret)
}

// save stores an update. What is not sent stays, but credentials are replaced whole.
func (i *Server) save(c *call, sent fields, secret *credentials) server.Reply {
	i.mu.Lock()
	defer i.mu.Unlock()
	found, failure := i.one(c, "edit")
	if failure != nil {
		return *failure // deleted while GitLab was asked
	}
	if failure := i.fitsColumns(sent, "Update by id"); failure != nil {
		return *failure
	}
	if name := sent.text("name"); name != "" {
		if other := i.named(name, found.OrgID, deref(found.ProjectID)); other != nil && other != found {
			return nameTaken(name)
		}
		found.Name = name
	}
	if description, given := sent["description"]; given {
		found.Description = nil
		if text, isText := description.(string); isText {
			found.Description = &text
		}
	}
	if secret != nil {
		secret.storeIn(found)
	}
	found.UpdatedAt = i.now()
	return i.answer(found)
}

func (i *Server) delete(c *call) server.Reply {
	if failure := malformedID(c); failure != nil {
		return *failure
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	found, failure := i.one(c, "delete")
	if failure != nil {
		return *failure
	}
	if found.inUse || slices.ContainsFunc(i.syncs, func(s *Sync) bool { return s.ConnectionID == found.ID }) ||
		slices.ContainsFunc(i.dataSources, func(d *DataSource) bool { return d.ConnectionID == found.ID }) {
		return badRequest("Cannot delete App Connection with existing connections. Remove all existing connections and try again.")
	}
	i.remove(found.ID)
	return i.answer(found)
}
