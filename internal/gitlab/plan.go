package gitlab

import (
	"context"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// IsFree reports that a group, or the namespace of a project, is on GitLab.com's free plan. It is false where GitLab
// does not tell: to others than Owners, and outside GitLab.com, where a license takes the place of plans. Errors other
// than the end of ctx are of type *Error.
//
// It costs one request for each namespace and token in the life of the Client.
// https://docs.gitlab.com/api/namespaces/#retrieve-details-of-a-namespace
func (s *Session) IsFree(ctx context.Context, target TargetDescription) (bool, error) {
	if s.fault != nil {
		return false, fmt.Errorf("asking for the plan of %s: %w", target.Resource(), s.fault)
	}
	namespace := target.ID
	if target.Asked.Kind == KindProject {
		namespace = target.NamespaceID
	}
	ctx = transport.WithPolicy(ctx, transport.Policy{Attempts: 1, MaxWait: longestWait})
	found, err := s.planOf(namespace).Get(ctx, func(ctx context.Context) plan {
		var entity struct {
			Plan string `json:"plan"`
		}
		_, err := s.call(ctx, request{
			operation: fmt.Sprintf("asking for the plan of %s", target.Resource()), out: &entity,
			path: fmt.Sprintf("namespaces/%d", namespace),
		})
		return plan{free: entity.Plan == "free", err: err}
	})
	if err != nil {
		return false, fmt.Errorf("asking for the plan of %s: %w", target.Resource(), err)
	}
	return found.free, found.err
}

// plan is that of a namespace, or why it is not known.
type plan struct {
	free bool
	err  error
}

func (s *Session) planOf(namespace int64) *memo.Of[plan] {
	ofToken := s.described()
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	if ofToken.plans == nil {
		ofToken.plans = map[int64]*memo.Of[plan]{}
	}
	if ofToken.plans[namespace] == nil {
		ofToken.plans[namespace] = &memo.Of[plan]{}
	}
	return ofToken.plans[namespace]
}
