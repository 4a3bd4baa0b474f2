package connection

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
)

// remembered is what state and private state remember of the connection.
func (o *operation) remembered() object.Recorded {
	origin := o.before.origin
	origin.Organization = cmp.Or(o.state.OrganizationID.ValueString(), origin.Organization)
	return object.Recorded{ID: o.state.ID.ValueString(), Name: o.state.Name.ValueString(), ProjectID: o.state.ProjectID.ValueString(), Origin: origin}
}

// readDeleted is the end of a Read that did not find the connection.
func (o *operation) readDeleted(ctx context.Context, resp *resource.ReadResponse) {
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
	found, err := o.client.Connections.Find(ctx, o.remembered().Known())
	switch {
	case object.MayBeElsewhere(err):
		o.diags.Append(connections.DiagnoseRecorded(ctx, o.client, o.remembered(), "update", err)...)
	case err != nil:
		o.diags.Append(diagnose("read", err)...)
	default:
		o.state.CredentialsHash = attribute.Optional(found.CredentialsHash)
	}
	return !o.diags.HasError()
}

// delete deletes the connection. It does not delete one that was missing during the plan: the plan, which may be days
// old, replaces it only for that reason. It looks for a missing connection once more, because its tokens are revoked
// next.
func (o *operation) delete(ctx context.Context) {
	if !o.before.ledger.Gone {
		err := o.client.Connections.Delete(ctx, o.state.ID.ValueString())
		if err == nil {
			return
		}
		if !infisical.IsNotFound(err) {
			o.diags.Append(connections.DiagnoseRecorded(ctx, o.client, o.remembered(), "delete", err)...)
			return
		}
	}
	found, err := o.client.Connections.Find(ctx, o.remembered().Known())
	switch {
	case object.MayBeElsewhere(err):
		o.diags.Append(connections.Elsewhere(ctx, o.client, o.remembered(), err)...)
	case err != nil:
		o.diags.Append(diagnose("find", err)...)
	default:
		o.diags.AddError("GitLab connection was found again", fmt.Sprintf(
			"Infisical did not find the connection %q (%s) before, but has it now. It may be in use, so the provider did not delete it and revoked no "+
				"token. Plan again.",
			found.Name, found.ID))
	}
}
