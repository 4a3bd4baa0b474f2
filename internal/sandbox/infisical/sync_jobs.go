package infisical

import (
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
	// maxJobsOfConnection run at a time; the others are put back, so often at most.
	maxJobsOfConnection = 3
	putBack             = 35 * time.Second
	maxPutBacks         = 30
)

const (
	surplusMessage = "Failed to run job. This typically happens when a sync is already in progress. Please try again."
	folderMessage  = "Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path."
)

// syncJob writes a sync's variables to GitLab, or removes them.
type syncJob struct {
	id       string
	syncID   string
	removal  bool
	at       time.Time // when something happens to it next
	running  bool      // it has begun, and waits for the end of an attempt or for the next one
	working  bool      // an attempt is under way, whose outcome is known only at its end
	attempts int
	putBacks int
	failure  *runFailure // of the latest attempt
}

// runFailure is why an attempt failed.
type runFailure struct {
	message string
	final   bool // no other attempt is made
}

// queueRun queues a run. The lock is held, as below.
func (i *Server) queueRun(s *Sync) {
	s.Status = SyncPending
	i.queue(&syncJob{syncID: s.ID})
}

// queueRemoval queues the removal of a sync's variables, and with them of the sync.
func (i *Server) queueRemoval(s *Sync) {
	s.RemoveStatus = SyncPending
	i.queue(&syncJob{syncID: s.ID, removal: true})
}

func (i *Server) queue(job *syncJob) {
	job.id = uuid.NewString()
	delay := rand.N(maxStartDelay)
	if i.syncRules.delayed {
		delay = i.syncRules.delay
	}
	job.at = i.now().Add(delay)
	i.jobs = append(i.jobs, job)
}

func (i *Server) hasRunningJob(s *Sync) bool {
	return slices.ContainsFunc(i.jobs, func(j *syncJob) bool { return j.syncID == s.ID && j.running })
}

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

// dueJob is the job to which something happens first, if it is time. Those of deleted syncs are dropped.
func (i *Server) dueJob() *syncJob {
	i.jobs = slices.DeleteFunc(i.jobs, func(j *syncJob) bool { return i.findSync(j.syncID) == nil })
	var due *syncJob
	for _, j := range i.jobs {
		if !j.at.After(i.now()) && (due == nil || j.at.Before(due.at)) {
			due = j
		}
	}
	return due
}

// step takes a job one step further. It returns the attempt to make, nil for none.
func (i *Server) step(job *syncJob) func() *runFailure {
	s := i.findSync(job.syncID)
	switch {
	case !job.running && i.isCrowded(s):
		job.putBacks++
		job.at = job.at.Add(putBack)
		if job.putBacks > maxPutBacks {
			i.end(job, s, &runFailure{message: surplusMessage})
		}
		return nil
	case job.working:
		job.working = false
		mayRetry := !job.removal && job.attempts < maxAttempts
		if job.failure == nil || job.failure.final || !mayRetry {
			i.end(job, s, job.failure)
			return nil
		}
		job.at = job.at.Add(firstRetry << (job.attempts - 1))
		return nil
	}
	job.running, job.working = true, true
	job.attempts++
	job.at = job.at.Add(attemptTime)
	if job.removal {
		s.RemoveStatus = SyncRunning
	} else {
		s.Status = SyncRunning
	}
	return i.attempt(*s, job.removal)
}

// isCrowded: a run of this sync is under way, or as many of its connection as there may be.
func (i *Server) isCrowded(s *Sync) bool {
	ofConnection := 0
	for _, j := range i.jobs {
		other := i.findSync(j.syncID)
		if !j.running || other == nil {
			continue
		}
		if other.ID == s.ID {
			return true
		}
		if other.ConnectionID == s.ConnectionID {
			ofConnection++
		}
	}
	return ofConnection >= maxJobsOfConnection
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
