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
	plan resourceModel
	// before are the settings of the runs of before; nil for a new sync.
	before *settingsModel
	// known is the id of the target where state has it; null when it must be looked up.
	known types.String
	diags *diag.Diagnostics
	// own is the id of the sync itself, or of the one that it replaces; empty for a new one.
	own string
}

// examine finds out the numeric id of the plan's target, judges the target, and looks for other syncs to it. The id
// stays unknown when that can be found out only at apply.
func (e examination) examine(ctx context.Context) preflight.Answer {
	answer := e.lookUp(ctx)
	if e.plan.Target.ID = answer.ID; !e.diags.HasError() {
		e.checkDestination(ctx)
	}
	return answer
}

func (e examination) lookUp(ctx context.Context) preflight.Answer { return e.look().ID(ctx) }

// replaces reports that the sync is replaced.
func (e examination) replaces() bool { return e.before != nil && e.run() == "first" }

func (e examination) look() preflight.Examination {
	asked := e.plan.Target.Asked()
	return preflight.Examination{
		Data: e.data, Asked: asked, Known: e.known, ConnectionID: e.plan.ConnectionID, Use: use(asked), Validation: e.plan.TokenValidation,
		Exists: e.before != nil, Replaces: e.replaces(), Aim: "write the variables of", Shows: "The run", Risk: e.risk(), Diags: e.diags,
		Found: func(ctx context.Context, by preflight.Session, target gitlab.TargetDescription) error {
			if err := e.warnOfDeletions(ctx, by, target); err != nil {
				return err
			}
			e.warnOfScope(ctx, by, target)
			return nil
		},
	}
}

// use is what a sync to a project or group needs a token for.
func use(target gitlab.Resource) tokenpolicy.Use {
	if target.Kind == gitlab.KindGroup {
		return tokenpolicy.GroupSecretSync
	}
	return tokenpolicy.ProjectSecretSync
}
