package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// rpcs runs the benchmarks of the repository itself, and keeps what they print.
func (r *report) rpcs(ctx context.Context) error {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", ourModule+"/internal/...")
	command.Env = append(environment(), "TF_ACC=1")
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("running the benchmarks: %w\n%s", err, output)
	}
	_, _ = os.Stderr.Write(output)
	r.benchmarks = benchmarksIn(output)
	return nil
}

// A benchmark is one line of `go test -bench`.
type benchmark struct {
	name    string
	figures []string
}

// processors is what go test puts behind the name of a benchmark.
var processors = regexp.MustCompile(`-\d+$`)

func benchmarksIn(output []byte) []benchmark {
	var found []benchmark
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		b := benchmark{name: processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")}
		for i := 2; i+1 < len(fields); i += 2 {
			b.figures = append(b.figures, fields[i]+" "+fields[i+1])
		}
		found = append(found, b)
	}
	return found
}
