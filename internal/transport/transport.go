// Package transport builds the one HTTP client that both API clients use: TLS, proxy, timeout, retries, a cap on the
// size of responses, logs without secrets, no redirects and a User-Agent that says who we are.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// CredentialsTimeout is the least time a request waits that carries a credential: the server asks GitLab before it
// answers.
const CredentialsTimeout = 90 * time.Second

const (
	// LargeResponse is the limit of a response that lists everything: a thousand connections take about a megabyte.
	LargeResponse = 16 << 20
	// defaultResponse is that of all others, of which the largest are errors with a list of rules, and pages of a
	// hundred tokens.
	defaultResponse = 1 << 20
	// maxHeaderBytes is that of a response's headers; servers themselves allow 8 to 64 KiB.
	maxHeaderBytes = 256 << 10
)

// Config says how requests are sent. The zero value of each field is usable, save UserAgent and RequestTimeout.
type Config struct {
	// UserAgent is sent with every request; see UserAgent for its form.
	UserAgent string
	// CACertificate holds PEM certificates that are trusted in addition to the system's. Nil adds none.
	CACertificate []byte
	// ClientCertificate is sent to a server that asks for one. Nil sends none.
	ClientCertificate *tls.Certificate
	// Getenv reads the environment variables that name proxies. Nil means os.Getenv.
	Getenv func(string) string
	// RequestTimeout bounds one attempt, from dialing to the last byte of the response.
	RequestTimeout time.Duration
	// MaxRetries is how often a request may be sent again; 0 sends every request once.
	MaxRetries int
	// AllowHTTP permits plain http to hosts other than this machine.
	AllowHTTP bool
	// Secrets are shared by clients, because one server may repeat what was sent to the other. Nil means the client's
	// own.
	Secrets *Secrets
	// MetadataServices permits plain http to the metadata services of clouds, which support nothing else.
	MetadataServices bool
	// Backoff says how long to wait before the given attempt (1 is the first repetition). resp is nil after a
	// connection fault. Nil means the default: Retry-After when the server names one, else exponential with jitter.
	Backoff func(attempt int, resp *http.Response) time.Duration
	// Carrier sends what has passed all the rest. Nil means the network.
	Carrier http.RoundTripper
	// Now and Wait are the clock by which rate limits are waited for. Nil means the system's.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Client sends requests, and knows every secret that it sent.
type Client struct {
	*http.Client
	// Secrets must be told about secrets in bodies, see Remember; it knows the bearer tokens. What a server says is
	// shown as Words.
	Secrets *Secrets
}

// New returns a client that sends requests as config says, and an error when CACertificate holds no PEM certificate.
//
// A redirect, an oversized response, a timeout and plain http have error types of their own, see RedirectError,
// SizeError, TimeoutError and InsecureError. NotSent tells whether a failed request never left this machine.
func New(config Config) (*Client, error) {
	pool, err := certificates(config.CACertificate)
	if err != nil {
		return nil, err
	}
	secrets := config.Secrets
	if secrets == nil {
		secrets = &Secrets{}
	}
	base := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // The standard library's own value.
	base.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if config.ClientCertificate != nil {
		base.TLSClientConfig.Certificates = []tls.Certificate{*config.ClientCertificate}
	}
	getenv := config.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	base.Proxy = proxyFrom(getenv, secrets.Remember)
	base.OnProxyConnectResponse = refusedByProxy
	base.MaxIdleConnsPerHost = 10 // Terraform walks ten resources at a time.
	base.MaxResponseHeaderBytes = maxHeaderBytes

	carrier := config.Carrier
	if carrier == nil {
		carrier = base
	}
	attempt := &attemptTransport{
		next:      carrier,
		userAgent: config.UserAgent,
		timeout:   config.RequestTimeout,
		allowHTTP: config.AllowHTTP,
		secrets:   secrets,
		metadata:  config.MetadataServices,
	}
	client := &http.Client{
		Transport:     newRetryTransport(attempt, config),
		CheckRedirect: refuseRedirect,
	}
	return &Client{Client: client, Secrets: secrets}, nil
}

// UserAgent names this provider, its version, where to find it, and the version of Terraform it serves.
func UserAgent(providerVersion, terraformVersion string) string {
	return fmt.Sprintf("terraform-provider-infisical/%s (+https://github.com/infisical-community/terraform-provider-infisical) Terraform/%s",
		providerVersion, terraformVersion)
}

// certificates returns nil, which means the system's, when there is nothing to add to them.
func certificates(pem []byte) (*x509.CertPool, error) {
	if len(pem) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		if !strings.ContainsAny(string(pem), "\n\r") && !strings.Contains(string(pem), "-----BEGIN") {
			return nil, errors.New("it looks like the path of a file, and must be what the file holds, such as file(\"infisical-ca.pem\")")
		}
		return nil, errors.New("no PEM certificate found: expected a block that begins with -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// refuseRedirect hands 3xx answers to the attempt, which turns them into a RedirectError.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
