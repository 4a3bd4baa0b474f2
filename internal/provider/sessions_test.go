package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Two hundred connections, fifty at a time, and sessions that end in the middle: once without a word, once revoked,
// once foreseen. Each end is one login, whoever notices it.
func TestAccProvider_sessionsEndUnderLoad(t *testing.T) {
	t.Parallel()
	const connections, parallelism = 200, 50
	now := server.NewClock(time.Now())
	servers := acctest.StartSandbox(t, sandbox.WithClock(now.Now))
	infisical := servers.Sandbox.Infisical
	infisical.LimitAccessTokens(10*time.Minute, 0)

	environment := acctest.Environment()
	environment.Now = now.Now
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	cli := acctest.NewCLI(t, acctest.Serve(t, environment), "TF_VAR_token="+servers.Token)
	cli.Write(servers.Provider("") + acctest.TokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "many" {
  count        = %d
  name         = "many-${count.index}"
  access_token = { value_wo = var.token }
}
`, connections))

	// Slow enough for many to be on their way when a session ends.
	servers.Sandbox.Fail(server.Fault{
		Server: server.Infisical, Path: "/api/v1/app-connections/gitlab*", Kind: server.FaultSlow, Delay: 300 * time.Millisecond,
	})
	// What happens when so many requests of a method have arrived.
	ends := map[int64]func(){
		50:  infisical.ExpireAccessTokens,
		100: infisical.RevokeAccessTokens,
		150: func() { now.Advance(9*time.Minute + 30*time.Second) },
	}
	var creations, deletions atomic.Int64
	servers.Sandbox.OnRequest(func(request *server.Request) {
		counters := map[string]*atomic.Int64{"POST": &creations, "DELETE": &deletions}
		if counter := counters[request.Method]; counter != nil && strings.Contains(request.Path, "/app-connections/gitlab") {
			if end := ends[counter.Add(1)]; end != nil {
				end()
			}
		}
	})
	run := func(want int, args ...string) {
		t.Helper()
		servers.Sandbox.Log.Reset()
		began := time.Now()
		cli.Run(append(args, "-auto-approve", "-input=false", fmt.Sprintf("-parallelism=%d", parallelism))...)
		logins, refused, requests := 0, 0, toInfisical(servers.Sandbox)
		for _, request := range requests {
			if request.Line() == login {
				logins++
			}
			if request.Status == http.StatusUnauthorized || request.Status == http.StatusForbidden {
				refused++
			}
		}
		t.Logf("%s: %d requests in %s, %d logins, %d of the requests refused for a session that had ended",
			args[0], len(requests), time.Since(began).Round(10*time.Millisecond), logins, refused)
		if logins != want {
			t.Errorf("%s: %d logins, want %d", args[0], logins, want)
		}
	}
	// Terraform configures the provider for the plan and for the apply; a plan of creations asks nothing.
	run(1+len(ends), "apply")
	if got := len(infisical.Connections()); got != connections {
		t.Errorf("%d connections, want %d", got, connections)
	}
	run(2+len(ends), "destroy")
	if got := len(infisical.Connections()); got != 0 {
		t.Errorf("%d connections are left", got)
	}
}
