package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// The steps of the life of n connections.
const (
	create  = "create"
	plan    = "plan"
	destroy = "destroy"
)

// A scenario is what the servers are like, and who is measured with them.
type scenario struct {
	title, about string
	options      []sandbox.Option
	contenders   []string
	// sizes are measured as often as runs say, and of a life these steps are shown.
	sizes, runs []int
	shown       []string
	// pause is before the destruction, which reads as the plan has done, so that it does not suffer from the requests
	// of that.
	pause time.Duration
	// remote: the state is behind an http backend. syncs: they are of secret syncs.
	remote, syncs bool
}

// Infisical Cloud's rate limits of the free plan: https://infisical.com/docs/api-reference/overview/rate-limits.
const (
	readsPerMinute  = 200
	writesPerMinute = 90
)

func unlimited(s settings) scenario {
	return scenario{
		title:      fmt.Sprintf("%s to the servers", s.latency),
		options:    []sandbox.Option{sandbox.WithLatency(s.latency)},
		contenders: []string{ours, official, floor},
		sizes:      s.sizes,
		runs:       s.runs,
		shown:      []string{create, plan, destroy},
	}
}

// middle are the sizes at which something beside the whole is measured.
func (s settings) middle() (sizes, runs []int) {
	for i, size := range s.sizes {
		if size >= 100 && size <= 300 {
			sizes, runs = append(sizes, size), append(runs, s.runs[i])
		}
	}
	return sizes, runs
}

func remote(s settings) scenario {
	of := unlimited(s)
	of.title += ", state behind an http backend"
	of.about = "Terraform writes the whole state to a file at each change. It keeps it in memory, and sends it once in a while, where a backend has it, as teams do.\n"
	of.remote = true
	of.sizes, of.runs = s.middle()
	return of
}

func syncing(s settings) scenario {
	of := unlimited(s)
	of.title += ", of secret syncs"
	of.about = "Secret syncs of one connection, beside `infisical_secret_sync_gitlab`. Ours do not wait for their runs here.\n"
	of.syncs = true
	of.contenders = []string{ours, official}
	of.sizes, of.runs = s.middle()
	return of
}

func limited(s settings) scenario {
	return scenario{
		title: fmt.Sprintf("Infisical Cloud's rate limits, a minute lasting %s", s.minute),
		about: fmt.Sprintf("%d reads and %d writes a minute for each route, as for the free plan of Infisical Cloud, and %s to the servers. "+
			"What is waited is scaled down, and what is computed is not.\n", readsPerMinute, writesPerMinute, s.latency),
		options: []sandbox.Option{
			sandbox.WithLatency(s.latency), sandbox.WithRateLimit(readsPerMinute, writesPerMinute), sandbox.WithRateLimitWindow(s.minute),
		},
		contenders: []string{ours, official},
		sizes:      s.sizes,
		runs:       s.limitedRuns,
		shown:      []string{create, plan, destroy},
		pause:      s.minute,
	}
}

// sharing measures plans under a limit that only those meet who ask for each connection: of the sizes that take one
// more minute than none.
func sharing(s settings) scenario {
	limited := scenario{
		title: "Infisical Cloud's limit of reads, in whole minutes",
		about: fmt.Sprintf("%d reads a minute, and %s to the servers. *%s* is our provider with an identity that may not list, so that it reads each "+
			"connection on its own: "+
			"what sharing one list is worth.\n", readsPerMinute, s.latency, alone),
		options:    []sandbox.Option{sandbox.WithLatency(s.latency), sandbox.WithRateLimit(readsPerMinute, 0)},
		contenders: []string{ours, official, alone},
		shown:      []string{plan},
	}
	for i, size := range s.sizes {
		if size > readsPerMinute && size <= 2*readsPerMinute {
			limited.sizes = append(limited.sizes, size)
			limited.runs = append(limited.runs, min(1, s.limitedRuns[i]))
		}
	}
	return limited
}

// steps are those of a life, as far as anything is shown of it.
func (s scenario) steps() []string {
	if slices.Contains(s.shown, destroy) {
		return []string{create, plan, destroy}
	}
	return []string{create, plan}
}

// arguments are those of the CLI for a step. The plan must find nothing to do.
var arguments = map[string][]string{
	create:  {"apply", "-auto-approve", "-input=false"},
	plan:    {"plan", "-detailed-exitcode", "-input=false"},
	destroy: {"destroy", "-auto-approve", "-input=false"},
}

// A cell is one place in the tables.
type cell struct {
	contender, step string
	size            int
}

// results are all measurements, in the order of the runs.
type results map[cell][]measurement

// walk measures a scenario, the contenders one after the other in each run, so that whatever else the machine does
// meets them all. What fails with a provider that is not ours is reported as that.
func (r *report) walk(ctx context.Context, s scenario) error {
	s.contenders = slices.DeleteFunc(s.contenders, func(name string) bool { return r.contenders[name] == nil })
	part := &walked{scenario: s, results: results{}}
	if most := append([]int{0}, s.runs...); slices.Max(most) == 0 {
		return nil
	}
	r.walks = append(r.walks, part)
	for i, size := range s.sizes {
		for run := range s.runs[i] {
			// Another one begins each time.
			for j := range s.contenders {
				name := s.contenders[(j+run)%len(s.contenders)]
				costs, err := r.live(ctx, s, r.contenders[name], size)
				switch {
				case err != nil && (name == ours || ctx.Err() != nil):
					return err
				case err != nil:
					part.failures = append(part.failures, fmt.Sprintf("%d × %s", size, name))
					fmt.Fprintln(os.Stderr, err)
				}
				for step, cost := range costs {
					at := cell{contender: name, step: step, size: size}
					part.results[at] = append(part.results[at], cost)
				}
				fmt.Fprintf(os.Stderr, "%s: %d × %s, run %d of %d: %s\n", s.title, size, name, run+1, s.runs[i], brief(costs))
			}
		}
		if err := r.write(); err != nil {
			return err
		}
	}
	return nil
}

// live takes so many resources from their creation to their end.
func (r *report) live(ctx context.Context, s scenario, c *contender, size int) (map[string]measurement, error) {
	w, err := newWorkspace(ctx, r.settings, s, c, size)
	if err != nil {
		return nil, err
	}
	defer w.close()
	costs := map[string]measurement{}
	for _, step := range s.steps() {
		if step == destroy && size > 1 {
			time.Sleep(s.pause)
		}
		cost, err := w.measure(ctx, arguments[step]...)
		if err != nil {
			return costs, err
		}
		costs[step] = cost
	}
	return costs, nil
}

func brief(costs map[string]measurement) string {
	text := ""
	for _, step := range slices.Sorted(maps.Keys(costs)) {
		text += fmt.Sprintf("  %s %.1f s, CPU %.1f s", step, costs[step].wall.Seconds(), costs[step].cpu.Seconds())
	}
	return text
}

// A walked scenario is one with its results.
type walked struct {
	scenario
	results results
	// failures are whose life was cut short.
	failures []string
}

// median of what is picked of each measurement of a cell, false when there is none.
func (w *walked) median(at cell, pick func(measurement) float64) (float64, bool) {
	var values []float64
	for _, m := range w.results[at] {
		values = append(values, pick(m))
	}
	return median(values)
}

func median(values []float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2, true
	}
	return values[middle], true
}
