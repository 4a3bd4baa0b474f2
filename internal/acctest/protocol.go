package acctest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Protocol drives one resource over the plugin protocol, in this process, as Terraform does: refresh, plan, the second plan of a
// replacement, the plan at apply with what has become known, apply. It keeps what the state file would keep, and where Terraform
// would say that the provider is at fault ("Provider produced inconsistent …") so does it. A command costs milliseconds, so that
// sweeps over hundreds of faults are possible.
type Protocol struct {
	// Environment is that of the providers that serve the commands to come.
	Environment provider.Environment
	// Configuration is the provider block of the commands to come.
	Configuration map[string]any

	t        testing.TB
	typeName string
	// block is the schema of the resource, and the types are those of its values and of the provider block's.
	block                  *tfprotov6.SchemaBlock
	valueType, settingType tftypes.Type

	// state is what the state file holds; nil when that is nothing.
	state *object

	mu      sync.Mutex
	running tfprotov6.ProviderServer
	stopped bool
}

// object is a resource as the state file holds it.
type object struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	// tainted: its creation failed half-way, so that the next apply replaces it.
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

	config, planned tftypes.Value
	private         []byte
	identity        *tfprotov6.ResourceIdentityData
	// prior is the refreshed state that the plan was made for.
	prior *object
}

// NewProtocol drives a resource of type typeName under a provider block with the given settings. Settings and configurations are
// maps by attribute, of string, bool, int, []string, maps, and tftypes.UnknownValue; what is left out is null.
func NewProtocol(t testing.TB, environment provider.Environment, typeName string, configuration map[string]any) *Protocol {
	t.Helper()
	requireAcceptance(t)
	schemas := must(providerSchemas())
	block := schemas.ResourceSchemas[typeName].Block
	return &Protocol{
		Environment: environment, Configuration: configuration,
		t: t, typeName: typeName, block: block, valueType: block.ValueType(), settingType: schemas.Provider.ValueType(),
	}
}

// Plan is `terraform plan -out`. Without a configuration the plan is to destroy. State stays as it is.
func (p *Protocol) Plan(ctx context.Context, config map[string]any) *Plan {
	p.t.Helper()
	plan := &Plan{Action: NoOp, config: p.value(config)}
	p.stopped = false
	if config != nil {
		validated := must(p.serve().ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
			TypeName: p.typeName, Config: p.dynamic(plan.config), ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
		}))
		plan.Diagnostics = validated.Diagnostics
	}
	if plan.Diagnostics.Failed() {
		return plan
	}
	server := p.configured(ctx, &plan.Diagnostics)
	if plan.prior = p.state; plan.prior != nil && !plan.Diagnostics.Failed() {
		plan.prior = p.refresh(ctx, server, plan.prior, &plan.Diagnostics)
	}
	if plan.Diagnostics.Failed() || p.interrupted(&plan.Diagnostics) {
		return plan
	}
	switch {
	case config == nil && plan.prior == nil:
	case config == nil:
		plan.Action = Delete
	default:
		p.plan(ctx, server, plan)
	}
	return plan
}

// ApplyPlan is `terraform apply` with a saved plan.
func (p *Protocol) ApplyPlan(ctx context.Context, plan *Plan) Diagnostics {
	p.t.Helper()
	var diags Diagnostics
	p.stopped = false
	p.state = plan.prior
	if plan.Action == NoOp {
		return nil
	}
	server := p.configured(ctx, &diags)
	if plan.Action == Delete || plan.Action == Replace {
		p.destroy(ctx, server, &diags)
	}
	if diags.Failed() || plan.Action == Delete || p.interrupted(&diags) {
		return diags
	}
	p.apply(ctx, server, plan, &diags)
	return diags
}

// Import is `terraform import` into an empty state.
func (p *Protocol) Import(ctx context.Context, id string) Diagnostics {
	p.t.Helper()
	var diags Diagnostics
	p.stopped = false
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
func (p *Protocol) Refresh(ctx context.Context) Diagnostics {
	p.t.Helper()
	var diags Diagnostics
	server := p.configured(ctx, &diags)
	if !diags.Failed() {
		p.state = p.refresh(ctx, server, p.state, &diags)
	}
	return diags
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

// InState reports whether the state holds the resource.
func (p *Protocol) InState() bool { return p.state != nil }

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
	if p.state == nil {
		return ""
	}
	return fmt.Sprintf("%s\n%s", p.state.value, p.state.private)
}

// Saved is all that the plan file holds, for searching it. Configuration is in there, too, but without write-only attributes.
func (p *Plan) Saved() string { return fmt.Sprintf("%s\n%s", p.planned, p.private) }

// providerSchemas are the same for all.
var providerSchemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return (&Protocol{Environment: Environment()}).serve().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// serve starts a provider.
func (p *Protocol) serve() tfprotov6.ProviderServer {
	return must(providerserver.NewProtocol6WithError(provider.New("test", p.Environment)())())
}

// configured starts a provider and configures it. Each plan and each apply has its own.
func (p *Protocol) configured(ctx context.Context, diags *Diagnostics) tfprotov6.ProviderServer {
	server := p.serve()
	p.mu.Lock()
	p.running = server
	p.mu.Unlock()
	config := dynamic(p.settingType, goValue(p.settingType, p.Configuration))
	configured := must(server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: config}))
	*diags = append(*diags, configured.Diagnostics...)
	return server
}

