package managedtoken

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// A Connection is what tokens are made for.
type Connection struct {
	// Host is the address of the Infisical that has it.
	Host string
	// ProjectID is empty for a connection of the organization itself. Names of connections are unique within it.
	ProjectID string
	Name      string
	// ID is empty for a connection that is yet to be created.
	ID string
}

// A Name is the name of a managed token at GitLab, such as "infisical gitlab-platform
// 4a91424b-f9ac-43b3-8e24-d0e0b378ea9b 0f3c8a21be44 9d1c6a7e5b20". Its parts identify a token when an answer was lost
// or a run was killed.
type Name struct {
	connection Connection
	// nonce identifies a single operation.
	nonce string
}

const namePrefix = "infisical"

// maxLastName is how many characters may follow the first word of a token's name: GitLab also gives the token's name to
// its bot user, all words but the first of which are the user's last name. It limits that to 127 characters, and the
// whole to 255. https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/user.rb,
// app/services/resource_access_tokens/create_service.rb.
const maxLastName = 127

// newName makes a name with a fresh nonce from random.
func newName(random io.Reader, connection Connection) (Name, error) {
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return Name{}, fmt.Errorf("making a unique name for the token: %w", err)
	}
	return Name{connection: connection, nonce: hex.EncodeToString(nonce)}, nil
}

// String is never longer than GitLab takes: the end of the connection's name is left out where it does not fit. The
// parts that identify a token follow it.
func (n Name) String() string {
	id := n.connection.ID
	if id == "" {
		id = "new"
	}
	rest := strings.Join([]string{id, n.connection.fingerprint(), n.nonce}, " ")
	name := n.connection.Name[:min(len(n.connection.Name), maxLastName-len(rest)-1)]
	return strings.Join([]string{namePrefix, strings.TrimRight(name, "-"), rest}, " ")
}

// firstNames is what the names of all tokens begin with that were made, at one server, for connections of this name
// before they had an id.
func (c Connection) firstNames() string {
	c.ID = ""
	return Name{connection: c}.String()
}

// fingerprint is that of the Infisical and the scope.
func (c Connection) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.TrimRight(strings.ToLower(c.Host), "/") + "\x00" + c.ProjectID))
	return hex.EncodeToString(sum[:6])
}

// owns reports whether a token's name proves that the token was made for the connection, which has an id.
func (c Connection) owns(name string) bool {
	parts := strings.Fields(name)
	return len(parts) == 5 && parts[0] == namePrefix && c.ID != "" && parts[2] == c.ID && parts[3] == c.fingerprint()
}

// Siblings is the prefix that all tokens of the same connection under the same name share: everything but the nonce.
func (t Token) Siblings() string { return t.Name[:strings.LastIndex(t.Name, " ")+1] }
