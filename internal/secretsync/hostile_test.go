package secretsync_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// messages are where Infisical puts a text into lastSyncMessage, in both of its formats, and where nobody expects one.
var messages = map[string]func(text string) string{
	"text":           func(text string) string { return text },
	"error":          func(text string) string { return inJSON(block{"error": text}) },
	"error, nested":  func(text string) string { return inJSON(block{"error": block{"cause": block{"message": text}}}) },
	"message":        func(text string) string { return inJSON(block{"secretKey": "KEY", "message": text, "error": ""}) },
	"message, error": func(text string) string { return inJSON(block{"secretKey": "KEY", "message": "m", "error": text}) },
	"key":            func(text string) string { return inJSON(block{"secretKey": text, "message": "m"}) },
	"something else": func(text string) string { return inJSON([]any{text, block{text: text}}) },
	"cut JSON":       func(text string) string { return strings.TrimSuffix(inJSON(block{"error": text}), `"}`) },
}

func inJSON(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// What Infisical says of a failed run is shown and stored without credentials that it quotes, though no process of ours
// has ever seen them, and without characters that a terminal obeys.
func TestAccHostile_failedRuns(t *testing.T) {
	t.Parallel()
	acctest.RequireAcceptance(t)
	tried := 0
	s := newStory(t)
	config := s.config(block{"auto_sync": false}) // So that nothing runs but when it is asked for.
	s.apply(config)
	comesThrough := func(message string) string {
		tried++
		s.ForgetLogged()
		s.infisical().ChangeSync(s.only().ID, func(sync *infisical.Sync) { sync.Status, sync.LastMessage = infisical.SyncFailed, message })
		plan := s.Plan(s.Context, config)
		said := append(plan.Diagnostics, s.Refresh(s.Context)...)
		read, more := s.ReadDataSource(s.Context, "infisical_gitlab_secret_sync", block{"id": s.only().ID})
		all, most := s.ReadDataSource(s.Context, "infisical_gitlab_secret_syncs", block{"project_id": s.Servers.ProjectID})
		if s.Attribute("last_message") == "" || !strings.Contains(plan.Diagnostics.String(), "failed") {
			t.Errorf("nothing is said of %q: %s", message, plan.Diagnostics)
		}
		return fmt.Sprintln(said, more, most, read, all, plan.Saved(), s.Saved(), s.Logged())
	}
	for place, message := range messages {
		for credential, quoted := range hostile.Unknown() {
			if shown := hostile.Shown(comesThrough(message(quoted.Text)), quoted.Secret); shown != "" {
				t.Errorf("%s, %s: %q shows", place, credential, shown)
			}
		}
		if obeyed := hostile.ObeyedIn(comesThrough(message(hostile.Obeyed))); obeyed != "" {
			t.Errorf("%s: %+q comes through", place, obeyed)
		}
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}
