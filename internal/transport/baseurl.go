package transport

import (
	"errors"
	"net"
	"net/url"
)

// ParseBaseURL reads the address of a server, below which its API lies: http or https, a host, perhaps a path. User info, a query or a
// fragment are errors. No error repeats the address, which may hold a password.
func ParseBaseURL(raw string) (*url.URL, error) {
	parsed, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be parsed as a URL")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("it must begin with https:// (or http://)")
	case parsed.Hostname() == "":
		return nil, errors.New("it names no host")
	case parsed.User != nil:
		return nil, errors.New("it must not hold a user name or password")
	case parsed.RawQuery != "" || parsed.ForceQuery:
		return nil, errors.New("it must not have a query")
	case parsed.Fragment != "":
		return nil, errors.New("it must not have a fragment")
	}
	return parsed, nil
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
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
