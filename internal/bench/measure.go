package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A measurement is what one command of the CLI cost.
type measurement struct {
	wall time.Duration
	// cpu is that of the CLI and the providers it started; provider that of the providers alone, as last seen before
	// they ended.
	cpu, provider time.Duration
	// memory is the most that one of the provider's processes held at once.
	memory int64
	// requests are those that reached the servers.
	requests int
}

// workspace is a directory with a configuration for so many resources of one contender, and the servers behind it.
type workspace struct {
	contender *contender
	servers   *sandbox.Sandbox
	terraform string
	dir       string
}

func newWorkspace(s settings, c *contender, n int, options []sandbox.Option) (*workspace, error) {
	servers, err := sandbox.Start(options...)
	if err != nil {
		return nil, fmt.Errorf("starting the servers: %w", err)
	}
	if c.alone {
		servers.Fail(server.Fault{
			Server: server.Infisical, Method: "GET", Path: "/api/v1/app-connections/gitlab", Kind: server.FaultStatus, Status: 403,
		})
	}
	dir, err := os.MkdirTemp("", "infisical-bench-")
	if err != nil {
		servers.Close()
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	w := &workspace{contender: c, servers: servers, terraform: s.terraform, dir: dir}
	for name, content := range map[string]string{
		"main.tf": c.configuration(n, servers),
		"rc": fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
			registry+c.source, filepath.Dir(c.binary)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			w.close()
			return nil, fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return w, nil
}

func (w *workspace) close() {
	w.servers.Close()
	_ = os.RemoveAll(w.dir)
}

// measure runs one command that must succeed.
func (w *workspace) measure(ctx context.Context, args ...string) (measurement, error) {
	w.servers.Log.Reset()
	command := exec.CommandContext(ctx, w.terraform, append(args, "-no-color")...)
	command.Dir = w.dir
	command.Env = append(environment(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(w.dir, "rc"), "CHECKPOINT_DISABLE=1",
		"TF_VAR_token="+w.servers.GitLab.Token("personal-api").Value, "TF_VAR_instance_url="+w.servers.GitLab.URL())
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	if err := command.Start(); err != nil {
		return measurement{}, fmt.Errorf("starting the CLI: %w", err)
	}
	watch := watchProviders(command.Process.Pid, w.contender.binary)
	err := command.Wait()
	m := measurement{wall: time.Since(began)}
	m.provider, m.memory = watch.end()
	if err != nil {
		return m, fmt.Errorf("%s with %s: %w\n%s", args[0], w.contender.name, err, output.String())
	}
	m.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	m.requests = len(w.servers.Log.Provider())
	return m, nil
}

// environment is this process's, without what would reach the CLI or a provider.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "INFISICAL_") && !strings.HasPrefix(variable, "GITLAB_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// A watch looks at the providers that a CLI starts. It reads /proc, and sees nothing where there is none.
type watch struct {
	cli    int
	binary string
	stop   chan struct{}
	done   sync.WaitGroup
	cpu    map[int]time.Duration
	memory int64
}

// watchEvery is often enough to miss little of a process, and seldom enough not to disturb what is measured.
const watchEvery = 20 * time.Millisecond

func watchProviders(cli int, binary string) *watch {
	if resolved, err := filepath.EvalSymlinks(binary); err == nil {
		binary = resolved
	}
	w := &watch{cli: cli, binary: binary, stop: make(chan struct{}), cpu: map[int]time.Duration{}}
	w.done.Go(func() {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-ticker.C:
				w.look()
			}
		}
	})
	return w
}

// end returns the processor time of all providers and the most memory that one of them held.
func (w *watch) end() (cpu time.Duration, memory int64) {
	close(w.stop)
	w.done.Wait()
	for _, spent := range w.cpu {
		cpu += spent
	}
	return cpu, w.memory
}

// look reads what is said of each process that the CLI has started: https://man7.org/linux/man-pages/man5/proc.5.html.
func (w *watch) look() {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", w.cli))
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for child := range strings.FieldsSeq(string(children)) {
			pid, err := strconv.Atoi(child)
			if executable, _ := os.Readlink("/proc/" + child + "/exe"); err != nil || executable != w.binary {
				continue
			}
			w.memory = max(w.memory, peakMemory(child))
			w.cpu[pid] = max(w.cpu[pid], processorTime(child))
		}
	}
}

// peakMemory is VmHWM, the most memory that was resident at once.
func peakMemory(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kibibytes, _ := strconv.ParseInt(fields[0], 10, 64)
	return kibibytes << 10
}

// processorTime is utime and stime, in the hundredths of a second that Linux tells programs.
func processorTime(pid string) time.Duration {
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, after, _ := strings.Cut(string(stat), ") ") // The name before may hold spaces.
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}
