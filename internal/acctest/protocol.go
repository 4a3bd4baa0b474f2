package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Protocol drives one resource over the plugin protocol, in this process, as Terraform does: refresh, plan, the second
// plan of a replacement, the plan at apply with what has become known, apply. It keeps what the state file would keep,
// private state and deposed objects among it, and where Terraform would say that the provider is at fault ("Provider
// produced inconsistent …") so does it. A command costs milliseconds, so that sweeps over hundreds of faults are
// possible. That it calls the provider as a real CLI does is tested in protocol_test.go.
type Protocol struct {
	// Environment is that of the providers that serve the commands to come.
	Environment provider.Environment
	// Configuration is the provider block of the commands to come.
	Configuration map[string]any
	// CreateBeforeDestroy is the lifecycle argument of that name.
	CreateBeforeDestroy bool

	t        testing.TB
	typeName string
	// block is the schema of the resource, and the types are those of its values and of the provider block's.
	block                  *tfprotov6.SchemaBlock
	valueType, settingType tftypes.Type

	// state is what the state file holds; nil when that is nothing. Deposed are objects that have been replaced, but
	// not yet deleted.
	state   *object
	deposed []*object

	// observe wraps each provider that is started, nil for none.
	observe func(tfprotov6.ProviderServer) tfprotov6.ProviderServer

	// inClear is what configurations hold that is saved as it is, and log what the provider has logged.
	inClear clearText
	log     log

	mu              sync.Mutex
	running         tfprotov6.ProviderServer
	stopped, killed bool
}

// object is a resource as the state file holds it.
type object struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	// tainted: its creation failed half-way, or somebody said so, so that the next apply replaces it.
	tainted bool
}

// Action is what a plan does to the resource.
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
	Action      Action
	Diagnostics Diagnostics

	replacing, destroying, createBeforeDestroy bool

	config, planned tftypes.Value
	private         []byte
	identity        *tfprotov6.ResourceIdentityData
	// prior is the refreshed state that the plan was made for, and deposed are the refreshed objects that are to be
	// deleted besides.
	prior   *object
	deposed []*object
}

// A PlanOption is an argument of `terraform plan`.
type PlanOption func(*Plan)

// Replacing is -replace=, with the address of the resource.
func Replacing(plan *Plan) { plan.replacing = true }

// Destroying is -destroy. Unlike a plan without a configuration, which is that of a block that was removed, it lets the
// provider plan for the configuration, too, so that an error about that one is in the way of the destruction.
func Destroying(plan *Plan) { plan.destroying = true }

// NewProtocol drives a resource of type typeName under a provider block with the given settings. Settings and
// configurations are maps by attribute, of string, bool, int, []string, maps, and tftypes.UnknownValue; what is left
// out is null.
func NewProtocol(t testing.TB, environment provider.Environment, typeName string, configuration map[string]any) *Protocol {
	t.Helper()
	RequireAcceptance(t)
	schemas := must(providerSchemas())
	block := schemas.ResourceSchemas[typeName].Block
	return &Protocol{
		Environment: environment, Configuration: configuration,
		t: t, typeName: typeName, block: block, valueType: block.ValueType(), settingType: schemas.Provider.ValueType(),
	}
}

// Plan is `terraform plan -out`. Without a configuration the resource's block has been removed. State stays as it is.
func (p *Protocol) Plan(ctx context.Context, config map[string]any, options ...PlanOption) *Plan {
	p.t.Helper()
	plan := &Plan{Action: NoOp, config: p.value(config), createBeforeDestroy: p.CreateBeforeDestroy}
	ctx = p.logged(ctx)
	defer func() {
		p.showsNoSecret("a plan", plan.Diagnostics)
		showsNoSecret(p.t, "a plan file", plan.Saved(), p.inClear.holds)
	}()
	for _, option := range options {
		option(plan)
	}
	p.begin()
	if config != nil {
		validated := must(p.serve().ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
			TypeName: p.typeName, Config: p.dynamic(plan.config),
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
		}))
		plan.Diagnostics = validated.Diagnostics
	}
	if plan.Diagnostics.Failed() {
		return plan
	}
	server := p.configured(ctx, &plan.Diagnostics)
	p.refreshAndPlan(ctx, server, plan)
	if plan.destroying && !plan.Diagnostics.Failed() {
		// "A destroy plan starts by running Refresh …. A normal plan is required here": of that one only errors are
		// shown. https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/context_plan.go (destroyPlan)
		plan.Action, plan.Diagnostics = NoOp, nil
		server = p.configured(ctx, &plan.Diagnostics)
		p.planDelete(ctx, server, plan)
		p.planDeposed(ctx, server, plan)
	}
	return plan
}

