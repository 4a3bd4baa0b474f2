package transport

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// ProxyError is a proxy that refuses the connection, or an address that cannot be a proxy's.
type ProxyError struct {
	// Status is the HTTP status of its answer, 0 when the proxy was not asked.
	Status int
	reason string
}

func (e *ProxyError) Error() string { return e.reason }

// proxyFrom returns the proxy for an address by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in lower case. It passes the
// proxy's password to learn. No error repeats the address of a proxy, which may hold one.
func proxyFrom(getenv func(string) string, learn func(...string)) func(*http.Request) (*url.URL, error) {
	either := func(name string) (string, string) {
		if value := getenv(name); value != "" {
			return name, value
		}
		return strings.ToLower(name), getenv(strings.ToLower(name))
	}
	httpsName, httpsProxy := either("HTTPS_PROXY")
	httpName, httpProxy := either("HTTP_PROXY")
	_, noProxy := either("NO_PROXY")
	// The library treats an address that it cannot read as none, and would bypass the proxy.
	var unreadable = map[string]error{"https": readable(httpsName, httpsProxy), "http": readable(httpName, httpProxy)}
	config := httpproxy.Config{HTTPSProxy: stand(httpsProxy, unreadable["https"]), HTTPProxy: stand(httpProxy, unreadable["http"]), NoProxy: noProxy}
	choose := config.ProxyFunc()
	return func(req *http.Request) (*url.URL, error) {
		if isMetadataService(req.URL.Hostname()) {
			return nil, nil
		}
		proxy, err := choose(req.URL)
		switch {
		case err != nil:
			return nil, &ProxyError{reason: "the proxies in the environment cannot be used"}
		case proxy == nil:
			return nil, nil
		case unreadable[req.URL.Scheme] != nil:
			return nil, unreadable[req.URL.Scheme]
		}
		password, _ := proxy.User.Password()
		learn(password)
		return proxy, nil
	}
}

// readable returns an error when an environment variable does not hold the address of a proxy; it may be without a
// scheme.
func readable(name, value string) error {
	if value == "" {
		return nil
	}
	address := value
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		switch parsed.Scheme {
		case "http", "https", "socks5", "socks5h":
			return nil
		}
	}
	return &ProxyError{reason: "the environment variable " + name + " does not hold the address of a proxy, such as http://proxy.example.com:3128"}
}

// stand replaces an unreadable address with a readable one, so that the exceptions of NO_PROXY still count.
func stand(value string, unreadable error) string {
	if unreadable != nil {
		return "http://unreadable.invalid"
	}
	return value
}

// refusedByProxy turns a proxy's refusal to connect us into an error of its own: the password of a proxy must not be
// tried again and again.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return &ProxyError{Status: resp.StatusCode, reason: "the proxy asks for a user name and password, or does not accept those in HTTPS_PROXY (407)"}
	}
	return &ProxyError{Status: resp.StatusCode, reason: fmt.Sprintf("the proxy refuses the connection (%d)", resp.StatusCode)}
}

// lasting reports whether the proxy would say the same again.
func (e *ProxyError) lasting() bool {
	return cmp.Or(e.Status, http.StatusBadRequest) < http.StatusInternalServerError
}

// isMetadataService reports whether a host is where a cloud tells a machine about itself: link-local addresses, those
// of AWS for IPv6, and the name that Google gives it. Each machine reaches its own, and no proxy does.
func isMetadataService(host string) bool {
	if strings.EqualFold(host, "metadata.google.internal") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLinkLocalUnicast() || awsMetadata.Contains(address))
}

// awsMetadata holds the addresses of
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and of
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html.
var awsMetadata = netip.MustParsePrefix("fd00:ec2::/32")
