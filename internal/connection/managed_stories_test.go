package connection_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// plans checks what a plan does and that it says why.
func (w *workspace) plans(config block, action acctest.Action, reason string) {
	w.t.Helper()
	plan := w.Plan(w.ctx, config)
	if plan.Diagnostics.Failed() || plan.Action != action || !strings.Contains(plan.Diagnostics.String(), reason) {
		w.t.Errorf("the plan is to %s, want %s because %q: %s", plan.Action, action, reason, plan.Diagnostics)
	}
	if reason == "" && len(plan.Diagnostics) > 0 {
		w.t.Errorf("the plan says: %s", plan.Diagnostics)
	}
}

// refuses checks that an apply fails with all of the words, and leaves nothing behind.
func (w *workspace) refuses(config block, words ...string) {
	w.t.Helper()
	connections, tokens := len(w.connections()), len(managedTokens(w.servers))
	diags := w.run(config)
	if !diags.Failed() {
		w.t.Error("the apply succeeded")
	}
	for _, word := range words {
		if !strings.Contains(diags.String(), word) {
			w.t.Errorf("%q is not in: %s", word, diags)
		}
	}
	if len(w.connections()) != connections || len(managedTokens(w.servers)) != tokens {
		w.t.Errorf("there are %d connections and %d tokens, before there were %d and %d", len(w.connections()), len(managedTokens(w.servers)), connections, tokens)
	}
}

func (w *workspace) fail(fault server.Fault) (lift func()) { return w.servers.Sandbox.Fail(fault) }

// asked are the requests since the log was reset, without logins.
func (w *workspace) asked() []string {
	return slices.DeleteFunc(w.servers.Sandbox.Log.Provider(), func(line string) bool { return line == login })
}

// manage gives the provider block other settings of gitlab; nil takes one away.
func (w *workspace) manage(changes block) {
	settings := maps.Clone(w.Configuration["gitlab"].(block)) //nolint:forcetypeassert // It is what settings made.
	maps.Copy(settings, changes)
	w.Configuration["gitlab"] = settings
}

// beside is another workspace with the same servers.
func (w *workspace) beside() *workspace {
	other := newWorkspace(w.t)
	other.servers, other.clock = w.servers, w.clock
	other.Environment, other.Configuration = other.environment(), other.settings()
	return other
}

func named(name string) block {
	config := managed()
	config["name"] = name
	return config
}

func TestAccManagedToken_destroyWhoseRevocationFails(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	lift := w.fail(revocationFails)
	diags := w.run(nil)
	if !diags.Failed() || !strings.Contains(diags.String(), managedTokens(w.servers)[0].Name) || !w.InState() {
		t.Errorf("want an error that names the token, and the connection in the state (%t): %s", w.InState(), diags)
	}
	lift()
	w.must(nil)
	w.settled(nil, "")
}

func TestAccManagedToken_connectionDeletedByHand(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	w.servers.Sandbox.Infisical.Remove(w.connections()[0].ID)
	w.plans(managed(), acctest.Replace, "Somebody deleted the connection")
	w.must(managed())
	w.settled(managed(), "")
}

// The connection is not there for a while, as with a replica that lags or a database that is restored.
func TestAccManagedToken_connectionIsBack(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	lift := w.unseen()
	w.Refresh(w.ctx)
	w.plans(managed(), acctest.Replace, "gone")
	lift()
	w.plans(managed(), acctest.NoOp, "")
}

func TestAccManagedToken_pendingRevocationIsAnUpdate(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	old := managedTokens(w.servers)[0].Name
	triggered := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	lift := w.fail(revocationFails)
	w.must(triggered)
	w.plans(triggered, acctest.Update, old)
	lift()
	w.servers.Sandbox.Log.Reset()
	w.must(triggered)
	if slices.ContainsFunc(w.asked(), func(line string) bool { return strings.HasPrefix(line, http.MethodPatch) }) {
		t.Error("Infisical was written to")
	}
	w.settled(triggered, "")
}

func TestAccManagedToken_nameGoesToAnotherConnection(t *testing.T) {
	t.Parallel()
	a := newWorkspace(t)
	a.must(named("x"))
	a.must(named("y"))
	b := a.beside()
	b.must(named("x"))
	for range 2 {
		b.clock.advance(61)
		b.must(named("x"))
		a.must(named("y"))
		if live := len(managedTokens(a.servers)); live != 2 {
			t.Errorf("%d tokens are alive, want 2", live)
		}
	}
	b.must(nil)
	a.plans(named("y"), acctest.NoOp, "")
	a.must(nil)
	noneLive(t, a.servers)
}

