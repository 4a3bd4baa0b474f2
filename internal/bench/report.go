package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A report is what has been measured so far.
type report struct {
	settings   settings
	contenders map[string]*contender
	// circumstances say where, when and with what.
	circumstances []string

	walks      []*walked
	beginnings map[string]*beginning
	sizes      map[string]int64
	shares     []share
	benchmarks []benchmark
}

func newReport(ctx context.Context, s settings, contenders map[string]*contender) (*report, error) {
	version, err := exec.CommandContext(ctx, s.terraform, "version").Output() //nolint:gosec // make has named it.
	if err != nil {
		return nil, fmt.Errorf("asking the CLI for its version: %w", err)
	}
	cli, _, _ := strings.Cut(string(version), "\n")
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		commit = []byte("unknown")
	}
	return &report{settings: s, contenders: contenders, circumstances: []string{
		time.Now().Format(time.DateOnly),
		"commit " + strings.TrimSpace(string(commit)),
		cli,
		fmt.Sprintf("%s on %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("%d cores of %s", runtime.NumCPU(), processorModel()),
	}}, nil
}

// processorModel is what Linux calls the processor.
func processorModel() string {
	information, _ := os.ReadFile("/proc/cpuinfo")
	_, after, found := strings.Cut(string(information), "model name")
	line, _, _ := strings.Cut(after, "\n")
	if !found {
		return "an unnamed processor"
	}
	return strings.TrimLeft(line, "\t :")
}

// write replaces the report by what is known now.
func (r *report) write() error {
	if err := os.WriteFile(r.settings.out, []byte(r.text()), 0o644); err != nil { //nolint:gosec // For everybody to read.
		return fmt.Errorf("writing the report: %w", err)
	}
	return r.writePlots()
}

func (r *report) text() string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `make bench`; do not edit. What it costs to run the provider, beside Infisical's own (*official*), which reads and writes the same\n" +
		"connections, and beside a provider of one resource with two attributes and nothing behind it (*floor*): what that one costs is Terraform's own.\n\n")
	fmt.Fprintf(&b, "Measured %s. Medians of as many runs as stand beside the number of connections; in each the providers take turns.\n",
		strings.Join(r.circumstances, ", "))
	b.WriteString("The servers are the sandbox's, on the same machine. *CPU* is that of the CLI and of all provider processes, *provider* that of the latter alone, *memory* the most that one of them held.\n" +
		"Requests are those to Infisical and to GitLab, logins included. `× ours` is how many times as much as ours: above 1, ours is ahead.\n")
	r.writeGlance(&b)
	if len(r.walks) > 0 {
		plot := strings.TrimSuffix(filepath.Base(r.settings.out), filepath.Ext(r.settings.out)) + ".svg"
		fmt.Fprintf(&b, "\n![Time and requests over the number of connections](%s)\n", plot)
	}
	for _, w := range r.walks {
		r.writeWalk(&b, w)
	}
	r.writeStart(&b)
	r.writeSize(&b)
	r.writeBenchmarks(&b)
	b.WriteString(others)
	return b.String()
}

// others is what a reader would take for ours and is not, with where it can be mended.
const others = `
## What is not ours

- *Local state.* Terraform writes the whole file at each change, so that creating and destroying n connections costs n² bytes. A connection is
  longer in our state than in the official provider's, which says less of the token. With a backend Terraform keeps the state in memory.
- *The framework.* terraform-plugin-framework walks a plan several times, and copies the map of all attributes for each step of each path. Plans
  with nothing to do are answered without it, creations and changes are not.
- *The start.* go-plugin makes a certificate on the curve P-521 each time a provider starts.
`