func (p *Protocol) refreshAndPlan(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan) {
	plan.prior, plan.deposed = p.state, p.deposed
	if plan.Diagnostics.Failed() {
		return
	}
	removed := plan.config.IsNull()
	if removed {
		p.planDelete(ctx, server, plan) // Before the refresh: node_resource_plan_orphan.go.
	}
	plan.prior = p.refresh(ctx, server, p.state, &plan.Diagnostics)
	plan.deposed = nil
	for _, deposed := range p.deposed {
		if refreshed := p.refresh(ctx, server, deposed, &plan.Diagnostics); refreshed != nil {
			plan.deposed = append(plan.deposed, refreshed)
		}
	}
	switch {
	case plan.Diagnostics.Failed() || p.interrupted(&plan.Diagnostics):
		return
	case removed && plan.prior == nil:
		plan.Action = NoOp
	case !removed:
		p.plan(ctx, server, plan)
	}
	p.planDeposed(ctx, server, plan)
}

// ApplyPlan is `terraform apply` with a saved plan.
func (p *Protocol) ApplyPlan(ctx context.Context, plan *Plan) (diags Diagnostics) {
	p.t.Helper()
	ctx = p.logged(ctx)
	defer func() { p.showsNoSecret("an apply", diags) }()
	p.begin()
	p.state, p.deposed = plan.prior, slices.Clone(plan.deposed)
	if plan.Empty() {
		return nil
	}
	server := p.configured(ctx, &diags)
	if diags.Failed() {
		return diags
	}
	// Deposed objects are nodes of their own in the graph: what becomes of them does not keep the rest from being done.
	var ofDeposed Diagnostics
	for _, deposed := range plan.deposed {
		if !p.interrupted(&ofDeposed) {
			p.deleteDeposed(ctx, server, deposed, &ofDeposed)
		}
	}
	if !p.interrupted(&diags) {
		p.change(ctx, server, plan, &diags)
	}
	return append(ofDeposed, diags...)
}

// change does what the plan says about the object that is not deposed.
func (p *Protocol) change(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, diags *Diagnostics) {
	switch {
	case plan.Action == NoOp:
		return
	case plan.Action == Replace && plan.createBeforeDestroy:
		p.replaceByDeposing(ctx, server, plan, diags)
		return
	case plan.Action == Delete || plan.Action == Replace:
		// No separate plan for the deletion half of a replacement: it gets the private state that the creation's plan
		// returned. https://github.com/hashicorp/terraform/blob/v1.11.4/internal/plans/changes.go (Simplify)
		planned := deletion{of: p.state, private: plan.private}
		if plan.Action == Delete {
			planned.identity = plan.identity
		}
		p.state = p.delete(ctx, server, planned, diags)
	}
	if plan.Action != Delete && !diags.Failed() && !p.interrupted(diags) {
		p.apply(ctx, server, plan, diags)
	}
}

// replaceByDeposing is create_before_destroy. After a failure the old object stays, as the current one if there is no
// other.
func (p *Protocol) replaceByDeposing(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, diags *Diagnostics) {
	old := p.state
	p.state, p.deposed = nil, append(p.deposed, old)
	p.apply(ctx, server, plan, diags)
	switch {
	case p.state == nil:
		p.state, p.deposed = old, without(p.deposed, old)
	case !diags.Failed() && !p.interrupted(diags):
		p.deleteDeposed(ctx, server, old, diags)
	}
}

// Import is `terraform import` into an empty state.
func (p *Protocol) Import(ctx context.Context, id string) (diags Diagnostics) {
	p.t.Helper()
	ctx = p.logged(ctx)
	defer func() { p.showsNoSecret("an import", diags) }()
	if p.state != nil {
		diags.fault("Resource already managed by Terraform", "There is an object at this address already.", nil)
		return diags
	}
	p.begin()
	server := p.configured(ctx, &diags)
	if diags.Failed() {
		return diags
	}
	imported := must(server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: p.typeName, ID: id}))
	if diags = append(diags, imported.Diagnostics...); diags.Failed() {
		return diags
	}
	found := imported.ImportedResources[0]
	p.state = p.refresh(ctx, server, &object{value: p.read(found.State), private: found.Private, identity: found.Identity}, &diags)
	return diags
}

