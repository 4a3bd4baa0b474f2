package connection

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// leading sends to the sandbox what is meant for another GitLab.
type leading struct {
	to   *url.URL
	next http.RoundTripper
}

func (l leading) RoundTrip(r *http.Request) (*http.Response, error) {
	led := r.Clone(r.Context())
	led.URL.Scheme, led.URL.Host, led.Host = l.to.Scheme, l.to.Host, l.to.Host
	return l.next.RoundTrip(led)
}

// gitLabSeenAt is a provider for a GitLab at an address, which is the sandbox, with the token of a name.
func gitLabSeenAt(t *testing.T, sb *sandbox.Sandbox, instance, token string) *providerdata.Data {
	t.Helper()
	sender, err := transport.New(transport.Config{UserAgent: "terraform-provider-infisical/test", RequestTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(sb.GitLab.URL())
	if err != nil {
		t.Fatal(err)
	}
	sender.Transport = leading{to, sender.Transport}
	client := gitlab.New(gitlab.Config{HTTP: sender, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	return &providerdata.Data{
		GitLab: client, Session: client.At(instance, sb.GitLab.Token(token).Value), InstanceURL: types.StringValue(instance), Now: time.Now,
		TokenValidation: providerdata.ValidationEnforce,
	}
}

// tokenOf is a managed token of a project or group.
func tokenOf(group, project, account string) managedModel {
	text := func(value string) types.String {
		if value == "" {
			return types.StringNull()
		}
		return types.StringValue(value)
	}
	return managedModel{
		Presence: attribute.Known, Group: text(group), Project: text(project), ServiceAccount: text(account), AccessLevel: types.StringValue("maintainer"),
	}
}

// On gitlab.com without Premium, the plan of a first project or group token says so; nowhere else is GitLab asked.
func TestWarnOfTier(t *testing.T) {
	t.Parallel()
	const dotCom, elsewhere = "https://gitlab.com", "https://gitlab.example.com"
	made := resourceModel{InstanceURL: types.StringValue(dotCom)}
	for name, test := range map[string]struct {
		instance, token string
		premium         bool
		plan, state     managedModel
		recorded        int64
		warns           bool
		asked           int
	}{
		"group":               {instance: dotCom, token: "personal-api", plan: tokenOf("acme", "", ""), warns: true, asked: 1},
		"subgroup":            {instance: dotCom, token: "personal-api", plan: tokenOf("acme/platform", "", ""), warns: true, asked: 1},
		"project":             {instance: dotCom, token: "personal-api", plan: tokenOf("", "acme/app", ""), warns: true, asked: 1},
		"other spelling":      {instance: "https://GitLab.com/", token: "personal-api", plan: tokenOf("87", "", ""), warns: true, asked: 1},
		"Premium":             {instance: dotCom, token: "personal-api", premium: true, plan: tokenOf("acme", "", ""), asked: 1},
		"self-managed":        {instance: elsewhere, token: "personal-api", plan: tokenOf("acme", "", "")},
		"service account":     {instance: dotCom, token: "personal-api", plan: tokenOf("acme", "", "deployer")},
		"group not known yet": {instance: dotCom, token: "personal-api", plan: managedModel{Presence: attribute.Known, Group: types.StringUnknown()}},
		"has such a token":    {instance: dotCom, token: "personal-api", plan: tokenOf("87", "", ""), state: tokenOf("87", "", ""), recorded: 87},
		"had that of an account": {
			instance: dotCom, token: "personal-api", plan: tokenOf("87", "", ""), state: tokenOf("87", "", "a"), recorded: 87, warns: true, asked: 1,
		},
		"GitLab does not tell": {instance: dotCom, token: "maintainer-management", plan: tokenOf("", "acme/app", ""), asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb, err := sandbox.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(sb.Close)
			if !test.premium {
				sb.GitLab.EndLicense()
			}
			data := gitLabSeenAt(t, sb, test.instance, test.token)
			var diags diag.Diagnostics
			plan, state := made, made
			plan.InstanceURL, plan.ManagedAccessToken, state.ManagedAccessToken = types.StringValue(test.instance), test.plan, test.state
			if test.recorded != 0 {
				state.TokenDetails = tokenDetailsModel{Presence: attribute.Known, ResourceID: types.StringValue(strconv.FormatInt(test.recorded, 10))}
			}
			for range 2 { // Two connections for one group ask once.
				o := &operation{connectionResource: &connectionResource{data: data}, plan: plan, state: state, diags: &diags}
				if !o.judgeMinting(t.Context()) {
					t.Fatalf("something is in the way: %v", diags)
				}
			}
			warned := 0
			for _, said := range diags {
				if said.Summary() == "Managed token needs GitLab Premium" && strings.Contains(said.Detail(), "set service_account") {
					warned++
				}
			}
			if warned > 0 != test.warns || len(diags) != warned {
				t.Errorf("said %v", diags)
			}
			asked := 0
			for _, line := range sb.Log.Provider() {
				if strings.Contains(line, "/namespaces/") {
					asked++
				}
			}
			if asked != test.asked {
				t.Errorf("asked for the plan %d times, want %d", asked, test.asked)
			}
		})
	}
}
