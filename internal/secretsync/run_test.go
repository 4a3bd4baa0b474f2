package secretsync

import (
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// written is when the settings were written.
var written = time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)

// answer is what the server says a while after the write: its status, and the job that has ended last.
func answer(after time.Duration, status, job string) infisical.Sync {
	sync := infisical.Sync{Record: infisical.Record{UpdatedAt: written.Add(after)}, Run: infisical.SyncRun{Status: status, JobID: job}}
	switch status {
	case infisical.SyncSucceeded:
		sync.Run.EndedAt = sync.UpdatedAt
	case infisical.SyncFailed:
		sync.Run.Failure = &infisical.SyncFailure{Reason: "Unauthorized"}
	}
	return sync
}

func TestRun(t *testing.T) {
	t.Parallel()
	const pending, running, succeeded, failed = infisical.SyncPending, infisical.SyncRunning, infisical.SyncSucceeded, infisical.SyncFailed
	second := time.Second
	wrote := answer(0, pending, "old")
	alone := runAfter(answer(-time.Hour, succeeded, "old"), wrote, time.Time{})
	beside, earlier := runAfter(answer(-second, running, "old"), wrote, time.Time{}), runAfter(answer(-second, running, "older"), wrote, time.Time{})
	first := runAfter(infisical.Sync{}, answer(0, pending, ""), time.Time{})
	behind := runAfter(answer(-time.Hour, succeeded, "older"), wrote, written.Add(-time.Minute))
	for name, tc := range map[string]struct {
		run     run
		answers []infisical.Sync
		want    verdict
		// owed is what the status of the sync must become for the run to be settled: "" when it is already.
		owed bool
	}{
		"queued":                      {alone, []infisical.Sync{answer(0, pending, "old")}, unfinished, true},
		"at work":                     {alone, []infisical.Sync{answer(second, running, "old")}, unfinished, true},
		"succeeded":                   {alone, []infisical.Sync{answer(2*second, succeeded, "ours")}, ended, false},
		"failed":                      {alone, []infisical.Sync{answer(50*second, failed, "ours")}, ended, true},
		"the first one ever":          {first, []infisical.Sync{answer(second, succeeded, "ours")}, ended, false},
		"a replica is behind":         {alone, []infisical.Sync{answer(-second, succeeded, "other")}, outdated, true},
		"a replica falls behind":      {alone, []infisical.Sync{answer(3*second, running, "old"), answer(2*second, succeeded, "other")}, outdated, true},
		"the label of an earlier end": {alone, []infisical.Sync{answer(second, succeeded, "old")}, unfinished, true},
		"another is queued meanwhile": {alone, []infisical.Sync{answer(second, pending, "old"), answer(2*second, succeeded, "other")}, equaled, true},
		"the same, and both end": {alone, []infisical.Sync{answer(second, pending, "old"), answer(2*second, succeeded, "other"),
			answer(5*second, failed, "ours")}, ended, true},
		"a secret changes meanwhile":    {alone, []infisical.Sync{answer(2*second, pending, "ours"), answer(4*second, succeeded, "next")}, ended, false},
		"the earlier one ended before":  {earlier, []infisical.Sync{answer(second, succeeded, "ours")}, ended, false},
		"a replica was behind before":   {behind, []infisical.Sync{answer(second, succeeded, "other")}, doubtful, true},
		"beside, the first end":         {beside, []infisical.Sync{answer(second, succeeded, "other")}, doubtful, true},
		"beside, the first failure":     {beside, []infisical.Sync{answer(second, failed, "other")}, doubtful, true},
		"beside, all attempts failed":   {beside, []infisical.Sync{answer(second, running, "old"), answer(49*second, failed, "other")}, ended, true},
		"beside, the second end":        {beside, []infisical.Sync{answer(second, succeeded, "other"), answer(6*second, succeeded, "ours")}, ended, false},
		"beside, the second failure":    {beside, []infisical.Sync{answer(second, succeeded, "other"), answer(6*second, failed, "ours")}, ended, true},
		"beside, the first end unseen":  {beside, []infisical.Sync{answer(5*second, running, "other"), answer(6*second, succeeded, "ours")}, ended, false},
		"beside, ours begins":           {beside, []infisical.Sync{answer(second, succeeded, "other"), answer(5*second, running, "other")}, unfinished, true},
		"beside, begun since, succeeds": {beside, []infisical.Sync{answer(second, running, "old"), answer(2*second, succeeded, "other")}, equaled, true},
		"beside, begun since, fails":    {beside, []infisical.Sync{answer(second, running, "old"), answer(2*second, failed, "other")}, doubtful, true},
		"beside, long after":            {beside, []infisical.Sync{answer(6*time.Minute, succeeded, "any")}, ended, false},
		"asked for":                     {runAskedFor(wrote, false), []infisical.Sync{answer(second, failed, "ours")}, ended, true},
		"asked for, another succeeds":   {runAskedFor(wrote, true), []infisical.Sync{answer(second, succeeded, "other")}, equaled, true},
		"asked for, another fails":      {runAskedFor(wrote, true), []infisical.Sync{answer(second, failed, "other")}, doubtful, true},
		"to be asked for":               {runToAskFor(answer(0, succeeded, "old")), []infisical.Sync{answer(0, succeeded, "old")}, unfinished, true},
		"to be asked for, another ends": {runToAskFor(answer(0, running, "old")), []infisical.Sync{answer(second, succeeded, "other")}, doubtful, true},
		"unheard of, not written":       {runUnheardOf(answer(0, succeeded, "old"), true), []infisical.Sync{answer(0, succeeded, "old")}, absent, false},
		"unheard of, written":           {runUnheardOf(answer(0, succeeded, "old"), true), []infisical.Sync{answer(second, pending, "old")}, unfinished, true},
		"unheard of, after a failure":   {runUnheardOf(answer(0, failed, "old"), true), []infisical.Sync{answer(0, failed, "old")}, absent, true},
		"unheard of, nobody else asks":  {runUnheardOf(answer(0, succeeded, "old"), false), []infisical.Sync{answer(0, succeeded, "old")}, unfinished, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known, owed := tc.run, &tc.run
			var got verdict
			for _, answer := range tc.answers {
				known, got = known.seen(answer)
				if owed != nil {
					owed = owed.owed(answer, answer.UpdatedAt)
				}
			}
			if got != tc.want || (owed != nil) != tc.owed {
				t.Errorf("verdict %d, want %d; owed %t, want %t", got, tc.want, owed != nil, tc.owed)
			}
		})
	}
}

