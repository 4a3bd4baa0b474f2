package connection_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// block is a configuration, or a nested object of one.
type block = map[string]any

// managed is the configuration of a connection that makes its own token; changes replace settings of managed_access_token.
func managed(changes ...block) block {
	token := block{"group": "acme"}
	for _, change := range changes {
		maps.Copy(token, change)
	}
	return block{"name": "platform", "use_cases": []string{"group_secret_sync"}, "managed_access_token": token}
}

// given is the configuration of a connection with a token of the user's.
func given(servers *acctest.Servers) block {
	return block{"name": "platform", "access_token": block{"type": "group", "value_wo": servers.Token}}
}

// workspace is a connection managed by Terraform, with servers, a clock and a state of its own.
type workspace struct {
	*acctest.Protocol
	t       *testing.T
	servers *acctest.Servers
	clock   *clock

	// dies: the token is to be dead at times.
	dies bool
	ctx  context.Context //nolint:containedctx // It carries the logger whose text is searched.
	logs *bytes.Buffer
	// said is everything that commands printed or saved.
	said strings.Builder
}

func newWorkspace(t *testing.T, options ...sandbox.Option) *workspace {
	t.Helper()
	w := &workspace{t: t, clock: newClock(), logs: &bytes.Buffer{}}
	w.servers = acctest.StartSandbox(t, append(options, sandbox.WithClock(w.clock.Now))...)
	w.ctx = tflogtest.RootLogger(t.Context(), w.logs)
	w.Protocol = acctest.NewProtocol(t, w.environment(), "infisical_gitlab_connection", w.settings())
	w.servers.Sandbox.OnRequest(func(request *sandbox.Request) { w.holdsLiveToken(request.Line()) })
	return w
}

// environment never waits.
func (w *workspace) environment() provider.Environment {
	environment := acctest.Environment()
	environment.Now = w.clock.Now
	environment.Wait = acctest.NoWait
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	return environment
}

func (w *workspace) settings() block {
	return block{
		"host":        w.servers.Host,
		"auth":        block{"universal": block{"client_id": w.servers.ClientID, "client_secret": w.servers.ClientSecret}},
		"gitlab":      block{"instance_url": w.servers.InstanceURL, "management_token": w.managementToken()},
		"max_retries": 1,
	}
}

func (w *workspace) managementToken() string {
	return w.servers.Sandbox.GitLab.Token("admin-management").Value
}

// holdsLiveToken: whoever uses a connection never meets a dead token.
func (w *workspace) holdsLiveToken(when string) {
	if w.dies {
		return
	}
	for _, connection := range w.connections() {
		token, ok := w.servers.Sandbox.GitLab.TokenByValue(connection.AccessToken)
		if !ok || token.Revoked {
			w.t.Errorf("at %s a connection holds a dead token", when)
		}
	}
}

func (w *workspace) connections() []sandbox.Connection {
	return slices.DeleteFunc(w.servers.Sandbox.Infisical.Connections(), func(c sandbox.Connection) bool { return c.App != "gitlab" })
}

// run applies a configuration, nil for destroy, and returns what was printed.
func (w *workspace) run(config block) acctest.Diagnostics {
	w.t.Helper()
	plan := w.Plan(w.ctx, config)
	diags := plan.Diagnostics
	if !diags.Failed() {
		diags = append(diags, w.ApplyPlan(w.ctx, plan)...)
	}
	fmt.Fprintln(&w.said, diags, plan.Saved(), w.Saved())
	if strings.Contains(diags.String(), "Provider produced") || strings.Contains(diags.String(), "Provider returned") {
		w.t.Errorf("the provider breaks Terraform's rules: %s", diags)
	}
	return diags
}

// must is run for what has to succeed.
func (w *workspace) must(config block) {
	w.t.Helper()
	diags := w.run(config)
	if diags.Failed() {
		w.t.Fatalf("apply failed: %s", diags)
	}
}

// requests are the provider's since the log was reset.
func (w *workspace) requests() []sandbox.Request {
	return slices.DeleteFunc(w.servers.Sandbox.Log.Requests(), func(r sandbox.Request) bool { return r.Client != sandbox.ClientProvider })
}

// settled checks that Terraform has nothing left to do, and that exactly the right tokens live. Any other that does must stand in named.
func (w *workspace) settled(config block, named string) {
	w.t.Helper()
	plan := w.Plan(w.ctx, config)
	connections := w.connections()
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
		if token, _ := w.servers.Sandbox.GitLab.TokenByValue(inUse); !strings.HasPrefix(token.Name, "infisical ") {
			w.t.Error("Infisical does not hold a managed token")
		}
	}
	for _, token := range managedTokens(w.servers) {
		if token.Value != inUse && !strings.Contains(named, token.Name) {
			w.t.Errorf("the token %q lives on", token.Name)
		}
	}
	w.holdsLiveToken("the end")
}

