package preflight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// Witness is a token that can be asked about a target, at the GitLab that it is of.
type Witness struct {
	Instance, Token string
	// own: it is the token of the connection, with which Infisical acts on the target. Else it is the provider's GitLab
	// token.
	own   bool
	known gitlab.Known
}

// FindWitness finds a token to ask with: the connection's own, if that was given in this run, else the management
// token, which is sent to its own GitLab only. nil when there is none.
func FindWitness(ctx context.Context, data *providerdata.Data, connectionID types.String) *Witness {
	if data.GitLab == nil || connectionID.IsUnknown() {
		return nil
	}
	if token, ok := data.Tokens.Of(connectionID.ValueString()); ok {
		return &Witness{Instance: token.Instance, Token: token.Value(), own: true, known: token.Known}
	}
	if data.GitLabToken == "" || data.Infisical == nil || data.InstanceURL.IsUnknown() {
		return nil
	}
	connection, err := data.Infisical.Glance(ctx, connectionID.ValueString())
	if err != nil || !gitlab.SameInstance(connection.InstanceURL, data.InstanceURL.ValueString()) {
		return nil // What is wrong with the connection, Infisical says when it is used.
	}
	return &Witness{Instance: data.InstanceURL.ValueString(), Token: data.GitLabToken}
}
