//go:build unix

package transport_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func TestReadCredential(t *testing.T) {
	t.Parallel()
	at := func(name string) string { return filepath.Join(t.TempDir(), name) }
	written := func(size int) string {
		path := at("token")
		if err := os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	linked := at("link")
	if err := os.Symlink(written(100), linked); err != nil { // As Kubernetes projects its tokens.
		t.Fatal(err)
	}
	fifo := at("fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ path, says string }{
		"small": {written(1000), ""}, "as large as allowed": {written(64 << 10), ""}, "a link": {linked, ""},
		"too large": {written(64<<10 + 1), "it is larger than 64 KiB"}, "huge": {written(5 << 20), "it is larger than 64 KiB"},
		"a pipe": {fifo, "it is no regular file"}, "a directory": {t.TempDir(), "it is no regular file"}, "a device": {"/dev/zero", "it is no regular file"},
		"nothing": {at("none"), "no such file or directory"},
	} {
		began := time.Now()
		content, err := transport.ReadCredential(t.Context(), tc.path)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: it takes %s", name, took)
		}
		if tc.says == "" && (err != nil || len(content) == 0) || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%s: got %d bytes and %v", name, len(content), err)
		}
		if err != nil && strings.Contains(err.Error(), tc.path) {
			t.Errorf("%s: %v names the path", name, err)
		}
	}
	late, cancel := context.WithCancelCause(t.Context())
	timeout := &transport.TimeoutError{After: time.Second}
	cancel(timeout)
	if _, err := transport.ReadCredential(late, fifo); err != nil && !errors.Is(err, timeout) && !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("got %v", err)
	}
}
