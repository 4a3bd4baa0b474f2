package object_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// Terraform and OpenTofu ask for a move as well when only the provider's address changed.
func TestMoveState_fromAnotherAddress(t *testing.T) {
	t.Parallel()
	for _, typeName := range types {
		for from, works := range map[string]bool{typeName: true, "infisical_something": false} {
			moved, err := acctest.NewUnconfiguredCalls(t).MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
				SourceTypeName: from, SourceProviderAddress: "registry.example.com/acme/infisical", TargetTypeName: typeName,
				SourceState:   &tfprotov6.RawState{JSON: []byte(`{"id": "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11", "name": "app"}`)},
				SourcePrivate: []byte(`{"infisical":"e30="}`),
			})
			if err != nil {
				t.Fatal(err)
			}
			said := acctest.ErrorsIn(moved.Diagnostics)
			switch {
			case !works && !strings.Contains(said, "State cannot be moved here"):
				t.Errorf("%s from %s: %q", typeName, from, said)
			case works && (said != "" || acctest.IdentityID(t, moved.TargetIdentity) == "" || string(moved.TargetPrivate) != `{"infisical":"e30="}`):
				t.Errorf("%s: %q, private state %s", typeName, said, moved.TargetPrivate)
			}
		}
	}
}

// What no database can look for is not sent.
func TestLookups_refuseU0000(t *testing.T) {
	t.Parallel()
	type block = map[string]any
	for _, typeName := range types {
		w := acctest.NewWorkspace(t, typeName)
		w.Servers.Sandbox.Log.Reset()
		for what, ask := range map[string]func(context.Context) acctest.Diagnostics{
			"data source": func(ctx context.Context) acctest.Diagnostics {
				_, diags := w.ReadDataSource(ctx, typeName, block{"name": "app", "project_id": "a\x00b"})
				return diags
			},
			"data source of several": func(ctx context.Context) acctest.Diagnostics {
				_, diags := w.ReadDataSource(ctx, typeName+"s", block{"project_id": "a\x00b"})
				return diags
			},
			"import": func(ctx context.Context) acctest.Diagnostics { return w.Import(ctx, "a\x00b/name/app") },
		} {
			if diags := ask(t.Context()); !diags.Failed() || strings.Contains(diags.String(), "HTTP ") {
				t.Errorf("%s, %s: %s", typeName, what, diags)
			}
		}
		if lines := w.Asked(); len(lines) > 0 {
			t.Errorf("%s: asked %q", typeName, lines)
		}
	}
}

// More objects than the limit of a list block are said to be there.
func TestQuery_saysWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, types[0])
	for n := range 101 {
		if n == 100 {
			if _, diags := w.Query(t.Context(), map[string]any{}); len(diags) > 0 {
				t.Errorf("of %d: %s", n, diags)
			}
		}
		w.Servers.Sandbox.Infisical.Add(infisical.Connection{Name: fmt.Sprintf("c%d", n), AccessToken: w.Servers.Token, AccessTokenType: "group"})
	}
	_, diags := w.Query(t.Context(), map[string]any{})
	if diags.Failed() || !strings.Contains(diags.String(), "There are 101 GitLab connections, and the limit of this list block is 100, which leaves out 1.") {
		t.Errorf("got %s", diags)
	}
}

// A data source of Secret Scanning is imported by its name alone where the organization has one project for it.
func TestImport_scanningByNameAlone(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, types[2], sandbox.WithNewestInfisical()) // An older one knows no default project.
	backend := w.Servers.Sandbox.Infisical
	connection := backend.Add(infisical.Connection{Name: "gitlab", AccessToken: w.Servers.Token, AccessTokenType: "group"})
	config := map[string]any{"name": "app", "connection_id": connection.ID, "target": map[string]any{"project": "1203"}}
	w.Must(config)
	other := acctest.NewWorkspace(t, types[2])
	other.Servers, other.Configuration = w.Servers, w.Configuration
	if diags := other.Import(t.Context(), "name/absent"); !strings.Contains(diags.String(), "in the organization's project for Secret Scanning") {
		t.Error(diags)
	}
	if diags := other.Import(t.Context(), "name/app"); diags.Failed() {
		t.Fatal(diags)
	}
	other.Plans(config, acctest.NoOp, "")
}

// All data sources of a project, by one request, and with what the data source of one tells.
func TestDataSources_ofScanning(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, types[2], sandbox.WithNewestInfisical()) // An older one knows no default project.
	backend := w.Servers.Sandbox.Infisical
	connection := backend.Add(infisical.Connection{Name: "gitlab", AccessToken: w.Servers.Token, AccessTokenType: "group"})
	w.Must(map[string]any{"name": "app", "connection_id": connection.ID, "target": map[string]any{"project": "1203"}})
	w.Servers.Sandbox.Log.Reset()
	for regex, want := range map[string]string{"^a": "app", "b$": ""} {
		state, diags := w.ReadDataSource(t.Context(), types[2]+"s", map[string]any{"name_regex": regex})
		if diags.Failed() || !strings.Contains(state, want) || strings.Contains(state, "1203") != (want != "") {
			t.Errorf("%s: %s, %s", regex, state, diags)
		}
	}
	const list = "GET /api/v2/secret-scanning/data-sources/gitlab"
	if lines := w.Asked(); !slices.Equal(lines, []string{list, list}) {
		t.Errorf("asked %q", lines)
	}
}
