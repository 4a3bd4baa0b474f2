package secretsync

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What validation accepts is what the servers store.
func TestValidators_acceptWhatIsStored(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		validator validator.String
		good, bad []string
	}{
		"environment_scope": {
			scopeValidator(), []string{"*", "prod  uction", "review/*", strings.Repeat("a", 255)},
			[]string{"", "production ", " production", "a\u00a0", strings.Repeat("a", 256), "a\tb", "a\x00"},
		},
		"secret_path": {
			secretPathValidator(), []string{"/", "/api", "/a  b", "/a/" + strings.Repeat("b", 300)},
			[]string{"", "api", "/api/", "//", "/a//b", "/api ", "/a\x00b", "/a\nb", "/" + strings.Repeat("a", 5000)},
		},
		"key_schema": {
			keySchemaValidator(), []string{"{{secretKey}}", "INF_{{secretKey}}_{{environment}}", strings.Repeat("A", 242) + "{{secretKey}}"},
			[]string{"", "A", "{{secretKey}}{{secretKey}}", "A-{{secretKey}}", strings.Repeat("A", 243) + "{{secretKey}}"},
		},
	} {
		for want, texts := range map[bool][]string{false: tc.good, true: tc.bad} {
			for _, text := range texts {
				var resp validator.StringResponse
				tc.validator.ValidateString(t.Context(), validator.StringRequest{Path: path.Root(name), ConfigValue: types.StringValue(text)}, &resp)
				if resp.Diagnostics.HasError() != want {
					t.Errorf("%s %.40q: refused: %t", name, text, !want)
				}
			}
		}
	}
}
