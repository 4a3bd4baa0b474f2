package transport_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://gitlab.example.com":                    "https://gitlab.example.com",
		"https://gitlab.example.com/":                   "https://gitlab.example.com",
		" https://gitlab.example.com\n":                 "https://gitlab.example.com",
		"HTTPS://GitLab.Example.COM/Sub/Path/":          "https://gitlab.example.com/Sub/Path",
		"https://gitlab.example.com:443":                "https://gitlab.example.com",
		"https://gitlab.example.com:0443":               "https://gitlab.example.com",
		"https://gitlab.example.com:":                   "https://gitlab.example.com",
		"https://gitlab.example.com:80":                 "https://gitlab.example.com:80",
		"https://gitlab.example.com:08443":              "https://gitlab.example.com:8443",
		"http://LOCALHOST:80/a":                         "http://localhost/a",
		"http://127.0.0.1:3000":                         "http://127.0.0.1:3000",
		"https://[::1]:443":                             "https://[::1]",
		"https://[FE80::1]:8443":                        "https://[fe80::1]:8443",
		"https://[fe80::1%25eth0]":                      "https://[fe80::1%25eth0]",
		"https://xn--bcher-kva.example":                 "https://xn--bcher-kva.example",
		"https://git_lab.example":                       "https://git_lab.example",
		"https://gitlab.com.":                           "https://gitlab.com.",
		"https://evil.example/@gitlab.com":              "https://evil.example/@gitlab.com",
		"https://gitlab.example.com/a-b_c.d~e/f:g;h,i=": "https://gitlab.example.com/a-b_c.d~e/f:g;h,i=",
	} {
		parsed, err := transport.ParseBaseURL(address)
		if err != nil || parsed.String() != want {
			t.Errorf("%q: got %v, %v, want %s", address, parsed, err, want)
		}
	}
}

func TestParseBaseURL_refuses(t *testing.T) {
	t.Parallel()
	const password = "S3cretPW99"
	for address, want := range map[string]string{
		"":                            "must begin with https://",
		"gitlab.example.com":          "must begin with https://",
		"//gitlab.example.com":        "must begin with https://",
		"ftp://gitlab.example.com":    "must begin with https://",
		"javascript:alert(1)":         "must begin with https://",
		"file:///etc/passwd":          "must begin with https://",
		"https:gitlab.example.com":    "has no host",
		"https:///gitlab.example.com": "has no host",
		"https://":                    "has no host",
		"https://:443":                "has no host",
		"https://.":                   "neither a name nor an IP address",
		"https://" + strings.Repeat("a.", 200) + "example": "neither a name nor an IP address",
		"https://a..example":                "neither a name nor an IP address",
		"https://git*lab.example":           "neither a name nor an IP address",
		"https://git'lab.example":           "neither a name nor an IP address",
		"https://user:" + password + "@a.b": "user name or password",
		"https://gitlab.com@evil.example":   "user name or password",
		"https://a.b?":                      "query",
		"https://a.b?x=1":                   "query",
		"https://a.b#":                      "fragment",
		"https://a.b/#":                     "fragment",
		"https://a.b/path#top":              "fragment",
		"http://127.0.0.1#.evil.example":    "fragment",
		"https://G\u0130TLAB.com":           "punycode",
		"https://g\u0456tlab.com":           "punycode",
		"https://\u24d6itlab.com":           "punycode",
		"https://gitlab\u3002com":           "punycode",
		"https://b%C3%BCcher.example":       "punycode",
		"https://\u202egitlab.com":          "punycode",
		"https://a.b:0":                     "port",
		"https://a.b:65536":                 "port",
		"https://a.b:99999999999999999999":  "port",
		"https://a.b:x":                     "cannot be parsed",
		"https://a.b:80:90":                 "cannot be parsed",
		"https://a.b/%2e%2e":                "percent-encoding",
		"https://a.b/%41":                   "percent-encoding",
		"https://a.b/a%2fb":                 "percent-encoding",
		"https://a.b/b\u00fccher":           "percent-encoding",
		"https://a.b/a b":                   "percent-encoding",
		"https://a.b/%zz":                   "cannot be parsed",
		"https://a.b/..":                    ". or ..",
		"https://a.b/./c":                   ". or ..",
		"https://a.b/c/../d/":               ". or ..",
		"https://a.b//":                     "two slashes",
		"https://a.b//c":                    "two slashes",
		"https://a b.example":               "cannot be parsed",
		"https://gitlab.com\\@evil.example": "cannot be parsed",
		"https://a.b/\x1b[2J":               "cannot be parsed",
		"https://a.b/\r\nX: y":              "cannot be parsed",
		"http://127.0.0.1%00.evil.example":  "cannot be parsed",
		"https://[fe80::1%25eth0\x1b]/":     "cannot be parsed",
		"https://[fe80::1%25\u00e9]/":       "punycode",
	} {
		parsed, err := transport.ParseBaseURL(address)
		if err == nil {
			t.Errorf("%q was accepted: %s", address, parsed)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password) {
			t.Errorf("%q: got %q, want it to say %q, and no password", address, err, want)
		}
	}
}

func TestCheckSecure(t *testing.T) {
	t.Parallel()
	for address, secure := range map[string]bool{
		"https://gitlab.example.com": true, "http://gitlab.example.com": false,
		"http://localhost": true, "http://LOCALHOST": true, "http://localhost.": false, "http://localhost.evil.example": false,
		"http://127.0.0.1": true, "http://127.1.2.3:80": true, "http://[::1]": true, "http://[::ffff:127.0.0.1]": true,
		"http://127.0.0.1.evil.example": false, "http://0.0.0.0": false, "http://[::]": false, "http://10.0.0.1": false,
		// What some resolvers, but not all, take for 127.0.0.1.
		"http://127.1": false, "http://2130706433": false, "http://0x7f000001": false, "http://0177.0.0.1": false,
	} {
		raw, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		normal, err := transport.ParseBaseURL(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, parsed := range []*url.URL{raw, normal} {
			if got := transport.CheckSecure(parsed) == nil; got != secure {
				t.Errorf("%s: got %t, want %t", parsed, got, secure)
			}
		}
	}
}

// What is accepted has one spelling, and leads where it says.
func FuzzParseBaseURL(f *testing.F) {
	for _, seed := range []string{
		"https://gitlab.com", "HTTP://LOCALHOST:080/A/", "https://[fe80::1%25eth0]:443/x", "https://a.b#", "https://a.b/%2e%2e", "https://G\u0130TLAB.com",
		"https://a.b:99999",
		"https://u:p@a.b", "https://a.b/api/v4/api/v4", "https://a.b/a;b,c", "https://a.b:", "https://a.b./", "https://a.b/\\", "https://%61.b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		parsed, err := transport.ParseBaseURL(address)
		if err != nil {
			return
		}
		normal := parsed.String()
		again, err := transport.ParseBaseURL(normal)
		if err != nil || again.String() != normal {
			t.Errorf("%q became %q, which becomes %v, %v", address, normal, again, err)
		}
		if strings.ContainsFunc(normal, func(r rune) bool { return r <= ' ' || r > '~' }) || strings.ContainsAny(normal, "#?\\") ||
			strings.HasSuffix(normal, "/") {
			t.Errorf("%q became %q", address, normal)
		}
		if reread, err := url.Parse(normal); err != nil || reread.Host != parsed.Host || reread.User != nil ||
			!strings.EqualFold(reread.Hostname(), parsed.Hostname()) {
			t.Errorf("%q became %q, which is read as %+v, %v", address, normal, reread, err)
		}
	})
}
