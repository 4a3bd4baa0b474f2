package infisical

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
)

// What the server waits for: backend/src/services/secret-sync/secret-sync-queue.ts of
// https://github.com/Infisical/infisical.
const (
	maxStartDelay = 10 * time.Second
	attemptTime   = time.Second
	maxAttempts   = 5
	firstRetry    = 3 * time.Second // and then twice as long each time
	putBack       = 35 * time.Second
	// lockTime is how long the lock of a sync lasts at most.
	lockTime = 5 * time.Minute
)

// crowding is how many runs of a connection are at work at a time, and how often the others are put back.
type crowding struct{ ofConnection, putBacks int }

func (i *Server) crowding() crowding {
	if i.older {
		return crowding{ofConnection: 3, putBacks: 30}
	}
	return crowding{ofConnection: 5, putBacks: 120}
}

const (
	surplusMessage = "Failed to run job. This typically happens when a sync is already in progress. Please try again."
	folderMessage  = "Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path."
)

// syncJob writes a sync's variables to GitLab, or removes them.
type syncJob struct {
	id      string
	syncID  string
	removal bool
	at      time.Time // when something happens to it next
	// working: an attempt is under way, whose outcome is known only at its end. Until then the job holds the lock of
	// the sync, since began, and a run also a place among those of its connection. Between two attempts it holds
	// neither.
	working  bool
	began    time.Time
	attempts int
	putBacks int
	instant  bool        // its attempt takes no time
	failure  *runFailure // of the latest attempt
}

// runFailure is why an attempt failed.
type runFailure struct {
	message string
	final   bool // no other attempt is made
}

// queueRun queues a run, and puts the sync down as pending, whatever it is doing. The lock is held, as below.
func (i *Server) queueRun(s *Sync) { i.queueRunAt(s, i.now()) }

func (i *Server) queueRunAt(s *Sync, now time.Time) {
	s.Status, s.UpdatedAt = SyncPending, now
	delay := rand.N(maxStartDelay)
	if i.syncRules.delayed {
		delay = i.syncRules.delay
	}
	i.jobs = append(i.jobs, &syncJob{id: uuid.NewString(), syncID: s.ID, at: now.Add(delay)})
}

// isBusy: a job of the sync holds its lock. What the sync is put down as says nothing about that.
func (i *Server) isBusy(s *Sync, at time.Time) bool {
	return slices.ContainsFunc(i.jobs, func(j *syncJob) bool { return j.syncID == s.ID && j.holdsLock(at) })
}

func (j *syncJob) holdsLock(at time.Time) bool { return j.working && at.Sub(j.began) < lockTime }

// RunJobs does what is due by the server's clock, in its order. Every route of syncs calls it first; a server that
// nobody asks anything needs somebody to call it.
func (i *Server) RunJobs() {
	i.jobsMu.Lock()
	defer i.jobsMu.Unlock()
	for {
		i.mu.Lock()
		job := i.dueJob()
		var attempt func() *runFailure
		if job != nil {
			attempt = i.step(job)
		}
		i.mu.Unlock()
		if job == nil {
			return
		}
		if attempt != nil {
			job.failure = attempt() // No lock of the store is held while GitLab is asked; jobsMu keeps the job ours.
		}
	}
}

// Jobs is how many jobs are queued or at work. What syncs are put down as does not tell.
func (i *Server) Jobs() int {
	i.RunJobs()
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.jobs)
}

// dueJob is the job to which something happens first, if it is time. Those of deleted syncs are dropped.
func (i *Server) dueJob() *syncJob {
	i.jobs = slices.DeleteFunc(i.jobs, func(j *syncJob) bool { return i.findSync(j.syncID) == nil })
	for {
		var due *syncJob
		for _, j := range i.jobs {
			if !j.at.After(i.now()) && (due == nil || j.at.Before(due.at)) {
				due = j
			}
		}
		if !i.retryDaily(due) {
			return due
		}
	}
}

// retryDaily queues a run of every sync with auto-sync whose last one failed, as the newest servers do at midnight UTC
// with a list of destinations that GitLab may be on, or not. It reports whether that came before the job that is due.
func (i *Server) retryDaily(due *syncJob) bool {
	if i.older || i.nextRetry.After(i.now()) || due != nil && !due.at.After(i.nextRetry) {
		return false
	}
	at := i.nextRetry
	i.nextRetry = midnightAfter(at)
	for _, s := range i.syncs {
		if s.AutoSync && s.Status == SyncFailed {
			i.queueRunAt(s, at)
		}
	}
	return true
}

func midnightAfter(now time.Time) time.Time {
	const day = 24 * time.Hour
	return now.UTC().Truncate(day).Add(day)
}

// step takes a job one step further. It returns the attempt to make, nil for none.
func (i *Server) step(job *syncJob) func() *runFailure {
	s := i.findSync(job.syncID)
	switch {
	case job.working:
		job.working = false
		mayRetry := !job.removal && job.attempts < maxAttempts
		if job.failure == nil || job.failure.final || !mayRetry {
			i.end(job, s, job.failure)
			return nil
		}
		job.at = job.at.Add(firstRetry << (job.attempts - 1))
		return nil
	case i.isBusy(s, job.at), !job.removal && i.isCrowded(s):
		i.putOff(job, s)
		return nil
	}
	job.working, job.began = true, job.at
	job.attempts++
	s.UpdatedAt = job.at
	if job.removal {
		s.RemoveStatus = SyncRunning
	} else {
		s.Status = SyncRunning
	}
	job.at = job.at.Add(i.attemptTime(job))
	return i.attempt(*s, job.removal)
}

func (i *Server) attemptTime(job *syncJob) time.Duration {
	switch {
	case job.instant:
		return 0
	case job.removal:
		return cmp.Or(i.syncRules.slowRemoval, attemptTime)
	}
	return cmp.Or(i.syncRules.slow, attemptTime)
}

// isCrowded: as many runs of the sync's connection are at work as there may be.
func (i *Server) isCrowded(s *Sync) bool {
	working := 0
	for _, j := range i.jobs {
		if other := i.findSync(j.syncID); other != nil && j.working && !j.removal && other.ConnectionID == s.ConnectionID {
			working++
		}
	}
	return working >= i.crowding().ofConnection
}

// putOff is what becomes of a job that finds its sync locked or its connection crowded: a removal has failed, and a run
// is queued anew, with all its attempts.
func (i *Server) putOff(job *syncJob, s *Sync) {
	if job.removal || job.putBacks == i.crowding().putBacks {
		i.end(job, s, &runFailure{message: surplusMessage})
		return
	}
	job.id, job.attempts = uuid.NewString(), 0
	job.putBacks++
	job.at = job.at.Add(putBack)
}

// end records the outcome of a job.
func (i *Server) end(job *syncJob, s *Sync, failure *runFailure) {
	i.jobs = slices.DeleteFunc(i.jobs, func(j *syncJob) bool { return j == job })
	s.UpdatedAt = job.at
	switch {
	case job.removal && failure != nil:
		s.RemoveStatus, s.LastRemoveJobID, s.RemoveMessage = SyncFailed, job.id, failure.message
	case job.removal:
		i.removeSync(s.ID)
	case failure != nil:
		s.Status, s.LastJobID, s.LastMessage = SyncFailed, job.id, failure.message
	default:
		s.Status, s.LastJobID, s.LastMessage, s.LastSyncedAt = SyncSucceeded, job.id, "", job.at
	}
}
