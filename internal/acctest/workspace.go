// Use this when a story needs many applies, another clock, or faults at many points: it drives Protocol, with its own
// sandbox, and holds at every request and at the end that no connection is left over, and that no token lives that
// nobody was told of.

package acctest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Workspace is a connection managed by Terraform, with servers, a clock and a state of its own.
type Workspace struct {
	*Protocol
	Servers *Servers
	// Elsewhere are servers with another GitLab, to which a connection may have moved; nil when there is none.
	Elsewhere *Servers
	Clock     *server.Clock
	// Dies: the token is to be dead at times.
	Dies bool

	Context context.Context //nolint:containedctx // It is the test's.
	// Said is everything that commands printed or saved.
	Said strings.Builder
	// Told are the warnings and errors among it.
	Told strings.Builder
}

// NewWorkspace starts a sandbox, whose clock stands still, and a workspace for a resource of that type.
func NewWorkspace(t testing.TB, typeName string, options ...sandbox.Option) *Workspace {
	t.Helper()
	w := &Workspace{Clock: NewClock(), Context: t.Context()}
	w.Servers = StartSandbox(t, append(options, sandbox.WithClock(w.Clock.Now))...)
	w.Protocol = NewProtocol(t, w.Hasty(), typeName, w.Settings())
	w.Servers.Sandbox.OnRequest(func(request *server.Request) { w.HoldsLiveToken(request.Line()) })
	return w
}

// Hasty is an environment that goes by the clock and never waits.
func (w *Workspace) Hasty() provider.Environment {
	environment := Environment()
	environment.Now = w.Clock.Now
	environment.Wait = NoWait
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	return environment
}

