package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		values []float64
		want   float64
	}{
		"one":               {[]float64{3}, 3},
		"an odd number":     {[]float64{9, 1, 2}, 2},
		"an even number":    {[]float64{4, 1, 3, 2}, 2.5},
		"one out of a line": {[]float64{1, 1, 1, 1, 100}, 1},
	} {
		if got, found := median(tc.values); got != tc.want || !found {
			t.Errorf("%s: %v, %t", name, got, found)
		}
	}
	if _, found := median(nil); found {
		t.Error("a median of nothing")
	}
}

func TestSharesOf(t *testing.T) {
	t.Parallel()
	const symbols = `  401000      100 T main.main
  401100      200 T github.com/infisical-community/terraform-provider-infisical/internal/gitlab.New
  401200       50 T github.com/vmihailenco/msgpack/v5.Marshal
  401300       60 r go:itab.*github.com/vmihailenco/msgpack/v5.Encoder,io.Writer
  401400     1000 T net/http.(*Client).Do
  401500     5000 b runtime.bss
  401600        7 t gopkg.in/yaml%2ev3.parse
           0 U write
`
	got := sharesOf([]byte(symbols), []string{ourModule, "github.com/vmihailenco/msgpack/v5", "gopkg.in/yaml.v3", ourModule})
	want := []share{{module: standardLibrary, bytes: 1000}, {module: ourModule, bytes: 300},
		{module: "github.com/vmihailenco/msgpack/v5", bytes: 110}, {module: "gopkg.in/yaml.v3", bytes: 7}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBenchmarksIn(t *testing.T) {
	t.Parallel()
	got := benchmarksIn([]byte("goos: linux\nBenchmarkConnection/plan_to_create-2   \t     219\t   5483000 ns/op\t  886593 B/op\t   10478 allocs/op\nPASS\n"))
	if len(got) != 1 || got[0].name != "Connection/plan_to_create" || !slices.Equal(got[0].figures,
		[]string{"5483000 ns/op", "886593 B/op", "10478 allocs/op"}) {
		t.Errorf("got %v", got)
	}
}

func TestSettings(t *testing.T) {
	t.Setenv("TF_ACC_TERRAFORM_PATH", "terraform")
	var s settings
	if err := s.parse("1,100,300,1000", "5,3", "1,1,1,0,7"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.runs, []int{5, 3, 3, 3}) || !slices.Equal(s.limitedRuns, []int{1, 1, 1, 0}) {
		t.Errorf("got %v and %v", s.runs, s.limitedRuns)
	}
	if got := sharing(s); !slices.Equal(got.sizes, []int{300}) || !slices.Equal(got.runs, []int{1}) {
		t.Errorf("what sharing is worth is measured with %v, %v times", got.sizes, got.runs)
	}
	for _, wrong := range []string{"", "many", "0", "-1", "1,,2"} {
		if err := s.parse(wrong, "1", "1"); err == nil {
			t.Errorf("%q was taken for sizes", wrong)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "REPORT.md")
	cost := func(seconds int, requests int) []measurement {
		// One of three is an outlier, which a median leaves out.
		second := time.Duration(seconds) * time.Second
		return []measurement{{wall: second, cpu: second, requests: requests}, {wall: time.Hour},
			{wall: second, cpu: second, memory: 50 << 20, requests: requests}}
	}
	r := &report{
		settings: settings{out: file, plots: filepath.Join(t.TempDir(), "plots.json")},
		walks: []*walked{{
			scenario: scenario{title: "no latency", contenders: []string{ours, official}, sizes: []int{100, 1000}, shown: []string{plan, destroy}},
			failures: []string{"1000 × official"},
			results: results{
				{ours, plan, 100}: cost(2, 3), {official, plan, 100}: cost(3, 101),
				{ours, plan, 1000}: cost(10, 3), {official, plan, 1000}: cost(30, 1001),
			},
		}},
	}
	if err := r.write(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file) //nolint:gosec // The test's own.
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 100 | 3 | ours | 2.00 | 2.00 | 0.00 | 0 | 3 | 1.00 | 1.00 |\n| 100 | 3 | official | 3.00 | 3.00 | 0.00 | 0 | 101 | 1.50 | 1.50 |\n",
		"| 1000 | 3 | official | 30.00 |",
		"From 100 to 1000 connections, 10 times as many, ours takes 5.00 times the wall, 5.00 times the CPU",
		"](REPORT.svg)",
		"Failed: 1000 × official.",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var rows [][]panel
	plots, err := os.ReadFile(r.settings.plots)
	if err == nil {
		err = json.Unmarshal(plots, &rows)
	}
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
		t.Fatalf("the plots: %v\n%s", err, plots)
	}
	if got, want := rows[0][1].Lines[1].Points, [][2]float64{{100, 101}, {1000, 1001}}; !slices.Equal(got, want) {
		t.Errorf("drawn are %v, want %v", got, want)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	shares := []share{{module: standardLibrary}, {module: ourModule}, {module: "example.com/unheard-of"}}
	if err := explain(shares); err != nil {
		t.Fatal(err)
	}
	if shares[0].purpose == "" || shares[1].purpose != "this provider" || shares[2].purpose != "" {
		t.Errorf("got %+v", shares)
	}
}