func TestAccManagedToken_oneNameInTwoProjects(t *testing.T) {
	t.Parallel()
	a := newWorkspace(t)
	b := a.beside()
	inProject := func(index int) block {
		config := managed()
		config["project_id"] = a.servers.Sandbox.Infisical.Projects[index]
		return config
	}
	a.must(inProject(0))
	if diags := b.run(inProject(1)); len(diags) > 0 {
		t.Errorf("the second project hears: %s", diags)
	}
	a.clock.advance(61)
	a.must(inProject(0))
	b.must(inProject(1))
	a.must(nil)
	if live := managedTokens(a.servers); len(live) != 1 || a.connections()[0].AccessToken != live[0].Value {
		t.Errorf("%d tokens are alive, want the other connection's", len(live))
	}
	b.must(nil)
	noneLive(t, a.servers)
}

func TestAccManagedToken_instanceAllowsLess(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.servers.Sandbox.GitLab.SetMaxLifetimeDays(30)
	w.refuses(managed(), "expiration_days", "Expires at must be before 2026-12-22")
	w.must(managed(block{"expiration_days": 30}))
	w.refuses(managed(block{"expiration_days": 60, "rotation_triggers": block{"a": "b"}}), "expiration_days", "Expires at must be before")
	w.settled(managed(block{"expiration_days": 30}), "")
}

func TestAccManagedToken_managementTokenDoesNotDo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token func(*gitlab.Server) any
		words []string
		// unseen: the group is not there for its user, so that a destroy can only name the token.
		unseen bool
	}{
		"absent":         {token: func(*gitlab.Server) any { return nil }, words: []string{"Management token needed", "GITLAB_TOKEN"}},
		"of a developer": {token: func(g *gitlab.Server) any { return g.Token("developer-management").Value }, words: []string{"Owner of the group"}},
		"of a stranger": {token: func(g *gitlab.Server) any {
			return g.AddToken(gitlab.TokenSpec{Name: "stranger", User: g.AddUser("stranger")}).Value
		}, words: []string{"Managed token not created"}, unseen: true},
		"only reads": {token: func(g *gitlab.Server) any { return g.Token("read-api-management").Value }, words: []string{"scope api"}},
		"expired":    {token: func(g *gitlab.Server) any { return g.Token("personal-expired").Value }, words: []string{"expired"}},
		"revoked":    {token: func(g *gitlab.Server) any { return g.Token("personal-revoked").Value }, words: []string{"revoked"}},
		"unknown":    {token: func(*gitlab.Server) any { return "glpat-example-unknown" }, words: []string{"live personal access token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			right := w.managementToken()
			wrong := tc.token(w.servers.Sandbox.GitLab)
			w.manage(block{"management_token": wrong})
			w.refuses(managed(), tc.words...)

			// The same to a connection that there is, when it is to rotate and when it is to go.
			w.manage(block{"management_token": right})
			w.must(managed())
			w.manage(block{"management_token": wrong})
			w.clock.advance(61)
			w.refuses(managed(), tc.words...)
			if tc.unseen {
				token := managedTokens(w.servers)[0].Name
				if diags := w.run(nil); !strings.Contains(diags.String(), token) {
					t.Errorf("the token %q is not named: %s", token, diags)
				}
				return
			}
			if diags := w.run(nil); !diags.Failed() || !w.InState() {
				t.Errorf("a destroy that cannot revoke must fail: %s", diags)
			}
			w.manage(block{"management_token": right})
			w.must(nil)
			w.settled(nil, "")
			w.keepsSecrets()
		})
	}
}

