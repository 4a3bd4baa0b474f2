package acctest

import (
	"maps"
	"slices"
	"strings"
)

// visit is something that a walk does, and what has to be done before.
type visit struct {
	name  string
	after []*visit
	// do reports whether it went well. What comes after it is left out otherwise, and nothing else.
	do func() bool
}

// walk makes all visits, one after another, next choosing among those that can be made.
func walk(visits []*visit, next func(names []string) int) {
	slices.SortStableFunc(visits, func(a, b *visit) int { return strings.Compare(a.name, b.name) })
	went := map[*visit]bool{}
	for {
		var ready []*visit
		var names []string
		for _, v := range visits {
			_, over := went[v]
			if !over && !slices.ContainsFunc(v.after, func(earlier *visit) bool { _, over := went[earlier]; return !over }) {
				ready, names = append(ready, v), append(names, v.name)
			}
		}
		if len(ready) == 0 {
			break
		}
		chosen := ready[0]
		if next != nil {
			chosen = ready[next(names)]
		}
		went[chosen] = !slices.ContainsFunc(chosen.after, func(earlier *visit) bool { return !went[earlier] }) && chosen.do()
	}
	if len(went) < len(visits) {
		panic("acctest: there is a cycle in what a walk is to visit")
	}
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
