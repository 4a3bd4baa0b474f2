//go:build unix

package acctest

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	err := r.command.Wait()
	return r.output.String(), err
}

// Kill sends a signal to the command and its plugins, and reports whether they were there.
func (r *Running) Kill(signal syscall.Signal) bool {
	return syscall.Kill(-r.command.Process.Pid, signal) == nil
}

// KillPlugins sends a signal to the plugins alone, as the kernel does to a process that takes too much memory, and returns how many have
// died of it.
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
