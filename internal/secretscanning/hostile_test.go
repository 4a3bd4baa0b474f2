package secretscanning_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
)

// What Infisical says of a failed scan, such as the address that it cloned from, is shown without credentials that it
// quotes, though no process of ours has ever seen them, and without characters that a terminal obeys.
// https://github.com/Infisical/infisical/issues/4555
func TestAccHostile_failedScans(t *testing.T) {
	t.Parallel()
	acctest.RequireAcceptance(t)
	tried := 0
	w := newWorkspace(t)
	id := w.scanned()
	comesThrough := func(message string) string {
		tried++
		w.infisical.FailScans(message)
		progress, said := w.invoke(block{"id": id})
		if !said.Failed() || !strings.Contains(said.String(), "of 2 scans of the data source") {
			t.Errorf("nothing is said of %q: %s", message, said)
		}
		return fmt.Sprintln(progress, said)
	}
	for credential, quoted := range hostile.Unknown() {
		if shown := hostile.Shown(comesThrough(quoted.Text), quoted.Secret); shown != "" {
			t.Errorf("%s: %q shows", credential, shown)
		}
	}
	if obeyed := hostile.ObeyedIn(comesThrough(hostile.Obeyed)); obeyed != "" {
		t.Errorf("%+q comes through", obeyed)
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}
