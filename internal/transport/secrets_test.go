package transport_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// someSecrets are of every form that is sent: GitLab's and Infisical's tokens, a client secret, a code, passwords.
var someSecrets = map[string]string{
	"GitLab token":       "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU",
	"longer token":       "glpat-7sNfkWq1tB3mZ_xR5vYc8Lo2Hd9pJgEuA.01.0w1b2c3d4",
	"old token":          "Xy7Qa2Lm9Tn4Vb6Rk8Ws",
	"client secret":      "5d1f0c3ba8e94276b0dd6e8f1c2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c",
	"JWT":                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6IjEyMyIsIm9yZ0lkIjoiNDU2In0.s5c-VtQ2ZbYkqk1R0yXg8mH3nJ7pLwD4uTfEoAaBcI",
	"password":           `pÄ55 "w/\ord+&<>`,
	"password of words":  "correct-horse-battery-staple",
	"password of 8":      "Tr0ub4do",
	"password with dots": "a.b.c.d.e.f.g.h.i.j",
}

func TestSecrets_areHiddenInEveryForm(t *testing.T) {
	t.Parallel()
	tried := 0
	for name, secret := range someSecrets {
		var secrets transport.Secrets
		secrets.Remember(" " + secret + "\n")
		for form, encode := range hostile.Disguises() {
			encoded := encode(secret)
			for context, text := range map[string]string{
				"alone":      encoded,
				"in a text":  "the server says " + encoded + ", which is wrong",
				"quoted":     `malformed "` + encoded + `"`,
				"glued":      "x" + encoded + "y",
				"twice":      encoded + " " + encoded,
				"far behind": strings.Repeat("é ", 490) + encoded,
			} {
				tried++
				got := string(secrets.Words(text, transport.MessageLimit))
				if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
					t.Errorf("%s, %s, %s: got %q", name, form, context, got)
				}
				if shown := hostile.Shown(got, secret); shown != "" && !ordinary(secret) {
					t.Errorf("%s, %s, %s: %q remains of it: %q", name, form, context, shown, got)
				}
			}
		}
	}
	t.Logf("%d texts", tried)
}

// ordinary are passwords made of words, of which only the whole is hidden.
func ordinary(secret string) bool { return strings.Trim(secret, "abcdefghijklmnopqrstuvwxyz-.") == "" }

// A server may cut what it repeats, anywhere.
func TestSecrets_partsAreHidden(t *testing.T) {
	t.Parallel()
	const secret = "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU"
	var secrets transport.Secrets
	secrets.Remember(secret)
	for from := range len(secret) {
		for to := from + 12; to <= len(secret); to++ {
			if got := secrets.Redact("token " + secret[from:to] + ", refused"); got != "token (hidden), refused" {
				t.Errorf("%q: got %q", secret[from:to], got)
			}
		}
	}
	if got := secrets.Redact("glpat-Zk3x_Vb…"); got != "(hidden)…" {
		t.Errorf("got %q", got)
	}
}