// keepsSecrets searches everything for what nobody may see.
func (w *workspace) keepsSecrets() {
	w.t.Helper()
	secrets := map[string]string{"management token": w.managementToken(), "client secret": w.servers.ClientSecret, "user's token": w.servers.Token}
	for _, token := range w.servers.Sandbox.GitLab.Tokens() {
		if strings.HasPrefix(token.Name, "infisical ") {
			secrets["token "+token.Name] = token.Value
		}
	}
	for name, secret := range secrets {
		if strings.Contains(w.said.String(), secret) {
			w.t.Errorf("the %s was printed or saved", name)
		}
		if strings.Contains(w.logs.String(), secret) {
			w.t.Errorf("the %s was logged", name)
		}
	}
}

// operation is one apply, of a state that is brought about before.
type operation struct {
	// before makes the state and what else is to be there.
	before func(*workspace)
	// after is the configuration to apply; nil destroys.
	after func(*workspace) block
	// creates: a connection is made, so that a lost answer may leave a token that can only be named.
	creates bool
	// whole: it meets every mishap at every request. The others begin where something went wrong before, and meet the worst ones
	// at the requests after the plan, which are theirs alone.
	whole bool
}

func applied(config block) func(*workspace) { return func(w *workspace) { w.must(config) } }

func appliedGiven(w *workspace) { w.must(given(w.servers)) }

func becomes(config block) func(*workspace) block { return func(*workspace) block { return config } }

func becomesGiven(w *workspace) block { return given(w.servers) }

func destroyed(*workspace) block { return nil }

func sequence(steps ...func(*workspace)) func(*workspace) {
	return func(w *workspace) {
		for _, step := range steps {
			step(w)
		}
	}
}

func days(count int) func(*workspace) { return func(w *workspace) { w.clock.advance(count) } }

// failing runs an apply during which requests go wrong.
func failing(config block, faults ...sandbox.Fault) func(*workspace) {
	return func(w *workspace) {
		for _, fault := range faults {
			defer w.servers.Sandbox.Fail(fault)()
		}
		w.run(config)
	}
}

var (
	revocationFails = sandbox.Fault{Server: sandbox.ServerGitLab, Method: http.MethodDelete, Kind: sandbox.FaultStatus, Status: 500}
	patchIsLost     = sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodPatch, Kind: sandbox.FaultDropAfter}
	patchFails      = sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodPatch, Kind: sandbox.FaultStatus, Status: 500}
	patchIsRefused  = sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodPatch, Kind: sandbox.FaultStatus, Status: 403}
	// lookFails: the plan can read the connection, and nobody after it.
	lookFails  = sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodGet, Path: "/api/v1/app-connections/gitlab/*", Kind: sandbox.FaultStatus, Status: 500, Skip: 1}
	postIsLost = sandbox.Fault{Server: sandbox.ServerInfisical, Method: http.MethodPost, Path: "/api/v1/app-connections/gitlab", Kind: sandbox.FaultDropAfter}
)

