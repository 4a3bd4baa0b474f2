package acctest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Action is what a plan does to a resource.
type Action string

// The actions of a plan.
const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
)

// Plan is what a plan file holds.
type Plan struct {
	// Action is what is done to the resource when there is only one.
	Action Action
	// Diagnostics are those of all changes, and what else the command said.
	Diagnostics Diagnostics
	// Changes are of all resources in the configuration or in the state, by address, no-ops among them.
	Changes []*Change

	replacing                        func(address string) bool
	destroying, unrefreshed, minimal bool
	dependencies                     map[string][]string
}

// Change is what a plan does to one resource.
type Change struct {
	*kind

	Address string
	Action  Action
	// Diagnostics are what the provider said of this resource.
	Diagnostics Diagnostics

	// block is nil when it has been removed.
	block               *Block
	createBeforeDestroy bool
	config, planned     tftypes.Value
	private             []byte
	identity            *tfprotov6.ResourceIdentityData
	// prior is the refreshed state that the plan was made for, and deposed are the refreshed objects that are to be
	// deleted besides.
	prior   *object
	deposed []*object
}

// A PlanOption is an argument of `terraform plan`.
type PlanOption func(*Plan)

// Replacing is -replace= with the address of each resource.
func Replacing(plan *Plan) { plan.replacing = func(string) bool { return true } }

// ReplacingAt is -replace= with an address.
func ReplacingAt(address string) PlanOption {
	return func(plan *Plan) { plan.replacing = func(at string) bool { return at == address } }
}

// Destroying is -destroy. Unlike a plan without a configuration, which is that of a block that was removed, it lets the
// provider plan for the configuration, too, so that an error about that one is in the way of the destruction.
func Destroying(plan *Plan) { plan.destroying = true }

// Unrefreshed is -refresh=false.
func Unrefreshed(plan *Plan) { plan.unrefreshed = true }

// MinimallyRefreshed is -minimal-refresh of Terraform 1.17: each resource is planned for the state as it is; when there
// is something to do, it is refreshed and planned again.
// https://github.com/hashicorp/terraform/pull/38953
func MinimallyRefreshed(plan *Plan) { plan.minimal = true }

// Change is that of a resource; nil when neither the configuration nor the state has it.
func (p *Plan) Change(address string) *Change {
	for _, change := range p.Changes {
		if change.Address == address {
			return change
		}
	}
	return nil
}

// Empty reports that there is nothing to do.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Changes, func(c *Change) bool { return c.Action != NoOp || len(c.deposed) > 0 })
}

// Saved is all that the plan file holds, for searching it. Configuration is in there, too, but without write-only
// attributes.
func (p *Plan) Saved() string {
	var saved strings.Builder
	for _, change := range p.Changes {
		fmt.Fprintf(&saved, "%s\n%s\n", change.planned, change.private)
	}
	return saved.String()
}

// Planned is the text at a path of attributes as it is planned, empty when it is null, and whether it is known.
func (c *Change) Planned(path ...string) (text string, known bool) {
	value := c.planned
	for _, name := range path {
		if !value.IsKnown() {
			return "", false
		}
		value = fields(value)[name]
	}
	if value.Type() == nil || !value.IsFullyKnown() {
		return "", value.Type() == nil
	}
	return textOf(value), true
}

// Plan is `terraform plan -out`. What is in the state without a block has been removed. State stays as it is.
func (m *Module) Plan(ctx context.Context, blocks []Block, options ...PlanOption) *Plan {
	m.t.Helper()
	plan := &Plan{Action: NoOp, replacing: func(string) bool { return false }, dependencies: dependencies(blocks)}
	ctx = m.logged(ctx)
	defer func() {
		m.showsNoSecret("a plan", plan.Diagnostics)
		if !m.Silent {
			showsNoSecret(m.t, "a plan file", plan.Saved(), m.inClear.holds)
		}
	}()
	for _, option := range options {
		option(plan)
	}
	m.begin()
	if m.validate(ctx, blocks, plan); plan.Diagnostics.Failed() {
		return plan
	}
	m.begins(plan, blocks)
	if !plan.destroying || !plan.unrefreshed {
		m.planEach(ctx, plan, m.planOne)
	}
	if plan.destroying && !plan.Diagnostics.Failed() {
		// "A destroy plan starts by running Refresh …. A normal plan is required here": of that one only errors are
		// shown. https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/context_plan.go (destroyPlan)
		plan.Diagnostics = nil
		for _, change := range plan.Changes {
			change.Action, change.Diagnostics = NoOp, nil
		}
		m.planEach(ctx, plan, func(ctx context.Context, server tfprotov6.ProviderServer, _ *Plan, change *Change) {
			m.planDelete(ctx, server, change)
			m.planDeposed(ctx, server, change)
		})
	}
	if len(plan.Changes) == 1 {
		plan.Action = plan.Changes[0].Action
	}
	return plan
}

