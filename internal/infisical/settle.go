package infisical

import (
	"context"
	"fmt"
	"time"
)

// settleWaits is how long FindCreated pauses before each look: half a minute in all, as long as the server keeps a connection open
// whose GitLab does not answer.
var settleWaits = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// FindCreated settles a Create whose outcome is unknown. It looks the connection up by name, for about half a minute, and returns
// it when it is the one that our request made: created after the request began (a local time), with the same method, URL and kind.
// Otherwise the error says what was found; finding nothing is no proof that nothing was made.
func (c *Client) FindCreated(ctx context.Context, wanted NewConnection, began time.Time) (Connection, error) {
	var lookUpErr error
	for _, wait := range settleWaits {
		if err := c.config.Wait(ctx, wait); err != nil {
			return Connection{}, fmt.Errorf("stopped looking for the connection %q: %w", wanted.Name, err)
		}
		found, serverNow, err := c.lookUp(ctx, wanted.Name, wanted.ProjectID)
		if err != nil {
			lookUpErr = err
			continue
		}
		if reason := notMadeBy(wanted, found, serverBegan(serverNow, c.config.Now(), began)); reason != "" {
			return Connection{}, fmt.Errorf("a connection %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
		}
		return found, nil
	}
	return Connection{}, fmt.Errorf("no connection %q appeared within half a minute: %w", wanted.Name, lookUpErr)
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
