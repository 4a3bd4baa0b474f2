package secretscanning

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/object"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

var _ action.ActionWithConfigure = (*scanAction)(nil)

// NewScanAction returns the action infisical_gitlab_secret_scan_run.
func NewScanAction() action.Action { return &scanAction{} }

type scanAction struct{ providerdata.Action }

// Metadata implements action.Action.
func (a *scanAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gitlab_secret_scan_run"
}

// Schema implements action.Action.
func (a *scanAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = object.RunDescriptions{
		Action: "Scans everything that a Secret Scanning data source for GitLab covers now, history included, and waits until all scans have " +
			"ended. It is an error if one fails; what the scans find is shown in Infisical. Requires Terraform 1.14.",
		ID: "Id of the data source, a UUID.",
		Wait: "Whether to wait until all scans have ended. With `false` the action ends when Infisical has queued them, and does not report " +
			"their outcome. Defaults to `true`.",
		Timeout: "How long to wait, as a duration such as `90s` or `1h`. When the time is over, the action fails, and the scans continue in " +
			"Infisical. Defaults to `30m`.",
	}.Schema()
}

// defaultScanTimeout covers the history of several projects, of which Infisical scans one after the other.
const defaultScanTimeout = 30 * time.Minute

// Invoke implements action.Action.
func (a *scanAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config object.Run
	client := a.Data.Begin(ctx, req.Config.Raw, &config, &resp.Diagnostics)
	if client == nil {
		return
	}
	run := &scanning{id: config.ID.ValueString(), client: client, data: a.Data, began: a.Data.Now(), tell: func(said string) {
		resp.SendProgress(action.InvokeProgressEvent{Message: said})
	}}
	waits := config.Waits()
	err := run.queue(ctx, waits)
	switch {
	case err != nil:
		resp.Diagnostics.Append(notScanned(run.id, err)...)
	case waits:
		resp.Diagnostics.Append(run.outcome(run.wait(ctx, attribute.Duration(config.Timeout, defaultScanTimeout)))...)
	}
}

// scanning is what became of asking for scans.
type scanning struct {
	id     string
	client *infisical.Client
	data   *providerdata.Data
	began  time.Time
	tell   func(said string)

	name  string
	scans awaitedScans
}

// queue asks for the scans. Which are there already is asked only by those who wait.
func (s *scanning) queue(ctx context.Context, waits bool) error {
	if waits {
		earlier, at, err := s.client.DataSources.Scans(ctx, s.id)
		if err != nil {
			return err
		}
		s.scans = scansAfter(earlier, at)
	}
	source, err := s.client.DataSources.Scan(ctx, s.id)
	if err != nil {
		return err
	}
	s.name = source.Name
	s.tell(fmt.Sprintf("Data source %q: scans queued", s.name))
	return nil
}

// wait looks until all scans have ended.
func (s *scanning) wait(ctx context.Context, limit time.Duration) error {
	said, queued := "", s.data.Now()
	return s.data.Await(ctx, limit, func() (bool, error) {
		listed, _, err := s.client.DataSources.Scans(ctx, s.id)
		if err != nil {
			return false, err
		}
		s.scans.see(listed)
		if now := fmt.Sprintf("%d of %d scans ended", s.scans.ended(), len(s.scans.ours)); now != said {
			said = now
			s.tell(fmt.Sprintf("Data source %q: %s after %s", s.name, now, s.data.Now().Sub(s.began).Round(time.Second)))
		}
		return s.scans.over(s.data.Now().Sub(queued)), nil
	})
}

// notScanned is what to say of scans that were not queued.
func notScanned(id string, err error) diag.Diagnostics {
	switch {
	case infisical.IsNotFound(err):
		return dataSources.DiagnoseLookup(object.Wanted{ID: id}, err)
	case infisical.NothingToScan.Is(err):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Nothing to scan", transport.Sentence(infisical.Reason(err))+
			"\nCheck target.include_projects of the data source, and that the connection's token sees these projects.")}
	}
	return diagnose("scan", err)
}

// outcome is what to say of scans that were waited for; nothing when all have completed.
func (s *scanning) outcome(err error) diag.Diagnostics {
	switch {
	case errors.Is(err, providerdata.ErrTimeout):
		return diag.Diagnostics{diag.NewErrorDiagnostic("Scans not finished", fmt.Sprintf(
			"The scans of the data source %q have not all ended in the time that timeout sets. They continue in Infisical.", s.name))}
	case err != nil:
		return diag.Diagnostics{diag.NewErrorDiagnostic("Could not tell whether the scans succeeded", fmt.Sprintf(
			"The scans of the data source %q were queued, but their outcome is not known: %s", s.name, transport.Sentence(err.Error())))}
	}
	var reasons []string
	for _, scan := range s.scans.ours {
		if scan.Status == infisical.ScanFailed {
			reasons = append(reasons, string(scan.Failure))
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Scan failed", fmt.Sprintf("%d of %d scans of the data source %q failed: %s.\nInfisical shows on the page "+
		"of the data source which projects these are.", len(reasons), len(s.scans.ours), s.name, transport.Phrase(strings.Join(reasons, "; "))))}
}
