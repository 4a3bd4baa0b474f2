package transport_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// A server may quote a credential that this process never saw.
func TestWords_hideWhatLooksLikeACredential(t *testing.T) {
	t.Parallel()
	var secrets transport.Secrets
	tried := 0
	for prefix := range transport.GitLabPrefixes {
		for name, credential := range map[string]string{
			"short":        prefix + "Zk3xVbQ9rT2LmNpW8sJ4",
			"routable":     prefix + "7sNfkWq1tB3mZ_xR5vYc8Lo2Hd9pJgEuA" + strings.Repeat("x", 256) + ".01.0w1b2c3d4",
			"instance's":   "SIE-" + prefix + "Zk3x_VbQ9rT-2LmNpW8sJ4hU",
			"of the words": prefix + "group-owner-api",
		} {
			for channel, carries := range map[string]string{
				"alone":     "%",
				"a message": "fatal: could not read from %. Try again",
				"in JSON":   `{"token":"%"}`,
				"a header":  "PRIVATE-TOKEN: %, and more",
				"an option": "--token=%",
			} {
				tried++
				got := string(secrets.Words(strings.ReplaceAll(carries, "%", credential), transport.MessageLimit))
				if want := strings.ReplaceAll(carries, "%", "(hidden)"); got != want {
					t.Errorf("%s %s, %s: got %q, want %q", prefix, name, channel, got, want)
				}
				if got := secrets.Lines("a\n" + credential + "\nb"); got != "a\n(hidden)\nb" {
					t.Errorf("%s %s: got %q", prefix, name, got)
				}
			}
		}
	}
	t.Logf("%d texts", tried)
}

func TestWords_hideShapes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"a clone": {
			"Command failed: git clone https://oauth2:glpat-Zk3x_VbQ9rT-2LmNpW8s@gitlab.example.com/acme/app.git",
			"Command failed: git clone https://(hidden)@gitlab.example.com/acme/app.git",
		},
		"another GitLab's prefix":  {"git clone https://oauth2:acme-Zk3xVbQ9@gitlab.example.com/a.git", "git clone https://(hidden)@gitlab.example.com/a.git"},
		"an @ in the password":     {"postgres://app:p@ss@database:5432/app failed", "postgres://(hidden)@database:5432/app failed"},
		"in JSON":                  {`{"url":"https:\/\/oauth2:abc@gitlab.example.com\/acme"}`, `{"url":"https:\/\/(hidden)@gitlab.example.com\/acme"}`},
		"without a password":       {"https://Zk3xVbQ9rT2LmNpW8sJ4@gitlab.example.com", "https://(hidden)@gitlab.example.com"},
		"a JWT":                    {"Bearer " + someSecrets["JWT"] + " is refused", "Bearer (hidden) is refused"},
		"a JWT that was cut":       {someSecrets["JWT"][:60] + "…", "(hidden)…"},
		"a token with a gap":       {"glpat-Zk3x_Vb\u200bQ9rT-2LmNpW8sJ4hU", "(hidden)"},
		"a page of a person":       {"https://gitlab.example.com/@ci-bot and ci-bot@example.com", "https://gitlab.example.com/@ci-bot and ci-bot@example.com"},
		"a prefix in a sentence":   {"Tokens begin with glpat-, glcbt- or gldt-.", "Tokens begin with glpat-, glcbt- or gldt-."},
		"the header of a JWT":      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"},
		"a path that begins alike": {"acme/gldt-app", "acme/gldt-app"},
	} {
		var unknown *transport.Secrets
		got := unknown.Words(tc.text, transport.MessageLimit)
		if string(got) != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if again := unknown.Words(string(got), transport.MessageLimit); again != got {
			t.Errorf("%s: a second time: got %q", name, again)
		}
	}
}

func TestGitLabPrefix(t *testing.T) {
	t.Parallel()
	for credential, want := range map[string]string{
		"glpat-abc": "glpat-", "gldt-abc": "gldt-", "glrtr-abc": "glrtr-", "SIE-glcbt-abc": "glcbt-", "acme-inc-gloas-abc": "gloas-",
		"abc": "", "": "", "acme-abc": "", "Zk3xglpat-": "", "a text about glpat-abc": "",
	} {
		if got := transport.GitLabPrefix(credential); got != want {
			t.Errorf("%q has %q, want %q", credential, got, want)
		}
	}
}

// Data stays as it is, whatever it holds, up to a size.
func TestData_isVerbatim(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " a  b ", "a\nb\x00\x1b[2J\u202e\u200b", "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU", hostile.Obeyed, strings.Repeat("é", 5000),
	} {
		encoded, err := json.Marshal(map[string]string{"name": text})
		if err != nil {
			t.Fatal(err)
		}
		var wire struct{ Name transport.Data }
		if err := json.Unmarshal(encoded, &wire); err != nil || string(wire.Name) != text {
			t.Errorf("%q became %q: %v", text, wire.Name, err)
		}
	}
	var wire struct{ Name transport.Data }
	var tooLong *transport.LengthError
	if err := json.Unmarshal([]byte(`{"name":"`+strings.Repeat("x", 64<<10)+`"}`), &wire); !errors.As(err, &tooLong) || wire.Name != "" {
		t.Errorf("got %d bytes and %v", len(wire.Name), err)
	}
	if err := json.Unmarshal([]byte(`{"name":null}`), &wire); err != nil || wire.Name != "" {
		t.Errorf("got %q and %v", wire.Name, err)
	}
}
