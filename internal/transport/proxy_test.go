package transport_test

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const (
	proxyUser     = "someone"
	proxyPassword = "p@ss-of-a-proxy"
	// In the address, @ is escaped.
	proxyLogin = proxyUser + ":p%40ss-of-a-proxy"
)

// proxy connects everything to target, whoever is asked for, when it is given proxyUser and proxyPassword.
func proxy(t *testing.T, target string, status int) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case status != http.StatusOK:
			w.WriteHeader(status)
			return
		case r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+proxyPassword)):
			w.Header().Set("Proxy-Authenticate", "Basic")
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		case r.Method != http.MethodConnect:
			_, _ = io.WriteString(w, "plain, by proxy")
			return
		}
		there, err := net.Dial("tcp", target)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		// Before the answer: the server reads ahead, and a byte that follows the answer would be lost.
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// The certificate of httptest's servers is for example.com, too.
func TestProxy(t *testing.T) {
	t.Parallel()
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "through") }))
	t.Cleanup(target.Close)
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: target.Certificate().Raw})
	address := target.Listener.Addr().String()
	for name, tc := range map[string]struct {
		status int                                  // of the proxy
		env    func(proxy string) map[string]string // by its host and port
		asked  int64
		fails  string
		proxy  int // status of the ProxyError
	}{
		"with a password": {
			status: 200, asked: 1, env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyLogin + "@" + proxy}
			},
		},
		"in lower case": {
			status: 200, asked: 1, env: func(proxy string) map[string]string {
				return map[string]string{"https_proxy": "http://" + proxyLogin + "@" + proxy}
			},
		},
		"without a scheme": {
			status: 200, asked: 1, env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": proxyLogin + "@" + proxy}
			},
		},
		"with a wrong password": {
			status: 200, asked: 1, fails: "the proxy asks for a user name and password, or does not accept those in HTTPS_PROXY (407)", proxy: 407,
			env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyUser + ":wr0ng-" + secret + "@" + proxy}
			},
		},
		"forbidden": {
			status: 403, asked: 1, fails: "the proxy refuses the connection (403)", proxy: 403,
			env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyLogin + "@" + proxy}
			},
		},
		"overloaded": {
			status: 503, asked: 3, fails: "the proxy refuses the connection (503)", proxy: 503,
			env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyLogin + "@" + proxy}
			},
		},
		"not there": {
			fails: "connection refused",
			env: func(string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyLogin + "@127.0.0.1:1"}
			},
		},
		"of no readable address": {
			fails: "the environment variable HTTPS_PROXY does not hold the address of a proxy",
			env: func(proxy string) map[string]string {
				return map[string]string{"HTTPS_PROXY": "http://" + proxyUser + ":%zz" + secret + "@" + proxy}
			},
		},
		"of another scheme": {
			fails: "the environment variable https_proxy does not hold the address of a proxy",
			env: func(proxy string) map[string]string {
				return map[string]string{"https_proxy": "ftp://" + proxyLogin + "@" + proxy}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, asked := proxy(t, address, tc.status)
			c := client(t, func(config *transport.Config) {
				config.CACertificate = trusted
				config.Getenv = environment(tc.env(p.Listener.Addr().String()))
			})
			_, body, err := send(t.Context(), t, c, http.MethodPost, "https://example.com/path")
			if asked.Load() != tc.asked {
				t.Errorf("the proxy was asked %d times, want %d", asked.Load(), tc.asked)
			}
			if tc.fails == "" {
				if err != nil || body != "through" {
					t.Errorf("got %q, %v", body, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.fails) || !transport.NotSent(err) {
				t.Fatalf("got %v, want %q before anything is sent", err, tc.fails)
			}
			for _, hidden := range []string{proxyPassword, "p%40ss", secret} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("it shows a secret: %v", err)
				}
			}
			var refused *transport.ProxyError
			if tc.proxy != 0 && (!errors.As(err, &refused) || refused.Status != tc.proxy) {
				t.Errorf("got %T, want a ProxyError of %d", err, tc.proxy)
			}
		})
	}
}

func TestProxy_forHTTP(t *testing.T) {
	t.Parallel()
	p, asked := proxy(t, "", http.StatusOK)
	c := client(t, func(config *transport.Config) {
		config.AllowHTTP = true
		config.Getenv = environment(map[string]string{"HTTP_PROXY": "http://" + proxyLogin + "@" + p.Listener.Addr().String(),
			"HTTPS_PROXY": "http://127.0.0.1:1"})
	})
	if _, body, err := send(t.Context(), t, c, http.MethodGet, "http://infisical.example.com"); err != nil || body != "plain, by proxy" || asked.Load() != 1 {
		t.Errorf("got %q, %v", body, err)
	}
}

// This machine is never asked by a proxy.
func TestProxy_notForThisMachine(t *testing.T) {
	t.Parallel()
	s, count := server(t, func(int, http.ResponseWriter, *http.Request) {})
	p, asked := proxy(t, "", http.StatusOK)
	c := client(t, func(config *transport.Config) {
		config.Getenv = environment(map[string]string{"HTTP_PROXY": "http://" + p.Listener.Addr().String()})
	})
	if _, _, err := send(t.Context(), t, c, http.MethodGet, s.URL); err != nil || count.Load() != 1 || asked.Load() != 0 {
		t.Errorf("got %v, %d requests and %d to the proxy", err, count.Load(), asked.Load())
	}
}
