package infisical

import (
	"net/url"
	"strings"
)

// NormalizeHost returns the one spelling of a server's address that all comparisons use: scheme and host in lower case, without the default
// port, trailing slashes and /api, which some clients want in it. What is no URL only loses its trailing slashes.
func NormalizeHost(host string) string {
	trimmed := strings.TrimRight(strings.TrimSpace(host), "/")
	parsed, err := url.Parse(trimmed)
	if err != nil || parsed.Host == "" {
		return trimmed
	}
	parsed.Host = strings.ToLower(parsed.Host)
	if defaultPort := map[string]string{"https": ":443", "http": ":80"}[parsed.Scheme]; defaultPort != "" {
		parsed.Host = strings.TrimSuffix(parsed.Host, defaultPort)
	}
	parsed.Path = strings.TrimRight(strings.TrimSuffix(parsed.Path, "/api"), "/")
	parsed.RawPath = ""
	return parsed.String()
}
