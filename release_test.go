package main_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

var update = flag.Bool("update", false, "write THIRD_PARTY.md anew")

// goCommand runs the go command in a directory, as a release does, and returns what it prints.
func goCommand(t *testing.T, directory string, env []string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = directory
	command.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"), env...)
	output, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(output)
}

// Two builds in two directories, with the flags of a release, are the same to the byte. `make reproducible` has each
// compile everything in a cache of its own; else both use what is compiled already, and only the links are compared.
func TestRelease_isReproducible(t *testing.T) {
	t.Parallel()
	tracked := strings.Fields(gitFiles(t))
	var sums []string
	for range 2 {
		directory := t.TempDir()
		for _, name := range tracked {
			copyFile(t, name, filepath.Join(directory, name))
		}
		var env []string
		if os.Getenv("REPRODUCE") != "" {
			env = append(env, "GOCACHE="+t.TempDir())
		}
		binary := filepath.Join(directory, "built")
		goCommand(t, directory, env, "build", "-trimpath", "-buildvcs=false", "-tags", "grpcnotrace", "-ldflags", "-s -w -X main.version=1.2.3", "-o", binary,
			".")
		content, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), directory) {
			t.Errorf("the binary tells that it was built in %s", directory)
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(content)))
	}
	t.Log(sums)
	if sums[0] != sums[1] {
		t.Error("two builds differ")
	}
}

// gitFiles are the files that a build reads.
func gitFiles(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", "ls-files", "go.mod", "go.sum", "*.go")
	output, err := command.Output()
	if err != nil {
		t.Skipf("this is no clone of the repository: %v", err)
	}
	return string(output)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	source, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return // Deleted, and not yet committed.
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(target, source); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
}

var (
	used   = regexp.MustCompile(`(?m)uses: *(\S+)(.*)$`)
	pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)
)

// Whoever takes over the repository of an action must not get into a release by moving a tag.
func TestRelease_actionsArePinned(t *testing.T) {
	t.Parallel()
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(workflows) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	for _, workflow := range workflows {
		content, err := os.ReadFile(workflow)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range used.FindAllStringSubmatch(string(content), -1) {
			if strings.HasPrefix(use[1], "./") {
				continue
			}
			if !pinned.MatchString(use[1]) || !strings.HasPrefix(strings.TrimSpace(use[2]), "# v") {
				t.Errorf("%s: %s is not pinned by commit, with its version behind", workflow, use[1])
			}
		}
	}
}

// The licenses of what is linked into the provider are such that it may be distributed under its own, and
// THIRD_PARTY.md lists them.
func TestRelease_licenses(t *testing.T) {
	t.Parallel()
	allowed := []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"}
	var all strings.Builder
	all.WriteString("# What is linked into the provider\n\nWritten by `make licenses`, and checked by `make test`.\n\n| Module | License |\n|---|---|\n")
	for _, module := range linkedModules(t) {
		found := licensesOf(t, module.Dir)
		for _, license := range found {
			if !slices.Contains(allowed, license) {
				t.Errorf("%s is under %s", module.Path, license)
			}
		}
		if len(found) == 0 {
			t.Errorf("%s has no license that is known", module.Path)
		}
		fmt.Fprintf(&all, "| %s | %s |\n", module.Path, strings.Join(found, ", "))
	}
	const list = "THIRD_PARTY.md"
	if *update {
		if err := os.WriteFile(list, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if string(listed) != all.String() {
		t.Errorf("%s does not say what is linked: run make licenses and commit", list)
	}
}

type goModule struct {
	Path, Dir string
	Main      bool
}

// linkedModules are those of all packages of the provider on the platforms of a release, sorted.
func linkedModules(t *testing.T) []goModule {
	t.Helper()
	modules := map[string]goModule{}
	for _, platform := range []string{"linux", "darwin", "windows", "freebsd"} {
		printed := goCommand(t, ".", []string{"GOOS=" + platform, "GOARCH=amd64"}, "list", "-deps", "-tags", "grpcnotrace", "-f",
			"{{with .Module}}{{.Path}}{{end}}", ".")
		for path := range strings.FieldsSeq(printed) {
			modules[path] = goModule{}
		}
	}
	decoder := json.NewDecoder(strings.NewReader(goCommand(t, ".", nil, "list", "-m", "-json", "all")))
	for {
		var module goModule
		err := decoder.Decode(&module)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, linked := modules[module.Path]; linked {
			modules[module.Path] = module
		}
	}
	var sorted []goModule
	for _, module := range modules {
		if !module.Main {
			sorted = append(sorted, module)
		}
	}
	slices.SortFunc(sorted, func(a, b goModule) int { return strings.Compare(a.Path, b.Path) })
	return sorted
}

// licensesOf are the licenses of the texts in a module's directory, sorted, by their SPDX identifiers.
func licensesOf(t *testing.T, directory string) []string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		if !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			continue // A directory of licenses, besides the text itself.
		}
		for _, match := range licensecheck.Scan(content).Match {
			if !match.IsURL && !slices.Contains(found, match.ID) {
				found = append(found, match.ID)
			}
		}
	}
	slices.Sort(found)
	return found
}