// A server that does not tell when it wrote what it answers is believed.
func TestRun_withoutTimes(t *testing.T) {
	t.Parallel()
	timeless := func(status, job string) infisical.Sync {
		return infisical.Sync{Run: infisical.SyncRun{Status: status, JobID: job, EndedAt: written}}
	}
	wrote := timeless(infisical.SyncPending, "old")
	if _, got := runAfter(infisical.Sync{}, wrote, time.Time{}).seen(timeless(infisical.SyncSucceeded, "ours")); got != ended {
		t.Errorf("alone: %d", got)
	}
	beside := runAfter(timeless(infisical.SyncRunning, "old"), wrote, time.Time{})
	if _, got := beside.seen(timeless(infisical.SyncSucceeded, "other")); got != doubtful {
		t.Errorf("beside another: %d", got)
	}
}

// What another run has done is not taken for what the awaited one does, until that must have come.
func TestRun_owedAfterAnother(t *testing.T) {
	t.Parallel()
	beside := runAfter(answer(-time.Second, infisical.SyncRunning, "old"), answer(0, infisical.SyncPending, "old"), time.Time{})
	other := answer(time.Second, infisical.SyncSucceeded, "other")
	if beside.owed(other, written.Add(30*time.Second)) == nil {
		t.Error("not owed, though it may still come")
	}
	if beside.owed(other, written.Add(5*time.Minute)) != nil {
		t.Error("owed, though it must have come")
	}
}

