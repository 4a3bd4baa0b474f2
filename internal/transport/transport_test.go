package transport_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const secret = "a-very-secret-value"

// server counts requests and answers the nth (from 1) by handle.
func server(t *testing.T, handle func(n int, w http.ResponseWriter, r *http.Request)) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var count atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(int(count.Add(1)), w, r)
	}))
	t.Cleanup(s.Close)
	return s, &count
}

func client(t *testing.T, change func(*transport.Config)) *transport.Client {
	t.Helper()
	config := transport.Config{
		UserAgent:      transport.UserAgent("1.2.3", "1.11.4"),
		RequestTimeout: 5 * time.Second,
		MaxRetries:     2,
		Backoff:        func(int, *http.Response) time.Duration { return 0 },
	}
	if change != nil {
		change(&config)
	}
	c, err := transport.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func send(ctx context.Context, t *testing.T, c *transport.Client, method, url string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("the body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func TestRetries(t *testing.T) {
	t.Parallel()
	hangUp := func(w http.ResponseWriter) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	for name, tc := range map[string]struct {
		method string
		once   bool
		fail   func(http.ResponseWriter)
		want   int64 // requests until the second one would succeed
	}{
		"GET after 502":                      {method: http.MethodGet, fail: status(502), want: 2},
		"GET after 503":                      {method: http.MethodGet, fail: status(503), want: 2},
		"GET after 504":                      {method: http.MethodGet, fail: status(504), want: 2},
		"GET after 429":                      {method: http.MethodGet, fail: status(429), want: 2},
		"GET after 500":                      {method: http.MethodGet, fail: status(500), want: 1},
		"GET after 404":                      {method: http.MethodGet, fail: status(404), want: 1},
		"GET after a lost connection":        {method: http.MethodGet, fail: hangUp, want: 2},
		"PATCH after 502":                    {method: http.MethodPatch, fail: status(502), want: 2},
		"PATCH of a code after 502":          {method: http.MethodPatch, once: true, fail: status(502), want: 1},
		"PATCH of a code after 429":          {method: http.MethodPatch, once: true, fail: status(429), want: 2},
		"DELETE after a lost connection":     {method: http.MethodDelete, fail: hangUp, want: 2},
		"POST after 502":                     {method: http.MethodPost, fail: status(502), want: 1},
		"POST after 503":                     {method: http.MethodPost, fail: status(503), want: 1},
		"POST after 429":                     {method: http.MethodPost, fail: status(429), want: 2},
		"POST after a lost connection":       {method: http.MethodPost, fail: hangUp, want: 1},
		"PATCH once after a lost connection": {method: http.MethodPatch, once: true, fail: hangUp, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, count := server(t, func(n int, w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if string(body) != "the body" {
					t.Errorf("request %d has the body %q", n, body)
				}
				if n == 1 {
					tc.fail(w)
				}
			})
			ctx := transport.WithPolicy(t.Context(), transport.Policy{Once: tc.once})
			_, _, err := send(ctx, t, client(t, nil), tc.method, s.URL)
			if count.Load() != tc.want {
				t.Errorf("%d requests, want %d", count.Load(), tc.want)
			}
			if tc.want == 2 && err != nil {
				t.Errorf("not recovered: %v", err)
			}
			if transport.NotSent(err) {
				t.Errorf("a request that arrived counts as not sent: %v", err)
			}
		})
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func TestRetries_end(t *testing.T) {
	t.Parallel()
	s, count := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "still down")
	})
	got, body, err := send(t.Context(), t, client(t, nil), http.MethodGet, s.URL)
	if err != nil || got != http.StatusBadGateway || body != "still down" {
		t.Errorf("got %d %q, %v; want the last answer itself", got, body, err)
	}
	if count.Load() != 3 {
		t.Errorf("%d requests, want 1 and 2 retries", count.Load())
	}
}

func TestRetries_notWorthTheWait(t *testing.T) {
	t.Parallel()
	s, count := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx := transport.WithPolicy(t.Context(), transport.Policy{MaxWait: time.Second})
	c := client(t, func(config *transport.Config) { config.Backoff = nil })
	if got, _, err := send(ctx, t, c, http.MethodGet, s.URL); got != http.StatusTooManyRequests || err != nil {
		t.Errorf("got %d, %v; want the refusal itself", got, err)
	}
	if count.Load() != 1 {
		t.Errorf("%d requests, want 1", count.Load())
	}
}

func TestRetries_stopWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	givenUp := make(chan struct{}) // An answer that arrives together with the end might win.
	s, count := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		cancel()
		<-givenUp
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c := client(t, func(config *transport.Config) {
		config.Backoff = func(int, *http.Response) time.Duration { return time.Hour }
	})
	_, _, err := send(ctx, t, c, http.MethodGet, s.URL)
	close(givenUp)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if count.Load() != 1 {
		t.Errorf("%d requests after the context ended", count.Load())
	}
}

// A request that is given up while it waits to be repeated was not processed, unless an attempt before may have been.
func TestRetries_givenUpInAPause(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method   string
		statuses []int
		notSent  bool
	}{
		"POST after 429":                 {http.MethodPost, []int{429}, true},
		"POST after two":                 {http.MethodPost, []int{429, 429}, true},
		"PATCH after 429":                {http.MethodPatch, []int{429}, true},
		"PATCH after 503":                {http.MethodPatch, []int{503}, false},
		"PATCH after 503 and a 429 then": {http.MethodPatch, []int{503, 429}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			s, _ := server(t, func(n int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.statuses[n-1]) })
			c := client(t, func(config *transport.Config) {
				config.Backoff = func(attempt int, _ *http.Response) time.Duration {
					if attempt < len(tc.statuses) {
						return 0
					}
					cancel()
					return time.Hour
				}
			})
			_, _, err := send(ctx, t, c, tc.method, s.URL)
			if !errors.Is(err, context.Canceled) || transport.NotSent(err) != tc.notSent {
				t.Errorf("got %v, not sent: %t", err, transport.NotSent(err))
			}
		})
	}
}