// validate is of the configuration alone: nothing that it refers to is known.
func (m *Module) validate(ctx context.Context, blocks []Block, plan *Plan) {
	server := m.serve()
	for _, block := range blocks {
		of := kindOf(block.Address)
		config := m.value(of, evaluate(block.Config, func(Reference) any { return tftypes.UnknownValue }, unknownYet))
		plan.Diagnostics = append(plan.Diagnostics, validated(ctx, server, of, config)...)
	}
}

func unknownYet(Later) any { return tftypes.UnknownValue }

func validated(ctx context.Context, server tfprotov6.ProviderServer, of *kind, config tftypes.Value) Diagnostics {
	return must(server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: of.typeName, Config: of.dynamic(config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})).Diagnostics
}

// begins lists what is in the configuration or in the state.
func (m *Module) begins(plan *Plan, blocks []Block) {
	changes := map[string]*Change{}
	for _, address := range m.Addresses() {
		at := m.state[address]
		changes[address] = &Change{kind: at.kind, Address: address, Action: NoOp, prior: at.current, deposed: at.deposed}
		if at.current != nil {
			changes[address].createBeforeDestroy = at.current.createBeforeDestroy
		}
	}
	deposing := map[string]bool{}
	for _, block := range blocks {
		if block.CreateBeforeDestroy { // What it depends on has to be, too.
			for _, resource := range append(plan.dependencies[resourceOf(block.Address)], resourceOf(block.Address)) {
				deposing[resource] = true
			}
		}
	}
	for _, block := range blocks {
		if changes[block.Address] == nil {
			changes[block.Address] = &Change{kind: kindOf(block.Address), Address: block.Address, Action: NoOp}
		}
		changes[block.Address].block, changes[block.Address].createBeforeDestroy = &block, deposing[resourceOf(block.Address)]
	}
	for _, address := range slices.Sorted(maps.Keys(changes)) {
		plan.Changes = append(plan.Changes, changes[address])
	}
}

// planEach has a provider of its own plan every resource, those first that others refer to.
func (m *Module) planEach(ctx context.Context, plan *Plan, planOne func(context.Context, tfprotov6.ProviderServer, *Plan, *Change)) {
	server := m.configured(ctx, &plan.Diagnostics)
	if plan.Diagnostics.Failed() {
		return
	}
	server = takingTurns{server, &m.turn}
	visits := map[*Change]*visit{}
	for _, change := range plan.Changes {
		visits[change] = &visit{name: change.Address, do: func() bool {
			if !m.interrupted(&change.Diagnostics) {
				planOne(ctx, server, plan, change)
			}
			plan.Diagnostics = append(plan.Diagnostics, change.Diagnostics...)
			return !change.Diagnostics.Failed()
		}}
	}
	for change, one := range visits {
		for other, earlier := range visits {
			if change.block != nil && slices.Contains(plan.dependencies[resourceOf(change.Address)], resourceOf(other.Address)) {
				one.after = append(one.after, earlier)
			}
		}
	}
	m.walk(slices.Collect(maps.Values(visits)))
}

// planOne refreshes and plans what is at an address.
func (m *Module) planOne(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, change *Change) {
	if change.block == nil {
		m.planDelete(ctx, server, change) // Before the refresh: node_resource_plan_orphan.go.
	} else {
		change.config = m.value(change.kind, evaluate(change.block.Config, plan.reference, unknownYet))
	}
	if plan.minimal && change.block != nil && change.prior != nil {
		if m.plan(ctx, server, plan, change); change.Action != NoOp && !change.Diagnostics.Failed() {
			change.Diagnostics = nil
			m.refreshOne(ctx, server, plan, change)
		}
		m.planDeposed(ctx, server, change)
		return
	}
	m.refreshOne(ctx, server, plan, change)
	m.planDeposed(ctx, server, change)
}

// refreshOne refreshes what is at an address and plans it for what has come of that.
func (m *Module) refreshOne(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, change *Change) {
	dependencies := plan.dependencies[resourceOf(change.Address)]
	if !plan.unrefreshed {
		change.prior = m.refresh(ctx, server, change.kind, change.prior, &change.Diagnostics)
		var deposed []*object
		for _, object := range change.deposed {
			if refreshed := m.refresh(ctx, server, change.kind, object, &change.Diagnostics); refreshed != nil {
				deposed = append(deposed, refreshed)
			}
		}
		change.deposed = deposed
		change.prior = change.prior.dependingOn(dependencies)
	}
	switch {
	case change.Diagnostics.Failed() || m.interrupted(&change.Diagnostics):
		return
	case change.block == nil && change.prior == nil:
		change.Action = NoOp
	case change.block != nil:
		if m.plan(ctx, server, plan, change); change.Action == NoOp && change.prior != nil {
			prior := *change.prior
			prior.dependencies, prior.createBeforeDestroy = dependencies, change.createBeforeDestroy
			change.prior = &prior
		}
	}
}

