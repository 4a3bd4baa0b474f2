package gitlab

import (
	"strings"
	"unicode"
)

// TextFault says what is wrong with a text that is to be an access token, as far as that shows without asking GitLab.
// It completes "the value …", never repeats any of the text, and is empty for a text without fault, and for a blank
// one. White space around the token does not count: it is removed before the token is sent.
func TextFault(text string) string {
	const quotes = "\"'`“”‘’„"
	token := strings.TrimSpace(text)
	switch {
	case token == "":
		return ""
	case strings.HasPrefix(token, "\ufeff"):
		return "begins with a byte-order mark, which some editors and shells put at the beginning of a file"
	case strings.ContainsAny(token, quotes):
		return "contains quotes, which no access token does"
	case strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		return "contains white space or control characters, which no access token does"
	}
	return ""
}

// ForeignSecret names what a text is instead of an access token of a user, project or group, by its prefix, such as
// "deploy token". Empty when its prefix is not that of another of GitLab's secrets.
// https://docs.gitlab.com/security/tokens/#token-prefixes
func ForeignSecret(text string) string { return looksLike(text) }
