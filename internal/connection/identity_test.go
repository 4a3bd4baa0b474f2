package connection_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestAccConnection_identity(t *testing.T) {
	t.Parallel()
	clock := server.NewClock(time.Now())
	servers := acctest.StartSandbox(t, sandbox.WithClock(clock.Now))
	token := acctest.Token(servers.Token)
	same := []statecheck.StateCheck{statecheck.ExpectIdentityValueMatchesState(address, tfjsonpath.New("id"))}
	var id string
	acctest.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(acctest.Environment()),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			// 1. Create.
			{Config: connectionConfig(servers, "platform", ""), ConfigVariables: token, ConfigStateChecks: same,
				Check: after(func() { id = servers.Only(t).ID })},
			// 2. Rename: the identity stays.
			{Config: connectionConfig(servers, "renamed", ""), ConfigVariables: token, ConfigPlanChecks: action(plancheck.ResourceActionUpdate),
				ConfigStateChecks: same},
			// 3. Import by identity: without a token in configuration there is nothing to do.
			{
				Config: tokenConfig(servers, "renamed", `{}`), ConfigVariables: token, ResourceName: address,
				ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
			},
			// 4. Deleted out of band: another one is made.
			{
				PreConfig: func() { clock.Advance(time.Minute); servers.Sandbox.Infisical.Remove(id) },
				Config:    connectionConfig(servers, "renamed", ""), ConfigVariables: token, ConfigPlanChecks: action(plancheck.ResourceActionCreate),
				ConfigStateChecks: same,
			},
		},
	})
}

// State written by Terraform before 1.12 has no identity, and CLIs since then insist on one.
func TestIdentity_ofStateWithoutOne(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	existing := p.Sandbox.Infisical.Add(infisical.Connection{Name: "existing", AccessTokenType: "group"})
	gone := existing
	gone.ID = "00000000-0000-4000-8000-000000000000"

	t.Run("read", func(t *testing.T) {
		t.Parallel()
		resp := refreshed(t, p, &tfprotov6.ReadResourceRequest{CurrentState: acctest.Value(t, state(existing))})
		if got := acctest.IdentityID(t, resp.NewIdentity); got != existing.ID {
			t.Errorf("identity %q, want %s", got, existing.ID)
		}
	})
	t.Run("read of one that is gone", func(t *testing.T) {
		t.Parallel()
		resp := refreshed(t, p, &tfprotov6.ReadResourceRequest{CurrentState: acctest.Value(t, state(gone))})
		if got := acctest.IdentityID(t, resp.NewIdentity); got != gone.ID {
			t.Errorf("identity %q, want %s", got, gone.ID)
		}
		if p.Decode(resourceType, resp.NewState) != nil {
			t.Error("the state was kept")
		}
	})
	t.Run("read of one that is gone and leaves a token to revoke", func(t *testing.T) {
		t.Parallel()
		private, err := json.Marshal(map[string][]byte{"managed_tokens": []byte(`{"current":{"kind":"group","resource_id":"acme","id":1,"name":"x"}}`)})
		if err != nil {
			t.Fatal(err)
		}
		resp := refreshed(t, p, &tfprotov6.ReadResourceRequest{CurrentState: acctest.Value(t, state(gone)), Private: private})
		if got := acctest.IdentityID(t, resp.NewIdentity); got != gone.ID {
			t.Errorf("identity %q, want %s", got, gone.ID)
		}
		if p.Decode(resourceType, resp.NewState) == nil {
			t.Error("the state was dropped")
		}
	})
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		renamed := p.Sandbox.Infisical.Add(infisical.Connection{Name: "before", AccessTokenType: "group"})
		planned := state(renamed)
		planned["name"] = "after"
		resp, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: resourceType, PriorState: acctest.Value(t, state(renamed)), PlannedState: acctest.Value(t, planned),
			Config: acctest.Value(t, map[string]any{"name": "after", "access_token": map[string]any{}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		acctest.NoErrors(t, resp.Diagnostics)
		if got := acctest.IdentityID(t, resp.NewIdentity); got != renamed.ID {
			t.Errorf("identity %q, want %s", got, renamed.ID)
		}
	})
}

