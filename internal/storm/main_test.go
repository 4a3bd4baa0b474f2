package storm_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

var (
	stories = flag.Int("stories", 40, "how many stories to tell")
	seed    = flag.Uint64("seed", 1, "what the stories come from, 0 for anything")
)

// told is what the stories of this process have come to.
var told struct{ stories, violations, plans, refused, applies, mishaps, red, deeds atomic.Int64 }

func TestMain(m *testing.M) {
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64() >> 1 //nolint:gosec // Of tests.
	}
	debug.SetGCPercent(400) // Worlds come and go.
	secrets.Forgo()
	began := time.Now()
	code := acctest.Run(m)
	if n := told.stories.Load(); n > 0 {
		fmt.Printf("%d stories in %s from the seed %d: %d violations; %d plans, of which %d refused; %d applies, of which %d met a mishap and %d failed; "+
			"%d deeds of others\n", n, time.Since(began).Round(time.Second), *seed, told.violations.Load(), told.plans.Load(), told.refused.Load(),
			told.applies.Load(), told.mishaps.Load(), told.red.Load(), told.deeds.Load())
	}
	os.Exit(code)
}

// seeding is held while rapid, which has one flag for all, reads the seed of a test.
var seeding sync.Mutex

// tell tells so many stories from a seed. The first that fails is shortened and ends the test.
func tell(t *testing.T, seed uint64, stories int, story func(*rapid.T)) {
	t.Helper()
	seeding.Lock()
	begun := sync.OnceFunc(seeding.Unlock)
	defer begun()
	for name, value := range map[string]string{
		"rapid.checks": strconv.Itoa(stories), "rapid.seed": strconv.FormatUint(seed, 10), "rapid.nofailfile": "true",
	} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		if t.Failed() {
			told.violations.Add(1)
		}
	}()
	rapid.Check(t, func(rt *rapid.T) {
		begun()
		story(rt)
	})
}
