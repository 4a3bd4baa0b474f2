package preflight

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// A replacement destroys before it creates, and what it creates is planned once more in between, without a state, and
// without anything that the plan has found out. So the plan leaves in private state what it has found out: the deletion
// is given that of the creation, and looks whether the creation can still be made, before it deletes anything.

// replacementKey is where private state holds a Replacement, only in a plan.
const replacementKey = "replacement"

// Replacement is what a plan knows of the target of what it creates, and where from.
type Replacement struct {
	Kind      gitlab.Kind `json:"kind"`
	Reference string      `json:"reference"`
	// ConnectionID is empty when it is known only after apply.
	ConnectionID string `json:"connection_id"`
	ID           string `json:"id"`
	By           Source `json:"by"`
	// Mints: the connection creates its token before, with the provider's GitLab token.
	Mints bool `json:"mints,omitempty"`
}

// Plan is the Replacement of a planned target.
func Plan(data *providerdata.Data, target *Target, connectionID types.String, by Source) Replacement {
	asked := target.Asked()
	return Replacement{
		Kind: asked.Kind, Reference: asked.ID, ConnectionID: connectionID.ValueString(), ID: target.ID.ValueString(), By: by,
		Mints: data.Tokens.Mint() && (connectionID.IsUnknown() || data.Walk.Changes(connectionID.ValueString())),
	}
}

// Leave leaves it in the private state of a plan.
func (r Replacement) Leave(ctx context.Context, private attribute.PrivateWriter) diag.Diagnostics {
	return attribute.Remember(ctx, private, replacementKey, r)
}

// Forget takes it out of private state, so that nothing takes it for what a later plan has found out.
func Forget(ctx context.Context, private attribute.PrivateWriter) diag.Diagnostics {
	return private.SetKey(ctx, replacementKey, nil)
}

// Former is the id that state has of the target of what is replaced, when what replaces it names the same: from the
// private state that the first half of the plan has left, or, in an apply, from what was just deleted. It is null when
// there is none.
func Former(ctx context.Context, data *providerdata.Data, private attribute.PrivateReader, target *Target,
	connectionID types.String) (types.String, diag.Diagnostics) {
	asked := target.Asked()
	if id, ok := deleted(data, asked, connectionID); ok {
		return types.StringValue(id), nil
	}
	left, diags := attribute.Recall[Replacement](ctx, private, replacementKey, "what is replaced")
	if left == nil || left.By != FromState || left.Kind != asked.Kind || !sameName(left.Reference, asked.ID) ||
		left.ConnectionID != connectionID.ValueString() {
		return types.StringNull(), diags
	}
	return types.StringValue(left.ID), diags
}

// deleted is the id of the target of what was just deleted in this apply. It holds for a connection that was created
// meanwhile, too: the plan, which did not know the id of any of these, has seen that they are all for the same GitLab.
func deleted(data *providerdata.Data, asked gitlab.Resource, connectionID types.String) (string, bool) {
	if connectionID.IsUnknown() {
		return "", false
	}
	id, ok := data.Deleted.ID(connectionID.ValueString(), asked)
	if !ok && data.Walk.Created(connectionID.ValueString()) {
		return data.Deleted.ID("", asked)
	}
	return id, ok
}

// BeforeDelete looks whether what replaces a thing can be made, if it is replaced, and takes note of the id of its
// target for the creation. It returns an error when the plan had a token for the look-up of the path that this run has
// not, so that nothing is deleted.
func BeforeDelete(ctx context.Context, data *providerdata.Data, private interface {
	attribute.PrivateReader
	attribute.PrivateWriter
}) diag.Diagnostics {
	left, diags := attribute.Recall[Replacement](ctx, private, replacementKey, "what replaces this")
	diags.Append(Forget(ctx, private)...) // A deletion that fails leaves private state as it is here.
	if left == nil || diags.HasError() {
		return diags
	}
	if left.Mints && data.Session == nil {
		diags.AddError("Replacement cannot be created", "What replaces this uses a connection that creates its token with the provider's GitLab token, which this "+
			"run has not. So nothing was deleted.\nSet gitlab.token of the provider block, or GITLAB_TOKEN.")
		return diags
	}
	asked := gitlab.Resource{Kind: left.Kind, ID: left.Reference}
	mayLack := left.By == FromProvider || left.By == FromNobody && left.Reference == ""
	switch {
	case left.By == FromState:
		data.Deleted.Keep(left.ConnectionID, asked, left.ID)
	case mayLack:
		if why := cannotFind(ctx, data, *left); why != "" {
			diags.AddAttributeError(TargetPath, "Replacement cannot be created", fmt.Sprintf("What replaces this could not be created in this run, so nothing was "+
				"deleted: the id of its target may have to be looked up, and that fails. %s\nGive the apply what the plan had, such as gitlab.token of the provider "+
				"block or GITLAB_TOKEN, or write the numeric id in target.", why))
		}
	}
	if !diags.HasError() {
		data.Deleted.Replace(asked)
	}
	return diags
}

// cannotFind says why the id of a planned target cannot be looked up in this run; empty when it can.
func cannotFind(ctx context.Context, data *providerdata.Data, planned Replacement) string {
	hands := AtHand(ctx, data, types.StringValue(planned.ConnectionID))
	if planned.ConnectionID == "" {
		hands = Hands{without: [2]string{"the connection is not known yet", notSet}}
		if data.Session != nil {
			hands.provider = &Session{Session: data.Session}
		}
	}
	sessions := hands.lasting(providerdata.Applying)
	switch {
	case len(sessions) == 0:
		return hands.why()
	case planned.Reference == "": // The plan did not know the target.
		return ""
	}
	why, asked := "", gitlab.Resource{Kind: planned.Kind, ID: planned.Reference}
	for _, by := range sessions {
		target, err := by.DescribeTarget(ctx, gitlab.TargetQuestion{Resource: asked})
		switch {
		case err != nil:
			why = transport.Sentence(err.Error())
		case target.Failure != nil:
			why = transport.Sentence(target.Failure.Error())
		case strconv.FormatInt(target.ID, 10) != planned.ID:
			return fmt.Sprintf("It has the id %d now, and %s when the plan was made: plan again.", target.ID, planned.ID)
		default:
			return ""
		}
	}
	return why
}
