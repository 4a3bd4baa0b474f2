// Command bench measures what the provider costs its users: whole runs of the CLI with 1 to 1000 connections against a
// sandbox, beside another provider and beside the least that a provider can be; the start of the process; the size of
// the file. It writes BENCHMARKS.md, and what tools/plot is to draw. Run it by `make bench`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

func main() {
	var s settings
	sizes := flag.String("sizes", "1,100,300,1000", "how many connections, one measurement each")
	runs := flag.String("runs", "5,5,3,1", "how often each size is measured, the last number for all that follow; medians are reported")
	limitedRuns := flag.String("limited-runs", "1", "the same under rate limits, where most of the time is waited; 0 leaves that out")
	flag.DurationVar(&s.latency, "latency", 20*time.Millisecond, "how long each request is under way")
	flag.DurationVar(&s.minute, "minute", 8*time.Second, "what stands for the minute of the rate limits")
	flag.StringVar(&s.compare, "compare", "", "file of a provider that has infisical_app_connection_gitlab, to measure beside ours")
	flag.StringVar(&s.out, "out", "BENCHMARKS.md", "file to write; its plot is expected beside it, as .svg")
	flag.StringVar(&s.plots, "plots", "bin/plots.json", "file to write for tools/plot")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := s.parse(*sizes, *runs, *limitedRuns)
	if err == nil {
		err = run(ctx, s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	sizes []int
	// runs are as many as sizes.
	runs, limitedRuns []int
	latency, minute   time.Duration
	compare           string
	out, plots        string
	terraform         string
}

func (s *settings) parse(sizes, runs, limitedRuns string) error {
	var wrong [3]error
	s.sizes, wrong[0] = numbers(sizes, 1)
	s.runs, wrong[1] = numbers(runs, 0)
	s.limitedRuns, wrong[2] = numbers(limitedRuns, 0)
	if err := errors.Join(wrong[:]...); err != nil {
		return err
	}
	s.runs, s.limitedRuns = repeatLast(s.runs, len(s.sizes)), repeatLast(s.limitedRuns, len(s.sizes))
	s.terraform = os.Getenv("TF_ACC_TERRAFORM_PATH")
	if s.terraform == "" {
		return errors.New("TF_ACC_TERRAFORM_PATH does not say where Terraform or OpenTofu is; run `make bench`")
	}
	return nil
}

// numbers reads numbers with commas between them, of which none is less than least.
func numbers(list string, least int) ([]int, error) {
	var numbers []int
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < least {
			return nil, fmt.Errorf("%q is no number of at least %d", text, least)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// repeatLast makes as many numbers of some.
func repeatLast(numbers []int, many int) []int {
	for len(numbers) < many {
		numbers = append(numbers, numbers[len(numbers)-1])
	}
	return numbers[:many]
}

// run measures everything. The report is written after each part, so that a run that is cut short leaves something.
func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "infisical-bench-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	contenders, err := build(ctx, s, dir)
	if err != nil {
		return err
	}
	report, err := newReport(ctx, s, contenders)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return report.weigh(ctx, dir) },
		report.start,
		report.rpcs,
		func(ctx context.Context) error { return report.walk(ctx, unlimited(s)) },
		func(ctx context.Context) error { return report.walk(ctx, remote(s)) },
		func(ctx context.Context) error { return report.walk(ctx, syncing(s)) },
		func(ctx context.Context) error { return report.walk(ctx, limited(s)) },
		func(ctx context.Context) error { return report.walk(ctx, sharing(s)) },
	} {
		if err := errors.Join(part(ctx), report.write()); err != nil {
			return err
		}
	}
	return nil
}
