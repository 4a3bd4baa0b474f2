package acctest

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Known is the plan with other values of what it did not know, or did not save, such as write-only attributes.
func (p *Plan) Known(blocks []Block) *Plan {
	known := *p
	known.Changes = nil
	for _, change := range p.Changes {
		again := *change
		for _, block := range blocks {
			if block.Address == change.Address && change.block != nil {
				again.block = &block
			}
		}
		known.Changes = append(known.Changes, &again)
	}
	return &known
}

// ApplyPlan is `terraform apply` with a saved plan.
func (m *Module) ApplyPlan(ctx context.Context, plan *Plan) (diags Diagnostics) {
	m.t.Helper()
	ctx = m.logged(ctx)
	defer func() { m.showsNoSecret("an apply", diags) }()
	m.begin()
	m.state = map[string]*instance{}
	for _, change := range plan.Changes {
		m.state[change.Address] = &instance{kind: change.kind, current: change.prior, deposed: slices.Clone(change.deposed)}
	}
	m.said = map[string]Diagnostics{}
	if plan.Empty() {
		return nil
	}
	server := m.configured(ctx, &diags)
	if diags.Failed() {
		return diags
	}
	server = takingTurns{server, &m.turn}
	visits := m.graph(plan, func(step *step) bool {
		var ofStep Diagnostics
		if !m.interrupted(&ofStep) {
			m.take(ctx, server, plan, step, &ofStep)
		}
		diags = append(diags, ofStep...)
		m.said[step.change.Address] = append(m.said[step.change.Address], ofStep...)
		return !ofStep.Failed()
	})
	if cyclic(visits) { // Terraform knows that too, where create_before_destroy was set on what is no longer there.
		diags.fault("Cycle", "The graph of the apply is cyclic.", nil)
		return diags
	}
	m.walk(visits)
	return diags
}

// Said is what the provider said of a resource in the last apply.
func (m *Module) Said(address string) Diagnostics { return m.said[address] }

// step is what an apply does with one object.
type step struct {
	visit

	change *Change
	// destroys: it deletes the object, or the deposed one. Otherwise it creates or updates.
	destroys bool
	deposed  *object
	// late is a destruction after what depends on the object was made without it.
	late bool
}

// before is the object in the state that a step is for.
func (s *step) before() *object {
	if s.deposed != nil {
		return s.deposed
	}
	return s.change.prior
}

// needs reports whether the object of a step was made with the help of a resource.
func (s *step) needs(of *step) bool {
	before := s.before()
	return before != nil && slices.Contains(before.dependencies, resourceOf(of.change.Address))
}

// steps are what there is to do, without an order.
func (p *Plan) steps() []*step {
	var steps []*step
	for _, change := range p.Changes {
		for i, deposed := range change.deposed {
			steps = append(steps, &step{visit: visit{name: fmt.Sprintf("%s (destroy deposed %d)", change.Address, i)}, change: change, destroys: true,
				deposed: deposed, late: true})
		}
		if change.Action == Delete || change.Action == Replace {
			one := &step{visit: visit{name: change.Address + " (destroy)"}, change: change, destroys: true, late: change.createBeforeDestroy}
			if change.Action == Replace && one.late {
				one.deposed = change.prior // It is by then.
			}
			steps = append(steps, one)
		}
		if change.Action != Delete && change.Action != NoOp {
			steps = append(steps, &step{visit: visit{name: change.Address}, change: change})
		}
	}
	return steps
}

// graph puts the steps into an order.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/transform_destroy_edge.go and
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/transform_destroy_cbd.go
func (m *Module) graph(plan *Plan, take func(*step) bool) []*visit {
	steps := plan.steps()
	for _, one := range steps {
		one.do = func() bool { return take(one) }
		for _, other := range steps {
			if one != other && plan.follows(one, other) {
				one.comesAfter(other)
			}
		}
	}
	visits := make([]*visit, len(steps))
	for i, one := range steps {
		visits[i] = &one.visit
	}
	return visits
}

// follows reports whether a step comes after another, or, where that destroys late, before it.
func (p *Plan) follows(one, other *step) bool {
	same := one.change == other.change
	switch {
	case !one.destroys && !other.destroys:
		return slices.Contains(p.dependencies[resourceOf(one.change.Address)], resourceOf(other.change.Address))
	case !one.destroys && other.destroys:
		return same || one.needs(other) || other.needs(one)
	case one.destroys && !other.destroys:
		return false // It is the other that follows this.
	default:
		return !same && other.needs(one) // What was made with its help goes first.
	}
}

// comesAfter has a step wait for another, or the reverse.
func (s *step) comesAfter(other *step) {
	if !s.destroys && other.destroys && other.late {
		other.after = append(other.after, &s.visit)
		return
	}
	s.after = append(s.after, &other.visit)
}

// take does what a step says.
func (m *Module) take(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, step *step, diags *Diagnostics) {
	change := step.change
	at := m.at(change.Address)
	switch {
	case step.destroys && step.deposed != nil:
		m.deleteDeposed(ctx, server, at, step.deposed, diags)
	case step.destroys:
		// No separate plan for the deletion half of a replacement: it gets the private state that the creation's plan
		// returned. https://github.com/hashicorp/terraform/blob/v1.11.4/internal/plans/changes.go (Simplify)
		planned := deletion{of: at.current, private: change.private}
		if change.Action == Delete {
			planned.identity = change.identity
		}
		at.current = m.delete(ctx, server, at.kind, planned, diags)
	case change.Action == Replace && change.createBeforeDestroy:
		m.deposeAndCreate(ctx, server, plan, change, diags)
	default:
		m.apply(ctx, server, plan, change, diags)
	}
}

