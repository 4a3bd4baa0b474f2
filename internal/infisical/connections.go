package infisical

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Methods of a GitLab connection.
const (
	MethodAccessToken = "access-token"
	MethodOAuth       = "oauth"
)

// DefaultInstanceURL is the GitLab of a connection that names none.
const DefaultInstanceURL = "https://gitlab.com"

const connectionsPath = "/api/v1/app-connections/gitlab"

// Connection is a GitLab app connection as the server describes it. It never holds a credential.
type Connection struct {
	ID   string
	Name string
	// Description is nil when there is none. The server takes off surrounding white space.
	Description    *string
	OrganizationID string
	// ProjectID is empty for a connection at organization level.
	ProjectID string
	// ProjectName and ProjectSlug are the project's. Only lists tell them, and not those of older servers.
	ProjectName, ProjectSlug string
	// Method is MethodAccessToken or MethodOAuth.
	Method string
	// AccessTokenType is personal, project or group; empty with OAuth.
	AccessTokenType string
	// InstanceURL is what was sent when the connection was made, or DefaultInstanceURL.
	InstanceURL string
	// CredentialsHash changes with every write of credentials, the same ones included; with OAuth also when the server
	// refreshes them.
	CredentialsHash string
	CreatedAt       time.Time
	// UpdatedAt changes with every write, of the name as well. It is the server's time; zero when the server did not
	// say.
	UpdatedAt time.Time
}

// Record implements Object.
func (c Connection) Record() Record {
	return Record{ID: c.ID, Name: c.Name, ProjectID: c.ProjectID, OrganizationID: c.OrganizationID, UpdatedAt: c.UpdatedAt}
}

// Credentials are the complete credentials of a connection: an access token with its type, or an OAuth authorization
// code.
type Credentials struct {
	// Token and Type are of the method access-token.
	Token string
	Type  string
	// Code is of the method oauth. It can be used once, so requests that carry it are not repeated unless they surely
	// were not processed.
	Code        string
	InstanceURL string
}

// Method is the one that these credentials are for.
func (c Credentials) Method() string {
	if c.Code != "" {
		return MethodOAuth
	}
	return MethodAccessToken
}

// secrets are what no error may repeat.
func (c Credentials) secrets() []string { return []string{c.Token, c.Code} }

// Format keeps the secrets out of every fmt verb.
func (c Credentials) Format(state fmt.State, _ rune) {
	if c.Method() == MethodOAuth {
		_, _ = fmt.Fprintf(state, "{OAuth code for %s}", c.InstanceURL)
		return
	}
	_, _ = fmt.Fprintf(state, "{%s token for %s}", c.Type, c.InstanceURL)
}

// NewConnection is what Create makes.
type NewConnection struct {
	Name        string
	Description *string
	// ProjectID is empty for a connection at organization level.
	ProjectID   string
	Credentials Credentials
}

// Change is what Update writes: name and description always, credentials only when they are given, then as a whole.
type Change struct {
	Name string
	// Description nil clears it.
	Description *string
	Credentials *Credentials
}

// connectionObjects is how connections are asked for.
func (c *Client) connectionObjects() *objects[wireConnection, Connection] {
	return objects[wireConnection, Connection]{
		path: connectionsPath, byName: "/connection-name", kind: "connection", one: "appConnection", many: "appConnections",
		read: c.connection, none: errNoConnection,
	}.ready(c)
}

// Get returns the connection with this id, by GET …/gitlab/:connectionId.
func (c *Client) Get(ctx context.Context, id string) (Connection, error) {
	return c.connections.get(ctx, id)
}

// GetByName returns the connection of this name in a project, or at organization level when projectID is empty, by
// GET …/gitlab/connection-name/:connectionName.
func (c *Client) GetByName(ctx context.Context, name, projectID string) (Connection, error) {
	return c.connections.getByName(ctx, name, projectID)
}

// List returns the connections of a project, or, when projectID is empty, of the organization and all its projects, as
// far as this identity may see them, by GET …/gitlab.
func (c *Client) List(ctx context.Context, projectID string) ([]Connection, error) {
	return c.connections.all(ctx, projectID)
}

// Create makes a connection, by POST …/gitlab. The server tries the token at GitLab before it answers. When the outcome
// stays unknown the error is ambiguous; FindCreated finds out.
func (c *Client) Create(ctx context.Context, connection NewConnection) (Connection, error) {
	body := map[string]any{
		"name":        connection.Name,
		"method":      connection.Credentials.Method(),
		"credentials": connection.Credentials.wire(),
	}
	if connection.Description != nil {
		body["description"] = *connection.Description
	}
	if connection.ProjectID != "" {
		body["projectId"] = connection.ProjectID
	}
	return c.connections.send(ctx, call{
		operation: fmt.Sprintf("create the GitLab connection %q", connection.Name),
		method:    http.MethodPost,
		path:      connectionsPath,
		body:      body,
		secrets:   connection.Credentials.secrets(),
		once:      connection.Credentials.Method() == MethodOAuth,
	})
}

// Update changes a connection, by PATCH …/gitlab/:connectionId. When the outcome stays unknown the error is ambiguous;
// for credentials FindUpdated finds out.
func (c *Client) Update(ctx context.Context, id string, change Change) (Connection, error) {
	defer c.forgetGlance(id)
	body := map[string]any{"name": change.Name, "description": change.Description}
	call := call{
		operation: fmt.Sprintf("update the GitLab connection %q", change.Name),
		method:    http.MethodPatch,
		path:      connectionsPath,
		parameter: id,
		body:      body,
	}
	if change.Credentials != nil {
		// PATCH replaces credentials whole: without instanceUrl the connection would move to gitlab.com.
		body["credentials"] = change.Credentials.wire()
		call.secrets = change.Credentials.secrets()
		// A code can be used once. And a server whose GitLab does not answer closes the connection but continues:
		// FindUpdated looks for the result before everything is sent, and waited for, again.
		call.once = true
	}
	return c.connections.send(ctx, call)
}

// Delete removes a connection, by DELETE …/gitlab/:connectionId. The error is IsNotFound when there is none, or none
// that this identity may know of.
func (c *Client) Delete(ctx context.Context, id string) error {
	defer c.forgetGlance(id)
	_, err := c.connections.send(ctx, call{
		operation: fmt.Sprintf("delete the GitLab connection %s", id),
		method:    http.MethodDelete,
		path:      connectionsPath,
		parameter: id,
	})
	return err
}

func scope(projectID string) url.Values {
	if projectID == "" {
		return nil
	}
	return url.Values{"projectId": {projectID}}
}
