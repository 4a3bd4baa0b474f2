package gitlab

import (
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"
)

// Two who ask for the list of a project, and one who asks whether it may be changed, make one request for it.
func TestGlanceHooks(t *testing.T) {
	t.Parallel()
	server := script(t, map[string]answer{
		byPath: project(permissions(0, 50)), byID: project(permissions(0, 50)),
		itsHooks: ok(`[
			{"id":1,"url":"https://hooks.example.com/` + secret + `"},
			{"id":2,"name":null,"alert_status":"executable","disabled_until":null},
			{"id":3,"name":"a","alert_status":"temporarily_disabled","disabled_until":"2026-12-01T10:11:12.123Z"},
			{"id":4,"name":"b","alert_status":"disabled","disabled_until":"not a time"}]`),
	})
	client, numbered := newClient(t), Resource{Kind: KindProject, ID: "1203"}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			list, err := client.At(server.URL, "glpat-example").GlanceHooks(t.Context(), numbered)
			want := HookList{Complete: true, Hooks: []Hook{
				{ID: 1}, {ID: 2, Alert: "executable"},
				{ID: 3, Name: "a", Alert: HookPaused, DisabledUntil: time.Date(2026, 12, 1, 10, 11, 12, 123000000, time.UTC)},
				{ID: 4, Name: "b", Alert: HookOff},
			}}
			if err != nil || !reflect.DeepEqual(list, want) {
				t.Errorf("got %+v, %v", list, err)
			}
		})
	}
	wg.Wait()
	for _, asked := range []Resource{theProject, numbered} {
		if described := describeTarget(t, client, server.URL, asked, TargetOptions{Hooks: true}); !described.Hooks.Granted {
			t.Errorf("%s: not granted: %v", asked, described.Hooks.Failure)
		}
	}
	if asked := server.asked(); !slices.Equal(asked, []string{itsHooks, byPath, byID}) {
		t.Errorf("asked %q", asked)
	}
}

// A GitLab that does not answer is asked for one list only; one that refuses a list may grant the next.
func TestGlanceHooks_failures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer answer
		reason Reason
		asked  int
	}{
		"refused":    {forbidden, ReasonForbidden, 2},
		"come later": {answer{status: http.StatusTooManyRequests, body: "Retry later"}, ReasonRateLimited, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := script(t, map[string]answer{itsHooks: test.answer, groupHooks: test.answer})
			client := newClient(t)
			for _, of := range []Resource{{Kind: KindProject, ID: "1203"}, {Kind: KindGroup, ID: "88"}} {
				list, err := client.At(server.URL, "glpat-example").GlanceHooks(t.Context(), of)
				if err != nil || list.Failure == nil || list.Failure.Reason != test.reason || list.Complete {
					t.Errorf("got %+v, %v", list, err)
				}
			}
			if asked := server.asked(); len(asked) != test.asked {
				t.Errorf("asked %q", asked)
			}
		})
	}
}
