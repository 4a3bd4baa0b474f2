package infisical

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Object is a connection, a sync or a data source.
type Object interface{ Common() Record }

// Record is what all objects have.
type Record struct {
	ID, Name string
	// Description is nil for none. The server takes off surrounding white space.
	Description *string
	// ProjectID is empty for an object of the organization itself.
	ProjectID string
	// OrganizationID is empty where the server does not tell, which it does of connections only.
	OrganizationID string
	CreatedAt      time.Time
	// UpdatedAt changes with every write. It is the server's time; zero when the server did not say.
	UpdatedAt time.Time
}

// Common implements Object.
func (r Record) Common() Record { return r }

// describedAs reports that a description is the one that was asked for, of which the server takes off surrounding white
// space.
func (r Record) describedAs(wanted *string) bool {
	text := func(description *string) string {
		if description == nil {
			return ""
		}
		return Trim(*description)
	}
	return text(r.Description) == text(wanted)
}

// notMadeBy says why an object, which differs in something from what a request asked for, is not what the request made
// that began at a time of the server's clock; empty when it is.
func (r Record) notMadeBy(difference string, began time.Time) string {
	if r.CreatedAt.Before(began.Truncate(time.Second)) { // The Date header is cut to whole seconds.
		return "it existed before the request"
	}
	return difference
}

// wireRecord is a Record in a response.
type wireRecord struct {
	ID             transport.Data  `json:"id"`
	Name           transport.Data  `json:"name"`
	Description    *transport.Data `json:"description"`
	ProjectID      transport.Data  `json:"projectId"`
	OrganizationID transport.Data  `json:"orgId"`
	CreatedAt      time.Time       `json:"createdAt"`
	UpdatedAt      time.Time       `json:"updatedAt"`
}

// record is false for what no object can be, whose id and name are given, and whose ids become parts of addresses.
func (w wireRecord) record() (Record, bool) {
	return Record{
		ID: string(w.ID), Name: string(w.Name), Description: (*string)(w.Description), ProjectID: string(w.ProjectID),
		OrganizationID: string(w.OrganizationID), CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}, w.ID != "" && w.Name != "" && areIdentifiers(w.ID, w.ProjectID, w.OrganizationID)
}

// identifier is what ids, hashes and names of methods are made of.
var identifier = regexp.MustCompile(`^[0-9A-Za-z_-]{0,128}$`)

// areIdentifiers reports whether texts can be ids; empty ones can.
func areIdentifiers(texts ...transport.Data) bool {
	return !slices.ContainsFunc(texts, func(text transport.Data) bool { return !identifier.MatchString(string(text)) })
}

// Objects are the objects of one kind, as they are asked for.
type Objects[T Object] struct {
	client *Client
	// path is where all of them are, path and byName where one is by its name.
	path, byName string
	// kind completes "the GitLab …".
	kind string
	// one and many are what an answer calls them.
	one, many string
	// inProjects: no list has the objects of all projects.
	inProjects bool
	read       reading[T]

	mu sync.Mutex
	// scopes are what Refresh has read, by project.
	scopes map[string]*scopeReads[T]
}

// Get returns the object with this id, by GET …/gitlab/:id.
func (o *Objects[T]) Get(ctx context.Context, id string) (T, error) {
	return o.send(ctx, o.getCall(id))
}

// getDated is one look, which may be answered by a replica, with the server's time.
func (o *Objects[T]) getDated(ctx context.Context, id string) (T, time.Time, error) {
	return o.sendOnce(ctx, o.getCall(id))
}

func (o *Objects[T]) getCall(id string) call {
	return call{operation: fmt.Sprintf("read the GitLab %s %s", o.kind, id), method: http.MethodGet, path: o.path, parameter: id}
}

// GetByName returns the object of this name in a project, by GET …/gitlab/connection-name/:name, and likewise for other
// kinds. Without a project it is a connection of the organization itself, or a data source of the only project for
// Secret Scanning, which newer servers find.
func (o *Objects[T]) GetByName(ctx context.Context, name, projectID string) (T, error) {
	return o.send(ctx, o.lookUpCall(name, projectID))
}

