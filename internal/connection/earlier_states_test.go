package connection_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// States of each kind that an earlier version wrote plan empty, and what they remember of tokens is understood, and so
// is where they were written.
func TestAccConnection_statesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]block{
		"given":   {"use_cases": []string{"group_secret_sync"}, "access_token": block{"value_wo": acctest.RecordedToken}},
		"managed": {"use_cases": []string{"group_secret_sync"}, "description": "Made by an earlier version", "managed_access_token": block{"group": "acme"}},
		"oauth":   {"oauth": block{"authorization_code_wo_version": 1}},
		"targets": {"use_cases": []string{"project_secret_sync"}, "targets": projects("acme/app"), "managed_access_token": block{
			"project": "acme/app", "access_level": "owner",
		}},
		"service-account": {"use_cases": []string{"project_secret_sync"}, "managed_access_token": block{
			"group": "acme", "service_account": deployer, "expiration_days": 30, "rotation_triggers": block{"quarter": "2026Q4"},
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, application := newOAuthWorkspace(t)
			w.Dies = false
			w.HoldToken()
			w.Clock.AdvanceDays(2) // It is the day on which they were recorded.
			if grant, ok := config["oauth"].(block); ok {
				grant["authorization_code_wo"] = newCode(w.Servers, application)
			}
			config["name"] = kind
			own := w.Servers.Sandbox.GitLab.AddToken(gitlab.TokenSpec{
				Name: "ci", Value: acctest.RecordedToken, Resource: w.Servers.Sandbox.GitLab.Group("acme"), AccessLevel: gitlab.OwnerAccess,
			})
			state := acctest.Recorded(t, w.Workspace, acctest.Recording{Kind: kind, Config: config})
			w.remake(state, own)
			w.Understands(state, config)
			w.RemembersWhere()
			w.Must(nil)
			w.Servers.NoneLive(t)
			if len(w.Connections()) != 0 {
				t.Error("the connection was not deleted")
			}
		})
	}
}

// remake gives the servers the connection of the state, and the token that it had, which is the user's own or one that
// the connection made.
func (w *workspace) remake(state acctest.RecordedState, own gitlab.Token) {
	w.t.Helper()
	var recorded struct {
		ID, Name, Method string
		Description      *string
		Hash             string    `json:"credentials_hash"`
		CreatedAt        time.Time `json:"created_at"`
		Token            *struct {
			Name, Type string
			ExpiresAt  *string `json:"expires_at"`
		} `json:"token_details"`
	}
	if err := json.Unmarshal(state.Attributes, &recorded); err != nil {
		w.t.Fatal(err)
	}
	made := infisical.Connection{
		ID: recorded.ID, Name: recorded.Name, Method: recorded.Method, Description: recorded.Description, CredentialsHash: recorded.Hash,
		CreatedAt: recorded.CreatedAt, AccessTokenType: "group", AccessToken: own.Value,
	}
	if token := recorded.Token; token != nil && token.Name != own.Name {
		server := w.Servers.Sandbox.GitLab
		spec := map[string]gitlab.TokenSpec{
			"group":    {Resource: server.Group("acme"), AccessLevel: gitlab.OwnerAccess},
			"project":  {Resource: server.Project("acme/app"), AccessLevel: gitlab.OwnerAccess},
			"personal": {Kind: gitlab.ServiceAccountToken, User: w.account()},
		}[token.Type]
		spec.Name, spec.ExpiresAt = token.Name, token.ExpiresAt
		made.AccessTokenType, made.AccessToken = token.Type, server.AddToken(spec).Value
	}
	w.Servers.Sandbox.Infisical.Add(made)
}
