package infisical

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
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
	ID              transport.Data  `json:"id"`
	Name            transport.Data  `json:"name"`
	Description     *transport.Data `json:"description"`
	OrganizationID  transport.Data  `json:"orgId"`
	ProjectID       transport.Data  `json:"projectId"`
	Method          transport.Data  `json:"method"`
	CredentialsHash transport.Data  `json:"credentialsHash"`
	CreatedAt       time.Time       `json:"createdAt"`
	UpdatedAt       time.Time       `json:"updatedAt"`
	Project         struct {
		Name transport.Data `json:"name"`
		Slug transport.Data `json:"slug"`
	} `json:"project"`
	Credentials struct {
		AccessTokenType transport.Data `json:"accessTokenType"`
		InstanceURL     transport.Data `json:"instanceUrl"`
	} `json:"credentials"`
}

// errNoConnection is an answer without a connection in it.
var errNoConnection = errors.New("the answer does not describe a connection")

// connection checks what identifies a connection.
func (c *Client) connection(wire wireConnection) (Connection, error) {
	if wire.ID == "" || wire.Name == "" || wire.Method == "" {
		return Connection{}, errNoConnection
	}
	if !areIdentifiers(wire.ID, wire.OrganizationID, wire.ProjectID, wire.Method, wire.CredentialsHash) {
		return Connection{}, errNoConnection
	}
	connection := Connection{
		ID:              string(wire.ID),
		Name:            string(wire.Name),
		OrganizationID:  string(wire.OrganizationID),
		ProjectID:       string(wire.ProjectID),
		Description:     (*string)(wire.Description),
		ProjectName:     string(wire.Project.Name),
		ProjectSlug:     string(wire.Project.Slug),
		Method:          string(wire.Method),
		AccessTokenType: string(wire.Credentials.AccessTokenType),
		InstanceURL:     cmp.Or(string(wire.Credentials.InstanceURL), DefaultInstanceURL),
		CredentialsHash: string(wire.CredentialsHash),
		CreatedAt:       wire.CreatedAt,
		UpdatedAt:       wire.UpdatedAt,
	}
	c.organizations.saw(connection)
	return connection, nil
}

// identifier is what ids, hashes and names of methods are made of.
var identifier = regexp.MustCompile(`^[0-9A-Za-z_-]{0,128}$`)

// areIdentifiers reports whether texts can be ids, which become parts of addresses; empty ones can.
func areIdentifiers(texts ...transport.Data) bool {
	return !slices.ContainsFunc(texts, func(text transport.Data) bool { return !identifier.MatchString(string(text)) })
}
