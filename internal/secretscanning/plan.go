package secretscanning

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// planning is one plan.
type planning struct {
	*scanningResource
	config, plan resourceModel
	// state is empty for a new data source.
	state resourceModel
	// replace are the attributes that replace the data source.
	replace path.Paths
	diags   *diag.Diagnostics
}

// ModifyPlan completes the plan with the target's id and the projects that are scanned, and replaces the data source
// for another target.
func (r *scanningResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.data == nil {
		return
	}
	p := &planning{scanningResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &p.config)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &p.plan)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &p.state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := p.plan
	p.planIncluded()
	if req.State.Raw.IsNull() {
		p.create(ctx)
	} else {
		p.update(ctx)
		resp.RequiresReplace.Append(p.replace...)
	}
	if !providerdata.Equal(&p.plan, &proposed) {
		resp.Plan.Raw = providerdata.Encode(ctx, &p.plan)
	}
}

// planIncluded includes every project of a group unless configuration says otherwise.
func (p *planning) planIncluded() {
	target := &p.plan.Target
	switch {
	case !target.IsKnown():
	case target.Asked().Kind == gitlab.KindProject:
		target.IncludeProjects = types.SetNull(types.StringType)
	case p.config.Target.IncludeProjects.IsNull():
		target.IncludeProjects = includedProjects(everyProject)
	}
}

func (p *planning) create(ctx context.Context) {
	p.plan.ExternalID, p.plan.Disconnected = types.StringUnknown(), types.BoolUnknown()
	p.plan.Target.ID = types.StringUnknown()
	if p.plan.Target.IsKnown() {
		p.plan.Target.ID = p.examine(ctx)
	}
}

func (p *planning) examine(ctx context.Context) types.String {
	return examine(ctx, p.data, p.plan, p.diags, p.plan.ConnectionID.IsUnknown())
}

func (p *planning) update(ctx context.Context) {
	if !p.config.Description.IsNull() && providerdata.SameDescription(p.config.Description, p.state.Description) {
		p.plan.Description = p.state.Description // Configuration only spells it differently.
	}
	p.planTarget(ctx)
	if changedSettings(&p.plan, &p.state) || len(p.replace) > 0 {
		p.plan.ExternalID, p.plan.Disconnected = types.StringUnknown(), types.BoolUnknown()
		return
	}
	p.plan.ExternalID, p.plan.Disconnected = p.state.ExternalID, p.state.Disconnected
}

// planTarget keeps the id while the target is named as before, or by the same id, and replaces the data source for
// another project or group, and for one that is not known yet. Another connection, which replaces it as well, may not
// reach the same one.
func (p *planning) planTarget(ctx context.Context) {
	p.plan.Target.ID = types.StringUnknown()
	if !p.plan.Target.IsKnown() {
		p.replaceForTarget() // It may turn out to be another one, and Terraform applies no replacement where an update is planned.
		return
	}
	if p.plan.Target.NamesThatOf(&p.state.Target.Target) {
		p.plan.Target.ID = p.state.Target.ID
		if !p.plan.ConnectionID.Equal(p.state.ConnectionID) {
			p.examine(ctx)
		}
		return
	}
	p.plan.Target.ID = p.examine(ctx)
	if !p.plan.Target.Is(&p.state.Target.Target) {
		p.replaceForTarget()
	}
}

func (p *planning) replaceForTarget() {
	p.replace.Append(preflight.TargetPath.AtName(string(p.plan.Target.Asked().Kind)))
}
