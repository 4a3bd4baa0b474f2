package sandbox

import (
	"net/http"
	"sync"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestLog_hooksAct(t *testing.T) {
	t.Parallel()
	sb := start(t)
	var mu sync.Mutex
	events := []string{}
	note := func(event string) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, event)
	}
	// A hook runs before the request is processed, so this one spoils it. It may read the log.
	sb.OnRequest(func(r *server.Request) {
		note("arrived " + r.Line())
		if len(sb.Log.Requests()) == 1 {
			sb.GitLab.Revoke(sb.GitLab.Token("personal-api").ID)
		}
	})
	sb.OnAnswer(func(r *server.Request) { note("answered " + http.StatusText(r.Status)) })
	a := sb.infisical(t, http.MethodPost, connectionsPath, sb.connectionBody("platform", sb.GitLab.Token("personal-api").Value))
	if a.field("message") != "Failed to validate credentials: Unauthorized" {
		t.Errorf("%d %s", a.status, a.text)
	}
	mu.Lock()
	defer mu.Unlock()
	want := []string{
		"arrived POST " + connectionsPath, "arrived GET /api/v4/user", "answered Unauthorized", "answered Bad Request",
	}
	if len(events) != len(want) {
		t.Fatalf("events %q", events)
	}
	for n := range want {
		if events[n] != want[n] {
			t.Errorf("event %d: %s, want %s", n, events[n], want[n])
		}
	}
}

func TestLog_keepsWhatWasSent(t *testing.T) {
	t.Parallel()
	sb := start(t, WithGitLabPath("/gitlab"))
	token := sb.GitLab.Token("admin-management").Value
	sb.gitlab(t, http.MethodGet, "/projects/acme%2Fapp/access_tokens?state=active", token, nil)
	requests := sb.Log.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	r := requests[0]
	if r.Path != "/gitlab/api/v4/projects/acme%2Fapp/access_tokens" || r.Query.Get("state") != "active" || r.Header.Get("Authorization") != "Bearer "+token ||
		r.Status != 200 {
		t.Errorf("%s %v %d", r.Path, r.Query, r.Status)
	}
	sb.Log.Reset()
	if n := len(sb.Log.Requests()); n != 0 {
		t.Errorf("%d requests after the reset", n)
	}
}
