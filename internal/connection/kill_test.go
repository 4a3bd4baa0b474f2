//go:build unix

package connection_test

import (
	"bytes"
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
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// terminal is a user's, with a connection that manages its token.
type terminal struct {
	*acctest.CLI
	t       *testing.T
	servers *acctest.Servers

	mu sync.Mutex
	// arrives is called with the number of each of the provider's requests since the last command began.
	arrives func(number int)
	number  int
}

func newTerminal(t *testing.T, environment ...string) *terminal {
	t.Helper()
	servers := acctest.StartSandbox(t)
	management := servers.Sandbox.GitLab.Token("admin-management").Value
	u := &terminal{t: t, servers: servers}
	u.CLI = acctest.NewCLI(t, slices.Concat(servers.Environment(), []string{"GITLAB_TOKEN=" + management}, environment)...)
	servers.Sandbox.OnRequest(func(request *sandbox.Request) {
		if request.Client != sandbox.ClientProvider {
			return
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		u.number++
		if u.arrives != nil {
			u.arrives(u.number)
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

func (u *terminal) listen(arrives func(int)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.number, u.arrives = 0, arrives
}

// applyKilledAt kills Terraform and the provider, by SIGKILL, when a request arrives, which is then processed. It reports whether there
// were so many.
func (u *terminal) applyKilledAt(number int) bool {
	u.t.Helper()
	command := u.Command(nil, "apply", "-auto-approve", "-input=false")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	u.listen(nil)
	if err := command.Start(); err != nil {
		u.t.Fatal(err)
	}
	group, killed := -command.Process.Pid, false
	u.listen(func(arrived int) { // The provider takes a while to start.
		if arrived == number {
			killed = syscall.Kill(group, syscall.SIGKILL) == nil
		}
	})
	err := command.Wait()
	u.listen(nil)
	if err != nil && !killed {
		u.t.Fatalf("apply failed: %s", output.String())
	}
	return killed
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

// settled checks that nothing is left to do, and that all tokens but the one in use are named.
func (u *terminal) settled(when, output string) {
	u.t.Helper()
	if !u.PlanIsEmpty() {
		u.t.Errorf("%s: the plan is not empty", when)
	}
	inUse := only(u.t, u.servers).AccessToken
	live := managedTokens(u.servers)
	if !slices.ContainsFunc(live, func(token sandbox.Token) bool { return token.Value == inUse }) {
		u.t.Errorf("%s: Infisical does not hold a live token", when)
	}
	for _, token := range live {
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

// A sample of the faults by the real command line, whose output, files and log are searched.
func TestAccManagedToken_faultsByCLI(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace.log")
	u := newTerminal(t, "TF_LOG=TRACE", "TF_LOG_PATH="+trace)
	var printed strings.Builder
	during := func(fault sandbox.Fault, args ...string) error {
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
