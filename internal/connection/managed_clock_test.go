package connection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// ahead lets the clock of the machine that runs Terraform go wrong, while those of the servers are right.
func (w *workspace) ahead(by time.Duration) {
	w.Environment.Now = func() time.Time { return w.Clock.Now().Add(by) }
}

// Around midnight the longest life that GitLab allows must not come out a day too long.
func TestAccManagedToken_longestLifeAroundMidnight(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"ahead, past midnight": 13 * time.Hour, "ahead, the same day": time.Hour,
		"behind, the day before": -13 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.ahead(by)
			config := managed(block{"expiration_days": 365})
			w.Must(config)
			w.Settled(config, "")
			w.ahead(0)
			w.Settled(config, "")
		})
	}
}

// What GitLab does not allow by its own clock either is refused as before, without another try.
func TestAccManagedToken_tooLongByAnyClock(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.ahead(13 * time.Hour)
	w.Servers.Sandbox.GitLab.SetMaxLifetimeDays(30)
	w.Refuses(managed(), "Lifetime of the managed token is too long", "Expires at must be before 2026-12-22")
	w.ahead(0)
	w.Servers.Sandbox.Log.Reset()
	w.Refuses(managed(), "Lifetime of the managed token is too long")
	if tries := strings.Count(strings.Join(w.Asked(), " "), "POST /api/v4/groups/{id}/access_tokens"); tries != 1 {
		t.Errorf("%d tries, want 1", tries)
	}
}

// Machines whose clocks differ do not take turns in rotating.
func TestAccManagedToken_machinesWithOtherClocks(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.ahead(13 * time.Hour)
	w.Must(managed())
	w.ahead(0)
	w.Plans(managed(), acctest.NoOp, "")
	w.Must(managed(block{"rotation_triggers": block{"a": "b"}}))
	w.ahead(13 * time.Hour)
	w.Plans(managed(block{"rotation_triggers": block{"a": "b"}}), acctest.NoOp, "")
}
