package acctest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

// Protocol is a Module whose configuration has one resource at most, so that nobody has to name it.
type Protocol struct {
	*Module

	// CreateBeforeDestroy is the lifecycle argument of that name.
	CreateBeforeDestroy bool

	address   string
	typeName  string
	valueType tftypes.Type
}

// NewProtocol drives a resource of type typeName under a provider block with the given settings. Settings and
// configurations are maps as those of a Block.
func NewProtocol(t testing.TB, environment provider.Environment, typeName string, configuration map[string]any) *Protocol {
	t.Helper()
	return &Protocol{
		Module: NewModule(t, environment, configuration), address: typeName + ".test", typeName: typeName, valueType: kindOf(typeName).valueType,
	}
}

// blocks is a configuration, without the resource for nil.
func (p *Protocol) blocks(config map[string]any) []Block {
	if config == nil {
		return nil
	}
	return []Block{{Address: p.address, Config: config, CreateBeforeDestroy: p.CreateBeforeDestroy}}
}

// Plan is that of Module. Without a configuration the resource's block has been removed.
func (p *Protocol) Plan(ctx context.Context, config map[string]any, options ...PlanOption) *Plan {
	p.t.Helper()
	return p.Module.Plan(ctx, p.blocks(config), options...)
}

// Known is the plan after what was unknown in its configuration has become known.
func (p *Protocol) Known(plan *Plan, config map[string]any) *Plan {
	return plan.Known(p.blocks(config))
}

// Import is `terraform import` into an empty state.
func (p *Protocol) Import(ctx context.Context, id string) Diagnostics {
	p.t.Helper()
	return p.Module.Import(ctx, p.address, id)
}

// Taint is that of Module.
func (p *Protocol) Taint() { p.Module.Taint(p.address) }

// LosePrivate is that of Module.
func (p *Protocol) LosePrivate() { p.Module.LosePrivate(p.address) }

// InState is that of Module.
func (p *Protocol) InState() bool { return p.Module.InState(p.address) }

// Tainted is that of Module.
func (p *Protocol) Tainted() bool { return p.Module.Tainted(p.address) }

// Private is that of Module.
func (p *Protocol) Private(key string) []byte { return p.Module.Private(p.address, key) }

// Deposed is that of Module.
func (p *Protocol) Deposed() int { return p.Module.Deposed(p.address) }

// Attribute is that of Module.
func (p *Protocol) Attribute(path ...string) string {
	p.t.Helper()
	return p.Module.Attribute(p.address, path...)
}

// hold replaces what is in the state.
func (p *Protocol) hold(held *object) {
	p.state[p.address] = &instance{kind: kindOf(p.address), current: held}
}
