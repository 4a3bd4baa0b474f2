package infisical

import (
	"context"
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// FindCreated finds out what became of a Create without an answer. It looks the connection up by name, for about half a
// minute, and returns it when it is what our request made: created after the request began (a local time), as was
// asked, and not written since. The server has then tried our credentials and stored them. Otherwise the error says
// what was found; finding nothing does not prove that nothing was created.
func (c *Client) FindCreated(ctx context.Context, wanted NewConnection, began time.Time) (Connection, error) {
	found, began, err := c.connections.findCreated(ctx, wanted.Name, wanted.ProjectID, began)
	if err != nil {
		return Connection{}, err
	}
	if reason := notMadeBy(wanted, found, began); reason != "" {
		return Connection{}, fmt.Errorf("a connection %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
	}
	c.connections.wrote(found, found.UpdatedAt)
	return found, nil
}

// Written is a connection before an Update: its id, and the credentialsHash that the update replaces.
type Written struct {
	ID              string
	CredentialsHash string
}

// FindUpdated finds out what became of an Update of credentials without an answer. It looks at the connection, for
// about half a minute, and returns it when it is as the request asked, and its credentials were written after the
// request began (a local time). The server does not tell whether this request wrote them, or another at the same time.
func (c *Client) FindUpdated(ctx context.Context, before Written, change Change, began time.Time) (Connection, error) {
	var found Connection
	var err error
	stopped := transport.Poll(ctx, c.config.Wait, func() bool {
		var serverNow time.Time
		if found, serverNow, err = c.connections.getDated(ctx, before.ID); err != nil {
			return false
		}
		if reason := notWrittenBy(change, before, found, serverBegan(serverNow, c.config.Now(), began)); reason != "" {
			err = fmt.Errorf("the update of the connection %q is not there: %s", change.Name, reason)
		}
		return err == nil
	})
	if stopped != nil {
		err = fmt.Errorf("stopped looking for the update of the connection %q: %w", change.Name, stopped)
	}
	if err != nil {
		return Connection{}, err
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

// notMadeBy says why found is not what a request for wanted, begun at a time of the server's clock, made; empty when it
// is.
func notMadeBy(wanted NewConnection, found Connection, began time.Time) string {
	switch {
	// The Date header is cut to whole seconds, so compare whole seconds.
	case found.CreatedAt.Before(began.Truncate(time.Second)):
		return "it existed before the request"
	case found.Method != wanted.Credentials.Method():
		return "its method is " + found.Method
	case notFor(wanted.Credentials, found) != "":
		return notFor(wanted.Credentials, found)
	case !sameDescription(found.Description, wanted.Description):
		return "its description differs"
	case !found.UpdatedAt.Equal(found.CreatedAt): // Both are the time of the transaction that made it.
		return "it was changed after it was created"
	}
	return ""
}

// notWrittenBy says why found is not what the change, begun at a time of the server's clock, made of the connection;
// empty when it is.
func notWrittenBy(change Change, before Written, found Connection, began time.Time) string {
	switch {
	case found.CredentialsHash == before.CredentialsHash:
		return "its credentials have not changed"
	case found.UpdatedAt.Before(began.Truncate(time.Second)):
		return "its credentials were written before the request"
	case found.Name != change.Name:
		return fmt.Sprintf("its name is %q", found.Name)
	case !sameDescription(found.Description, change.Description):
		return "its description differs"
	}
	return notFor(*change.Credentials, found)
}

// notFor says why a connection does not hold credentials, as far as the server shows them; empty when it may.
func notFor(credentials Credentials, found Connection) string {
	switch {
	case found.InstanceURL != credentials.InstanceURL:
		return "its GitLab is " + found.InstanceURL
	case found.AccessTokenType != credentials.Type:
		return fmt.Sprintf("it holds a %s token", found.AccessTokenType)
	}
	return ""
}

// sameDescription: the server takes off surrounding white space.
func sameDescription(a, b *string) bool {
	text := func(description *string) string {
		if description == nil {
			return ""
		}
		return Trim(*description)
	}
	return text(a) == text(b)
}
