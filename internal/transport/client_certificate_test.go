package transport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// identity is a self-signed certificate and its key, PEM.
func identity(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
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

func path(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pem")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	certificate, key := identity(t, "terraform")
	otherCertificate, otherKey := identity(t, "somebody else")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certificate))
	var count atomic.Int64
	var shown atomic.Value
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		shown.Store(r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots, MinVersion: tls.VersionTLS13}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { count.Add(1); return nil, nil }
	s.StartTLS()
	t.Cleanup(s.Close)
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})

	for name, tc := range map[string]struct{ certificate, key, fails string }{
		"PEM":        {certificate, key, ""},
		"paths":      {path(t, certificate), path(t, key), ""},
		"both forms": {certificate, path(t, key), ""},
		"none":       {"", "", "remote error: tls: certificate required"},
		"another's":  {otherCertificate, otherKey, "remote error: tls: "},
	} {
		count.Store(0)
		shown.Store("")
		var pair *tls.Certificate
		if tc.certificate != "" {
			var err error
			if pair, err = transport.ClientCertificate(t.Context(), tc.certificate, tc.key); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		c := client(t, func(config *transport.Config) { config.CACertificate, config.ClientCertificate = trusted, pair })
		_, _, err := send(t.Context(), t, c, http.MethodGet, s.URL)
		if tc.fails == "" && (err != nil || shown.Load() != "terraform") {
			t.Errorf("%s: %v, the server saw %q", name, err, shown.Load())
		}
		if tc.fails != "" && (err == nil || !strings.Contains(err.Error(), tc.fails)) {
			t.Errorf("%s: got %v, want %q", name, err, tc.fails)
		}
		if count.Load() != 1 {
			t.Errorf("%s: %d connections, want 1: the server would say the same again", name, count.Load())
		}
	}
}

func TestClientCertificate_notUsable(t *testing.T) {
	t.Parallel()
	certificate, key := identity(t, "terraform")
	_, otherKey := identity(t, "somebody else")
	bare := strings.ReplaceAll(strings.Trim(key, "-\n"), "\n", "") // Without its lines, what it is shows no more.
	bare = strings.TrimPrefix(bare, "BEGIN PRIVATE KEY-----")
	for name, tc := range map[string]struct{ certificate, key, says string }{
		"another's key": {certificate, otherKey, "private key does not match public key"},
		"the key twice": {key, key, "failed to find certificate PEM data in certificate input, but did find a private key"},
		"no such file": {"/nowhere/certificate.pem", key, "the certificate cannot be read: it is not PEM, which begins with -----BEGIN, and it " +
			"cannot be read as the path of a file: no such file or directory"},
		"a file without PEM":  {path(t, "x"), key, "failed to find any PEM data in certificate input"},
		"a key without lines": {certificate, bare, "the key cannot be read: it is not PEM"},
		"a key without dashes": {certificate, strings.ReplaceAll(key, "-----", ""),
			"the key cannot be read: it is neither PEM, which begins with -----BEGIN, nor the path of a file"},
	} {
		_, err := transport.ClientCertificate(t.Context(), tc.certificate, tc.key)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q", name, err, tc.says)
		}
		for _, text := range []string{bare[10:30], otherKey[40:60]} {
			if err != nil && strings.Contains(err.Error(), text) {
				t.Errorf("%s: it shows the key: %v", name, err)
			}
		}
	}
}
