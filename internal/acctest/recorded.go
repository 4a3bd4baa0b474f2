// Use this when a state that an earlier version of the provider wrote is to be understood by this one.

package acctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A RecordedState is a resource as a version of the provider left it in the state file.
type RecordedState struct {
	SchemaVersion int64           `json:"schema_version"`
	Attributes    json.RawMessage `json:"attributes"`
	// Private is what private state held, by its keys.
	Private map[string]json.RawMessage `json:"private"`
	// Creation is the request that this version created it with.
	Creation json.RawMessage `json:"creation,omitempty"`
}

// A Recording is a state in testdata/states, and how it came about.
type Recording struct {
	Kind string
	// Config is the configuration that was applied. RecordedToken stands in it for a token.
	Config map[string]any
	// Creation is the path of the request that is recorded with it; empty where that holds a token.
	Creation string
	// Places are pairs of a placeholder in the file and what the sandbox of the test has there.
	Places []string
}

// RecordedToken is the token in configurations of recorded states.
const RecordedToken = "glpat-recorded-state"

var record = flag.Bool("record", false, "record what is missing in testdata/states by the CLI, as this version writes it")

// Recorded is a state that an earlier version wrote, made to be of this sandbox. The workspace is as it was when that
// was recorded.
func Recorded(t *testing.T, w *Workspace, of Recording) RecordedState {
	t.Helper()
	file := filepath.Join("testdata", "states", of.Kind+".json")
	places := append([]string{"{infisical}", w.Servers.Host, "{gitlab}", w.Servers.InstanceURL,
		"{organization}", w.Servers.Sandbox.Infisical.OrganizationID, "{project}", w.Servers.ProjectID}, of.Places...)
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && *record:
		text, err = json.MarshalIndent(recorded(t, w, of), "", "  ")
		check(err)
		slices.Reverse(places) // What the sandbox has comes first now, and is replaced by its placeholder.
		check(os.WriteFile(file, []byte(strings.NewReplacer(places...).Replace(string(text))+"\n"), 0o600))
		t.Skipf("recorded %s", file)
	case err != nil:
		t.Fatalf("%v; -record records it", err)
	}
	var state RecordedState
	if err := json.Unmarshal([]byte(strings.NewReplacer(places...).Replace(string(text))), &state); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return state
}

// recorded applies the configuration by the CLI and returns what that saved.
func recorded(t *testing.T, w *Workspace, of Recording) RecordedState {
	t.Helper()
	environment := w.Environment
	environment.Getenv = func(name string) string {
		for _, variable := range append(w.Servers.Environment(), "GITLAB_TOKEN="+w.Servers.ProviderToken()) {
			if is, value, _ := strings.Cut(variable, "="); is == name {
				return value
			}
		}
		return ""
	}
	cli := NewCLI(t, Serve(t, environment), "TF_VAR_token="+RecordedToken)
	cli.Write(TokenVariable)
	resources := must(json.Marshal(map[string]any{"resource": map[string]any{w.typeName: map[string]any{"recorded": of.Config}}}))
	cli.write(filepath.Join(cli.Dir, "recorded.tf.json"), strings.ReplaceAll(string(resources), RecordedToken, "${var.token}"))
	w.Servers.Sandbox.Log.Reset()
	cli.Run("apply", "-input=false", "-auto-approve")
	state := readState(t, filepath.Join(cli.Dir, "terraform.tfstate"))
	for _, request := range w.Requests() {
		if request.Method == http.MethodPost && request.Path == of.Creation {
			state.Creation = request.Body
		}
	}
	return state
}

// readState is of the only resource in a state file.
func readState(t *testing.T, file string) RecordedState {
	t.Helper()
	var saved struct {
		Resources []struct {
			Instances []struct {
				SchemaVersion int64 `json:"schema_version"`
				Attributes    json.RawMessage
				Private       []byte
			}
		}
	}
	check(json.Unmarshal([]byte(Read(t, file)), &saved))
	instance := saved.Resources[0].Instances[0]
	keys := map[string][]byte{}
	check(json.Unmarshal(instance.Private, &keys))
	state := RecordedState{SchemaVersion: instance.SchemaVersion, Attributes: instance.Attributes, Private: map[string]json.RawMessage{}}
	for key, value := range keys {
		state.Private[key] = value
	}
	return state
}

