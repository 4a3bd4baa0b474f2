package gitlab

import (
	"strings"
	"testing"
)

func TestTextFault(t *testing.T) {
	t.Parallel()
	const token = "glpat-example-abcdefghij"
	for name, tc := range map[string]struct{ text, want string }{
		"a token":                   {token, ""},
		"with white space around":   {" \t" + token + "\r\n", ""},
		"of an instance's prefix":   {"SIE-" + token, ""},
		"routable":                  {"glpat-Yk0xLWJ1ZnMtOHk.01.120abcdef", ""},
		"nothing":                   {"", ""},
		"white space":               {" \n", ""},
		"two lines":                 {token + "\n" + token, "white space or control"},
		"a line break inside":       {"glpat-example\r\n-abcdefghij", "white space or control"},
		"a space inside":            {"Bearer " + token, "white space or control"},
		"a zero byte":               {token + "\x00", "white space or control"},
		"a zero-width space":        {token[:8] + "\u200b" + token[8:], "white space or control"},
		"a byte-order mark":         {"\ufeff" + token, "byte-order mark"},
		"a byte-order mark, quotes": {"\ufeff\"" + token + "\"", "byte-order mark"},
		"in quotes":                 {`"` + token + `"`, "quotes"},
		"in single quotes":          {"'" + token + "'", "quotes"},
		"in typographic quotes":     {"“" + token + "”", "quotes"},
		"a quote at the end":        {token + `"`, "quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := TextFault(tc.text)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) || strings.Contains(got, "example") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestForeignSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"glpat-example": "", "SIE-glpat-example": "", "": "", " glcbt-64_example\n": "CI/CD job token", "gldt-example": "deploy token",
	} {
		if got := ForeignSecret(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
