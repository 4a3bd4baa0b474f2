package connection_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

// The kinds of credential, by their attributes.
var kinds = []string{"access_token", "managed_access_token", "oauth"}

func methodOfKind(kind string) string {
	if kind == "oauth" {
		return "oauth"
	}
	return "access-token"
}

// of is the configuration of a connection with one kind of credential.
func of(w *workspace, application gitlab.Application, kind string) block {
	credential := block{
		"access_token":         block{"type": "group", "value_wo": w.Servers.Token},
		"managed_access_token": block{"group": "acme"},
		"oauth":                block{"authorization_code_wo": newCode(w.Servers, application), "authorization_code_wo_version": 1},
	}[kind]
	return block{"name": "platform", "use_cases": []string{"group_secret_sync"}, kind: credential}
}

// subsets are those of the kinds that one can leave open.
func subsets() [][]string {
	var all [][]string
	for bits := 1; bits < 1<<len(kinds); bits++ {
		var subset []string
		for i, kind := range kinds {
			if bits&(1<<i) != 0 {
				subset = append(subset, kind)
			}
		}
		all = append(all, subset)
	}
	return all
}

// possible are the kinds that it can come to when some are not known yet.
func possible(becomes string, open []string) []string {
	if slices.Contains(open, becomes) {
		return open
	}
	return []string{becomes}
}

// Whole attributes that become known at apply leave open what depends on them, and the apply keeps to the plan.
func TestAccConnection_kindNotKnownYet(t *testing.T) {
	t.Parallel()
	for _, was := range append([]string{""}, kinds...) {
		for _, becomes := range kinds {
			for _, open := range subsets() {
				t.Run(fmt.Sprintf("%s becomes %s, %s open", was, becomes, strings.Join(open, " and ")), func(t *testing.T) {
					t.Parallel()
					leaveOpen(t, was, becomes, open)
				})
			}
		}
	}
}

func leaveOpen(t *testing.T, was, becomes string, open []string) {
	t.Helper()
	w, application := newOAuthWorkspace(t)
	w.HoldToken()
	if was != "" {
		w.Must(of(w, application, was))
	}
	before := w.Connections()
	known := of(w, application, becomes)
	config := block{}
	for name, value := range known {
		config[name] = value
	}
	for _, kind := range open {
		config[kind] = tftypes.UnknownValue
	}
	could := possible(becomes, open)
	methods := map[string]bool{}
	for _, kind := range could {
		methods[methodOfKind(kind)] = true
	}
	mints := slices.Equal(could, []string{"managed_access_token"}) && was != "managed_access_token"

	right := w.Servers.ProviderToken()
	if !mints {
		w.Manage(block{"token": nil}) // What is not decided asks for nothing.
	}
	plan := w.Plan(w.Context, config)
	w.Manage(block{"token": right})
	if plan.Diagnostics.Failed() {
		t.Fatalf("the plan fails: %s", plan.Diagnostics)
	}
	if announced := strings.Contains(plan.Diagnostics.String(), "token will be created"); announced != (mints && was == "access_token") {
		t.Errorf("the plan says: %s", plan.Diagnostics)
	}
	replaces := was != "" && len(methods) == 1 && !methods[methodOfKind(was)]
	if (plan.Action == acctest.Replace) != replaces || was == "" && plan.Action != acctest.Create {
		t.Fatalf("the plan is to %s", plan.Action)
	}

	diags := w.ApplyPlan(w.Context, w.Known(plan, known))
	if strings.Contains(diags.String(), "Provider produced") {
		t.Fatalf("the provider breaks Terraform's rules: %s", diags)
	}
	if was != "" && !replaces && methodOfKind(was) != methodOfKind(becomes) {
		if !diags.Failed() || !strings.Contains(diags.String(), "must be replaced") || w.Connections()[0].ID != before[0].ID {
			t.Errorf("want an error, and the connection as it was: %s", diags)
		}
		w.Must(known)
	} else if diags.Failed() {
		t.Fatalf("the apply fails: %s", diags)
	}
	if got := w.Connections(); len(got) != 1 || got[0].Method != methodOfKind(becomes) {
		t.Errorf("there are %d connections, of the method %s", len(got), got[0].Method)
	}
	w.Settled(known, "")
}

// The same with a real command line, which knows better than any test what is consistent.
func TestAccConnection_kindFollowsAnotherResource(t *testing.T) {
	t.Parallel()
	const (
		givenToken   = `  access_token = startswith(terraform_data.kind.output, "given") ? { type = "group", value_wo = var.token } : null`
		managedToken = `  managed_access_token = startswith(terraform_data.kind.output, "managed") ? { group = "acme" } : null`
		grant        = `  oauth = startswith(terraform_data.kind.output, "oauth") ? {} : null`

		both, other, onlyOther = "2 added, 0 changed", "0 added, 2 changed", "0 added, 1 changed"
	)
	for name, tc := range map[string]struct {
		attributes []string
		steps      []openStep
	}{
		"each of them": {
			[]string{givenToken, managedToken, grant},
			[]openStep{{kind: "given-1", does: both}, {kind: "given-2", does: onlyOther}, {kind: "managed-1", does: other},
				{kind: "oauth-1", refused: "GitLab connection must be replaced"}},
		},
		"oauth beside a managed token": {
			[]string{`  managed_access_token = { group = "acme" }`, grant},
			[]openStep{{kind: "managed-1", does: both}, {kind: "managed-2", does: onlyOther}},
		},
		"one or the other token": {[]string{givenToken, managedToken}, []openStep{{kind: "managed-1", does: both}, {kind: "given-1", does: other}}},
		"a token alone":          {[]string{givenToken}, []openStep{{kind: "given-1", does: both}, {kind: "given-2", does: onlyOther}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := acctest.StartSandbox(t)
			cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token,
				"GITLAB_TOKEN="+servers.Sandbox.GitLab.Token("admin-management").Value)...)
			cli.Write(acctest.TokenVariable + `
variable "kind" {}

resource "terraform_data" "kind" { input = var.kind }

provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["group_secret_sync"]
` + strings.Join(tc.attributes, "\n") + `
}
`)
			for _, step := range tc.steps {
				step.take(t, cli, servers)
			}
		})
	}
}

// openStep is an apply of a saved plan that did not know the kind of the credential.
type openStep struct {
	kind string
	// does is what the apply sums up, with the resource that the kind follows; refused is what it says when it stops.
	does, refused string
}

func (s openStep) take(t *testing.T, cli *acctest.CLI, servers *acctest.Servers) {
	t.Helper()
	before := servers.Sandbox.Infisical.Connections()
	planned := cli.Run("plan", "-input=false", "-out=saved", "-var=kind="+s.kind)
	if strings.Contains(planned, "must be replaced") || strings.Contains(planned, "token will be created") {
		t.Errorf("%s: the plan decides what is not known:\n%s", s.kind, planned)
	}
	applied, err := cli.Try("apply", "-input=false", "saved")
	if (err != nil) != (s.refused != "") || !strings.Contains(applied, s.refused) || !strings.Contains(applied, s.does) ||
		strings.Contains(applied, "inconsistent") {
		t.Fatalf("%s: %v\n%s", s.kind, err, applied)
	}
	after := servers.Sandbox.Infisical.Connections()
	if len(before) > 0 && after[0].ID != before[0].ID {
		t.Errorf("%s: the connection was replaced", s.kind)
	}
}
