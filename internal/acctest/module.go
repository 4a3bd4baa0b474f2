// Use this when a story is about several resources, of which some refer to others, or about what a plan and an apply
// have at hand: it walks a whole configuration over the plugin protocol, in this process.

package acctest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Module drives a root module and its state over the plugin protocol as Terraform does, one process of the provider for
// each plan and another for each apply: refresh, plan, the second plan of a replacement, the plan at apply with what
// has become known, apply; in an order that references between resources allow. It keeps what the state file would
// keep, private state and deposed objects among it, and where Terraform would say that the provider is at fault
// ("Provider produced inconsistent …") so does it. A command costs milliseconds. That it calls the provider as a real
// CLI does is tested in protocol_test.go.
type Module struct {
	// Environment is that of the providers that serve the commands to come.
	Environment provider.Environment
	// Configuration is the provider block of the commands to come.
	Configuration map[string]any
	// Next chooses what is visited next of what may be visited in any order, by its index; nil for the first. Names are
	// addresses, followed by what is done there, and sorted.
	Next func(names []string) int
	// Parallelism is how many resources a command works at at the same time, as with -parallelism; 0 is one.
	Parallelism int
	// Silent providers log nothing, which makes commands four times as fast.
	Silent bool

	t     testing.TB
	state map[string]*instance
	// said is what the provider said of each resource in the last apply.
	said map[string]Diagnostics
	// observe wraps each provider that is started, nil for none.
	observe func(tfprotov6.ProviderServer) tfprotov6.ProviderServer

	// inClear is what configurations hold that is saved as it is, and log what the provider has logged.
	inClear clearText
	log     log

	// turn is that of the one visit of a walk that has the state for itself.
	turn sync.Mutex

	mu              sync.Mutex
	running         tfprotov6.ProviderServer
	stopped, killed bool
}

// Block is one instance of a resource in a configuration.
type Block struct {
	// Address is such as infisical_gitlab_secret_sync.api or infisical_gitlab_secret_sync.all["api"].
	Address string
	// Config is a map by attribute, of string, bool, int, []string, maps, tftypes.UnknownValue, Reference and Later;
	// what is left out is null.
	Config map[string]any
	// CreateBeforeDestroy is the lifecycle argument of that name.
	CreateBeforeDestroy bool
}

// Reference is an attribute of another resource. As long as that is only planned it may be unknown.
type Reference struct{ Address, Attribute string }

// Later is a value that is known only in the apply, such as that of a resource of another provider.
type Later struct{ Value any }

// kind is a type of resource.
type kind struct {
	typeName  string
	block     *tfprotov6.SchemaBlock
	valueType tftypes.Type
}

// instance is what the state file holds at an address.
type instance struct {
	*kind
	// current is nil when there is none. Deposed are objects that have been replaced, but not yet deleted.
	current *object
	deposed []*object
}

// object is a resource as the state file holds it.
type object struct {
	value    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	// tainted: its creation failed half-way, or somebody said so, so that the next apply replaces it.
	tainted bool
	// dependencies are the resources that it was made with the help of, and createBeforeDestroy what its block said.
	dependencies        []string
	createBeforeDestroy bool
}

// NewModule is a root module without anything in its state, under a provider block with the given settings.
func NewModule(t testing.TB, environment provider.Environment, configuration map[string]any) *Module {
	t.Helper()
	RequireAcceptance(t)
	return &Module{Environment: environment, Configuration: configuration, t: t, state: map[string]*instance{}}
}

// providerSchemas are the same for all.
var providerSchemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return provider.NewServer("test", Environment())().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// kinds are all types of resources, by name.
var kinds = sync.OnceValue(func() map[string]*kind {
	all := map[string]*kind{}
	for name, schema := range must(providerSchemas()).ResourceSchemas {
		all[name] = &kind{typeName: name, block: schema.Block, valueType: schema.Block.ValueType()}
	}
	return all
})

// settingType is that of the provider block.
var settingType = sync.OnceValue(func() tftypes.Type { return must(providerSchemas()).Provider.ValueType() })

// kindOf is the kind of what is at an address.
func kindOf(address string) *kind {
	typeName, _, _ := strings.Cut(address, ".")
	of, ok := kinds()[typeName]
	if !ok {
		panic(fmt.Sprintf("acctest: there is no resource %q", typeName))
	}
	return of
}

// resourceOf is an address without its key: what Terraform keeps of a dependency.
func resourceOf(address string) string {
	resource, _, _ := strings.Cut(address, "[")
	return resource
}

// at is what the state holds at an address.
func (m *Module) at(address string) *instance {
	if m.state[address] == nil {
		m.state[address] = &instance{kind: kindOf(address)}
	}
	return m.state[address]
}

// current is the object at an address; nil when there is none.
func (m *Module) current(address string) *object {
	if at := m.state[address]; at != nil {
		return at.current
	}
	return nil
}

// Addresses are those of what is in the state.
func (m *Module) Addresses() []string {
	held := maps.Clone(m.state)
	maps.DeleteFunc(held, func(_ string, at *instance) bool { return at.current == nil && len(at.deposed) == 0 })
	return slices.Sorted(maps.Keys(held))
}

