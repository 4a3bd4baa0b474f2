package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// block holds some attributes of a provider block: strings, numbers, booleans, nested blocks, or unknown.
type block = map[string]any

// unknown is the value of an attribute that becomes known only at apply.
var unknown = tftypes.UnknownValue

const (
	secretValue = "example-secret"
	uuidValue   = "5e2c5f2e-6a39-4b41-a7a5-2d1f6f5a2f10"
)

// environment is that of a user with these variables set. Requests are repeated without a pause.
func environment(variables map[string]string) provider.Environment {
	environment := provider.System()
	environment.Getenv = func(name string) string { return variables[name] }
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	return environment
}

// value is the Terraform value of an object of which only some attributes are given.
func value(t *testing.T, of tftypes.Type, given any) tftypes.Value {
	t.Helper()
	object, isObject := of.(tftypes.Object)
	attributes, isBlock := given.(block)
	if !isObject || !isBlock {
		return tftypes.NewValue(of, given)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = value(t, attribute, attributes[name])
	}
	for name := range attributes {
		if _, ok := values[name]; !ok {
			t.Fatalf("there is no attribute %q", name)
		}
	}
	return tftypes.NewValue(of, values)
}

func schemaOf(t *testing.T, p frameworkprovider.Provider) frameworkprovider.SchemaResponse {
	t.Helper()
	var resp frameworkprovider.SchemaResponse
	p.Schema(t.Context(), frameworkprovider.SchemaRequest{}, &resp)
	return resp
}

// configure gives the provider a block and an environment, and returns what becomes of them.
func configure(t *testing.T, variables map[string]string, given block) (*providerdata.Data, diag.Diagnostics) {
	t.Helper()
	return configureIn(t, environment(variables), given)
}

func configureIn(t *testing.T, environment provider.Environment, given block) (*providerdata.Data, diag.Diagnostics) {
	t.Helper()
	p := provider.New("1.2.3", environment)()
	schema := schemaOf(t, p).Schema
	var resp frameworkprovider.ConfigureResponse
	p.Configure(t.Context(), frameworkprovider.ConfigureRequest{
		TerraformVersion: "1.11.4",
		Config:           tfsdk.Config{Raw: value(t, schema.Type().TerraformType(t.Context()), given), Schema: schema},
	}, &resp)
	configuration, _ := resp.ResourceData.(*providerdata.Data)
	return configuration, resp.Diagnostics
}

// configured is configure for what must succeed.
func configured(t *testing.T, variables map[string]string, given block) *providerdata.Data {
	t.Helper()
	configuration, diags := configure(t, variables, given)
	if len(diags) > 0 {
		t.Fatalf("unexpected: %v", diags)
	}
	return configuration
}

// expectErrors wants exactly these errors, each as "path: a part of its text".
func expectErrors(t *testing.T, diags diag.Diagnostics, want ...string) {
	t.Helper()
	var got []string
	for _, d := range diags {
		at := path.Empty()
		if withPath, ok := d.(diag.DiagnosticWithPath); ok {
			at = withPath.Path()
		}
		got = append(got, fmt.Sprintf("%s: %s: %s", at, d.Summary(), d.Detail()))
	}
	if len(got) != len(want) {
		t.Fatalf("%d diagnostics, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		at, text, _ := strings.Cut(want[i], ": ")
		if !strings.HasPrefix(got[i], at+": ") || !strings.Contains(got[i], text) {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
		if strings.Contains(got[i], secretValue) {
			t.Errorf("it shows a secret: %q", got[i])
		}
	}
}

func start(t *testing.T, options ...sandbox.Option) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sb.Close)
	return sb
}

