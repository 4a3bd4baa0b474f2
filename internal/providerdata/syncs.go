package providerdata

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// PlannedSync is a secret sync as a plan leaves it behind, or an apply has left it.
type PlannedSync struct {
	// Sync has no ID while it does not exist. Its Target has what configuration calls it as its Name, and no ID while
	// that is not known.
	infisical.Sync

	// Refuses: its plan was refused if it saw that its runs delete the variables of another one. One that was there
	// before, and does not change, was accepted once.
	Refuses bool
}

// Key tells syncs apart: those that exist by their ids, new ones by their names, which are unique in a project.
func (p PlannedSync) Key() string { return cmp.Or(p.ID, p.ProjectID+"/"+p.Name) }

// SyncPlans is what this process has planned, and done, about secret syncs. Terraform plans each of them on its own, in
// any order, several at a time; what two of them do to each other shows here.
type SyncPlans struct {
	mu      sync.Mutex
	planned map[string]PlannedSync
	leaving map[string]*leave
	// reported are pairs, by the key of who reported them.
	reported map[[2]string]report
}

// leave is what is known of a sync that leaves.
type leave struct {
	// skipped: somebody has counted on it.
	skipped bool
	// told are those to call when it leaves.
	told []func()
	now  bool
}

type report struct {
	by      string
	isError bool
}

// Plan notes what a sync is to be, in place of what was noted of it before.
func (s *SyncPlans) Plan(planned PlannedSync) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.planned == nil {
		s.planned = map[string]PlannedSync{}
	}
	formerly := planned
	formerly.ID = "" // It was new when it was planned.
	planned.Refuses = planned.Refuses || s.planned[planned.Key()].Refuses || s.planned[formerly.Key()].Refuses
	delete(s.planned, formerly.Key())
	s.planned[planned.Key()] = planned
}

// Leave notes that a sync is to be deleted, or is being deleted.
func (s *SyncPlans) Leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.leave(id)
	of.now = true
	delete(s.planned, id)
	for _, tell := range of.told {
		tell()
	}
	of.told = nil
}

// leave is what is known of a sync that may leave. The lock is held.
func (s *SyncPlans) leave(id string) *leave {
	if s.leaving == nil {
		s.leaving = map[string]*leave{}
	}
	if s.leaving[id] == nil {
		s.leaving[id] = &leave{}
	}
	return s.leaving[id]
}

// Leaves reports whether Leave was called for a sync.
func (s *SyncPlans) Leaves(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaving[id] != nil && s.leaving[id].now
}

// Skips is Leaves for one who does nothing for a sync because it leaves. Should it stay, Stay tells of that.
func (s *SyncPlans) Skips(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.leave(id)
	of.skipped = of.skipped || of.now
	return of.now
}

// Stay notes that the deletion of a sync has failed, and returns whether somebody had counted on it.
func (s *SyncPlans) Stay(id string) (skipped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.leave(id)
	skipped = of.skipped
	of.now, of.skipped = false, false
	return skipped
}

// OnLeave calls a function, which must not block, when Leave is called for a sync, until stop is called.
func (s *SyncPlans) OnLeave(id string, tell func()) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.leave(id)
	stopped := false
	of.told = append(of.told, func() {
		if !stopped {
			tell()
		}
	})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		stopped = true
	}
}

// Of returns what was noted of a sync that exists.
func (s *SyncPlans) Of(id string) (PlannedSync, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	planned, ok := s.planned[id]
	return planned, ok
}

// All returns what is to be there, sorted by key.
func (s *SyncPlans) All() []PlannedSync {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.planned), func(a, b PlannedSync) int { return cmp.Compare(a.Key(), b.Key()) })
}

// Report notes that one sync reports what it and another one do to each other, and returns whether there is a need to:
// the other one has not reported as much before. Syncs are named by their keys.
func (s *SyncPlans) Report(by, other string, isError bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reported == nil {
		s.reported = map[[2]string]report{}
	}
	pair := [2]string{min(by, other), max(by, other)}
	before, ok := s.reported[pair]
	if ok && before.by != by && (before.isError || !isError) {
		return false
	}
	s.reported[pair] = report{by: by, isError: isError}
	return true
}