// Refresh is `terraform apply -refresh-only`.
func (p *Protocol) Refresh(ctx context.Context) (diags Diagnostics) {
	p.t.Helper()
	ctx = p.logged(ctx)
	defer func() { p.showsNoSecret("a refresh", diags) }()
	p.begin()
	server := p.configured(ctx, &diags)
	if !diags.Failed() {
		p.state = p.refresh(ctx, server, p.state, &diags)
	}
	return diags
}

// Taint is `terraform taint`, and what becomes of an object whose creation has gone through, but whose provisioner has
// failed.
func (p *Protocol) Taint() { p.state.tainted = true }

// LosePrivate makes of the state what Terraform makes of it when the process of the plugin dies during an update: the
// attributes stay, the private part is lost, and so is the identity, for they are those of an answer that did not come.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/node_resource_abstract_instance.go (apply)
func (p *Protocol) LosePrivate() {
	state := *p.state // A plan may hold on to it.
	state.private, state.identity = nil, nil
	p.state = &state
}

// Known is the plan after what was unknown in its configuration has become known.
func (p *Protocol) Known(plan *Plan, config map[string]any) *Plan {
	known := *plan
	known.config = p.value(config)
	return &known
}

// Stop is Ctrl-C during a command. It may be called from any goroutine.
func (p *Protocol) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.running != nil {
		must(p.running.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}))
	}
}

// Kill is the death of the plugin's process during a command, which Terraform survives: no answer of the provider
// counts from here on. What the provider still does must not reach the servers; to hold that back is up to the test. It
// may be called from any goroutine.
func (p *Protocol) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
}

// InState reports whether the state holds the resource.
func (p *Protocol) InState() bool { return p.state != nil }

// Tainted reports whether the next apply replaces the resource because its creation failed half-way, or because
// somebody said so.
func (p *Protocol) Tainted() bool { return p.state != nil && p.state.tainted }

// Private is what the provider keeps in the private state under a key; nil when that is nothing.
func (p *Protocol) Private(key string) []byte {
	if p.state == nil || len(p.state.private) == 0 {
		return nil
	}
	keys := map[string][]byte{}
	check(json.Unmarshal(p.state.private, &keys))
	return keys[key]
}

// Deposed is how many deposed objects the state holds.
func (p *Protocol) Deposed() int { return len(p.deposed) }

// Attribute is the text at a path of attributes in the state; empty when it is null.
func (p *Protocol) Attribute(path ...string) string {
	p.t.Helper()
	value := p.state.value
	for _, name := range path {
		attributes := map[string]tftypes.Value{}
		if value.IsNull() {
			return ""
		}
		check(value.As(&attributes))
		value = attributes[name]
	}
	if value.IsNull() {
		return ""
	}
	if value.Type().Is(tftypes.String) {
		var text string
		check(value.As(&text))
		return text
	}
	return value.String()
}

// Saved is all that the state file holds, for searching it.
func (p *Protocol) Saved() string {
	var saved strings.Builder
	for _, object := range append([]*object{p.state}, p.deposed...) {
		if object != nil {
			fmt.Fprintf(&saved, "%s\n%s\n", object.value, object.private)
		}
	}
	return saved.String()
}

// Saved is all that the plan file holds, for searching it. Configuration is in there, too, but without write-only
// attributes.
func (p *Plan) Saved() string { return fmt.Sprintf("%s\n%s", p.planned, p.private) }

// Empty reports that there is nothing to do.
func (p *Plan) Empty() bool { return p.Action == NoOp && len(p.deposed) == 0 }

// providerSchemas are the same for all.
var providerSchemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return (&Protocol{Environment: Environment()}).serve().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// begin is the start of a command.
func (p *Protocol) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped, p.killed = false, false
}

// serve starts a provider.
func (p *Protocol) serve() tfprotov6.ProviderServer {
	server := provider.NewServer("test", p.Environment)()
	if p.observe != nil {
		return p.observe(server)
	}
	return server
}