func (o *Objects[T]) lookUpCall(name, projectID string) call {
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
func (o *Objects[T]) nameKey(name string) string { return o.kind + " " + name }

func scope(projectID string) url.Values {
	if projectID == "" {
		return nil
	}
	return url.Values{"projectId": {projectID}}
}

// List returns the objects of a project, as far as this identity may see them, by GET …/gitlab; without a project the
// connections of the organization and all its projects, or the data sources of the only project for Secret Scanning.
// The server answers with all at once; should it ever answer in pages, with the number of all as other lists of
// Infisical do (https://infisical.com/docs/api-reference/endpoints/identities/list), the error says so.
func (o *Objects[T]) List(ctx context.Context, projectID string) ([]T, error) {
	call := call{
		operation: fmt.Sprintf("list the GitLab %ss", o.kind), method: http.MethodGet, path: o.path, query: scope(projectID), large: true,
	}
	var rows json.RawMessage
	var total int
	if _, err := o.client.do(ctx, call, &members{o.many: &rows, "totalCount": &total}); err != nil {
		return nil, err
	}
	found, err := o.read.each(rows)
	if err == nil && total > len(found) {
		err = fmt.Errorf("the answer holds %d of %d %ss: this server lists them in pages, which this version of the provider cannot read",
			len(found), total, o.kind)
	}
	if err != nil {
		return nil, misread(call, err)
	}
	return found, nil
}

// createCall is a creation of an object, updateCall one of its changes.
func (o *Objects[T]) createCall(name string, body any) call {
	return call{operation: fmt.Sprintf("create the GitLab %s %q", o.kind, name), method: http.MethodPost, path: o.path, body: body}
}

func (o *Objects[T]) updateCall(id, name string, body any) call {
	return call{operation: fmt.Sprintf("update the GitLab %s %q", o.kind, name), method: http.MethodPatch, path: o.path, parameter: id, body: body}
}

// deleteCall is a deletion, actCall one of the other things that can be done with an object: verb says what, and action
// is how its path ends.
func (o *Objects[T]) deleteCall(id string) call {
	return call{operation: fmt.Sprintf("delete the GitLab %s %s", o.kind, id), method: http.MethodDelete, path: o.path, parameter: id}
}

func (o *Objects[T]) actCall(verb, id, action string) call {
	return call{operation: fmt.Sprintf("%s the GitLab %s %s", verb, o.kind, id), method: http.MethodPost, path: o.path, parameter: id, action: action}
}

// send sends a call that answers with a single object, as settled says.
func (o *Objects[T]) send(ctx context.Context, call call) (object T, err error) {
	err = o.client.settled(ctx, call, func() (date time.Time, err error) {
		object, date, err = o.sendOnce(ctx, call)
		return date, err
	})
	return object, err
}

// sendOnce is send, once, with the server's time.
func (o *Objects[T]) sendOnce(ctx context.Context, call call) (object T, date time.Time, err error) {
	if call.method != http.MethodGet && call.parameter != "" {
		o.client.writes.wrote(call.parameter)
	}
	raw := json.RawMessage("null")
	if date, err = o.client.do(ctx, call, &members{o.one: &raw}); err != nil {
		return object, date, err
	}
	object, err = o.read.one(json.NewDecoder(bytes.NewReader(raw)))
	if err == nil && call.path == o.path && call.parameter != "" && !strings.EqualFold(object.Common().ID, call.parameter) {
		err = o.read.none // It describes another one.
	}
	if err != nil {
		return object, date, misread(call, err)
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
func (o *Objects[T]) wrote(object T, date time.Time) {
	record := object.Common()
	if record.UpdatedAt.After(date) {
		date = record.UpdatedAt
	}
	o.client.writes.wrote(record.ID)
	o.client.writes.note(record.ID, date)
	o.client.writes.note(o.nameKey(record.Name), date)
}
