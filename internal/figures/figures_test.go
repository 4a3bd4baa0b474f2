package figures_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
)

// The guide shows the figures that make figures has kept, and nobody has edited either.
func TestGuide(t *testing.T) {
	t.Parallel()
	var kept figures.Figures
	content, err := os.ReadFile("testdata/figures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &kept); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../INTERNALS.md")
	if err != nil {
		t.Fatal(err)
	}
	filled, err := figures.Fill(string(page), kept.Table())
	if err != nil {
		t.Fatal(err)
	}
	if filled != string(page) {
		t.Error("the guide does not show the figures that are kept: run make figures")
	}
}

func TestCollect(t *testing.T) {
	directory := t.TempDir()
	t.Setenv(figures.Variable, directory)
	figures.Add(t, figures.Faults, 1200)
	figures.Add(t, figures.Faults, 34)
	log := "p: FuzzA\nfuzz: elapsed: 3s, execs: 10 (3/sec)\nfuzz: elapsed: 6s, execs: 25 (3/sec)\nPASS\nok  \tp\t6s\np: FuzzB\nfuzz: elapsed: 6s, execs: 5 (1/sec)\nok  \tp\t6s\n"
	if err := os.WriteFile(filepath.Join(directory, "fuzz.log"), []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	collected, err := figures.Collect(directory)
	if err != nil {
		t.Fatal(err)
	}
	if collected[figures.Faults] != 1234 || collected[figures.Fuzzed] != 30 {
		t.Errorf("collected %v", collected)
	}
	if table := collected.Table(); !strings.Contains(table, " | 1,234 |\n") {
		t.Errorf("the table is %s", table)
	}
}
