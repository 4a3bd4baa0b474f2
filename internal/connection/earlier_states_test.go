package connection_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// recordedState is a state that an earlier version wrote, with {infisical}, {gitlab} and {organization} for what each
// sandbox has of its own.
type recordedState struct {
	Attributes json.RawMessage
	Private    map[string]json.RawMessage
}

func readRecordedState(t *testing.T, servers *acctest.Servers, kind string) recordedState {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "states", kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.NewReplacer("{infisical}", servers.Host, "{gitlab}", servers.InstanceURL, "{organization}", servers.Sandbox.Infisical.OrganizationID)
	var state recordedState
	if err := json.Unmarshal([]byte(ours.Replace(string(text))), &state); err != nil {
		t.Fatal(err)
	}
	return state
}

// States of each kind that an earlier version wrote plan empty, and what they remember of tokens is understood.
func TestAccConnection_statesOfEarlierVersions(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]block{
		"given":   {"use_cases": []string{"group_secret_sync"}, "access_token": block{"value_wo": "glpat-recorded-state"}},
		"managed": {"use_cases": []string{"group_secret_sync"}, "description": "Made by an earlier version", "managed_access_token": block{"group": "acme"}},
		"oauth":   {"oauth": block{"authorization_code_wo_version": 1}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.Clock.AdvanceDays(2) // It is the day on which they were recorded.
			state := readRecordedState(t, w.Servers, kind)
			w.remake(state)
			w.Load(w.Context, state.Attributes, state.Private)
			config["name"] = kind
			w.Plans(config, acctest.NoOp, "")
			w.Servers.Sandbox.Log.Reset()
			w.Must(config)
			w.Servers.NoWrites(t)
			w.Must(nil)
			w.Servers.NoneLive(t)
			if len(w.Connections()) != 0 {
				t.Error("the connection was not deleted")
			}
		})
	}
}

// remake gives the servers the connection and the tokens that the state is of.
func (w *workspace) remake(state recordedState) {
	w.t.Helper()
	var recorded struct {
		ID, Name, Method string
		Description      *string
		Hash             string    `json:"credentials_hash"`
		CreatedAt        time.Time `json:"created_at"`
		Token            *struct {
			Name      string
			ExpiresAt *string `json:"expires_at"`
		}
	}
	if err := json.Unmarshal(state.Attributes, &recorded); err != nil {
		w.t.Fatal(err)
	}
	server := w.Servers.Sandbox.GitLab
	spec := gitlab.TokenSpec{Name: "ci", Value: "glpat-recorded-state", Resource: server.Group("acme"), AccessLevel: gitlab.OwnerAccess}
	made := infisical.Connection{
		ID: recorded.ID, Name: recorded.Name, Method: recorded.Method, Description: recorded.Description, CredentialsHash: recorded.Hash,
		CreatedAt: recorded.CreatedAt, AccessTokenType: "group", AccessToken: server.AddToken(spec).Value,
	}
	if token := recorded.Token; token != nil && token.Name != spec.Name {
		spec.Name, spec.Value, spec.ExpiresAt = token.Name, "", token.ExpiresAt
		made.AccessToken = server.AddToken(spec).Value
	}
	w.Servers.Sandbox.Infisical.Add(made)
}
