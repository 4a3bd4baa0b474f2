package secretsync_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// officialSync is a state that the official provider, version 0.19, wrote of an infisical_secret_sync_gitlab, as far as
// the server has it, too.
type officialSync struct {
	Name        string
	Description *string
	AutoSync    bool `json:"auto_sync_enabled"`
	Options     struct {
		KeepUnmanaged bool    `json:"disable_secret_deletion"`
		KeySchema     *string `json:"key_schema"`
	} `json:"sync_options"`
	Destination struct {
		Scope       string
		ProjectID   string `json:"project_id"`
		ProjectName string `json:"project_name"`
		GroupID     string `json:"group_id"`
		GroupName   string `json:"group_name"`
		Environment string `json:"target_environment"`
		Protected   bool   `json:"should_protect_secrets"`
		Masked      bool   `json:"should_mask_secrets"`
		Hidden      bool   `json:"should_hide_secrets"`
	} `json:"destination_config"`
}

// sync is what the server has.
func (o officialSync) sync(connectionID string) infisical.Sync {
	to := o.Destination
	sync := infisical.Sync{
		Name: o.Name, ConnectionID: connectionID, AutoSync: o.AutoSync, DisableDeletion: o.Options.KeepUnmanaged, Description: o.Description,
		Destination: infisical.SyncDestination{
			Scope: to.Scope, ID: to.ProjectID + to.GroupID, Name: to.ProjectName + to.GroupName, Environment: to.Environment,
			Protected: to.Protected, Masked: to.Masked, Hide: to.Hidden,
		},
	}
	if o.Options.KeySchema != nil {
		sync.KeySchema = *o.Options.KeySchema
	}
	if o.Description == nil {
		sync.Description = new("") // as the official provider sends it
	}
	return sync
}

// Every form of state that the official provider writes moves, without a change and without a request that writes.
func TestAccSecretSync_movedFromOfficialProvider(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]map[string]any{
		"project": {
			"description": "Production", "target": map[string]any{"project": "1203"},
			"variables": map[string]any{"masked": true, "unmanaged": "delete", "key_schema": "INF_{{secretKey}}"},
		},
		"project-by-path": {"target": map[string]any{"project": "acme/app"}, "variables": map[string]any{"masked": true, "unmanaged": "delete"}},
		"group": {
			"target":    map[string]any{"group": "87", "environment_scope": "production"},
			"variables": map[string]any{"protected": true, "masked": true, "hidden": true, "unmanaged": "keep"}, "auto_sync": false,
		},
		"empty-description": {"target": map[string]any{"project": "1203"}, "variables": map[string]any{"unmanaged": "keep"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, resourceType)
			connection := w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab", AccessToken: w.Servers.Token, AccessTokenType: "group"})
			recorded, err := os.ReadFile(filepath.Join("testdata", "official", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var official officialSync
			if err := json.Unmarshal(recorded, &official); err != nil {
				t.Fatal(err)
			}
			sync := w.Servers.Sandbox.Infisical.AddSync(official.sync(connection.ID))
			ours := strings.NewReplacer("{sync}", sync.ID, "{project}", sync.ProjectID, "{connection}", connection.ID)
			if diags := w.Move(t.Context(), "infisical_secret_sync_gitlab", json.RawMessage(ours.Replace(string(recorded)))); len(diags) > 0 {
				t.Fatal(diags)
			}
			config := map[string]any{
				"name": official.Name, "project_id": sync.ProjectID, "connection_id": connection.ID, "source": map[string]any{"environment": "prod"},
			}
			maps.Copy(config, changes)
			w.Plans(config, acctest.NoOp, "")
			w.Must(config)
			w.Servers.NoWrites(t)
		})
	}
}

func TestAccSecretSync_moveRefused(t *testing.T) {
	t.Parallel()
	w := acctest.NewProtocol(t, acctest.Environment(), resourceType, nil)
	for name, tc := range map[string]struct{ from, state, want string }{
		"another type":    {"infisical_secret_sync_github", `{"id": "x"}`, "infisical_gitlab_secret_sync can take over the state of infisical_secret_sync_gitlab"},
		"no id":           {"infisical_secret_sync_gitlab", `{"name": "api-prod"}`, "State not readable"},
		"of another form": {"infisical_secret_sync_gitlab", `{"id": "x", "destination_config": "project"}`, "State not readable"},
	} {
		if diags := w.Move(t.Context(), tc.from, json.RawMessage(tc.state)); !strings.Contains(diags.String(), tc.want) {
			t.Errorf("%s: got %s, want %q", name, diags, tc.want)
		}
	}
}
