package secretscanning_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

const (
	scanRequest  = "POST /api/v2/secret-scanning/data-sources/gitlab/{id}/scan"
	scansRequest = "GET /api/v2/secret-scanning/data-sources/gitlab/{id}/scans"
)

// invoke runs the action by a clock that moves while it waits.
func (w *workspace) invoke(config block) (progress []string, said acctest.Diagnostics) {
	w.t.Helper()
	environment := w.Hasty()
	environment.Wait = func(ctx context.Context, d time.Duration) error {
		w.Clock.Advance(d)
		return context.Cause(ctx)
	}
	return acctest.Invocation{TypeName: "infisical_gitlab_secret_scan_run", Environment: environment, Settings: w.Settings()}.Invoke(w.t, config)
}

// scanned are the requests of a data source of a group that exists, and whose first scans have ended.
func (w *workspace) scanned() (id string) {
	w.t.Helper()
	w.Must(w.config(block{"name": "acme", "target": block{"group": "87"}}))
	w.Clock.Advance(time.Minute)
	w.Servers.Sandbox.Log.Reset()
	return w.infisical.DataSources()[0].ID
}

func TestAccSecretScanRun(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	id := w.scanned()

	// 1. All scans that it causes are waited for, and not those of before.
	progress, said := w.invoke(block{"id": id})
	if said.Failed() {
		t.Fatal(said)
	}
	all := strings.Join(progress, "\n")
	for _, want := range []string{`Data source "acme": scans queued`, "0 of 2 scans ended", "2 of 2 scans ended"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in the progress\n%s", want, all)
		}
	}
	asked := w.Asked()
	if got := slices.Compact(slices.Clone(asked)); !slices.Equal(got, []string{scansRequest, scanRequest, scansRequest}) {
		t.Errorf("requests %q", asked)
	}

	// 2. Without waiting.
	w.Servers.Sandbox.Log.Reset()
	progress, said = w.invoke(block{"id": id, "wait": false})
	if said.Failed() || len(progress) != 1 || !slices.Equal(w.Asked(), []string{scanRequest}) {
		t.Errorf("progress %q, requests %q: %s", progress, w.Asked(), said)
	}
}

// A bad answer to a look is no reason to stop waiting, while there is time.
func TestAccSecretScanRun_badAnswersWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"500":              {Kind: server.FaultStatus, Status: http.StatusInternalServerError, Times: 3},
		"a page with 200":  {Kind: server.FaultHTML, Times: 2},
		"reset":            {Kind: server.FaultDropBefore, Times: 4},
		"403":              {Kind: server.FaultStatus, Status: http.StatusForbidden, Times: 1},
		"404 of a replica": {Kind: server.FaultStatus, Status: http.StatusNotFound, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			id := w.scanned()
			fault.Server, fault.Client, fault.Method = server.Infisical, server.ClientProvider, http.MethodGet
			fault.Path, fault.Skip = "/api/v2/secret-scanning/data-sources/gitlab/{id}/scans", 1
			w.Fail(fault)
			if progress, said := w.invoke(block{"id": id}); said.Failed() || !strings.Contains(strings.Join(progress, ""), "2 of 2 scans ended") {
				t.Errorf("progress %q: %s", progress, said)
			}
		})
	}
}

func TestAccSecretScanRun_failures(t *testing.T) {
	t.Parallel()
	const unknown = "00000000-0000-4000-8000-000000000000"
	answer := func(w *workspace, status int, message string) {
		w.Fail(server.Fault{
			Server: server.Infisical, Method: http.MethodPost, Path: "/api/v2/secret-scanning/data-sources/gitlab/{id}/scan", Kind: server.FaultStatus,
			Status: status, Body: `{"reqId":"req-1","statusCode":400,"error":"BadRequest","message":"` + message + `"}`,
		})
	}
	for name, tc := range map[string]struct {
		prepare func(*workspace)
		config  block
		want    string
	}{
		"a scan fails": {func(w *workspace) { w.infisical.FailScans("The resource is too large to scan.") }, nil,
			`1 of 2 scans of the data source "acme" failed: The resource is too large to scan.`},
		"the time is over": {nil, block{"timeout": "10s"}, "Scans not finished"},
		"nothing to scan": {func(w *workspace) {
			answer(w, http.StatusBadRequest, "Data source has no resources to scan. Ensure your data source config is correct.")
		}, nil, "Nothing to scan"},
		"no license":     {func(w *workspace) { w.infisical.LicenseScanning(false) }, nil, "Infisical plan without Secret Scanning"},
		"no data source": {nil, block{"id": unknown}, "No such GitLab data source"},
		"no id":          {nil, block{"id": "acme"}, "Not an id of Infisical"},
		"no duration":    {nil, block{"timeout": "5"}, "Not a duration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			config := block{"id": w.scanned()}
			for attribute, value := range tc.config {
				config[attribute] = value
			}
			if tc.prepare != nil {
				tc.prepare(w)
			}
			if _, said := w.invoke(config); !said.Failed() || !strings.Contains(acctest.OneLine(said.String()), tc.want) {
				t.Errorf("got %s, want an error that says %q", said, tc.want)
			}
		})
	}
}
