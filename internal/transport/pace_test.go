package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// countingServer allows so many requests in a window, which begins with the first request after the last window, and
// says so in the headers of Infisical, of GitLab, or only with its refusals.
type countingServer struct {
	limit   int
	headers func(h http.Header, remaining int, reset time.Duration)

	mu              sync.Mutex
	ends            time.Time
	used            int
	served, refused int // refused are without those of others, who say who they are
}

const (
	window  = time.Minute
	latency = 50 * time.Millisecond
)

func (s *countingServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := wait(req.Context(), latency/2); err != nil {
		return nil, err
	}
	answer := s.answer(req)
	return answer, wait(req.Context(), latency/2)
}

func (s *countingServer) answer(req *http.Request) *http.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !now.Before(s.ends) {
		s.ends, s.used = now.Add(window), 0
	}
	s.used++
	answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}
	reset := s.ends.Sub(now)
	answer.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	if s.headers != nil {
		s.headers(answer.Header, max(0, s.limit-s.used), reset)
	}
	if s.used <= s.limit {
		s.served++
		return answer
	}
	if req.Header.Get("From") == "" {
		s.refused++
	}
	answer.StatusCode = http.StatusTooManyRequests
	answer.Header.Set("Retry-After", seconds(reset))
	return answer
}

// seconds rounds up, as both servers do.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

func infisicalHeaders(h http.Header, remaining int, reset time.Duration) {
	h.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	h.Set("X-RateLimit-Reset", seconds(reset))
}

func gitLabHeaders(h http.Header, remaining int, reset time.Duration) {
	h.Set("RateLimit-Remaining", strconv.Itoa(remaining))
	h.Set("RateLimit-Reset", strconv.FormatInt(time.Now().Add(reset+time.Second-1).Unix(), 10))
}

// sendMany sends n requests, so many at a time, and returns how many failed.
func sendMany(ctx context.Context, t *testing.T, client http.RoundTripper, n, atATime int) (failed int) {
	t.Helper()
	var (
		mu sync.Mutex
		wg sync.WaitGroup
	)
	todo := make(chan struct{}, n)
	for range n {
		todo <- struct{}{}
	}
	close(todo)
	for range atATime {
		wg.Go(func() {
			for range todo {
				answer, err := client.RoundTrip(post(ctx, t))
				if err != nil || answer.StatusCode != http.StatusOK {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}

func post(ctx context.Context, t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://infisical.example.com/api", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestPace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		server   *countingServer
		requests int
		atATime  int
		// others send so many requests of their own in each window, at its beginning.
		others int
		// windows are as many as the limit itself needs before the last requests can be sent.
		windows     int
		mostRefused int
	}{
		"Infisical, ten at a time":   {server: &countingServer{limit: 90, headers: infisicalHeaders}, requests: 300, atATime: 10, windows: 3},
		"Infisical, fifty at a time": {server: &countingServer{limit: 90, headers: infisicalHeaders}, requests: 300, atATime: 50, windows: 3},
		"to the last one":            {server: &countingServer{limit: 90, headers: infisicalHeaders}, requests: 360, atATime: 10, windows: 3},
		"GitLab":                     {server: &countingServer{limit: 90, headers: gitLabHeaders}, requests: 300, atATime: 10, windows: 3},
		"a server that only refuses": {server: &countingServer{limit: 90}, requests: 300, atATime: 10, windows: 3, mostRefused: 3 * 10},
		"others use half of it": {server: &countingServer{limit: 90, headers: infisicalHeaders}, requests: 130, atATime: 10, others: 45, windows: 2,
			mostRefused: 10},
		"a limit below what is parallel": {server: &countingServer{limit: 3, headers: infisicalHeaders}, requests: 12, atATime: 10, windows: 3,
			mostRefused: 3 * 7},
		"no limit": {server: &countingServer{limit: 1000}, requests: 300, atATime: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var others sync.WaitGroup
				if tc.others > 0 {
					others.Go(func() {
						for wait(ctx, 0) == nil {
							for range tc.others {
								theirs := post(ctx, t)
								theirs.Header.Set("From", "others")
								_, _ = tc.server.RoundTrip(theirs)
							}
							_ = wait(ctx, time.Until(tc.server.ends))
						}
					})
				}
				began := time.Now()
				failed := sendMany(ctx, t, newRetryTransport(tc.server, Config{MaxRetries: 1}), tc.requests, tc.atATime)
				took := time.Since(began)
				cancel()
				others.Wait()

				if failed > 0 {
					t.Errorf("%d requests failed", failed)
				}
				if tc.server.refused > tc.mostRefused {
					t.Errorf("%d requests were refused, want at most %d", tc.server.refused, tc.mostRefused)
				}
				work := time.Duration(tc.requests/tc.atATime+1) * latency
				if ideal := time.Duration(tc.windows)*window + work; took > ideal*11/10 {
					t.Errorf("it took %s, and the limit itself only %s", took, ideal)
				}
			})
		})
	}
}

// A server, or something in front of it, that says that nothing is left, and serves all the same.
func TestPace_headersThatMislead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reset string
		most  time.Duration
	}{
		"for a minute":            {reset: "60", most: window},
		"until the year 9999":     {reset: "253402300799", most: maxRetryAfter},
		"for a year":              {reset: "31536000", most: maxRetryAfter},
		"until no time":           {reset: "soon"},
		"for less than no time":   {reset: "-1"},
		"for more than can be":    {reset: "99999999999999999999"},
		"for as much as can be":   {reset: "9223372036854775807", most: maxRetryAfter},
		"without saying how long": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &countingServer{limit: 1000, headers: func(h http.Header, _ int, _ time.Duration) {
					h.Set("X-RateLimit-Remaining", "0")
					h.Set("X-RateLimit-Reset", tc.reset)
				}}
				began := time.Now()
				if failed := sendMany(t.Context(), t, newRetryTransport(server, Config{MaxRetries: 1}), 100, 10); failed > 0 {
					t.Errorf("%d requests failed", failed)
				}
				const work = 30 * latency // One by one until the headers are not believed any more.
				if took := time.Since(began); took > tc.most+work {
					t.Errorf("it took %s: the headers were believed more than once, or for too long", took)
				}
			})
		})
	}
}