// What is said all the time is not hidden because somebody's password is made of the same words, or is short.
func TestSecrets_ordinaryTextStays(t *testing.T) {
	t.Parallel()
	var secrets transport.Secrets
	secrets.Remember("", " ", "abc", "token", "hunter2", "gitlab-platform-secret", "your-access-token", "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU")
	for _, text := range []string{
		"could not update the GitLab connection \"gitlab-platform\": Invalid credentials (HTTP 401 UnauthorizedError, reqId req-5d1f0c3ba8e942)",
		"Create an access-token with the prefix glpat- at https://gitlab.example.com/-/user_settings/personal_access_tokens",
		"dial tcp: lookup gitlab.example.com: no such host", "abcdef", "tokens are refused", "%zz %", `\`, `\u12`, "",
	} {
		if got := secrets.Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, want := range map[string]string{
		"the hunter2 is wrong":          "the (hidden) is wrong",
		"of gitlab-platform-secret":     "of (hidden)",
		"hunter2=hunter2;hunter22":      "(hidden)=(hidden);hunter22",
		"YOUR-ACCESS-TOKEN is no token": "(hidden) is no token",
	} {
		if got := secrets.Redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestSecrets_noneAreKnown(t *testing.T) {
	t.Parallel()
	var unknown *transport.Secrets
	for _, secrets := range []*transport.Secrets{unknown, {}} {
		if got := secrets.Words("a\x1b[2Jb", 10); got != "a [2Jb" {
			t.Errorf("got %q", got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	var secrets transport.Secrets
	secrets.Remember("glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU")
	for name, tc := range map[string]struct {
		text, want string
		limit      int
	}{
		"ordinary":              {text: "Invalid credentials", want: "Invalid credentials"},
		"other scripts":         {text: "Привет, 世界, שלום, é", want: "Привет, 世界, שלום, é"},
		"escape sequences":      {text: "a\x1b[2J\x1b]0;owned\x07b\u009bc", want: "a [2J ]0;owned b c"},
		"lines":                 {text: "\r\n a\tb\u0085c\u2028d\u2029e\vf\n\n", want: "a b c d e f"},
		"direction":             {text: "a\u202eb\u2066c\u200ed\u200fe\u061cf", want: "abcdef"},
		"no width":              {text: "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg\U000e0041h", want: "abcdefgh"},
		"no characters":         {text: "a\xff\xfe\xc0\x80b\xed\xa0\x80c", want: "a" + strings.Repeat("\ufffd", 4) + "b" + strings.Repeat("\ufffd", 3) + "c"},
		"null":                  {text: "a\x00b", want: "a b"},
		"empty":                 {text: "", want: ""},
		"nothing to see":        {text: "\u200b\x1b\n", want: ""},
		"long":                  {text: strings.Repeat("é", 11), limit: 10, want: strings.Repeat("é", 10) + "…"},
		"as long as allowed":    {text: strings.Repeat("é", 10), limit: 10, want: strings.Repeat("é", 10)},
		"secret at the cut-off": {text: "12345678 glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU", limit: 10, want: "12345678 (…"},
		"secret far behind":     {text: strings.Repeat("\u200b", 16<<10/3-3) + "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU", want: "glpat-Zk3x"},
	} {
		limit := tc.limit
		if limit == 0 {
			limit = transport.MessageLimit
		}
		got := secrets.Words(tc.text, limit)
		if string(got) != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if again := secrets.Words(string(got), limit); again != got {
			t.Errorf("%s: a second time: got %q", name, again)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	var secrets transport.Secrets
	secrets.Remember("glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU")
	const text = "Platform team\r\n\n\t- syncs\u202e \x1b[2Jglpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU\n"
	if got, want := secrets.Lines(text), "Platform team\n\n\t- syncs  [2J(hidden)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Redaction runs on what servers say, never on bodies; a name costs next to nothing.
func BenchmarkWords(b *testing.B) {
	var secrets transport.Secrets
	for _, secret := range someSecrets {
		secrets.Remember(secret)
	}
	for name, text := range map[string]string{
		"id":      "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11",
		"message": "Failed to validate credentials: Forbidden. Cause: insufficient_scope, and something more",
		"16 KiB":  strings.Repeat("%41\\u0041 and ordinary text. ", 600),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				secrets.Words(text, transport.MessageLimit)
			}
		})
	}
}

// Whatever is remembered and whatever is said: nothing of the secret, no character that a terminal obeys, no crash, and
// what is fit to be shown stays as it is.
func FuzzWords(f *testing.F) {
	for _, secret := range someSecrets {
		for _, encode := range hostile.Disguises() {
			f.Add(secret, "before", encode(secret)+" after")
		}
	}
	f.Add("12345678", "%", "\\")
	f.Add("ÄÖÜ-€uro-ẞ", "\xff", "\u2028")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		var secrets transport.Secrets
		secrets.Remember(secret)
		got := string(secrets.Words(before+secret+after, transport.MessageLimit))
		if i := strings.IndexFunc(got, obeyed); i >= 0 {
			t.Errorf("%q stays in %q", got[i:], got)
		}
		if shown := strings.TrimSpace(secret); visibleLength(shown) >= 12 && len(before)+len(secret) < 16<<10 && strings.Contains(got, shown) {
			t.Errorf("%q stays in %q", secret, got)
		}
		if again := string(secrets.Words(got, transport.MessageLimit)); again != got && visibleLength(secret) >= 8 {
			t.Errorf("%q becomes %q", got, again)
		}
	})
}

// obeyed are the characters that a terminal obeys, and those that hide or turn around what is read.
func obeyed(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

func visibleLength(text string) int {
	return len(strings.Map(func(r rune) rune {
		if obeyed(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text))
}
