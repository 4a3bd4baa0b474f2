package connection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// origin is what private state remembers of the Infisical that has the connection. It is written by Create and Update, and by a Read that finds the
// server moved.
type origin struct {
	// Host is the server's address at our last write.
	Host string `json:"host"`
	// WrittenAt is the server's own time of our last write.
	WrittenAt time.Time `json:"written_at"`
}

// originKey is the key of an origin in private state.
const originKey = "infisical"

func (o origin) known(state resourceModel) infisical.Known {
	return infisical.Known{ID: state.ID.ValueString(), ProjectID: state.ProjectID.ValueString(), WrittenAt: o.WrittenAt}
}

// movedTo reports that the connection was last written at another address than this.
func (o origin) movedTo(host string) bool {
	return o.Host != "" && infisical.NormalizeHost(o.Host) != host
}

// follow records what has become of the server when the connection was found. At another address than that of our last write it is the same
// Infisical under another name, for the connection's id is a UUID, or a copy of it. When it still does not know our last write, it was restored
// from a backup, and is not waited for again.
func (o origin) follow(ctx context.Context, private providerdata.PrivateWriter, host string, found infisical.Connection, diags *diag.Diagnostics) {
	moved, restored := o.movedTo(host), found.UpdatedAt.Before(o.WrittenAt) && !found.UpdatedAt.IsZero()
	if moved {
		diags.AddWarning("Infisical at another address", fmt.Sprintf(
			"The connection was last written at %s, and was now found at %s. It is taken for the same Infisical under another address.\n"+
				"If the second is a copy of the first, such as a staging server made from a backup, do not apply: tokens that the first uses would be revoked. Set host, or INFISICAL_HOST, right.",
			o.Host, host))
		o.Host = host
	}
	if restored {
		o.WrittenAt = found.UpdatedAt
	}
	if moved || restored {
		diags.Append(providerdata.Remember(ctx, private, originKey, o)...)
	}
}

// elsewhere is the error about a connection that was not found because the provider is logged in to another Infisical, or to another organisation;
// nil when it was deleted. Organisations have UUIDs: when the id is the same, so is the server, whatever its address. Where it is not known, for older servers do not
// tell as long as they show no connection, the address decides.
func (r *connectionResource) elsewhere(ctx context.Context, client *infisical.Client, state resourceModel, origin origin) diag.Diagnostics {
	present, err := client.Organizations(ctx)
	if err != nil {
		return diagnose("find", err)
	}
	recorded := state.OrganizationID.ValueString()
	switch {
	case slices.Contains(present, recorded):
		return nil
	case (len(present) == 0 || recorded == "") && !origin.movedTo(client.Host()):
		return nil
	}
	host := origin.Host
	if host == "" {
		host = "an address that is not on record"
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("State of another Infisical", fmt.Sprintf(
		"The connection %q (%s) is not found where the provider is logged in, which is not where it was made:\n"+
			"- made at %s, in the organisation %s\n- logged in at %s, to %s\n"+
			"So it is not taken for deleted: nothing was done to it, none of its tokens was revoked, and it stays in the state. Check host and auth of the provider block, and INFISICAL_ variables in the "+
			"environment. If the other Infisical is no more, take the connection out of the state with `terraform state rm`, and revoke its token at GitLab.",
		state.Name.ValueString(), state.ID.ValueString(), host, recorded, client.Host(), organizationNames(present)))}
}

func organizationNames(ids []string) string {
	if len(ids) == 0 {
		return "an organisation that this server does not tell"
	}
	return "the organisation " + strings.Join(ids, " and ")
}

// readDeleted is the end of a Read that did not find the connection.
func (r *connectionResource) readDeleted(ctx context.Context, client *infisical.Client, state resourceModel, before history, resp *resource.ReadResponse) {
	resp.Diagnostics.Append(r.elsewhere(ctx, client, state, before.origin)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(before.ledger.All()) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	before.ledger.Gone = true
	resp.Diagnostics.Append(providerdata.Remember(ctx, resp.Private, ledgerKey, before.ledger)...)
}

// lookAgain asks once more for the connection when the plan is not to be relied on, before a token is made or sent: the server's hash was not
// ours, which a replica may have said that lagged behind, or this is not the server that was asked for the plan. When a token of the user's is
// only sent again to the same server, that does no harm, and it is not asked.
func (r *connectionResource) lookAgain(ctx context.Context, client *infisical.Client, state *resourceModel, before history, diags *diag.Diagnostics) {
	found, err := client.Find(ctx, before.origin.known(*state))
	switch {
	case infisical.IsNotFound(err):
		diags.Append(r.missing(ctx, client, *state, before, err)...)
	case err != nil:
		diags.Append(diagnose("read", err)...)
	default:
		state.CredentialsHash = optional(found.CredentialsHash)
	}
}

// missing is the error about a connection that was not found when it was to be updated.
func (r *connectionResource) missing(ctx context.Context, client *infisical.Client, state resourceModel, before history, err error) diag.Diagnostics {
	if elsewhere := r.elsewhere(ctx, client, state, before.origin); elsewhere != nil {
		return elsewhere
	}
	return diagnose("update", err)
}

// delete removes the connection. One that was not there when the plan was made is not touched: the plan, which may be days old, replaces it
// only because of that. What is not there is looked for once more, for its tokens are revoked next.
func (r *connectionResource) delete(ctx context.Context, client *infisical.Client, state resourceModel, before history, diags *diag.Diagnostics) {
	if !before.ledger.Gone {
		err := client.Delete(ctx, state.ID.ValueString())
		if err == nil {
			return
		}
		if !infisical.IsNotFound(err) {
			diags.Append(diagnose("delete", err)...)
			return
		}
	}
	found, err := client.Find(ctx, before.origin.known(state))
	switch {
	case infisical.IsNotFound(err):
		diags.Append(r.elsewhere(ctx, client, state, before.origin)...)
	case err != nil:
		diags.Append(diagnose("find", err)...)
	default:
		diags.AddError("GitLab connection is there again", fmt.Sprintf(
			"Infisical did not find the connection %q (%s) before, and has it now: it may be in use, and was not deleted, nor were its tokens revoked. Plan again.",
			found.Name, found.ID))
	}
}