// While the provider cannot ask, it still says which connection the state is of.
func TestIdentity_whileTheProviderIsNotConfigured(t *testing.T) {
	t.Parallel()
	p := acctest.NewUnconfiguredCalls(t)
	known, err := p.Settings().Unmarshal(p.Schemas.Provider.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := tftypes.Transform(known, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if at.Equal(tftypes.NewAttributePath().WithAttributeName("host")) {
			return tftypes.NewValue(tftypes.String, tftypes.UnknownValue), nil
		}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := tfprotov6.NewDynamicValue(p.Schemas.Provider.ValueType(), unknown)
	if err != nil {
		t.Fatal(err)
	}
	p.Configure(&settings)
	existing := infisical.Connection{ID: "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11", Name: "existing", Method: "access-token", AccessTokenType: "group"}
	resp := refreshed(t, p, &tfprotov6.ReadResourceRequest{CurrentState: acctest.Value(t, state(existing))})
	if got := acctest.IdentityID(t, resp.NewIdentity); got != existing.ID {
		t.Errorf("identity %q, want %s", got, existing.ID)
	}
	imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: existing.ID})
	if err != nil {
		t.Fatal(err)
	}
	if said := acctest.ErrorsIn(imported.Diagnostics); !says("Provider not configured yet").MatchString(said) {
		t.Errorf("import: %q", said)
	}
}

func refreshed(t *testing.T, p *acctest.Calls, req *tfprotov6.ReadResourceRequest) *tfprotov6.ReadResourceResponse {
	t.Helper()
	req.TypeName = resourceType
	resp, err := p.ReadResource(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	acctest.NoErrors(t, resp.Diagnostics)
	return resp
}

// An upgrade of the CLI, seen from the command line: its first run meets a state without identities.
func TestAccConnection_stateWithoutIdentity(t *testing.T) {
	t.Parallel()
	clock := server.NewClock(time.Now())
	servers := acctest.StartSandbox(t, sandbox.WithClock(clock.Now))
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	declare := func(name string) {
		cli.Write(acctest.TokenVariable + fmt.Sprintf("resource \"infisical_gitlab_connection\" \"test\" {\n  name = %q\n  access_token = { type = \"group\", value_wo = var.token }\n}\n", name))
	}
	path := filepath.Join(cli.Dir, "terraform.tfstate")
	// 1. Update.
	declare("before")
	cli.Run("apply", "-auto-approve", "-input=false")
	if !forgetIdentities(t, path) {
		t.Skip("this CLI keeps no identities")
	}
	declare("after")
	cli.Run("apply", "-auto-approve", "-input=false", "-refresh=false")
	if !forgetIdentities(t, path) {
		t.Error("the update gave the connection no identity")
	}

	// 2. Refresh.
	cli.Run("apply", "-auto-approve", "-input=false", "-refresh-only")
	if !forgetIdentities(t, path) {
		t.Error("the refresh gave the connection no identity")
	}

	// 3. Deleted out of band.
	clock.Advance(time.Minute)
	servers.Sandbox.Infisical.Remove(servers.Only(t).ID)
	cli.Run("apply", "-auto-approve", "-input=false")
	servers.Only(t)
}

// forgetIdentities makes a state one of before there were identities. It reports whether it held any.
func forgetIdentities(t *testing.T, path string) bool {
	t.Helper()
	var state map[string]any
	if err := json.Unmarshal([]byte(acctest.Read(t, path)), &state); err != nil {
		t.Fatal(err)
	}
	held := false
	for _, resource := range list(state["resources"]) {
		for _, instance := range list(resource["instances"]) {
			_, has := instance["identity"]
			held = held || has
			delete(instance, "identity")
			delete(instance, "identity_schema_version")
		}
	}
	encoded, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	return held
}

// list is a JSON array of objects.
func list(v any) []map[string]any {
	elements, _ := v.([]any)
	var objects []map[string]any
	for _, element := range elements {
		if object, ok := element.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}