// writeGlance says in one table where ours is ahead and where it is not.
func (r *report) writeGlance(b *strings.Builder) {
	if len(r.settings.sizes) == 0 || r.contenders[official] == nil {
		return
	}
	b.WriteString("\n## At a glance\n\nOurs by official, CPU and, in parentheses, wall: below 1, ours is ahead.\n\n| with | |")
	for _, size := range r.settings.sizes {
		fmt.Fprintf(b, " %d |", size)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---:|", len(r.settings.sizes)) + "\n")
	for _, w := range r.walks {
		for _, step := range w.shown {
			fmt.Fprintf(b, "| %s | %s |", w.title, step)
			for _, size := range r.settings.sizes {
				a, o := cell{contender: ours, step: step, size: size}, cell{contender: official, step: step, size: size}
				fmt.Fprintf(b, " %s (%s) |", w.ratio(a, o, figures[processor].pick), w.ratio(a, o, figures[wall].pick))
			}
			b.WriteString("\n")
		}
	}
}

// figures are the columns of the tables, each with the form of its number.
var figures = []struct {
	title, format string
	pick          func(measurement) float64
}{
	{"wall s", "%.2f", func(m measurement) float64 { return m.wall.Seconds() }},
	{"CPU s", "%.2f", func(m measurement) float64 { return m.cpu.Seconds() }},
	{"provider CPU s", "%.2f", func(m measurement) float64 { return m.provider.Seconds() }},
	{"memory MiB", "%.0f", func(m measurement) float64 { return float64(m.memory) / (1 << 20) }},
	{"requests", "%.0f", func(m measurement) float64 { return float64(m.requests) }},
}

// Some of the columns. Ratios are made of wall and processor.
const (
	wall      = 0
	processor = 1
	requests  = 4
)

func (r *report) writeWalk(b *strings.Builder, w *walked) {
	fmt.Fprintf(b, "\n## With %s\n\n%s", w.title, w.about)
	if len(w.failures) > 0 {
		fmt.Fprintf(b, "\nFailed: %s.\n", strings.Join(w.failures, ", "))
	}
	for _, step := range w.shown {
		if step == plan {
			fmt.Fprintf(b, "\n### plan, with nothing to do\n")
		} else {
			fmt.Fprintf(b, "\n### %s\n", step)
		}
		b.WriteString("\n| connections | runs | provider |")
		for _, figure := range figures {
			b.WriteString(" " + figure.title + " |")
		}
		b.WriteString(" wall × ours | CPU × ours |\n|---:|---:|---|" + strings.Repeat("---:|", len(figures)+2) + "\n")
		for _, size := range w.sizes {
			for _, name := range w.contenders {
				w.writeRow(b, cell{contender: name, step: step, size: size})
			}
		}
		w.writeGrowth(b, step)
	}
}

func (w *walked) writeRow(b *strings.Builder, at cell) {
	if len(w.results[at]) == 0 {
		return
	}
	fmt.Fprintf(b, "| %d | %d | %s |", at.size, len(w.results[at]), at.contender)
	for _, figure := range figures {
		value, _ := w.median(at, figure.pick)
		fmt.Fprintf(b, " "+figure.format+" |", value)
	}
	for _, column := range []int{wall, processor} {
		b.WriteString(" " + w.ratio(at, cell{contender: ours, step: at.step, size: at.size}, figures[column].pick) + " |")
	}
	b.WriteString("\n")
}

// ratio is the median of one cell by that of another, with two digits behind the point.
func (w *walked) ratio(of, by cell, pick func(measurement) float64) string {
	dividend, first := w.median(of, pick)
	divisor, second := w.median(by, pick)
	if !first || !second || divisor == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", dividend/divisor)
}

// writeGrowth compares the largest size with 100, each per connection: 1 is linear.
func (w *walked) writeGrowth(b *strings.Builder, step string) {
	const from = 100
	to := w.sizes[len(w.sizes)-1]
	small, large := cell{contender: ours, step: step, size: from}, cell{contender: ours, step: step, size: to}
	if to <= from || len(w.results[small]) == 0 || len(w.results[large]) == 0 {
		return
	}
	fmt.Fprintf(b, "\nFrom %d to %d connections, %.0f times as many, ours takes", from, to, float64(to)/from)
	for i, figure := range figures {
		separator := ","
		if i == 0 {
			separator = ""
		}
		fmt.Fprintf(b, "%s %s times the %s", separator, w.ratio(large, small, figure.pick), strings.TrimSuffix(figure.title, " s"))
	}
	b.WriteString(".\n")
}

func (r *report) writeStart(b *strings.Builder) {
	if len(r.beginnings) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Start\n\nFrom the start of the process to its first answer, and all of `providers schema -json`, in milliseconds; medians of %d.\n\n"+
		"| provider | first answer | × floor | schemas | × floor |\n|---|---:|---:|---:|---:|\n", rounds)
	least := r.beginnings[floor]
	for _, name := range []string{ours, official, floor} {
		if began := r.beginnings[name]; began != nil {
			fmt.Fprintf(b, "| %s | %s | %s |\n", name, beside(began.answer, least.answer), beside(began.schema, least.schema))
		}
	}
}

// beside is a median of seconds in milliseconds, and how many times as much it is as another.
func beside(values, others []float64) string {
	value, _ := median(values)
	other, _ := median(others)
	return fmt.Sprintf("%.0f | %.2f", value*1000, value/other)
}

func (r *report) writeSize(b *strings.Builder) {
	if len(r.sizes) == 0 {
		return
	}
	b.WriteString("\n## Size\n\nOf the file, stripped as in a release.\n\n| provider | MiB |\n|---|---:|\n")
	for _, name := range []string{ours, official, floor} {
		if size, found := r.sizes[name]; found {
			fmt.Fprintf(b, "| %s | %.1f |\n", name, float64(size)/(1<<20))
		}
	}
	var total int64
	for _, share := range r.shares {
		total += share.bytes
	}
	b.WriteString("\nWhose the code and the constant data of ours are, without the tables that the linker makes of them:\n\n| module | KiB | share | what it is for |\n|---|---:|---:|---|\n")
	for _, share := range r.shares {
		if percent := 100 * float64(share.bytes) / float64(total); percent >= 0.05 {
			fmt.Fprintf(b, "| %s | %d | %.1f %% | %s |\n", share.module, share.bytes>>10, percent, share.purpose)
		}
	}
}

func (r *report) writeBenchmarks(b *strings.Builder) {
	if len(r.benchmarks) == 0 {
		return
	}
	b.WriteString("\n## In this process\n\nWhat `go test -bench . -benchmem ./internal/...` prints: single calls of the plugin protocol, without gRPC and CLI.\n\n| benchmark | | | |\n|---|---:|---:|---:|\n")
	for _, benchmark := range r.benchmarks {
		fmt.Fprintf(b, "| %s | %s |\n", benchmark.name, strings.Join(benchmark.figures, " | "))
	}
}
