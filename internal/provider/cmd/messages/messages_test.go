package main

import (
	"fmt"
	"os"
	"path/filepath"
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
		{"internal/attribute/names.go", "The description has … characters, and Infisical can store ….", false},
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

// Whoever meets an error searches the guide for its title, so each title is a heading there, with an address of its
// own, and no heading is one that no code says.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	const path = root + "/templates/guides/troubleshooting.md.tmpl"
	guide, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ours, _, _ := strings.Cut(string(guide), "\n## Without an error\n") // What follows has no title of ours.
	var explained []string
	for _, heading := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(ours, -1) {
		if slices.Contains(explained, heading[1]) {
			t.Errorf("%s explains %q twice", path, heading[1])
		}
		explained = append(explained, heading[1])
	}
	var said []string
	for _, m := range titlesOf(messages(t)) {
		said = append(said, m.text)
		if !slices.Contains(explained, m.text) {
			t.Errorf("%s: %s has no heading %q", m.at, path, "### "+m.text)
		}
	}
	for _, title := range explained {
		if !slices.Contains(said, title) {
			t.Errorf("%s explains %q, which no code says", path, title)
		}
	}
}

// Turns of phrase that readers stumbled over, and what goes wrong when texts are put together.
var blemishes = map[string]*regexp.Regexp{
	"a phrase of our own": regexp.MustCompile(`(?i)\bmade anew\b|\banew\b|\bsees? to (it|that)\b|\bis gone\b|\bare gone\b|\bany texts\b|` +
		`\bcould not be found out\b|\bis no more\b|\bare no more\b|\bcomes of\b|\bnobody's\b`),
	"an object before its verb": regexp.MustCompile(`^(Whether|What|That) [^.,;:?]*, (is|was|does|did|no|nobody|only)\b|it is not known\b`),
	"two full stops":            regexp.MustCompile(`[\pL\pN)…"]\.\.(\s|$)`),
	"a control character":       regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]`),
	"two spaces in a sentence":  regexp.MustCompile(`[\pL,;.:]  +\pL`),
}

func blemish(text string) string {
	for what, looksLike := range blemishes {
		if found := looksLike.FindString(text); found != "" {
			return fmt.Sprintf("%s: %q", what, found)
		}
	}
	return ""
}

func TestBlemish(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"It is made anew.": true,
		"GitLab connection created or not, it is not known": true,
		"Whether it may, only GitLab knows.":                true,
		"Any texts.":                                        true,
		"The value cannot be used: …..":                     true,
		"a tab\there":                                       true,
		"One.  Two.":                                        true,
		"The connection will be recreated.":                 false,
		"Whether to allow plain `http` to other machines.":  false,
		"What the connection is for, 1 to 255 characters.":  false,
		"Reading ../other.tf failed: ….":                    false,
		"- \"one\" (id 1)\n- \"two\" (id 2)":                false,
	} {
		if found := blemish(text); (found != "") != want {
			t.Errorf("%q: %q", text, found)
		}
	}
}

// What a user reads has no blemishes: neither the provider's texts nor the pages.
func TestEnglish(t *testing.T) {
	t.Parallel()
	for _, m := range messages(t) {
		if found := blemish(m.text); found != "" {
			t.Errorf("%s: %q has %s", m.at, m.text, found)
		}
		if m.title && strings.HasSuffix(m.text, ".") {
			t.Errorf("%s: the title %q ends with a full stop", m.at, m.text)
		}
	}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s: no pages (%v)", pattern, err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for number, line := range strings.Split(proseOf(string(text)), "\n") {
				if found := blemish(line); found != "" {
					t.Errorf("%s:%d: %s", page, number+1, found)
				}
			}
		}
	}
}

// proseOf blanks what is not prose on a page: code, and the columns of tables.
func proseOf(page string) string {
	fenced := regexp.MustCompile("(?ms)^ *```.*?^ *```")
	page = fenced.ReplaceAllStringFunc(page, func(code string) string { return strings.Repeat("\n", strings.Count(code, "\n")) })
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(page, "`…`")
}
