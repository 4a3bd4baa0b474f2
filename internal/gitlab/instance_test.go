package gitlab

import (
	"net/url"
	"strings"
	"testing"
)

func TestNormalizeInstanceURL(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://gitlab.com":                       "https://gitlab.com",
		"https://gitlab.com/":                      "https://gitlab.com",
		" https://gitlab.com ":                     "https://gitlab.com",
		"HTTPS://GitLab.Example.COM":               "https://gitlab.example.com",
		"https://gitlab.example.com:443":           "https://gitlab.example.com",
		"https://gitlab.example.com:443/gitlab/":   "https://gitlab.example.com/gitlab",
		"https://gitlab.example.com:8443/":         "https://gitlab.example.com:8443",
		"https://gitlab.example.com:":              "https://gitlab.example.com",
		"http://127.0.0.1:80":                      "http://127.0.0.1",
		"http://gitlab.example.com:443":            "http://gitlab.example.com:443",
		"https://[::1]:443/":                       "https://[::1]",
		"https://[::1]:8443":                       "https://[::1]:8443",
		"https://gitlab.example.com/Dev/GitLab":    "https://gitlab.example.com/Dev/GitLab",
		"https://gitlab.example.com/api/v4":        "https://gitlab.example.com",
		"https://gitlab.example.com/api/v4/":       "https://gitlab.example.com",
		"https://gitlab.example.com/gitlab/api/v4": "https://gitlab.example.com/gitlab",
		"https://gitlab.example.com/api/v4/api/v4": "https://gitlab.example.com",
		"http://LOCALHOST":                         "http://localhost",
		"https://gitlab.example.com/gitlab-api/v4": "https://gitlab.example.com/gitlab-api/v4",
		"https://www.gitlab.com":                   "https://www.gitlab.com",
	}
	for instance, want := range tests {
		t.Run(instance, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeInstanceURL(instance)
			if err != nil || got != want {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
			if again, err := NormalizeInstanceURL(got); err != nil || again != got {
				t.Errorf("a second time: got %q, %v", again, err)
			}
		})
	}
}

func TestNormalizeInstanceURL_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                       "must begin with https://",
		"gitlab.example.com":                     "must begin with https://",
		"gitlab.example.com:443":                 "must begin with https://",
		"ftp://gitlab.example.com":               "must begin with https://",
		"https://":                               "has no host",
		"https:///gitlab":                        "has no host",
		"https://jane:s3cret@gitlab.example.com": "user name or password",
		"https://jane:s3cret@gitlab.example.com/%": "cannot be parsed",
		"https://gitlab.example.com?a=b":           "query",
		"https://gitlab.example.com#top":           "fragment",
		"https://gitlab.example.com#":              "fragment",
		"https://gitlab.example.com/%2e%2e/":       "percent-encoding",
		"https://gitlab.example.com/../x":          ". or ..",
		"https://GİTLAB.com":                       "punycode",
		"https://gitlab.example.com//":             "two slashes",
		"https://gitlab.example.com//gitlab":       "two slashes",
	}
	for instance, want := range tests {
		t.Run(instance, func(t *testing.T) {
			t.Parallel()
			got, err := NormalizeInstanceURL(instance)
			if err == nil {
				t.Fatalf("got %q", got)
			}
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %q, want %q and no password", err, want)
			}
		})
	}
}

func TestTokenPage(t *testing.T) {
	t.Parallel()
	const instance = "https://gitlab.example.com/gitlab"
	tests := map[Resource]string{
		{Kind: KindGroup, ID: "acme/platform"}:    "/groups/acme/platform/-/settings/access_tokens",
		{Kind: KindProject, ID: "acme/app"}:       "/acme/app/-/settings/access_tokens",
		{Kind: KindGroup, ID: "87"}:               "/-/g/87",
		{Kind: KindProject, ID: "1203"}:           "/projects/1203",
		{Kind: KindGroup, ID: "87", Path: "acme"}: "/groups/acme/-/settings/access_tokens",
		{Kind: KindPersonal}:                      "/-/user_settings/personal_access_tokens",
		{Kind: KindUnknown, ID: "any"}:            "/-/user_settings/personal_access_tokens",
	}
	for resource, want := range tests {
		for _, written := range []string{instance, instance + "/", instance + "/api/v4"} {
			if got := TokenPage(written, resource); got != instance+want {
				t.Errorf("%s of %s: got %s", resource, written, got)
			}
		}
	}
}

func FuzzNormalizeInstanceURL(f *testing.F) {
	for _, seed := range []string{
		"https://gitlab.com", "https://a.b/api/v4/api/v4", "https://a.b/api/v4/", "https://a.b/gitlab/api/v4", "https://a.b/%2e%2e", "https://a.b//api/v4",
		"HTTPS://A.B:443/API/V4", "https://a.b/api/v4/.", "https://a.b#", "https://Api/v4",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, instance string) {
		normal, err := NormalizeInstanceURL(instance)
		if err != nil {
			return
		}
		if again, err := NormalizeInstanceURL(normal); err != nil || again != normal {
			t.Errorf("%q became %q, which becomes %q, %v", instance, normal, again, err)
		}
		root, err := apiRoot(instance)
		if parsed, parseErr := url.Parse(root); err != nil || parseErr != nil || strings.HasSuffix(parsed.Path, "/api/v4") {
			t.Errorf("%q: the API is looked for below %q, %v", instance, root, err)
		}
	})
}

func TestCanonicalID(t *testing.T) {
	t.Parallel()
	for reference, want := range map[string]string{
		"4002": "4002", "0004002": "4002", "0": "0", "000": "0", "": "", "acme/app": "acme/app", "acme/007": "acme/007", "007a": "007a", "-07": "-07",
	} {
		if got := CanonicalID(reference); got != want {
			t.Errorf("%q: got %q, want %q", reference, got, want)
		}
	}
}
