package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A warning, or the error that a scene is about, does not look as if the demo had failed.
func TestGently(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"Warning: GitLab token will be created":  "Terraform warns: GitLab token will be created",
		"Error: GitLab token has too low a role": "Refused, as it should be: GitLab token has too low a role",
		"Plan: 1 to add":                         "Plan: 1 to add",
	} {
		if got := gently(line); got != want {
			t.Errorf("%q: got %q", line, got)
		}
	}
}

// What goes into a file or a pipe has no escape codes.
func TestColored(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	t.Setenv("CLICOLOR_FORCE", "")
	t.Setenv("NO_COLOR", "")
	if colored(file) || emphasize("1. A scene", colored(file)) != "1. A scene" {
		t.Error("a file gets escape codes")
	}
	t.Setenv("CLICOLOR_FORCE", "1")
	if !colored(file) {
		t.Error("README's picture has no colors")
	}
	t.Setenv("NO_COLOR", "1")
	if colored(file) {
		t.Error("NO_COLOR is not heeded")
	}
}
