package acctest

import (
	"net/http"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A Mishap is what goes wrong with a request, and with those after it.
type Mishap struct {
	Kind   server.FaultKind
	Status int
	// then is the status of the next request, if that one meets a fault of its own.
	then int
	// method is what it befalls alone; "" is any.
	method string
	// worst is for how long also those operations meet it that are not swept whole: it is what tells whether the books
	// are kept.
	worst string
}

// How long a mishap lasts.
const (
	once    = "once"
	lasting = "lasting"
)

// Mishaps are all that there are, by what they are called.
func Mishaps() map[string]Mishap {
	return map[string]Mishap{
		"403":                     {Kind: server.FaultStatus, Status: 403, worst: once},
		"404":                     {Kind: server.FaultStatus, Status: 404, method: http.MethodGet, worst: once}, // as of a replica
		"429":                     {Kind: server.FaultStatus, Status: 429},
		"500":                     {Kind: server.FaultStatus, Status: 500, worst: lasting},
		"500 though done":         {Kind: server.FaultStatusAfter, Status: 500},
		"502 page":                {Kind: server.FaultHTML, Status: 502},
		"connection refused":      {Kind: server.FaultRefuse},
		"dropped":                 {Kind: server.FaultDropBefore},
		"dropped though done":     {Kind: server.FaultDropAfter, worst: lasting},
		"cut off though done":     {Kind: server.FaultTruncate},
		"dropped though done,403": {Kind: server.FaultDropAfter, then: 403, worst: once},
		"timeout":                 {Kind: server.FaultHang},
		"timeout though done":     {Kind: server.FaultHangAfter},
	}
}

// inflict lets the mishap befall the provider's requests from the one with this index on, once or until it is lifted.
func (m Mishap) inflict(w *Workspace, requests []server.Request, at int, duration string) (lift func()) {
	times := 1
	if duration == lasting {
		times = 0
	}
	first := server.Fault{Kind: m.Kind, Status: m.Status, Skip: at, Times: times}
	switch {
	case m.Kind == server.FaultRefuse:
		first.Server, first.Skip = requests[at].Server, 0
		for _, earlier := range requests[:at] {
			if earlier.Server == first.Server {
				first.Skip++
			}
		}
	case m.then != 0:
		first.Times = 1
		liftFirst := w.Servers.Sandbox.Fail(first)
		liftThen := w.Servers.Sandbox.Fail(server.Fault{Kind: server.FaultStatus, Status: m.then, Skip: at, Times: times})
		return func() { liftFirst(); liftThen() }
	}
	return w.Servers.Sandbox.Fail(first)
}

// lasts reports whether it can last so long: a refused connection is over before it is noticed, and a replica catches
// up.
func (m Mishap) lasts(duration string) bool {
	switch {
	case m.Kind == server.FaultRefuse:
		return duration == lasting
	case m.method != "":
		return duration == once
	}
	return true
}

// befalls reports whether it can befall a request.
func (m Mishap) befalls(request *server.Request) bool {
	return m.method == "" || m.method == request.Method
}

// Impatience is how long requests wait that hang, and proofs of clouds whose SDKs repeat what fails.
const Impatience = 100 * time.Millisecond

// Hangs reports whether it keeps a client waiting.
func (m Mishap) Hangs() bool { return m.Kind == server.FaultHang || m.Kind == server.FaultHangAfter }

// befall runs an operation which the mishap befalls.
func (m Mishap) befall(w *Workspace, requests []server.Request, at int, duration string, run func()) {
	if m.Hangs() {
		w.Environment.CredentialsTimeout = Impatience
		w.Configuration["request_timeout"] = Impatience.String()
	}
	w.Environment.ProofTimeout = Impatience
	lift := m.inflict(w, requests, at, duration)
	run()
	lift()
	w.Environment.CredentialsTimeout, w.Environment.ProofTimeout = 0, 0
	delete(w.Configuration, "request_timeout")
}
