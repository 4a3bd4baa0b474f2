package connection_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	ours "github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// looking is the provider with one data source more, which tells what token a connection has left.
type looking struct{ provider.Provider }

func (looking) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &leftToken{} }}
}

type leftToken struct{ data *providerdata.Data }

func (*leftToken) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "infisical_left_token"
}

func (*leftToken) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{Required: true}, "found": schema.StringAttribute{Computed: true},
	}}
}

func (d *leftToken) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerdata.Of(req.ProviderData, &resp.Diagnostics)
}

func (d *leftToken) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	found := "nothing"
	if left, ok := d.data.Tokens.Of(id.ValueString()); ok {
		self, err := left.DescribeSelf(ctx)
		if err != nil {
			resp.Diagnostics.AddError("Could not describe the token", err.Error())
		}
		found = tokenAt(left.Instance(), self.ID)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("found"), found)...)
}

func tokenAt(instance string, id int64) string { return fmt.Sprintf("token %d at %s", id, instance) }

// A connection leaves its token to others in the same process, at every plan in which it has it, and to nobody else.
func TestAccConnection_leavesItsToken(t *testing.T) {
	t.Parallel()
	const look = `
data "infisical_left_token" "test" {
  id = infisical_gitlab_connection.test.id
}
`
	for name, tc := range map[string]struct {
		connection string
		again      string // what a plan without changes finds: "the same" or "nothing"
	}{
		"write-only":              {`access_token = { value_wo = var.token }`, "the same"},
		"write-only with version": {`access_token = { value_wo = var.token, value_wo_version = 1 }`, "the same"},
		"managed":                 {"use_cases = [\"group_secret_sync\"]\n  managed_access_token = { group = \"acme\" }", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			factories := map[string]func() (tfprotov6.ProviderServer, error){
				"infisical": providerserver.NewProtocol6WithError(looking{ours.New("test", acctest.Environment())()}),
			}
			config := managedProvider(servers) + acctest.TokenVariable +
				fmt.Sprintf("\nresource \"infisical_gitlab_connection\" \"test\" {\n  name = \"platform\"\n  %s\n}\n", tc.connection) + look
			held := func() string { return servers.Sandbox.Infisical.Connections()[0].AccessToken }
			finds := func(want func() string) resource.TestCheckFunc {
				return func(state *terraform.State) error {
					if strings.Contains(state.String(), held()) {
						return errors.New("the token is in the state")
					}
					return resource.TestCheckResourceAttr("data.infisical_left_token.test", "found", want())(state)
				}
			}
			theToken := func() string {
				token, _ := servers.Sandbox.GitLab.TokenByValue(held())
				return tokenAt(servers.InstanceURL, int64(token.ID))
			}
			again := theToken
			if tc.again == "nothing" {
				again = func() string { return tc.again }
			}
			acctest.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories, Steps: []resource.TestStep{
				{Config: config, ConfigVariables: acctest.Token(servers.Token), Check: finds(theToken)},
				// A managed token is known only to the process that made it.
				{Config: config, ConfigVariables: acctest.Token(servers.Token), Check: finds(again)},
			}})
		})
	}
}

// A token that a plan replaces does not judge for its successor, which only the apply knows: that would be in the way
// of the repair of a connection whose token has died.
func TestAccConnection_deadTokenDoesNotJudgeForItsSuccessor(t *testing.T) {
	t.Parallel()
	for name, successor := range map[string]string{
		"known after apply": `access_token = { type = "group", value_wo = terraform_data.token.output }`,
		"managed":           `managed_access_token = { group = "acme" }`,
		"open":              `access_token = terraform_data.token.output == "" ? null : { type = "group", value_wo = terraform_data.token.output }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			dead, next := servers.Sandbox.GitLab.Token("group-owner-scanning"), servers.Sandbox.GitLab.Token("group-owner-api")
			acctest.HandOver(dead.Value, next.Value)
			cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_project_id="+servers.Sandbox.Infisical.Projects[0],
				"GITLAB_TOKEN="+servers.ProviderToken())...)
			write := func(credential, more string) {
				cli.Write(fmt.Sprintf(`
provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["project_secret_sync"]
  %s
}
%s`, credential, more))
			}
			write(fmt.Sprintf(`access_token = { type = "group", value_wo = %q }`, dead.Value), "")
			cli.Run("apply", "-auto-approve", "-input=false")
			servers.Sandbox.GitLab.Revoke(dead.ID)
			write(successor, fmt.Sprintf(`
variable "project_id" {}

resource "terraform_data" "token" { input = %q }

resource "infisical_gitlab_secret_sync" "test" {
  name          = "test"
  project_id    = var.project_id
  connection_id = infisical_gitlab_connection.test.id
  source        = { environment = "prod" }
  target        = { project = "1203" }
  variables     = { unmanaged = "keep" }
}
`, next.Value))
			if applied, err := cli.Try("apply", "-auto-approve", "-input=false"); err != nil || !strings.Contains(applied, "2 added, 1 changed") {
				t.Errorf("%v\n%s", err, applied)
			}
		})
	}
}
