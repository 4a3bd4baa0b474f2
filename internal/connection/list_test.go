package connection_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const listRequest = "GET /api/v1/app-connections/gitlab"

func TestList(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	description := "Made by hand"
	backend := p.Sandbox.Infisical
	platform := backend.Add(infisical.Connection{Name: "platform", Description: &description, ProjectID: &backend.Projects[0], AccessTokenType: "group"})
	backend.Add(infisical.Connection{Name: "apps", Method: "oauth"})
	backend.Add(infisical.Connection{Name: "zulu", ProjectID: &backend.Projects[1]})
	backend.Add(infisical.Connection{Name: "zulu"})
	of := func(name, project string) string { return name + " (project " + project + ")" }
	platformName, zuluName := of("platform", backend.Projects[0]), of("zulu", backend.Projects[1])
	backend.Add(infisical.Connection{Name: "elsewhere", OrgID: backend.OtherOrganizationID})
	backend.Add(infisical.Connection{Name: "of-another-app", App: "github"})

	for name, tc := range map[string]struct {
		config map[string]any
		limit  int64
		want   []string
	}{
		"all, sorted by name": {map[string]any{}, 100, []string{"apps", platformName, "zulu", zuluName}},
		"of a project":        {map[string]any{"project_id": backend.Projects[0]}, 100, []string{platformName}},
		"by name":             {map[string]any{"name_regex": "^p|lu$"}, 100, []string{platformName, "zulu", zuluName}},
		"but for some":        {map[string]any{"except_name_regex": "^p|pps$"}, 100, []string{"zulu", zuluName}},
		"by name, but some":   {map[string]any{"name_regex": "^p|lu$", "except_name_regex": "^z"}, 100, []string{platformName}},
		"no match":            {map[string]any{"name_regex": "^form"}, 100, nil},
		"up to the limit":     {map[string]any{}, 2, []string{"apps", platformName}},
		"without a limit":     {map[string]any{}, 0, []string{"apps", platformName, "zulu", zuluName}},
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
		listed := p.Query(resourceType, map[string]any{"name_regex": "platform"}, 1)[0]
		if got := acctest.IdentityID(t, listed.Identity); got != platform.ID {
			t.Errorf("identity %q, want %s", got, platform.ID)
		}
		stub, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: platform.ID})
		if err != nil {
			t.Fatal(err)
		}
		imported := refreshed(t, p, &tfprotov6.ReadResourceRequest{CurrentState: stub.ImportedResources[0].State, Private: stub.ImportedResources[0].Private})
		want, got := p.Decode(resourceType, imported.NewState), p.Decode(resourceType, listed.Resource)
		for name := range want {
			if !want[name].Equal(got[name]) {
				t.Errorf("%s: listed %s, imported %s", name, got[name], want[name])
			}
		}
		if acctest.Text(t, got["description"]) != description {
			t.Errorf("description %s", got["description"])
		}
	})
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
		"another organization's": {map[string]any{"project_id": p.Sandbox.Infisical.OtherProject}, "Looked in the project " +
			p.Sandbox.Infisical.OtherProject},
		"no regular expression": {map[string]any{"name_regex": "("}, "missing closing )"},
		"no exception":          {map[string]any{"except_name_regex": "("}, "missing closing )"},
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

// However many there are, the server is asked once.
func TestFind_twoHundredConnections(t *testing.T) {
	t.Parallel()
	const many = 200
	start := func(t *testing.T) *acctest.Calls {
		t.Helper()
		p := acctest.NewCalls(t)
		for i := range many {
			p.Sandbox.Infisical.Add(infisical.Connection{Name: fmt.Sprintf("connection-%03d", i)})
		}
		return p
	}
	t.Run("list resource", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		names := p.DisplayNames(p.Query(resourceType, map[string]any{}, 1000))
		if len(names) != many || !slices.IsSorted(names) {
			t.Errorf("%d connections, sorted: %t", len(names), slices.IsSorted(names))
		}
		if got := p.Requests(); !slices.Equal(got, []string{listRequest}) {
			t.Errorf("requests %q", got)
		}
	})
	t.Run("data source", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		const name = "infisical_gitlab_connections"
		resp, err := p.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: acctest.Value(t, map[string]any{})})
		if err != nil {
			t.Fatal(err)
		}
		acctest.NoErrors(t, resp.Diagnostics)
		var connections []tftypes.Value
		if err := acctest.Decode(t, resp.State, p.Schemas.DataSourceSchemas[name].ValueType())["connections"].As(&connections); err != nil {
			t.Fatal(err)
		}
		if len(connections) != many {
			t.Errorf("%d connections", len(connections))
		}
		if got := p.Requests(); !slices.Equal(got, []string{listRequest}) {
			t.Errorf("requests %q", got)
		}
	})
}
