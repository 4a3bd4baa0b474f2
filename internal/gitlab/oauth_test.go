package gitlab

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/quick"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// visit opens an address as a browser does whose user has agreed, and returns
// where GitLab leads back to.
func visit(t *testing.T, address string) *url.URL {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return back
}

func TestAuthorizeURL_leadsToACode(t *testing.T) {
	t.Parallel()
	const redirectURI, state = "https://infisical.example.com/organization/app-connections/gitlab/oauth/callback?a=1&b=2", "one & two=3 #4 %2F"
	sb := startSandbox(t, sandbox.WithGitLabPath("/gitlab"))
	application := sb.GitLab.AddApplication(redirectURI)
	sb.GitLab.Approve(application.ClientID)

	back := visit(t, AuthorizeURL(sb.GitLab.URL(), application.ClientID, redirectURI, state, []string{"api", "read_repository"}))
	if !strings.HasPrefix(back.String(), redirectURI) || back.Query().Get("code") == "" || back.Query().Get("state") != state {
		t.Errorf("led back to %s", back)
	}
	back = visit(t, AuthorizeURL(sb.GitLab.URL(), application.ClientID, redirectURI, "", []string{"api", "sudo"}))
	if back.Query().Get("error") != "invalid_scope" {
		t.Errorf("the scopes do not arrive: %s", back)
	}
}

func TestAuthorizeURL_readsBack(t *testing.T) {
	t.Parallel()
	readBack := func(clientID, redirectURI, state string) bool {
		parsed, err := url.Parse(AuthorizeURL("https://gitlab.example.com/gitlab", clientID, redirectURI, state, []string{"api", "read_repository"}))
		if err != nil || parsed.Path != "/gitlab/oauth/authorize" || parsed.Fragment != "" {
			return false
		}
		query, err := url.ParseQuery(parsed.RawQuery)
		return err == nil && query.Get("client_id") == clientID && query.Get("redirect_uri") == redirectURI &&
			query.Get("state") == state && query.Has("state") == (state != "") &&
			query.Get("response_type") == "code" && query.Get("scope") == "api read_repository"
	}
	if err := quick.Check(readBack, nil); err != nil {
		t.Error(err)
	}
	for _, state := range []string{"", "a b&c=d#e/%2F?", "ü\n"} {
		if !readBack("id", "https://infisical.example.com/cb?a=b&c", state) {
			t.Errorf("state %q does not survive", state)
		}
	}
}
