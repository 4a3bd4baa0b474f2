package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
)

const ownToken = "glpat-example-abcdefghij"

// What cannot be a token is refused before anything is asked. A token that something else left in the environment is
// not used.
func TestConfigure_gitLabToken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		variable      string
		block         any
		want          string
		errors, warns string
	}{
		"none":                     {},
		"of the environment":       {variable: ownToken + "\n", want: ownToken},
		"configured":               {variable: "glcbt-64_example", block: block{"token": ownToken}, want: ownToken},
		"blank, so the variable's": {variable: ownToken, block: block{"token": " "}, want: ownToken},
		"a line break inside":      {variable: "glpat-example\n-abcdefghij", errors: "The environment variable GITLAB_TOKEN contains white space or control characters"},
		"in quotes":                {variable: `"` + ownToken + `"`, errors: "GITLAB_TOKEN contains quotes"},
		"a byte-order mark":        {variable: "\ufeff" + ownToken, errors: "GITLAB_TOKEN begins with a byte-order mark"},
		"a job's":                  {variable: "glcbt-64_example", warns: "(CI/CD job token)"},
		"a deploy token":           {variable: "gldt-example", warns: "(deploy token)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := block{"auth": block{"token": "t"}}
			if tc.block != nil {
				given["gitlab"] = tc.block
			}
			var sent string
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				sent = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			}))
			t.Cleanup(server.Close)
			data, diags := configure(t, map[string]string{"GITLAB_TOKEN": tc.variable, "GITLAB_BASE_URL": server.URL}, given)
			var failed, warned string
			for _, d := range diags {
				if strings.Contains(d.Detail(), "example") {
					t.Errorf("the token shows in %q", d.Detail())
				}
				if d.Severity().String() == "Error" {
					failed += d.Summary() + ": " + d.Detail()
				} else {
					warned += d.Summary() + ": " + d.Detail()
				}
			}
			says := func(said, want string) bool { return (said == "") == (want == "") && strings.Contains(said, want) }
			if !says(failed, tc.errors) || !says(warned, tc.warns) {
				t.Errorf("error %q, want %q; warning %q, want %q", failed, tc.errors, warned, tc.warns)
			}
			if data != nil && data.Session != nil {
				if _, err := data.Session.DescribeSelf(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if sent != tc.want {
				t.Errorf("the token is %q, want %q", sent, tc.want)
			}
		})
	}
}

func TestValidate_gitLabToken(t *testing.T) {
	t.Parallel()
	for token, want := range map[any]string{
		ownToken: "", "": "", " \n": "", unknown: "",
		"two words": "white space or control characters", "'" + ownToken + "'": "quotes", "\ufeff" + ownToken: "byte-order mark",
		"glcbt-64_example": "CI/CD job token", "gldt-example": "deploy token",
	} {
		server, err := providerserver.NewProtocol6WithError(provider.New("test", environment(nil))())()
		if err != nil {
			t.Fatal(err)
		}
		objectType := schemaOf(t, provider.New("test", environment(nil))()).Schema.Type().TerraformType(t.Context())
		config, err := tfprotov6.NewDynamicValue(objectType, value(t, objectType, block{"gitlab": block{"token": token}}))
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
		if (said == "") != (want == "") || !strings.Contains(said, want) || strings.Contains(said, "example") {
			t.Errorf("%q: got %q, want %q", token, said, want)
		}
	}
}
