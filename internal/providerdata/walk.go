package providerdata

import (
	"sync"
	"sync/atomic"
)

// Phase is what Terraform does with a configured provider.
type Phase uint8

const (
	// Unclear is when nothing that was seen tells.
	Unclear Phase = iota
	// Planning is refresh and plan.
	Planning
	// Applying is when what changes is planned once more, and applied.
	Applying
)

// Walk is what a configured provider has seen of Terraform's walk. The protocol does not say whether a plan is that of
// `terraform plan` or one inside of an apply, and Terraform configures a provider anew for each walk. In an apply
// nothing is refreshed, what does not change is not planned, and what is planned is applied before anything is planned
// that depends on it.
type Walk struct {
	planning, applying atomic.Bool
	// changing holds the ids of what was planned, and is to change.
	changing sync.Map
	// created holds the ids of connections that were created.
	created sync.Map
}

// Read notes that a resource was refreshed.
func (w *Walk) Read() { w.planning.Store(true) }

// Plan notes that a resource was planned, and whether it changes. The id is empty for a new one.
func (w *Walk) Plan(id string, changes bool) {
	if !changes {
		w.planning.Store(true)
		return
	}
	w.changing.Store(id, true)
}

// Changes reports that a resource was planned, and is to change.
func (w *Walk) Changes(id string) bool {
	_, changes := w.changing.Load(id)
	return changes
}

// Apply notes that a resource is created, updated or deleted.
func (w *Walk) Apply() { w.applying.Store(true) }

// Create notes that a connection was created, so that the plan did not know its id.
func (w *Walk) Create(id string) { w.created.Store(id, true) }

// Created reports that a connection was created in this apply.
func (w *Walk) Created(id string) bool {
	_, created := w.created.Load(id)
	return created
}

// Phase is that of the plan of a resource that depends on another one, whose id is empty while it is not known.
func (w *Walk) Phase(dependsOn string) Phase {
	switch {
	case w.applying.Load():
		return Applying
	case w.planning.Load(), w.Changes(dependsOn), dependsOn == "":
		return Planning
	}
	return Unclear
}
