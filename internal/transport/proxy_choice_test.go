package transport

import (
	"net/http"
	"testing"
)

func TestProxyFrom(t *testing.T) {
	t.Parallel()
	const proxy = "http://user:hush@proxy.example.com:3128"
	for name, tc := range map[string]struct {
		noProxy string
		address string
		direct  bool
	}{
		"elsewhere":                {"", "https://infisical.example.com", false},
		"exempt by name":           {"infisical.example.com", "https://infisical.example.com", true},
		"exempt by domain":         {"x,.example.com", "https://infisical.example.com", true},
		"exempt by address":        {"10.0.0.0/8", "https://10.1.2.3", true},
		"exempt, all":              {"*", "https://infisical.example.com", true},
		"exempt, another":          {"example.org", "https://infisical.example.com", false},
		"this machine":             {"", "https://localhost:8443", true},
		"this machine, by address": {"", "https://127.0.0.1", true},
		"AWS, Azure":               {"", "http://169.254.169.254/latest", true},
		"AWS, containers":          {"", "http://169.254.170.2/v2", true},
		"AWS, IPv6":                {"", "http://[fd00:ec2::254]/latest", true},
		"Google":                   {"", "http://metadata.google.internal/x", true},
		"no metadata service":      {"", "http://metadata.example.com/x", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			learned := ""
			variables := map[string]string{"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": tc.noProxy}
			choose := proxyFrom(func(name string) string { return variables[name] }, func(secrets ...string) { learned += secrets[0] })
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tc.address, nil)
			if err != nil {
				t.Fatal(err)
			}
			chosen, err := choose(req)
			if err != nil || (chosen == nil) != tc.direct {
				t.Errorf("got %v, %v", chosen, err)
			}
			if !tc.direct && learned != "hush" {
				t.Errorf("the password that is not to be shown is %q", learned)
			}
		})
	}
}
