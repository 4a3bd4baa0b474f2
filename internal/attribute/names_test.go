package attribute

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestDescriptionValidator(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		value types.String
		want  string // the title; empty when it is accepted
	}{
		"null":                            {types.StringNull(), ""},
		"unknown":                         {types.StringUnknown(), ""},
		"one character":                   {types.StringValue("a"), ""},
		"255 characters":                  {types.StringValue(strings.Repeat("é", 255)), ""},
		"256 characters":                  {types.StringValue(strings.Repeat("é", 256)), "Description too long"},
		"255 characters in a heredoc":     {types.StringValue(strings.Repeat("a", 255) + "\n"), ""},
		"255 characters and white space":  {types.StringValue(" \t\u00a0\u2028" + strings.Repeat("a", 255) + "\r\n"), ""},
		"255 characters and U+0085":       {types.StringValue(strings.Repeat("a", 255) + "\u0085"), "Description too long"},
		"128 emoji":                       {types.StringValue(strings.Repeat("🦊", 128)), ""},
		"129 emoji":                       {types.StringValue(strings.Repeat("🦊", 129)), "Description too long"},
		"254 characters and an emoji":     {types.StringValue(strings.Repeat("a", 254) + "🦊"), ""},
		"254 characters, one of them two": {types.StringValue(strings.Repeat("a", 253) + "🦊🦊"), "Description too long"},
		"empty":                           {types.StringValue(""), "Empty description"},
		"blank":                           {types.StringValue(" \n\u0085"), "Empty description"},
		"with U+0000":                     {types.StringValue("a\x00b"), "Description cannot be stored"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var resp validator.StringResponse
			DescriptionValidator().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("description"), ConfigValue: tc.value}, &resp)
			got := ""
			for _, diagnostic := range resp.Diagnostics {
				got += diagnostic.Summary()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
