package infisical

import (
	"context"
	"fmt"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// findCreated finds out what became of a creation without an answer. It looks the object up by name, for about half a
// minute, and returns it when it is what our request made: created after the request began (a local time), and as was
// asked, of which differs tells. Otherwise the error says what was found; finding nothing is no proof that nothing was
// made.
func (o *Objects[T]) findCreated(ctx context.Context, name, projectID string, localBegan time.Time, differs func(T) string) (found T, err error) {
	var none T
	var began time.Time
	stopped := transport.Poll(ctx, o.client.config.Wait, func() bool {
		var serverNow time.Time
		found, serverNow, err = o.sendOnce(ctx, o.lookUpCall(name, projectID))
		began = serverBegan(serverNow, o.client.config.Now(), localBegan)
		return err == nil
	})
	switch {
	case stopped != nil:
		return none, fmt.Errorf("stopped looking for the %s %q: %w", o.kind, name, stopped)
	case err != nil:
		return none, fmt.Errorf("no %s %q appeared within half a minute: %w", o.kind, name, err)
	}
	record := found.Common()
	if reason := record.notMadeBy(differs(found), began); reason != "" {
		return none, fmt.Errorf("a %s %q exists (%s), but it is not the one that was asked for: %s", o.kind, record.Name, record.ID, reason)
	}
	o.wrote(found, record.UpdatedAt)
	return found, nil
}

// FindCreated finds out what became of a Create without an answer, as findCreated says. The server has then tried our
// credentials and stored them, and nobody has written the connection since.
func (c *Connections) FindCreated(ctx context.Context, wanted NewConnection, began time.Time) (Connection, error) {
	return c.findCreated(ctx, wanted.Name, wanted.ProjectID, began, func(found Connection) string { return found.differsFrom(wanted) })
}

// FindCreated finds out what became of a Create without an answer, as findCreated says.
func (s *Syncs) FindCreated(ctx context.Context, wanted Sync, began time.Time) (Sync, error) {
	return s.findCreated(ctx, wanted.Name, wanted.ProjectID, began, func(found Sync) string { return found.DiffersFrom(wanted) })
}

// FindCreated finds out what became of a Create without an answer, as findCreated says.
func (d *DataSources) FindCreated(ctx context.Context, wanted DataSource, began time.Time) (DataSource, error) {
	return d.findCreated(ctx, wanted.Name, wanted.ProjectID, began, func(found DataSource) string { return found.differsFrom(wanted) })
}

// Written is a connection before an Update: its id, and the credentialsHash that the update replaces.
type Written struct {
	ID              string
	CredentialsHash string
}

// FindUpdated finds out what became of an Update of credentials without an answer. It looks at the connection, for
// about half a minute, and returns it when it is as the request asked, and its credentials were written after the
// request began (a local time). The server does not tell whether this request wrote them, or another at the same time.
func (c *Connections) FindUpdated(ctx context.Context, before Written, change Change, began time.Time) (Connection, error) {
	var found Connection
	var err error
	stopped := transport.Poll(ctx, c.client.config.Wait, func() bool {
		var serverNow time.Time
		if found, serverNow, err = c.getDated(ctx, before.ID); err != nil {
			return false
		}
		if reason := notWrittenBy(change, before, found, serverBegan(serverNow, c.client.config.Now(), began)); reason != "" {
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

// differsFrom says in what a connection differs from what is wanted, or from what only a creation leaves; empty for
// nothing.
func (c Connection) differsFrom(wanted NewConnection) string {
	switch {
	case c.Method != wanted.Credentials.Method():
		return "its method is " + c.Method
	case c.doesNotHold(wanted.Credentials) != "":
		return c.doesNotHold(wanted.Credentials)
	case !c.describedAs(wanted.Description):
		return "its description differs"
	case !c.UpdatedAt.Equal(c.CreatedAt): // Both are the time of the transaction that made it.
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
	case !found.describedAs(change.Description):
		return "its description differs"
	}
	return found.doesNotHold(*change.Credentials)
}

// doesNotHold says why a connection does not hold credentials, as far as the server shows them; empty when it may.
func (c Connection) doesNotHold(credentials Credentials) string {
	switch {
	case c.InstanceURL != credentials.InstanceURL:
		return "its GitLab is " + c.InstanceURL
	case c.AccessTokenType != credentials.Type:
		return fmt.Sprintf("it holds a %s token", c.AccessTokenType)
	}
	return ""
}
