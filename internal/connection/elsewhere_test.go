package connection_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// logInAs gives the provider block another server, or another identity.
func (w *workspace) logInAs(host, clientID, clientSecret string) {
	w.Configuration["host"] = host
	w.Configuration["auth"] = block{"universal": block{"client_id": clientID, "client_secret": clientSecret}}
}

// A state is used against another Infisical, or by an identity of another organization: nothing is deleted, revoked,
// made or forgotten.
func TestAccConnection_elsewhere(t *testing.T) {
	t.Parallel()
	for where, lead := range map[string]func(*workspace) (names []string, log *server.Log){
		"another Infisical": func(w *workspace) ([]string, *server.Log) {
			other := acctest.StartSandbox(w.t, sandbox.WithClock(w.Clock.Now))
			w.logInAs(other.Host, other.ClientID, other.ClientSecret)
			return []string{w.Servers.Host, other.Host}, other.Sandbox.Log
		},
		"another Infisical, empty and so old that it does not tell": func(w *workspace) ([]string, *server.Log) {
			other := acctest.StartSandbox(w.t, sandbox.WithClock(w.Clock.Now))
			other.Sandbox.Infisical.OmitOrganization(true)
			other.Sandbox.Fail(server.Fault{Server: server.Infisical, Path: "/api/v1/identities/details", Kind: server.FaultStatus, Status: 404})
			w.logInAs(other.Host, other.ClientID, other.ClientSecret)
			return []string{w.Servers.Host, other.Host}, other.Sandbox.Log
		},
		"another organization": func(w *workspace) ([]string, *server.Log) {
			backend := w.Servers.Sandbox.Infisical
			w.logInAs(w.Servers.Host, backend.OtherClientID, backend.OtherClientSecret)
			return []string{backend.OrganizationID, backend.OtherOrganizationID}, w.Servers.Sandbox.Log
		},
		"another organization, empty, which the access token does not tell": func(w *workspace) ([]string, *server.Log) {
			backend := w.Servers.Sandbox.Infisical
			backend.OmitOrganization(true)
			w.logInAs(w.Servers.Host, backend.OtherClientID, backend.OtherClientSecret)
			return []string{backend.OrganizationID, backend.OtherOrganizationID}, w.Servers.Sandbox.Log
		},
		"another organization, which the access token does not tell": func(w *workspace) ([]string, *server.Log) {
			backend := w.Servers.Sandbox.Infisical
			backend.OmitOrganization(true)
			backend.Add(infisical.Connection{Name: "theirs", AccessToken: w.Servers.Token, OrgID: backend.OtherOrganizationID})
			w.logInAs(w.Servers.Host, backend.OtherClientID, backend.OtherClientSecret)
			return []string{backend.OrganizationID, backend.OtherOrganizationID}, w.Servers.Sandbox.Log
		},
	} {
		for name, config := range map[string]func(*workspace) block{"managed": becomes(managed()), "given": becomesGiven} {
			t.Run(where+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newManaging(t)
				w.Must(config(w))
				before := w.Connections()[0]
				another := block{"name": "renamed", "access_token": block{"type": "group", "value_wo": w.Servers.OtherToken}}
				update, destruction := w.Plan(w.Context, another), w.Plan(w.Context, nil)
				names, log := lead(w)
				w.Servers.Sandbox.Log.Reset()
				for what, diags := range map[string]acctest.Diagnostics{
					"plan": w.Plan(w.Context, config(w)).Diagnostics, "destroy": w.Run(nil), "saved destroy": w.ApplyPlan(w.Context, destruction),
					"saved update": w.ApplyPlan(w.Context, update),
				} {
					if !diags.Failed() || !strings.Contains(diags.String(), names[0]) || !strings.Contains(diags.String(), names[1]) || !w.InState() {
						t.Errorf("%s: want an error that names %q, and the connection in the state: %s", what, names, diags)
					}
				}
				for _, request := range log.Requests() {
					if names[0] == w.Servers.Host && strings.Contains(string(request.Body), w.Servers.OtherToken) {
						t.Errorf("the token was sent to the other Infisical: %s", request.Line())
					}
				}
				if live := w.Servers.ManagedTokens(); name == "managed" && len(live) != 1 {
					t.Errorf("%d tokens are alive, want 1", len(live))
				}
				w.logInAs(w.Servers.Host, w.Servers.ClientID, w.Servers.ClientSecret)
				if found, ok := w.Servers.Sandbox.Infisical.Connection(before.ID); !ok || found.AccessToken != before.AccessToken {
					t.Error("the connection was touched")
				}
				w.Plans(config(w), acctest.NoOp, "")
			})
		}
	}
}

// The same server under another name is the same, and a connection that is deleted there is deleted.
func TestAccConnection_serverMoves(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*workspace) block{"managed": becomes(managed()), "given": becomesGiven} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManaging(t)
			w.Must(config(w))
			address, err := url.Parse(w.Servers.Host)
			if err != nil {
				t.Fatal(err)
			}
			// Other spellings of one address are nothing to speak of.
			for _, spelled := range []string{w.Servers.Host + "/", w.Servers.Host + "/api", strings.ToUpper(w.Servers.Host[:4]) + w.Servers.Host[4:] +
				"/api/"} {
				w.Configuration["host"] = spelled
				w.Plans(config(w), acctest.NoOp, "")
			}
			moved := "http://localhost:" + address.Port()
			w.Configuration["host"] = moved
			w.Plans(config(w), acctest.NoOp, "another address")
			w.Must(config(w))
			w.Plans(config(w), acctest.NoOp, "")
			w.Configuration["host"] = w.Servers.Host
			w.Servers.Sandbox.Infisical.Remove(w.Connections()[0].ID)
			w.Must(config(w))
			w.Settled(config(w), "")
		})
	}
}
