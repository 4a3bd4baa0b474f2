package gitlab

import (
	"context"
	"fmt"
)

// IsFree reports that a group is on GitLab.com's free plan. It is false where GitLab does not tell: to others than
// Owners, and outside GitLab.com, where a licence takes the place of plans. Errors are of type *Error.
// https://docs.gitlab.com/api/namespaces/#retrieve-details-of-a-namespace
func (c *Client) IsFree(ctx context.Context, instance, token string, group TargetDescription) (bool, error) {
	var namespace struct {
		Plan string `json:"plan"`
	}
	_, err := c.call(ctx, request{
		operation: fmt.Sprintf("asking for the plan of %s", group.Resource()), instance: instance, token: token, out: &namespace,
		path: fmt.Sprintf("namespaces/%d", group.ID),
	})
	return namespace.Plan == "free", err
}
