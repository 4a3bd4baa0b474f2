package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// keyPair is a self-signed client certificate and its key, PEM.
func keyPair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

func TestConfigure_clientCertificate(t *testing.T) {
	t.Parallel()
	certificate, key := keyPair(t)
	_, otherKey := keyPair(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certificate))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"appConnections":[]}`)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	for name, tc := range map[string]struct {
		env   map[string]string
		block block
		fails string // when the client is used
		wrong string // when the provider is configured
	}{
		"PEM":                     {block: block{"client_certificate": certificate, "client_key": key}},
		"files":                   {block: block{"client_certificate": file(t, certificate), "client_key": file(t, key)}},
		"environment":             {env: map[string]string{"INFISICAL_CLIENT_CERTIFICATE": file(t, certificate), "INFISICAL_CLIENT_KEY": key}},
		"block and environment":   {env: map[string]string{"INFISICAL_CLIENT_KEY": key}, block: block{"client_certificate": certificate}},
		"none":                    {fails: "remote error: tls: "},
		"certificate without key": {block: block{"client_certificate": certificate}, wrong: "client_certificate: Set both client_certificate and client_key"},
		"key without certificate": {env: map[string]string{"INFISICAL_CLIENT_KEY": key},
			wrong: "client_certificate: Set both client_certificate and client_key"},
		"another's key": {block: block{"client_certificate": certificate, "client_key": otherKey},
			wrong: "client_certificate: cannot be used: private key does not match public key."},
	} {
		given := block{"host": server.URL, "ca_certificate": trusted, "auth": anyLogin}
		for name, value := range tc.block {
			given[name] = value
		}
		configuration, diags := configure(t, tc.env, given)
		if tc.wrong != "" {
			expectErrors(t, diags, tc.wrong)
			continue
		}
		if diags.HasError() {
			t.Fatalf("%s: %v", name, diags)
		}
		_, err := configuration.Infisical.Connections.List(t.Context(), "")
		if tc.fails == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tc.fails != "" && (err == nil || !strings.Contains(err.Error(), tc.fails)) {
			t.Fatalf("%s: got %v, want %q", name, err, tc.fails)
		}
		if tc.fails != "" {
			if said := (providerdata.Failure{}).Diagnose(err)[0].Detail(); !strings.Contains(said, "Set client_certificate and client_key") {
				t.Errorf("%s: it does not say what to do: %s", name, said)
			}
		}
	}
	// Not known yet: the client waits for it.
	if configuration := configured(t, nil, block{"auth": anyLogin, "client_key": unknown}); configuration.Infisical != nil {
		t.Error("there is a client without its key")
	}
}

func TestConfigure_proxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect && r.Host == "infisical.invalid:443" {
			asked.Add(1)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	address := strings.Replace(proxy.URL, "http://", "http://someone:hush-hush-hush@", 1)
	for name, tc := range map[string]struct {
		env   map[string]string
		says  string
		asked int64
	}{
		"refused": {map[string]string{"HTTPS_PROXY": address}, "the proxy asks for a user name and password, or does not accept those in HTTPS_PROXY (407)", 1},
		"exempt":  {map[string]string{"HTTPS_PROXY": address, "NO_PROXY": ".invalid"}, "infisical.invalid", 0},
		"not readable": {map[string]string{"https_proxy": "http://someone:hush-hush-hush%@x"},
			"the environment variable https_proxy does not hold the address of a proxy", 0},
	} {
		asked.Store(0)
		configuration := configured(t, tc.env, block{"host": "https://infisical.invalid", "auth": anyLogin})
		_, err := configuration.Infisical.Connections.List(t.Context(), "")
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", name, err, tc.says)
		}
		if asked.Load() != tc.asked {
			t.Errorf("%s: the proxy was asked %d times, want %d", name, asked.Load(), tc.asked)
		}
	}
}
