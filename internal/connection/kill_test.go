//go:build unix

package connection_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// terminal is a user's, with a connection that manages its token.
type terminal struct {
	*acctest.CLI
	t       *testing.T
	servers *acctest.Servers

	mu sync.Mutex
	// arrives is called with each of the provider's requests since the last command began, and its number.
	arrives func(number int, request *server.Request)
	number  int
}

func newTerminal(t *testing.T, environment ...string) *terminal {
	t.Helper()
	servers := acctest.StartSandbox(t)
	management := servers.Sandbox.GitLab.Token("admin-management").Value
	u := &terminal{t: t, servers: servers}
	u.CLI = acctest.NewCLI(t, slices.Concat(servers.Environment(), []string{"GITLAB_TOKEN=" + management}, environment)...)
	servers.Sandbox.OnRequest(func(request *server.Request) {
		if request.Client != server.ClientProvider {
			return
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		u.number++
		if u.arrives != nil {
			u.arrives(u.number, request)
		}
	})
	return u
}

func (u *terminal) configure(trigger string) {
	u.t.Helper()
	u.Write(fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["group_secret_sync"]
  managed_access_token = {
    group             = "acme"
    rotation_triggers = { run = %q }
  }
}
`, trigger))
}

func (u *terminal) listen(arrives func(int, *server.Request)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.number, u.arrives = 0, arrives
}

// applyKilledAt kills Terraform and the provider, by SIGKILL, when a request arrives, which is then processed. It reports whether there
// were so many.
func (u *terminal) applyKilledAt(number int) bool {
	u.t.Helper()
	killed := false
	output, err := u.whileRunning(func(running *acctest.Running, arrived int, _ *server.Request) {
		if arrived == number {
			killed = running.Kill(syscall.SIGKILL)
		}
	}, "apply", "-auto-approve", "-input=false")
	if err != nil && !killed {
		u.t.Fatalf("apply failed: %s", output)
	}
	return killed
}

// whileRunning runs a command and calls arrives with its requests.
func (u *terminal) whileRunning(arrives func(running *acctest.Running, number int, request *server.Request), args ...string) (string, error) {
	u.t.Helper()
	u.listen(nil)
	running := u.Start(args...)
	u.listen(func(number int, request *server.Request) { // The provider takes a while to start.
		arrives(running, number, request)
	})
	output, err := running.Wait()
	u.listen(nil)
	return output, err
}

var importID = regexp.MustCompile(`id = "([0-9a-f-]{36})"`)

// apply does what a user would after a crash: apply, import when told to, apply. It returns all that was printed.
func (u *terminal) apply() string {
	u.t.Helper()
	output, err := u.Try("apply", "-auto-approve", "-input=false")
	if id := importID.FindStringSubmatch(output); err != nil && id != nil {
		output += u.Run("import", "-input=false", "infisical_gitlab_connection.test", id[1])
		output += u.Run("apply", "-auto-approve", "-input=false")
	} else if err != nil {
		u.t.Fatalf("the next apply fails: %s", output)
	}
	return output
}

// attributeLine is a line of a plan, which tells of tokens, too, but not that they live on.
var attributeLine = regexp.MustCompile(`(?m)^ *([-+~] )?\w+ += .*$`)

// settled checks that nothing is left to do, and that all tokens but the one in use are named, other than in a plan.
func (u *terminal) settled(when, output string) {
	u.t.Helper()
	if !u.PlanIsEmpty() {
		u.t.Errorf("%s: the plan is not empty", when)
	}
	inUse := only(u.t, u.servers).AccessToken
	live := managedTokens(u.servers)
	if !slices.ContainsFunc(live, func(token gitlab.Token) bool { return token.Value == inUse }) {
		u.t.Errorf("%s: Infisical does not hold a live token", when)
	}
	u.strangersAreNamed(when, output, inUse)
}

func (u *terminal) strangersAreNamed(when, output, inUse string) {
	u.t.Helper()
	output = attributeLine.ReplaceAllString(output, "")
	for _, token := range managedTokens(u.servers) {
		if token.Value != inUse && !strings.Contains(output, token.Name) {
			u.t.Errorf("%s: the token %q lives on, and nobody was told", when, token.Name)
		}
	}
}

func TestAccManagedToken_killedInCreate(t *testing.T) {
	t.Parallel()
	killed := true
	for number := 1; killed; number++ {
		u := newTerminal(t)
		u.configure("1")
		if killed = u.applyKilledAt(number); killed {
			u.settled(fmt.Sprintf("killed at request %d", number), u.apply())
		} else {
			t.Logf("killed at %d requests", number-1)
		}
	}
}

func TestAccManagedToken_killedInRotation(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.configure("0")
	u.apply()
	killed := true
	for number := 1; killed; number++ {
		u.configure(fmt.Sprint(number))
		if killed = u.applyKilledAt(number); killed {
			u.apply()
			u.settled(fmt.Sprintf("killed at request %d", number), "")
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

// The process of the plugin dies alone, such as for want of memory, and Terraform goes on. It keeps nothing of a creation, the attributes
// without the private part of what was being updated, and all of what was being deleted.
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
			u := newTerminal(t)
			u.configure("1")
			if c.exists {
				u.apply()
				u.configure("2")
			}
			killed := 0
			output, err := u.whileRunning(func(running *acctest.Running, _ int, request *server.Request) {
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
			output += u.apply()
			u.settled(c.at, output)
			output += u.Run(destroy...)
			u.strangersAreNamed("destroyed", output, "")
		})
	}
}

// The plugin dies in a rotation, and what comes next is not another apply, but the end.
func TestAccManagedToken_pluginKilledThenDestroyed(t *testing.T) {
	t.Parallel()
	for _, at := range []string{mint, patch} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			u := newTerminal(t)
			u.configure("1")
			u.apply()
			u.configure("2")
			output, err := u.whileRunning(func(running *acctest.Running, _ int, request *server.Request) {
				if request.Line() == at {
					running.KillPlugins(syscall.SIGKILL)
				}
			}, "apply", "-auto-approve", "-input=false")
			if live := len(managedTokens(u.servers)); err == nil || live != 2 {
				t.Fatalf("%d tokens are alive, want 2: %s", live, output)
			}
			u.Run("destroy", "-auto-approve", "-input=false")
			noneLive(t, u.servers)
		})
	}
}

func TestAccManagedToken_taintedByHand(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	for _, run := range []string{"1", "2"} {
		u.configure(run)
		u.apply()
	}
	u.Run("taint", "infisical_gitlab_connection.test")
	u.apply()
	u.settled("tainted", "")
	u.Run("taint", "infisical_gitlab_connection.test")
	u.Run("destroy", "-auto-approve", "-input=false")
	noneLive(t, u.servers)
}

// A state is planned, applied and destroyed with the address of another Infisical in the environment.
func TestAccManagedToken_wrongHost(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.configure("1")
	u.apply()
	staging := acctest.StartSandbox(t)
	for _, args := range [][]string{{"plan", "-input=false"}, {"apply", "-input=false", "-auto-approve"}, {"destroy", "-input=false", "-auto-approve"}} {
		output, err := u.TryWith(staging.Environment()[:3], args...)
		if err == nil || !strings.Contains(output, "State of another Infisical") || !strings.Contains(output, u.servers.Host) || !strings.Contains(output, staging.Host) {
			t.Errorf("%s: want an error that names both, got %v: %s", args[0], err, output)
		}
	}
	u.settled("after the wrong host", "")
	u.Run("destroy", "-auto-approve", "-input=false")
	noneLive(t, u.servers)
}

// stateObjects are the objects of a state file's only resource.
func stateObjects(t *testing.T, path string) []map[string]any {
	t.Helper()
	var state struct {
		Resources []struct{ Instances []map[string]any }
	}
	if err := json.Unmarshal([]byte(read(t, path)), &state); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for _, resource := range state.Resources {
		objects = append(objects, resource.Instances...)
	}
	return objects
}

// A sample of the faults by the real command line, whose output, files and log are searched.
func TestAccManagedToken_faultsByCLI(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace.log")
	u := newTerminal(t, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)
	var printed strings.Builder
	during := func(fault server.Fault, args ...string) error {
		lift := u.servers.Sandbox.Fail(fault)
		defer lift()
		output, err := u.Try(args...)
		printed.WriteString(output)
		return err
	}

	// 1. The answer to the creation is lost: the connection is found and adopted.
	u.configure("1")
	postIsLostOnce := postIsLost
	postIsLostOnce.Times = 1
	if err := during(postIsLostOnce, "apply", "-auto-approve", "-input=false"); err != nil {
		t.Errorf("the connection was not adopted: %s", printed.String())
	}
	u.settled("creation lost", "")

	// 2. The write of a rotation fails throughout, by a saved plan: both tokens are kept, and the next apply settles it.
	u.configure("2")
	u.Run("plan", "-input=false", "-out=saved.tfplan")
	if err := during(patchFails, "apply", "-input=false", "saved.tfplan"); err == nil {
		t.Error("the rotation succeeded")
	}
	if live := len(managedTokens(u.servers)); live != 2 {
		t.Errorf("%d tokens are alive, want 2", live)
	}
	u.apply()
	u.settled("write failed", "")

	// 3. The revocation at the end fails: the state is kept for the next destroy.
	if err := during(revocationFails, "destroy", "-auto-approve", "-input=false"); err == nil {
		t.Error("the destroy succeeded")
	}
	u.Run("destroy", "-auto-approve", "-input=false")
	noneLive(t, u.servers)

	places := map[string]string{"output": printed.String(), "trace log": read(t, trace), "plan file": unzip(t, filepath.Join(u.Dir, "saved.tfplan"))}
	for _, path := range glob(t, u.Dir, "*.tfstate*") {
		places[filepath.Base(path)] = read(t, path)
	}
	for place, text := range places {
		for _, token := range u.servers.Sandbox.GitLab.Tokens() {
			if (strings.HasPrefix(token.Name, "infisical ") || token.Name == "admin-management") && strings.Contains(text, token.Value) {
				t.Errorf("the token %q stands in the %s", token.Name, place)
			}
		}
	}
	if info, err := os.Stat(trace); err != nil || info.Size() == 0 {
		t.Error("nothing was logged")
	}
}
