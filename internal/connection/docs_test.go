package connection_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whoever meets an error searches the guide for its title, so each title stands there, and none that no code says.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	const path = "../../templates/guides/troubleshooting.md.tmpl"
	guide, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	title := regexp.MustCompile(`\*\*(.+?)\*\*`)
	for line := range strings.Lines(string(guide)) {
		if !strings.HasPrefix(line, "- **") {
			continue
		}
		for _, entry := range title.FindAllStringSubmatch(line, -1) {
			explained = append(explained, entry[1])
		}
	}
	var said []string
	for _, pattern := range []string{"*.go", "../provider/*.go", "../providerdata/*.go", "../tokenpolicy/*.go"} {
		said = append(said, summaries(t, pattern)...)
	}
	for _, summary := range said {
		if !slices.Contains(explained, summary) {
			t.Errorf("%s has no entry %q", path, "- **"+summary+"**")
		}
	}
	for _, summary := range explained {
		if !slices.Contains(said, summary) {
			t.Errorf("%s explains %q, which no code says", path, summary)
		}
	}
}

// summaries are the titles of the diagnostics and findings that the files make.
func summaries(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files (%v)", pattern, err)
	}
	var found []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			for _, expression := range titles(node) {
				summary, ok := literal(file, expression)
				if !ok {
					t.Errorf("%s: the title of a diagnostic is not a text that this test can read", path)
				}
				found = append(found, summary)
			}
			return true
		})
	}
	return found
}

// titleAt is which argument is the title.
var titleAt = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	"fault": 1, // of tokenpolicy
}

// titles are the expressions in a node that make a title, without those that pass on one that was made elsewhere.
func titles(node ast.Node) []ast.Expr {
	var expressions []ast.Expr
	switch node := node.(type) {
	case *ast.CallExpr:
		if at, ok := titleAt[name(node.Fun)]; ok && at < len(node.Args) {
			expressions = append(expressions, node.Args[at])
		}
	case *ast.KeyValueExpr:
		if name(node.Key) == "Summary" {
			expressions = append(expressions, node.Value)
		}
	case *ast.AssignStmt:
		for i, left := range node.Lhs {
			if selector, ok := left.(*ast.SelectorExpr); ok && selector.Sel.Name == "Summary" {
				expressions = append(expressions, node.Rhs[i])
			}
		}
	}
	return slices.DeleteFunc(expressions, passedOn)
}

// passedOn: the Summary of a finding or of another diagnostic, a parameter of that name, or none yet.
func passedOn(expression ast.Expr) bool {
	switch expression := expression.(type) {
	case *ast.CallExpr:
		return name(expression.Fun) == "Summary"
	case *ast.SelectorExpr:
		return expression.Sel.Name == "Summary"
	case *ast.BasicLit:
		return expression.Value == `""`
	}
	return false
}

// literal reads a text, the format of a Sprintf with … for what varies, or a constant or variable of the same file that is given one.
func literal(file *ast.File, expression ast.Expr) (string, bool) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(expression.Value)
		return text, err == nil
	case *ast.CallExpr:
		if name(expression.Fun) != "Sprintf" {
			return "", false
		}
		format, ok := literal(file, expression.Args[0])
		return strings.ReplaceAll(format, "%s", "…"), ok
	case *ast.Ident:
		if value := valueOf(file, expression.Name); value != nil {
			return literal(file, value)
		}
	}
	return "", false
}

// valueOf is what the file gives to a name first; nil when it gives it nothing.
func valueOf(file *ast.File, wanted string) ast.Expr {
	var value ast.Expr
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			for i, left := range node.Names {
				if left.Name == wanted && i < len(node.Values) {
					value = node.Values[i]
				}
			}
		case *ast.AssignStmt:
			for i, left := range node.Lhs {
				if name(left) == wanted && len(node.Lhs) == len(node.Rhs) {
					value = node.Rhs[i]
				}
			}
		}
		return value == nil
	})
	return value
}

// name is the last name in an expression such as diags.AddError.
func name(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	}
	return ""
}

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
