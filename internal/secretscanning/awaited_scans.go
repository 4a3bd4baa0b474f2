package secretscanning

import (
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// awaitedScans are the scans that somebody who has asked for them waits for. Infisical begins no second scan of a
// project that is being scanned, so those that were under way stand for their projects.
type awaitedScans struct {
	// since is the server's time shortly before they were asked for, zero when it does not tell.
	since time.Time
	// earlier are the scans of before by id, with whether they had ended.
	earlier map[string]bool
	// ours are those that count, as they were seen last.
	ours []infisical.Scan
}

// scansAfter are those that are asked for now, given the scans that are there and the server's time.
func scansAfter(earlier []infisical.Scan, at time.Time) awaitedScans {
	a := awaitedScans{since: at, earlier: map[string]bool{}}
	for _, scan := range earlier {
		a.earlier[scan.ID] = scan.Ended()
	}
	return a
}

// see takes over a list.
func (a *awaitedScans) see(listed []infisical.Scan) {
	a.ours = nil
	for _, scan := range listed {
		if _, known := a.earlier[scan.ID]; !known && a.isEarlier(scan) {
			a.earlier[scan.ID] = scan.Ended() // A replica did not know it before.
		}
		if !a.earlier[scan.ID] {
			a.ours = append(a.ours, scan)
		}
	}
}

func (a *awaitedScans) isEarlier(scan infisical.Scan) bool {
	return !scan.CreatedAt.IsZero() && scan.CreatedAt.Before(a.since)
}

// ended counts those that have ended.
func (a *awaitedScans) ended() int {
	ended := 0
	for _, scan := range a.ours {
		if scan.Ended() {
			ended++
		}
	}
	return ended
}

// showsWithin is how long a replica of the server's database may not know the scans that were asked for.
const showsWithin = 15 * time.Second

// over reports that all have ended, a while after they were asked for: one of them is newer than that, unless all
// projects were being scanned then.
func (a *awaitedScans) over(after time.Duration) bool {
	newer := after >= showsWithin
	for _, scan := range a.ours {
		_, earlier := a.earlier[scan.ID]
		newer = newer || !earlier
	}
	return newer && len(a.ours) > 0 && a.ended() == len(a.ours)
}
