package roundtrip_test

import (
	"math/rand/v2"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
)

// A source draws values, the same ones for a seed.
type source struct {
	*rand.Rand
	// secrets are what the provider remembers, and keeps out of what it says.
	secrets []string
}

func newSource(seed uint64, servers *acctest.Servers) *source {
	return &source{Rand: rand.New(rand.NewPCG(seed, 0)), secrets: []string{servers.ClientSecret, servers.Token, servers.ProviderToken()}}
}

func of[T any](s *source, options ...T) T { return options[s.IntN(len(options))] }

// odd are characters that somebody may trim, join, drop, cut, escape or obey.
var odd = []string{
	" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u0085", "\u2003", "\u2028", "\ufeff", "\u200b", "\u00ad",
	"\u200d", "\U0001f469\u200d\U0001f4bb", "\u202e", "e\u0301", "\u00e9", "\U0001f600", "\u4e2d", "\ufffd",
	"<b>&amp;</b>", "<", "&", "\"", "'", "`", "\\", "\\n", "%", "%20", "%00", "+", "?", "#", "/", "//", "..", "{", "}", "{{", "}}",
	"${var.x}", "$${", "%{ if true }", "{{secretKey}}", "{{environment}}", "null", "true", "0", "[REDACTED]", "(sensitive value)",
	"\x00", "\x07", "\x1b[31m", "\x7f", "\u009b",
}

// text is words with odd characters around and between them, in part as long as names may be.
func (s *source) text() string {
	var text strings.Builder
	for range s.IntN(5) {
		text.WriteString(of(s, s.word, s.word, s.oddity, s.oddity, s.secret)())
	}
	return asTerraform(s.long(text.String()))
}

func (s *source) word() string {
	return of(s, "app", "prod", "Team", "a", "x1", "DATABASE_URL", "web-2", "über", "v1.2") + of(s, "", "", " ", "-")
}

func (s *source) oddity() string { return of(s, odd...) }

// secret is one that is remembered, as it is or written differently, or what looks like one.
func (s *source) secret() string {
	return of(s, of(s, s.secrets...), of(s, s.secrets...), strings.ToUpper(of(s, s.secrets...)), "glpat-"+strings.Repeat("x", 20),
		"https://oauth2:glpat-xxxxxxxxxxxxxxxxxxxx@gitlab.example.com/acme/app.git", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")
}

// long makes a text as long as a limit, or longer by one.
func (s *source) long(text string) string {
	if s.IntN(6) > 0 {
		return text
	}
	length := of(s, 1, 63, 64, 65, 128, 254, 255, 256, 257, 300, 5000)
	filling := of(s, "a", "a", "-", "é", "\U0001f600", " b")
	for runes := []rune(text); ; runes = append(runes, []rune(filling)...) {
		if len(runes) >= length {
			return string(runes[:length])
		}
	}
}

// made is a text of an alphabet, up to 300 characters, with a secret in it at times.
func (s *source) made(alphabet string) string {
	letters := strings.Split(alphabet, "")
	var text strings.Builder
	for range of(s, 1, 2, 3, 8, 20, 64, 65, s.IntN(256), 255, 256, 300) {
		text.WriteString(of(s, letters...))
	}
	if s.IntN(4) == 0 {
		return of(s, "", "a") + of(s, s.secrets...) + of(s, "", "b")
	}
	return text.String()
}

// slug is what may be a name.
func (s *source) slug() string {
	if s.IntN(8) == 0 {
		return s.text()
	}
	return strings.Trim(strings.ReplaceAll(s.made("abcxyz019-"), "--", "-"), "-")
}

// asTerraform is a text as Terraform hands it to a provider: normalized.
func asTerraform(text string) string { return cty.StringVal(text).AsString() }
