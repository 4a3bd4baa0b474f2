package secretsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/preflight"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// applying is one creation, update or deletion.
type applying struct {
	*syncResource
	client *infisical.Client
	plan   resourceModel
	// state is empty for a new sync.
	state   resourceModel
	private attribute.PrivateWriter
	// recorded is what is remembered of the sync before.
	recorded object.Recorded
	diags    *diag.Diagnostics
	// owed is the run of an earlier apply that is still owed; nil for none.
	owed *run
}

// requireTargetID looks at the target when the plan has not, because of something that was not known.
func (a *applying) requireTargetID(ctx context.Context) {
	if a.plan.Target.ID.IsUnknown() {
		a.plan.Target.ID = examination{
			syncResource: a.syncResource, plan: a.plan, known: types.StringNull(), diags: a.diags, own: a.state.ID.ValueString(),
		}.examine(ctx).ID
	}
	preflight.RequireID(a.plan.Target.ID, a.diags)
}

// settings is what Infisical is told. The target's name is only shown there, and not compared with anything.
func (a *applying) settings() infisical.Sync {
	return a.plan.settings(a.plan.Target.Asked().ID)
}

// create makes a sync, and deals with the ways in which that ends half done. It returns nil when there is nothing to
// record.
func (a *applying) create(ctx context.Context) *infisical.Sync {
	wanted, began := a.settings(), a.data.Now()
	created, err := a.client.Syncs.Create(ctx, wanted)
	// What has begun is brought to an end, also after Ctrl-C: no sync may be left behind that nobody knows of.
	ctx = providerdata.Finishing(ctx)
	if infisical.IsAmbiguous(err) {
		lost := err
		if created, err = a.client.Syncs.FindCreated(ctx, wanted, began); err != nil {
			a.diags.Append(syncs.CouldNotTell(wanted.Name, lost, err, ""))
			return nil
		}
		a.diags.Append(syncs.Adopted(created, lost, "and has the same name, description, source, target and options"))
	}
	switch {
	case err != nil:
		a.diags.Append(diagnoseWrite(ctx, a.client, "create", err, a.plan)...)
		return nil
	case wanted.SubFolders && !created.SubFolders:
		a.withdraw(ctx, created)
		return nil
	}
	return &created
}

// withdraw deletes a sync that leaves out sub-folders: a server that does not know the option drops it without a word.
func (a *applying) withdraw(ctx context.Context, created infisical.Sync) {
	outcome := "The provider deleted the sync again."
	if err := a.client.Syncs.Delete(ctx, created.ID, false); err != nil && !infisical.IsNotFound(err) {
		outcome = fmt.Sprintf("The sync could not be deleted again (%s): delete %s in Infisical by "+
			"hand.", transport.Phrase(infisical.Reason(err)), created.ID)
	}
	a.diags.AddAttributeError(path.Root("source"), "Infisical ignored the sub-folders", fmt.Sprintf(
		"source.include_subfolders is true, and the server answered without it: this Infisical is too old to sync sub-folders. %s A run may "+
			"have begun with the secrets of %s alone.\nUpgrade Infisical, or leave include_subfolders out and write a sync for each "+
			"folder.", outcome, a.plan.Source.SecretPath.ValueString()))
}

// update writes the settings. It returns nil when that failed, and else the sync before and after. It looks at the sync
// first: the plan may be old, and what Infisical has of a sync beyond our settings goes back to it. What ran before the
// write is nothing to those who do not wait for what runs after it.
func (a *applying) update(ctx context.Context) (before, updated *infisical.Sync) {
	now := a.look(ctx)
	if now == nil {
		return nil, nil
	}
	if before = now; !a.plan.WaitForSync.ValueBool() {
		before = &infisical.Sync{}
	}
	written, err := a.client.Syncs.Update(ctx, *now, a.settings())
	if infisical.IsAmbiguous(err) && before.ID != "" { // It may have been written, and then its run is owed.
		unheard := runUnheardOf(*before, a.plan.AutoSync.ValueBool())
		a.remember(ctx, *before, &unheard)
	}
	switch {
	case object.MayBeElsewhere(err):
		a.diags.Append(a.diagnose(ctx, "update", err)...)
		return nil, nil
	case err != nil:
		a.diags.Append(diagnoseWrite(ctx, a.client, "update", err, a.plan)...)
		return nil, nil
	case a.plan.Source.IncludeSubfolders.ValueBool() && !written.SubFolders:
		a.diags.AddAttributeError(path.Root("source"), "Infisical ignored the sub-folders", "source.include_subfolders is true, and the server "+
			"answered without it: this Infisical is too old to sync sub-folders. Everything else was written.\nUpgrade Infisical, or leave "+
			"include_subfolders out and write a sync for each folder.")
		return nil, nil
	}
	return before, &written
}

