package secretsync_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// whenWaiting calls a function in the pause with this number, the first of which is 1.
func (s *story) whenWaiting(pause int, do func()) {
	wait, n := s.Environment.Wait, 0
	s.Environment.Wait = func(ctx context.Context, d time.Duration) error {
		if n++; n == pause {
			do()
		}
		return wait(ctx, d)
	}
}

// describe is somebody who edits the description in Infisical.
func (s *story) describe(description string) {
	s.infisical().ChangeSync(s.only().ID, func(sync *infisical.Sync) { sync.Description = &description })
}

// delay makes runs begin so long after they are queued.
func (s *story) delay(by string) {
	s.t.Helper()
	delay, err := time.ParseDuration(by)
	if err != nil {
		s.t.Fatal(err)
	}
	s.infisical().DelayRuns(delay)
}

// Somebody edits the sync while a run is waited for: the apply records the run alone, and the next plan shows the
// edit.
func TestAccSecretSync_editedWhileWaitedFor(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*story) block{
		"create": func(s *story) block { return s.config() },
		"update": func(s *story) block { s.apply(s.config()); return s.config(block{"name": "renamed"}) },
		"without auto-sync": func(s *story) block {
			return s.config(block{"auto_sync": false})
		},
		"run again": func(s *story) block {
			s.secret("PIN", "1234")
			config := s.config(block{"variables": block{"unmanaged": "keep", "masked": true}})
			s.apply(config)
			s.secret("PIN", "12345678")
			return config
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			config := prepare(s)
			s.whenWaiting(1, func() { s.describe("By hand") })
			s.apply(config)
			if s.Tainted() || s.Attribute("status") != infisical.SyncSucceeded {
				t.Errorf("tainted: %t, status %s", s.Tainted(), s.Attribute("status"))
			}
			s.Plans(config, acctest.Update, "")
			s.apply(config)
			s.settled(config)
		})
	}
}

// A bad answer to a look is no reason to stop waiting, while there is time.
func TestAccSecretSync_badAnswersWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]server.Fault{
		"500":               {Kind: server.FaultStatus, Status: http.StatusInternalServerError, Times: 3},
		"a page with 200":   {Kind: server.FaultHTML, Status: http.StatusOK, Times: 2},
		"a page with 403":   {Kind: server.FaultHTML, Status: http.StatusForbidden, Times: 3},
		"reset":             {Kind: server.FaultDropBefore, Times: 4},
		"cut off":           {Kind: server.FaultTruncate, Times: 2},
		"403":               {Kind: server.FaultStatus, Status: http.StatusForbidden, Times: 1},
		"404 of a replica":  {Kind: server.FaultStatus, Status: http.StatusNotFound, Times: 3},
		"429 for some time": {Kind: server.FaultStatus, Status: http.StatusTooManyRequests, Times: 4},
	} {
		fault.Server, fault.Client, fault.Method, fault.Path = server.Infisical, server.ClientProvider, http.MethodGet, "/api/v1/secret-syncs/gitlab/{id}"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("create", func(t *testing.T) {
				t.Parallel()
				s := newStory(t)
				s.Fail(fault)
				s.secret("PIN", "1234")
				said := s.apply(s.config(block{"variables": block{"unmanaged": "keep", "masked": true}}))
				mentions(t, said, "WARNING: Secret sync failed", "Secret PIN is too short")
			})
			t.Run("removal", func(t *testing.T) {
				t.Parallel()
				if name == "404 of a replica" {
					t.Skip("Twice not found is removed.")
				}
				s := newStory(t)
				s.apply(s.config(block{"on_destroy": "remove_variables"}))
				s.whenWaiting(1, func() { s.Fail(fault) })
				s.apply(nil)
				if left := s.infisical().Syncs(); len(left) > 0 {
					t.Errorf("left: %+v", left)
				}
				s.has()
			})
		})
	}
}

