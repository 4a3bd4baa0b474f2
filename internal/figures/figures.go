// Package figures collects what tests count, for INTERNALS.md: how many points were swept, answers tried,
// inputs refused. Without the environment variable FIGURES, which names a directory, it does nothing.
package figures

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The figures.
const (
	Faults   = "faults"
	Stops    = "stops"
	Kills    = "kills"
	Hands    = "hands"
	Hostile  = "hostile answers"
	Values   = "values round-tripped"
	Refused  = "inputs refused"
	Secrets  = "secrets searched for"
	Mebibyte = "MiB searched"
	Fuzzed   = "fuzz executions"
)

// Count is one line of what tests have counted.
type Count struct {
	Figure string
	Count  int64
}

// Variable names the directory in which the counts are collected.
const Variable = "FIGURES"

// Add counts.
func Add(t testing.TB, figure string, count int64) {
	t.Helper()
	if err := Write(figure, count); err != nil {
		t.Errorf("counting: %v", err)
	}
}

// Write is Add outside a test. Processes side by side write to one file; a line is written at once.
func Write(figure string, count int64) error {
	directory := os.Getenv(Variable)
	if directory == "" || count == 0 {
		return nil
	}
	line, err := json.Marshal(Count{Figure: figure, Count: count})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(directory, "counts.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return err
	}
	return file.Close()
}
