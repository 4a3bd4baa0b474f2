package infisical_test

import (
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestSync_checkDestination(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	created := s.create(nil)
	question := func(change func(*infisical.DestinationQuestion)) infisical.DestinationQuestion {
		question := infisical.DestinationQuestion{ProjectID: s.sb.Infisical.Projects[1], Target: s.settings(nil).Target}
		if change != nil {
			change(&question)
		}
		return question
	}
	duplicate := infisical.Duplicate{Found: true, ProjectID: s.projectID()}
	for name, tc := range map[string]struct {
		change func(*infisical.DestinationQuestion)
		want   infisical.Duplicate
	}{
		"the same":                    {nil, duplicate},
		"through the same connection": {func(q *infisical.DestinationQuestion) { q.ConnectionID = s.connection.ID }, duplicate},
		"itself":                      {func(q *infisical.DestinationQuestion) { q.SyncID = created.ID }, infisical.Duplicate{}},
		"another project":             {func(q *infisical.DestinationQuestion) { q.Target.ID = "1" }, infisical.Duplicate{}},
		"a scope among all":           {func(q *infisical.DestinationQuestion) { q.Target.EnvironmentScope = "prod" }, duplicate},
	} {
		asked := question(tc.change)
		same(t, name, succeed[infisical.Duplicate](t)(s.client.Syncs.CheckDestination(t.Context(), asked)), tc.want)
	}
	// It changes nothing, so that it is asked again after an answer that was lost.
	defer s.sb.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/secret-syncs/gitlab/check-destination", Kind: server.FaultTruncate, Times: 1})()
	s.reconnect()
	same(t, "asked again", succeed[infisical.Duplicate](t)(s.client.Syncs.CheckDestination(t.Context(), question(nil))), duplicate)
	// Of a project that the identity is no member of only that there is one is told.
	s.sb.Infisical.Expel(s.sb.Infisical.ClientID, s.projectID())
	same(t, "a stranger's", succeed[infisical.Duplicate](t)(s.client.Syncs.CheckDestination(t.Context(), question(nil))), infisical.Duplicate{Found: true})
}

func TestSync_duplicatesBlocked(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.sb.Infisical.BlockDuplicateDestinations()
	s.create(nil)
	_, err := s.client.Syncs.Create(t.Context(), s.settings(func(settings *infisical.Sync) { settings.Name = "other" }))
	if !infisical.DuplicateDestination.Is(err) {
		t.Error(err)
	}
}