// Settings are a provider block for the servers, without a GitLab token.
func (w *Workspace) Settings() map[string]any {
	return map[string]any{
		"host":        w.Servers.Host,
		"auth":        map[string]any{"universal": map[string]any{"client_id": w.Servers.ClientID, "client_secret": w.Servers.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": w.Servers.InstanceURL},
		"max_retries": 1,
	}
}

// HoldsLiveToken checks that whoever uses a connection meets no dead token.
func (w *Workspace) HoldsLiveToken(when string) {
	if w.Dies {
		return
	}
	for _, connection := range w.Connections() {
		token, ok := w.TokenOf(connection)
		if !ok || token.Revoked {
			w.t.Errorf("at %s a connection holds a dead token", when)
		}
	}
}

// Connections are those of the servers.
func (w *Workspace) Connections() []infisical.Connection { return w.Servers.Connections() }

// TokenOf is the token that a connection holds.
func (w *Workspace) TokenOf(connection infisical.Connection) (gitlab.Token, bool) {
	for _, servers := range w.Everywhere() {
		if token, ok := servers.Sandbox.GitLab.TokenByValue(connection.AccessToken); ok {
			return token, true
		}
	}
	return gitlab.Token{}, false
}

// Everywhere are all servers that a connection may have been at.
func (w *Workspace) Everywhere() []*Servers {
	if w.Elsewhere == nil {
		return []*Servers{w.Servers}
	}
	return []*Servers{w.Servers, w.Elsewhere}
}

// ManagedTokens are the live tokens that were made for connections.
func (w *Workspace) ManagedTokens() []gitlab.Token {
	var live []gitlab.Token
	for _, servers := range w.Everywhere() {
		live = append(live, servers.ManagedTokens()...)
	}
	return live
}

// Run applies a configuration, nil for none, and returns what was printed.
func (w *Workspace) Run(config map[string]any, arguments ...PlanOption) Diagnostics {
	w.t.Helper()
	plan := w.Plan(w.Context, config, arguments...)
	diags := plan.Diagnostics
	if !diags.Failed() {
		diags = append(diags, w.ApplyPlan(w.Context, plan)...)
	}
	w.Keep(diags, plan.Saved(), w.Saved())
	return diags
}

// Keep remembers what a command said and saved.
func (w *Workspace) Keep(diags Diagnostics, saved ...string) {
	w.t.Helper()
	fmt.Fprintln(&w.Said, diags, saved)
	fmt.Fprintln(&w.Told, diags)
	if strings.Contains(diags.String(), "Provider produced") || strings.Contains(diags.String(), "Provider returned") {
		w.t.Errorf("the provider breaks Terraform's rules: %s", diags)
	}
}

// Must is run for what has to succeed.
func (w *Workspace) Must(config map[string]any) {
	w.t.Helper()
	diags := w.Run(config)
	if diags.Failed() {
		w.t.Fatalf("apply failed: %s", diags)
	}
}

// Requests are the provider's since the log was reset.
func (w *Workspace) Requests() []server.Request {
	return slices.DeleteFunc(w.Servers.Sandbox.Log.Requests(), func(r server.Request) bool { return r.Client != server.ClientProvider })
}

// Settled checks that Terraform has nothing left to do, and that exactly the right tokens live. Any other that does
// must stand in named.
func (w *Workspace) Settled(config map[string]any, named string) {
	w.t.Helper()
	plan := w.Plan(w.Context, config)
	connections := w.Connections()
	if config == nil {
		if w.InState() || len(connections) > 0 {
			w.t.Errorf("there are %d connections; in the state: %t", len(connections), w.InState())
		}
	} else if !plan.Empty() || plan.Diagnostics.Failed() || len(connections) != 1 {
		w.t.Errorf("there are %d connections, and the plan is to %s: %s", len(connections), plan.Action, plan.Diagnostics)
	}
	inUse := ""
	if config["managed_access_token"] != nil && len(connections) == 1 {
		inUse = connections[0].AccessToken
		if token, _ := w.TokenOf(connections[0]); !strings.HasPrefix(token.Name, "infisical ") {
			w.t.Error("Infisical does not hold a managed token")
		}
	}
	for _, token := range w.ManagedTokens() {
		if token.Value != inUse && !strings.Contains(named, token.Name) {
			w.t.Errorf("the token %q lives on", token.Name)
		}
	}
	w.HoldsLiveToken("the end")
}

// ImportNamed does what the error about a taken name says: it imports the connection, or deletes it where another is in
// the state.
func (w *Workspace) ImportNamed(config map[string]any, diags Diagnostics) Diagnostics {
	w.t.Helper()
	_, rest, found := strings.Cut(diags.String(), "id = \"")
	id, _, _ := strings.Cut(rest, "\"")
	if !found {
		return diags
	}
	if w.InState() {
		w.Servers.Sandbox.Infisical.Remove(id)
	} else if imported := w.Import(w.Context, id); imported.Failed() {
		return imported
	}
	return w.Run(config)
}

// Plans checks what a plan does and that it says why.
func (w *Workspace) Plans(config map[string]any, action Action, reason string) {
	w.t.Helper()
	plan := w.Plan(w.Context, config)
	if plan.Diagnostics.Failed() || plan.Action != action || !strings.Contains(plan.Diagnostics.String(), reason) {
		w.t.Errorf("the plan is to %s, want %s because %q: %s", plan.Action, action, reason, plan.Diagnostics)
	}
	if reason == "" && len(plan.Diagnostics) > 0 {
		w.t.Errorf("the plan says: %s", plan.Diagnostics)
	}
}

// Refuses checks that an apply fails with all of the words, and leaves nothing behind.
func (w *Workspace) Refuses(config map[string]any, words ...string) {
	w.t.Helper()
	connections, tokens := len(w.Connections()), len(w.Servers.ManagedTokens())
	diags := w.Run(config)
	if !diags.Failed() {
		w.t.Error("the apply succeeded")
	}
	for _, word := range words {
		if !strings.Contains(diags.String(), word) {
			w.t.Errorf("%q is not in: %s", word, diags)
		}
	}
	if len(w.Connections()) != connections || len(w.Servers.ManagedTokens()) != tokens {
		w.t.Errorf("there are %d connections and %d tokens, before there were %d and %d", len(w.Connections()), len(w.Servers.ManagedTokens()), connections,
			tokens)
	}
}

// Fail arms a fault at the servers.
func (w *Workspace) Fail(fault server.Fault) (lift func()) { return w.Servers.Sandbox.Fail(fault) }

// Asked are the requests since the log was reset, without logins.
func (w *Workspace) Asked() []string {
	return slices.DeleteFunc(w.Servers.Sandbox.Log.Provider(), func(line string) bool { return line == loginRequest })
}

// HoldToken gives the provider block a GitLab token that may do everything.
func (w *Workspace) HoldToken() { w.Manage(map[string]any{"token": w.Servers.ProviderToken()}) }

// Manage gives the provider block other settings of gitlab; nil takes one away.
func (w *Workspace) Manage(changes map[string]any) {
	settings := maps.Clone(w.Configuration["gitlab"].(map[string]any)) //nolint:forcetypeassert // It is what settings made.
	maps.Copy(settings, changes)
	w.Configuration["gitlab"] = settings
}
