package connection_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The registry shows docs/index.md at …/latest/docs and docs/guides/x.md at …/latest/docs/guides/x. It takes relative links as they are,
// save for an ending .md, which it strips (https://github.com/cloudflare/terraform-provider-cloudflare/pull/7218). So those between two
// pages of one level work there and in the repository, and those of the index, whose address has no slash at its end, do not
// (https://github.com/BerriAI/terraform-provider-litellm/pull/65).
const registryDocs = "https://registry.terraform.io/providers/infisical-community/infisical/latest/docs/"

func TestDocs_links(t *testing.T) {
	t.Parallel()
	const root = "../.."
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
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
				switch {
				case ours && !exists(filepath.Join(root, "docs", name+".md")),
					!ours && !strings.Contains(found[1], "://") && broken(page, found[1]):
					t.Errorf("%s: the link to %s leads nowhere, in the repository or in the registry", page, found[1])
				}
			}
		}
	}
}

func brokenInRepository(page, target string) bool {
	return !exists(filepath.Join(filepath.Dir(page), target))
}

// brokenInRegistry: pages are there by kind and name, and nothing else of the repository is.
func brokenInRegistry(target string) bool {
	return !regexp.MustCompile(`^(\.\./(guides|resources|data-sources|functions|list-resources)/)?[\w-]+\.md$`).MatchString(target)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
