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

func named(name string) block {
	config := managed()
	config["name"] = name
	return config
}

func TestAccManagedToken_destroyWhoseRevocationFails(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	lift := w.Fail(revocationFails)
	diags := w.Run(nil)
	if !diags.Failed() || !strings.Contains(diags.String(), w.Servers.ManagedTokens()[0].Name) || !w.InState() {
		t.Errorf("want an error that names the token, and the connection in the state (%t): %s", w.InState(), diags)
	}
	lift()
	w.Must(nil)
	w.Settled(nil, "")
}

func TestAccManagedToken_connectionDeletedByHand(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.Servers.Sandbox.Infisical.Remove(w.Connections()[0].ID)
	w.Plans(managed(), acctest.Replace, "The connection was deleted outside Terraform")
	w.Must(managed())
	w.Settled(managed(), "")
}

// The connection is not there for a while, as with a replica that lags or a database that is restored.
func TestAccManagedToken_connectionIsBack(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	lift := w.unseen()
	w.Refresh(w.Context)
	w.Plans(managed(), acctest.Replace, "deleted outside Terraform")
	lift()
	w.Plans(managed(), acctest.NoOp, "")
}

func TestAccManagedToken_pendingRevocationIsAnUpdate(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	old := w.Servers.ManagedTokens()[0].Name
	triggered := managed(block{"rotation_triggers": block{"quarter": "2026Q4"}})
	lift := w.Fail(revocationFails)
	w.Must(triggered)
	w.Plans(triggered, acctest.Update, old)
	lift()
	w.Servers.Sandbox.Log.Reset()
	w.Must(triggered)
	if slices.ContainsFunc(w.Asked(), func(line string) bool { return strings.HasPrefix(line, http.MethodPatch) }) {
		t.Error("Infisical was written to")
	}
	w.Settled(triggered, "")
}

func TestAccManagedToken_nameGoesToAnotherConnection(t *testing.T) {
	t.Parallel()
	a := newManaging(t)
	a.Must(named("x"))
	a.Must(named("y"))
	b := a.beside()
	b.Must(named("x"))
	for range 2 {
		b.Clock.AdvanceDays(61)
		b.Must(named("x"))
		a.Must(named("y"))
		if live := len(a.Servers.ManagedTokens()); live != 2 {
			t.Errorf("%d tokens are alive, want 2", live)
		}
	}
	b.Must(nil)
	a.Plans(named("y"), acctest.NoOp, "")
	a.Must(nil)
	a.Servers.NoneLive(t)
}

func TestAccManagedToken_oneNameInTwoProjects(t *testing.T) {
	t.Parallel()
	a := newManaging(t)
	b := a.beside()
	inProject := func(index int) block {
		config := managed()
		config["project_id"] = a.Servers.Sandbox.Infisical.Projects[index]
		return config
	}
	a.Must(inProject(0))
	if diags := b.Run(inProject(1)); len(diags) > 0 {
		t.Errorf("the second project hears: %s", diags)
	}
	a.Clock.AdvanceDays(61)
	a.Must(inProject(0))
	b.Must(inProject(1))
	a.Must(nil)
	if live := a.Servers.ManagedTokens(); len(live) != 1 || a.Connections()[0].AccessToken != live[0].Value {
		t.Errorf("%d tokens are alive, want the other connection's", len(live))
	}
	b.Must(nil)
	a.Servers.NoneLive(t)
}

func TestAccManagedToken_instanceAllowsLess(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Servers.Sandbox.GitLab.SetMaxLifetimeDays(30)
	w.Refuses(managed(), "expiration_days", "Expires at must be before 2026-12-22")
	w.Must(managed(block{"expiration_days": 30}))
	w.Refuses(managed(block{"expiration_days": 60, "rotation_triggers": block{"a": "b"}}), "expiration_days", "Expires at must be before")
	w.Settled(managed(block{"expiration_days": 30}), "")
}

// A group that forbids such tokens refuses them in the words that GitLab has for a missing role.
func TestAccManagedToken_groupForbidsTokens(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	g := w.Servers.Sandbox.GitLab
	g.ForbidAccessTokens(g.Group("acme"))
	w.Refuses(managed(), "Could not create the managed token", "the settings of the top-level group forbid", "set service_account")
}

