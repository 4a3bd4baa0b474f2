package secretsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// departure is the removal of a sync's variables. Infisical removes them by their names, whoever else writes them, and
// the others do not learn of it: each of them is run again.
// https://github.com/Infisical/infisical: backend/src/services/secret-sync/gitlab/gitlab-sync-fns.ts (removeSecrets)
type departure struct {
	data   *providerdata.Data
	client *infisical.Client
	leaver providerdata.PlannedSync
	// place is the project or group in words.
	place string
}

// departure of the sync that a state describes.
func (r *syncResource) departure(state *resourceModel) departure {
	return departure{data: r.data, client: r.data.Infisical, leaver: state.planned(), place: state.Target.Resource().String()}
}

// sharers are those syncs that write variables of the same names into the same scope as one that leaves. What is yet to
// be created has nothing to lose.
func sharers(leaver providerdata.PlannedSync, there []infisical.Sync, planned []providerdata.PlannedSync, leaves func(id string) bool) []rival {
	of := contest{ours: leaver, leaves: true}
	return slices.DeleteFunc(of.among(there, planned, leaves), func(r rival) bool { return r.ID == "" || !of.sharesScope(r) })
}

// bystanders are those that a departure concerns.
type bystanders struct {
	sharers []rival
	// stuck are those of them that cannot run, as they are now or are planned.
	stuck []rival
	// hidden says why there is one that is not among them; empty when there is none.
	hidden string
	// sourceGone: Infisical cannot remove the leaver's variables any more.
	sourceGone bool
}

// look finds the sharers. gone: the leaver is not there any more.
func (d departure) look(ctx context.Context, gone bool) (bystanders, error) {
	question := infisical.DestinationQuestion{
		ProjectID: d.leaver.ProjectID, ConnectionID: d.leaver.ConnectionID, SyncID: d.leaver.ID, Target: d.leaver.Target,
	}
	if gone {
		question.SyncID = ""
	}
	there, err := allNeighbors(ctx, d.client, question)
	if err != nil {
		return bystanders{}, err
	}
	found := slices.DeleteFunc(sharers(d.leaver, there.syncs, d.data.Syncs.All(), d.data.Syncs.Leaves), func(r rival) bool {
		return !atOneGitLab(ctx, d.client, d.leaver.ConnectionID, r.ConnectionID)
	})
	stuck := slices.DeleteFunc(slices.Clone(found), func(r rival) bool {
		return r.Environment != "" && !slices.ContainsFunc(there.syncs, func(now infisical.Sync) bool { return now.ID == r.ID && now.SourceGone })
	})
	return bystanders{found, stuck, there.hidden, there.sourceGone}, nil
}

const sharedVariables = "Variables of other syncs"

// announce says in a plan what the removal takes of others, and refuses one that could not be made good.
func (d departure) announce(ctx context.Context) diag.Diagnostic {
	if d.client == nil {
		return nil
	}
	there, err := d.look(ctx, false)
	switch {
	case err != nil:
		return diag.NewWarningDiagnostic(sharedVariables, fmt.Sprintf("Destroying the secret sync %q removes its variables at %s. Whether another sync writes "+
			"variables of the same names there is not known: %s\nThe apply looks again, and removes nothing unless it finds out.", d.leaver.Name, d.place,
			transport.Sentence(err.Error())))
	case there.sourceGone:
		return unremovable(fmt.Sprintf("The folder or environment that the secret sync %q reads was deleted in Infisical.", d.leaver.Name))
	case there.hidden != "":
		return d.refusal("a secret sync "+there.hidden, "writes there, too, and cannot be run again by this provider")
	case len(there.sharers) == 0:
		return nil
	}
	said := fmt.Sprintf("Destroying the secret sync %[1]q removes its variables at %[2]s, and with them those of the same names that %[3]s writes. The "+
		"apply runs %[3]s before, to see that it can, and again afterwards, unless it is destroyed, too. Jobs that begin in between miss the variables. "+
		"To leave them, set on_destroy = \"keep\" and apply that first.", d.leaver.Name, d.place, named(there.sharers))
	if len(there.stuck) > 0 {
		said += fmt.Sprintf("\nThe folder or environment that %[1]s reads was deleted, so that %[1]s cannot run: unless it is destroyed, or gets another "+
			"source, before, the apply removes nothing, and fails.", named(there.stuck))
	}
	return diag.NewWarningDiagnostic(sharedVariables, said)
}

// past says what a removal may have taken of others that nobody has seen the end of: Terraform was interrupted, or its
// provider was killed.
func (d departure) past(ctx context.Context) diag.Diagnostic {
	there, err := d.look(ctx, true)
	whose := named(there.sharers)
	if there.hidden != "" {
		whose = "a secret sync " + there.hidden
	}
	if err != nil || whose == "" {
		return nil
	}
	return diag.NewWarningDiagnostic(sharedVariables, fmt.Sprintf(
		"The secret sync %q is not there any more. If it was deleted with its variables at %s, as when a destroy was interrupted, that also "+
			"deleted those of the same names that %s writes, until that sync runs again. Run it in Infisical.", d.leaver.Name, d.place, whose))
}

