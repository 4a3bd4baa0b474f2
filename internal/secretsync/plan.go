package secretsync

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// lastWrite is what private state remembers of our last write and the run that it caused.
type lastWrite struct {
	// ID is the sync's. A replacement, which has no state, knows by it what it replaces.
	ID string `json:"id"`
	// Host is the address of the Infisical that was written to.
	Host string `json:"host"`
	// WrittenAt is the server's own time of it.
	WrittenAt time.Time `json:"written_at"`
	// Run is the run that it caused, or another that we have waited for, until it has succeeded; nil for none.
	Run *run `json:"run,omitempty"`
}

const lastWriteKey = "last_write"

func recallLastWrite(ctx context.Context, private providerdata.PrivateReader, diags *diag.Diagnostics) lastWrite {
	recalled, recallDiags := providerdata.Recall[lastWrite](ctx, private, lastWriteKey, "the sync's last write")
	diags.Append(recallDiags...)
	if recalled == nil {
		return lastWrite{}
	}
	return *recalled
}

// planning is one plan.
type planning struct {
	*syncResource
	config, plan resourceModel
	// state is empty for a new sync, and so is last unless it replaces another one.
	state resourceModel
	last  lastWrite
	// replace are the attributes that replace the sync.
	replace path.Paths
	diags   *diag.Diagnostics
}

// ModifyPlan completes the plan with the target's id, and with whether a run is caused, whose outcome nobody knows yet.
func (r *syncResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.data == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	p := &planning{syncResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &p.config)...)
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Plan.Raw, &p.plan)...)
	p.last = recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := p.plan
	if req.State.Raw.IsNull() {
		p.create(ctx)
	} else {
		resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &p.state)...)
		if resp.Diagnostics.HasError() {
			return
		}
		p.update(ctx)
		resp.RequiresReplace.Append(p.replace...)
	}
	p.note()
	if !providerdata.Equal(&p.plan, &proposed) {
		resp.Plan.Raw = providerdata.Encode(ctx, &p.plan)
	}
}

// planDestroy notes that a sync leaves.
func (r *syncResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state resourceModel
	if resp.Diagnostics.Append(providerdata.Decode(ctx, req.State.Raw, &state)...); !resp.Diagnostics.HasError() {
		r.data.Syncs.Leave(state.ID.ValueString())
	}
}

// note tells the other syncs of the plan what this one is to be. One that is replaced leaves, and what replaces it is
// planned next.
func (p *planning) note() {
	replaced := p.last.ID // Of a plan that has no state.
	if id := p.state.ID.ValueString(); id != "" {
		replaced = ""
		if len(p.replace) > 0 || !p.plan.ProjectID.Equal(p.state.ProjectID) {
			replaced = id
		}
	}
	if replaced != "" {
		p.data.Syncs.Leave(replaced)
	}
	if e := p.examination(nil); e.isSettled() && (replaced == "" || p.state.ID.IsNull()) {
		p.data.Syncs.Plan(p.plan.planned())
	}
}

func (p *planning) create(ctx context.Context) {
	p.plan.leaveRunOpen()
	if p.plan.Target.IsKnown() {
		p.plan.Target.ID = p.examine(ctx, p.diags)
	}
}

func (p *planning) examine(ctx context.Context, diags *diag.Diagnostics) types.String {
	return p.examination(diags).examine(ctx)
}

func (p *planning) examination(diags *diag.Diagnostics) examination {
	return examination{
		syncResource: p.syncResource, plan: p.plan, diags: diags, later: p.plan.ConnectionID.IsUnknown(),
		own: cmp.Or(p.state.ID.ValueString(), p.last.ID),
	}
}

func (p *planning) update(ctx context.Context) {
	if !p.config.Description.IsNull() && providerdata.SameDescription(p.config.Description, p.state.Description) {
		p.plan.Description = p.state.Description // Configuration only spells it differently.
	}
	p.planTarget(ctx)
	switch changed := changedSettings(&p.plan.settingsModel, &p.state.settingsModel); {
	case p.diags.HasError() || len(p.replace) > 0:
	case changed:
		p.plan.leaveRunOpen()
		p.diags.Append(hiddenLater(p.state.Variables, p.plan.Variables)...)
	case p.last.Run != nil:
		p.plan.leaveRunOpen()
		p.sayWhyItRunsAgain()
	default:
		p.plan.Status, p.plan.LastSyncedAt, p.plan.LastMessage = p.state.Status, p.state.LastSyncedAt, p.state.LastMessage
	}
}

