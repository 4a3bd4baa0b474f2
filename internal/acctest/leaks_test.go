package acctest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
)

// findings is a test that is not failed by what is found in it.
type findings struct {
	*testing.T

	mu   sync.Mutex
	said []string
}

func (f *findings) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *findings) expect(t *testing.T, place string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, said := range f.said {
		if strings.HasPrefix(said, "a secret shows in "+place) {
			return
		}
	}
	t.Errorf("what was planted in %s is not found, but only %q", place, f.said)
}

// leaking is a provider that shows a secret where it answers a plan or an apply.
type leaking struct {
	tfprotov6.ProviderServer

	inDiagnostics, inLog, inPlan, inState string
}

func (l leaking) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if l.inLog != "" {
		tflog.Trace(ctx, "leaking", map[string]any{"value": l.inLog})
	}
	resp, err := l.ProviderServer.PlanResourceChange(ctx, req)
	if l.inPlan != "" {
		resp.PlannedPrivate = private(l.inPlan)
	}
	if l.inDiagnostics != "" {
		resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Leaking",
			Detail: l.inDiagnostics})
	}
	return resp, err
}

func (l leaking) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := l.ProviderServer.ApplyResourceChange(ctx, req)
	if l.inState != "" {
		resp.Private = private(l.inState)
	}
	return resp, err
}

// private is private state with a secret in it.
func private(secret string) []byte {
	return []byte(`{"leak":"` + base64.StdEncoding.EncodeToString([]byte("x"+secret)) + `"}`)
}

// A secret that a provider shows over the plugin protocol is found in each place where it may be.
func TestAccLeaks_plantedInTheProvider(t *testing.T) {
	t.Parallel()
	servers := StartSandbox(t)
	encoded := hex.EncodeToString([]byte(servers.Token))
	for place, leak := range map[string]leaking{
		"the diagnostics of a plan": {inDiagnostics: encoded},
		"the log of a plan":         {inLog: servers.Token},
		"a plan file":               {inPlan: servers.Token},
		"the state after an apply":  {inState: servers.OtherToken},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			found := &findings{T: t}
			p := NewProtocol(found, Environment(), "infisical_gitlab_connection", map[string]any{
				"host":   servers.Host,
				"auth":   map[string]any{"universal": map[string]any{"client_id": servers.ClientID, "client_secret": servers.ClientSecret}},
				"gitlab": map[string]any{"instance_url": servers.InstanceURL},
			})
			p.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
				leak.ProviderServer = server
				return leak
			}
			plan := p.Plan(t.Context(), map[string]any{"name": Name(t), "access_token": map[string]any{"type": "group", "value_wo": servers.Token}})
			p.ApplyPlan(t.Context(), plan)
			found.expect(t, place)
		})
	}
}

// A secret in a file that Terraform has written is found there, in whatever form.
func TestAccLeaks_plantedInFiles(t *testing.T) {
	t.Parallel()
	RequireAcceptance(t)
	secret := secrets.New("planted-5f2c7a9e0b")
	instance := func(attributes, encoded string) string {
		return fmt.Sprintf(`{"version":4,"resources":[{"type":"infisical_gitlab_connection","instances":[{"attributes":%s,"private":%q}]}]}`, attributes,
			encoded)
	}
	for name, content := range map[string]string{
		"terraform.tfstate":        instance(`{"name":"`+secret+`"}`, ""),
		"private.tfstate":          instance(`{}`, base64.StdEncoding.EncodeToString(private("y"+secret))),
		"terraform.tfstate.backup": instance(`{"access_token":{"value_wo":"`+secret+`"}}`, ""),
		"trace.log":                "2026-11-22 " + base64.StdEncoding.EncodeToString([]byte("a"+secret)),
		"crash.log":                "panic: " + secret,
	} {
		found := &findings{T: t}
		directory := t.TempDir()
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		leavesNoSecret(found, directory)
		found.expect(t, "/"+name)
	}
}

// A secret that the CLI prints or saves is found: on standard output, in plan and state.
func TestAccLeaks_plantedInTheConfiguration(t *testing.T) {
	t.Parallel()
	RequireAcceptance(t)
	found := &findings{T: t}
	t.Cleanup(func() { // After that of the CLI.
		found.expect(t, "the output of apply")
		found.expect(t, "/saved.tfplan, tfplan")
		found.expect(t, "/terraform.tfstate")
	})
	secret := "planted-" + Name(t)
	cli := NewCLI(found, "TF_VAR_secret="+secret)
	cli.Write("variable \"secret\" {}\n\noutput \"secret\" {\n  value = var.secret\n}\n")
	cli.Run("plan", "-input=false", "-out=saved.tfplan")
	cli.Run("apply", "-input=false", "saved.tfplan")
}
