package connection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const officialType = "infisical_app_connection_gitlab"

// official is a connection in a state of the official provider, version 0.19. Nil is null.
type official struct {
	Label, ID, Name, Hash               string
	Token, Kind                         *string
	InstanceURL, Description, ProjectID *string
}

// officialOf is the state of a connection that the official provider made.
func officialOf(c infisical.Connection, instanceURL *string) official {
	return official{
		Label: strings.ReplaceAll(c.Name, "-", "_"), ID: c.ID, Name: c.Name, Hash: c.CredentialsHash, Token: &c.AccessToken, Kind: &c.AccessTokenType,
		InstanceURL: instanceURL, Description: c.Description, ProjectID: c.ProjectID,
	}
}

// writeOfficialState puts a state into the directory, with tokens in clear as the official provider keeps them.
func writeOfficialState(t *testing.T, cli *acctest.CLI, connections []official) {
	t.Helper()
	const name = "official-state.json.tmpl"
	skeleton, err := template.New(name).Funcs(template.FuncMap{"json": func(v any) (string, error) {
		encoded, err := json.Marshal(v)
		return string(encoded), err
	}}).ParseFiles(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(cli.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := skeleton.Execute(file, connections); err != nil {
		t.Fatal(err)
	}
}

// bothProviders names the two providers as the guide on moving says to.
var bothProviders = fmt.Sprintf(`
terraform {
  required_providers {
    infisical = {
      source = "registry.terraform.io/infisical/infisical"
    }
    infisical-gitlab = {
      source = %q
    }
  }
}
`, acctest.ProviderSource)

// ownSettings leave GitLab alone: a connection without an instance_url is at gitlab.com, and no test goes there.
const ownSettings = `
provider "infisical-gitlab" {
  gitlab = {
    token_validation = "off"
  }
}
`

func write(t *testing.T, cli *acctest.CLI, config string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(cli.Dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// moved is a resource in place of one of the official provider.
func moved(label, attributes string) string {
	return fmt.Sprintf(`
moved {
  from = %s.%s
  to   = infisical_gitlab_connection.%[2]s
}

resource "infisical_gitlab_connection" %[2]q {
  provider = infisical-gitlab
%[3]s
}
`, officialType, label, attributes)
}

// planned returns the actions of a saved plan by address, joined.
func planned(t *testing.T, cli *acctest.CLI, file string) map[string]string {
	t.Helper()
	var plan struct {
		Changes []struct {
			Address string
			Change  struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(cli.Run("show", "-json", file)), &plan); err != nil {
		t.Fatal(err)
	}
	actions := map[string]string{}
	for _, change := range plan.Changes {
		actions[change.Address] = strings.Join(change.Change.Actions, " ")
	}
	return actions
}

// estate is what the official provider manages: every sort of connection that it makes, with the configuration to move
// them.
type estate struct {
	servers *acctest.Servers
	cli     *acctest.CLI
	// tokens are by kind, and come from variables, which are declared.
	tokens    map[string]string
	variables string

	state            []official
	moves, resources string
}

func newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{servers: acctest.StartSandbox(t), tokens: map[string]string{}}
	env := append(e.servers.Environment(), serveOfficial(t))
	for kind, name := range map[string]string{"personal": "personal-api", "project": "project-owner-api", "group": "group-owner-api"} {
		e.tokens[kind] = e.servers.Sandbox.GitLab.Token(name).Value
		env = append(env, "TF_VAR_"+kind+"="+e.tokens[kind])
		e.variables += fmt.Sprintf("variable %q {\n  type = string\n  ephemeral = true\n}\n", kind)
	}
	e.cli = acctest.NewCLI(t, env...)
	for _, sort := range e.sorts() {
		e.add(sort)
	}
	writeOfficialState(t, e.cli, e.state)
	return e
}

// sorts are all combinations of the kind of token, GitLab.com or another, with and without a description, and
// organization or project.
func (e *estate) sorts() []infisical.Connection {
	var sorts []infisical.Connection
	for kind, token := range e.tokens {
		for url, instanceURL := range map[string]*string{"com": nil, "self": &e.servers.InstanceURL} {
			for about, description := range map[string]*string{"plain": nil, "described": new("Platform team")} {
				for scope, projectID := range map[string]*string{"org": nil, "project": &e.servers.ProjectID} {
					sorts = append(sorts, infisical.Connection{
						Name: strings.Join([]string{kind, url, about, scope}, "-"), AccessToken: token, AccessTokenType: kind,
						InstanceURL: instanceURL, Description: description, ProjectID: projectID,
					})
				}
			}
		}
	}
	return sorts
}

// add makes a connection at the server, in the state of the official provider, and in the configuration to move it.
func (e *estate) add(sort infisical.Connection) {
	made := sort
	if made.InstanceURL == nil {
		made.InstanceURL = new("")
	}
	if made.Description == nil {
		made.Description = new("") // as an update by the official provider leaves it
	}
	before := officialOf(e.servers.Sandbox.Infisical.Add(made), sort.InstanceURL)
	before.Description = sort.Description
	e.state = append(e.state, before)
	attributes := fmt.Sprintf("  name = %q\n  access_token = {\n    type = %q\n    value_wo = var.%s\n  }\n",
		sort.Name, sort.AccessTokenType, sort.AccessTokenType)
	for name, value := range map[string]*string{
		"instance_url": sort.InstanceURL, "description": sort.Description, "project_id": sort.ProjectID,
	} {
		if value != nil {
			attributes += fmt.Sprintf("  %s = %q\n", name, *value)
		}
	}
	both := moved(before.Label, attributes)
	at := strings.Index(both, "resource ")
	e.moves, e.resources = e.moves+both[:at], e.resources+both[at:]
}

// plansNothing checks that a plan moves them all, and does nothing else.
func (e *estate) plansNothing(t *testing.T) {
	t.Helper()
	output := e.cli.Run("plan", "-input=false", "-out=plan")
	if got := strings.Count(output, " has moved to "); got != len(e.state) {
		t.Errorf("%d connections have moved, want %d:\n%s", got, len(e.state), output)
	}
	want := map[string]string{}
	for _, connection := range e.state {
		want["infisical_gitlab_connection."+connection.Label] = "no-op"
	}
	if got := planned(t, e.cli, "plan"); !maps.Equal(got, want) {
		t.Errorf("the plan does %v", got)
	}
}

// holdsNoToken checks that no token is left in the state, but in its backup.
func (e *estate) holdsNoToken(t *testing.T) {
	t.Helper()
	state := filepath.Join(e.cli.Dir, "terraform.tfstate")
	now, backup := acctest.Read(t, state), acctest.Read(t, state+".backup")
	for kind, token := range e.tokens {
		if strings.Contains(now, token) {
			t.Errorf("the %s token is in the state after the move", kind)
		}
		if !strings.Contains(backup, token) {
			t.Errorf("the %s token is not in the backup, which the guide warns of", kind)
		}
	}
	if strings.Contains(now, officialType) {
		t.Error("the state still holds a resource of the official provider")
	}
}

// Every sort of connection that the official provider makes moves without a change, and its token leaves the state.
func TestAccConnection_movedFromOfficialProvider(t *testing.T) {
	t.Parallel()
	e := newEstate(t)

	// 1. The plan: they have moved, and nothing else.
	write(t, e.cli, bothProviders+ownSettings+e.variables+e.moves+e.resources)
	e.plansNothing(t)

	// 2. The apply: the state holds no token any more, but the backup does.
	e.cli.Run("apply", "-input=false", "plan")
	e.holdsNoToken(t)

	// 3. The moved blocks and the official provider can go.
	write(t, e.cli, strings.Replace(bothProviders, `    infisical = {
      source = "registry.terraform.io/infisical/infisical"
    }
`, "", 1)+ownSettings+e.variables+e.resources)
	if output, err := e.cli.TryWith([]string{"TF_REATTACH_PROVIDERS="}, "plan", "-input=false", "-detailed-exitcode"); err != nil {
		t.Errorf("the plan after the move is not empty: %v\n%s", err, output)
	}
	e.servers.NoWrites(t)
}

// What the first plan after a move shows depends on the token in configuration and on what became of the server's
// meanwhile.
func TestAccConnection_planAfterMove(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	acctest.HandOver(servers.Token, servers.OtherToken) // It shows plans in JSON, with the official state.
	cli := acctest.NewCLI(t, append(servers.Environment(), serveOfficial(t), "TF_VAR_token="+servers.Token, "TF_VAR_other="+servers.OtherToken)...)
	const same = "{ value_wo = var.token }"
	config := bothProviders + ownSettings + acctest.TokenVariable + strings.Replace(acctest.TokenVariable, `"token"`, `"other"`, 1)
	want := map[string]string{}
	var state []official
	for _, tc := range []struct {
		name, accessToken, want string
		meanwhile               func(c infisical.Connection, state *official)
	}{
		{name: "same", accessToken: same, want: "no-op"},
		{name: "none", accessToken: "{}", want: "no-op"},
		{name: "rotated", accessToken: "{ value_wo = var.other }", want: "update"},
		{name: "replaced", accessToken: same, want: "update", meanwhile: func(c infisical.Connection, _ *official) {
			servers.Sandbox.Infisical.SetAccessToken(c.ID, servers.OtherToken)
		}},
		// The official provider saw the replacement: it nulls the credentials and keeps the old hash.
		{name: "nulled", accessToken: same, want: "update", meanwhile: func(c infisical.Connection, state *official) {
			servers.Sandbox.Infisical.SetAccessToken(c.ID, servers.OtherToken)
			state.Token, state.Kind, state.InstanceURL = nil, nil, nil
		}},
	} {
		made := servers.Sandbox.Infisical.Add(infisical.Connection{Name: tc.name, AccessToken: servers.Token, AccessTokenType: "group"})
		before := officialOf(made, made.InstanceURL)
		if tc.meanwhile != nil {
			tc.meanwhile(made, &before)
		}
		state = append(state, before)
		config += moved(before.Label, fmt.Sprintf("  name = %q\n  access_token = %s\n", tc.name, tc.accessToken))
		want["infisical_gitlab_connection."+tc.name] = tc.want
	}
	writeOfficialState(t, cli, state)
	write(t, cli, config)

	cli.Run("plan", "-input=false", "-out=plan")
	if got := planned(t, cli, "plan"); !maps.Equal(got, want) {
		t.Errorf("the plan does %v, want %v", got, want)
	}
	cli.Run("apply", "-input=false", "plan")
	if writes := servers.Writes(); len(writes) != 3 {
		t.Errorf("%d writes, want those of the three whose token differs from the server's", len(writes))
	}
	for _, c := range servers.Sandbox.Infisical.Connections() {
		if token := servers.OtherToken; (c.AccessToken == token) != (c.Name == "rotated") {
			t.Errorf("%s has the wrong token", c.Name)
		}
	}
	if !cli.PlanIsEmpty() {
		t.Error("the plan after apply is not empty")
	}
}

// serveOfficial serves the schema of the official provider's resource, which is all that a CLI wants of the provider
// whose state is moved.
func serveOfficial(t *testing.T) string {
	t.Helper()
	return acctest.ServeAs(t, "registry.terraform.io/infisical/infisical", func() tfprotov6.ProviderServer { return officialServer{} })
}

// officialServer answers with schemas and nothing else.
type officialServer struct{ tfprotov6.ProviderServer }

func (officialServer) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{Resources: []tfprotov6.ResourceMetadata{{TypeName: officialType}}}, nil
}

func (officialServer) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	text := func(name string) *tfprotov6.SchemaAttribute {
		return &tfprotov6.SchemaAttribute{Name: name, Type: tftypes.String, Optional: true, Computed: true}
	}
	credentials := &tfprotov6.SchemaAttribute{Name: "credentials", Required: true, NestedType: &tfprotov6.SchemaObject{
		Nesting:    tfprotov6.SchemaObjectNestingModeSingle,
		Attributes: []*tfprotov6.SchemaAttribute{text("access_token"), text("access_token_type"), text("instance_url")},
	}}
	return &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas: map[string]*tfprotov6.Schema{officialType: {Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			text("id"), text("name"), text("method"), text("description"), text("project_id"), text("credentials_hash"), credentials,
		}}}},
	}, nil
}