// refresh returns nil when the resource is gone.
func (p *Protocol) refresh(ctx context.Context, server tfprotov6.ProviderServer, before *object, diags *Diagnostics) *object {
	response := must(server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: p.typeName, CurrentState: p.dynamic(before.value), Private: before.private, CurrentIdentity: before.identity,
	}))
	*diags = append(*diags, response.Diagnostics...)
	if Diagnostics(response.Diagnostics).Failed() {
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
		prior = nil
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
	case len(response.RequiresReplace) > 0:
		plan.Action = Replace
		response = p.ask(ctx, server, plan.config, nil, response.PlannedPrivate, &plan.Diagnostics)
		plan.take(p.read(response.PlannedState), response)
	case plan.planned.Equal(prior.value):
		plan.Action = NoOp
	default:
		plan.Action = Update
	}
}

func (p *Plan) take(planned tftypes.Value, response *tfprotov6.PlanResourceChangeResponse) {
	p.planned, p.private, p.identity = planned, response.PlannedPrivate, response.PlannedIdentity
}

// ask plans for a resource that exists, or does not, and checks what Terraform checks of a plan.
func (p *Protocol) ask(ctx context.Context, server tfprotov6.ProviderServer, config tftypes.Value, prior *object, private []byte, diags *Diagnostics) *tfprotov6.PlanResourceChangeResponse {
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
	if !Diagnostics(response.Diagnostics).Failed() {
		invalidPlan(attributes, tftypes.NewAttributePath(), before, config, p.read(response.PlannedState), diags)
	}
	return response
}

// apply plans anew with what is known by now, checks that it comes to the same, and does it.
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
	p.record(applied, final, diags)
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

// destroy plans and applies a deletion; a failure keeps the state.
func (p *Protocol) destroy(ctx context.Context, server tfprotov6.ProviderServer, diags *Diagnostics) {
	null := p.dynamic(tftypes.NewValue(p.valueType, nil))
	planned := must(server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(p.state.value), ProposedNewState: null, Config: null, PriorPrivate: p.state.private, PriorIdentity: p.state.identity,
	}))
	if *diags = append(*diags, planned.Diagnostics...); diags.Failed() || p.interrupted(diags) {
		return
	}
	applied := must(server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.typeName, PriorState: p.dynamic(p.state.value), PlannedState: null, Config: null, PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	}))
	*diags = append(*diags, applied.Diagnostics...)
	value := p.read(applied.NewState)
	switch {
	case value.IsNull() && !diags.Failed():
		p.state = nil
	case !value.IsNull():
		p.state = &object{value: value, private: applied.Private, identity: p.state.identity, tainted: p.state.tainted}
	}
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

// proposed merges configuration with what the provider computed before, as Terraform proposes it to the provider. Write-only
// attributes are left out.
func proposed(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	before, wanted, merged := fields(prior), fields(config), map[string]tftypes.Value{}
	for _, attribute := range attributes {
		value, recorded := wanted[attribute.Name], before[attribute.Name]
		if _, ok := before[attribute.Name]; !ok {
			recorded = tftypes.NewValue(value.Type(), nil)
		}
		switch {
		case attribute.WriteOnly:
			value = tftypes.NewValue(value.Type(), nil)
		case attribute.Computed && value.IsNull():
			value = recorded
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			value = proposed(attribute.NestedType.Attributes, recorded, value)
		}
		merged[attribute.Name] = value
	}
	return tftypes.NewValue(config.Type(), merged)
}

