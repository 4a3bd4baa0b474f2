package connection

import (
	"crypto/rand"
	"strings"
	"testing"
)

const someConnectionID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// Whatever a connection is called, and wherever it is, GitLab takes the names of its tokens, and they are told from all others.
func TestTokenName_everyConnection(t *testing.T) {
	t.Parallel()
	for _, project := range []string{"", someConnectionID, strings.Repeat("p", 300)} {
		for length := 1; length <= 64; length++ {
			for _, connection := range []string{strings.Repeat("a", length), strings.Repeat("a-", length)[:length-1] + "a", strings.Repeat("a1-b", length)[:length-1] + "z"} {
				for _, id := range []string{"", someConnectionID} {
					checkTokenName(t, project, connection, id)
				}
			}
		}
	}
}

func checkTokenName(t *testing.T, project, connection, id string) {
	t.Helper()
	const host = "https://infisical.example.com"
	made, err := newTokenName(rand.Reader, host, project, connection, id)
	if err != nil {
		t.Fatal(err)
	}
	name := made.String()
	first, last, _ := strings.Cut(name, " ")
	if len(first) > 127 || len(last) > 127 || len(name) > 255 {
		t.Errorf("GitLab refuses %q: %d and %d characters", name, len(first), len(last))
	}
	parts := strings.Fields(name)
	if len(parts) != 5 || !strings.HasPrefix(connection, parts[1]) || len(connection) <= 60 && parts[1] != connection {
		t.Errorf("%q does not name the connection %q", name, connection)
	}
	if belongsTo(name, someConnectionID, serverFingerprint(host, project)) != (id != "") {
		t.Errorf("%q does not tell whose it is", name)
	}
	if !strings.Contains(name, made.nonce) || id == "" && !strings.HasPrefix(name, made.search()) {
		t.Errorf("%q is not found", name)
	}
}

// Tokens made by versions that did not cut the name are ours, too.
func TestTokenName_uncut(t *testing.T) {
	t.Parallel()
	const host = "https://infisical.example.com"
	connection := strings.Repeat("x", 60)
	server := serverFingerprint(host, "")
	if name := strings.Join([]string{"infisical", connection, someConnectionID, server, "9d1c6a7e5b209d1c"}, " "); !belongsTo(name, someConnectionID, server) {
		t.Errorf("%q is not recognised", name)
	}
	long, err := newTokenName(rand.Reader, host, "", strings.Repeat("x", 64), "")
	if err != nil {
		t.Fatal(err)
	}
	if old := strings.Join([]string{"infisical", strings.Repeat("x", 64), "new", server, "9d1c6a7e5b209d1c"}, " "); !strings.HasPrefix(old, long.search()) {
		t.Errorf("%q is not found by %q", old, long.search())
	}
}
