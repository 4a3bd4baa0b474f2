package secretscanning

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
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
	// former is the id of the target in the state of the one that is replaced, where the new one names the same.
	former types.String
	// by is where the planned id of the target comes from.
	by preflight.Source
	// replace are the attributes that replace the data source.
	replace path.Paths
	diags   *diag.Diagnostics
}

// ModifyPlan completes the plan with the target's id and the projects that are scanned, and replaces the data source
// for another target.
func (r *scanningResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
		return
	}
	if r.data == nil {
		return
	}
	p := &planning{scanningResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Config.Raw, &p.config)...)
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Plan.Raw, &p.plan)...)
	resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &p.state)...)
	resp.Diagnostics.Append(p.plan.refuseMadeUp()...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := p.plan
	p.planIncluded()
	if req.State.Raw.IsNull() {
		p.recallFormer(ctx, req.Private)
		p.create(ctx)
		resp.Diagnostics.Append(preflight.Plan(p.data, &p.plan.Target.Target, p.plan.ConnectionID, p.by).Leave(ctx, resp.Private)...)
	} else {
		p.update(ctx)
		resp.RequiresReplace.Append(p.replace...)
		resp.Diagnostics.Append(preflight.Plan(p.data, &p.state.Target.Target, p.plan.ConnectionID, p.keeps(ctx)).Leave(ctx, resp.Private)...)
	}
	r.data.Walk.Plan(p.state.ID.ValueString(), len(p.replace) > 0 || !attribute.Equal(&p.plan, &p.state))
	if !attribute.Equal(&p.plan, &proposed) {
		resp.Plan.Raw = attribute.Encode(ctx, &p.plan)
	}
}

func (p *planning) recallFormer(ctx context.Context, private attribute.PrivateReader) {
	former, diags := preflight.Former(ctx, p.data, private, &p.plan.Target.Target, p.plan.ConnectionID)
	p.former = former
	p.diags.Append(diags...)
}

// keeps is FromState while the id in the state is that of the target for the planned connection, too.
func (p *planning) keeps(ctx context.Context) preflight.Source {
	if same, certain := preflight.SameGitLab(ctx, p.data, p.state.ConnectionID, p.plan.ConnectionID); !same || !certain {
		return preflight.FromNobody
	}
	return preflight.FromState
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
	p.plan.Disconnected = types.BoolUnknown()
	p.plan.Target.ID = types.StringUnknown()
	if !p.plan.Target.IsKnown() {
		p.by = p.look(p.plan, types.StringNull(), false, p.diags).Unknown(ctx)
		return
	}
	p.plan.Target.ID = p.examine(ctx, p.former)
}

// examine looks at the target. known is its id where state has it.
func (p *planning) examine(ctx context.Context, known types.String) types.String {
	answer := p.look(p.plan, known, !p.state.ID.IsNull(), p.diags).ID(ctx)
	p.by = answer.By
	return answer.ID
}

func (p *planning) update(ctx context.Context) {
	if !p.config.Description.IsNull() && attribute.SameDescription(p.config.Description, p.state.Description) {
		p.plan.Description = p.state.Description // Configuration only spells it differently.
	}
	p.planTarget(ctx)
	p.sayThatItIsDisconnected()
	p.plan.Disconnected = p.state.Disconnected
	if changedSettings(&p.plan, &p.state) || len(p.replace) > 0 {
		p.plan.Disconnected = types.BoolUnknown()
	}
	p.lookAtWebhook(ctx)
}

// lookAtWebhook tells when GitLab does not call the webhook of a data source that stays. Its apply does not repeat it.
func (p *planning) lookAtWebhook(ctx context.Context) {
	validation := preflight.Validation(p.data, p.plan.TokenValidation)
	changes := !attribute.Equal(&p.plan, &p.state)
	switch {
	case validation != providerdata.ValidationEnforce && validation != providerdata.ValidationWarn:
	case len(p.replace) > 0 || p.diags.HasError() || !p.plan.AutoScan.ValueBool():
	case changes && p.phase() != providerdata.Planning:
	default:
		p.diags.Append(webhookSilent(ctx, p.data, p.state)...)
	}
}

// planTarget keeps the id while the target is named as before, or by the same id, and replaces the data source for
// another project or group, and for one that is not known yet. Another connection, which replaces it as well, may not
// reach the same one.
func (p *planning) planTarget(ctx context.Context) {
	p.plan.Target.ID = types.StringUnknown()
	if !p.plan.Target.IsKnown() {
		p.replaceForTarget() // It may turn out to be another one, and Terraform applies no replacement where an update is planned.
		p.look(p.plan, types.StringNull(), true, p.diags).Unknown(ctx)
		return
	}
	known := types.StringNull()
	if p.plan.Target.NamesThatOf(&p.state.Target.Target) && p.sameGitLab(ctx) {
		known = p.state.Target.ID
		if p.plan.ConnectionID.Equal(p.state.ConnectionID) {
			p.plan.Target.ID = known
			return
		}
	}
	p.plan.Target.ID = p.examine(ctx, known)
	switch same := p.plan.Target.Is(&p.state.Target.Target); {
	case same || p.diags.HasError():
	case p.phase() == providerdata.Applying && !p.plan.Target.ID.IsUnknown():
		// Where a plan replaces a data source, there is no state any more when the new one is planned in the apply.
		p.diags.Append(preflight.ChangedHands(&p.plan.Target.Target, &p.state.Target.Target))
	default:
		p.replaceForTarget()
	}
}

// sameGitLab reports that a path leads to what it led to before. In an apply, its plan has known that.
func (p *planning) sameGitLab(ctx context.Context) bool {
	same, certain := preflight.SameGitLab(ctx, p.data, p.state.ConnectionID, p.plan.ConnectionID)
	return same || !certain && p.phase() != providerdata.Planning
}

func (p *planning) phase() providerdata.Phase {
	return p.data.Walk.Phase(p.plan.ConnectionID.ValueString())
}

func (p *planning) replaceForTarget() {
	p.replace.Append(preflight.TargetPath.AtName(string(p.plan.Target.Asked().Kind)))
}

// sayThatItIsDisconnected warns of what the state knows. The apply of a plan that has said so does not repeat it.
func (p *planning) sayThatItIsDisconnected() {
	changes := changedSettings(&p.plan, &p.state) || len(p.replace) > 0
	if !p.state.Disconnected.ValueBool() || changes && p.phase() != providerdata.Planning {
		return
	}
	p.diags.AddWarning("GitLab data source disconnected", fmt.Sprintf("Infisical has lost its access to GitLab for the Secret Scanning data source %q, so "+
		"that pushes to %s are not scanned.\nSee that the connection's token is alive and still has its role there. If Infisical does not find back to it, "+
		"replace the data source (`-replace`).", p.state.Name.ValueString(), p.state.Target.Asked()))
}
