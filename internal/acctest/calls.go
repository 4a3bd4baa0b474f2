// Use this when one call of the plugin protocol is the point: what the CLIs at hand do not ask, such as a query or the
// move of a state of long ago, and answers that a CLI would not show. For plan and apply use Workspace.

package acctest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// loginRequest is how the provider of Calls and Workspace logs in.
const loginRequest = "POST /api/v1/auth/universal-auth/login"

// Calls is the provider in this process, called over the plugin protocol.
type Calls struct {
	tfprotov6.ProviderServer
	Sandbox *sandbox.Sandbox
	Schemas *tfprotov6.GetProviderSchemaResponse

	t testing.TB
}

// NewCalls starts a sandbox and a provider that is configured for it.
func NewCalls(t testing.TB) *Calls {
	t.Helper()
	p := NewUnconfiguredCalls(t)
	p.Configure(p.Settings())
	return p
}

// NewUnconfiguredCalls starts a sandbox and a provider without a configuration.
func NewUnconfiguredCalls(t testing.TB) *Calls {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	asksForNoValues(t, sb)
	server, err := Factories(Environment())["infisical"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &Calls{ProviderServer: server, Sandbox: sb, Schemas: schemas, t: t}
}

// Settings are a provider block for the sandbox.
func (p *Calls) Settings() *tfprotov6.DynamicValue {
	return Value(p.t, map[string]any{
		"host": p.Sandbox.Infisical.URL(),
		"auth": map[string]any{"universal": map[string]any{"client_id": p.Sandbox.Infisical.ClientID,
			"client_secret": p.Sandbox.Infisical.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": p.Sandbox.GitLab.URL()},
		"max_retries": 0,
	})
}

// Configure configures the provider.
func (p *Calls) Configure(settings *tfprotov6.DynamicValue) {
	p.t.Helper()
	resp, err := p.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: settings})
	if err != nil {
		p.t.Fatal(err)
	}
	NoErrors(p.t, resp.Diagnostics)
}

// Decode reads a resource of a type that the provider answered with.
func (p *Calls) Decode(typeName string, resource *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	return Decode(p.t, resource, p.Schemas.ResourceSchemas[typeName].ValueType())
}

// Value is a Go value as the protocol has it; attributes that are left out are null.
func Value(t testing.TB, v any) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.DynamicValue{JSON: encoded}
}

// Decode returns the attributes of an object, nil when it is null.
func Decode(t testing.TB, v *tfprotov6.DynamicValue, schema tftypes.Type) map[string]tftypes.Value {
	t.Helper()
	decoded, err := v.Unmarshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	if decoded.IsNull() {
		return nil
	}
	var attributes map[string]tftypes.Value
	if err := decoded.As(&attributes); err != nil {
		t.Fatal(err)
	}
	return attributes
}

// Text is a string, empty when it is null.
func Text(t testing.TB, v tftypes.Value) string {
	t.Helper()
	var s *string
	if err := v.As(&s); err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return ""
	}
	return *s
}

// IdentityID is the id in an identity, empty without one.
func IdentityID(t testing.TB, identity *tfprotov6.ResourceIdentityData) string {
	t.Helper()
	if identity == nil {
		return ""
	}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	return Text(t, Decode(t, identity.IdentityData, object)["id"])
}

// NoErrors ends a test with the errors among diagnostics.
func NoErrors(t testing.TB, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if said := ErrorsIn(diagnostics); said != "" {
		t.Fatal(said)
	}
}

// ErrorsIn joins the errors among diagnostics, each as its summary and detail.
func ErrorsIn(diagnostics []*tfprotov6.Diagnostic) string {
	var said []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			said = append(said, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(said, "\n")
}

// Requests are those to Infisical since the last reset of the log, without the login.
func (p *Calls) Requests() []string {
	return slices.DeleteFunc(p.Sandbox.Log.Provider(), func(line string) bool { return line == loginRequest })
}