// configured starts a provider and configures it. Each plan and each apply has its own.
func (p *Protocol) configured(ctx context.Context, diags *Diagnostics) tfprotov6.ProviderServer {
	server := p.serve()
	p.mu.Lock()
	p.running = server
	p.mu.Unlock()
	learn(must(providerSchemas()).Provider.Block.Attributes, p.Configuration, &clearText{})
	config := dynamic(p.settingType, goValue(p.settingType, p.Configuration))
	configured := must(server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: config}))
	*diags = append(*diags, configured.Diagnostics...)
	return server
}

// refresh returns nil when the resource was deleted outside Terraform.
func (p *Protocol) refresh(ctx context.Context, server tfprotov6.ProviderServer, before *object, diags *Diagnostics) *object {
	if before == nil || diags.Failed() {
		return before
	}
	response := must(server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: p.typeName, CurrentState: p.dynamic(before.value), Private: before.private, CurrentIdentity: before.identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	if Diagnostics(response.Diagnostics).Failed() || p.died(diags) {
		return before
	}
	value := p.read(response.NewState)
	if value.IsNull() {
		return nil
	}
	return &object{value: value, private: response.Private, identity: response.NewIdentity, tainted: before.tainted}
}

// plan plans a create, an update or a replacement.
func (p *Protocol) plan(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan) {
	prior := plan.prior
	if prior != nil && prior.tainted {
		prior = nil // "we'll proceed below like we're creating an entirely new object", without private state either.
	}
	response := p.ask(ctx, server, plan.config, prior, nil, &plan.Diagnostics)
	if plan.Diagnostics.Failed() {
		return
	}
	plan.take(p.read(response.PlannedState), response)
	switch {
	case prior == nil && plan.prior != nil:
		plan.Action = Replace
	case prior == nil:
		plan.Action = Create
	case plan.planned.Equal(prior.value) && !plan.replacing:
		plan.Action = NoOp
	case plan.replacing || len(response.RequiresReplace) > 0:
		plan.Action = Replace
		var again Diagnostics
		response = p.ask(ctx, server, plan.config, nil, response.PlannedPrivate, &again)
		plan.take(p.read(response.PlannedState), response)
		if again.Failed() { // Warnings "probably also came out of our previous call".
			plan.Diagnostics = append(plan.Diagnostics, again...)
		}
	default:
		plan.Action = Update
	}
}

func (p *Plan) take(planned tftypes.Value, response *tfprotov6.PlanResourceChangeResponse) {
	p.planned, p.private, p.identity = planned, response.PlannedPrivate, response.PlannedIdentity
}

// ask plans for a resource that exists, or does not, and checks what Terraform checks of a plan.
func (p *Protocol) ask(ctx context.Context, server tfprotov6.ProviderServer, config tftypes.Value, prior *object, private []byte,
	diags *Diagnostics) *tfprotov6.PlanResourceChangeResponse {
	before := tftypes.NewValue(p.valueType, nil)
	var identity *tfprotov6.ResourceIdentityData
	if prior != nil {
		before, private, identity = prior.value, prior.private, prior.identity
	}
	attributes := p.block.Attributes
	response := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(before), ProposedNewState: p.dynamic(proposed(attributes, before, config)),
		Config: p.dynamic(config), PriorPrivate: private, PriorIdentity: identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	if !Diagnostics(response.Diagnostics).Failed() && !p.died(diags) {
		invalidPlan(attributes, tftypes.NewAttributePath(), before, config, p.read(response.PlannedState), diags)
	}
	return response
}

// planDelete plans the deletion of the object that is not deposed.
func (p *Protocol) planDelete(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan) {
	if plan.prior == nil || plan.Diagnostics.Failed() {
		return
	}
	plan.Action = Delete
	plan.take(tftypes.NewValue(p.valueType, nil), p.askToDelete(ctx, server, plan.prior, &plan.Diagnostics))
}

func (p *Protocol) planDeposed(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan) {
	for _, deposed := range plan.deposed {
		if !plan.Diagnostics.Failed() {
			p.askToDelete(ctx, server, deposed, &plan.Diagnostics)
		}
	}
}

func (p *Protocol) askToDelete(ctx context.Context, server tfprotov6.ProviderServer, prior *object, diags *Diagnostics) *tfprotov6.PlanResourceChangeResponse {
	null := p.dynamic(tftypes.NewValue(p.valueType, nil))
	response := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(prior.value), ProposedNewState: null, Config: null, PriorPrivate: prior.private,
		PriorIdentity: prior.identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	p.died(diags)
	if !p.read(response.PlannedState).IsNull() {
		diags.fault("Provider produced invalid plan", "a non-null destroy value is planned", nil)
	}
	return response
}

// apply plans again with what is known by now, checks that it comes to the same, and does it.
func (p *Protocol) apply(ctx context.Context, server tfprotov6.ProviderServer, plan *Plan, diags *Diagnostics) {
	response := p.ask(ctx, server, plan.config, p.state, nil, diags)
	if diags.Failed() {
		return
	}
	final := p.read(response.PlannedState)
	inconsistent("final plan", tftypes.NewAttributePath(), plan.planned, final, diags)
	if p.state != nil && len(response.RequiresReplace) > 0 {
		diags.fault("Provider produced inconsistent final plan", "it replaces what it was to update", nil)
	}
	if diags.Failed() || p.interrupted(diags) {
		return
	}
	before := tftypes.NewValue(p.valueType, nil)
	if p.state != nil {
		before = p.state.value
	}
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(before), PlannedState: response.PlannedState, Config: p.dynamic(plan.config),
		PlannedPrivate: response.PlannedPrivate, PlannedIdentity: response.PlannedIdentity,
	}))
	switch {
	case !p.died(diags):
		p.record(applied, final, diags)
	case p.state != nil:
		p.LosePrivate()
	}
}

