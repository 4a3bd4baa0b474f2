package infisical

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Methods of a GitLab connection.
const (
	MethodAccessToken = "access-token"
	MethodOAuth       = "oauth"
)

// DefaultInstanceURL is the GitLab of a connection that names none.
const DefaultInstanceURL = "https://gitlab.com"

// Connection is a GitLab app connection as the server describes it. It never holds a credential.
type Connection struct {
	Record

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

// Connections are the GitLab app connections.
type Connections struct {
	*Objects[Connection]

	// glances are the answers to Glance, by id.
	glances sync.Map
}

func newConnections(c *Client) *Connections {
	return &Connections{Objects: &Objects[Connection]{
		client: c, path: "/api/v1/app-connections/gitlab", byName: "/connection-name", kind: "connection",
		one: "appConnection", many: "appConnections", read: readingOf[wireConnection](c, "a connection"),
	}}
}

// Create makes a connection, by POST …/gitlab. The server tries the token at GitLab before it answers. When the outcome
// stays unknown the error is ambiguous; FindCreated finds out.
func (c *Connections) Create(ctx context.Context, connection NewConnection) (Connection, error) {
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
	call := c.createCall(connection.Name, body)
	call.secrets = connection.Credentials.secrets()
	call.once = connection.Credentials.Method() == MethodOAuth
	return c.send(ctx, call)
}

// Update changes a connection, by PATCH …/gitlab/:connectionId. When the outcome stays unknown the error is ambiguous;
// for credentials FindUpdated finds out.
func (c *Connections) Update(ctx context.Context, id string, change Change) (Connection, error) {
	defer c.forgetGlance(id)
	body := map[string]any{"name": change.Name, "description": change.Description}
	call := c.updateCall(id, change.Name, body)
	if change.Credentials != nil {
		// PATCH replaces credentials whole: without instanceUrl the connection would move to gitlab.com.
		body["credentials"] = change.Credentials.wire()
		call.secrets = change.Credentials.secrets()
		// A code can be used once. And a server whose GitLab does not answer closes the connection but continues:
		// FindUpdated looks for the result before everything is sent, and waited for, again.
		call.once = true
	}
	return c.send(ctx, call)
}

// Delete removes a connection, by DELETE …/gitlab/:connectionId. The error is IsNotFound when there is none, or none
// that this identity may know of.
func (c *Connections) Delete(ctx context.Context, id string) error {
	defer c.forgetGlance(id)
	_, err := c.send(ctx, c.deleteCall(id))
	return err
}

// wireCredentials are the credentials of a request.
type wireCredentials struct {
	AccessToken     string `json:"accessToken,omitempty"`
	AccessTokenType string `json:"accessTokenType,omitempty"`
	Code            string `json:"code,omitempty"`
	InstanceURL     string `json:"instanceUrl,omitempty"`
}

func (c Credentials) wire() wireCredentials {
	return wireCredentials{AccessToken: c.Token, AccessTokenType: c.Type, Code: c.Code, InstanceURL: c.InstanceURL}
}

// wireConnection is the appConnection of a response.
type wireConnection struct {
	wireRecord

	Method          transport.Data `json:"method"`
	CredentialsHash transport.Data `json:"credentialsHash"`
	Project         struct {
		Name transport.Data `json:"name"`
		Slug transport.Data `json:"slug"`
	} `json:"project"`
	Credentials struct {
		AccessTokenType transport.Data `json:"accessTokenType"`
		InstanceURL     transport.Data `json:"instanceUrl"`
	} `json:"credentials"`
}

func (w wireConnection) object(c *Client) (Connection, bool) {
	record, ok := w.record()
	if !ok || w.Method == "" || !areIdentifiers(w.Method, w.CredentialsHash) {
		return Connection{}, false
	}
	c.organizations.saw(record.OrganizationID)
	return Connection{
		Record:          record,
		ProjectName:     string(w.Project.Name),
		ProjectSlug:     string(w.Project.Slug),
		Method:          string(w.Method),
		AccessTokenType: string(w.Credentials.AccessTokenType),
		InstanceURL:     cmp.Or(string(w.Credentials.InstanceURL), DefaultInstanceURL),
		CredentialsHash: string(w.CredentialsHash),
	}, true
}