// A run that has failed is owed until another one succeeds.
func TestRun_owedAfterAFailure(t *testing.T) {
	t.Parallel()
	run := runAfter(infisical.Sync{}, answer(0, infisical.SyncPending, ""), time.Time{})
	owed := &run
	for n, answer := range []infisical.Sync{
		answer(time.Minute, infisical.SyncFailed, "ours"),
		answer(time.Minute, infisical.SyncFailed, "ours"),
		answer(time.Hour, infisical.SyncPending, "ours"), // Servers run again at midnight what has failed.
		answer(2*time.Hour, infisical.SyncFailed, "next"),
	} {
		if owed = owed.owed(answer, answer.UpdatedAt); owed == nil {
			t.Fatalf("not owed any more after answer %d", n+1)
		}
	}
	if owed = owed.owed(answer(3*time.Hour, infisical.SyncSucceeded, "last"), written); owed != nil {
		t.Errorf("still owed: %+v", owed)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const succeeded, failed, second = infisical.SyncSucceeded, infisical.SyncFailed, time.Second
	for name, tc := range map[string]struct {
		shown  verdict
		status string
		doubt  doubt
		want   resolution
	}{
		"at first":             {doubtful, succeeded, doubt{waited: second, mayAsk: true}, wait},
		"it may still come":    {doubtful, succeeded, doubt{waited: 11 * second, lasted: 10 * second, mayAsk: true}, wait},
		"it may have come":     {doubtful, succeeded, doubt{waited: 12 * second, mayAsk: true}, ask},
		"no right to ask":      {doubtful, succeeded, doubt{waited: 12 * second}, wait},
		"it has not come":      {doubtful, succeeded, doubt{waited: 51 * second, lasted: 50 * second}, believe},
		"after a failure":      {doubtful, failed, doubt{waited: 30 * second, lasted: 12 * second, mayAsk: true}, wait},
		"long after a failure": {doubtful, failed, doubt{waited: 80 * second, lasted: 50 * second, mayAsk: true}, believe},
		"as good as ours":      {equaled, succeeded, doubt{waited: second, mayAsk: true}, wait},
		"as good, and later":   {equaled, succeeded, doubt{waited: 12 * second, mayAsk: true}, believe},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.doubt.resolve(tc.shown, tc.status); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}

func TestOccasion(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		of   occasion
		want cause
	}{
		"a new sync":                              {occasion{written: true, changes: true, autoSync: true, underWay: true}, byWrite},
		"a new sync, without auto-sync":           {occasion{written: true, changes: true}, onRequest},
		"a new name":                              {occasion{written: true, autoSync: true, underWay: true}, byWrite},
		"a new name, without auto-sync":           {occasion{written: true}, nothing},
		"the same while another runs":             {occasion{written: true, underWay: true}, nothing},
		"another schema":                          {occasion{written: true, changes: true, autoSync: true, underWay: true}, byWrite},
		"another schema, without auto-sync":       {occasion{written: true, changes: true}, onRequest},
		"the same while another run is under way": {occasion{written: true, changes: true, underWay: true}, onRequest},
		"a server that queues none by itself":     {occasion{written: true, changes: true, autoSync: true}, onRequest},
		"owed, under way":                         {occasion{owed: true, underWay: true}, earlier},
		"owed, with auto-sync":                    {occasion{owed: true, autoSync: true, underWay: true}, earlier},
		"owed, failed":                            {occasion{owed: true}, onRequest},
		"owed, and a new name":                    {occasion{written: true, owed: true, underWay: true}, earlier},
		"owed, failed, and a new name":            {occasion{written: true, owed: true}, onRequest},
		"nothing is owed any more":                {occasion{underWay: true}, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.of.cause(); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}

func TestRemoval(t *testing.T) {
	t.Parallel()
	removing := func(after time.Duration, status, job string, message transport.Words) infisical.Sync {
		sync := infisical.Sync{Record: infisical.Record{UpdatedAt: written.Add(after)}, Removal: infisical.SyncRun{Status: status, JobID: job}}
		if message != "" {
			sync.Removal.Failure = &infisical.SyncFailure{Reason: message}
		}
		return sync
	}
	never, before := removing(0, "", "", ""), removing(0, infisical.SyncFailed, "old", "Unauthorized")
	for name, tc := range map[string]struct {
		removal removal
		found   infisical.Sync
		want    verdict
	}{
		"queued":                               {removal{before: never}, removing(time.Second, infisical.SyncPending, "", ""), unfinished},
		"at work":                              {removal{before: never}, removing(time.Second, infisical.SyncRunning, "", ""), unfinished},
		"failed":                               {removal{before: never}, removing(time.Second, infisical.SyncFailed, "ours", "Forbidden"), ended},
		"succeeded, and not yet deleted":       {removal{before: never}, removing(time.Second, infisical.SyncSucceeded, "ours", ""), unfinished},
		"failed before it was put down":        {removal{before: never}, removing(time.Second, infisical.SyncPending, "ours", "Forbidden"), ended},
		"an earlier one had failed":            {removal{before: before}, removing(time.Second, infisical.SyncPending, "old", "Unauthorized"), unfinished},
		"fails again":                          {removal{before: before}, removing(time.Second, infisical.SyncPending, "ours", "Unauthorized"), ended},
		"a replica is behind":                  {removal{before: before}, removing(-time.Second, infisical.SyncFailed, "older", "Unauthorized"), outdated},
		"the request had no answer":            {removal{before: never, unheard: errBusy}, never, absent},
		"the request had no answer, but works": {removal{before: never, unheard: errBusy}, removing(time.Second, infisical.SyncPending, "", ""), unfinished},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.removal.seen(tc.found); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
