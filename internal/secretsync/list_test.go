package secretsync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const resourceType = "infisical_gitlab_secret_sync"

// addSyncs makes syncs in the first project of a sandbox.
func addSyncs(p *acctest.Calls, names ...string) []infisical.Sync {
	connection := p.Sandbox.Infisical.Add(infisical.Connection{Name: "gitlab"})
	made := make([]infisical.Sync, len(names))
	for n, name := range names {
		made[n] = p.Sandbox.Infisical.AddSync(infisical.Sync{
			Name: name, ConnectionID: connection.ID, AutoSync: true,
			Destination: infisical.SyncDestination{Scope: "project", ID: "1203", Name: "acme/app", Environment: name},
		})
	}
	return made
}

func TestList(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	project := p.Sandbox.Infisical.Projects[0]
	syncs := addSyncs(p, "web-prod", "api-prod", "api-staging")
	for name, tc := range map[string]struct {
		config map[string]any
		limit  int64
		want   []string
	}{
		"all, sorted by name": {map[string]any{"project_id": project}, 100, []string{"api-prod", "api-staging", "web-prod"}},
		"by name":             {map[string]any{"project_id": project, "name_regex": "prod$"}, 100, []string{"api-prod", "web-prod"}},
		"up to the limit":     {map[string]any{"project_id": project}, 2, []string{"api-prod", "api-staging"}},
		"of another project":  {map[string]any{"project_id": p.Sandbox.Infisical.Projects[1]}, 100, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := p.DisplayNames(p.Query(resourceType, tc.config, tc.limit)); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("the resource is what an import would hold", func(t *testing.T) {
		t.Parallel()
		listed := p.Query(resourceType, map[string]any{"project_id": project, "name_regex": "web"}, 1)[0]
		if got := acctest.IdentityID(t, listed.Identity); got != syncs[0].ID {
			t.Errorf("identity %q, want %s", got, syncs[0].ID)
		}
		imported, said := p.Imported(&tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: syncs[0].ID})
		if said != "" {
			t.Fatal(said)
		}
		for name, got := range p.Decode(resourceType, listed.Resource) {
			if !got.Equal(imported[name]) {
				t.Errorf("%s: listed %s, imported %s", name, got, imported[name])
			}
		}
	})
}

// However many there are, the server is asked once.
func TestList_aHundredSyncs(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	var names []string
	for n := range 100 {
		names = append(names, fmt.Sprintf("sync-%03d", n))
	}
	addSyncs(p, names...)
	if got := p.DisplayNames(p.Query(resourceType, map[string]any{"project_id": p.Sandbox.Infisical.Projects[0]}, 1000)); !slices.Equal(got, names) {
		t.Errorf("%d syncs: %q", len(got), got)
	}
	if got := p.Requests(); !slices.Equal(got, []string{listRequest}) {
		t.Errorf("requests %q", got)
	}
}

func TestList_failures(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	for name, tc := range map[string]struct {
		config map[string]any
		want   string
	}{
		"a project that is not there": {
			map[string]any{"project_id": "99999999-9999-4999-8999-999999999999"}, "Looked in the project 99999999-9999-4999-8999-999999999999",
		},
		"no regular expression": {map[string]any{"project_id": "99999999-9999-4999-8999-999999999999", "name_regex": "("}, "missing closing )"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := p.Query(resourceType, tc.config, 100)
			if len(results) != 1 || !says(tc.want).MatchString(acctest.ErrorsIn(results[0].Diagnostics)) {
				t.Errorf("got %v, want one result that says %q", results, tc.want)
			}
		})
	}
}

// Each way to name a sync leads to the same state.
func TestImport(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	sync := addSyncs(p, "api-prod")[0]
	for name, req := range map[string]*tfprotov6.ImportResourceStateRequest{
		"by id":       {TypeName: resourceType, ID: strings.ToUpper(sync.ID)},
		"by name":     {TypeName: resourceType, ID: sync.ProjectID + "/name/api-prod"},
		"by identity": p.ByIdentity(resourceType, sync.ID),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, said := p.Imported(req)
			if said != "" {
				t.Fatal(said)
			}
			for attribute, want := range map[string]string{
				"id": sync.ID, "name": "api-prod", "project_id": sync.ProjectID, "connection_id": sync.ConnectionID, "on_destroy": "keep", "status": "",
			} {
				if got := acctest.Text(t, state[attribute]); got != want {
					t.Errorf("%s is %q, want %q", attribute, got, want)
				}
			}
		})
	}
}

func TestImport_failures(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	project := p.Sandbox.Infisical.Projects[0]
	const unknown = "00000000-0000-4000-8000-000000000000"
	for id, want := range map[string]string{
		"":                         "Not an id of Infisical: The identity has the id",
		"api-prod":                 `Not an import id: The import id is "api-prod". Expected one of`,
		"name/api-prod":            "Not an import id", // Every sync is of a project.
		project + "/name/API":      "Not an import id",
		project + "/api-prod":      "Not an import id",
		unknown:                    "No such GitLab secret sync: There is no GitLab secret sync with the id " + unknown,
		project + "/name/absent":   `There is no GitLab secret sync named "absent" in the project ` + project,
		"no-project/name/api-prod": `There is no GitLab secret sync named "api-prod" in the project no-project`,
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			req := &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: id}
			if id == "" {
				req = p.ByIdentity(resourceType, "api-prod")
			}
			if _, said := p.Imported(req); !says(want).MatchString(said) {
				t.Errorf("got %q, want it to say %q", said, want)
			}
		})
	}
}