// An update gives up waiting while an earlier run is under way. The success of that one is not taken for that of the
// awaited run, which then fails.
func TestAccSecretSync_owedUntilItHasEnded(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.apply(s.config())
	s.secret("PIN", "1234")
	s.running()
	s.delay("0s") // The second run meets the first, and is put off for longer than a look.
	masked := s.config(block{"variables": block{"unmanaged": "keep", "masked": true}, "timeouts": block{"update": "2s"}})
	mentions(t, s.apply(masked), "Secret sync not finished")
	for s.only().Status != infisical.SyncSucceeded {
		s.Clock.Advance(100 * time.Millisecond)
	}
	s.Refresh(s.Context)
	for s.only().Status != infisical.SyncFailed {
		s.Clock.Advance(time.Second)
	}
	s.Plans(masked, acctest.Update, "Secret sync will run again")
	s.secret("PIN", "12345678")
	s.apply(s.config(block{"variables": masked["variables"]}))
	s.settled(s.config(block{"variables": masked["variables"]}))
}

// The same when the earlier run tries again with what the update has written, and succeeds.
func TestAccSecretSync_owedAfterAnotherAttempt(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.apply(s.config())
	failing := server.Fault{
		Server: server.GitLab, Client: server.ClientInfisical, Path: "/api/v4/projects/{id}/variables", Kind: server.FaultStatus, Status: 503, Times: 1,
	}
	s.delay("0s")
	s.Fail(failing)
	s.secret("NEW", "value")
	s.running()
	s.Clock.Advance(1500 * time.Millisecond) // Its first attempt has failed.
	s.delay("60s")
	config := s.config(block{"name": "renamed", "timeouts": block{"update": "8s"}})
	mentions(t, s.apply(config), "Secret sync not finished", "only another run has ended since, and succeeded")
	s.Refresh(s.Context)
	failing.Times = 0
	lift := s.Fail(failing)
	s.Clock.Advance(3 * time.Minute)
	s.Plans(config, acctest.Update, "Secret sync will run again")
	lift()
	s.delay("1s")
	s.apply(config)
	s.settled(config)
}

// A run is under way, and a secret changes, so that the sync is put down as pending: the removal begins when the run
// lets go of the sync.
func TestAccSecretSync_removalDuringARun(t *testing.T) {
	t.Parallel()
	acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
		t.Helper()
		s := newStory(t, option)
		s.apply(s.config(block{"on_destroy": "remove_variables"}))
		s.infisical().SlowRuns(40 * time.Second)
		s.secret("ONE", "1")
		s.running()
		s.secret("TWO", "2")
		s.apply(nil)
		s.has()
	})
}

// The orders in which a removal and its record can come, of which no one is waited for in vain.
func TestAccSecretSync_ordersOfRemovals(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]infisical.RemovalOrder{
		"later": infisical.RemovalsEndLater, "first": infisical.RemovalsEndFirst, "a run goes first": infisical.RemovalsMeetRun,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.EachAge(t, func(t *testing.T, _ string, option sandbox.Option) {
				t.Helper()
				s := newStory(t, option)
				s.apply(s.config(block{"on_destroy": "remove_variables"}))
				s.infisical().OrderRemovals(order)
				s.infisical().RunSync(s.only().ID)
				s.apply(nil)
				s.has()
			})
		})
		t.Run(name+", and it fails", func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.apply(s.config(block{"on_destroy": "remove_variables"}))
			s.infisical().OrderRemovals(order)
			s.Dies = true
			give := s.infisical().SetAccessToken
			give(s.connection.ID, "glpat-revoked")
			began := s.Clock.Now()
			s.Refuses(nil, "Variables not removed", "Unauthorized", "Give the connection a new one")
			if waited := s.Clock.Now().Sub(began); waited > time.Minute {
				t.Errorf("waited for %s", waited)
			}
			give(s.connection.ID, s.Servers.Token)
			s.apply(nil)
			s.has()
		})
	}
}

// A run is queued when the sync is changed, by somebody who has just changed a secret. However the two are spread over
// the next seconds, the apply waits for no longer than they take, or for one more.
func TestAccSecretSync_changedBesideARun(t *testing.T) {
	t.Parallel()
	for _, delays := range [][2]string{{"0s", "0s"}, {"0.2s", "9s"}, {"3.5s", "5.5s"}, {"5.2s", "6.9s"}, {"9s", "0.3s"}, {"8.1s", "9.9s"}, {"9.1s", "10s"}} {
		t.Run(fmt.Sprint(delays), func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.apply(s.config())
			s.delay(delays[0])
			s.secret("NEW", "value")
			s.delay(delays[1])
			began := s.Clock.Now()
			config := s.config(block{"variables": block{"unmanaged": "keep", "protected": true}})
			s.apply(config)
			took := s.Clock.Now().Sub(began)
			s.Clock.Advance(5 * time.Minute)
			if last := s.only().LastSyncedAt.Sub(began); took > last+5*time.Second {
				t.Errorf("the apply took %s, and the last run ended after %s", took, last)
			}
			s.settled(config)
		})
	}
}

