package secretsync

import (
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// What is known of the server's runs: backend/src/services/secret-sync/secret-sync-queue.ts of
// https://github.com/Infisical/infisical.
const (
	// startsWithin is how long a run stays queued that nothing is in the way of, with two seconds for the server.
	startsWithin = 12 * time.Second
	// putBack is how long one may stay queued that was in the way of another: it is put back by up to 40 seconds, and
	// begins up to ten later.
	putBack = 50 * time.Second
	// attemptsTake is how long the pauses between its five attempts take: 3, 6, 12 and 24 seconds, less what clocks are
	// off.
	attemptsTake = 40 * time.Second
	// lockLasts is how long an attempt may take, as long as it has the sync for itself.
	lockLasts = 5 * time.Minute
)

// run is one run of a sync that is waited for. The server does not say which job it queues, and names one only when it
// has ended; what it shows meanwhile, pending or running, says little: a changed secret puts a running sync down as
// pending, and the end of one run one as succeeded of which another is queued. So a run is known by when it was queued,
// by what had ended before, and by what was seen since.
type run struct {
	// Queued is the server's time of the write that caused it, zero when it does not tell.
	Queued time.Time `json:"queued"`
	// Before is the job that had ended last by then.
	Before string `json:"before"`
	// Beside: another run was queued or under way then, or was queued since.
	Beside bool `json:"beside"`
	// Idle: none was at work then, so that whatever has ended since has begun since. The server says so also by
	// queueing a run when it is asked to, which it refuses while one is at work.
	Idle bool `json:"idle"`
	// Unheard: the write got no answer, so that it may have caused none.
	Unheard bool `json:"unheard"`

	// Seen is the latest time at which the server had written anything, of all answers. Older answers do not count.
	Seen time.Time `json:"seen"`
	// Begun: an attempt was seen at work that has begun since, before any job has ended.
	Begun bool `json:"begun"`
	// First is the first job that was seen to have ended since.
	First string `json:"first"`
}

// runAfter is the run that a write of the settings has caused, given the sync as it was seen before the write, and the
// answer. known is the time of an earlier write: what was seen as it was before that shows nothing.
func runAfter(before, answer infisical.Sync, known time.Time) run {
	beside := before.Run.UnderWay() && before.Run.JobID == answer.Run.JobID // Otherwise that one has ended.
	if before.UpdatedAt.Before(known) && !before.UpdatedAt.IsZero() {
		beside = true
	}
	return run{Queued: answer.UpdatedAt, Seen: answer.UpdatedAt, Before: answer.Run.JobID, Beside: beside, Idle: !beside}
}

// runUnheardOf is the run that a write without an answer may have caused.
func runUnheardOf(before infisical.Sync, autoSync bool) run {
	r := runToAskFor(before)
	if autoSync { // The server queues it by itself, if the settings were written.
		r.Beside, r.Idle, r.Unheard = before.Run.UnderWay(), !before.Run.UnderWay(), true
	}
	return r
}

// runToAskFor is a run that is to be queued on its own, because of settings that were written.
func runToAskFor(answer infisical.Sync) run {
	return run{Queued: answer.UpdatedAt, Seen: answer.UpdatedAt, Before: answer.Run.JobID, Beside: true}
}

// runAskedFor is the run that was queued on its own, which the server does while none is at work. beside: another had
// begun, and may be between two attempts.
func runAskedFor(answer infisical.Sync, beside bool) run {
	return run{Queued: answer.UpdatedAt, Seen: answer.UpdatedAt, Before: answer.Run.JobID, Beside: beside, Idle: true}
}

// verdict is what an answer shows of a run, or of a removal.
type verdict int

const (
	// unfinished: it has not ended.
	unfinished verdict = iota
	// outdated: the answer is older than what was seen before, as of a replica, and shows nothing.
	outdated
	// doubtful: a run has ended, which may be another.
	doubtful
	// equaled: a run has succeeded, which may be another, but has begun after this one was queued: the variables are as
	// they should be.
	equaled
	// ended: it has ended.
	ended
	// absent: there is none.
	absent
)

// seen is the run as it is known after an answer, and what that shows.
func (r run) seen(sync infisical.Sync) (run, verdict) {
	if sync.UpdatedAt.Before(r.Seen) && !sync.UpdatedAt.IsZero() {
		return r, outdated
	}
	r.Seen = sync.UpdatedAt
	latest := sync.Run.JobID
	if latest == r.Before {
		news := sync.UpdatedAt.After(r.Queued) // The write has put the sync down as pending.
		r.Begun = r.Begun || news && sync.Run.Status == infisical.SyncRunning
		r.Beside = r.Beside || news && sync.Run.Status == infisical.SyncPending
		if r.Unheard && !sync.Run.UnderWay() {
			return r, absent
		}
		return r, unfinished
	}
	second := r.First != "" && r.First != latest
	if r.First == "" {
		r.First = latest
	}
	switch {
	case !sync.Run.Ended():
		return r, unfinished
	case second, !r.Beside, r.isOver(sync):
		return r, ended
	case sync.Run.Status == infisical.SyncSucceeded && (r.Idle || r.Begun):
		return r, equaled
	}
	return r, doubtful
}

// isOver reports that the first run to end since can be taken for this one, though another was there: every attempt of
// it has failed since, or it has succeeded so late that it cannot have been at work then.
func (r run) isOver(sync infisical.Sync) bool {
	if sync.Run.Status == infisical.SyncFailed {
		return sync.UpdatedAt.Sub(r.Queued) >= attemptsTake
	}
	return !r.Queued.IsZero() && sync.Run.EndedAt.Sub(r.Queued) > lockLasts
}

// resolution is what to do about a doubt.
type resolution int

const (
	// wait: the run is still to come.
	wait resolution = iota
	// ask: it may have come unseen, or been put back. Another one takes less time than to be sure of that.
	ask
	// believe: it has come unseen, or been put back behind one that did the same, or does not come.
	believe
)

// doubt is what decides it: how long the run was waited for, how long the doubt has lasted, and whether another run may
// be asked for.
type doubt struct {
	waited, lasted time.Duration
	mayAsk         bool
}

// resolve decides it, given what an answer shows and the status of the run that has ended.
func (d doubt) resolve(shown verdict, status string) resolution {
	switch {
	case d.lasted >= putBack, shown == equaled && d.waited >= startsWithin:
		return believe
	case status == infisical.SyncSucceeded && d.waited >= startsWithin && d.mayAsk:
		return ask
	}
	return wait
}

// owed is what remains of a run after an answer: nil when it has succeeded, or there is none. One that has failed is
// owed until another has succeeded.
func (r run) owed(sync infisical.Sync, now time.Time) *run {
	known, shown := r.seen(sync)
	failed := sync.Run.Status == infisical.SyncFailed
	if (shown == doubtful || shown == equaled) && now.Sub(sync.UpdatedAt) >= startsWithin+putBack {
		shown = ended // No other has come since.
	}
	switch {
	case shown == ended && failed:
		known = runAskedFor(sync, false)
	case shown == ended, shown == absent && !failed:
		return nil
	}
	return &known
}

// isToCome reports that the run may still be queued, after another has succeeded.
func (r run) isToCome(sync infisical.Sync) bool {
	return r.First != "" && sync.Run.Status == infisical.SyncSucceeded
}

// cause is where a run comes from that an apply waits for.
type cause int

const (
	// nothing causes one.
	nothing cause = iota
	// byWrite: Infisical queues one after every write of a sync with auto-sync.
	byWrite
	// onRequest: it is asked for.
	onRequest
	// earlier: the last apply did not see its end.
	earlier
)

// occasion is what decides where a run comes from.
type occasion struct {
	// written: the settings were written; changes: and with them what runs write to GitLab.
	written, changes bool
	autoSync         bool
	// owed: a run of an earlier apply is.
	owed bool
	// underWay: a run is queued or at work, as the answer says, or to come.
	underWay bool
}

// cause decides it.
func (o occasion) cause() cause {
	switch {
	case o.written && o.autoSync && o.underWay:
		return byWrite
	case o.changes:
		return onRequest
	case o.owed && o.underWay:
		return earlier
	case o.owed:
		return onRequest
	}
	return nothing
}
