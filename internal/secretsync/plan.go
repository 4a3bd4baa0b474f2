package secretsync

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// lastWrite is what private state remembers of our last write and the run that it caused.
type lastWrite struct {
	// ID is the sync's. A replacement, which has no state, knows by it what it replaces.
	ID string `json:"id"`
	// Run is the run that it caused, or another that we have waited for, until it has succeeded; nil for none.
	Run *run `json:"run,omitempty"`
}

const lastWriteKey = "last_write"

func recallLastWrite(ctx context.Context, private attribute.PrivateReader, diags *diag.Diagnostics) lastWrite {
	recalled, recallDiags := attribute.Recall[lastWrite](ctx, private, lastWriteKey, "the sync's last write")
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
	// former is the id of the target in the state of the sync that is replaced, where the new one names the same.
	former types.String
	// by is where the planned id of the target comes from.
	by preflight.Source
	// sourceGone: the refresh found that the source was deleted.
	sourceGone bool
	// replace are the attributes that replace the sync.
	replace path.Paths
	diags   *diag.Diagnostics
}

// ModifyPlan completes the plan with the target's id, and with whether a run is caused, whose outcome nobody knows yet.
func (r *syncResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(preflight.Forget(ctx, resp.Private)...)
	}
	if r.data == nil {
		return
	}
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	p := &planning{syncResource: r, diags: &resp.Diagnostics}
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Config.Raw, &p.config)...)
	resp.Diagnostics.Append(attribute.Decode(ctx, req.Plan.Raw, &p.plan)...)
	resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &p.state)...)
	p.last = recallLastWrite(ctx, req.Private, &resp.Diagnostics)
	p.sourceGone = recallSourceGone(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(p.plan.refuseMadeUp()...)
	if resp.Diagnostics.HasError() {
		return
	}
	proposed := p.plan
	if req.State.Raw.IsNull() {
		p.recallFormer(ctx, req.Private)
		p.create(ctx)
		resp.Diagnostics.Append(preflight.Plan(p.data, &p.plan.Target.Target, p.plan.ConnectionID, p.by).Leave(ctx, resp.Private)...)
	} else {
		p.update(ctx)
		resp.RequiresReplace.Append(p.replace...)
		resp.Diagnostics.Append(preflight.Plan(p.data, &p.state.Target.Target, p.plan.ConnectionID, p.keeps(ctx)).Leave(ctx, resp.Private)...)
	}
	p.note(ctx)
	r.data.Walk.Plan(p.state.ID.ValueString(), len(p.replace) > 0 || !attribute.Equal(&p.plan, &p.state))
	if !attribute.Equal(&p.plan, &proposed) {
		resp.Plan.Raw = attribute.Encode(ctx, &p.plan)
	}
}

// planDestroy notes that a sync leaves.
func (r *syncResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state resourceModel
	if resp.Diagnostics.Append(attribute.Decode(ctx, req.State.Raw, &state)...); resp.Diagnostics.HasError() {
		return
	}
	r.data.Syncs.Leave(state.ID.ValueString())
	resp.Diagnostics.Append(r.announceRemoval(ctx, &state))
}

// announceRemoval says what a removal of variables does to other syncs, and refuses one that must fail; nothing where
// the variables stay.
func (r *syncResource) announceRemoval(ctx context.Context, state *resourceModel) diag.Diagnostic {
	if state.OnDestroy.ValueString() != removeVariables {
		return nil
	}
	return r.departure(state).announce(ctx)
}