func TestAccManagedToken_providerTokenDoesNotDo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token func(*gitlab.Server) any
		words []string
		// unseen: the group is not there for its user, so that a destroy can only name the token.
		unseen bool
	}{
		"absent":         {token: func(*gitlab.Server) any { return nil }, words: []string{"Provider's GitLab token needed", "GITLAB_TOKEN"}},
		"of a developer": {token: func(g *gitlab.Server) any { return g.Token("developer-management").Value }, words: []string{"Owner of the group"}},
		"of a stranger": {token: func(g *gitlab.Server) any {
			return g.AddToken(gitlab.TokenSpec{Name: "stranger", User: g.AddUser("stranger")}).Value
		}, words: []string{"Could not create the managed token"}, unseen: true},
		"only reads": {token: func(g *gitlab.Server) any { return g.Token("read-api-management").Value }, words: []string{"scope api"}},
		"expired":    {token: func(g *gitlab.Server) any { return g.Token("personal-expired").Value }, words: []string{"expired"}},
		"revoked":    {token: func(g *gitlab.Server) any { return g.Token("personal-revoked").Value }, words: []string{"revoked"}},
		"unknown":    {token: func(*gitlab.Server) any { return "glpat-example-unknown" }, words: []string{"valid personal access token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			unjudged := managed() // What the plan finds before is in provider_token_test.go.
			unjudged["token_validation"] = "off"
			right := w.Servers.ProviderToken()
			wrong := tc.token(w.Servers.Sandbox.GitLab)
			w.Manage(block{"token": wrong})
			w.Refuses(unjudged, tc.words...)

			// The same to a connection that there is, when it is to rotate and when it is to go.
			w.Manage(block{"token": right})
			w.Must(unjudged)
			w.Manage(block{"token": wrong})
			w.Clock.AdvanceDays(61)
			w.Refuses(unjudged, tc.words...)
			if tc.unseen {
				token := w.Servers.ManagedTokens()[0].Name
				if diags := w.Run(nil); !strings.Contains(diags.String(), token) {
					t.Errorf("the token %q is not named: %s", token, diags)
				}
				return
			}
			if diags := w.Run(nil); !diags.Failed() || !w.InState() {
				t.Errorf("a destroy that cannot revoke must fail: %s", diags)
			}
			w.Manage(block{"token": right})
			w.Must(nil)
			w.Settled(nil, "")
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
		"project and group":                {managed(block{"project": "acme/app"}), "Too many attributes"},
		"neither project nor group":        {managed(block{"group": nil}), "Set managed_access_token.project or managed_access_token.group."},
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
			w := newManaging(t)
			w.Refuses(tc.config, tc.words)
			if asked := w.Servers.Sandbox.Log.Provider(); len(asked) > 0 {
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
			w := newManaging(t)
			w.Must(managed())
			w.Clock.AdvanceDays(tc.before)
			plan := w.Plan(w.Context, named("renamed"))
			w.Clock.AdvanceDays(tc.between)
			if diags := w.ApplyPlan(w.Context, plan); diags.Failed() {
				t.Errorf("the saved plan fails: %s", diags)
			}
			w.Must(named("renamed"))
			w.Settled(named("renamed"), "")
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
		"life prolonged":                      {block{"expiration_days": 120}, false, "is not due yet"},
		"rotation sooner than this day":       {block{"rotate_before_days": 80}, true, "rotates 80 days before, so an apply replaces it"},
		"rotation later":                      {block{"rotate_before_days": 10}, false, "is not due yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed())
			w.Clock.AdvanceDays(20)
			first := w.Attribute("token_details", "id")
			w.Plans(managed(tc.after), acctest.Update, tc.says)
			w.Must(managed(tc.after))
			if rotated := w.Attribute("token_details", "id") != first; rotated != tc.rotates {
				t.Errorf("rotated: %t", rotated)
			}
			w.Settled(managed(tc.after), "")
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
			w := newManaging(t)
			w.Must(managed())
			w.Dies = true
			tc.lose(w.Servers.Sandbox.GitLab, w.Servers.ManagedTokens()[0].ID)
			w.Plans(managed(), acctest.Update, tc.reason)
			w.Must(managed())
			w.Settled(managed(), "")
		})
	}
}

// Older GitLab says of a missing token what must not be taken for a missing group.
func TestAccManagedToken_olderGitLab(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	token := w.Servers.ManagedTokens()[0]
	missing := fmt.Sprintf(`{"message":"404 Could not find group access token with token_id: %d Not Found"}`, token.ID)
	w.Dies = true
	w.Servers.Sandbox.GitLab.DeleteToken(token.ID)
	older := func(method string) {
		w.Fail(server.Fault{
			Server: server.GitLab, Method: method, Path: fmt.Sprintf("/api/v4/groups/*/access_tokens/%d", token.ID), Kind: server.FaultStatus,
			Status: http.StatusNotFound, Body: missing,
		})
	}
	older(http.MethodGet)
	older(http.MethodDelete)
	w.Plans(managed(), acctest.Update, "was deleted at GitLab")
	if diags := w.Run(managed()); diags.Failed() || strings.Contains(diags.String(), "GitLab token out of reach") {
		t.Errorf("the group is taken to be gone: %s", diags)
	}
	w.Settled(managed(), "")
}

// That the group cannot be seen says nothing about its token.
func TestAccManagedToken_groupOutOfSight(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	lift := w.Fail(server.Fault{
		Server: server.GitLab, Method: http.MethodGet, Kind: server.FaultStatus, Status: http.StatusNotFound, Body: `{"message":"404 Group Not Found"}`,
	})
	plan := w.Plan(w.Context, managed())
	if plan.Action != acctest.NoOp || !strings.Contains(plan.Diagnostics.String(), "Could not check the managed token") {
		t.Errorf("the plan is to %s: %s", plan.Action, plan.Diagnostics)
	}
	lift()
	w.Settled(managed(), "")
}

// The provider's GitLab token goes to the provider's GitLab and nowhere else.
func TestAccManagedToken_anotherGitLab(t *testing.T) {
	t.Parallel()
	other := acctest.StartSandbox(t)
	elsewhere := managed()
	elsewhere["instance_url"] = other.InstanceURL
	for name, config := range map[string]block{"create": nil, "move": managed()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			if config != nil {
				w.Must(config)
			}
			w.Refuses(elsewhere, "Managed token for another GitLab", other.InstanceURL, w.Servers.InstanceURL)

			// Nor does it follow when the provider's settings are changed under a connection.
			w.Must(managed())
			w.Manage(block{"instance_url": other.InstanceURL})
			w.Refuses(managed(block{"rotation_triggers": block{"a": "b"}}), "Managed token for another GitLab")
			left := w.Run(nil)
			if left.Failed() || w.InState() || !strings.Contains(left.String(), "left at another GitLab") {
				t.Errorf("the way out is blocked: %s", left)
			}
			w.Manage(block{"instance_url": w.Servers.InstanceURL})
			w.Must(managed())
			w.Settled(managed(), left.String())
			for _, request := range other.Sandbox.Log.Requests() {
				t.Errorf("the other GitLab was asked: %s", request.Line())
			}
		})
	}
}

