package infisical

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// apiPath is how addresses of Infisical's API end; some of its tools expect it in the address.
var apiPath = regexp.MustCompile(`(/api(/v[0-9]+)?)+$`)

// ParseHost returns a server's address in the one spelling of transport.ParseBaseURL, without a trailing /api or
// /api/v1.
func ParseHost(host string) (*url.URL, error) {
	parsed, err := transport.ParseBaseURL(strings.TrimRight(strings.TrimSpace(host), "/"))
	if err != nil {
		return nil, err
	}
	parsed.Path = apiPath.ReplaceAllString(parsed.Path, "")
	return parsed, nil
}

// NormalizeHost is ParseHost for comparisons. It only trims what is not an address.
func NormalizeHost(host string) string {
	parsed, err := ParseHost(host)
	if err != nil {
		return strings.TrimSpace(host)
	}
	return parsed.String()
}