func (officialServer) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (officialServer) ValidateProviderConfig(
	_ context.Context, req *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (officialServer) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (officialServer) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

const officialState = `{
	"id": "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11", "name": "platform", "method": "access-token", "description": "",
	"project_id": null, "credentials_hash": "00ff",
	"credentials": {"access_token": " glpat-example-to-move\n", "access_token_type": "group", "instance_url": null}
}`

func move(t *testing.T, req *tfprotov6.MoveResourceStateRequest) *tfprotov6.MoveResourceStateResponse {
	t.Helper()
	server, err := acctest.Factories(acctest.Environment())["infisical"]()
	if err != nil {
		t.Fatal(err)
	}
	req.TargetTypeName = resourceType
	resp, err := server.MoveResourceState(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// The provider's address is compared by whole segments, on any host. Older OpenTofu sends the type alone.
func TestMoveState_providers(t *testing.T) {
	t.Parallel()
	for address, taken := range map[string]bool{
		"registry.terraform.io/infisical/infisical":           true,
		"registry.opentofu.org/infisical/infisical":           true,
		"mirror.example.com/infisical/infisical":              true,
		"infisical/infisical":                                 true,
		"infisical":                                           true,
		"registry.terraform.io/notinfisical/infisical":        false,
		"registry.terraform.io/infisical/notinfisical":        false,
		"registry.terraform.io/infisical-community/infisical": false,
		"notinfisical/infisical":                              false,
		"notinfisical":                                        false,
		"a/registry.terraform.io/infisical/infisical":         false,
		"": false,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			resp := move(t, &tfprotov6.MoveResourceStateRequest{
				SourceTypeName: officialType, SourceProviderAddress: address, SourceState: &tfprotov6.RawState{JSON: []byte(officialState)},
			})
			said := acctest.ErrorsIn(resp.Diagnostics)
			if taken && (said != "" || resp.TargetState == nil) {
				t.Errorf("not taken: %s", said)
			}
			refusal := "can take over the state of " + officialType + " of the provider infisical/infisical. This is the state of " +
				officialType + " of the provider " + address
			if !taken && !says(refusal).MatchString(said) {
				t.Errorf("got %q, want a refusal", said)
			}
		})
	}
}

func TestMoveState_refusals(t *testing.T) {
	t.Parallel()
	const provider = "registry.terraform.io/infisical/infisical"
	for name, tc := range map[string]struct {
		req  tfprotov6.MoveResourceStateRequest
		want string
	}{
		"another type": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: "infisical_app_connection_github",
				SourceState: &tfprotov6.RawState{JSON: []byte(officialState)}},
			"State cannot be moved here",
		},
		"another schema version": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType, SourceSchemaVersion: 1,
				SourceState: &tfprotov6.RawState{JSON: []byte(officialState)}},
			"has the schema version 1; only version 0 can be moved here",
		},
		"another schema version of our own": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: resourceType, SourceSchemaVersion: 7,
				SourceState: &tfprotov6.RawState{JSON: []byte(`{"id": "x"}`)}},
			"has the schema version 7",
		},
		"no JSON": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType, SourceState: &tfprotov6.RawState{JSON: []byte(`{`)}},
			"State not readable",
		},
		"null": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType, SourceState: &tfprotov6.RawState{JSON: []byte(`null`)}},
			"State not readable",
		},
		"credentials of another form": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType,
				SourceState: &tfprotov6.RawState{JSON: []byte(`{"id": "x", "credentials": "glpat-example-to-move"}`)}},
			"State not readable",
		},
		"no id": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType, SourceState: &tfprotov6.RawState{JSON: []byte(`{"name": "platform"}`)}},
			"State not readable",
		},
		"state of before Terraform 0.12": {
			tfprotov6.MoveResourceStateRequest{SourceTypeName: officialType, SourceState: &tfprotov6.RawState{Flatmap: map[string]string{"id": "x"}}},
			"State not readable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.req.SourceProviderAddress = provider
			said := acctest.ErrorsIn(move(t, &tc.req).Diagnostics)
			if !says(tc.want).MatchString(said) || !strings.Contains(said, "Import the resource instead of moving it.") {
				t.Errorf("got %q, want it to say %q and what to do", said, tc.want)
			}
			if strings.Contains(said, "glpat-example") {
				t.Error("the refusal repeats the token")
			}
		})
	}
}

