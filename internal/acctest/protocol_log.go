package acctest

import (
	"bytes"
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// log is what a provider logs, at the level TRACE. What a command leaves running may still write to it.
type log struct {
	mu       sync.Mutex
	text     bytes.Buffer
	searched int
}

// Write implements io.Writer.
func (l *log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// news is what was written since it was asked last.
func (l *log) news() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := string(l.text.Bytes()[l.searched:])
	l.searched = l.text.Len()
	return news
}

// logged makes a command log.
func (m *Module) logged(ctx context.Context) context.Context {
	if m.Silent {
		return ctx
	}
	return tflogtest.RootLogger(ctx, &m.log)
}

// Logged is what commands have logged.
func (m *Module) Logged() string {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	return m.log.text.String()
}

// ForgetLogged empties the log.
func (m *Module) ForgetLogged() {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	m.log.text.Reset()
	m.log.searched = 0
}

// Keeps is for tests in which a server has put a secret into what an object is, such as its name: plans and state hold
// that as it is.
func (p *Protocol) Keeps(text string) { p.inClear.add(text) }

// showsNoSecret searches what a command has said, logged and left in the state.
func (m *Module) showsNoSecret(command string, diags Diagnostics) {
	m.t.Helper()
	if m.Silent {
		return
	}
	showsNoSecret(m.t, "the diagnostics of "+command, diags.String(), nil)
	showsNoSecret(m.t, "the log of "+command, m.log.news(), nil)
	showsNoSecret(m.t, "the state after "+command, m.Saved(), m.inClear.holds)
}
