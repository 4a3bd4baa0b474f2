package infisical

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// objects asks for the objects of one kind, which answers describe as Wire.
type objects[Wire any, T Object] struct {
	*refresher[T]

	client *Client
	// path is where all of them are, path and byName where one is by its name.
	path, byName string
	// kind completes "the GitLab …".
	kind string
	// one and many are what an answer calls them.
	one, many string
	// read makes an object of its description, or returns none when that is not one.
	read func(Wire) (T, error)
	none error
}

// ready returns the objects as they are asked for by a client.
func (o objects[Wire, T]) ready(c *Client) *objects[Wire, T] {
	o.client = c
	o.refresher = &refresher[T]{kind: o.kind, get: o.getDated, list: o.all, client: c, scopes: map[string]*scopeReads[T]{}}
	return &o
}

func (o *objects[Wire, T]) get(ctx context.Context, id string) (T, error) {
	return o.send(ctx, o.getCall(id))
}

// getDated is one look, which may be answered by a replica, with the server's time.
func (o *objects[Wire, T]) getDated(ctx context.Context, id string) (T, time.Time, error) {
	return o.sendOnce(ctx, o.getCall(id))
}

func (o *objects[Wire, T]) getCall(id string) call {
	return call{operation: fmt.Sprintf("read the GitLab %s %s", o.kind, id), method: http.MethodGet, path: o.path, parameter: id}
}

func (o *objects[Wire, T]) getByName(ctx context.Context, name, projectID string) (T, error) {
	return o.send(ctx, o.lookUpCall(name, projectID))
}

func (o *objects[Wire, T]) lookUpCall(name, projectID string) call {
	return call{
		operation: fmt.Sprintf("find the GitLab %s %q", o.kind, name),
		method:    http.MethodGet,
		path:      o.path + o.byName,
		parameter: name,
		query:     scope(projectID),
		refersTo:  []string{o.nameKey(name)},
	}
}

// nameKey is what a write is remembered under for those who look up by name.
func (o *objects[Wire, T]) nameKey(name string) string { return o.kind + " " + name }

// findCreated finds out what became of a creation without an answer. It looks an object up by name, for about half a
// minute, and returns it with the time of the server's clock at which the request began.
func (o *objects[Wire, T]) findCreated(ctx context.Context, name, projectID string, localBegan time.Time) (found T, began time.Time, err error) {
	stopped := transport.Poll(ctx, o.client.config.Wait, func() bool {
		var serverNow time.Time
		found, serverNow, err = o.sendOnce(ctx, o.lookUpCall(name, projectID))
		began = serverBegan(serverNow, o.client.config.Now(), localBegan)
		return err == nil
	})
	switch {
	case stopped != nil:
		return found, began, fmt.Errorf("stopped looking for the %s %q: %w", o.kind, name, stopped)
	case err != nil:
		return found, began, fmt.Errorf("no %s %q appeared within half a minute: %w", o.kind, name, err)
	}
	return found, began, nil
}

// all lists the objects of a project, or, when projectID is empty, of the organization and all its projects. The server
// answers with all at once; should it ever answer in pages, with the number of all as other lists of Infisical do
// (https://infisical.com/docs/api-reference/endpoints/identities/list), the error says so.
func (o *objects[Wire, T]) all(ctx context.Context, projectID string) ([]T, error) {
	call := call{
		operation: fmt.Sprintf("list the GitLab %ss", o.kind), method: http.MethodGet, path: o.path, query: scope(projectID), large: true,
	}
	var rows json.RawMessage
	var total int
	if _, err := o.client.do(ctx, call, &members{o.many: &rows, "totalCount": &total}); err != nil {
		return nil, err
	}
	found, err := o.decode(rows)
	if err == nil && total > len(found) {
		err = fmt.Errorf("the answer holds %d of %d %ss: this server lists them in pages, which this version of the provider cannot read",
			len(found), total, o.kind)
	}
	if err != nil {
		return nil, &Error{Operation: call.operation, Status: http.StatusOK, cause: err}
	}
	return found, nil
}

// maxObjects is as many as fit into the largest response.
const maxObjects = 20000

func (o *objects[Wire, T]) decode(rows []byte) ([]T, error) { return decodeEach(rows, o.read, o.none) }

// decodeEach decodes one element at a time, and ends at the first that read returns none for.
func decodeEach[Wire, T any](rows []byte, read func(Wire) (T, error), none error) ([]T, error) {
	found := []T{}
	if isNothing(rows) {
		return found, nil
	}
	err := transport.EachElement(rows, func(decoder *json.Decoder) error {
		if len(found) == maxObjects {
			return &transport.CountError{Limit: maxObjects}
		}
		var wire Wire
		if err := decoder.Decode(&wire); err != nil {
			return err
		}
		object, err := read(wire)
		if err == nil {
			found = append(found, object)
		}
		return err
	})
	if err != nil && !errors.Is(err, none) {
		err = notTheContract(err)
	}
	return found, err
}

// send sends a call that answers with a single object, as settled says.
func (o *objects[Wire, T]) send(ctx context.Context, call call) (object T, err error) {
	err = o.client.settled(ctx, call, func() (date time.Time, err error) {
		object, date, err = o.sendOnce(ctx, call)
		return date, err
	})
	return object, err
}

// sendOnce is send, once, with the server's time.
func (o *objects[Wire, T]) sendOnce(ctx context.Context, call call) (object T, date time.Time, err error) {
	if call.method != http.MethodGet && call.parameter != "" {
		o.client.writes.wrote(call.parameter)
	}
	var wire Wire
	if date, err = o.client.do(ctx, call, &members{o.one: &wire}); err != nil {
		return object, date, err
	}
	object, err = o.read(wire)
	if err == nil && call.path == o.path && call.parameter != "" && !strings.EqualFold(object.Record().ID, call.parameter) {
		err = o.none // It describes another one.
	}
	if err != nil {
		return object, date, &Error{Operation: call.operation, Status: http.StatusOK, Ambiguous: true, cause: err}
	}
	switch call.method {
	case http.MethodPost, http.MethodPatch:
		o.wrote(object, date)
	case http.MethodDelete:
		o.client.writes.forget(call.parameter)
	}
	return object, date, nil
}

// wrote remembers what this client has written, and when by the server's clock.
func (o *objects[Wire, T]) wrote(object T, date time.Time) {
	record := object.Record()
	if record.UpdatedAt.After(date) {
		date = record.UpdatedAt
	}
	o.client.writes.wrote(record.ID)
	o.client.writes.note(record.ID, date)
	o.client.writes.note(o.nameKey(record.Name), date)
}

// members are those of a JSON object that are to be decoded, by name; others are skipped.
type members map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(raw []byte) error {
	if isNothing(raw) {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return errors.New("not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var skipped json.RawMessage
		into, wanted := (*m)[fmt.Sprint(name)]
		if !wanted {
			into = &skipped
		}
		if err := decoder.Decode(into); err != nil {
			return err
		}
	}
	return nil
}
