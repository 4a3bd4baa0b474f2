package object

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
)

// Move is how a resource takes over states: those of the official provider, infisical/infisical, if that has such a
// resource, and its own under another address of this provider.
type Move struct {
	// To is the resource's type, From that of the official provider; empty for none.
	To, From string
	// Official is what is taken over of the official resource's schema.
	Official schema.Schema
	// Take makes the target of the official state, which has an id.
	Take func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse)
}

// Movers are in the order in which they are asked; own is the resource's schema.
func (m Move) Movers(own schema.Schema) []resource.StateMover {
	movers := []resource.StateMover{{SourceSchema: &own, StateMover: m.fromOtherAddress}, {StateMover: m.refuse}}
	if m.From == "" {
		return movers
	}
	return append([]resource.StateMover{{SourceSchema: &m.Official, StateMover: m.fromOfficial}}, movers...)
}

func (m Move) fromOfficial(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != m.From || !isOfficial(req.SourceProviderAddress) {
		return
	}
	if _, refusal := movedIdentity(ctx, req, m.Official.Version); refusal != nil {
		resp.Diagnostics.Append(refusal)
		return
	}
	m.Take(ctx, req, resp)
}

// fromOtherAddress keeps a state as it is, with its private state. Terraform and OpenTofu ask for this if only the
// address of the provider changed.
func (m Move) fromOtherAddress(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if req.SourceTypeName != m.To {
		return
	}
	identity, refusal := movedIdentity(ctx, req, resp.TargetState.Schema.GetVersion())
	if refusal != nil {
		resp.Diagnostics.Append(refusal)
		return
	}
	resp.TargetState.Raw = req.SourceState.Raw
	resp.TargetPrivate = req.SourcePrivate
	Identify(ctx, resp.TargetIdentity, identity.ID)
}

// refuse answers where no other mover did.
func (m Move) refuse(_ context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	takes := "its own under another address of this provider"
	if m.From != "" {
		takes = m.From + " of the provider infisical/infisical"
	}
	resp.Diagnostics.AddError("State cannot be moved here", fmt.Sprintf(
		"%s can take over the state of %s. This is the state of %s of the provider %s. %s", m.To, takes, req.SourceTypeName, req.SourceProviderAddress,
		importInstead))
}

const importInstead = "Import the resource instead of moving it."

// movedIdentity is that of the state to be moved. A refusal never repeats what the state holds, for that may be a
// token.
func movedIdentity(ctx context.Context, req resource.MoveStateRequest, version int64) (identity Identity, refusal diag.Diagnostic) {
	switch {
	case req.SourceSchemaVersion != version:
		return identity, diag.NewErrorDiagnostic("State of another version", fmt.Sprintf(
			"The state of %s has the schema version %d; only version %d can be moved here. Use the version of the provider %s that writes it, or upgrade "+
				"this one. %s",
			req.SourceTypeName, req.SourceSchemaVersion, version, req.SourceProviderAddress, importInstead))
	case req.SourceState == nil || attribute.Decode(ctx, req.SourceState.Raw, &identity).HasError() || identity.ID.ValueString() == "":
		return identity, diag.NewErrorDiagnostic("State not readable", fmt.Sprintf(
			"The state of %s does not have the form that the provider %s writes. %s", req.SourceTypeName, req.SourceProviderAddress, importInstead))
	}
	return identity, nil
}

// isOfficial compares whole segments of HOSTNAME/NAMESPACE/TYPE, on any host: registries and mirrors differ. OpenTofu
// before 1.11.12 and 1.12.4 sends the type alone (https://github.com/opentofu/opentofu/issues/4352).
func isOfficial(address string) bool {
	segments := strings.Split(address, "/")
	switch len(segments) {
	case 1:
		return address == "infisical"
	case 2:
		return slices.Equal(segments, []string{"infisical", "infisical"})
	case 3:
		return slices.Equal(segments[1:], []string{"infisical", "infisical"})
	}
	return false
}
