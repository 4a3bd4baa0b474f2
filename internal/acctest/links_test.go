package acctest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The registry shows docs/index.md at …/latest/docs and docs/guides/x.md at …/latest/docs/guides/x. It takes relative
// links as they are, save for an ending .md, which it strips
// (https://github.com/cloudflare/terraform-provider-cloudflare/pull/7218). So those between two pages of one level work
// there and in the repository, and those of the index, whose address has no slash at its end, do not
// (https://github.com/BerriAI/terraform-provider-litellm/pull/65).
const registryDocs = "https://registry.terraform.io/providers/infisical-community/infisical/latest/docs/"

// registryImages is where pages of the registry take images from: it serves none of the repository's itself.
const registryImages = "https://raw.githubusercontent.com/infisical-community/terraform-provider-infisical/main/"

func TestDocs_links(t *testing.T) {
	t.Parallel()
	const root = "../.."
	link := regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	for pattern, broken := range map[string]func(page, target string) bool{
		"*.md":        brokenInRepository,
		"docs/*.md":   func(string, string) bool { return true },
		"docs/*/*.md": func(page, target string) bool { return brokenInRepository(page, target) || brokenInRegistry(target) },
	} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s: no pages (%v)", pattern, err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range link.FindAllStringSubmatch(string(text), -1) {
				name, ours := strings.CutPrefix(found[1], registryDocs)
				image, drawn := strings.CutPrefix(found[1], registryImages)
				if found[2] != "" && !hasAnchor(page, found[1], found[2]) {
					t.Errorf("%s: the link to %s%s leads to no heading", page, found[1], found[2])
				}
				switch {
				case found[1] == "":
				case ours && !exists(filepath.Join(root, "docs", name+".md")), drawn && !exists(filepath.Join(root, image)),
					!ours && !strings.Contains(found[1], "://") && broken(page, found[1]):
					t.Errorf("%s: the link to %s leads nowhere, in the repository or in the registry", page, found[1])
				}
			}
		}
	}
}

// hasAnchor reports whether a page of this repository has the heading, as GitHub and the registry name it, or the
// anchor, that a link from page leads to. It does not look at other sites.
func hasAnchor(page, target, anchor string) bool {
	path, ours := fileOf(page, target)
	if !ours {
		return true
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	if strings.Contains(string(text), `id="`+anchor[1:]+`"`) {
		return true
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		if "#"+strings.ReplaceAll(name, " ", "-") == anchor {
			return true
		}
	}
	return false
}

// fileOf is the file of this repository that a link from page leads to, false when it leads elsewhere.
func fileOf(page, target string) (path string, ours bool) {
	const root, github = "../..", "https://github.com/infisical-community/terraform-provider-infisical/blob/main/"
	if target == "" {
		return page, true
	}
	if name, is := strings.CutPrefix(target, registryDocs); is {
		return filepath.Join(root, "docs", name+".md"), true
	}
	if name, is := strings.CutPrefix(target, github); is {
		return filepath.Join(root, name), true
	}
	return filepath.Join(filepath.Dir(page), target), !strings.Contains(target, "://")
}

// The registry puts what belongs together under one title: pages of a kind, and the guides about them.
func TestDocs_subcategories(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^subcategory: "\w.*"$`).Match(text) {
			t.Errorf("%s has no subcategory", page)
		}
	}
}

func brokenInRepository(page, target string) bool {
	return !exists(filepath.Join(filepath.Dir(page), target))
}

// brokenInRegistry: pages are there by kind and name, and nothing else of the repository is.
func brokenInRegistry(target string) bool {
	return !regexp.MustCompile(`^(\.\./(guides|resources|data-sources|functions|list-resources|actions)/)?[\w-]+\.md$`).MatchString(target)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// What the pages for developers name in the tree is there.
func TestDocs_namesFilesThatExist(t *testing.T) {
	t.Parallel()
	const root = "../.."
	inTree := map[string]bool{}
	tracked, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files").Output()
	if err != nil {
		t.Skip("not a checkout of git")
	}
	for path := range strings.Lines(string(tracked)) {
		inTree[filepath.Base(strings.TrimSpace(path))] = true
	}
	file := regexp.MustCompile("`((?:[\\w.-]+/)*[\\w.-]+\\.(?:go|tmpl|json|yml|mod)|internal/[\\w/]+)`")
	for _, page := range []string{"CONTRIBUTING.md", "ARCHITECTURE.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		found := file.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no file", page)
		}
		for _, named := range found {
			if inRoot := strings.Contains(named[1], "/"); inRoot && !exists(filepath.Join(root, named[1])) || !inRoot && !inTree[named[1]] {
				t.Errorf("%s: %s does not exist", page, named[1])
			}
		}
	}
}

// Each mistake that must not come back is mended by a commit of this history.
func TestDocs_namesCommitsThatExist(t *testing.T) {
	t.Parallel()
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	shallow, err := exec.CommandContext(t.Context(), "git", "-C", root, "rev-parse", "--is-shallow-repository").Output()
	if err != nil || strings.TrimSpace(string(shallow)) != "false" {
		t.Skip("the history is not here")
	}
	commits := regexp.MustCompile(`\b[0-9a-f]{7}\b`).FindAllString(string(text), -1)
	if len(commits) < 20 {
		t.Errorf("CONTRIBUTING.md names %d commits", len(commits))
	}
	for _, commit := range commits {
		if err := exec.CommandContext(t.Context(), "git", "-C", root, "merge-base", "--is-ancestor", commit, "HEAD").Run(); err != nil {
			t.Errorf("CONTRIBUTING.md: %s is no commit of this history", commit)
		}
	}
}

// Comments wrap at 120 columns, of which a tab takes 4. What is indented in a comment stands as it is, and an address
// does not break.
func TestDocs_commentsWrap(t *testing.T) {
	t.Parallel()
	const root, width = "../..", 120
	tracked, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "*.go").Output()
	if err != nil {
		t.Skip("not a checkout of git")
	}
	for path := range strings.Lines(string(tracked)) {
		path = strings.TrimSpace(path)
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			columns := utf8.RuneCountInString(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    "))
			prose, comment := strings.CutPrefix(strings.TrimSpace(line), "// ")
			if comment && columns > width && !strings.HasPrefix(prose, " ") && strings.Contains(prose, " ") {
				t.Errorf("%s:%d: a comment of %d columns", path, number, columns)
			}
		}
	}
}