func operations() map[string]operation {
	triggered := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	made := applied(managed())
	rewritten := func(w *workspace) {
		w.servers.Sandbox.Infisical.SetAccessToken(w.connections()[0].ID, w.servers.OtherToken)
	}
	removed := func(w *workspace) { w.servers.Sandbox.Infisical.Remove(w.connections()[0].ID) }
	project := block{"name": "platform", "use_cases": []string{"project_secret_sync"}, "managed_access_token": block{"project": "acme/platform/apps/api"}}
	inProject := func(w *workspace) block {
		config := managed()
		config["project_id"] = w.servers.ProjectID
		return config
	}
	return map[string]operation{
		"create":                               {before: sequence(), after: becomes(managed()), creates: true, whole: true},
		"rotate":                               {before: made, after: becomes(triggered), whole: true},
		"switch to a managed token":            {before: appliedGiven, after: becomes(managed()), whole: true},
		"switch to a token of one's own":       {before: made, after: becomesGiven, whole: true},
		"destroy":                              {before: made, after: destroyed, whole: true},
		"create for a project":                 {before: sequence(), after: becomes(project), creates: true},
		"rotate when due":                      {before: sequence(made, days(61)), after: becomes(managed())},
		"rotate after a foreign write":         {before: sequence(made, rewritten), after: becomes(managed())},
		"rotate by fewer days":                 {before: made, after: becomes(managed(block{"expiration_days": 30}))},
		"switch to another group":              {before: made, after: becomes(managed(block{"group": "acme/platform"}))},
		"switch to a project":                  {before: made, after: becomes(project)},
		"switch scopes":                        {before: made, after: becomes(managed(block{"scopes": []string{"api", "read_repository"}}))},
		"replace for another scope":            {before: made, after: inProject, creates: true},
		"replace what is gone":                 {before: sequence(made, removed), after: becomes(managed()), creates: true},
		"revoke what is pending":               {before: sequence(made, failing(triggered, revocationFails)), after: becomes(triggered)},
		"settle a lost write":                  {before: sequence(made, failing(triggered, patchIsLost, lookFails)), after: becomes(triggered)},
		"settle a lost write by another token": {before: sequence(made, failing(triggered, patchIsLost, lookFails)), after: becomesGiven},
		"take back a lost switch":              {before: sequence(appliedGiven, failing(managed(), patchIsLost, lookFails)), after: becomesGiven},
		"take back a failed switch":            {before: sequence(appliedGiven, failing(managed(), patchFails)), after: becomesGiven},
		"destroy with revocations pending":     {before: sequence(made, failing(triggered, revocationFails)), after: destroyed},
		"destroy after a lost write":           {before: sequence(made, failing(triggered, patchIsLost, lookFails)), after: destroyed},
		"destroy after all has failed":         {before: sequence(made, failing(triggered, patchIsRefused, revocationFails)), after: destroyed},
		"destroy what is gone":                 {before: sequence(made, removed), after: destroyed},
	}
}

// start brings about what the operation begins with. The log is empty then.
func (o operation) start(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t)
	o.before(w)
	w.servers.Sandbox.Log.Reset()
	return w
}

// finish is the clean apply after a disturbed one, and what must hold then. disturbed is what that one printed.
func (o operation) finish(w *workspace, disturbed acctest.Diagnostics) {
	w.t.Helper()
	config := o.after(w)
	diags := w.run(config)
	if diags.Failed() && o.creates {
		diags = w.importNamed(config, diags)
	}
	if diags.Failed() {
		w.t.Errorf("the next apply fails: %s", diags)
	}
	named := ""
	if o.creates {
		named = disturbed.String()
	}
	w.settled(config, named)
	w.keepsSecrets()
}

// importNamed does what the error about a taken name says.
func (w *workspace) importNamed(config block, diags acctest.Diagnostics) acctest.Diagnostics {
	w.t.Helper()
	_, rest, found := strings.Cut(diags.String(), "id = \"")
	id, _, _ := strings.Cut(rest, "\"")
	if !found {
		return diags
	}
	if imported := w.Import(w.ctx, id); imported.Failed() {
		return imported
	}
	return w.run(config)
}

// dryRun returns the requests that the operation makes, and how many of them are the plan's.
func (o operation) dryRun(t *testing.T) (requests []sandbox.Request, planned int) {
	t.Helper()
	w := o.start(t)
	plan := w.Plan(w.ctx, o.after(w))
	planned = len(w.requests())
	if diags := w.ApplyPlan(w.ctx, plan); diags.Failed() {
		t.Fatalf("apply failed: %s", diags)
	}
	requests = w.requests()
	w.settled(o.after(w), "")
	return requests, planned
}

// mishap is what goes wrong with a request, and with those after it.
type mishap struct {
	kind   sandbox.FaultKind
	status int
	// then is the status of the next request, if that one meets a fault of its own.
	then int
	// worst is for how long also those operations meet it that are not swept whole: it is what tells whether the books are kept.
	worst string
}

// How long a mishap lasts.
const (
	once    = "once"
	lasting = "lasting"
)

func mishaps() map[string]mishap {
	return map[string]mishap{
		"403":                     {kind: sandbox.FaultStatus, status: 403, worst: once},
		"429":                     {kind: sandbox.FaultStatus, status: 429},
		"500":                     {kind: sandbox.FaultStatus, status: 500, worst: lasting},
		"500 though done":         {kind: sandbox.FaultStatusAfter, status: 500},
		"502 page":                {kind: sandbox.FaultHTML, status: 502},
		"connection refused":      {kind: sandbox.FaultRefuse},
		"dropped":                 {kind: sandbox.FaultDropBefore},
		"dropped though done":     {kind: sandbox.FaultDropAfter, worst: lasting},
		"cut off though done":     {kind: sandbox.FaultTruncate},
		"dropped though done,403": {kind: sandbox.FaultDropAfter, then: 403, worst: once},
		"timeout":                 {kind: sandbox.FaultHang},
		"timeout though done":     {kind: sandbox.FaultHangAfter},
	}
}

