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
