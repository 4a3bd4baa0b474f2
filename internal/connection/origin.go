package connection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
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

// recallOrigin returns an empty one when there is none: after an import, and when private state was lost.
func recallOrigin(ctx context.Context, private privateReader, diags *diag.Diagnostics) origin {
	raw, keyDiags := private.GetKey(ctx, originKey)
	diags.Append(keyDiags...)
	var recalled origin
	if len(raw) == 0 {
		return recalled
	}
	if err := json.Unmarshal(raw, &recalled); err != nil {
		diags.AddError("Private state not readable", "What this provider recorded about the connection's Infisical cannot be read: "+phrase(err.Error())+".")
	}
	return recalled
}

func rememberOrigin(ctx context.Context, private privateWriter, origin origin, diags *diag.Diagnostics) {
	raw, err := json.Marshal(origin)
	if err != nil {
		diags.AddError("Private state not written", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, originKey, raw)...)
}

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
func (o origin) follow(ctx context.Context, private privateWriter, host string, found infisical.Connection, diags *diag.Diagnostics) {
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
		rememberOrigin(ctx, private, o, diags)
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