// Recreate has Infisical create the object of a recorded state by the request that was recorded. In the state, which it
// returns, the object has the id that it has now.
func (w *Workspace) Recreate(state RecordedState, path string) RecordedState {
	w.t.Helper()
	request := must(http.NewRequestWithContext(w.Context, http.MethodPost, w.Servers.Host+path, bytes.NewReader(state.Creation)))
	request.Header.Set("Authorization", "Bearer "+w.Servers.Sandbox.Infisical.AccessToken())
	request.Header.Set("Content-Type", "application/json")
	response := must(http.DefaultClient.Do(request))
	defer func() { _ = response.Body.Close() }()
	type identified struct{ ID string }
	var created map[string]identified
	if err := json.NewDecoder(response.Body).Decode(&created); err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("the request that was recorded is answered with %s (%v)", response.Status, err)
	}
	var before identified
	check(json.Unmarshal(state.Attributes, &before))
	for _, object := range created {
		state.rename(before.ID, object.ID)
	}
	return state
}

// rename replaces the id of the object wherever the state has it.
func (s *RecordedState) rename(before, now string) {
	s.Attributes = bytes.ReplaceAll(s.Attributes, []byte(before), []byte(now))
	s.Private = maps.Clone(s.Private)
	for key, value := range s.Private {
		s.Private[key] = bytes.ReplaceAll(value, []byte(before), []byte(now))
	}
}

// lost are the attributes of a state, by their paths, that a type does not have. The provider would drop them.
func lost(attributes map[string]any, from tftypes.Type) []string {
	object, ok := from.(tftypes.Object)
	if !ok {
		return nil
	}
	var paths []string
	for name, value := range attributes {
		is, known := object.AttributeTypes[name]
		if !known {
			paths = append(paths, name)
			continue
		}
		nested, _ := value.(map[string]any)
		for _, path := range lost(nested, is) {
			paths = append(paths, name+"."+path)
		}
	}
	return paths
}

// Understands checks that a recorded state plans empty and without a word, and that an apply writes nothing anywhere.
func (w *Workspace) Understands(state RecordedState, config map[string]any) {
	w.t.Helper()
	var attributes map[string]any
	check(json.Unmarshal(state.Attributes, &attributes))
	if paths := lost(attributes, w.valueType); len(paths) > 0 && state.SchemaVersion == must(providerSchemas()).ResourceSchemas[w.typeName].Version {
		w.t.Errorf("the schema no longer has %q", paths)
	}
	w.Load(w.Context, state)
	w.Plans(config, NoOp, "")
	w.Servers.Sandbox.Log.Reset()
	w.Must(config)
	for _, request := range w.Requests() {
		if request.Method != http.MethodGet && request.Line() != loginRequest {
			w.t.Errorf("sent: %s", request.Line())
		}
	}
	if !slices.ContainsFunc(w.Requests(), func(r server.Request) bool { return r.Server == server.Infisical && r.Method == http.MethodGet }) {
		w.t.Error("Infisical was not asked")
	}
}

// RemembersWhere checks that the state says at which Infisical the object is: that another one does not know it is no
// reason to take it for deleted.
func (w *Workspace) RemembersWhere() {
	w.t.Helper()
	another, here := w.Servers.AnotherInfisical(w.t, sandbox.WithClock(w.Clock.Now)), w.Configuration
	defer func() { w.Configuration = here }()
	w.Configuration = maps.Clone(here)
	w.Configuration["host"] = another.Host
	w.Configuration["auth"] = map[string]any{"universal": map[string]any{"client_id": another.ClientID, "client_secret": another.ClientSecret}}
	if diags := w.Refresh(w.Context); !strings.Contains(diags.String(), "State of another Infisical") {
		w.t.Errorf("at another Infisical, the refresh says: %s", diags)
	}
}
