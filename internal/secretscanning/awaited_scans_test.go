package secretscanning

import (
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

func TestAwaitedScans(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	scan := func(id, status string, after time.Duration) infisical.Scan {
		return infisical.Scan{ID: id, Status: status, CreatedAt: asked.Add(after)}
	}
	const queued, done = infisical.ScanQueued, infisical.ScanCompleted
	type scans = []infisical.Scan
	for name, tc := range map[string]struct {
		before scans
		lists  []scans
		after  time.Duration
		ours   int
		over   bool
	}{
		"queued":                           {nil, []scans{{scan("new", queued, 0)}}, time.Second, 1, false},
		"one of two":                       {nil, []scans{{scan("new", done, 0), scan("other", queued, 0)}}, time.Minute, 2, false},
		"both":                             {nil, []scans{{scan("new", done, 0), scan("other", done, 0)}}, time.Minute, 2, true},
		"earlier ones do not count":        {scans{scan("old", done, -1)}, []scans{{scan("old", done, -1), scan("new", queued, 0)}}, time.Minute, 1, false},
		"nothing to be seen":               {nil, []scans{{}}, time.Hour, 0, false},
		"one under way counts":             {scans{scan("old", queued, -1)}, []scans{{scan("old", queued, -1), scan("new", done, 0)}}, time.Minute, 2, false},
		"one under way, new ones unseen":   {scans{scan("old", queued, -1)}, []scans{{scan("old", done, -1)}}, time.Second, 1, false},
		"one under way stands for all":     {scans{scan("old", queued, -1)}, []scans{{scan("old", done, -1)}}, time.Minute, 1, true},
		"ended before, unseen then":        {nil, []scans{{scan("old", done, -time.Minute)}}, time.Minute, 0, false},
		"under way before, unseen then":    {nil, []scans{{scan("old", queued, -time.Minute)}, {scan("old", done, -time.Minute)}}, time.Minute, 1, true},
		"a server that tells no time":      {nil, []scans{{{ID: "new", Status: done}}}, time.Second, 1, true},
		"ended before, new ones under way": {nil, []scans{{scan("old", done, -time.Minute), scan("new", queued, 0)}}, time.Second, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := scansAfter(tc.before, asked)
			for _, list := range tc.lists {
				a.see(list)
			}
			if len(a.ours) != tc.ours || a.over(tc.after) != tc.over {
				t.Errorf("waits for %d, over %t; want %d, %t", len(a.ours), a.over(tc.after), tc.ours, tc.over)
			}
		})
	}
}
