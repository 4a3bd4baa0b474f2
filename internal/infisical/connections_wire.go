package infisical

import (
	"cmp"
	"errors"
	"regexp"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

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
	ID              foreign   `json:"id"`
	Name            foreign   `json:"name"`
	Description     *foreign  `json:"description"`
	OrganizationID  foreign   `json:"orgId"`
	ProjectID       foreign   `json:"projectId"`
	Method          foreign   `json:"method"`
	CredentialsHash foreign   `json:"credentialsHash"`
	CreatedAt       time.Time `json:"createdAt"`
	UpdatedAt       time.Time `json:"updatedAt"`
	Project         struct {
		Name foreign `json:"name"`
		Slug foreign `json:"slug"`
	} `json:"project"`
	Credentials struct {
		AccessTokenType foreign `json:"accessTokenType"`
		InstanceURL     foreign `json:"instanceUrl"`
	} `json:"credentials"`
}

// errNoConnection is an answer without a connection in it.
var errNoConnection = errors.New("the answer does not describe a connection")

// connection checks what identifies a connection, and makes the rest fit to be shown: ids and hashes are compared and
// sent again, so one that had to be changed to be shown is useless.
func (c *Client) connection(wire wireConnection) (Connection, error) {
	if wire.ID == "" || wire.Name == "" || wire.Method == "" {
		return Connection{}, errNoConnection
	}
	for _, id := range []foreign{wire.ID, wire.OrganizationID, wire.ProjectID, wire.Method, wire.CredentialsHash} {
		if !identifier.MatchString(string(id)) || c.shown(id) != string(id) {
			return Connection{}, errNoConnection
		}
	}
	connection := Connection{
		ID:              string(wire.ID),
		Name:            c.shown(wire.Name),
		OrganizationID:  string(wire.OrganizationID),
		ProjectID:       string(wire.ProjectID),
		ProjectName:     c.shown(wire.Project.Name),
		ProjectSlug:     c.shown(wire.Project.Slug),
		Method:          string(wire.Method),
		AccessTokenType: c.shown(wire.Credentials.AccessTokenType),
		InstanceURL:     cmp.Or(c.shown(wire.Credentials.InstanceURL), DefaultInstanceURL),
		CredentialsHash: string(wire.CredentialsHash),
		CreatedAt:       wire.CreatedAt,
		UpdatedAt:       wire.UpdatedAt,
	}
	connection.stored.name = string(wire.Name)
	if wire.Description != nil {
		connection.stored.description = string(*wire.Description)
		connection.Description = new(c.config.HTTP.Secrets.PresentableText(string(*wire.Description), transport.MessageLimit))
	}
	c.organizations.saw(connection)
	return connection, nil
}

// identifier is what ids, hashes and names of methods are made of.
var identifier = regexp.MustCompile(`^[0-9A-Za-z_-]{0,128}$`)