// reference is what a plan knows of an attribute of a resource.
func (p *Plan) reference(to Reference) any {
	change := p.Change(to.Address)
	switch {
	case change == nil || change.block == nil:
		panic("acctest: nothing is at " + to.Address)
	case change.Action == NoOp:
		return fields(change.prior.value)[to.Attribute]
	}
	return fields(change.planned)[to.Attribute]
}

// refresh returns nil when the resource was deleted outside Terraform.
func (m *Module) refresh(ctx context.Context, server tfprotov6.ProviderServer, of *kind, before *object, diags *Diagnostics) *object {
	if before == nil || diags.Failed() {
		return before
	}
	response := must(server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: of.typeName, CurrentState: of.dynamic(before.value), Private: before.private, CurrentIdentity: before.identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	if Diagnostics(response.Diagnostics).Failed() || m.died(diags) {
		return before
	}
	refreshed := *before
	refreshed.value, refreshed.private, refreshed.identity = of.read(response.NewState), response.Private, response.NewIdentity
	if refreshed.value.IsNull() {
		return nil
	}
	return &refreshed
}

// plan plans a create, an update or a replacement.
func (m *Module) plan(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, change *Change) {
	prior := change.prior
	if prior != nil && prior.tainted {
		prior = nil // "we'll proceed below like we're creating an entirely new object", without private state either.
	}
	response := m.ask(ctx, server, change, prior, nil, &change.Diagnostics)
	if change.Diagnostics.Failed() {
		return
	}
	change.take(change.read(response.PlannedState), response)
	replacing := plan.replacing(change.Address)
	switch {
	case prior == nil && change.prior != nil:
		change.Action = Replace
	case prior == nil:
		change.Action = Create
	case change.planned.Equal(prior.value) && !replacing:
		change.Action = NoOp
	case replacing || len(response.RequiresReplace) > 0:
		change.Action = Replace
		var again Diagnostics
		response = m.ask(ctx, server, change, nil, response.PlannedPrivate, &again)
		change.take(change.read(response.PlannedState), response)
		if again.Failed() { // Warnings "probably also came out of our previous call".
			change.Diagnostics = append(change.Diagnostics, again...)
		}
	default:
		change.Action = Update
	}
}

func (c *Change) take(planned tftypes.Value, response *tfprotov6.PlanResourceChangeResponse) {
	c.planned, c.private, c.identity = planned, response.PlannedPrivate, response.PlannedIdentity
}

// ask plans for a resource that exists, or does not, and checks what Terraform checks of a plan.
func (m *Module) ask(ctx context.Context, server tfprotov6.ProviderServer, change *Change, prior *object, private []byte,
	diags *Diagnostics) *tfprotov6.PlanResourceChangeResponse {
	before := tftypes.NewValue(change.valueType, nil)
	var identity *tfprotov6.ResourceIdentityData
	if prior != nil {
		before, private, identity = prior.value, prior.private, prior.identity
	}
	if change.block.open() {
		if invalid := validated(ctx, server, change.kind, change.config); invalid.Failed() { // Warnings came from the validation before.
			*diags = append(*diags, invalid...)
			return &tfprotov6.PlanResourceChangeResponse{}
		}
	}
	attributes := change.kind.block.Attributes
	response := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: change.typeName, PriorState: change.dynamic(before), ProposedNewState: change.dynamic(proposed(attributes, before, change.config)),
		Config: change.dynamic(change.config), PriorPrivate: private, PriorIdentity: identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	if !Diagnostics(response.Diagnostics).Failed() && !m.died(diags) {
		invalidPlan(attributes, tftypes.NewAttributePath(), before, change.config, change.read(response.PlannedState), diags)
	}
	return response
}

// planDelete plans the deletion of the object that is not deposed.
func (m *Module) planDelete(ctx context.Context, server tfprotov6.ProviderServer, change *Change) {
	if change.prior == nil || change.Diagnostics.Failed() {
		return
	}
	change.Action = Delete
	change.take(tftypes.NewValue(change.valueType, nil), m.askToDelete(ctx, server, change.kind, change.prior, &change.Diagnostics))
}

func (m *Module) planDeposed(ctx context.Context, server tfprotov6.ProviderServer, change *Change) {
	for _, deposed := range change.deposed {
		if !change.Diagnostics.Failed() {
			m.askToDelete(ctx, server, change.kind, deposed, &change.Diagnostics)
		}
	}
}

func (m *Module) askToDelete(ctx context.Context, server tfprotov6.ProviderServer, of *kind, prior *object,
	diags *Diagnostics) *tfprotov6.PlanResourceChangeResponse {
	null := of.dynamic(tftypes.NewValue(of.valueType, nil))
	response := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: of.typeName, PriorState: of.dynamic(prior.value), ProposedNewState: null, Config: null, PriorPrivate: prior.private,
		PriorIdentity: prior.identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	m.died(diags)
	if !of.read(response.PlannedState).IsNull() {
		diags.fault("Provider produced invalid plan", "a non-null destroy value is planned", nil)
	}
	return response
}
