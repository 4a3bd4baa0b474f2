package secretsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// outcome is what became of the run that an apply was to see to.
type outcome struct {
	// sync is as it was seen last.
	sync infisical.Sync
	// cause is where the run came from.
	cause cause
	// run is what is known of it.
	run run
	// failed is why it was not queued, or why nobody knows whether it has succeeded.
	failed error
}

// see sees to the run that is caused, and waits for it when that is wanted. before is the sync as it was seen before
// the settings were written, and current as it is now.
func (a *applying) see(ctx context.Context, of occasion, before, current infisical.Sync, limit time.Duration) outcome {
	of.autoSync, of.owed = a.plan.AutoSync.ValueBool(), a.owed != nil
	of.underWay = current.Run.UnderWay() || of.owed && a.owed.isToCome(current)
	result := outcome{sync: current, cause: of.cause()}
	w := newWaiting(a.data, a.client, current.ID, limit)
	switch result.cause {
	case nothing:
		return result
	case byWrite:
		result.run = runAfter(before, current, a.recorded.Origin.WrittenAt)
	case earlier:
		result.run = *a.owed
	case onRequest:
		queued, run, err := w.queue(ctx, current.Run.UnderWay())
		if err != nil {
			result.run, result.failed = runToAskFor(current), err
			return result
		}
		result.sync, result.run = queued, run
	}
	if a.plan.WaitForSync.ValueBool() {
		result.run, result.sync, result.failed = w.await(ctx, result.run, result.sync)
	}
	return result
}

// owed is the run that the next apply is to see to: one that has failed, whose end nobody saw who waits for it, or that
// was not queued although only the provider does so.
func (o outcome) owed(waits bool) *run {
	switch {
	case o.failed != nil && (waits || o.cause == onRequest):
		return &o.run
	case waits && o.cause != nothing && o.sync.Run.Failure != nil:
		again := runAskedFor(o.sync, false)
		return &again
	}
	return nil
}

// report says what became of the run, and remembers whether it is still owed. What fails in an update is an error; see
// Create for why it is none there.
func (a *applying) report(ctx context.Context, result outcome, created bool) {
	owed := result.owed(a.plan.WaitForSync.ValueBool())
	if result.cause == nothing {
		owed = a.owed
	}
	a.remember(ctx, result.sync, owed)
	said := result.diagnostic()
	switch {
	case said == nil:
	case created && said.Severity() == diag.SeverityError:
		a.diags.AddWarning(said.Summary(), said.Detail())
	default:
		a.diags.Append(said)
	}
}

// remember is what the next commands know of our last write.
func (a *applying) remember(ctx context.Context, sync infisical.Sync, owed *run) {
	a.diags.Append(object.RememberWrite(ctx, a.private, a.client, sync)...)
	a.diags.Append(attribute.Remember(ctx, a.private, lastWriteKey, lastWrite{ID: sync.ID, Run: owed})...)
}

// diagnostic is what is to be said of a run, or of waiting for it; nil when it succeeded or was not waited for.
func (o outcome) diagnostic() diag.Diagnostic {
	name, run := o.sync.Name, o.sync.Run
	switch {
	case o.cause == nothing: // What an earlier run has left is nothing to this apply.
		return nil
	case errors.Is(o.failed, errBusy):
		return diag.NewWarningDiagnostic("Secret sync not finished", fmt.Sprintf(
			"Infisical was at work on the secret sync %q for all the time that timeouts gives, so that the run could not be queued. The next "+
				"apply queues it.", name))
	case errors.Is(o.failed, providerdata.ErrTimeout):
		return diag.NewWarningDiagnostic("Secret sync not finished", fmt.Sprintf(
			"The run of the secret sync %q has not ended in the time that timeouts gives it; %s.%s It continues in Infisical, and the next "+
				"apply continues to wait for it.", name, unfinishedText(run.Status), latestLook(o.failed)))
	case infisical.SourceMissing.Is(o.failed):
		return diag.NewErrorDiagnostic("Secret sync failed", fmt.Sprintf("The secret sync %q was written, but it cannot run: %s.\nPoint source at a "+
			"folder that exists.", name, transport.Phrase(infisical.Reason(o.failed))))
	case o.failed != nil:
		return diag.NewErrorDiagnostic("Could not tell whether the secret sync succeeded", fmt.Sprintf(
			"The secret sync %q was written, but the outcome of its run is not known: %s\nThe next apply checks "+
				"again.", name, transport.Sentence(o.failed.Error())))
	case run.Failure != nil:
		return diag.NewErrorDiagnostic("Secret sync failed", fmt.Sprintf("The secret sync %q was written, but its run failed: %s.\n%s "+
			"The next apply runs it again.",
			name, transport.Phrase(run.Failure.String()), remedy(*run.Failure)))
	}
	return nil
}

// unfinishedText says how far a run is. When the sync has succeeded or failed, that was another run.
func unfinishedText(status string) string {
	switch status {
	case infisical.SyncSucceeded, infisical.SyncFailed:
		return "only another run has ended since, and " + status
	case "":
		return "it is not queued"
	}
	return "it is " + status
}

// latestLook says why the latest look was of no use; empty when it was of use.
func latestLook(err error) string {
	var failed *infisical.Error
	if !errors.As(err, &failed) {
		return ""
	}
	return " The latest look at it failed: " + transport.Sentence(failed.Error())
}