func TestMoveState_dropsTheToken(t *testing.T) {
	t.Parallel()
	resp := move(t, &tfprotov6.MoveResourceStateRequest{
		SourceTypeName: officialType, SourceProviderAddress: "registry.terraform.io/infisical/infisical",
		SourceState: &tfprotov6.RawState{JSON: []byte(officialState)},
	})
	acctest.NoErrors(t, resp.Diagnostics)
	p := acctest.NewUnconfiguredCalls(t)
	state := p.Decode(resourceType, resp.TargetState)
	for name, want := range map[string]string{
		"id": "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11", "name": "platform", "method": "access-token", "description": "", "project_id": "",
		"instance_url": "https://gitlab.com", "credentials_hash": "00ff",
	} {
		if got := acctest.Text(t, state[name]); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !state["description"].IsNull() {
		t.Error("an empty description was kept")
	}
	if got := acctest.IdentityID(t, resp.TargetIdentity); got != "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11" {
		t.Errorf("identity %q", got)
	}
	var private map[string][]byte
	if err := json.Unmarshal(resp.TargetPrivate, &private); err != nil {
		t.Fatal(err)
	}
	if len(private["last_write"]) == 0 {
		t.Error("the token's fingerprint was not kept")
	}
	for where, kept := range map[string][]byte{"state": slices.Concat(resp.TargetState.JSON, resp.TargetState.MsgPack),
		"private state": slices.Concat(resp.TargetPrivate, private["last_write"])} {
		if strings.Contains(string(kept), "glpat-example") {
			t.Errorf("the token is in the %s", where)
		}
	}
}

// Terraform and OpenTofu ask for a move as well when only the provider's address changed.
func TestMoveState_toAnotherAddressOfThisProvider(t *testing.T) {
	t.Parallel()
	p := acctest.NewCalls(t)
	existing := p.Sandbox.Infisical.Add(infisical.Connection{Name: "platform"})
	before, err := json.Marshal(state(existing))
	if err != nil {
		t.Fatal(err)
	}
	private := []byte(`{"last_write":"eyJrZXkiOiIifQ=="}`)
	resp := move(t, &tfprotov6.MoveResourceStateRequest{
		SourceTypeName: resourceType, SourceProviderAddress: "registry.example.com/acme/infisical", SourceState: &tfprotov6.RawState{JSON: before},
		SourcePrivate: private,
	})
	acctest.NoErrors(t, resp.Diagnostics)
	want := p.Decode(resourceType, acctest.Value(t, state(existing)))
	for name, got := range p.Decode(resourceType, resp.TargetState) {
		if !got.Equal(want[name]) {
			t.Errorf("%s is %s, want %s", name, got, want[name])
		}
	}
	if string(resp.TargetPrivate) != string(private) {
		t.Errorf("private state is %s, want %s", resp.TargetPrivate, private)
	}
	if got := acctest.IdentityID(t, resp.TargetIdentity); got != existing.ID {
		t.Errorf("identity %q, want %s", got, existing.ID)
	}
}
