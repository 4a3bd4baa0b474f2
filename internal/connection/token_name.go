package connection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// tokenName is the name under which a managed token lies at GitLab, such as
// "infisical gitlab-platform 4a91424b-f9ac-43b3-8e24-d0e0b378ea9b 0f3c8a21be44 9d1c6a7e5b20". By its parts a token can be told from all others
// when an answer was lost or a run was killed.
type tokenName struct {
	// connection is the name of the connection; for people.
	connection string
	// id of the connection; empty for the token that a new connection is made with.
	id string
	// server is the fingerprint of the Infisical host.
	server string
	// nonce is of one operation alone.
	nonce string
}

const tokenNamePrefix = "infisical"

// maxLastName is how many characters may follow the first word of a token's name: GitLab makes the token's name that of its bot user, all
// words but the first of which are the user's last name. It limits that to 127 characters, and the whole to 255.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/user.rb, app/services/resource_access_tokens/create_service.rb
const maxLastName = 127

// String is never longer than GitLab takes: the end of the connection's name is left out where it does not fit. What a token is told by
// comes after it.
func (n tokenName) String() string {
	id := n.id
	if id == "" {
		id = "new"
	}
	rest := strings.Join([]string{id, n.server, n.nonce}, " ")
	name := n.connection[:min(len(n.connection), maxLastName-len(rest)-1)]
	return strings.Join([]string{tokenNamePrefix, strings.TrimRight(name, "-"), rest}, " ")
}

// search is the part of the names of all tokens that were minted, at one server, for connections of this name before they had an id.
func (n tokenName) search() string {
	return strings.TrimSuffix(n.String(), n.nonce)
}

// siblings is what the names begin with of all tokens that were minted for the same connection under the same name: everything but the nonce.
func siblings(name string) string { return name[:strings.LastIndex(name, " ")+1] }

// newTokenName makes a name with a fresh nonce from random. scope is the project of the connection, empty for the organisation: names of
// connections are unique within it.
func newTokenName(random io.Reader, host, scope, connection, id string) (tokenName, error) {
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return tokenName{}, fmt.Errorf("making a unique name for the token: %w", err)
	}
	return tokenName{connection: connection, id: id, server: serverFingerprint(host, scope), nonce: hex.EncodeToString(nonce)}, nil
}

func serverFingerprint(host, scope string) string {
	sum := sha256.Sum256([]byte(strings.TrimRight(strings.ToLower(host), "/") + "\x00" + scope))
	return hex.EncodeToString(sum[:6])
}

// belongsTo reports whether a token's name proves that it was minted for the connection with this id at this server.
func belongsTo(name, id, server string) bool {
	parts := strings.Fields(name)
	return len(parts) == 5 && parts[0] == tokenNamePrefix && id != "" && parts[2] == id && parts[3] == server
}
