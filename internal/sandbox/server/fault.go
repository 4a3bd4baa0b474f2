package server

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// A FaultKind is what goes wrong with a request.
type FaultKind string

// The kinds of fault. "Processed" means that the server did what was asked, whatever it then answered.
const (
	// FaultStatus answers Status (default 500), Header and Body; not processed. An empty Body is what the server says
	// with that status.
	FaultStatus FaultKind = "status"
	// FaultStatusAfter answers like FaultStatus, but processed.
	FaultStatusAfter FaultKind = "status-after"
	// FaultDropBefore closes the connection; not processed.
	FaultDropBefore FaultKind = "drop-before"
	// FaultDropAfter closes the connection without an answer; processed.
	FaultDropAfter FaultKind = "drop-after"
	// FaultHang answers nothing until the client or the sandbox closes; not processed.
	FaultHang FaultKind = "hang"
	// FaultHangAfter is FaultHang, but processed.
	FaultHangAfter FaultKind = "hang-after"
	// FaultHTML answers an HTML page with Status (default 200); not processed.
	FaultHTML FaultKind = "html"
	// FaultEmpty answers Status (default 200) with no body at all, under the content type of JSON; not processed.
	FaultEmpty FaultKind = "empty"
	// FaultTruncate announces the whole answer, sends half of its body and closes the connection; processed.
	FaultTruncate FaultKind = "truncate"
	// FaultSlow waits for Delay; then processed.
	FaultSlow FaultKind = "slow"
	// FaultRedirect answers Status (default 302) with Header, which holds Location; not processed.
	FaultRedirect FaultKind = "redirect"
	// FaultRaw gives the connection to Raw, which may send what no server should, and closes it; not processed.
	FaultRaw FaultKind = "raw"
	// FaultRefuse makes Server refuse connections, whatever for, once Skip matching requests have been answered, until
	// the fault is lifted.
	FaultRefuse FaultKind = "refuse"
)

// A Fault says which requests go wrong, and how.
type Fault struct {
	Server string // "infisical", "gitlab", or "" for both
	Client string // who is struck: "infisical" is the sandbox's own Infisical; "" is anybody else
	Method string // "" is any
	// Path is matched, below GitLab's relative root, against the path as sent and as Log.Provider shows it: by
	// path.Match, or as a prefix when it ends in "/" or "*". "" is any.
	Path  string
	Skip  int // so many matching requests pass first
	Times int // so many are struck; 0 is all
	Kind  FaultKind

	Status int
	Header http.Header
	Body   string
	Delay  time.Duration
	Raw    func(connection net.Conn, request *Request)
}

type armedFault struct {
	Fault
	skipped, struck int
}

type faults struct {
	mu    sync.Mutex
	armed []*armedFault
}

func (fs *faults) arm(f Fault) (lift func()) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	a := &armedFault{Fault: f}
	fs.armed = append(fs.armed, a)
	return func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.armed = slices.DeleteFunc(fs.armed, func(other *armedFault) bool { return other == a })
	}
}

// strike returns the fault that r meets, nil if none, and counts it. For FaultRefuse r is the last request before it.
func (fs *faults) strike(r *Request, root string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.armed {
		if !a.matches(r, root) || a.Times > 0 && a.struck >= a.Times {
			continue
		}
		if a.skipped < a.Skip {
			a.skipped++
			if a.Kind != FaultRefuse || a.skipped < a.Skip {
				continue
			}
		}
		a.struck++
		return &a.Fault
	}
	return nil
}

func (f *Fault) matches(r *Request, root string) bool {
	client := f.Client
	if client == "" {
		client = ClientProvider
	}
	if client != r.Client || f.Server != "" && f.Server != r.Server || f.Method != "" && f.Method != r.Method {
		return false
	}
	sent := strings.TrimPrefix(r.Path, root)
	return f.Path == "" || matchPath(f.Path, sent) || matchPath(f.Path, normalPath(sent))
}

func matchPath(pattern, p string) bool {
	if matched, err := path.Match(pattern, p); err == nil && matched {
		return true
	}
	if strings.HasSuffix(pattern, "/") || strings.HasSuffix(pattern, "*") {
		return strings.HasPrefix(p, strings.TrimSuffix(pattern, "*"))
	}
	return false
}

// answer is what the fault puts in place of the server's answer.
func (f *Fault) answer(natural func(status int) Reply) *Recording {
	var a Reply
	switch f.Kind {
	case FaultEmpty:
		a = Reply{Status: cmp.Or(f.Status, http.StatusOK), Header: http.Header{"Content-Type": {"application/json"}}}
	case FaultHTML:
		a = HTMLReply(f.Status, "Sign in", "Please sign in to continue.")
	case FaultRedirect:
		a = Reply{Status: cmp.Or(f.Status, http.StatusFound)}
	default:
		a = natural(cmp.Or(f.Status, http.StatusInternalServerError))
	}
	answer := Record(func(w http.ResponseWriter) { a.Send(w, "application/json") })
	if f.Body != "" {
		answer.Body = []byte(f.Body)
	}
	for name, values := range f.Header {
		answer.header[http.CanonicalHeaderKey(name)] = values
	}
	return answer
}

// inflict answers a request, or does not.
func (f *Fault) inflict(x *exchange) {
	switch f.Kind {
	case FaultStatus, FaultHTML, FaultEmpty, FaultRedirect:
		x.send(f.answer(x.natural))
	case FaultStatusAfter:
		x.process()
		x.send(f.answer(x.natural))
	case FaultDropBefore:
		x.hangUp()
	case FaultDropAfter:
		x.process()
		x.hangUp()
	case FaultHang:
		<-x.ctx.Done()
		x.hangUp()
	case FaultHangAfter:
		x.process()
		<-x.ctx.Done()
		x.hangUp()
	case FaultRaw:
		x.handOver(f.Raw)
	case FaultTruncate:
		x.cut(x.process())
	case FaultSlow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-x.ctx.Done():
		}
		x.send(x.process())
	default:
		panic(fmt.Sprintf("sandbox: unknown kind of fault %q", f.Kind))
	}
}