// deposeAndCreate is create_before_destroy. After a failure the old object stays, as the current one if there is no
// other.
func (m *Module) deposeAndCreate(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, change *Change, diags *Diagnostics) {
	at := m.at(change.Address)
	old := at.current
	at.current, at.deposed = nil, append(at.deposed, old)
	m.apply(ctx, server, plan, change, diags)
	if at.current == nil {
		at.current, at.deposed = old, without(at.deposed, old)
	}
}

// apply plans again with what is known by now, checks that it comes to the same, and does it.
func (m *Module) apply(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, planned *Change, diags *Diagnostics) {
	at, change := m.at(planned.Address), *planned
	change.config = m.value(change.kind, evaluate(change.block.Config, m.reference, func(l Later) any { return l.Value }))
	response := m.ask(ctx, server, &change, at.current, nil, diags)
	if diags.Failed() {
		return
	}
	final := change.read(response.PlannedState)
	inconsistent("final plan", tftypes.NewAttributePath(), planned.planned, final, diags)
	if at.current != nil && len(response.RequiresReplace) > 0 {
		diags.fault("Provider produced inconsistent final plan", "it replaces what it was to update", nil)
	}
	if diags.Failed() || m.interrupted(diags) {
		return
	}
	before := tftypes.NewValue(change.valueType, nil)
	if at.current != nil {
		if before = at.current.value; before.Equal(final) {
			return // What was not known has turned out to be what it was.
		}
	}
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: change.typeName, PriorState: change.dynamic(before), PlannedState: response.PlannedState, Config: change.dynamic(change.config),
		PlannedPrivate: response.PlannedPrivate, PlannedIdentity: response.PlannedIdentity,
	}))
	switch {
	case !m.died(diags):
		if m.record(at, applied, final, diags); at.current != nil {
			at.current.dependencies, at.current.createBeforeDestroy = plan.dependencies[resourceOf(change.Address)], change.createBeforeDestroy
		}
	case at.current != nil:
		m.LosePrivate(change.Address)
	}
}

// reference is what an apply knows of an attribute of a resource.
func (m *Module) reference(to Reference) any {
	return fields(m.current(to.Address).value)[to.Attribute]
}

// record keeps what an apply returned, which counts after an error, too.
func (m *Module) record(at *instance, applied *tfprotov6.ApplyResourceChangeResponse, planned tftypes.Value, diags *Diagnostics) {
	*diags = append(*diags, applied.Diagnostics...)
	value := at.read(applied.NewState)
	failed := Diagnostics(applied.Diagnostics).Failed()
	if value.IsNull() {
		if !failed {
			diags.fault("Provider produced inconsistent result after apply", "there is no resource", nil)
		}
		return
	}
	if !value.IsFullyKnown() {
		diags.fault("Provider returned invalid result object after apply", "there are unknown values", nil)
	}
	if !failed {
		inconsistent("result after apply", tftypes.NewAttributePath(), planned, value, diags)
	}
	at.current = &object{value: value, private: applied.Private, identity: applied.NewIdentity, tainted: failed && at.current == nil}
}

// deleteDeposed plans the deletion of a deposed object again, from its own private state, and deletes it.
func (m *Module) deleteDeposed(ctx context.Context, server tfprotov6.ProviderServer, at *instance, deposed *object, diags *Diagnostics) {
	planned := m.askToDelete(ctx, server, at.kind, deposed, diags)
	if diags.Failed() {
		return
	}
	left := m.delete(ctx, server, at.kind, deletion{of: deposed, private: planned.PlannedPrivate, identity: planned.PlannedIdentity}, diags)
	at.deposed = without(at.deposed, deposed)
	if left != nil {
		at.deposed = append(at.deposed, left)
	}
}

// deletion is what a plan holds of one.
type deletion struct {
	of       *object
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// delete returns what is left of an object, which is nil unless something failed.
func (m *Module) delete(ctx context.Context, server tfprotov6.ProviderServer, of *kind, planned deletion, diags *Diagnostics) *object {
	null := of.dynamic(tftypes.NewValue(of.valueType, nil))
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: of.typeName, PriorState: of.dynamic(planned.of.value), PlannedState: null, Config: null, PlannedPrivate: planned.private,
		PlannedIdentity: planned.identity,
	}))
	if m.died(diags) {
		return planned.of
	}
	*diags = append(*diags, applied.Diagnostics...)
	value, failed := of.read(applied.NewState), Diagnostics(applied.Diagnostics).Failed()
	switch {
	case value.IsNull() && failed:
		return planned.of
	case value.IsNull():
		return nil
	case !failed:
		diags.fault("Provider returned invalid result object after apply", "the provider returned a non-null object after a deletion", nil)
	}
	left := *planned.of
	left.value, left.private, left.identity = value, applied.Private, applied.NewIdentity
	return &left
}

func without(objects []*object, one *object) []*object {
	return slices.DeleteFunc(slices.Clone(objects), func(other *object) bool { return other == one })
}
