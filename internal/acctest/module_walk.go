package acctest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// visit is something that a walk does, and what has to be done before.
type visit struct {
	name  string
	after []*visit
	// do reports whether it went well. What comes after it is left out otherwise, and nothing else.
	do func() bool
}

// walk makes all visits, as many at a time as the module says, Next choosing among those that can be made.
func (m *Module) walk(visits []*visit) {
	slices.SortStableFunc(visits, func(a, b *visit) int { return strings.Compare(a.name, b.name) })
	m.turn.Lock()
	defer m.turn.Unlock()
	over := sync.NewCond(&m.turn)
	began, went := map[*visit]bool{}, map[*visit]bool{}
	for len(went) < len(visits) {
		ready := slices.DeleteFunc(slices.Clone(visits), func(v *visit) bool { return began[v] || !v.isReady(went) })
		underWay := len(began) - len(went)
		switch {
		case len(ready) == 0 && underWay == 0:
			panic("acctest: there is a cycle in what a walk is to visit")
		case len(ready) == 0 || underWay >= max(m.Parallelism, 1):
			over.Wait()
			continue
		}
		chosen := m.choose(ready)
		began[chosen] = true
		visit := func() {
			went[chosen] = !slices.ContainsFunc(chosen.after, func(earlier *visit) bool { return !went[earlier] }) && chosen.do()
		}
		if m.Parallelism <= 1 {
			visit()
			continue
		}
		go func() {
			m.turn.Lock()
			defer m.turn.Unlock()
			defer over.Signal()
			visit()
		}()
	}
}

// cyclic reports that some visits can never be made, because each waits for another.
func cyclic(visits []*visit) bool {
	went := map[*visit]bool{}
	for {
		before := len(went)
		for _, v := range visits {
			if v.isReady(went) {
				went[v] = true
			}
		}
		if len(went) == before {
			return before < len(visits)
		}
	}
}

// isReady: all that has to be done before is over.
func (v *visit) isReady(went map[*visit]bool) bool {
	return !slices.ContainsFunc(v.after, func(earlier *visit) bool { _, over := went[earlier]; return !over })
}

func (m *Module) choose(ready []*visit) *visit {
	if m.Next == nil {
		return ready[0]
	}
	names := make([]string, len(ready))
	for i, v := range ready {
		names[i] = v.name
	}
	return ready[m.Next(names)]
}

// takingTurns lets other visits have their turn while the provider is asked.
type takingTurns struct {
	tfprotov6.ProviderServer

	turn *sync.Mutex
}

func (t takingTurns) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	t.turn.Unlock()
	defer t.turn.Lock()
	return t.ProviderServer.ReadResource(ctx, request)
}

func (t takingTurns) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	t.turn.Unlock()
	defer t.turn.Lock()
	return t.ProviderServer.PlanResourceChange(ctx, request)
}

func (t takingTurns) ApplyResourceChange(ctx context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	t.turn.Unlock()
	defer t.turn.Lock()
	return t.ProviderServer.ApplyResourceChange(ctx, request)
}

// references are the addresses that a configuration refers to.
func references(value any) []string {
	var all []string
	switch value := value.(type) {
	case Reference:
		all = append(all, value.Address)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, references(value[name])...)
		}
	}
	return all
}

// open reports that a configuration becomes known bit by bit. Any other is valid or not before a plan begins.
func (b *Block) open() bool {
	var found bool
	evaluate(b.Config, func(Reference) any { found = true; return nil }, func(Later) any { found = true; return nil })
	return found
}

// evaluate puts values in the place of references, and of what is known later.
func evaluate(value any, known func(Reference) any, later func(Later) any) any {
	switch value := value.(type) {
	case Reference:
		return known(value)
	case Later:
		return later(value)
	case map[string]any:
		members := map[string]any{}
		for name, member := range value {
			members[name] = evaluate(member, known, later)
		}
		return members
	}
	return value
}

// dependencies are the resources that each resource of a configuration refers to, directly or by others.
func dependencies(blocks []Block) map[string][]string {
	direct := map[string][]string{}
	for _, block := range blocks {
		for _, address := range references(block.Config) {
			direct[resourceOf(block.Address)] = append(direct[resourceOf(block.Address)], resourceOf(address))
		}
	}
	all := map[string][]string{}
	for resource := range direct {
		found := map[string]bool{}
		for open := []string{resource}; len(open) > 0; open = open[1:] {
			for _, of := range direct[open[0]] {
				if !found[of] {
					found[of], open = true, append(open, of)
				}
			}
		}
		all[resource] = slices.Sorted(maps.Keys(found))
	}
	return all
}