// The server goes away while a request waits to be repeated.
func TestRetries_refusedAfterAPause(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := client(t, func(config *transport.Config) {
		config.Backoff = func(int, *http.Response) time.Duration { s.Close(); return 0 }
	})
	if _, _, err := send(t.Context(), t, c, http.MethodPost, s.URL); !transport.NotSent(err) {
		t.Errorf("got %v, which counts as sent", err)
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	_ = listener.Close()
	waits := 0
	c := client(t, func(config *transport.Config) {
		config.Backoff = func(int, *http.Response) time.Duration { waits++; return 0 }
	})
	_, _, err = send(t.Context(), t, c, http.MethodPost, address)
	if !transport.NotSent(err) {
		t.Errorf("a refused connection counts as sent: %v", err)
	}
	if waits != 2 {
		t.Errorf("a POST that was not sent was repeated %d times, want 2", waits)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch} {
			var reached atomic.Bool
			other, _ := server(t, func(int, http.ResponseWriter, *http.Request) { reached.Store(true) })
			s, count := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", other.URL+"/elsewhere?token="+secret)
				w.WriteHeader(code)
			})
			_, _, err := send(t.Context(), t, client(t, nil), method, s.URL)
			var redirect *transport.RedirectError
			if !errors.As(err, &redirect) || redirect.Status != code {
				t.Errorf("%s %d: got %v, want a RedirectError", method, code, err)
			}
			if reached.Load() || count.Load() != 1 {
				t.Errorf("%s %d: followed (%v) or repeated (%d requests)", method, code, reached.Load(), count.Load())
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats the query of the new place: %v", err)
			}
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func(int, http.ResponseWriter, *http.Request){
		"no answer": func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half an answer": func(_ int, w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, count := server(t, func(n int, w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // Else the server does not notice that the client went away.
				handle(n, w, r)
			})
			c := client(t, func(config *transport.Config) { config.RequestTimeout = 500 * time.Millisecond })
			_, _, err := send(t.Context(), t, c, http.MethodGet, s.URL)
			var timeout *transport.TimeoutError
			if !errors.As(err, &timeout) || timeout.After != 500*time.Millisecond {
				t.Errorf("got %v, want a TimeoutError", err)
			}
			if count.Load() != 1 {
				t.Errorf("%d requests: a timeout must not be repeated", count.Load())
			}
		})
	}
}

func TestTimeout_policyMayLengthenIt(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(int, http.ResponseWriter, *http.Request) { time.Sleep(60 * time.Millisecond) })
	c := client(t, func(config *transport.Config) { config.RequestTimeout = 20 * time.Millisecond })
	ctx := transport.WithPolicy(t.Context(), transport.Policy{Timeout: 5 * time.Second})
	if _, _, err := send(ctx, t, c, http.MethodGet, s.URL); err != nil {
		t.Errorf("ended early: %v", err)
	}
}

func TestOversizedResponse(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 20 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, body, err := send(t.Context(), t, client(t, nil), http.MethodGet, s.URL)
	var size *transport.SizeError
	if !errors.As(err, &size) {
		t.Errorf("got %d bytes and %v, want a SizeError", len(body), err)
	}
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	_, _, err := send(t.Context(), t, client(t, nil), http.MethodGet, "http://infisical.example.com")
	var insecure *transport.InsecureError
	if !errors.As(err, &insecure) || !transport.NotSent(err) {
		t.Errorf("got %v, want an InsecureError before anything is sent", err)
	}
}

func TestCACertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})

	c := client(t, func(config *transport.Config) { config.CACertificate = certificate })
	if _, _, err := send(t.Context(), t, c, http.MethodGet, s.URL); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	_, _, err := send(t.Context(), t, client(t, nil), http.MethodPost, s.URL)
	if err == nil || !strings.Contains(err.Error(), "certificate") || !transport.NotSent(err) {
		t.Errorf("without the certificate: got %v, want a certificate error before anything is sent", err)
	}
	if _, err := transport.New(transport.Config{CACertificate: []byte("not PEM")}); err == nil {
		t.Error("text that is not PEM was accepted")
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	var got string
	s, _ := server(t, func(_ int, _ http.ResponseWriter, r *http.Request) { got = r.UserAgent() })
	if _, _, err := send(t.Context(), t, client(t, nil), http.MethodGet, s.URL); err != nil {
		t.Fatal(err)
	}
	want := "terraform-provider-infisical/1.2.3 (+https://github.com/infisical-community/terraform-provider-infisical) Terraform/1.11.4"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	s, _ := server(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Echo", secret)
		_, _ = io.WriteString(w, secret)
	})
	var log lockedBuffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	if _, _, err := send(ctx, t, client(t, nil), http.MethodPost, s.URL+"/the/path?token="+secret); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	if !strings.Contains(text, "/the/path") || !strings.Contains(text, `"status":200`) {
		t.Errorf("the log does not say what was asked: %s", text)
	}
	if strings.Contains(text, secret) {
		t.Errorf("the log holds the secret: %s", text)
	}
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
