package gitlab

import (
	"net/url"
	"strings"
)

// AuthorizeURL returns the page where a person grants an OAuth application access, and from which GitLab redirects to
// redirectURI with a code that expires after ten minutes. instance is a normalized instance URL; an empty state is
// omitted.
// https://docs.gitlab.com/api/oauth2/#authorization-code-flow
func AuthorizeURL(instance, clientID, redirectURI, state string, scopes []string) string {
	query := url.Values{
		"client_id":     {clientID},
		"redirect_uri":  {redirectURI},
		"response_type": {"code"},
		// Always sent: without it GitLab grants the scope api.
		"scope": {strings.Join(scopes, " ")},
	}
	if state != "" {
		query.Set("state", state)
	}
	return strings.TrimSuffix(instance, "/") + "/oauth/authorize?" + query.Encode()
}
