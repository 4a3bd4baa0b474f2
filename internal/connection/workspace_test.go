package connection_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
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
	// elsewhere are servers with another GitLab, to which a connection may have moved; nil when there is none.
	elsewhere *acctest.Servers
	// application is Infisical's at GitLab; empty when there is none.
	application gitlab.Application
	clock       *clock
	// before are the connections that an operation begins with, none if one of them is deposed.
	before []infisical.Connection

	// dies: the token is to be dead at times.
	dies bool
	ctx  context.Context //nolint:containedctx // It carries the logger whose text is searched.
	logs *bytes.Buffer
	// said is everything that commands printed or saved.
	said strings.Builder
	// told are the warnings and errors among it.
	told strings.Builder
}

func newWorkspace(t *testing.T, options ...sandbox.Option) *workspace {
	t.Helper()
	w := &workspace{t: t, clock: newClock(), logs: &bytes.Buffer{}}
	w.servers = acctest.StartSandbox(t, append(options, sandbox.WithClock(w.clock.Now))...)
	w.ctx = tflogtest.RootLogger(t.Context(), w.logs)
	w.Protocol = acctest.NewProtocol(t, w.environment(), "infisical_gitlab_connection", w.settings())
	w.servers.Sandbox.OnRequest(func(request *server.Request) { w.holdsLiveToken(request.Line()) })
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
		token, ok := w.tokenOf(connection)
		if !ok || token.Revoked {
			w.t.Errorf("at %s a connection holds a dead token", when)
		}
	}
}

func (w *workspace) connections() []infisical.Connection {
	return slices.DeleteFunc(w.servers.Sandbox.Infisical.Connections(), func(c infisical.Connection) bool { return c.App != "gitlab" })
}

// tokenOf is the token that a connection holds.
func (w *workspace) tokenOf(connection infisical.Connection) (gitlab.Token, bool) {
	for _, servers := range w.everywhere() {
		if token, ok := servers.Sandbox.GitLab.TokenByValue(connection.AccessToken); ok {
			return token, true
		}
	}
	return gitlab.Token{}, false
}

func (w *workspace) everywhere() []*acctest.Servers {
	if w.elsewhere == nil {
		return []*acctest.Servers{w.servers}
	}
	return []*acctest.Servers{w.servers, w.elsewhere}
}

// managedTokens are the live tokens that were made for connections.
func (w *workspace) managedTokens() []gitlab.Token {
	var live []gitlab.Token
	for _, servers := range w.everywhere() {
		live = append(live, managedTokens(servers)...)
	}
	return live
}

// run applies a configuration, nil for none, and returns what was printed.
func (w *workspace) run(config block, arguments ...acctest.PlanOption) acctest.Diagnostics {
	w.t.Helper()
	plan := w.Plan(w.ctx, config, arguments...)
	diags := plan.Diagnostics
	if !diags.Failed() {
		diags = append(diags, w.ApplyPlan(w.ctx, plan)...)
	}
	w.keep(diags, plan.Saved(), w.Saved())
	return diags
}

// keep remembers what a command said and saved.
func (w *workspace) keep(diags acctest.Diagnostics, saved ...string) {
	w.t.Helper()
	fmt.Fprintln(&w.said, diags, saved)
	fmt.Fprintln(&w.told, diags)
	if strings.Contains(diags.String(), "Provider produced") || strings.Contains(diags.String(), "Provider returned") {
		w.t.Errorf("the provider breaks Terraform's rules: %s", diags)
	}
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
func (w *workspace) requests() []server.Request {
	return slices.DeleteFunc(w.servers.Sandbox.Log.Requests(), func(r server.Request) bool { return r.Client != server.ClientProvider })
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
		if token, _ := w.tokenOf(connections[0]); !strings.HasPrefix(token.Name, "infisical ") {
			w.t.Error("Infisical does not hold a managed token")
		}
	}
	for _, token := range w.managedTokens() {
		if token.Value != inUse && !strings.Contains(named, token.Name) {
			w.t.Errorf("the token %q lives on", token.Name)
		}
	}
	w.holdsLiveToken("the end")
}

// keepsSecrets searches everything for what nobody may see.
func (w *workspace) keepsSecrets() {
	w.t.Helper()
	secrets := map[string]string{"client secret": w.servers.ClientSecret, "user's token": w.servers.Token}
	for _, servers := range w.everywhere() {
		secrets["management token of "+servers.InstanceURL] = servers.Sandbox.GitLab.Token("admin-management").Value
		for _, token := range servers.Sandbox.GitLab.Tokens() {
			if strings.HasPrefix(token.Name, "infisical ") {
				secrets["token "+token.Name] = token.Value
			}
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

// importNamed does what the error about a taken name says: it imports the connection, or deletes it where another is in the state.
func (w *workspace) importNamed(config block, diags acctest.Diagnostics) acctest.Diagnostics {
	w.t.Helper()
	_, rest, found := strings.Cut(diags.String(), "id = \"")
	id, _, _ := strings.Cut(rest, "\"")
	if !found {
		return diags
	}
	if w.InState() {
		w.servers.Sandbox.Infisical.Remove(id)
	} else if imported := w.Import(w.ctx, id); imported.Failed() {
		return imported
	}
	return w.run(config)
}
