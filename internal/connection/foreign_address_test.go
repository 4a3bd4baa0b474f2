package connection_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// stranger is a GitLab that somebody leads a connection to, in the hope that a secret follows.
func stranger(t *testing.T) *acctest.Servers {
	t.Helper()
	servers := acctest.StartSandbox(t)
	t.Cleanup(func() {
		for _, request := range servers.Sandbox.Log.Requests() {
			t.Errorf("the stranger's GitLab was asked by the %s: %s", request.Client, request.Line())
		}
	})
	return servers
}

// A refresh and a plan describe a token at the address that it was given to, not at the one that Infisical reports.
func TestAccConnection_refreshKeepsTokenFromForeignAddress(t *testing.T) {
	t.Parallel()
	foreign := stranger(t)
	w := newWorkspace(t)
	w.Must(given(w.Servers))
	w.Servers.Sandbox.Infisical.SetInstanceURL(w.Connections()[0].ID, foreign.InstanceURL)
	w.Refresh(w.Context)
	w.Refresh(w.Context)
	w.Plans(given(w.Servers), acctest.Update, "")
	w.Must(given(w.Servers))
	if url := w.Connections()[0].InstanceURL; url == nil || *url != w.Servers.InstanceURL {
		t.Errorf("the connection was not moved back: %v", url)
	}
}

// What is imported may be at an address that nobody but Infisical has named.
func TestAccConnection_importedAtForeignAddress(t *testing.T) {
	t.Parallel()
	foreign := stranger(t)
	w := newWorkspace(t)
	made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessToken: w.Servers.Token, AccessTokenType: "group",
		InstanceURL: &foreign.InstanceURL})
	if diags := w.Import(w.Context, made.ID); diags.Failed() {
		t.Fatalf("import failed: %s", diags)
	}
	w.Refuses(given(w.Servers), "Address of GitLab not confirmed", foreign.InstanceURL, w.Servers.InstanceURL)

	// Without a token it is as good as any other; with its address in the configuration the token goes there.
	keeping := block{"name": "platform", "access_token": block{"type": "group"}}
	w.Plans(keeping, acctest.NoOp, "")
	addressed := maps.Clone(given(w.Servers))
	addressed["instance_url"] = w.Servers.InstanceURL
	w.Must(addressed)
	w.Settled(addressed, "")
}

// A code goes with the secret of Infisical's OAuth application to the GitLab that the connection names.
func TestAccOAuth_foreignAddress(t *testing.T) {
	t.Parallel()
	withCode := func(code string, version int) block {
		return block{"name": "platform", "oauth": block{"authorization_code_wo": code, "authorization_code_wo_version": version}}
	}
	t.Run("moved", func(t *testing.T) {
		t.Parallel()
		foreign := stranger(t)
		w, application := newOAuthWorkspace(t)
		w.Must(withCode(newCode(w.Servers, application), 1))
		w.Servers.Sandbox.Infisical.SetInstanceURL(w.Connections()[0].ID, foreign.InstanceURL)
		w.Must(withCode(newCode(w.Servers, application), 2))
		if url := w.Connections()[0].InstanceURL; url == nil || *url != w.Servers.InstanceURL {
			t.Errorf("the connection was not moved back: %v", url)
		}
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		foreign := stranger(t)
		w, application := newOAuthWorkspace(t)
		made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", Method: "oauth", InstanceURL: &foreign.InstanceURL})
		if diags := w.Import(w.Context, made.ID); diags.Failed() {
			t.Fatalf("import failed: %s", diags)
		}
		w.Plans(block{"name": "platform", "oauth": block{}}, acctest.NoOp, "")
		w.Refuses(withCode(newCode(w.Servers, application), 1), "Address of GitLab not confirmed", foreign.InstanceURL)
		here := withCode(newCode(w.Servers, application), 1)
		here["instance_url"] = w.Servers.InstanceURL
		w.Must(here)
	})
}