// Without auto-sync nobody but the provider queues the run that new settings need: it is owed until it has been.
func TestAccSecretSync_owedWithoutAutoSync(t *testing.T) {
	t.Parallel()
	patch := server.Fault{Server: server.Infisical, Client: server.ClientProvider, Method: http.MethodPatch, Kind: server.FaultDropAfter}
	run := server.Fault{Server: server.Infisical, Client: server.ClientProvider, Path: "/api/v1/secret-syncs/gitlab/{id}/sync-secrets",
		Kind: server.FaultStatus, Status: http.StatusInternalServerError}
	for name, tc := range map[string]struct {
		fault server.Fault
		waits bool
	}{
		"the answer to the change is lost": {patch, true},
		"the run is refused":               {run, true},
		"the run is refused, no wait":      {run, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			manual := block{"auto_sync": false, "wait_for_sync": tc.waits}
			s.apply(s.config(manual))
			s.Clock.Advance(time.Minute)
			changed := s.config(manual, block{"variables": block{"unmanaged": "keep", "key_schema": "INF_{{secretKey}}"}})
			lift := s.Fail(tc.fault)
			if diags := s.Run(changed); !diags.Failed() {
				t.Errorf("the apply succeeds: %s", diags)
			}
			lift()
			s.apply(changed)
			s.Clock.Advance(time.Minute)
			s.infisical().RunJobs()
			s.has("DATABASE_URL=postgres://database@*", "INF_DATABASE_URL=postgres://database@*")
			s.settled(changed)
		})
	}
}

// The answer to a deletion is lost: when the sync is gone, it has succeeded.
func TestAccSecretSync_deletionUnheard(t *testing.T) {
	t.Parallel()
	for onDestroy, left := range map[string][]string{"keep": {"DATABASE_URL=postgres://database@*"}, "remove_variables": nil} {
		for kind, fault := range map[string]server.Fault{
			"500": {Kind: server.FaultStatusAfter, Status: http.StatusInternalServerError}, "cut off": {Kind: server.FaultTruncate},
		} {
			t.Run(onDestroy+", "+kind, func(t *testing.T) {
				t.Parallel()
				s := newStory(t)
				s.apply(s.config(block{"on_destroy": onDestroy}))
				fault.Server, fault.Client, fault.Method, fault.Times = server.Infisical, server.ClientProvider, http.MethodDelete, 1
				s.Fail(fault)
				s.apply(nil)
				s.has(left...)
			})
		}
	}
}

// Killed in the wait, Terraform has recorded nothing. The next apply says that the sync is there, and how to import it.
func TestAccSecretSync_killedWhileWaiting(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	config := s.config(block{"description": "Production"})
	s.whenWaiting(1, s.Kill)
	s.Run(config)
	if s.InState() {
		t.Fatal("in the state")
	}
	s.Clock.Advance(time.Minute)
	diags := s.Run(config)
	mentions(t, diags.String(), "Name taken", "is what this configuration asks for", "import {", s.only().ID)
	if diags = s.importNamed(config, diags); diags.Failed() {
		t.Fatal(diags)
	}
	s.settled(config)
	s.has("DATABASE_URL=postgres://database@*")
}

// A sync of the same name that somebody else has made otherwise is not said to come from a killed apply.
func TestAccSecretSync_nameOfAnother(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.infisical().AddSync(infisical.Sync{Name: "api-prod", ConnectionID: s.connection.ID, Destination: infisical.SyncDestination{
		Scope: "project", ID: strconv.Itoa(s.app.ID), Name: "acme/app", Environment: "staging",
	}})
	diags := s.Run(s.config())
	mentions(t, diags.String(), "Name taken", s.only().ID)
	if strings.Contains(diags.String(), "is what this configuration asks for") {
		t.Error(diags)
	}
}
