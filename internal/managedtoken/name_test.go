package managedtoken

import (
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
)

const someConnectionID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// Whatever a connection is called, and wherever it is, GitLab takes the names of its tokens, and they are told from all
// others.
func TestName_everyConnection(t *testing.T) {
	t.Parallel()
	for _, project := range []string{"", someConnectionID, strings.Repeat("p", 300)} {
		for length := 1; length <= 64; length++ {
			for _, connection := range []string{strings.Repeat("a", length), strings.Repeat("a-", length)[:length-1] + "a",
				strings.Repeat("a1-b", length)[:length-1] + "z"} {
				for _, id := range []string{"", someConnectionID} {
					checkName(t, project, connection, id)
				}
			}
		}
	}
}

func checkName(t *testing.T, project, connection, id string) {
	t.Helper()
	const host = "https://infisical.example.com"
	of := Connection{Host: host, ProjectID: project, Name: connection, ID: id}
	made, err := newName(rand.Reader, of)
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
	if (Connection{Host: host, ProjectID: project, ID: someConnectionID}).owns(name) != (id != "") {
		t.Errorf("%q does not tell whose it is", name)
	}
	if !strings.Contains(name, made.nonce) || id == "" && !strings.HasPrefix(name, of.firstNames()) {
		t.Errorf("%q is not found", name)
	}
}

// Tokens made by versions that did not cut the name are ours, too.
func TestName_uncut(t *testing.T) {
	t.Parallel()
	const host = "https://infisical.example.com"
	connection := strings.Repeat("x", 60)
	of := Connection{Host: host, Name: strings.Repeat("x", 64), ID: someConnectionID}
	server := of.fingerprint()
	if name := strings.Join([]string{"infisical", connection, someConnectionID, server, "9d1c6a7e5b209d1c"}, " "); !of.owns(name) {
		t.Errorf("%q is not recognized", name)
	}
	if old := strings.Join([]string{"infisical", strings.Repeat("x", 64), "new", server, "9d1c6a7e5b209d1c"}, " "); !strings.HasPrefix(old, of.firstNames()) {
		t.Errorf("%q is not found by %q", old, of.firstNames())
	}
}

func FuzzName(f *testing.F) {
	f.Add("", "platform", "")
	f.Add(someConnectionID, strings.Repeat("a", 64), someConnectionID)
	f.Add("p", "a-b", someConnectionID)
	legal := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	f.Fuzz(func(t *testing.T, project, connection, id string) {
		if legal.MatchString(connection) && len(connection) <= 64 && (id == "" || id == someConnectionID) {
			checkName(t, project, connection, id)
		}
	})
}
