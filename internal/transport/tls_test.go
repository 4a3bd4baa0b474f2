package transport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// certificate makes one for this machine that signs itself, after change.
func certificate(t *testing.T, change func(*x509.Certificate)) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sandbox"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// What is no server of ours gets no request, and what its certificate says is fit to be shown.
func TestTLS(t *testing.T) {
	t.Parallel()
	asItIs := func(*x509.Certificate) {}
	names := func(names ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, names }
	}
	for name, tc := range map[string]struct {
		change func(*x509.Certificate)
		// distrusted: ca_certificate does not hold it.
		distrusted bool
		highest    uint16
		// says is part of the error; empty where the request is to succeed.
		says string
		// named is part of the error about another name than localhost.
		named string
	}{
		"trusted":          {change: asItIs},
		"TLS 1.2":          {change: asItIs, highest: tls.VersionTLS12},
		"TLS 1.1":          {change: asItIs, highest: tls.VersionTLS11, says: "protocol version"},
		"TLS 1.0":          {change: asItIs, highest: tls.VersionTLS10, says: "protocol version"},
		"signed by itself": {change: asItIs, distrusted: true, says: "certificate signed by unknown authority"},
		"expired":          {change: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, says: "certificate has expired"},
		"not yet valid":    {change: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, says: "is before"},
		"of another host":  {change: names("other.example"), says: "failed to verify certificate", named: "is valid for other.example"},
		"of a hostile host": {change: names("a\x1b[2J\x1b]0;owned\x07.example"), says: "failed to verify certificate",
			named: "is valid for a [2J ]0;owned .example"},
		"of a hostile address": {change: func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"x\x1b[2J"}, []net.IP{net.IPv4(127, 0, 0, 9)}
		}, says: "certificate"},
		"of a hostile issuer": {change: func(c *x509.Certificate) { c.Subject.CommonName = "a\x1b[2J" }, distrusted: true, says: "unknown authority"},
		"of many hosts": {change: func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, nil
			for i := range 1000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-%d.example", i))
			}
		}, says: "failed to verify certificate", named: "certificate is"},
	} {
		for _, by := range []string{"127.0.0.1", "localhost"} {
			t.Run(name+" by "+by, func(t *testing.T) {
				t.Parallel()
				served, trusted := certificate(t, tc.change)
				var reached atomic.Bool
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
				s.TLS = &tls.Config{Certificates: []tls.Certificate{served}, MinVersion: tls.VersionTLS10,
					MaxVersion: tc.highest} //nolint:gosec // The client is to refuse.
				s.Config.ErrorLog = log.New(io.Discard, "", 0)
				s.StartTLS()
				t.Cleanup(s.Close)
				c := client(t, func(config *transport.Config) {
					if !tc.distrusted {
						config.CACertificate = trusted
					}
				})
				_, _, err := send(t.Context(), t, c, http.MethodPost, strings.Replace(s.URL, "127.0.0.1", by, 1))
				if tc.says == "" {
					if err != nil || !reached.Load() {
						t.Errorf("got %v", err)
					}
					return
				}
				if by == "localhost" && err != nil && !strings.Contains(err.Error(), tc.named) {
					t.Errorf("%v; want it to say %q", err, tc.named)
				}
				if err == nil || reached.Load() || !transport.NotSent(err) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("reached: %t, %v; want it to say %q", reached.Load(), err, tc.says)
				}
				if obeyed := hostile.ObeyedIn(fmt.Sprint(err)); obeyed != "" || len(err.Error()) > 2000 {
					t.Errorf("%+q in %d bytes: %q", obeyed, len(err.Error()), err)
				}
			})
		}
	}
}
