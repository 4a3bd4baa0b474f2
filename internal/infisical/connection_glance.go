package infisical

import (
	"context"

	"github.com/infisical-community/terraform-provider-infisical/internal/memo"
)

// glance is what Get answered.
type glance struct {
	connection Connection
	err        error
}

// Glance is Get for one of many who ask about the same connection: all of them are answered by one request, until this
// client writes the connection. What others have changed since is not seen. Failures are not kept.
func (c *Connections) Glance(ctx context.Context, id string) (Connection, error) {
	kept, _ := c.glances.LoadOrStore(id, &memo.Of[glance]{})
	look := kept.(*memo.Of[glance]) //nolint:forcetypeassert // Nothing else is stored.
	found, err := look.Get(ctx, func(ctx context.Context) glance {
		connection, err := c.Get(ctx, id)
		if err != nil {
			c.glances.CompareAndDelete(id, look)
		}
		return glance{connection, err}
	})
	if err != nil {
		return Connection{}, c.failed(id, err)
	}
	return found.connection, found.err
}

// forgetGlance makes way for a new look when a write has ended: one that was made meanwhile may be from before it.
func (c *Connections) forgetGlance(id string) { c.glances.Delete(id) }