// look reads the sync. It returns nil when that failed.
func (a *applying) look(ctx context.Context) *infisical.Sync {
	found, err := a.client.Syncs.Get(ctx, a.state.ID.ValueString())
	switch {
	case object.MayBeElsewhere(err):
		a.diags.Append(a.diagnose(ctx, "update", err)...)
		return nil
	case err != nil:
		a.diags.Append(diagnose("read", err)...)
		return nil
	}
	return &found
}

// diagnose puts an error of a call about this sync into words.
func (a *applying) diagnose(ctx context.Context, verb string, err error) diag.Diagnostics {
	return syncs.DiagnoseRecorded(ctx, a.client, a.recorded, verb, err)
}

// delete removes the sync. One that stays after all has perhaps lost variables to another one that counted on its
// leaving.
func (a *applying) delete(ctx context.Context) {
	id := a.state.ID.ValueString()
	a.data.Syncs.Leave(id)
	w := newWaiting(a.data, a.client, id, timeout(a.state.Timeouts.Delete))
	if a.state.OnDestroy.ValueString() == removeVariables {
		a.deleteWithVariables(ctx, w)
	} else if err := w.delete(ctx); err != nil {
		a.diags.Append(a.diagnose(ctx, "delete", err)...)
	}
	if a.diags.HasError() && a.data.Syncs.Stay(id) {
		for _, ended := range a.departure(&a.state).run(ctx, w, []rival{{PlannedSync: a.state.planned()}}) {
			a.diags.Append(a.departure(&a.state).unreturned(ended)...)
		}
	}
}

// deleteWithVariables removes the variables, too, and gives others back what that takes of theirs.
func (a *applying) deleteWithVariables(ctx context.Context, w *waiting) {
	departure := a.departure(&a.state)
	others, refused := departure.prepare(ctx, w)
	if refused != nil {
		a.diags.Append(refused)
		return
	}
	if len(others) > 0 { // What has begun is brought to an end, also after Ctrl-C.
		ctx = providerdata.Finishing(ctx)
	}
	err := w.remove(ctx)
	var unfinished *removalError
	if begun := err == nil || errors.As(err, &unfinished); begun {
		a.diags.Append(departure.giveBack(ctx, newWaiting(a.data, a.client, w.id, timeout(a.state.Timeouts.Delete)), others, err == nil)...)
	}
	switch {
	case err == nil:
	case infisical.SourceMissing.Is(err):
		a.diags.Append(unremovable(transport.Sentence(infisical.Reason(err))))
	case unfinished != nil:
		a.diags.AddError("Variables not removed", fmt.Sprintf("The variables of the secret sync %q must be removed before it is deleted, but "+
			"that did not finish: %s%s\nThe sync stays in the state, and the next destroy tries again; some of the variables may be gone until the sync "+
			"runs again. To leave the variables at GitLab, set on_destroy = \"keep\", apply, and destroy.", a.state.Name.ValueString(), transport.Sentence(unfinished.Error()), remedyOfRemoval(err)))
	default:
		a.diags.Append(a.diagnose(ctx, "delete", err)...)
	}
}

// unremovable is the error about variables of a sync whose source was deleted, as somebody has said.
func unremovable(said string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Variables not removed", said+"\nInfisical removes those variables whose secrets it has, and the folder is deleted. Set "+
		"on_destroy = \"keep\" and apply, then destroy, and remove the variables at GitLab by hand.")
}

// sourceGoneKey is where a refresh leaves for the plan that the sync's source was deleted.
const sourceGoneKey = "source_gone"

func recallSourceGone(ctx context.Context, private attribute.PrivateReader, diags *diag.Diagnostics) bool {
	noted, failed := attribute.Recall[bool](ctx, private, sourceGoneKey, "the sync's source")
	diags.Append(failed...)
	return noted != nil && *noted
}

// sourceGone warns of a sync that cannot run.
func sourceGone(name string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("source"), "Source folder deleted", fmt.Sprintf(
		"The folder or environment that the secret sync %q reads was deleted in Infisical, so that no run can succeed. Its variables at GitLab "+
			"stay as they are. Point source at another folder; one that is made again under the same path is another one to Infisical.", name))
}