// How the provider logs in is seen from what reaches the server.
func TestConfigure_auth(t *testing.T) {
	t.Parallel()
	type login struct{ ClientID, ClientSecret, OrganizationSlug, Bearer, Username, Password string }
	universal := func(id, secret any) block {
		return block{"auth": block{"universal": block{"client_id": id, "client_secret": secret}}}
	}
	for name, tc := range map[string]struct {
		env   map[string]string
		block block
		want  login
	}{
		"universal in the block": {block: universal("block-id", "block-secret"), want: login{ClientID: "block-id", ClientSecret: "block-secret"}},
		"universal in the environment": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"id in the block only": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, block: universal("block-id", nil),
			want: login{ClientID: "block-id", ClientSecret: "env-secret"}},
		"block before environment": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, block: universal("block-id", "block-secret"),
			want: login{ClientID: "block-id", ClientSecret: "block-secret"}},
		"empty universal, environment": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret", "INFISICAL_TOKEN": "env-token"}, block: universal(nil, nil),
			want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"token in the block":    {block: block{"auth": block{"token": "block-token"}}, want: login{Bearer: "block-token"}},
		"token with a new line": {env: map[string]string{"INFISICAL_TOKEN": "env-token\r\n"}, want: login{Bearer: "env-token"}},
		"credentials with a new line": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id\n",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret\n"}, want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"method with a line break": {env: map[string]string{"INFISICAL_AUTH_METHOD": "universal\n", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"blank token beside credentials": {env: map[string]string{"INFISICAL_TOKEN": " ", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"blank token in the block": {env: map[string]string{"INFISICAL_TOKEN": "env-token"}, block: block{"auth": block{"token": " "}},
			want: login{Bearer: "env-token"}},
		"blank credentials beside a token": {env: map[string]string{"INFISICAL_TOKEN": "env-token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "\n",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": " "}, want: login{Bearer: "env-token"}},
		"password with spaces": {block: block{"auth": block{"ldap": block{"identity_id": uuidValue, "username": " ada\n", "password": " secret "}}},
			want: login{Username: "ada", Password: " secret "}},
		"password with spaces in the environment": {env: map[string]string{"INFISICAL_LDAP_PASSWORD": "secret "},
			block: block{"auth": block{"ldap": block{"identity_id": uuidValue, "username": "ada"}}}, want: login{Username: "ada", Password: "secret "}},
		"token in the environment": {env: map[string]string{"INFISICAL_TOKEN": "env-token"}, want: login{Bearer: "env-token"}},
		"both in the environment": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret", "INFISICAL_TOKEN": "env-token"}, want: login{Bearer: "env-token"}},
		"both, and the method is token": {env: map[string]string{"INFISICAL_AUTH_METHOD": "token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret", "INFISICAL_TOKEN": "env-token"}, want: login{Bearer: "env-token"}},
		"the method is universal": {env: map[string]string{"INFISICAL_AUTH_METHOD": "universal", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "env-id",
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "env-secret"}, want: login{ClientID: "env-id", ClientSecret: "env-secret"}},
		"the block's method before it": {env: map[string]string{"INFISICAL_AUTH_METHOD": "universal"}, block: block{"auth": block{"token": "block-token"}},
			want: login{Bearer: "block-token"}},
		"a method that others serve": {env: map[string]string{"INFISICAL_AUTH_METHOD": "oidc"}, block: universal("block-id", "block-secret"),
			want: login{ClientID: "block-id", ClientSecret: "block-secret"}},
		"organization in the block": {block: block{"auth": block{"organization_slug": "block-org",
			"universal": block{"client_id": "i", "client_secret": "s"}}}, env: map[string]string{"INFISICAL_AUTH_ORGANIZATION_SLUG": "env-org"},
			want: login{ClientID: "i", ClientSecret: "s", OrganizationSlug: "block-org"}},
		"organization in the environment": {block: universal("i", "s"), env: map[string]string{"INFISICAL_AUTH_ORGANIZATION_SLUG": "env-org"},
			want: login{ClientID: "i", ClientSecret: "s", OrganizationSlug: "env-org"}},
		"organization alone in the block": {block: block{"auth": block{"organization_slug": "block-org"}},
			env:  map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "i", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": "s"},
			want: login{ClientID: "i", ClientSecret: "s", OrganizationSlug: "block-org"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			given := maps.Clone(tc.block)
			if given == nil {
				given = block{}
			}
			given["host"] = sb.Infisical.URL()
			configuration := configured(t, tc.env, given)
			if got := sb.Log.Provider(); len(got) != 0 {
				t.Errorf("asked before anything was wanted: %q", got)
			}
			if _, err := configuration.Infisical.Connections.List(t.Context(), ""); err == nil {
				t.Error("accepted")
			}
			request := sb.Log.Requests()[0]
			var got login
			if strings.HasSuffix(request.Path, "/login") {
				if err := json.Unmarshal(request.Body, &got); err != nil {
					t.Fatal(err)
				}
			}
			got.Bearer = strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("login differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigure_authIncomplete(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env   map[string]string
		block block
		want  []string
	}{
		"nothing":           {want: []string{"auth: No way to log in to Infisical"}},
		"organization only": {block: block{"auth": block{"organization_slug": "o"}}, want: []string{"auth: No way to log in to Infisical"}},
		"secret only": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": secretValue},
			want: []string{"auth.universal.client_id: INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"}},
		"id only": {env: map[string]string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "i"},
			want: []string{"auth.universal.client_secret: Set auth.universal.client_secret, or the environment variable INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET."}},
		"id only, in the block": {block: block{"auth": block{"universal": block{"client_id": "i"}}},
			want: []string{"auth.universal.client_secret: Incomplete authentication"}},
		"secret only, in the block": {block: block{"auth": block{"universal": block{"client_secret": secretValue}}},
			want: []string{"auth.universal.client_id: INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"}},
		"empty universal": {block: block{"auth": block{"universal": block{}}},
			want: []string{"auth.universal.client_id: Incomplete", "auth.universal.client_secret: Incomplete"}},
		"method token without one": {env: map[string]string{"INFISICAL_AUTH_METHOD": "token", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": "i"},
			want: []string{"auth.token: Set auth.token, or the environment variable INFISICAL_TOKEN."}},
		"method universal without one": {env: map[string]string{"INFISICAL_AUTH_METHOD": "universal", "INFISICAL_TOKEN": secretValue},
			want: []string{"auth.universal.client_id: Incomplete", "auth.universal.client_secret: Incomplete"}},
		"method unknown": {env: map[string]string{"INFISICAL_AUTH_METHOD": "magic", "INFISICAL_TOKEN": secretValue},
			want: []string{"auth: The environment variable INFISICAL_AUTH_METHOD is magic, which this provider does not know. Set it to one of: token, " +
				"universal, oidc, jwt, kubernetes, aws_iam, azure, gcp_id_token, gcp_iam, ldap."}},
		"method in capitals": {env: map[string]string{"INFISICAL_AUTH_METHOD": "OIDC"},
			want: []string{"auth: The environment variable INFISICAL_AUTH_METHOD is OIDC, which this provider does not know."}},
		"method blank": {env: map[string]string{"INFISICAL_AUTH_METHOD": " "}, want: []string{"auth: No way to log in to Infisical"}},
		"service token": {env: map[string]string{"INFISICAL_SERVICE_TOKEN": secretValue},
			want: []string{"auth: INFISICAL_SERVICE_TOKEN is set, but service tokens cannot manage App Connections."}},
		"oidc without anything": {block: block{"auth": block{"oidc": block{}}},
			want: []string{"auth.oidc.identity_id: INFISICAL_MACHINE_IDENTITY_ID", "auth.oidc: The environment variable INFISICAL_AUTH_JWT holds no JWT."}},
		"oidc, another variable": {block: block{"auth": block{"oidc": block{"identity_id": uuidValue, "token_environment_variable_name": "CI_JWT"}}},
			want: []string{"auth.oidc: The environment variable CI_JWT holds no JWT."}},
		"oidc, another one's variable": {env: map[string]string{"INFISICAL_OIDC_AUTH_TOKEN_NAME": "CI_JWT", "INFISICAL_AUTH_JWT": secretValue},
			block: block{"auth": block{"oidc": block{"identity_id": uuidValue}}}, want: []string{"auth.oidc: The environment variable CI_JWT holds no JWT."}},
		"identity's name": {env: map[string]string{"INFISICAL_AUTH_METHOD": "aws_iam", "INFISICAL_MACHINE_IDENTITY_ID": "terraform"},
			want: []string{`auth.aws_iam.identity_id: The value of the environment variable INFISICAL_MACHINE_IDENTITY_ID is "terraform".`}},
		"jwt without one": {block: block{"auth": block{"jwt": block{"identity_id": uuidValue}}}, want: []string{"auth.jwt.jwt: INFISICAL_JWT"}},
		"kubernetes without identity": {block: block{"auth": block{"kubernetes": block{}}},
			want: []string{"auth.kubernetes.identity_id: INFISICAL_MACHINE_IDENTITY_ID"}},
		"gcp_iam without a key": {block: block{"auth": block{"gcp_iam": block{"identity_id": uuidValue}}},
			want: []string{"auth.gcp_iam.service_account_key_file_path: INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH"}},
		"ldap without anything": {block: block{"auth": block{"ldap": block{}}},
			want: []string{"auth.ldap.identity_id: ", "auth.ldap.username: INFISICAL_LDAP_USERNAME", "auth.ldap.password: INFISICAL_LDAP_PASSWORD"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := configure(t, tc.env, tc.block)
			expectErrors(t, diags, tc.want...)
		})
	}
}

var anyLogin = block{"token": secretValue}

func TestConfigure_host(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env   string
		block block
		want  string // of the address, or of the error
		fails bool
	}{
		"default":                  {want: "https://app.infisical.com"},
		"environment":              {env: "https://env.example.com", want: "https://env.example.com"},
		"block before environment": {env: "https://env.example.com", block: block{"host": "https://block.example.com"}, want: "https://block.example.com"},
		"trailing slash":           {block: block{"host": "https://block.example.com/"}, want: "https://block.example.com"},
		"with a path":              {block: block{"host": "https://example.com/secrets/"}, want: "https://example.com/secrets"},
		"with /api":                {env: "https://env.example.com/api\n", want: "https://env.example.com"},
		"with /api/v1":             {block: block{"host": "https://example.com/secrets/api/v1/"}, want: "https://example.com/secrets"},
		"bare #":                   {block: block{"host": "https://example.com#"}, want: "it must not have a fragment", fails: true},
		"not ASCII":                {block: block{"host": "https://\u0130nfisical.com"}, want: "punycode form", fails: true},
		"http, in capitals":        {block: block{"host": "http://LOCALHOST:8080"}, want: "http://localhost:8080"},
		"http on this machine":     {block: block{"host": "http://localhost:8080"}, want: "http://localhost:8080"},
		"http by address":          {block: block{"host": "http://[::1]:8080"}, want: "http://[::1]:8080"},
		"http allowed":             {block: block{"host": "http://example.com", "allow_http": true}, want: "http://example.com"},
		"http elsewhere":           {block: block{"host": "http://example.com"}, want: "plain http to example.com is refused", fails: true},
		"http in the environment":  {env: "http://example.com", want: "plain http to example.com is refused", fails: true},
		"http forbidden outright": {block: block{"host": "http://example.com", "allow_http": false}, want: "plain http to example.com is refused",
			fails: true},
		"no scheme":      {block: block{"host": "app.infisical.com"}, want: "it must begin with https://", fails: true},
		"another scheme": {block: block{"host": "ftp://example.com"}, want: "it must begin with https://", fails: true},
		"no host":        {block: block{"host": "https://"}, want: "it has no host", fails: true},
		"user and password": {block: block{"host": "https://user:" + secretValue + "@example.com"}, want: "it must not hold a user name or password",
			fails: true},
		"query":                     {block: block{"host": "https://example.com?token=" + secretValue}, want: "it must not have a query", fails: true},
		"fragment":                  {block: block{"host": "https://example.com#x"}, want: "it must not have a fragment", fails: true},
		"no URL":                    {block: block{"host": "https://exa mple.com/" + secretValue}, want: "it cannot be parsed", fails: true},
		"error names both sources":  {env: "example.com", want: "(host, or the environment variable INFISICAL_HOST)", fails: true},
		"error gives an example":    {env: "example.com", want: "An example is https://app.infisical.com.", fails: true},
		"broken, but not in effect": {env: "example.com", block: block{"host": "https://block.example.com"}, want: "https://block.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := maps.Clone(tc.block)
			if given == nil {
				given = block{}
			}
			given["auth"] = anyLogin
			configuration, diags := configure(t, map[string]string{"INFISICAL_HOST": tc.env}, given)
			if tc.fails {
				expectErrors(t, diags, "host: "+tc.want)
				return
			}
			expectErrors(t, diags)
			if got := fmt.Sprint(configuration.Infisical); !strings.HasPrefix(got, "{"+tc.want+" ") {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestConfigure_instanceURL(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env   string
		block any
		want  string
		fails bool
	}{
		"default":                    {want: "https://gitlab.com"},
		"environment":                {env: "https://env.example.com", want: "https://env.example.com"},
		"environment, API address":   {env: "https://env.example.com/api/v4", want: "https://env.example.com"},
		"environment, with slash":    {env: "https://env.example.com/api/v4/", want: "https://env.example.com"},
		"environment, with sub-path": {env: "https://example.com/gitlab/api/v4", want: "https://example.com/gitlab"},
		"block":                      {block: "https://block.example.com", want: "https://block.example.com"},
		"block before environment":   {env: "https://env.example.com", block: "https://block.example.com/", want: "https://block.example.com"},
		"block, API address":         {block: "https://block.example.com/api/v4", want: "https://block.example.com"},
		"environment without scheme": {env: "gitlab.example.com", want: "it must begin with https://", fails: true},
		"block with a password":      {block: "https://u:" + secretValue + "@example.com", want: "it must not hold a user name or password", fails: true},
		"block with a query":         {block: "https://example.com/?private_token=" + secretValue, want: "it must not have a query", fails: true},
		"error names both sources":   {env: "x", want: "(gitlab.instance_url, or the environment variable GITLAB_BASE_URL)", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := block{"auth": anyLogin}
			if tc.block != nil {
				given["gitlab"] = block{"instance_url": tc.block}
			}
			configuration, diags := configure(t, map[string]string{"GITLAB_BASE_URL": tc.env}, given)
			if tc.fails {
				expectErrors(t, diags, "gitlab.instance_url: "+tc.want)
				return
			}
			expectErrors(t, diags)
			if got := configuration.InstanceURL.ValueString(); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestConfigure_tokenValidation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		gitlab block
		want   string
		days   int
	}{
		"default":        {nil, providerdata.ValidationEnforce, 14},
		"an empty block": {block{}, providerdata.ValidationEnforce, 14},
		"both":           {block{"token_validation": "warn", "expiry_warning_days": 30}, providerdata.ValidationWarn, 30},
		"neither":        {block{"token_validation": "off", "expiry_warning_days": 0}, providerdata.ValidationOff, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := block{"auth": anyLogin}
			if tc.gitlab != nil {
				given["gitlab"] = tc.gitlab
			}
			configuration := configured(t, nil, given)
			if configuration.GitLab == nil || configuration.TokenValidation != tc.want || configuration.ExpiryWarningDays != tc.days {
				t.Errorf("got %q and %d days, want %q and %d", configuration.TokenValidation, configuration.ExpiryWarningDays, tc.want, tc.days)
			}
		})
	}
}

// While Terraform plans, a value may come from something not made yet. It is no error, whatever else is missing.
func TestConfigure_unknown(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]block{
		"host":           {"host": unknown, "auth": anyLogin},
		"auth":           {"auth": unknown},
		"token":          {"auth": block{"token": unknown}},
		"universal":      {"auth": block{"universal": unknown}},
		"client id":      {"auth": block{"universal": block{"client_id": unknown}}},
		"organization":   {"auth": block{"token": "t", "organization_slug": unknown}},
		"CA certificate": {"auth": anyLogin, "ca_certificate": unknown},
		"timeout":        {"auth": anyLogin, "request_timeout": unknown},
		"retries":        {"auth": anyLogin, "max_retries": unknown},
		"allow_http":     {"auth": anyLogin, "allow_http": unknown, "host": "http://example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configuration := configured(t, nil, given)
			if configuration.Infisical != nil {
				t.Errorf("there is a client: %v", configuration.Infisical)
			}
			if got := configuration.InstanceURL.ValueString(); got != "https://gitlab.com" {
				t.Errorf("the GitLab of new connections is %q", got)
			}
		})
	}
	for name, gitlab := range map[string]any{"gitlab": unknown, "gitlab.instance_url": block{"instance_url": unknown}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configuration := configured(t, nil, block{"auth": anyLogin, "gitlab": gitlab})
			if configuration.Infisical == nil || configuration.GitLab != nil || !configuration.InstanceURL.IsUnknown() {
				t.Errorf("want a client of Infisical alone and an unknown GitLab, got %v, %v and %s", configuration.Infisical, configuration.GitLab,
					configuration.InstanceURL)
			}
		})
	}
}

func TestConfigure_requestTimeout(t *testing.T) {
	t.Parallel()
	sb := start(t)
	sb.Fail(server.Fault{Server: server.Infisical, Kind: server.FaultHang})
	configuration := configured(t, nil, block{"host": sb.Infisical.URL(), "auth": anyLogin, "request_timeout": "150ms"})
	_, err := configuration.Infisical.Connections.List(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "no complete answer within 150ms") {
		t.Errorf("got %v", err)
	}
}

func TestConfigure_maxRetries(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		retries any
		want    int
	}{
		"default": {nil, 5},
		"none":    {0, 1},
		"two":     {2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			sb.Fail(server.Fault{Server: server.Infisical, Kind: server.FaultStatus, Status: http.StatusServiceUnavailable})
			configuration := configured(t, nil, block{"host": sb.Infisical.URL(), "auth": anyLogin, "max_retries": tc.retries})
			if _, err := configuration.Infisical.Connections.List(t.Context(), ""); err == nil {
				t.Error("no error")
			}
			if got := len(sb.Log.Provider()); got != tc.want {
				t.Errorf("%d requests, want %d", got, tc.want)
			}
		})
	}
}

