package infisical

import "testing"

func TestIsURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://gitlab.example.com": true, "http://127.0.0.1:80/gitlab/": true, "ftp://host": true, "mailto:x": true, "HTTPS://HOST": true,
		"": false, "gitlab.example.com": false, "https://": false, "https://a b": false, "https://host:99999": false, "/path": false,
	} {
		if got := isURL(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
