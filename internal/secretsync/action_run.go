package secretsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

var _ action.ActionWithConfigure = (*runAction)(nil)

// NewRunAction returns the action infisical_gitlab_secret_sync_run.
func NewRunAction() action.Action { return &runAction{} }

type runAction struct{ providerdata.Action }

// Metadata implements action.Action.
func (a *runAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_sync_run"
}

// Schema implements action.Action.
func (a *runAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = object.RunDescriptions{
		Action: "Runs a Secret Sync to GitLab now, whoever manages it, and waits until the run has ended. It is an error if the run fails. " +
			"Requires Terraform 1.14.",
		ID: "Id of the sync, a UUID.",
		Wait: "Whether to wait until the run has ended. With `false` the action ends when Infisical has queued the run, and does not report " +
			"its outcome. Defaults to `true`.",
		Timeout: "How long to wait, as a duration such as `90s` or `10m`. When the time is over, the action fails, and the run continues in " +
			"Infisical. Defaults to `5m`.",
	}.Schema()
}

// Invoke implements action.Action.
func (a *runAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config object.Run
	client := a.Data.Begin(ctx, req.Config.Raw, &config, &resp.Diagnostics)
	if client == nil {
		return
	}
	began, shown := a.Data.Now(), ""
	show := func(sync infisical.Sync) {
		status := statusName(sync.Run.Status)
		if status != shown {
			shown = status
			resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf("Secret sync %q: %s after %s", sync.Name, status,
				a.Data.Now().Sub(began).Round(time.Second))})
		}
	}
	w := newWaiting(a.Data, client, config.ID.ValueString(), timeout(config.Timeout))
	w.looked = show
	if !config.Waits() {
		if _, _, err := w.queue(ctx, false); err != nil {
			resp.Diagnostics.Append(notRun(w.id, err)...)
		}
		return
	}
	sync, err := w.runAndWait(ctx)
	if sync.ID == "" {
		resp.Diagnostics.Append(notRun(w.id, err)...)
		return
	}
	resp.Diagnostics.Append(afterRun(sync, err)...)
}

// notRun is what to say of a run that was not queued.
func notRun(id string, err error) diag.Diagnostics {
	switch {
	case errors.Is(err, providerdata.ErrTimeout):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync not run", fmt.Sprintf("Another run of the secret sync %s, or the removal of its "+
			"variables, did not end in the time that timeout sets, and Infisical begins no other meanwhile. Try again later.", id))}
	case infisical.IsNotFound(err):
		return syncs.DiagnoseLookup(object.Wanted{ID: id}, err)
	case infisical.SourceMissing.Is(err):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Source folder not found", transport.Sentence(infisical.Reason(err))+
			"\nThe folder or environment that the sync reads was deleted. Point the sync at another one.")}
	}
	return diagnose("run", err)
}

// afterRun is what to say of a run that was waited for; nothing of one that succeeded.
func afterRun(sync infisical.Sync, err error) diag.Diagnostics {
	switch {
	case errors.Is(err, providerdata.ErrTimeout):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync not finished", fmt.Sprintf(
			"The run of the secret sync %q has not ended in the time that timeout sets; %s.%s It continues in Infisical.", sync.Name,
			unfinishedText(sync.Run.Status), latestLook(err)))}
	case err != nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Could not tell whether the secret sync succeeded", fmt.Sprintf(
			"The run of the secret sync %q was queued, but its outcome is not known: %s", sync.Name, transport.Sentence(err.Error())))}
	case sync.Run.Failure != nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync failed", fmt.Sprintf("The run of the secret sync %q failed: %s.\n%s",
			sync.Name, transport.Phrase(sync.Run.Failure.String()), remedy(*sync.Run.Failure)))}
	}
	return nil
}
