package connection

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

const someConnectionID = "1f0cb5a1-6a0d-4a63-9c53-0c6f2a1f7a11"

// Whatever stands after `terraform import`: what is taken leads to one resource of the API, and nowhere else.
func FuzzParseImportID(f *testing.F) {
	for _, seed := range []string{
		someConnectionID, strings.ToUpper(someConnectionID), "{" + someConnectionID + "}", "urn:uuid:" + someConnectionID, "name/platform", someConnectionID +
			"/name/platform", "name/name/platform",
		"name/", "name/..", "../name/x", "name/a/name/b", "name/\x1b[2J", "name/a?projectId=x", "NAME/x", "a b/name/c", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wanted, ok := parseImportID(text)
		if !ok {
			return
		}
		if (wanted.id == "") == (wanted.name == "") || wanted.id != "" && wanted.projectID != "" {
			t.Errorf("%q is taken for %+v", text, wanted)
		}
		for _, part := range []string{wanted.id, wanted.name, wanted.projectID} {
			if url.PathEscape(part) != part || url.QueryEscape(part) != part || strings.Trim(part, ".") != part {
				t.Errorf("%q is taken for %+v", text, wanted)
			}
		}
	})
}

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