func TestAccManagedToken_refusedAtValidate(t *testing.T) {
	t.Parallel()
	without := func(config block, name string) block {
		delete(config, name)
		return config
	}
	own := block{"scopes": []string{"api"}, "access_level": "owner"}
	for name, tc := range map[string]struct {
		config block
		words  string
	}{
		"a day of life":                    {managed(block{"expiration_days": 1}), "between 2 and 365"},
		"more than a year":                 {managed(block{"expiration_days": 366}), "between 2 and 365"},
		"rotates at once":                  {managed(block{"expiration_days": 30, "rotate_before_days": 30}), "between 1 and 29"},
		"rotates before it begins":         {managed(block{"expiration_days": 30, "rotate_before_days": 31}), "between 1 and 29"},
		"rotates at once, by default life": {managed(block{"rotate_before_days": 90}), "between 1 and 89"},
		"no day before":                    {managed(block{"rotate_before_days": 0}), "at least 1"},
		"project and group":                {managed(block{"project": "acme/app"}), "one (and only one)"},
		"neither project nor group":        {managed(block{"group": nil}), "one (and only one)"},
		"role too low":                     {managed(block{"access_level": "maintainer"}), "owner"},
		"scopes too few":                   {managed(block{"scopes": []string{"read_api"}}), "api"},
		"unknown role":                     {managed(block{"access_level": "admin"}), "access_level"},
		"no uses, nothing else":            {without(managed(), "use_cases"), "Scopes and role"},
		"no uses, no role":                 {without(managed(block{"scopes": []string{"api"}}), "use_cases"), "Scopes and role"},
		"no uses, no scopes":               {without(managed(block{"access_level": "owner"}), "use_cases"), "Scopes and role"},
		"two credentials":                  {block{"name": "platform", "managed_access_token": maps.Clone(own), "access_token": block{}}, "access_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.refuses(tc.config, tc.words)
			if asked := w.servers.Sandbox.Log.Provider(); len(asked) > 0 {
				t.Errorf("servers were asked: %q", asked)
			}
		})
	}
}

func TestAccManagedToken_savedPlanAcrossTheWindow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ before, between int }{
		"planned before, applied inside": {59, 2},
		"planned inside, applied before": {61, -2},
		"planned before, applied later":  {59, 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.must(managed())
			w.clock.advance(tc.before)
			plan := w.Plan(w.ctx, named("renamed"))
			w.clock.advance(tc.between)
			if diags := w.ApplyPlan(w.ctx, plan); diags.Failed() {
				t.Errorf("the saved plan fails: %s", diags)
			}
			w.must(named("renamed"))
			w.settled(named("renamed"), "")
		})
	}
}

func TestAccManagedToken_dayCountsChange(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after   block
		rotates bool
		says    string
	}{
		"life shortened to less than is left": {block{"expiration_days": 30}, true, "more than 30 days away, so an apply replaces it"},
		"life prolonged":                      {block{"expiration_days": 120}, false, "need not be replaced yet"},
		"rotation sooner than this day":       {block{"rotate_before_days": 80}, true, "rotates 80 days before, so an apply replaces it"},
		"rotation later":                      {block{"rotate_before_days": 10}, false, "need not be replaced yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.must(managed())
			w.clock.advance(20)
			first := w.Attribute("token", "id")
			w.plans(managed(tc.after), acctest.Update, tc.says)
			w.must(managed(tc.after))
			if rotated := w.Attribute("token", "id") != first; rotated != tc.rotates {
				t.Errorf("rotated: %t", rotated)
			}
			w.settled(managed(tc.after), "")
		})
	}
}

func TestAccManagedToken_lostAtGitLab(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lose   func(*gitlab.Server, int)
		reason string
	}{
		"revoked": {(*gitlab.Server).Revoke, "was revoked at GitLab"},
		"deleted": {(*gitlab.Server).DeleteToken, "was deleted at GitLab"},
		"expired": {(*gitlab.Server).Expire, "expires"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.must(managed())
			w.dies = true
			tc.lose(w.servers.Sandbox.GitLab, managedTokens(w.servers)[0].ID)
			w.plans(managed(), acctest.Update, tc.reason)
			w.must(managed())
			w.settled(managed(), "")
		})
	}
}

// Older GitLab says of a missing token what must not be taken for a missing group.
func TestAccManagedToken_olderGitLab(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	token := managedTokens(w.servers)[0]
	missing := fmt.Sprintf(`{"message":"404 Could not find group access token with token_id: %d Not Found"}`, token.ID)
	w.dies = true
	w.servers.Sandbox.GitLab.DeleteToken(token.ID)
	older := func(method string) {
		w.fail(server.Fault{
			Server: server.GitLab, Method: method, Path: fmt.Sprintf("/api/v4/groups/*/access_tokens/%d", token.ID), Kind: server.FaultStatus, Status: http.StatusNotFound, Body: missing,
		})
	}
	older(http.MethodGet)
	older(http.MethodDelete)
	w.plans(managed(), acctest.Update, "was deleted at GitLab")
	if diags := w.run(managed()); diags.Failed() || strings.Contains(diags.String(), "GitLab token out of reach") {
		t.Errorf("the group is taken to be gone: %s", diags)
	}
	w.settled(managed(), "")
}

