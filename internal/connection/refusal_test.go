package connection

import (
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// A title blames what is at fault: the credential only when GitLab refused that.
func TestCredentialRefusal_blamesWhatIsAtFault(t *testing.T) {
	t.Parallel()
	instanceURL := path.Root("instance_url")
	for refused, want := range map[string]struct {
		summary string
		at      path.Path
	}{
		"Unauthorized":                                       {"GitLab refuses the token", managedPath},
		"Forbidden. Cause: insufficient_scope":               {"GitLab refuses the token", managedPath},
		"Not Found. Cause: 404 Not Found":                    {"Not the address of a GitLab", instanceURL},
		"Not Found. Cause:":                                  {"Not the address of a GitLab", instanceURL},
		"Unexpected end of JSON input":                       {"Not the address of a GitLab", instanceURL},
		"Unexpected token '<', \"<html>\" is not valid JSON": {"Not the address of a GitLab", instanceURL},
		"Expected property name or '}' in JSON at position 1 (line 1 column 2)":                                                                     {"Not the address of a GitLab", instanceURL},
		"Internal Server Error. Cause: 500 Internal Server Error":                                                                                   {"GitLab answered Infisical with an error", instanceURL},
		"Service Unavailable. Cause: <html><body>Not Found. Cause: x</body>":                                                                        {"GitLab answered Infisical with an error", instanceURL},
		"Gateway Timeout. Cause: status code 404":                                                                                                   {"GitLab answered Infisical with an error", instanceURL},
		"Could not successfully complete this request after 10 retries, last status code: 502. Verify the status of the endpoint.":                  {"GitLab answered Infisical with an error", instanceURL},
		"Could not successfully complete this request after 10 retries, last status code: 429. Check the applicable rate limits for this endpoint.": {"GitLab limits Infisical's requests", instanceURL},
		"Bad Request. Cause: x":                        {"GitLab refuses Infisical's request", instanceURL},
		"Proxy Authentication Required. Cause: <html>": {"GitLab refuses Infisical's request", instanceURL},
		"Something Else. Cause: x":                     {"GitLab refuses Infisical's request", instanceURL},
		"Local IPs not allowed as URL":                 {"Infisical does not connect to local addresses", instanceURL},
		"fetch failed":                                 {"Infisical cannot reach GitLab", instanceURL},
		"queryA ENOTFOUND gitlab.example.com":          {"Infisical cannot reach GitLab", instanceURL},
		"self-signed certificate in certificate chain": {"Infisical cannot reach GitLab", instanceURL},
	} {
		expectDiagnostic(t, refused, credentialRefusal(managedPath, refused, errors.New(refused)), want.summary, want.at)
	}
}

func TestCodeRefusal_blamesWhatIsAtFault(t *testing.T) {
	t.Parallel()
	instanceURL := path.Root("instance_url")
	for refused, want := range map[string]struct {
		summary string
		at      path.Path
	}{
		"Request failed with status code 400": {"GitLab refuses the authorization code", oauthPath},
		"Request failed with status code 401": {"GitLab refuses the authorization code", oauthPath},
		"Unable to exchange OAuth code":       {"GitLab refuses the authorization code", oauthPath},
		"Request failed with status code 404": {"Not the address of a GitLab", instanceURL},
		"Request failed with status code 429": {"GitLab limits Infisical's requests", instanceURL},
		"Request failed with status code 503": {"GitLab answered Infisical with an error", instanceURL},
		"Request failed with status code 405": {"GitLab refuses Infisical's request", instanceURL},
		"connect ECONNREFUSED 10.0.0.1:443":   {"Infisical cannot reach GitLab", instanceURL},
		"getaddrinfo ENOTFOUND gitlab.corp":   {"Infisical cannot reach GitLab", instanceURL},
		"timeout of 30000ms exceeded":         {"Infisical cannot reach GitLab", instanceURL},
		"Local IPs not allowed as URL":        {"Infisical does not connect to local addresses", instanceURL},
	} {
		expectDiagnostic(t, refused, codeRefusal(refused, func() string { return "" }), want.summary, want.at)
	}
}

func expectDiagnostic(t *testing.T, of string, got diag.Diagnostic, summary string, at path.Path) {
	t.Helper()
	withPath, ok := got.(diag.DiagnosticWithPath)
	if !ok || got.Summary() != summary || !withPath.Path().Equal(at) {
		t.Errorf("%s: got %q at %v, want %q at %s", of, got.Summary(), withPath, summary, at)
	}
}