// Import is `terraform import` of an object to an address.
func (m *Module) Import(ctx context.Context, address, id string) (diags Diagnostics) {
	m.t.Helper()
	ctx = m.logged(ctx)
	defer func() { m.showsNoSecret("an import", diags) }()
	at := m.at(address)
	if at.current != nil {
		diags.fault("Resource already managed by Terraform", "There is an object at this address already.", nil)
		return diags
	}
	m.begin()
	server := m.configured(ctx, &diags)
	if diags.Failed() {
		return diags
	}
	imported := must(server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: at.typeName, ID: id}))
	if diags = append(diags, imported.Diagnostics...); diags.Failed() {
		return diags
	}
	found := imported.ImportedResources[0]
	object := &object{value: at.read(found.State), private: found.Private, identity: found.Identity}
	at.current = m.refresh(ctx, server, at.kind, object, &diags)
	return diags
}

// Refresh is `terraform apply -refresh-only`.
func (m *Module) Refresh(ctx context.Context) (diags Diagnostics) {
	m.t.Helper()
	ctx = m.logged(ctx)
	defer func() { m.showsNoSecret("a refresh", diags) }()
	m.begin()
	server := m.configured(ctx, &diags)
	if diags.Failed() {
		return diags
	}
	for _, address := range m.Addresses() {
		var ofThis Diagnostics
		at := m.at(address)
		at.current = m.refresh(ctx, server, at.kind, at.current, &ofThis)
		diags = append(diags, ofThis...)
	}
	return diags
}

// Taint is `terraform taint`, and what becomes of an object whose creation has gone through, but whose provisioner has
// failed.
func (m *Module) Taint(address string) { m.at(address).current.tainted = true }

// Moved is what a `moved` block does, before anything else in a plan.
func (m *Module) Moved(from, to string) {
	m.state[to] = m.state[from]
	delete(m.state, from)
}

// Forget is `terraform state rm`.
func (m *Module) Forget(address string) { delete(m.state, address) }

// LosePrivate makes of the state what Terraform makes of it when the process of the plugin dies during an update: the
// attributes stay, the private part is lost, and so is the identity, for they are those of an answer that did not come.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/node_resource_abstract_instance.go (apply)
func (m *Module) LosePrivate(address string) {
	state := *m.at(address).current // A plan may hold on to it.
	state.private, state.identity = nil, nil
	m.at(address).current = &state
}

// Stop is Ctrl-C during a command. It may be called from any goroutine.
func (m *Module) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
	if m.running != nil {
		must(m.running.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}))
	}
}

// Kill is the death of the plugin's process during a command, which Terraform survives: no answer of the provider
// counts from here on. What the provider still does must not reach the servers; to hold that back is up to the test. It
// may be called from any goroutine.
func (m *Module) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.killed = true
}

// InState reports whether the state holds a resource.
func (m *Module) InState(address string) bool { return m.current(address) != nil }

// Tainted reports whether the next apply replaces a resource because its creation failed half-way, or because somebody
// said so.
func (m *Module) Tainted(address string) bool {
	object := m.current(address)
	return object != nil && object.tainted
}

// Private is what the provider keeps in the private state of a resource under a key; nil when that is nothing.
func (m *Module) Private(address, key string) []byte { return m.current(address).kept(key) }

// Deposed is how many deposed objects the state holds at an address.
func (m *Module) Deposed(address string) int { return len(m.at(address).deposed) }

// Attribute is the text at a path of attributes of a resource in the state; empty when it is null.
func (m *Module) Attribute(address string, path ...string) string {
	m.t.Helper()
	return textAt(m.current(address).value, path...)
}

// Saved is all that the state file holds, for searching it.
func (m *Module) Saved() string {
	var saved strings.Builder
	for _, address := range m.Addresses() {
		for _, object := range append([]*object{m.state[address].current}, m.state[address].deposed...) {
			if object != nil {
				fmt.Fprintf(&saved, "%s\n%s\n", object.value, object.private)
			}
		}
	}
	return saved.String()
}

// begin is the start of a command.
func (m *Module) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped, m.killed = false, false
}

// serve starts a provider.
func (m *Module) serve() tfprotov6.ProviderServer {
	server := provider.NewServer("test", m.Environment)()
	if m.observe != nil {
		return m.observe(server)
	}
	return server
}

// configured starts a provider and configures it. Each plan and each apply has its own.
func (m *Module) configured(ctx context.Context, diags *Diagnostics) tfprotov6.ProviderServer {
	server := m.serve()
	m.mu.Lock()
	m.running = server
	m.mu.Unlock()
	learn(must(providerSchemas()).Provider.Block.Attributes, m.Configuration, &clearText{})
	config := dynamic(settingType(), goValue(settingType(), m.Configuration))
	configured := must(server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: config}))
	*diags = append(*diags, configured.Diagnostics...)
	return server
}

// interrupted reports that a command was stopped, after which Terraform begins nothing new.
func (m *Module) interrupted(diags *Diagnostics) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped && !diags.Failed() {
		diags.fault("Operation canceled", "The command was interrupted.", nil)
	}
	return m.stopped
}

// died reports that the plugin's process is dead, so that its answer did not come.
func (m *Module) died(diags *Diagnostics) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.killed {
		diags.fault("Plugin did not respond", "The plugin encountered an error, and failed to respond.", nil)
	}
	return m.killed
}
