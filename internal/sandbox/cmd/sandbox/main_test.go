package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
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
	go func() { ended <- run(ctx, out, "") }()

	// 1. The environment is printed, and it works.
	gitlab := out.waitFor(t, `export GITLAB_BASE_URL=(\S+)`)[1]
	token := out.waitFor(t, `export GITLAB_TOKEN=(\S+)`)[1]
	out.waitFor(t, `gitlab-by-hand +access-token +project \S+ +\S+\n`)
	out.waitFor(t, `Requests:`)
	ask(t, http.MethodGet, gitlab+"/api/v4/user?private_token="+token, "")

	// 2. The request is told without its secret.
	told := out.waitFor(t, `(?s)Requests:.*(\d\d:\d\d:\d\d  gitlab .*)\n`)[1]
	if !strings.HasSuffix(told, "200  GET    /api/v4/user") {
		t.Errorf("line %q", told)
	}

	// 3. A job of the pipeline logs in with what is printed for it.
	host := out.waitFor(t, `export INFISICAL_HOST=(\S+)`)[1]
	identity := out.waitFor(t, `export INFISICAL_APPLY_IDENTITY_ID=(\S+)`)[1]
	idToken := ask(t, http.MethodGet, out.waitFor(t, `export INFISICAL_AUTH_JWT=\$\(curl -fsS '(\S+)'\)`)[1], "")
	ask(t, http.MethodPost, host+"/api/v1/auth/oidc-auth/login", `{"identityId":"`+identity+`","jwt":"`+idToken+`"}`)

	// 4. It ends when asked to.
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRun_servesHTTPSWithAnAuthority(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "ca.pem")
	out, ended := &screen{}, make(chan error, 1)
	go func() { ended <- run(ctx, out, file) }()
	address := out.waitFor(t, `export GITLAB_BASE_URL=https://(\S+)`)[1]
	out.waitFor(t, `curl -fsS --cacert '`+regexp.QuoteMeta(file)+`' 'https://`)
	authority, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		t.Fatalf("no certificate in %s", authority)
	}
	connection, err := (&tls.Dialer{Config: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// ask returns the body of an answer that must be 200.
func ask(t *testing.T, method, url, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %d %s (%v)", method, url, response.StatusCode, text, err)
	}
	return string(text)
}

func TestRun_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), io.Discard, "", sandbox.WithAddresses("0.0.0.0:0", "127.0.0.1:0"))
	if err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("error %v", err)
	}
}
