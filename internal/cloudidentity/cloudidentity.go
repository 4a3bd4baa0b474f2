// Package cloudidentity obtains the proof of a machine's identity from the cloud that it runs in: a request signed with
// AWS credentials, and tokens of Azure and Google. It is the only package that imports the clouds' SDKs. It replaces
// their HTTP clients with ours, so that all their requests pass one place.
package cloudidentity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Config says how a Machine asks. Every field is required.
type Config struct {
	// HTTP sends the requests; see package transport.
	HTTP *http.Client
	// Now is the clock.
	Now func() time.Time
	// Remember is told what is sent that is as good as a credential, so that no error repeats it.
	Remember func(secrets ...string)
	// Timeout bounds each proof, with all that is asked for it. The SDKs wait for minutes when nothing answers.
	Timeout time.Duration
}

// Machine is the one we run on.
type Machine struct{ config Config }

// New returns the machine. It asks nothing.
func New(config Config) *Machine { return &Machine{config: config} }

// obtain runs ask under our deadline, with a client whose requests end by it. what completes "could not get …".
func obtain[T any](ctx context.Context, m *Machine, what string, ask func(context.Context, *http.Client) (T, error)) (T, error) {
	timeout := m.config.Timeout
	bounded, cancel := context.WithTimeoutCause(ctx, timeout, &transport.TimeoutError{After: timeout})
	defer cancel()
	proof, err := survive(func() (T, error) {
		return ask(bounded, &http.Client{Transport: boundTransport{ctx: bounded, client: m.config.HTTP, remember: m.config.Remember}})
	})
	if err == nil {
		return proof, nil
	}
	if bounded.Err() != nil {
		// An SDK's error about being stopped does not say why.
		err = context.Cause(bounded)
	}
	return proof, fmt.Errorf("could not get %s: %w", what, err)
}

// survive makes an error of a panic in an SDK: microsoft-authentication-library-for-go 1.10.1 has one when Azure
// answers null.
func survive[T any](ask func() (T, error)) (proof T, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the answer is not what the cloud's SDK can read")
		}
	}()
	return ask()
}

// answered is a refusal of a cloud's service, with what it said of the reason.
func answered(service string, status int, said ...string) error {
	said = slices.DeleteFunc(said, func(text string) bool { return text == "" })
	if len(said) == 0 {
		return fmt.Errorf("%s answered with %d", service, status)
	}
	return fmt.Errorf("%s answered with %d: %s", service, status, strings.Join(said, ": "))
}

// oauthReason is what a refusal in the form of https://www.rfc-editor.org/rfc/rfc6749#section-5.2 says. The rest may be
// anything.
func oauthReason(body []byte) []string {
	var refusal struct {
		Name        string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return nil
	}
	return []string{refusal.Name, refusal.Description}
}

// boundTransport ends requests with a context. Not all SDKs pass theirs on: golang.org/x/oauth2/jwt asks for a token
// without one.
type boundTransport struct {
	ctx      context.Context //nolint:containedctx // It is that of one proof, as the transport is.
	client   *http.Client
	remember func(...string)
}

// secretsIn are what a request holds that lets whoever knows it ask the same, besides bearer tokens, which the HTTP
// client knows: what AWS's metadata service and Azure's App Service ask for, what a container sends to AWS, and the
// assertion of a key file.
func secretsIn(req *http.Request) []string {
	secrets := []string{req.Header.Get("X-Aws-Ec2-Metadata-Token"), req.Header.Get("X-Identity-Header"), req.Header.Get("Authorization")}
	if req.GetBody == nil || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return secrets
	}
	body, err := req.GetBody()
	if err != nil {
		return secrets
	}
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(body)
	if err != nil {
		return secrets
	}
	form, _ := url.ParseQuery(string(content)) // Whatever of it is legible.
	return append(secrets, form.Get("assertion"))
}

// RoundTrip implements http.RoundTripper.
func (t boundTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.remember(secretsIn(req)...)
	ctx, cancel := context.WithCancelCause(req.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(context.Cause(t.ctx)) }) //nolint:contextcheck // That is the point.
	resp, err := t.client.Transport.RoundTrip(req.WithContext(ctx))           //nolint:bodyclose // Whoever asked closes it.
	if err != nil {
		stop()
		cancel(nil)
		return nil, err
	}
	resp.Body = &boundBody{ReadCloser: resp.Body, release: func() { stop(); cancel(nil) }}
	return resp, nil
}

// CloseIdleConnections is for the SDKs that call it.
func (t boundTransport) CloseIdleConnections() {}

type boundBody struct {
	io.ReadCloser
	release func()
}

func (b *boundBody) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}
