package figures

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Figures are those of one run, by name.
type Figures map[string]int64

// executions is how `go test -fuzz` tells how many inputs it has tried; the last line of a target counts.
var executions = regexp.MustCompile(`execs: (\d+)`)

// Collect adds up what the tests of a run have counted, and what its fuzzing has tried, from the files in a directory.
func Collect(directory string) (Figures, error) {
	figures := Figures{}
	content, err := os.ReadFile(filepath.Join(directory, "counts.jsonl")) //nolint:gosec // Of the caller's choice.
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(content) {
		var count Count
		if err := json.Unmarshal(line, &count); err != nil {
			return nil, fmt.Errorf("reading %q: %w", line, err)
		}
		figures[count.Figure] += count.Count
	}
	log, err := os.ReadFile(filepath.Join(directory, "fuzz.log")) //nolint:gosec // As above.
	if errors.Is(err, os.ErrNotExist) {
		return figures, nil
	}
	if err != nil {
		return nil, err
	}
	last := int64(0)
	scanner := bufio.NewScanner(bytes.NewReader(log))
	for scanner.Scan() {
		if tried := executions.FindStringSubmatch(scanner.Text()); tried != nil {
			last, _ = strconv.ParseInt(tried[1], 10, 64) // Digits.
		}
		if strings.HasPrefix(scanner.Text(), "ok") {
			figures[Fuzzed] += last
			last = 0
		}
	}
	return figures, scanner.Err()
}

// rows are what the guide says of each figure, in this order.
var rows = []struct{ figure, says string }{
	{Faults, "Requests that met a fault, each in a run of its own: refused, lost before or after it was done, cut off, answered with an error or a page, or not at all"},
	{Stops, "Runs that were interrupted (Ctrl-C) at a request"},
	{Kills, "Runs in which the plugin died at a request"},
	{Hands, "Plans and their applies, in two processes, with every combination of the tokens that either has at hand, of what changes, and of how it is refreshed"},
	{Hostile, "Hostile answers: that repeat secrets in disguise, that command a terminal, that are too large or never end"},
	{Values, "Values that were written in configurations, and came back equal by apply, import, data source, list and generated configuration"},
	{Refused, "Configurations that must be refused, and are"},
	{Secrets, "Secrets that were looked for in all that tests left: diagnostics, output, TRACE logs, state, private state, plan files"},
	{Mebibyte, "MiB that were searched for them"},
	{Fuzzed, "Inputs that fuzzing made up"},
}

// Table is the guide's. What the run has not counted is left out.
func (f Figures) Table() string {
	table := "| What | How many |\n|---|---:|\n"
	for _, row := range rows {
		if f[row.figure] == 0 {
			continue
		}
		table += fmt.Sprintf("| %s | %s |\n", row.says, thousands(f[row.figure]))
	}
	return table
}

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

const (
	begin = "<!-- Written by make figures. -->\n\n"
	end   = "\n<!-- The end of what it writes. -->"
)

// Fill puts the table between its marks in a page.
func Fill(page, table string) (string, error) {
	before, rest, found := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", errors.New("the page has no place for the figures")
	}
	return before + begin + table + end + after, nil
}
