package infisical

import (
	"context"
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// FindCreated settles a Create whose outcome is unknown. It looks the connection up by name, for about half a minute, and returns
// it when it is the one that our request made: created after the request began (a local time), with the same method, URL and kind.
// Otherwise the error says what was found; finding nothing is no proof that nothing was made.
func (c *Client) FindCreated(ctx context.Context, wanted NewConnection, began time.Time) (Connection, error) {
	var found Connection
	var err error
	stopped := transport.Settle(ctx, c.config.Wait, func() bool {
		var serverNow time.Time
		if found, serverNow, err = c.lookUp(ctx, wanted.Name, wanted.ProjectID); err != nil {
			return false
		}
		began = serverBegan(serverNow, c.config.Now(), began)
		return true
	})
	switch {
	case stopped != nil:
		return Connection{}, fmt.Errorf("stopped looking for the connection %q: %w", wanted.Name, stopped)
	case err != nil:
		return Connection{}, fmt.Errorf("no connection %q appeared within half a minute: %w", wanted.Name, err)
	}
	if reason := notMadeBy(wanted, found, began); reason != "" {
		return Connection{}, fmt.Errorf("a connection %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
	}
	return found, nil
}

// serverBegan translates a local time to the server's clock, which may be off from ours.
func serverBegan(serverNow, localNow, localBegan time.Time) time.Time {
	if serverNow.IsZero() {
		return localBegan
	}
	return serverNow.Add(-localNow.Sub(localBegan))
}

// notMadeBy says why found is not what a request for wanted, begun at a time of the server's clock, made; empty when it is.
func notMadeBy(wanted NewConnection, found Connection, began time.Time) string {
	switch {
	// The Date header is cut to whole seconds, so compare whole seconds.
	case found.CreatedAt.Before(began.Truncate(time.Second)):
		return "it was there before"
	case found.Method != wanted.Credentials.Method():
		return "its method is " + found.Method
	case found.InstanceURL != wanted.Credentials.InstanceURL:
		return "its GitLab is " + found.InstanceURL
	case found.AccessTokenType != wanted.Credentials.Type:
		return fmt.Sprintf("it holds a %s token", found.AccessTokenType)
	}
	return ""
}
