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
func (p *Protocol) logged(ctx context.Context) context.Context {
	return tflogtest.RootLogger(ctx, &p.log)
}

// Logged is what commands have logged.
func (p *Protocol) Logged() string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return p.log.text.String()
}

// ForgetLogged empties the log.
func (p *Protocol) ForgetLogged() {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	p.log.text.Reset()
	p.log.searched = 0
}

// showsNoSecret searches what a command has said, logged and left in the state.
func (p *Protocol) showsNoSecret(command string, diags Diagnostics) {
	p.t.Helper()
	showsNoSecret(p.t, "the diagnostics of "+command, diags.String(), nil)
	showsNoSecret(p.t, "the log of "+command, p.log.news(), nil)
	showsNoSecret(p.t, "the state after "+command, p.Saved(), p.inClear.holds)
}