// record keeps what an apply returned, which counts after an error, too.
func (p *Protocol) record(applied *tfprotov6.ApplyResourceChangeResponse, planned tftypes.Value, diags *Diagnostics) {
	*diags = append(*diags, applied.Diagnostics...)
	value := p.read(applied.NewState)
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
	p.state = &object{value: value, private: applied.Private, identity: applied.NewIdentity, tainted: failed && p.state == nil}
}

// deleteDeposed plans the deletion of a deposed object again, from its own private state, and deletes it.
func (p *Protocol) deleteDeposed(ctx context.Context, server tfprotov6.ProviderServer, deposed *object, diags *Diagnostics) {
	var failures Diagnostics
	planned := p.askToDelete(ctx, server, deposed, &failures)
	left := deposed
	if !failures.Failed() {
		left = p.delete(ctx, server, deletion{of: deposed, private: planned.PlannedPrivate, identity: planned.PlannedIdentity}, &failures)
	}
	*diags = append(*diags, failures...)
	p.deposed = without(p.deposed, deposed)
	if left != nil {
		p.deposed = append(p.deposed, left)
	}
}

// deletion is what a plan holds of one.
type deletion struct {
	of       *object
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// delete returns what is left of an object, which is nil unless something failed.
func (p *Protocol) delete(ctx context.Context, server tfprotov6.ProviderServer, planned deletion, diags *Diagnostics) *object {
	null := p.dynamic(tftypes.NewValue(p.valueType, nil))
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(planned.of.value), PlannedState: null, Config: null, PlannedPrivate: planned.private,
		PlannedIdentity: planned.identity,
	}))
	if p.died(diags) {
		return planned.of
	}
	*diags = append(*diags, applied.Diagnostics...)
	value, failed := p.read(applied.NewState), Diagnostics(applied.Diagnostics).Failed()
	switch {
	case value.IsNull() && failed:
		return planned.of
	case value.IsNull():
		return nil
	case !failed:
		diags.fault("Provider returned invalid result object after apply", "the provider returned a non-null object after a deletion", nil)
	}
	return &object{value: value, private: applied.Private, identity: applied.NewIdentity, tainted: planned.of.tainted}
}

// interrupted reports that a command was stopped, after which Terraform begins nothing new.
func (p *Protocol) interrupted(diags *Diagnostics) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped && !diags.Failed() {
		diags.fault("Operation canceled", "The command was interrupted.", nil)
	}
	return p.stopped
}

// died reports that the plugin's process is dead, so that its answer did not come.
func (p *Protocol) died(diags *Diagnostics) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		diags.fault("Plugin did not respond", "The plugin encountered an error, and failed to respond.", nil)
	}
	return p.killed
}

func without(objects []*object, one *object) []*object {
	return slices.DeleteFunc(slices.Clone(objects), func(other *object) bool { return other == one })
}
