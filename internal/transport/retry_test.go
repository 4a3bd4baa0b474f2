package transport

import (
	"net/http"
	"testing"
	"time"
)

func TestDefaultBackoff(t *testing.T) {
	t.Parallel()
	answer := func(headers ...string) *http.Response {
		resp := &http.Response{Header: http.Header{}}
		for i := 0; i < len(headers); i += 2 {
			resp.Header.Set(headers[i], headers[i+1])
		}
		return resp
	}
	const date = "Sun, 22 Nov 2026 12:00:00 GMT"
	for name, tc := range map[string]struct {
		attempt int
		resp    *http.Response
		random  float64
		want    time.Duration
	}{
		"first":                        {attempt: 1, want: 500 * time.Millisecond},
		"second":                       {attempt: 2, want: time.Second},
		"jitter takes off up to half":  {attempt: 2, random: 1, want: 500 * time.Millisecond},
		"capped":                       {attempt: 12, want: 30 * time.Second},
		"Retry-After in seconds":       {attempt: 1, resp: answer("Retry-After", "7"), random: 1, want: 7 * time.Second},
		"Retry-After capped":           {attempt: 1, resp: answer("Retry-After", "86400"), want: 65 * time.Second},
		"Retry-After as a date":        {attempt: 1, resp: answer("Retry-After", "Sun, 22 Nov 2026 12:00:09 GMT", "Date", date), want: 9 * time.Second},
		"Retry-After in the past":      {attempt: 1, resp: answer("Retry-After", "Sun, 22 Nov 2026 11:00:00 GMT", "Date", date), want: 0},
		"Retry-After that is nonsense": {attempt: 1, resp: answer("Retry-After", "soon"), want: 500 * time.Millisecond},
		"no Retry-After":               {attempt: 1, resp: answer(), want: 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := defaultBackoff(func() float64 { return tc.random })(tc.attempt, tc.resp)
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// Whatever a server asks, no pause is negative or longer than its window.
func FuzzBackoff(f *testing.F) {
	const date = "Sun, 22 Nov 2026 12:00:00 GMT"
	for _, asked := range []string{"", "7", "0", "-1", "65", "86400", "9223372036854775807", "18446744073709551616", "1e9", "Sun, 22 Nov 2026 12:00:09 GMT",
		"Sun, 22 Nov 0000 12:00:09 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(1, asked, date)
		f.Add(40, asked, "yesterday")
	}
	f.Fuzz(func(t *testing.T, attempt int, asked, date string) {
		if attempt < 1 || attempt > 1000 { // max_retries is less.
			return
		}
		resp := &http.Response{Header: http.Header{"Retry-After": {asked}, "Date": {date}}}
		wait := defaultBackoff(func() float64 { return 0.5 })(attempt, resp)
		if wait < 0 || wait > maxRetryAfter {
			t.Errorf("after attempt %d, asked for %q at %q: %s", attempt, asked, date, wait)
		}
	})
}