// note tells the other syncs of the plan what this one is to be. One that is replaced leaves, and what replaces it is
// planned next.
func (p *planning) note(ctx context.Context) {
	replaced := p.last.ID // Of a plan that has no state.
	if id := p.state.ID.ValueString(); id != "" {
		replaced = ""
		if len(p.replace) > 0 || !p.plan.ProjectID.Equal(p.state.ProjectID) {
			replaced = id
		}
	}
	if replaced != "" {
		p.data.Syncs.Leave(replaced)
		p.diags.Append(p.announceRemoval(ctx, &p.state))
	}
	if e := p.examination(types.StringNull(), nil); e.isSettled() && (replaced == "" || p.state.ID.IsNull()) {
		planned := p.plan.planned()
		if p.cannotRun() { // As Infisical shows it, and so the apply of another one sees it.
			planned.Environment, planned.SecretPath = "", ""
		}
		p.data.Syncs.Plan(planned)
		if planned.ID != "" && !p.diags.HasError() {
			p.refuseToStay(planned)
		}
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

func (p *planning) create(ctx context.Context) {
	p.plan.leaveRunOpen()
	if !p.plan.Target.IsKnown() {
		p.unknownTarget(ctx)
		return
	}
	p.plan.Target.ID = p.examine(ctx, p.former)
}

// examine looks at the target. known is its id where state has it.
func (p *planning) examine(ctx context.Context, known types.String) types.String {
	answer := p.examination(known, p.diags).examine(ctx)
	p.by = answer.By
	return answer.ID
}

func (p *planning) examination(known types.String, diags *diag.Diagnostics) examination {
	return examination{
		syncResource: p.syncResource, plan: p.plan, before: p.before(), known: known, diags: diags,
		own: cmp.Or(p.state.ID.ValueString(), p.last.ID),
	}
}

// before are the settings of the runs of before; nil for a new sync.
func (p *planning) before() *settingsModel {
	if p.state.ID.IsNull() {
		return nil
	}
	return &p.state.settingsModel
}

func (p *planning) update(ctx context.Context) {
	if !p.config.Description.IsNull() && attribute.SameDescription(p.config.Description, p.state.Description) {
		p.plan.Description = p.state.Description // Configuration only spells it differently.
	}
	p.planTarget(ctx)
	changed := changedSettings(&p.plan.settingsModel, &p.state.settingsModel)
	switch {
	case p.diags.HasError() || len(p.replace) > 0:
	case changed:
		p.plan.leaveRunOpen()
		p.diags.Append(hiddenLater(p.state.Variables, p.plan.Variables)...)
		p.diags.Append(scopeLeft(p.state.Target, p.plan.Target)...)
	case p.last.Run != nil && !p.cannotRun():
		p.plan.leaveRunOpen()
		p.sayWhyItRunsAgain()
		return
	default:
		p.plan.Status, p.plan.LastSyncedAt, p.plan.LastMessage = p.state.Status, p.state.LastSyncedAt, p.state.LastMessage
	}
	p.sayThatItFailed(changed || len(p.replace) > 0)
	if p.cannotRun() {
		p.diags.Append(sourceGone(p.state.Name.ValueString()))
	}
}

// cannotRun: the source was deleted, and the plan does not change it.
func (p *planning) cannotRun() bool {
	return p.sourceGone && attribute.Equal(&p.plan.Source, &p.state.Source)
}

// planTarget keeps the id while the target is named as before, or by the same id, and replaces the sync for another
// project or group, and for one that is not known yet.
func (p *planning) planTarget(ctx context.Context) {
	p.plan.Target.ID = types.StringUnknown()
	if !p.plan.Target.IsKnown() {
		p.replaceForTarget() // It may turn out to be another one, and Terraform applies no replacement where an update is planned.
		p.unknownTarget(ctx)
		return
	}
	known := types.StringNull()
	if p.plan.Target.NamesThatOf(&p.state.Target.Target) && p.sameGitLab(ctx) {
		known = p.state.Target.ID
	}
	if !known.IsNull() && !p.writesAnew() {
		if p.plan.Target.ID = known; p.meetsAnew() {
			p.examination(known, p.diags).checkDestination(ctx)
		}
		return
	}
	// Also for what replaces it: of the plan of that, Terraform shows only errors.
	p.plan.Target.ID = p.examine(ctx, known)
	switch same := p.plan.Target.Is(&p.state.Target.Target); {
	case same || p.diags.HasError():
	case p.phase() == providerdata.Applying && !p.plan.Target.ID.IsUnknown():
		// Where a plan replaces a sync, there is no state any more when the new one is planned in the apply.
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

// writesAnew reports that runs write to another place, or with another connection than before, or delete more, or that
// one is made again that may have deleted nothing so far.
func (p *planning) writesAnew() bool {
	return !p.plan.ProjectID.Equal(p.state.ProjectID) || !p.plan.ConnectionID.Equal(p.state.ConnectionID) ||
		!p.plan.Target.EnvironmentScope.Equal(p.state.Target.EnvironmentScope) || deletesMore(p.before(), &p.plan.settingsModel) ||
		p.last.Run != nil && p.plan.Variables.Unmanaged.ValueString() == deleteUnmanaged
}

// unknownTarget says what a plan without the target cannot know.
func (p *planning) unknownTarget(ctx context.Context) {
	p.by = p.examination(types.StringNull(), p.diags).look().Unknown(ctx)
}

// sayThatItFailed warns of a run that has failed, and nothing has changed since: the state knows. The apply of a plan
// that has said so does not repeat it.
func (p *planning) sayThatItFailed(writes bool) {
	said := writes || !attribute.Equal(&p.plan, &p.state)
	if p.state.Status.ValueString() != infisical.SyncFailed || said && p.phase() != providerdata.Planning {
		return
	}
	next := "Nothing in this plan runs it again: Infisical does when a secret of its source changes, and the action " +
		"infisical_gitlab_secret_sync_run does at any time."
	if writes {
		next = "The apply may run it again."
	}
	p.diags.AddWarning("Secret sync has failed", fmt.Sprintf("The latest run of the secret sync %q failed: %s.\n%s %s", p.state.Name.ValueString(),
		transport.Phrase(p.state.LastMessage.ValueString()), p.remedy(), next))
}

// meetsAnew reports that runs write variables of other names than before, or leave or delete others, so that they may
// be those of another sync.
func (p *planning) meetsAnew() bool {
	return !attribute.Equal(&p.plan.Source, &p.state.Source) || !p.plan.Variables.KeySchema.Equal(p.state.Variables.KeySchema) ||
		!p.plan.Variables.Unmanaged.Equal(p.state.Variables.Unmanaged)
}

func (p *planning) sayWhyItRunsAgain() {
	name, status := p.state.Name.ValueString(), p.state.Status.ValueString()
	if status != infisical.SyncFailed {
		p.diags.AddWarning("Earlier run still awaited", fmt.Sprintf(
			"The run that the last apply caused of the secret sync %q had not ended when that apply stopped waiting. As far as is known now, %s; "+
				"the apply continues to wait for it.", name, unfinishedText(status)))
		return
	}
	p.diags.AddWarning("Secret sync will run again", fmt.Sprintf("The run that the last apply caused of the secret sync %q failed: %s.\n%s The "+
		"apply runs it again.",
		name, transport.Phrase(p.state.LastMessage.ValueString()), p.remedy()))
}

// remedy says what to do about the failure that the state tells of, of which it has the words.
func (p *planning) remedy() string {
	return remedy(infisical.SyncFailureOf(p.state.LastMessage.ValueString()))
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
	return !sameKind || !attribute.Equal(&ours, &theirs)
}

// changesVariables reports whether what is written to GitLab changes, and not only what Infisical calls the sync.
func changesVariables(plan, state *settingsModel) bool {
	ours := *plan
	ours.Name, ours.Description, ours.AutoSync = state.Name, state.Description, state.AutoSync
	return changedSettings(&ours, state)
}
