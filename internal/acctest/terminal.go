//go:build unix

// Use this when a process must die, or somebody presses Ctrl-C, in the middle of a command: it kills or interrupts
// Terraform, or the plugin alone, at a request of the provider's. Each point costs seconds; sweeps over many points use
// Workspace.

package acctest

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Terminal is a user's, with a sandbox and the provider's GitLab token. It counts the provider's requests, and can kill
// or interrupt what is running when one arrives.
type Terminal struct {
	*CLI
	Servers *Servers

	t testing.TB

	mu sync.Mutex
	// arrives is called with each of the provider's requests since the last command began, and its number.
	arrives func(number int, request *server.Request)
	number  int
}

// NewTerminal starts a sandbox and makes a scratch directory for it.
func NewTerminal(t testing.TB, environment ...string) *Terminal {
	t.Helper()
	servers := StartSandbox(t)
	u := &Terminal{t: t, Servers: servers}
	u.CLI = NewCLI(t, slices.Concat(servers.Environment(), []string{"GITLAB_TOKEN=" + servers.ProviderToken()}, environment)...)
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

func (u *Terminal) listen(arrives func(int, *server.Request)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.number, u.arrives = 0, arrives
}

// ApplyKilledAt kills Terraform and the provider, by SIGKILL, when a request arrives, which is then processed. It
// reports whether there were so many.
func (u *Terminal) ApplyKilledAt(number int) bool {
	u.t.Helper()
	killed := false
	output, err := u.WhileRunning(func(running *Running, arrived int, _ *server.Request) {
		if arrived == number {
			killed = running.Kill(syscall.SIGKILL)
		}
	}, "apply", "-auto-approve", "-input=false")
	if err != nil && !killed {
		u.t.Fatalf("apply failed: %s", output)
	}
	return killed
}

// WhileRunning runs a command and calls arrives with its requests. It returns when the last of them has been processed,
// which can be after the death of the one who sent it.
func (u *Terminal) WhileRunning(arrives func(running *Running, number int, request *server.Request), args ...string) (string, error) {
	u.t.Helper()
	var running *Running
	started := make(chan struct{})
	u.listen(func(number int, request *server.Request) {
		<-started
		arrives(running, number, request)
	})
	running = u.Start(args...)
	close(started)
	output, err := running.Wait()
	u.listen(nil)
	u.Servers.Sandbox.WaitIdle()
	return output, err
}

// importBlock is what an error tells the user to paste.
var importBlock = regexp.MustCompile(`to = (\w+)\.NAME[^"]*id = "([0-9a-f-]{36})"`)

// Apply does what a user would after a crash: apply, import when told to, apply. It returns all that was printed. The
// resource is named test.
func (u *Terminal) Apply() string {
	u.t.Helper()
	output, err := u.Try("apply", "-auto-approve", "-input=false")
	if told := importBlock.FindStringSubmatch(output); err != nil && told != nil {
		output += u.Run("import", "-input=false", told[1]+".test", told[2])
		output += u.Run("apply", "-auto-approve", "-input=false")
	} else if err != nil {
		u.t.Fatalf("the next apply fails: %s", output)
	}
	return output
}

// attributeLine is a line of a plan, which tells of tokens, too, but not that they live on.
var attributeLine = regexp.MustCompile(`(?m)^ *([-+~] )?\w+ += .*$`)

// Settled checks that nothing is left to do, and that all tokens but the one in use are named, other than in a plan.
func (u *Terminal) Settled(when, output string) {
	u.t.Helper()
	if !u.PlanIsEmpty() {
		u.t.Errorf("%s: the plan is not empty", when)
	}
	inUse := u.Servers.Only(u.t).AccessToken
	live := u.Servers.ManagedTokens()
	if !slices.ContainsFunc(live, func(token gitlab.Token) bool { return token.Value == inUse }) {
		u.t.Errorf("%s: Infisical does not hold a live token", when)
	}
	u.StrangersAreNamed(when, output, inUse)
}

// StrangersAreNamed checks that all live tokens but the one in use are named, other than in a plan.
func (u *Terminal) StrangersAreNamed(when, output, inUse string) {
	u.t.Helper()
	output = attributeLine.ReplaceAllString(output, "")
	for _, token := range u.Servers.ManagedTokens() {
		if token.Value != inUse && !strings.Contains(output, token.Name) {
			u.t.Errorf("%s: the token %q lives on, and nobody was told", when, token.Name)
		}
	}
}

// Running is a command that is going on, to be killed whole or without its plugins.
type Running struct {
	t       testing.TB
	command *exec.Cmd
	output  bytes.Buffer
}

// Start starts a command in a process group of its own.
func (c *CLI) Start(args ...string) *Running {
	c.t.Helper()
	r := &Running{t: c.t, command: c.Command(nil, args...)}
	r.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.command.Stdout, r.command.Stderr = &r.output, &r.output
	if err := r.command.Start(); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// Wait returns all that the command printed, with the error of a status other than 0.
func (r *Running) Wait() (string, error) {
	r.t.Helper()
	err := r.command.Wait()
	showsNoSecret(r.t, "the output of a command", r.output.String(), nil)
	return r.output.String(), err
}

// Kill sends a signal to the command and its plugins, and reports whether they were there.
func (r *Running) Kill(signal syscall.Signal) bool {
	return syscall.Kill(-r.command.Process.Pid, signal) == nil
}

// KillPlugins sends a signal to the plugins alone, as the kernel does to a process that takes too much memory, and
// returns how many have died of it.
func (r *Running) KillPlugins(signal syscall.Signal) int {
	children := r.plugins()
	for _, pid := range children {
		_ = syscall.Kill(pid, signal) // One that is over already is as good as dead.
	}
	const longest = 10 * time.Second // A Go program prints all its goroutines before it dies of SIGSEGV.
	for deadline := time.Now().Add(longest); len(r.plugins()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Errorf("the plugins do not die of %s", signal)
			return 0
		}
	}
	return len(children)
}

// plugins are the child processes of the command.
func (r *Running) plugins() []int {
	var none *exec.ExitError
	list := exec.CommandContext(context.WithoutCancel(r.t.Context()), "pgrep", "-P", strconv.Itoa(r.command.Process.Pid)) //nolint:gosec // A number.
	output, err := list.Output()
	if err != nil && !errors.As(err, &none) {
		r.t.Errorf("looking for plugins: %v", err)
	}
	var pids []int
	for field := range strings.FieldsSeq(string(output)) {
		pids = append(pids, must(strconv.Atoi(field)))
	}
	return pids
}