// planTarget keeps the id while the target is named as before, or by the same id, and replaces the sync for another
// project or group, and for one that is not known yet.
func (p *planning) planTarget(ctx context.Context) {
	p.plan.Target.ID = types.StringUnknown()
	if !p.plan.Target.IsKnown() {
		p.replaceForTarget() // It may turn out to be another one, and Terraform applies no replacement where an update is planned.
		return
	}
	if p.plan.Target.NamesThatOf(&p.state.Target.Target) {
		p.plan.Target.ID = p.state.Target.ID
		switch {
		case p.writesAnew():
			p.examine(ctx, p.diags)
		case p.meetsAnew():
			p.examination(p.diags).checkDestination(ctx)
		}
		return
	}
	// Also for what replaces it: of the plan of that, Terraform shows only errors.
	p.plan.Target.ID = p.examine(ctx, p.diags)
	if !p.plan.Target.Is(&p.state.Target.Target) {
		p.replaceForTarget()
	}
}

func (p *planning) replaceForTarget() {
	p.replace.Append(preflight.TargetPath.AtName(string(p.plan.Target.Asked().Kind)))
}

// writesAnew reports that runs write from another project, with another connection or into another scope than before, or
// delete more.
func (p *planning) writesAnew() bool {
	return !p.plan.ProjectID.Equal(p.state.ProjectID) || !p.plan.ConnectionID.Equal(p.state.ConnectionID) ||
		!p.plan.Target.EnvironmentScope.Equal(p.state.Target.EnvironmentScope) || p.deletesMore()
}

// deletesMore reports that runs will delete variables that those of before did not.
func (p *planning) deletesMore() bool {
	ours, before := p.plan.Variables, p.state.Variables
	return ours.Unmanaged.ValueString() == deleteUnmanaged && (!ours.Unmanaged.Equal(before.Unmanaged) ||
		!ours.KeySchema.Equal(before.KeySchema) || !p.plan.Target.EnvironmentScope.Equal(p.state.Target.EnvironmentScope))
}

// meetsAnew reports that runs write variables of other names than before, or leave or delete others, so that they may be
// those of another sync.
func (p *planning) meetsAnew() bool {
	return !providerdata.Equal(&p.plan.Source, &p.state.Source) || !p.plan.Variables.KeySchema.Equal(p.state.Variables.KeySchema) ||
		!p.plan.Variables.Unmanaged.Equal(p.state.Variables.Unmanaged)
}

func (p *planning) sayWhyItRunsAgain() {
	name, status := p.state.Name.ValueString(), p.state.Status.ValueString()
	if status != infisical.SyncFailed {
		p.diags.AddWarning("Secret sync not finished", fmt.Sprintf(
			"The run that the last apply caused of the secret sync %q had not ended when that apply stopped waiting. As far as is known now, %s; "+
				"the apply continues to wait for it.", name, unfinishedText(status)))
		return
	}
	p.diags.AddWarning("Secret sync will run again", fmt.Sprintf("The run that the last apply caused of the secret sync %q failed: %s.\nThe "+
		"apply runs it again.",
		name, providerdata.Phrase(p.state.LastMessage.ValueString())))
}

func statusName(status string) string {
	if status == "" {
		return "not queued"
	}
	return status
}

// changedSettings reports whether Infisical is to be told of anything. How configuration names the target is nothing to
// Infisical.
func changedSettings(plan, state *settingsModel) bool {
	ours, theirs := *plan, *state
	ours.Target.Project, ours.Target.Group = types.StringNull(), types.StringNull()
	theirs.Target.Project, theirs.Target.Group = types.StringNull(), types.StringNull()
	sameKind := plan.Target.Asked().Kind == state.Target.Asked().Kind
	return !sameKind || !providerdata.Equal(&ours, &theirs)
}

// changesVariables reports whether what is written to GitLab changes, and not only what Infisical calls the sync.
func changesVariables(plan, state *settingsModel) bool {
	ours := *plan
	ours.Name, ours.Description, ours.AutoSync = state.Name, state.Description, state.AutoSync
	return changedSettings(&ours, state)
}
