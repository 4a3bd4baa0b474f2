package secretsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

var _ action.ActionWithConfigure = (*runAction)(nil)

// NewRunAction returns the action infisical_gitlab_secret_sync_run.
func NewRunAction() action.Action { return &runAction{} }

type runAction struct{ data *providerdata.Data }

// Metadata implements action.Action.
func (a *runAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_sync_run"
}

// Configure implements action.ActionWithConfigure.
func (a *runAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = providerdata.Of(req.ProviderData, &resp.Diagnostics)
}

// Schema implements action.Action.
func (a *runAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs a Secret Sync to GitLab now, whoever manages it, and waits until the run has ended. It is an error if the run fails. " +
			"Requires Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Id of the sync, a UUID.",
				Validators:          []validator.String{providerdata.UUIDValidator()},
			},
			"wait": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to wait until the run has ended. With `false` the action ends when Infisical has queued the run, and does not tell " +
					"what becomes of it. Defaults to `true`.",
			},
			"timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How long to wait, as a duration such as `90s` or `10m`. When the time is over, the action fails, and the run continues in " +
					"Infisical. Defaults to `5m`.",
				Validators: []validator.String{providerdata.DurationValidator()},
			},
		},
	}
}

// runModel is the configuration of the action.
type runModel struct {
	ID      types.String
	Wait    types.Bool
	Timeout types.String
}

// Attributes implements providerdata.Model.
func (m *runModel) Attributes() providerdata.Attributes {
	return providerdata.Attributes{"id": &m.ID, "wait": &m.Wait, "timeout": &m.Timeout}
}

// Invoke implements action.Action.
func (a *runAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config runModel
	resp.Diagnostics.Append(providerdata.Decode(ctx, req.Config.Raw, &config)...)
	client, clientDiags := a.data.Client()
	resp.Diagnostics.Append(clientDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	began, shown := a.data.Now(), ""
	show := func(sync infisical.Sync) {
		status := statusName(sync.Run.Status)
		if status != shown {
			shown = status
			resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf("Secret sync %q: %s after %s", sync.Name, status,
				a.data.Now().Sub(began).Round(time.Second))})
		}
	}
	w := waiting{
		syncResource: &syncResource{data: a.data}, client: client, id: config.ID.ValueString(), limit: timeout(config.Timeout), looked: show,
	}
	sync, err := w.queue(ctx)
	if err != nil {
		resp.Diagnostics.Append(notRun(w.id, err)...)
		return
	}
	show(sync)
	if config.Wait.IsNull() || config.Wait.ValueBool() {
		w.limit -= a.data.Now().Sub(began)
		sync, err = w.run(ctx, sync)
		resp.Diagnostics.Append(afterRun(sync, err)...)
	}
}

// notRun is what to say of a run that was not queued.
func notRun(id string, err error) diag.Diagnostics {
	switch {
	case errors.Is(err, providerdata.ErrTimeout):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync not run", fmt.Sprintf("Another run of the secret sync %s, or the removal of its "+
			"variables, did not end in the time that timeout sets, and Infisical begins no other meanwhile. Try again later.", id))}
	case infisical.IsNotFound(err):
		return diagnoseLookup(providerdata.Wanted{ID: id}, err)
	case infisical.IsSourceMissing(err):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Source folder not found", providerdata.Sentence(providerdata.Reason(err))+
			"\nThe folder or environment that the sync reads was deleted. Point the sync at another one.")}
	}
	return diagnose("run", err)
}

// afterRun is what to say of a run that was waited for; nothing of one that succeeded.
func afterRun(sync infisical.Sync, err error) diag.Diagnostics {
	switch {
	case errors.Is(err, providerdata.ErrTimeout):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync not finished", fmt.Sprintf(
			"The run of the secret sync %q has not ended in the time that timeout sets; it is %s. It continues in Infisical.", sync.Name,
			statusName(sync.Run.Status)))}
	case err != nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Could not tell whether the secret sync succeeded", fmt.Sprintf(
			"The run of the secret sync %q was queued, but its outcome is not known: %s", sync.Name, providerdata.Sentence(err.Error())))}
	case sync.Run.Failure != nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Secret sync failed", fmt.Sprintf("The run of the secret sync %q failed: %s.\n%s",
			sync.Name, providerdata.Phrase(sync.Run.Failure.String()), remedy(*sync.Run.Failure)))}
	}
	return nil
}