// That the group cannot be seen says nothing about its token.
func TestAccManagedToken_groupOutOfSight(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	lift := w.fail(server.Fault{
		Server: server.GitLab, Method: http.MethodGet, Kind: server.FaultStatus, Status: http.StatusNotFound, Body: `{"message":"404 Group Not Found"}`,
	})
	plan := w.Plan(w.ctx, managed())
	if plan.Action != acctest.NoOp || !strings.Contains(plan.Diagnostics.String(), "Managed token not looked at") {
		t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
	}
	lift()
	w.settled(managed(), "")
}

// The management token goes to the provider's GitLab and nowhere else.
func TestAccManagedToken_anotherGitLab(t *testing.T) {
	t.Parallel()
	other := acctest.StartSandbox(t)
	elsewhere := managed()
	elsewhere["instance_url"] = other.InstanceURL
	for name, config := range map[string]block{"create": nil, "move": managed()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			if config != nil {
				w.must(config)
			}
			w.refuses(elsewhere, "Managed token for another GitLab", other.InstanceURL, w.servers.InstanceURL)

			// Nor does it follow when the provider's settings are changed under a connection.
			w.must(managed())
			w.manage(block{"instance_url": other.InstanceURL})
			w.refuses(managed(block{"rotation_triggers": block{"a": "b"}}), "Managed token for another GitLab")
			left := w.run(nil)
			if left.Failed() || w.InState() || !strings.Contains(left.String(), "left at another GitLab") {
				t.Errorf("the way out is blocked: %s", left)
			}
			w.manage(block{"instance_url": w.servers.InstanceURL})
			w.must(managed())
			w.settled(managed(), left.String())
			for _, request := range other.Sandbox.Log.Requests() {
				t.Errorf("the other GitLab was asked: %s", request.Line())
			}
		})
	}
}

func TestAccManagedToken_importedConnection(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	made := w.servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessTokenType: "group", AccessToken: w.servers.Token, InstanceURL: new(w.servers.InstanceURL)})
	if diags := w.Import(w.ctx, made.ID); diags.Failed() {
		t.Fatalf("import failed: %s", diags)
	}
	w.plans(managed(), acctest.Update, "A new token will be made")
	w.must(managed())
	w.settled(managed(), "")
	if w.connections()[0].ID != made.ID {
		t.Error("the connection was replaced")
	}

	// Imported once more, with its ledger lost: a token is made again, and said to be; the one before is found by its name.
	again := w.beside()
	again.Import(again.ctx, made.ID)
	again.plans(managed(), acctest.Update, "A new token will be made")
	again.must(managed())
	again.settled(managed(), "")
}

func TestAccManagedToken_unchangedPlanAsksOnceEach(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.must(managed())
	w.servers.Sandbox.Log.Reset()
	w.plans(managed(), acctest.NoOp, "")
	if want := []string{getRequest, "GET /api/v4/groups/{id}/access_tokens/{id}", selfRequest}; !slices.Equal(w.asked(), want) {
		t.Errorf("asked %q, want %q", w.asked(), want)
	}
}

// What becomes known only at apply leaves the plan open, and the apply keeps to it.
func TestAccManagedToken_unknownSettings(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]string{"group": "acme", "rotation_triggers": "", "access_level": "owner"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			open := w.Plan(w.ctx, managed(block{name: tftypes.UnknownValue}))
			if open.Diagnostics.Failed() {
				t.Fatalf("the plan fails: %s", open.Diagnostics)
			}
			known := managed(block{"rotation_triggers": block{"a": "b"}})
			if unknown != "" {
				known = managed(block{name: unknown})
			}
			if diags := w.ApplyPlan(w.ctx, w.Known(open, known)); diags.Failed() {
				t.Errorf("the apply fails: %s", diags)
			}
			w.settled(known, "")
		})
	}
}

// Who configured a path looks for a path.
func TestAccManagedToken_namesTheGroupAsConfigured(t *testing.T) {
	t.Parallel()
	for configured, want := range map[string]string{"acme/platform": "group acme/platform (id 88)", "88": "group 88"} {
		t.Run(configured, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.must(managed(block{"group": configured}))
			lift := w.servers.Sandbox.Fail(revocationFails)
			said := w.run(managed(block{"group": configured, "rotation_triggers": block{"quarter": "2026Q4"}})).String()
			lift()
			if !strings.Contains(said, "of "+want+" is no longer needed") || !strings.Contains(said, "of "+want+":") {
				t.Errorf("no %q in: %s", want, said)
			}
		})
	}
}