func newOAuthWorkspace(t *testing.T) (*workspace, gitlab.Application) {
	t.Helper()
	w := newWorkspace(t)
	application := w.Servers.Sandbox.GitLab.AddApplication(w.Servers.Host + callback)
	w.Servers.Sandbox.Infisical.ConfigureOAuth(application.ClientID, application.ClientSecret, w.Servers.Host)
	// An OAuth connection holds an OAuth token, which is none of the tokens that are watched.
	w.Dies = true
	return w, application
}

// A managed token is made at the provider's GitLab only, wherever Infisical says that the connection is.
func TestAccManagedToken_foreignAddress(t *testing.T) {
	t.Parallel()
	t.Run("moved", func(t *testing.T) {
		t.Parallel()
		foreign := stranger(t)
		w := newManaging(t)
		w.Must(managed())
		w.Servers.Sandbox.Infisical.SetInstanceURL(w.Connections()[0].ID, foreign.InstanceURL)
		w.Refresh(w.Context)
		w.Must(managed())
		w.Settled(managed(), "")
	})
	// The process of the provider dies in an apply before or after somebody moves the connection: the CLI writes what
	// the refresh saw, without the private part.
	for after, config := range map[string]func(*workspace) block{"applied": becomes(managed()), "destroyed": destroyed, "given up": becomesGiven} {
		t.Run("the record lost, then moved, "+after, func(t *testing.T) {
			t.Parallel()
			foreign := stranger(t)
			w := newManaging(t)
			w.Must(managed())
			w.LosePrivate()
			w.Servers.Sandbox.Infisical.SetInstanceURL(w.Connections()[0].ID, foreign.InstanceURL)
			w.Refresh(w.Context)
			w.Must(config(w))
			w.Settled(config(w), "")
		})
	}
	// Then nothing tells any more that it was elsewhere: the configuration must.
	for after, tc := range map[string]struct {
		config func(*workspace) block
		says   string
	}{
		"applied":   {becomes(managed()), "Managed token for another GitLab"},
		"given up":  {becomesGiven, "Address of GitLab not confirmed"},
		"destroyed": {destroyed, "GitLab token left at another GitLab"},
	} {
		t.Run("moved, then the record lost, "+after, func(t *testing.T) {
			t.Parallel()
			foreign := stranger(t)
			w := newManaging(t)
			w.Must(managed())
			w.Servers.Sandbox.Infisical.SetInstanceURL(w.Connections()[0].ID, foreign.InstanceURL)
			w.Refresh(w.Context)
			w.LosePrivate()
			config := maps.Clone(tc.config(w))
			diags := w.Run(config)
			if titled(diags, tc.says) == 0 || diags.Failed() != (config != nil) {
				t.Fatalf("want %q: %s", tc.says, diags)
			}
			if config != nil {
				config["instance_url"] = w.Servers.InstanceURL
				diags = w.Run(config)
			}
			w.Settled(config, diags.String())
		})
	}
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		foreign := stranger(t)
		w := newManaging(t)
		w.Dies = true
		made := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "platform", AccessToken: w.Servers.Token, AccessTokenType: "group",
			InstanceURL: &foreign.InstanceURL})
		w.Import(w.Context, made.ID)
		w.Refuses(managed(), "Managed token for another GitLab", foreign.InstanceURL)
	})
}

// Pages are counted, not followed: the links in a list's headers have whatever address GitLab takes for its own.
func TestAccManagedToken_pagesOfTokensElsewhere(t *testing.T) {
	t.Parallel()
	foreign := stranger(t)
	w := newManaging(t)
	w.Must(managed())
	w.Fail(server.Fault{
		Server: server.GitLab, Method: "GET", Path: "/api/v4/groups/*/access_tokens", Kind: server.FaultStatus, Status: 200, Body: "[]",
		Header: map[string][]string{"Link": {"<" + foreign.InstanceURL + "/api/v4/groups/87/access_tokens?page=2>; rel=\"next\""}},
	})
	if diags := w.Run(managed(block{"rotation_triggers": block{"a": "b"}})); diags.Failed() || strings.Contains(diags.String(), "search for leftover") {
		t.Errorf("apply failed: %s", diags)
	}
}
