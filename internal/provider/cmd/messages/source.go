package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// message is a text that a user can come to see, with … for what is known only when it is said.
type message struct {
	// at is the place in the source, as file:line.
	at   string
	text string
	// title: the text is the summary of a diagnostic.
	title bool
}

// titlesOf are the titles among the messages.
func titlesOf(messages []message) []message {
	return slices.DeleteFunc(slices.Clone(messages), func(m message) bool { return !m.title })
}

// silent are the directories whose texts no user of the provider sees.
var silent = []string{"internal/sandbox", "internal/acctest", "internal/provider/cmd", "tools"}

// read finds the messages in the source of the provider, in the order of files and lines.
func read(root string) ([]message, error) {
	var found []message
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		inside = filepath.ToSlash(inside)
		if entry.IsDir() && (slices.Contains(silent, inside) || len(inside) > 1 && strings.HasPrefix(inside, ".")) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		reader := &reader{file: file, at: func(node ast.Node) string {
			return fmt.Sprintf("%s:%d", inside, files.Position(node.Pos()).Line)
		}}
		ast.Inspect(file, reader.visit)
		found = append(found, reader.found...)
		return reader.err
	})
	return found, err
}

// reader collects the messages of one file.
type reader struct {
	file  *ast.File
	at    func(ast.Node) string
	found []message
	err   error
}

func (r *reader) visit(node ast.Node) bool {
	for _, expression := range titles(node) {
		title, ok := r.constant(expression)
		if !ok {
			r.err = fmt.Errorf("%s: the title of a diagnostic is neither a text nor a name that this file gives one", r.at(expression))
		}
		r.found = append(r.found, message{at: r.at(expression), text: title, title: true})
	}
	switch node := node.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.Field:
		node.Tag = nil
	case ast.Expr:
		if text, inner, ok := spoken(node); ok {
			r.say(node, text)
			for _, expression := range inner {
				ast.Inspect(expression, r.visit)
			}
			return false
		}
	}
	return true
}

// prose has a word, white space, and something more.
var prose = regexp.MustCompile(`\pL[\pL…]*[,.:;)"\x60]* +\S`)

func (r *reader) say(node ast.Node, text string) {
	if !prose.MatchString(text) || slices.ContainsFunc(r.found, func(m message) bool { return m.title && m.at == r.at(node) && m.text == text }) {
		return
	}
	r.found = append(r.found, message{at: r.at(node), text: text})
}

// spoken is the text of a literal, of a sum with a literal in it, or of a formatted literal, and the expressions that
// stand for its ….
func spoken(expression ast.Expr) (text string, inner []ast.Expr, ok bool) {
	switch expression := expression.(type) {
	case *ast.ParenExpr:
		return spoken(expression.X)
	case *ast.BasicLit:
		text, err := strconv.Unquote(expression.Value)
		return text, nil, expression.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, leftInner, leftOK := spoken(expression.X)
		right, rightInner, rightOK := spoken(expression.Y)
		if expression.Op != token.ADD || !leftOK && !rightOK {
			return "", nil, false
		}
		if !leftOK {
			left, leftInner = placeholder(expression.X), []ast.Expr{expression.X}
		}
		if !rightOK {
			right, rightInner = placeholder(expression.Y), []ast.Expr{expression.Y}
		}
		return left + right, append(leftInner, rightInner...), true
	case *ast.CallExpr:
		if called := name(expression.Fun); called != "Sprintf" && called != "Errorf" {
			return "", nil, false
		}
		format, _, ok := spoken(expression.Args[0])
		return formatted(format, expression.Args[1:]), expression.Args[1:], ok
	}
	return "", nil, false
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*[\d.]*[a-zA-Z%]`)

// formatted puts … in the place of each verb.
func formatted(format string, args []ast.Expr) string {
	return verb.ReplaceAllStringFunc(format, func(verb string) string {
		if verb == "%%" {
			return "%"
		}
		var said string
		if len(args) > 0 {
			said, args = placeholder(args[0]), args[1:]
		}
		if strings.HasPrefix(verb, "%[") {
			said = "…"
		}
		if strings.HasSuffix(verb, "q") {
			return strconv.Quote(said)
		}
		return said
	})
}

// placeholder is … for a value, with a full stop where one may come with it: sentences have one, and so have the words
// of many servers.
func placeholder(expression ast.Expr) string {
	if call, ok := expression.(*ast.CallExpr); ok && slices.Contains([]string{"Sentence", "Message", "Error"}, name(call.Fun)) {
		return "…."
	}
	return "…"
}

// titleAt is which argument is the title.
var titleAt = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	"fault": 1, // of tokenpolicy
}

// titles are the expressions in a node that make a title, without those that pass on one that was made elsewhere. A
// function has a summary, too, but its documentation's.
func titles(node ast.Node) []ast.Expr {
	var expressions []ast.Expr
	switch node := node.(type) {
	case *ast.CallExpr:
		if at, ok := titleAt[name(node.Fun)]; ok && at < len(node.Args) {
			expressions = append(expressions, node.Args[at])
		}
	case *ast.CompositeLit:
		if name(node.Type) == "Definition" {
			return nil
		}
		for _, element := range node.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok && name(pair.Key) == "Summary" {
				expressions = append(expressions, pair.Value)
			}
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

// passedOn: the Summary of a finding or of another diagnostic, or none yet.
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

// constant is the text of an expression, or of a name that the file gives one.
func (r *reader) constant(expression ast.Expr) (string, bool) {
	if named, ok := expression.(*ast.Ident); ok {
		expression = r.valueOf(named.Name)
	}
	if expression == nil {
		return "", false
	}
	text, _, ok := spoken(expression)
	return text, ok
}

// valueOf is what the file gives to a name first; nil when it gives it nothing.
func (r *reader) valueOf(wanted string) ast.Expr {
	var value ast.Expr
	ast.Inspect(r.file, func(node ast.Node) bool {
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