func TestAccManagedToken_importedConnection(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessTokenType: "group", AccessToken: w.Servers.Token,
		InstanceURL: new(w.Servers.InstanceURL)})
	if diags := w.Import(w.Context, made.ID); diags.Failed() {
		t.Fatalf("import failed: %s", diags)
	}
	w.Plans(managed(), acctest.Update, "A new token will be created")
	w.Must(managed())
	w.Settled(managed(), "")
	if w.Connections()[0].ID != made.ID {
		t.Error("the connection was replaced")
	}

	// Imported once more, with its ledger lost: a token is made again, and said to be; the one before is found by its
	// name.
	again := w.beside()
	again.Import(again.Context, made.ID)
	again.Plans(managed(), acctest.Update, "A new token will be created")
	again.Must(managed())
	again.Settled(managed(), "")
}

func TestAccManagedToken_unchangedPlanAsksOnceEach(t *testing.T) {
	t.Parallel()
	w := newManaging(t)
	w.Must(managed())
	w.Servers.Sandbox.Log.Reset()
	w.Plans(managed(), acctest.NoOp, "")
	if want := []string{getRequest, "GET /api/v4/groups/{id}/access_tokens/{id}", selfRequest}; !slices.Equal(w.Asked(), want) {
		t.Errorf("asked %q, want %q", w.Asked(), want)
	}
}

// What becomes known only at apply leaves the plan open, and the apply keeps to it.
func TestAccManagedToken_unknownSettings(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]string{"group": "acme", "rotation_triggers": "", "access_level": "owner"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			open := w.Plan(w.Context, managed(block{name: tftypes.UnknownValue}))
			if open.Diagnostics.Failed() {
				t.Fatalf("the plan fails: %s", open.Diagnostics)
			}
			known := managed(block{"rotation_triggers": block{"a": "b"}})
			if unknown != "" {
				known = managed(block{name: unknown})
			}
			if diags := w.ApplyPlan(w.Context, w.Known(open, known)); diags.Failed() {
				t.Errorf("the apply fails: %s", diags)
			}
			w.Settled(known, "")
		})
	}
}

// Who configured a path looks for a path.
func TestAccManagedToken_namesTheGroupAsConfigured(t *testing.T) {
	t.Parallel()
	for configured, want := range map[string]string{"acme/platform": "group acme/platform (id 88)", "88": "group 88"} {
		t.Run(configured, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(managed(block{"group": configured}))
			lift := w.Servers.Sandbox.Fail(revocationFails)
			said := w.Run(managed(block{"group": configured, "rotation_triggers": block{"quarter": "2026Q4"}})).String()
			lift()
			if !strings.Contains(said, "of "+want+" is no longer needed") || !strings.Contains(said, "of "+want+":") {
				t.Errorf("no %q in: %s", want, said)
			}
		})
	}
}