// A 429 that asks for no pause, after one that did, leaves nobody waiting for the one that went ahead.
func TestPace_refusedWithoutAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			mu      sync.Mutex
			refused int
		)
		retryAfter := []string{"1", "0", "0"}
		server := roundTripper(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}
			if refused < len(retryAfter) {
				answer.StatusCode = http.StatusTooManyRequests
				answer.Header.Set("Retry-After", retryAfter[refused])
				refused++
			}
			return answer, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if failed := sendMany(ctx, t, newRetryTransport(server, Config{MaxRetries: 3}), 10, 2); failed > 0 {
			t.Errorf("%d requests failed", failed)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// What is not counted together does not wait for each other.
func TestPace_eachForItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &countingServer{limit: 1}
		client := newRetryTransport(server, Config{MaxRetries: 1})
		counted := func(name string) context.Context { return WithPolicy(t.Context(), Policy{Counted: name}) }
		if failed := sendMany(counted("POST /a"), t, client, 1, 1); failed > 0 {
			t.Fatal("the first request failed")
		}
		var refused sync.WaitGroup
		refused.Go(func() { sendMany(counted("POST /a"), t, client, 1, 1) })
		wait(t.Context(), 10*latency) //nolint:errcheck // Until that one is refused.
		server.mu.Lock()
		server.limit = 1000
		server.mu.Unlock()
		began := time.Now()
		if failed := sendMany(counted("GET /a"), t, client, 10, 10); failed > 0 || time.Since(began) > latency {
			t.Errorf("another route: %d failed, after %s", failed, time.Since(began))
		}
		refused.Wait()
	})
}

func TestPace_givenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &countingServer{limit: 10, headers: infisicalHeaders}
		client := newRetryTransport(server, Config{MaxRetries: 1})
		sendMany(t.Context(), t, client, 10, 10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.RoundTrip(post(ctx, t)); !errors.Is(err, context.DeadlineExceeded) || !NotSent(err) {
			t.Errorf("got %v, which counts as sent: %t", err, !NotSent(err))
		}
		// It leaves nothing behind that keeps others from being sent.
		if failed := sendMany(t.Context(), t, client, 30, 10); failed > 0 || server.refused > 0 {
			t.Errorf("%d failed, %d refused", failed, server.refused)
		}
		if server.served != 40 {
			t.Errorf("%d were served", server.served)
		}
	})
}

// What one can do without does not wait.
func TestPace_notWorthTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &countingServer{limit: 10, headers: infisicalHeaders}
		client := newRetryTransport(server, Config{MaxRetries: 3})
		sendMany(t.Context(), t, client, 10, 10)
		began := time.Now()
		ctx := WithPolicy(t.Context(), Policy{MaxWait: 2 * time.Second})
		if answer, err := client.RoundTrip(post(ctx, t)); err != nil || answer.StatusCode != http.StatusTooManyRequests {
			t.Errorf("got %v, %v; want the refusal itself", answer, err)
		}
		if took := time.Since(began); took > latency {
			t.Errorf("it came after %s", took)
		}
	})
}

// Of a long wait somebody hears ten times, however many wait.
func TestPace_tellsOfProgress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		atATime int
		before  time.Duration
		want    int
	}{
		"one waits":    {atATime: 1, want: 10},
		"ten wait":     {atATime: 10, want: 10},
		"a short wait": {atATime: 10, before: window - 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &countingServer{limit: 20, headers: infisicalHeaders}
				client := newRetryTransport(server, Config{MaxRetries: 1})
				var log lockedLog
				ctx := tflogtest.RootLogger(t.Context(), &log)
				sendMany(ctx, t, client, 1, 1)
				wait(ctx, tc.before) //nolint:errcheck // It does not end.
				sendMany(ctx, t, client, 19+tc.atATime, tc.atATime)
				var told []float64
				for line := range strings.Lines(log.String()) {
					var entry struct {
						Level   string  `json:"@level"`
						Message string  `json:"@message"`
						Percent float64 `json:"percent"`
					}
					if err := json.Unmarshal([]byte(line), &entry); err != nil {
						t.Fatal(err)
					}
					if strings.Contains(entry.Message, "rate limit") && entry.Level == "info" {
						told = append(told, entry.Percent)
					}
				}
				if len(told) != tc.want {
					t.Fatalf("told %v, want %d lines", told, tc.want)
				}
				for i, percent := range told {
					if percent != float64(10*(i+1)) {
						t.Errorf("line %d says %v %%", i+1, percent)
					}
				}
			})
		})
	}
}

type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
