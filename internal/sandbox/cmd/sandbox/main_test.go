package main

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A screen is what the command has printed so far.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) waitFor(t *testing.T, pattern string) []string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		s.mu.Lock()
		text := s.text.String()
		s.mu.Unlock()
		if found := regexp.MustCompile(pattern).FindStringSubmatch(text); found != nil {
			return found
		}
	}
	t.Fatalf("never printed %s", pattern)
	return nil
}

func TestRun_printsWhatToPasteAndALinePerRequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &screen{}, make(chan error, 1)
	go func() { ended <- run(ctx, out, "127.0.0.1:0", "127.0.0.1:0") }()

	// 1. The environment is printed, and it works.
	gitlab := out.waitFor(t, `export GITLAB_BASE_URL=(\S+)`)[1]
	token := out.waitFor(t, `export GITLAB_TOKEN=(\S+)`)[1]
	out.waitFor(t, `gitlab-by-hand +access-token +project \S+ +\S+\n`)
	out.waitFor(t, `Requests:`)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, gitlab+"/api/v4/user?private_token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}

	// 2. The request is told without its secret.
	told := out.waitFor(t, `(?s)Requests:.*(\d\d:\d\d:\d\d  gitlab .*)\n`)[1]
	if !strings.HasSuffix(told, "200  GET    /api/v4/user") {
		t.Errorf("line %q", told)
	}

	// 3. It ends when asked to.
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRun_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), io.Discard, "0.0.0.0:0", "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("error %v", err)
	}
}
