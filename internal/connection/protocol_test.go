package connection_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

const resourceType = "infisical_gitlab_connection"

// spoken is the provider in this process, spoken to over the plugin protocol: for what the CLIs at hand do not ask, and for what they
// would ask too slowly.
type spoken struct {
	tfprotov6.ProviderServer

	t       *testing.T
	sandbox *sandbox.Sandbox
	schemas *tfprotov6.GetProviderSchemaResponse
}

// speak starts a sandbox and a provider that is configured for it.
func speak(t *testing.T) *spoken {
	t.Helper()
	p := speakUnconfigured(t)
	p.configure(p.settings())
	return p
}

func speakUnconfigured(t *testing.T) *spoken {
	t.Helper()
	sb, err := sandbox.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	server, err := acctest.Factories(acctest.Environment())["infisical"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &spoken{ProviderServer: server, t: t, sandbox: sb, schemas: schemas}
}

func (p *spoken) settings() *tfprotov6.DynamicValue {
	return value(p.t, map[string]any{
		"host":        p.sandbox.Infisical.URL(),
		"auth":        map[string]any{"universal": map[string]any{"client_id": p.sandbox.Infisical.ClientID, "client_secret": p.sandbox.Infisical.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": p.sandbox.GitLab.URL()},
		"max_retries": 0,
	})
}

func (p *spoken) configure(settings *tfprotov6.DynamicValue) {
	p.t.Helper()
	resp, err := p.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: settings})
	if err != nil {
		p.t.Fatal(err)
	}
	noErrors(p.t, resp.Diagnostics)
}

// decode reads a resource that the provider answered with.
func (p *spoken) decode(resource *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	return decode(p.t, resource, p.schemas.ResourceSchemas[resourceType].ValueType())
}

// value is a Go value as the protocol has it; attributes that are left out are null.
func value(t *testing.T, v any) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.DynamicValue{JSON: encoded}
}

// decode returns the attributes of an object, nil when it is null.
func decode(t *testing.T, v *tfprotov6.DynamicValue, schema tftypes.Type) map[string]tftypes.Value {
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

// text is a string, empty when it is null.
func text(t *testing.T, v tftypes.Value) string {
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

// identityOf is the id in an identity, empty without one.
func identityOf(t *testing.T, identity *tfprotov6.ResourceIdentityData) string {
	t.Helper()
	if identity == nil {
		return ""
	}
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	return text(t, decode(t, identity.IdentityData, object)["id"])
}

func noErrors(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if said := errorsIn(diagnostics); said != "" {
		t.Fatal(said)
	}
}

// errorsIn joins the errors among diagnostics, each as its summary and detail.
func errorsIn(diagnostics []*tfprotov6.Diagnostic) string {
	var said []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			said = append(said, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(said, "\n")
}

// requests are those to Infisical since the last reset of the log, without the login.
func (p *spoken) requests() []string {
	return slices.DeleteFunc(p.sandbox.Log.Provider(), func(line string) bool { return line == login })
}

// state is the state of a resource for a connection that the sandbox has.
func state(c infisical.Connection) map[string]any {
	return map[string]any{
		"id": c.ID, "name": c.Name, "method": c.Method, "organization_id": c.OrgID, "instance_url": c.InstanceURL,
		"credentials_hash": c.CredentialsHash, "created_at": c.CreatedAt,
		"access_token": map[string]any{"type": c.AccessTokenType},
	}
}
