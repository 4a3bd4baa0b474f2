package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../../.."

func messages(t *testing.T) []message {
	t.Helper()
	found, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// One text of each sort, from each floor, however it is put together in the source.
func TestRead(t *testing.T) {
	t.Parallel()
	found := messages(t)
	for _, wanted := range []struct {
		at, text string // where it begins
		title    bool
	}{
		{"internal/providerdata/errors.go", "Infisical refuses the value", true},
		{"internal/providerdata/names.go", "The description has … characters, and Infisical can store ….", false},
		{"internal/tokenpolicy/judge.go", "GitLab token lacks a scope", true}, // a constant
		{"internal/connection/errors.go", "Could not … the GitLab connection", true},
		{"internal/connection/", "GitLab's id of the token.", false},
		{"internal/provider/schema.go", " Defaults to the environment variable `…`.", false}, // a sum
		{"internal/infisical/login_errors.go", "Check ….", false},
		{"internal/gitlab/token.go", `"…" is not an access level: use one of …`, false},
		{"internal/transport/baseurl.go", "it has no host", false},
		{"internal/cloudidentity/cloudidentity.go", "could not get …: …", false},
	} {
		if !slices.ContainsFunc(found, func(m message) bool {
			return strings.HasPrefix(m.at, wanted.at) && m.text == wanted.text && m.title == wanted.title
		}) {
			t.Errorf("not found: %+v", wanted)
		}
	}
	for _, m := range found {
		if strings.Contains(m.at, "sandbox") || strings.Contains(m.at, "_test.go") {
			t.Errorf("%s is no text of the provider", m.at)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	write(&out, []message{{at: "a.go:1", text: "Name taken", title: true}, {at: "a.go:2", text: "Choose another.\nOr import it."}})
	const want = "a.go:1:\nName taken\n\na.go:2:\n    Choose another.\n    Or import it.\n\n2 texts, 1 of them titles\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// Whoever meets an error searches the guide for its title, so each title stands there, and none that no code says.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	const path = root + "/templates/guides/troubleshooting.md.tmpl"
	guide, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	entry := regexp.MustCompile(`\*\*(.+?)\*\*`)
	wrapped := regexp.MustCompile(`\n +`)
	for line := range strings.Lines(wrapped.ReplaceAllString(string(guide), " ")) {
		if !strings.HasPrefix(line, "- **") {
			continue
		}
		for _, title := range entry.FindAllStringSubmatch(line, -1) {
			explained = append(explained, title[1])
		}
	}
	var said []string
	for _, m := range titlesOf(messages(t)) {
		said = append(said, m.text)
		if !slices.Contains(explained, m.text) {
			t.Errorf("%s: %s has no entry %q", m.at, path, "- **"+m.text+"**")
		}
	}
	for _, title := range explained {
		if !slices.Contains(said, title) {
			t.Errorf("%s explains %q, which no code says", path, title)
		}
	}
}
