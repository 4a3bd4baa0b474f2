package transport

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseBaseURL reads the address of a server, below which its API lies: http or https, a host, perhaps a path. It
// returns the one spelling that comparisons use: scheme and host in lower case, without default port, surrounding white
// space and trailing slash. User info, a query, a fragment, and whatever servers and clients read in different ways are
// errors. No error repeats the address, which may hold a password.
func ParseBaseURL(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	parsed, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be parsed as a URL")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("it must begin with https:// (or http://)")
	case parsed.Hostname() == "":
		return nil, errors.New("it has no host")
	case parsed.User != nil:
		return nil, errors.New("it must not hold a user name or password")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return nil, errors.New("it must not have a query")
	case strings.Contains(raw, "#"):
		return nil, errors.New("it must not have a fragment")
	}
	host, err := normalHost(parsed)
	if err != nil {
		return nil, err
	}
	path, err := normalPath(parsed)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: parsed.Scheme, Host: host, Path: path}, nil
}

// maxHost is the length of the longest name, https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, with a dot at its
// end.
const maxHost = 254

func normalHost(parsed *url.URL) (string, error) {
	name := parsed.Hostname()
	if strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) {
		// Lower-casing depends on the rules: Unicode's turn "GİTLAB.com" into "gitlab.com" with an extra dot, or
		// without.
		return "", errors.New("its host must be in ASCII: write an internationalised name in its punycode form, which begins with xn--")
	}
	name = strings.ToLower(name)
	if len(name) > maxHost || strings.ContainsFunc(name, isNoHostRune) || strings.Trim(name, ".") == "" || strings.Contains(name, "..") {
		return "", errors.New("its host is neither a name nor an IP address")
	}
	port, err := normalPort(parsed)
	if err != nil {
		return "", err
	}
	if port != "" {
		return net.JoinHostPort(name, port), nil
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]", nil
	}
	return name, nil
}

// isNoHostRune is false for letters, digits, and what names, IP addresses and their zones contain.
func isNoHostRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_:%", r)
}

// normalPort is empty for the default.
func normalPort(parsed *url.URL) (string, error) {
	if parsed.Port() == "" {
		return "", nil
	}
	port, err := strconv.ParseUint(parsed.Port(), 10, 16)
	switch {
	case err != nil || port == 0:
		return "", errors.New("its port must be a number from 1 to 65535")
	case parsed.Scheme == "https" && port == 443, parsed.Scheme == "http" && port == 80:
		return "", nil
	}
	return strconv.FormatUint(port, 10), nil
}

func normalPath(parsed *url.URL) (string, error) {
	path := strings.TrimSuffix(parsed.Path, "/")
	if parsed.RawPath != "" || parsed.EscapedPath() != parsed.Path {
		// Some servers decode it and some do not, before or after they look for dots and slashes.
		return "", errors.New("its path must not contain percent-encoding, or characters that need it")
	}
	for i, step := range strings.Split(path, "/") {
		switch {
		case step == "" && i > 0:
			return "", errors.New("it has two slashes in a row")
		case step == "." || step == "..":
			return "", errors.New("it must not have . or .. in its path")
		}
	}
	return path, nil
}

// CheckSecure returns an InsecureError when requests to this address would cross the network in clear.
func CheckSecure(address *url.URL) error {
	if address.Scheme == "http" && !IsLoopback(address.Hostname()) {
		return &InsecureError{Host: address.Host}
	}
	return nil
}

// IsLoopback reports whether host, a name or an IP address without port, is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}
