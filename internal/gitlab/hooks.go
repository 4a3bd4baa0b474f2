package gitlab

import (
	"context"
	"fmt"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Hook is a webhook of a project or group.
type Hook struct {
	ID int64
	// Name is empty before GitLab 17.
	Name string
}

// Hooks lists the webhooks of a project or group, which takes the right to change them. Errors are of type *Error.
// https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
func (c *Client) Hooks(ctx context.Context, instance, token string, of Resource) ([]Hook, error) {
	var hooks []Hook
	var page hookPage
	err := c.everyPage(ctx, request{
		operation: fmt.Sprintf("listing the webhooks of %s", of), instance: instance, token: token, path: resourcePath(of) + "/hooks", out: &page,
	}, func() int {
		for _, hook := range page {
			hooks = append(hooks, Hook{ID: hook.ID, Name: string(hook.Name)})
		}
		return len(page)
	})
	return hooks, err
}

// hookPage is one page of a list, without addresses, which may hold secrets.
type hookPage []struct {
	ID   int64          `json:"id"`
	Name transport.Data `json:"name"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *hookPage) UnmarshalJSON(raw []byte) error {
	entities, err := transport.Elements[struct {
		ID   int64          `json:"id"`
		Name transport.Data `json:"name"`
	}](raw, 1000)
	*p = entities
	return err
}
