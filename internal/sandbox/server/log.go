package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The servers of a sandbox, as a Request and a Fault name them.
const (
	Infisical = "infisical"
	GitLab    = "gitlab"
	Cloud     = "cloud"
)

// Who sent a request: anything outside the sandbox, or the sandbox's Infisical when it calls GitLab.
const (
	ClientProvider  = "provider"
	ClientInfisical = "infisical"
)

// logCapacity bounds the memory of a sandbox that runs for days; a test never comes near it.
const logCapacity = 20_000

// A Request is one request that reached a server. It holds credentials: do not print it whole.
type Request struct {
	Server string // "infisical" or "gitlab"
	Client string // "provider" or "infisical"
	Method string
	Path   string // escaped, as sent
	Query  url.Values
	Header http.Header
	Body   []byte
	// Status is that of the answer; 0 while there is none, or when none was given.
	Status int
	At     time.Time // arrival, in real time
	Fault  string    // kind of the fault that struck it, or ""
}

// Line is the request as Log.Provider shows it, such as "PATCH /api/v1/app-connections/gitlab/{id}".
func (r *Request) Line() string { return r.Method + " " + normalPath(r.Path) }

func (r *Request) clone() *Request {
	c := *r
	c.Query = url.Values(http.Header(r.Query).Clone())
	c.Header = r.Header.Clone()
	c.Body = slices.Clone(r.Body)
	return &c
}

// A Log is the list of requests that both servers received. It keeps the newest 20000.
type Log struct {
	mu       sync.Mutex
	requests []*Request
	arrival  []func(*Request)
	answer   []func(*Request)
}

func newLog() *Log { return &Log{} }

// Requests returns a copy of the log, in order of arrival.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Request, 0, len(l.requests))
	for _, r := range l.requests {
		all = append(all, *r.clone())
	}
	return all
}

// Provider returns the requests sent from outside the sandbox as lines "METHOD path", with {id} for UUIDs, numeric ids
// and the encoded paths of projects and groups. Queries are left out.
func (l *Log) Provider() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []string{}
	for _, r := range l.requests {
		if r.Client == ClientProvider {
			lines = append(lines, r.Line())
		}
	}
	return lines
}

// Reset empties the log.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}

func (l *Log) onArrival(f func(*Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrival = append(l.arrival, f)
}

func (l *Log) onAnswer(f func(*Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = append(l.answer, f)
}

// add records r and calls the hooks, outside the lock so that they may read the log.
func (l *Log) add(r *Request) {
	l.mu.Lock()
	if len(l.requests) >= logCapacity {
		l.requests = slices.Delete(l.requests, 0, logCapacity/4)
	}
	l.requests = append(l.requests, r)
	hooks, seen := slices.Clone(l.arrival), r.clone()
	l.mu.Unlock()
	for _, hook := range hooks {
		hook(seen)
	}
}

func (l *Log) setFault(r *Request, kind FaultKind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Fault = string(kind)
}

// setStatus records the answer of r; 0 stands for none.
func (l *Log) setStatus(r *Request, status int) {
	l.mu.Lock()
	r.Status = status
	hooks, seen := slices.Clone(l.answer), r.clone()
	l.mu.Unlock()
	for _, hook := range hooks {
		hook(seen)
	}
}

// gitLabAPI is the root of GitLab's REST API.
const gitLabAPI = "/api/v4"

var (
	// UUIDPattern is that of a UUID, and of nothing more.
	UUIDPattern    = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	numericPattern = regexp.MustCompile(`^[0-9]+$`)
)

// normalPath puts {id} for what differs from run to run.
func normalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		before := ""
		if i > 0 {
			before = segments[i-1]
		}
		switch {
		case UUIDPattern.MatchString(segment), numericPattern.MatchString(segment):
			segments[i] = "{id}"
		case (before == "projects" || before == "groups") && strings.Contains(path, gitLabAPI):
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}
