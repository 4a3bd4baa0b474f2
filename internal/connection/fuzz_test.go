package connection

import (
	"errors"
	"strings"
	"testing"
)

// Whatever GitLab said to Infisical: one diagnostic with a title, that names an attribute.
func FuzzCredentialRefusal(f *testing.F) {
	for _, seed := range []string{
		"Unauthorized", "Forbidden. Cause: insufficient_scope", "Not Found. Cause:", "status code 429", "last status code: 502. Verify",
		"Service Unavailable. Cause: <html>", "Local IPs not allowed as URL",
		"Unexpected token", ". Cause:", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, refused string) {
		got := credentialRefusal(tokenPath, refused, errors.New(refused))
		if got.Summary() == "" || !strings.Contains(got.Detail(), "reports: ") {
			t.Errorf("%q: %q, %q", refused, got.Summary(), got.Detail())
		}
		if status := statusOf(refused); status != 0 && (status < 100 || status > 599) {
			t.Errorf("%q: status %d", refused, status)
		}
		codeRefusal(refused, func() string { return "" })
	})
}
