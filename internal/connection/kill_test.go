//go:build unix

package connection_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// rotating is a connection with a managed token, which another trigger rotates.
func rotating(trigger string) string {
	return fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["group_secret_sync"]
  managed_access_token = {
    group             = "acme"
    rotation_triggers = { run = %q }
  }
}
`, trigger)
}

func TestAccManagedToken_killedInCreate(t *testing.T) {
	t.Parallel()
	killed := true
	for number := 1; killed; number++ {
		u := acctest.NewTerminal(t)
		u.Write(rotating("1"))
		if killed = u.ApplyKilledAt(number); killed {
			u.Settled(fmt.Sprintf("killed at request %d", number), u.Apply())
		} else {
			t.Logf("killed at %d requests", number-1)
		}
	}
}

func TestAccManagedToken_killedInRotation(t *testing.T) {
	t.Parallel()
	u := acctest.NewTerminal(t)
	u.Write(rotating("0"))
	u.Apply()
	killed := true
	for number := 1; killed; number++ {
		u.Write(rotating(fmt.Sprint(number)))
		if killed = u.ApplyKilledAt(number); killed {
			u.Apply()
			u.Settled(fmt.Sprintf("killed at request %d", number), "")
		} else {
			t.Logf("killed at %d requests", number-1)
		}
	}
}

// What of a managed connection's requests the plugin dies at, most of all.
const (
	mint       = "POST /api/v4/groups/{id}/access_tokens"
	revocation = "DELETE /api/v4/groups/{id}/access_tokens/{id}"
	creation   = "POST /api/v1/app-connections/gitlab"
	patch      = "PATCH /api/v1/app-connections/gitlab/{id}"
	deletion   = "DELETE /api/v1/app-connections/gitlab/{id}"
)

// The process of the plugin dies alone, such as for want of memory, and Terraform goes on. It keeps nothing of a
// creation, the attributes without the private part of what was being updated, and all of what was being deleted.
func TestAccManagedToken_pluginKilled(t *testing.T) {
	t.Parallel()
	apply, destroy := []string{"apply", "-auto-approve", "-input=false"}, []string{"destroy", "-auto-approve", "-input=false"}
	for _, c := range []struct {
		name    string
		exists  bool // before
		command []string
		at      string
		signal  syscall.Signal
		kept    int  // objects in the state
		private bool // with their private part
	}{
		{"create, mint", false, apply, mint, syscall.SIGKILL, 0, false},
		{"create, creation", false, apply, creation, syscall.SIGKILL, 0, false},
		{"rotation, mint", true, apply, mint, syscall.SIGKILL, 1, false},
		{"rotation, write", true, apply, patch, syscall.SIGKILL, 1, false},
		{"rotation, write, SIGSEGV", true, apply, patch, syscall.SIGSEGV, 1, false},
		{"rotation, write, SIGTERM", true, apply, patch, syscall.SIGTERM, 1, false},
		{"rotation, revocation", true, apply, revocation, syscall.SIGKILL, 1, false},
		{"destroy, deletion", true, destroy, deletion, syscall.SIGKILL, 1, true},
		{"destroy, revocation", true, destroy, revocation, syscall.SIGKILL, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u := acctest.NewTerminal(t)
			u.Write(rotating("1"))
			if c.exists {
				u.Apply()
				u.Write(rotating("2"))
			}
			killed := 0
			output, err := u.WhileRunning(func(running *acctest.Running, _ int, request *server.Request) {
				if request.Line() == c.at {
					killed += running.KillPlugins(c.signal)
				}
			}, c.command...)
			if err == nil || killed == 0 {
				t.Fatalf("%d plugins were killed: %s", killed, output)
			}
			objects := stateObjects(t, filepath.Join(u.Dir, "terraform.tfstate"))
			if len(objects) != c.kept {
				t.Fatalf("the state holds %d objects, want %d: %s", len(objects), c.kept, output)
			}
			for _, object := range objects {
				if private := object["private"] != nil; private != c.private {
					t.Errorf("the object has a private part: %t", private)
				}
			}
			output += u.Apply()
			u.Settled(c.at, output)
			output += u.Run(destroy...)
			u.StrangersAreNamed("destroyed", output, "")
		})
	}
}

// The plugin dies in a rotation, and what comes next is not another apply, but the end.
func TestAccManagedToken_pluginKilledThenDestroyed(t *testing.T) {
	t.Parallel()
	for _, at := range []string{mint, patch} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			u := acctest.NewTerminal(t)
			u.Write(rotating("1"))
			u.Apply()
			u.Write(rotating("2"))
			output, err := u.WhileRunning(func(running *acctest.Running, _ int, request *server.Request) {
				if request.Line() == at {
					running.KillPlugins(syscall.SIGKILL)
				}
			}, "apply", "-auto-approve", "-input=false")
			if live := len(u.Servers.ManagedTokens()); err == nil || live != 2 {
				t.Fatalf("%d tokens are alive, want 2: %s", live, output)
			}
			u.Run("destroy", "-auto-approve", "-input=false")
			u.Servers.NoneLive(t)
		})
	}
}

func TestAccManagedToken_taintedByHand(t *testing.T) {
	t.Parallel()
	u := acctest.NewTerminal(t)
	for _, run := range []string{"1", "2"} {
		u.Write(rotating(run))
		u.Apply()
	}
	u.Run("taint", "infisical_gitlab_connection.test")
	u.Apply()
	u.Settled("tainted", "")
	u.Run("taint", "infisical_gitlab_connection.test")
	u.Run("destroy", "-auto-approve", "-input=false")
	u.Servers.NoneLive(t)
}

// A state is planned, applied and destroyed with the address of another Infisical in the environment.
func TestAccManagedToken_wrongHost(t *testing.T) {
	t.Parallel()
	u := acctest.NewTerminal(t)
	u.Write(rotating("1"))
	u.Apply()
	staging := acctest.StartSandbox(t)
	for _, args := range [][]string{{"plan", "-input=false"}, {"apply", "-input=false", "-auto-approve"}, {"destroy", "-input=false", "-auto-approve"}} {
		output, err := u.TryWith(staging.Environment()[:3], args...)
		if err == nil || !strings.Contains(output, "State of another Infisical") || !strings.Contains(output, u.Servers.Host) ||
			!strings.Contains(output, staging.Host) {
			t.Errorf("%s: want an error that names both, got %v: %s", args[0], err, output)
		}
	}
	u.Settled("after the wrong host", "")
	u.Run("destroy", "-auto-approve", "-input=false")
	u.Servers.NoneLive(t)
}

func TestAccManagedToken_faultsByCLI(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace.log")
	u := acctest.NewTerminal(t, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)
	var printed strings.Builder
	during := func(fault server.Fault, args ...string) error {
		lift := u.Servers.Sandbox.Fail(fault)
		defer lift()
		output, err := u.Try(args...)
		printed.WriteString(output)
		return err
	}

	// 1. The answer to the creation is lost: the connection is found and adopted.
	u.Write(rotating("1"))
	postIsLostOnce := postIsLost
	postIsLostOnce.Times = 1
	if err := during(postIsLostOnce, "apply", "-auto-approve", "-input=false"); err != nil {
		t.Errorf("the connection was not adopted: %s", printed.String())
	}
	u.Settled("creation lost", "")

	// 2. The write of a rotation fails throughout, by a saved plan: both tokens are kept, and the next apply settles
	// it.
	u.Write(rotating("2"))
	u.Run("plan", "-input=false", "-out=saved.tfplan")
	if err := during(patchFails, "apply", "-input=false", "saved.tfplan"); err == nil {
		t.Error("the rotation succeeded")
	}
	if live := len(u.Servers.ManagedTokens()); live != 2 {
		t.Errorf("%d tokens are alive, want 2", live)
	}
	u.Apply()
	u.Settled("write failed", "")

	// 3. The revocation at the end fails: the state is kept for the next destroy.
	if err := during(revocationFails, "destroy", "-auto-approve", "-input=false"); err == nil {
		t.Error("the destroy succeeded")
	}
	u.Run("destroy", "-auto-approve", "-input=false")
	u.Servers.NoneLive(t)

	places := map[string]string{"output": printed.String(), "trace log": acctest.Read(t, trace),
		"plan file": acctest.Unzip(t, filepath.Join(u.Dir, "saved.tfplan"))}
	for _, path := range acctest.Glob(t, u.Dir, "*.tfstate*") {
		places[filepath.Base(path)] = acctest.Read(t, path)
	}
	for place, text := range places {
		for _, token := range u.Servers.Sandbox.GitLab.Tokens() {
			if (strings.HasPrefix(token.Name, "infisical ") || token.Name == "admin-management") && strings.Contains(text, token.Value) {
				t.Errorf("the token %q stands in the %s", token.Name, place)
			}
		}
	}
	if info, err := os.Stat(trace); err != nil || info.Size() == 0 {
		t.Error("nothing was logged")
	}
}

// stateObjects are the objects of a state file's only resource.
func stateObjects(t *testing.T, path string) []map[string]any {
	t.Helper()
	var state struct {
		Resources []struct{ Instances []map[string]any }
	}
	if err := json.Unmarshal([]byte(acctest.Read(t, path)), &state); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for _, resource := range state.Resources {
		objects = append(objects, resource.Instances...)
	}
	return objects
}

// A sample of the faults by the real command line, whose output, files and log are searched.
