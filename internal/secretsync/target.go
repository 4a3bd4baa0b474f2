package secretsync

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/tokenpolicy"
)

// examination is a look at a target before anything is written.
type examination struct {
	*syncResource
	plan  resourceModel
	diags *diag.Diagnostics
	// later: another plan follows when the connection is known, and with it perhaps its token.
	later bool
	// own is the id of the sync itself, or of the one that it replaces; empty for a new one.
	own string
}

// examine finds out the numeric id of the plan's target, judges the target, and looks for other syncs to it. The id
// stays unknown when that can be found out only at apply.
func (e examination) examine(ctx context.Context) types.String {
	e.plan.Target.ID = e.lookUp(ctx)
	if !e.diags.HasError() {
		e.checkDestination(ctx)
	}
	return e.plan.Target.ID
}

func (e examination) lookUp(ctx context.Context) types.String {
	asked := e.plan.Target.Asked()
	return preflight.Examination{
		Data: e.data, Asked: asked, ConnectionID: e.plan.ConnectionID, Use: use(asked), Validation: e.plan.TokenValidation, Later: e.later,
		Aim: "write the variables of", Shows: "The run", Always: e.deletes(), Diags: e.diags,
		Found: func(ctx context.Context, by preflight.Witness, target gitlab.TargetDescription) {
			e.warnOfDeletions(ctx, by, target)
			e.warnOfScope(ctx, by, target)
		},
	}.ID(ctx)
}

// deletes reports that runs delete variables, which is told with the names whatever is judged.
func (e examination) deletes() bool {
	return e.plan.Variables.Unmanaged.ValueString() == deleteUnmanaged
}

// use is what a sync to a project or group needs a token for.
func use(target gitlab.Resource) tokenpolicy.Use {
	if target.Kind == gitlab.KindGroup {
		return tokenpolicy.GroupSecretSync
	}
	return tokenpolicy.ProjectSecretSync
}