// refusal is the error about variables that could not be given back.
func (d departure) refusal(whose, why string) diag.Diagnostic {
	return diag.NewErrorDiagnostic(sharedVariables, fmt.Sprintf(
		"With on_destroy = \"remove_variables\", destroying the secret sync %q removes its variables at %s, and with them those of the same names that %s "+
			"writes: it %s.\nNothing was removed. Give the provider's identity the right to read and run that sync, and see that it runs. Or "+
			"set on_destroy = \"keep\", apply, and destroy: then the variables stay at GitLab, and you delete those that nobody needs by hand.",
		d.leaver.Name, d.place, whose, why))
}

// prepare sees to it, before anything is removed, that whatever the removal takes of others can be given back: it runs
// them. It returns an error diagnostic when that cannot be.
func (d departure) prepare(ctx context.Context, w *waiting) ([]rival, diag.Diagnostic) {
	there, err := d.look(ctx, false)
	switch {
	case err != nil:
		return nil, d.refusal("another sync", "is not known whether there is one, because looking for it failed: "+transport.Phrase(err.Error()))
	case there.hidden != "":
		return nil, d.refusal("a secret sync "+there.hidden, "cannot be run again by this provider")
	}
	for _, ended := range d.run(ctx, w, there.sharers) {
		if why := ended.failure(); why != "" {
			return nil, d.refusal(fmt.Sprintf("the secret sync %q of the project %s", ended.Name, ended.ProjectID), why)
		}
	}
	return there.sharers, nil
}

// giveBack runs those again whose variables the removal may have taken: those that were found before it, and those that
// have come since. It says what could not be given back.
func (d departure) giveBack(ctx context.Context, w *waiting, before []rival, gone bool) diag.Diagnostics {
	var diags diag.Diagnostics
	there, err := d.look(ctx, gone)
	found := there.sharers
	if err != nil {
		diags.AddWarning(sharedVariables, fmt.Sprintf("The variables of the secret sync %q at %s were removed. Whether syncs that were created "+
			"meanwhile have lost variables to that is not known: %s", d.leaver.Name, d.place, transport.Sentence(err.Error())))
	}
	if there.hidden != "" {
		diags.AddError(sharedVariables, fmt.Sprintf("The variables of the secret sync %q at %s were removed, and meanwhile a secret sync %s came "+
			"to write there: it may have lost variables. Run it in Infisical.", d.leaver.Name, d.place, there.hidden))
	}
	for _, r := range before {
		known := slices.ContainsFunc(found, func(other rival) bool { return other.ID == r.ID })
		if !known && !d.data.Syncs.Leaves(r.ID) {
			found = append(found, r)
		}
	}
	for _, ended := range d.run(ctx, w, found) {
		diags.Append(d.unreturned(ended)...)
	}
	return diags
}

// unreturned says that a sync has not got its variables back, as far as is known.
func (d departure) unreturned(ended sharerRun) (diags diag.Diagnostics) {
	why := ended.failure()
	switch {
	case why == "":
	case errors.Is(ended.err, providerdata.ErrTimeout):
		diags.AddWarning(sharedVariables, fmt.Sprintf("The secret sync %q runs again, because the variables of %q at %s were removed, but it has "+
			"not ended in the time that timeouts gives: until then it may miss variables.", ended.Name, d.leaver.Name, d.place))
	default:
		diags.AddError(sharedVariables, fmt.Sprintf("The variables of the secret sync %q at %s were removed, and with them perhaps variables that %q "+
			"of the project %s writes. It %s.\nRun it in Infisical, or apply a change of it, when the cause is removed.", d.leaver.Name, d.place,
			ended.Name, ended.ProjectID, why))
	}
	return diags
}

// sharerRun is what became of a run of a sharer.
type sharerRun struct {
	rival
	sync infisical.Sync
	err  error
}

// failure says why a run did not succeed, to complete "it …"; empty when it did, or when there is no such sync any
// more.
func (r sharerRun) failure() string {
	switch {
	case infisical.IsNotFound(r.err):
		return ""
	case infisical.IsForbidden(r.err):
		return "may not be run by the provider's identity: " + transport.Phrase(infisical.Reason(r.err))
	case infisical.SourceMissing.Is(r.err):
		return "cannot run, because its source folder was deleted"
	case r.err != nil:
		return "was not seen to run: " + transport.Phrase(r.err.Error())
	case r.sync.Run.Failure != nil:
		return "fails: " + transport.Phrase(r.sync.Run.Failure.String())
	}
	return ""
}

// run runs sharers that exist, at the same time, and waits for them. Those that leave meanwhile need no run.
func (d departure) run(ctx context.Context, of *waiting, found []rival) []sharerRun {
	ran := make([]sharerRun, len(found))
	var wg sync.WaitGroup
	for i, r := range found {
		ran[i].rival = r
		if d.data.Syncs.Skips(r.ID) {
			continue
		}
		wg.Go(func() {
			ctx, end := context.WithCancel(ctx)
			defer end()
			defer d.data.Syncs.OnLeave(r.ID, end)()
			w := newWaiting(d.data, d.client, r.ID, of.left())
			ran[i].sync, ran[i].err = w.runAndWait(ctx)
			if d.data.Syncs.Skips(r.ID) {
				ran[i].sync, ran[i].err = infisical.Sync{}, nil
			}
		})
	}
	wg.Wait()
	return ran
}

func named(found []rival) string {
	var names []string
	for _, r := range found {
		names = append(names, fmt.Sprintf("%q", r.Name))
	}
	return enumerated(names)
}