func TestConfigure_userAgent(t *testing.T) {
	t.Parallel()
	sb := start(t)
	configuration := configured(t, nil, block{"host": sb.Infisical.URL(), "auth": block{"token": sb.Infisical.AccessToken()}})
	if _, err := configuration.Infisical.Connections.List(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	request := sb.Log.Requests()[0]
	const want = "terraform-provider-infisical/1.2.3 (+https://github.com/infisical-community/terraform-provider-infisical) Terraform/1.11.4"
	if got := request.Header.Get("User-Agent"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfigure_caCertificate(t *testing.T) {
	t.Parallel()
	sb := start(t, sandbox.WithTLS())
	other := start(t, sandbox.WithTLS())
	for name, tc := range map[string]struct {
		certificate any
		want        string
	}{
		"the server's":    {string(sb.CACertificate()), ""},
		"among others":    {string(other.CACertificate()) + string(sb.CACertificate()), ""},
		"none":            {nil, "certificate signed by unknown authority"},
		"another's":       {string(other.CACertificate()), "certificate signed by unknown authority"},
		"an empty string": {"", "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			configuration := configured(t, nil, block{
				"host": sb.Infisical.URL(), "auth": block{"token": sb.Infisical.AccessToken()}, "ca_certificate": tc.certificate,
			})
			_, err := configuration.Infisical.Connections.List(t.Context(), "")
			if tc.want == "" && err != nil {
				t.Errorf("not trusted: %v", err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil {
				if said := (providerdata.Failure{}).Diagnose(err)[0].Detail(); !strings.Contains(said, "set ca_certificate") {
					t.Errorf("it does not say what to do: %s", said)
				}
			}
		})
	}
	t.Run("no certificates", func(t *testing.T) {
		t.Parallel()
		_, diags := configure(t, nil, block{"auth": anyLogin, "ca_certificate": "infisical-ca.pem", "gitlab": block{"ca_certificate": "gitlab-ca.pem"}})
		expectErrors(t, diags, `ca_certificate: it looks like the path of a file, and must be what the file holds, such as file("infisical-ca.pem")`,
			"gitlab.ca_certificate: it looks like the path")
		const pasted = "st.0f1e.a-secret-in-the-wrong-place"
		_, diags = configure(t, nil, block{"auth": anyLogin, "ca_certificate": pasted})
		if said := fmt.Sprint(diags); strings.Contains(said, pasted) {
			t.Errorf("it shows what it was given: %s", said)
		}
		_, diags = configure(t, nil, block{"auth": anyLogin, "ca_certificate": "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"})
		expectErrors(t, diags, "ca_certificate: no PEM certificate found")
	})
}

func TestConfigure_allMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, diags := configure(t, nil, block{"host": "x", "ca_certificate": "x", "gitlab": block{"instance_url": "x"}})
	var at []string
	for _, d := range diags.Errors() {
		at = append(at, d.(diag.DiagnosticWithPath).Path().String())
	}
	slices.Sort(at)
	if want := []string{"auth", "ca_certificate", "gitlab.instance_url", "host"}; !slices.Equal(at, want) {
		t.Errorf("errors at %q, want %q", at, want)
	}
}

// What `terraform validate` finds, without an environment.
func TestValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block block
		want  string // of the error; empty when valid
	}{
		"nothing":               {},
		"seconds":               {block{"request_timeout": "45s"}, ""},
		"minutes and seconds":   {block{"request_timeout": "1m30s"}, ""},
		"milliseconds":          {block{"request_timeout": "1500ms"}, ""},
		"unknown timeout":       {block{"request_timeout": unknown}, ""},
		"number without unit":   {block{"request_timeout": "45"}, "Not a duration"},
		"zero":                  {block{"request_timeout": "0s"}, "Not a duration"},
		"negative":              {block{"request_timeout": "-5s"}, "must be a duration above zero such as 45s or 2m"},
		"days":                  {block{"request_timeout": "1d"}, "Not a duration"},
		"empty timeout":         {block{"request_timeout": ""}, "Not a duration"},
		"no retries":            {block{"max_retries": 0}, ""},
		"twenty retries":        {block{"max_retries": 20}, ""},
		"negative retries":      {block{"max_retries": -1}, "between 0 and 20"},
		"too many retries":      {block{"max_retries": 21}, "between 0 and 20"},
		"empty host":            {block{"host": ""}, "at least 1"},
		"empty token":           {block{"auth": block{"token": ""}}, "at least 1"},
		"empty instance_url":    {block{"gitlab": block{"instance_url": ""}}, "at least 1"},
		"unknown validation":    {block{"gitlab": block{"token_validation": "maybe"}}, `"enforce"`},
		"negative warning days": {block{"gitlab": block{"expiry_warning_days": -1}}, "between 0 and 365"},
		"too many warning days": {block{"gitlab": block{"expiry_warning_days": 366}}, "between 0 and 365"},
		"two methods": {block{"auth": block{"token": "t", "universal": block{"client_id": "i"}}},
			"The auth block sets token and universal. Keep one of them."},
		"three methods": {block{"auth": block{"oidc": block{}, "azure": block{}, "ldap": block{}}},
			"The auth block sets oidc and azure and ldap."},
		"two methods, one not known": {block{"auth": block{"oidc": block{}, "ldap": unknown, "azure": block{}}}, "The auth block sets oidc and azure."},
		"identity's name":            {block{"auth": block{"oidc": block{"identity_id": "terraform"}}}, `The value of auth.oidc.identity_id is "terraform".`},
		"identity's id":              {block{"auth": block{"oidc": block{"identity_id": "5E2c5f2e-6a39-4b41-a7a5-2d1f6f5a2f10"}}}, ""},
		"identity not known":         {block{"auth": block{"oidc": block{"identity_id": unknown}}}, ""},
		"one method, one not known":  {block{"auth": block{"token": "t", "universal": unknown}}, ""},
		"everything not known": {block{"host": unknown, "auth": unknown, "gitlab": unknown, "ca_certificate": unknown, "max_retries": unknown,
			"allow_http": unknown}, ""},
		"login not given":             {block{"auth": block{}}, ""},
		"organization of another one": {block{"auth": block{"organization_slug": "o", "universal": block{}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := providerserver.NewProtocol6WithError(provider.New("test", environment(nil))())()
			if err != nil {
				t.Fatal(err)
			}
			given := tc.block
			if given == nil {
				given = block{}
			}
			objectType := schemaOf(t, provider.New("test", environment(nil))()).Schema.Type().TerraformType(t.Context())
			config, err := tfprotov6.NewDynamicValue(objectType, value(t, objectType, given))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &config})
			if err != nil {
				t.Fatal(err)
			}
			var said string
			for _, d := range resp.Diagnostics {
				said += d.Summary + ": " + d.Detail + "\n"
			}
			if (said == "") != (tc.want == "") || !strings.Contains(said, tc.want) {
				t.Errorf("got %q, want %q", said, tc.want)
			}
		})
	}
}
