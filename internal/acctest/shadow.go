package acctest

import (
	"fmt"
	"os"
	"sync/atomic"
)

// comparisons are of what the framework answers with what the provider answers without it.
var comparisons, differences atomic.Int64

// compared is nil unless SHADOW is set: then the framework answers, and what would have been answered without it is
// compared. A difference is printed and fails the run.
func compared() func(difference string) {
	if os.Getenv("SHADOW") == "" {
		return nil
	}
	return func(difference string) {
		comparisons.Add(1)
		if difference != "" && differences.Add(1) <= 20 {
			fmt.Fprintln(os.Stderr, difference)
		}
	}
}

// reportShadow prints how many answers were compared. It returns an exit code: that of the tests, or 1 when one
// differed.
func reportShadow(code int) int {
	if n := comparisons.Load(); n > 0 {
		fmt.Printf("%d answers compared with the framework's: %d differences\n", n, differences.Load())
	}
	if differences.Load() > 0 {
		return 1
	}
	return code
}
