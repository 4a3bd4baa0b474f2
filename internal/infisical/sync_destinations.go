package infisical

import (
	"context"
	"net/http"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// DestinationQuestion asks whether a sync writes to where another one does.
type DestinationQuestion struct {
	// ProjectID is the project of the sync, ConnectionID its connection, which may be empty while it is not known.
	ProjectID, ConnectionID string
	// SyncID is the sync itself, which does not count; empty for a new one.
	SyncID string
	Target SyncTarget
}

// Duplicate is the answer to a DestinationQuestion.
type Duplicate struct {
	Found bool
	// ProjectID is the project of the other sync; empty when this identity is no member of it.
	ProjectID string
}

// CheckDestination tells whether another sync of the organization writes to a target, by POST …/check-destination,
// which changes nothing. Older servers compare the target alone, whatever GitLab it is at.
func (s *Syncs) CheckDestination(ctx context.Context, question DestinationQuestion) (Duplicate, error) {
	body := map[string]any{"destinationConfig": question.Target.wire(), "projectId": question.ProjectID}
	if question.ConnectionID != "" {
		body["connectionId"] = question.ConnectionID
	}
	if question.SyncID != "" {
		body["excludeSyncId"] = question.SyncID
	}
	var reply struct {
		Found     bool           `json:"hasDuplicate"`
		ProjectID transport.Data `json:"duplicateProjectId"`
	}
	call := call{
		operation: "look for other syncs to the same destination", method: http.MethodPost, path: s.path + "/check-destination", body: body,
	}
	_, err := s.client.do(ctx, call, &reply)
	if IsAmbiguous(err) {
		_, err = s.client.do(ctx, call, &reply)
	}
	return Duplicate{Found: reply.Found, ProjectID: string(reply.ProjectID)}, err
}