// inflict lets the mishap befall the provider's requests from the one with this index on, once or until it is lifted. A refused
// connection is always lasting: once, it would be over before it is noticed.
func (m mishap) inflict(w *workspace, requests []sandbox.Request, at int, duration string) (lift func()) {
	times := 1
	if duration == lasting {
		times = 0
	}
	first := sandbox.Fault{Kind: m.kind, Status: m.status, Skip: at, Times: times}
	switch {
	case m.kind == sandbox.FaultRefuse:
		first.Server, first.Skip = requests[at].Server, 0
		for _, earlier := range requests[:at] {
			if earlier.Server == first.Server {
				first.Skip++
			}
		}
	case m.then != 0:
		first.Times = 1
		liftFirst := w.servers.Sandbox.Fail(first)
		liftThen := w.servers.Sandbox.Fail(sandbox.Fault{Kind: sandbox.FaultStatus, Status: m.then, Skip: at, Times: times})
		return func() { liftFirst(); liftThen() }
	}
	return w.servers.Sandbox.Fail(first)
}

// impatience is how long requests wait that hang.
const impatience = 100 * time.Millisecond

func (m mishap) hangs() bool { return m.kind == sandbox.FaultHang || m.kind == sandbox.FaultHangAfter }

// Requests of every operation meet every mishap, once and from then on until the operation has ended. The apply after that must
// leave nothing undone.
func TestAccManagedToken_faults(t *testing.T) {
	t.Parallel()
	var points atomic.Int64
	t.Cleanup(func() { t.Logf("%d fault points", points.Load()) })
	for name, operation := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests, first := operation.dryRun(t)
			if operation.whole {
				first = 0
			}
			for kind, mishap := range mishaps() {
				for _, duration := range []string{once, lasting} {
					if !operation.whole && mishap.worst != duration || mishap.kind == sandbox.FaultRefuse && duration == once {
						continue
					}
					t.Run(kind+","+duration, func(t *testing.T) {
						t.Parallel()
						for at := first; at < len(requests) && !t.Failed(); at++ {
							points.Add(1)
							operation.meets(t, mishap, requests, at, duration)
						}
					})
				}
			}
		})
	}
}

func (o operation) meets(t *testing.T, mishap mishap, requests []sandbox.Request, at int, duration string) {
	t.Helper()
	w := o.start(t)
	if mishap.hangs() {
		w.Environment.CredentialsTimeout = impatience
		w.Configuration["request_timeout"] = impatience.String()
	}
	lift := mishap.inflict(w, requests, at, duration)
	disturbed := w.run(o.after(w))
	lift()
	w.Environment.CredentialsTimeout = 0
	delete(w.Configuration, "request_timeout")
	o.finish(w, disturbed)
	if t.Failed() {
		t.Fatalf("fault at request %d of %d: %s\n%s", at+1, len(requests), requests[at].Line(), w.said.String())
	}
}

// Every operation is interrupted at each of its requests: when it arrives, and when it has been processed but not yet answered.
func TestAccManagedToken_stops(t *testing.T) {
	t.Parallel()
	var points atomic.Int64
	t.Cleanup(func() { t.Logf("%d points", points.Load()) })
	for name, operation := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests, first := operation.dryRun(t)
			for answered, hook := range map[string]func(*workspace, func(*sandbox.Request)){
				"at the request": func(w *workspace, f func(*sandbox.Request)) { w.servers.Sandbox.OnRequest(f) },
				"at the answer":  func(w *workspace, f func(*sandbox.Request)) { w.servers.Sandbox.OnAnswer(f) },
			} {
				t.Run(answered, func(t *testing.T) {
					t.Parallel()
					for at := first; at < len(requests) && !t.Failed(); at++ {
						points.Add(1)
						operation.isStopped(t, hook, requests, at)
					}
				})
			}
		})
	}
}

func (o operation) isStopped(t *testing.T, hook func(*workspace, func(*sandbox.Request)), requests []sandbox.Request, at int) {
	t.Helper()
	w := o.start(t)
	var seen atomic.Int64
	hook(w, func(request *sandbox.Request) {
		if request.Client == sandbox.ClientProvider && seen.Add(1) == int64(at)+1 {
			w.Stop()
		}
	})
	o.finish(w, w.run(o.after(w)))
	if t.Failed() {
		t.Fatalf("stopped at request %d of %d: %s\n%s", at+1, len(requests), requests[at].Line(), w.said.String())
	}
}