// invalidPlan finds planned values that are neither configured nor computed.
func invalidPlan(attributes []*tfprotov6.SchemaAttribute, path *tftypes.AttributePath, prior, config, planned tftypes.Value, diags *Diagnostics) {
	before, wanted, plans := fields(prior), fields(config), fields(planned)
	for _, attribute := range attributes {
		at, value, want := path.WithAttributeName(attribute.Name), plans[attribute.Name], wanted[attribute.Name]
		recorded, recordedThere := before[attribute.Name]
		kept := recordedThere && value.Equal(recorded) && !want.IsNull()
		switch {
		case attribute.WriteOnly && !value.IsNull():
			diags.fault("Provider produced invalid plan", "a write-only attribute is planned", at)
		case attribute.WriteOnly, attribute.Computed && want.IsNull():
		case attribute.NestedType != nil && !want.IsNull() && want.IsKnown() && !value.IsNull() && value.IsKnown():
			invalidPlan(attribute.NestedType.Attributes, at, recorded, want, value, diags)
		case !value.Equal(want) && !kept:
			diags.fault("Provider produced invalid plan", "the planned value is not the configured one", at)
		}
	}
}

// inconsistent finds what was known in the plan and has become something else.
func inconsistent(what string, path *tftypes.AttributePath, planned, actual tftypes.Value, diags *Diagnostics) {
	if !planned.IsKnown() || planned.Equal(actual) {
		return
	}
	if !planned.Type().Is(tftypes.Object{}) || planned.IsNull() || actual.IsNull() || !actual.IsKnown() {
		if !planned.IsFullyKnown() && actual.IsKnown() && !actual.IsNull() {
			return // A set or list with unknown elements.
		}
		diags.fault("Provider produced inconsistent "+what, fmt.Sprintf("was %s, but now %s", planned, actual), path)
		return
	}
	became := fields(actual)
	for name, value := range fields(planned) {
		inconsistent(what, path.WithAttributeName(name), value, became[name], diags)
	}
}

// fields is empty for what is null or unknown.
func fields(object tftypes.Value) map[string]tftypes.Value {
	fields := map[string]tftypes.Value{}
	if object.Type() != nil && !object.IsNull() && object.IsKnown() {
		check(object.As(&fields))
	}
	return fields
}

func (p *Protocol) value(config map[string]any) tftypes.Value {
	if config == nil {
		return tftypes.NewValue(p.valueType, nil)
	}
	return goValue(p.valueType, config)
}

func (p *Protocol) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	return dynamic(p.valueType, value)
}

func (p *Protocol) read(value *tfprotov6.DynamicValue) tftypes.Value {
	if value == nil {
		return tftypes.NewValue(p.valueType, nil)
	}
	return must(value.Unmarshal(p.valueType))
}

func dynamic(valueType tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(valueType, value)))
}

// goValue makes a value of a type out of Go's.
func goValue(valueType tftypes.Type, value any) tftypes.Value {
	switch value := value.(type) {
	case map[string]any:
		return tftypes.NewValue(valueType, members(valueType, value))
	case []string:
		element := tftypes.String
		elements := make([]tftypes.Value, len(value))
		for i, text := range value {
			elements[i] = goValue(element, text)
		}
		return tftypes.NewValue(valueType, elements)
	case int:
		return tftypes.NewValue(valueType, int64(value))
	}
	return tftypes.NewValue(valueType, value)
}

func members(valueType tftypes.Type, value map[string]any) map[string]tftypes.Value {
	built := map[string]tftypes.Value{}
	object, isObject := valueType.(tftypes.Object)
	if !isObject {
		for name, member := range value {
			built[name] = goValue(tftypes.String, member)
		}
		return built
	}
	for name, attributeType := range object.AttributeTypes {
		built[name] = goValue(attributeType, value[name])
	}
	for name := range value {
		if _, ok := object.AttributeTypes[name]; !ok {
			panic(fmt.Sprintf("acctest: there is no attribute %q among %q", name, slices.Sorted(maps.Keys(object.AttributeTypes))))
		}
	}
	return built
}

// Diagnostics are what a command said.
type Diagnostics []*tfprotov6.Diagnostic

// Failed reports that there is an error among them.
func (d Diagnostics) Failed() bool {
	return slices.ContainsFunc(d, func(diagnostic *tfprotov6.Diagnostic) bool {
		return diagnostic.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// String is all of their text.
func (d Diagnostics) String() string {
	var all strings.Builder
	for _, diagnostic := range d {
		fmt.Fprintf(&all, "%s: %s\n", diagnostic.Severity, diagnostic.Summary)
		if diagnostic.Attribute != nil {
			fmt.Fprintf(&all, "  with %s\n", diagnostic.Attribute)
		}
		fmt.Fprintf(&all, "%s\n", diagnostic.Detail)
	}
	return all.String()
}

// fault is an error of Terraform's own.
func (d *Diagnostics) fault(summary, detail string, at *tftypes.AttributePath) {
	*d = append(*d, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail, Attribute: at})
}

// must is for what fails only when a test is written wrongly.
func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
