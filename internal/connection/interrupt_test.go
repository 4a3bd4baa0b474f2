//go:build unix

package connection_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Somebody presses Ctrl-C while a request is under way, and from there on no server answers anything: the command ends
// in ten seconds, and no token is left alive that it, or the next apply, has not named.
func TestAccManagedToken_interruptedWhileServersAreSilent(t *testing.T) {
	t.Parallel()
	const (
		login, post  = "POST /api/v1/auth/universal-auth/login", "POST /api/v1/app-connections/gitlab"
		patch, erase = "PATCH /api/v1/app-connections/gitlab/{id}", "DELETE /api/v1/app-connections/gitlab/{id}"
		mint, revoke = "POST /api/v4/groups/{id}/access_tokens", "DELETE /api/v4/groups/{id}/access_tokens/{id}"
	)
	for name, tc := range map[string]struct {
		// exists: the connection is there before.
		exists, destroy bool
		at              string
		// processed: the server did what that request asked for.
		processed bool
	}{
		"login of a creation":   {at: login},
		"mint, made":            {at: mint, processed: true},
		"creation, made":        {at: post, processed: true},
		"mint of a rotation":    {exists: true, at: mint, processed: true},
		"write, made":           {exists: true, at: patch, processed: true},
		"revocation":            {exists: true, at: revoke, processed: true},
		"deletion":              {exists: true, destroy: true, at: erase, processed: true},
		"revocation at the end": {exists: true, destroy: true, at: revoke},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := acctest.NewTerminal(t)
			u.Write(rotating("0"))
			if tc.exists {
				u.Apply()
				u.Write(rotating("1"))
			}
			command := "apply"
			if tc.destroy {
				command = "destroy"
			}
			var lift []func()
			var pressed time.Time
			output, err := u.WhileRunning(func(running *acctest.Running, _ int, request *server.Request) {
				if request.Line() != tc.at || !pressed.IsZero() {
					return
				}
				pressed = time.Now()
				if tc.processed {
					method, path, _ := strings.Cut(tc.at, " ")
					lift = append(lift, u.Servers.Sandbox.Fail(server.Fault{Server: request.Server, Method: method, Path: path, Times: 1,
						Kind: server.FaultHangAfter}))
				}
				lift = append(lift, u.Servers.Sandbox.Fail(server.Fault{Kind: server.FaultHang}))
				running.Kill(syscall.SIGINT)
			}, command, "-auto-approve", "-input=false")
			// The provider takes eight seconds at most. Without that limit it would wait for each request in turn, half
			// a minute or more for each.
			const mostAfterInterruption = 20 * time.Second
			if took := time.Since(pressed); pressed.IsZero() || err == nil || took > mostAfterInterruption {
				t.Errorf("ended %s after Ctrl-C with %v: %s", took, err, output)
			} else {
				t.Logf("ended %s after Ctrl-C", took.Round(100*time.Millisecond))
			}
			for _, f := range lift {
				f()
			}
			if tc.destroy {
				u.Run("destroy", "-auto-approve", "-input=false")
				u.Servers.NoneLive(t)
				return
			}
			u.Settled("afterwards", output+u.Apply())
		})
	}
}
