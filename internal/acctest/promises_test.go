package acctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const promisesFile = "../../docs/promises.yml"

// promises is docs/promises.yml: each sentence of the pages that promises something, with the tests that prove it, and
// those that have such a word, but promise nothing of this provider.
type promises struct {
	Promises []struct {
		Says  string   `yaml:"says"`
		Tests []string `yaml:"tests"`
	} `yaml:"promises"`
	// Others are by what they are: advice, the limits of the provider, or what others do, such as GitLab.
	Others map[string][]string `yaml:"others"`
}

// promising are the words by which a sentence promises.
var promising = regexp.MustCompile(`(?i)\b(every|never|only|no)\b`)

// What pages promise, a test proves: each sentence with such a word is in docs/promises.yml, and nothing else is; each
// test that is named there exists.
func TestDocs_promises(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(promisesFile)
	if err != nil {
		t.Fatal(err)
	}
	var list promises
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		t.Fatal(err)
	}
	var listed []string
	tests := testsOfTree(t)
	for _, promise := range list.Promises {
		listed = append(listed, promise.Says)
		if len(promise.Tests) == 0 {
			t.Errorf("%q has no test", promise.Says)
		}
		for _, name := range promise.Tests {
			if !tests[name] {
				t.Errorf("%q has lost its test %s", promise.Says, name)
			}
		}
	}
	for _, sentences := range list.Others {
		listed = append(listed, sentences...)
	}
	said := map[string]bool{}
	for _, page := range pages(t) {
		for _, sentence := range promisesOf(t, page) {
			said[sentence] = true
			if !slices.Contains(listed, sentence) {
				t.Errorf("%s: %s does not list %q", page, promisesFile, sentence)
			}
		}
	}
	for i, sentence := range listed {
		if !said[sentence] {
			t.Errorf("%s lists %q, which no page says", promisesFile, sentence)
		}
		if slices.Contains(listed[:i], sentence) {
			t.Errorf("%s lists %q twice", promisesFile, sentence)
		}
	}
}

// testsOfTree are the names of all tests.
func testsOfTree(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declaration.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// promisesOf are the sentences of a page, and the cells of its tables, that have a promising word.
func promisesOf(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(sentences(string(text)), func(sentence string) bool { return !promising.MatchString(sentence) })
}

// sentences are what a reader reads of a page: without front matter, code blocks, addresses and comments.
func sentences(page string) []string {
	for _, left := range []string{`(?s)\A---\n.*?\n---\n`, "(?ms)^ *```.*?^ *```", `(?s)<!--.*?-->`, `\(see \[below.*?\)\)`, `\]\([^)\s]*\)`} {
		page = regexp.MustCompile(left).ReplaceAllString(page, "")
	}
	page = strings.NewReplacer("![", "", "[", "").Replace(page)
	// A paragraph, an item of a list, a heading or a row of a table is one line.
	page = regexp.MustCompile(`\n *([^\s#|\-\d])`).ReplaceAllStringFunc(page, func(found string) string { return " " + strings.TrimSpace(found) })
	var found []string
	for line := range strings.Lines(page) {
		for _, cell := range strings.Split(line, " | ") {
			cell = regexp.MustCompile(`^\s*(?:[|#-]+|\d+\.)\s+|\s*\|\s*$`).ReplaceAllString(cell, "")
			for _, sentence := range strings.SplitAfter(regexp.MustCompile(`([.?!]) +`).ReplaceAllString(cell, "$1\n"), "\n") {
				if sentence = strings.Join(strings.Fields(sentence), " "); sentence != "" {
					found = append(found, sentence)
				}
			}
		}
	}
	return found
}

func TestSentences(t *testing.T) {
	t.Parallel()
	page := "---\ntitle: \"no\"\n---\n\n# No title\n\nOne [link\nwraps](no.md). Two?\n\n- an item\n  goes on. And\n  on\n- three\n\n```shell\nno\n```\n\n" +
		"| a | no |\n|---|---|\n| b. c | d |\n"
	want := []string{"No title", "One link wraps.", "Two?", "an item goes on.", "And on", "three", "a", "no", "b.", "c", "d"}
	if got := sentences(page); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
