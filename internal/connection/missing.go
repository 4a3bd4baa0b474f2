package connection

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// followServer records changes of the server where the connection was found. At another address than that of our last
// write, it is the same Infisical under another name, because the connection's id is a UUID, or a copy of it. If it
// still does not know our last write, it was restored from a backup, and later reads do not wait for that write.
func (o *operation) followServer(ctx context.Context, found infisical.Connection) {
	origin, host := o.before.origin, o.client.Host()
	moved, restored := origin.movedTo(host), found.UpdatedAt.Before(origin.WrittenAt) && !found.UpdatedAt.IsZero()
	if moved {
		o.diags.AddWarning("Infisical at another address", fmt.Sprintf(
			"The connection was last written at %s, and was now found at %s. The provider treats both as one Infisical whose address changed.\nIf the second is a copy of the "+
				"first, such as a staging server restored from a backup, do not apply: that would revoke tokens that the first uses. Correct host, or "+
				"INFISICAL_HOST.",
			origin.Host, host))
		origin.Host = host
	}
	if restored {
		origin.WrittenAt = found.UpdatedAt
	}
	if moved || restored {
		o.remember(ctx, originKey, origin)
	}
}

// elsewhere is the error about a connection that was not found because the provider is logged in to another Infisical,
// or to another organisation; nil when it was deleted. Organisations have UUIDs: with the same id it is the same
// server, whatever its address. If the id is unknown, because older servers do not tell it as long as they show no
// connection, the address decides.
func (o *operation) elsewhere(ctx context.Context) diag.Diagnostics {
	origin, state := o.before.origin, o.state
	present, err := o.client.Organizations(ctx)
	if err != nil {
		return diagnose("find", err)
	}
	recorded := state.OrganizationID.ValueString()
	switch {
	case slices.Contains(present, recorded):
		return nil
	case (len(present) == 0 || recorded == "") && !origin.movedTo(o.client.Host()):
		return nil
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("State of another Infisical", fmt.Sprintf(
		"The connection %q (%s) was not found where the provider is logged in, which is not where it was created:\n- created at %s, in the organisation %s\n- logged in at "+
			"%s, to %s\nThe provider does not treat it as deleted: it changed nothing, revoked no token, and kept the connection in the state. Check host and auth of the "+
			"provider block, and INFISICAL_ variables in the environment. If the other Infisical no longer exists, remove the connection from the state "+
			"with `terraform state "+
			"rm`, and revoke its token at GitLab.",
		state.Name.ValueString(), state.ID.ValueString(), cmp.Or(origin.Host, "an address that is not recorded"), recorded, o.client.Host(),
		organizationNames(present)))}
}

func organizationNames(ids []string) string {
	if len(ids) == 0 {
		return "an organisation that this server does not name"
	}
	return "the organisation " + strings.Join(ids, " and ")
}

// readDeleted is the end of a Read that did not find the connection.
func (o *operation) readDeleted(ctx context.Context, resp *resource.ReadResponse) {
	if o.diags.Append(o.elsewhere(ctx)...); o.diags.HasError() {
		return
	}
	if len(o.before.ledger.All()) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	o.before.ledger.Gone = true
	o.remember(ctx, ledgerKey, o.before.ledger)
}

// readAgain reads the connection once more before a token is created or sent, if the plan cannot be relied on: the
// server's hash was not ours, which may be the answer of a lagging replica, or this is not the server that the plan
// read from. Sending a user's token to the same server again does no harm, so that needs no read. It returns false if
// the operation must not continue.
func (o *operation) readAgain(ctx context.Context) bool {
	found, err := o.client.Find(ctx, o.known())
	switch {
	case infisical.IsNotFound(err):
		o.diags.Append(o.missing(ctx, err)...)
	case err != nil:
		o.diags.Append(diagnose("read", err)...)
	default:
		o.state.CredentialsHash = providerdata.Optional(found.CredentialsHash)
	}
	return !o.diags.HasError()
}

// known is what state remembers of where the connection is.
func (o *operation) known() infisical.Known {
	return infisical.Known{ID: o.state.ID.ValueString(), ProjectID: o.state.ProjectID.ValueString(), WrittenAt: o.before.origin.WrittenAt}
}

// missing is the error about a connection that was not found when it was to be updated.
func (o *operation) missing(ctx context.Context, err error) diag.Diagnostics {
	if elsewhere := o.elsewhere(ctx); elsewhere != nil {
		return elsewhere
	}
	return diagnose("update", err)
}

// delete deletes the connection. It does not delete one that was missing during the plan: the plan, which may be days
// old, replaces it only for that reason. It looks for a missing connection once more, because its tokens are revoked
// next.
func (o *operation) delete(ctx context.Context) {
	if !o.before.ledger.Gone {
		err := o.client.Delete(ctx, o.state.ID.ValueString())
		if err == nil {
			return
		}
		if !infisical.IsNotFound(err) {
			o.diags.Append(diagnose("delete", err)...)
			return
		}
	}
	found, err := o.client.Find(ctx, o.known())
	switch {
	case infisical.IsNotFound(err):
		o.diags.Append(o.elsewhere(ctx)...)
	case err != nil:
		o.diags.Append(diagnose("find", err)...)
	default:
		o.diags.AddError("GitLab connection was found again", fmt.Sprintf(
			"Infisical did not find the connection %q (%s) before, but has it now. It may be in use, so the provider did not delete it and revoked no "+
				"token. Plan again.",
			found.Name, found.ID))
	}
}
