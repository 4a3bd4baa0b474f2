package transport

import "testing"

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"could not read the GitLab connection: it is gone":         "Could not read the GitLab connection: it is gone.",
		"creating a token: GitLab answered 400: Name is too long.": "Creating a token: GitLab answered 400: Name is too long.",
		"name_regex: error parsing regexp: missing closing ): `(`": "name_regex: error parsing regexp: missing closing ): `(`.",
		"gitlab.token is not set":                                  "gitlab.token is not set.",
		"infisical.example.com: connection refused":                "infisical.example.com: connection refused.",
		"GitLab answered 500":                                      "GitLab answered 500.",
		"x509: certificate has expired":                            "x509: certificate has expired.",
		"étrange":                                                  "Étrange.",
		"»no«":                                                     "»no«.",
		"are you there?":                                           "Are you there?",
		"wait…":                                                    "Wait…",
		"":                                                         "",
	} {
		if got := Sentence(text); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPhrase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"the name is taken.": "the name is taken",
		"the name is taken":  "the name is taken",
		"wait...":            "wait",
		"":                   "",
	} {
		if got := Phrase(text); got != want {
			t.Errorf("Phrase(%q) = %q, want %q", text, got, want)
		}
	}
}
