package connection_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// The page to get a code from has no address while GitLab has none.
func TestAccOAuth_gitLabNotKnownYet(t *testing.T) {
	t.Parallel()
	w, _ := newOAuthWorkspace(t)
	w.Configuration["gitlab"].(block)["instance_url"] = tftypes.UnknownValue
	said := w.Plan(w.Context, block{"name": "platform", "oauth": block{}}).Diagnostics.String()
	if !strings.Contains(said, "Authorization code needed") || !strings.Contains(said, "once instance_url is known") ||
		strings.Contains(said, "/oauth/authorize") {
		t.Errorf("got %s", said)
	}
}

func TestAccConnectionOptions_gitLabNotKnownYet(t *testing.T) {
	t.Parallel()
	w, _ := newOAuthWorkspace(t)
	servers := *w.Servers
	config := fmt.Sprintf(`
resource "terraform_data" "gitlab" {
  input = %q
}
%s
data "infisical_gitlab_connection_options" "test" {}
`, servers.InstanceURL, strings.Replace(servers.Provider(""),
		fmt.Sprintf("instance_url = %q", servers.InstanceURL), "instance_url = terraform_data.gitlab.output", 1))
	test(t,
		resource.TestStep{Config: config, ExpectError: says("Set instance_url here")},
		resource.TestStep{
			Config: strings.Replace(config, `"test" {}`, fmt.Sprintf(`"test" { instance_url = %q }`, servers.InstanceURL), 1),
			Check:  resource.TestCheckResourceAttr("data.infisical_gitlab_connection_options.test", "instance_url", servers.InstanceURL),
		},
	)
}
