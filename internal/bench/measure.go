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
	// cpu is that of the CLI and the providers it started; provider that of the providers alone.
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
	// backend is nil for a local state.
	backend *backend
}

func newWorkspace(ctx context.Context, s settings, sc scenario, c *contender, n int) (*workspace, error) {
	servers, err := sandbox.Start(sc.options...)
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
	if err := w.prepare(ctx, sc, n); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// keepRemotely sets up a backend. The configuration names no provider yet, so that none need be installed.
func (w *workspace) keepRemotely(ctx context.Context) error {
	var err error
	if w.backend, err = newBackend(ctx); err != nil {
		return err
	}
	content := fmt.Sprintf("terraform {\n  backend \"http\" {\n    address = %q\n  }\n}\n", w.backend.address)
	if err := os.WriteFile(filepath.Join(w.dir, "backend.tf"), []byte(content), 0o600); err != nil {
		return fmt.Errorf("writing the backend: %w", err)
	}
	_, err = w.measure(ctx, "init", "-input=false")
	return err
}

// prepare writes the configuration.
func (w *workspace) prepare(ctx context.Context, s scenario, n int) error {
	c := w.contender
	if s.remote {
		if err := w.keepRemotely(ctx); err != nil {
			return err
		}
	}
	resources := c.resources
	if s.syncs {
		resources = c.syncs(w.servers.Infisical.Projects[0])
		w.servers.Infisical.SetSecret(w.servers.Infisical.Projects[0], "prod", "/", "API_KEY", "long-enough")
	}
	for name, content := range map[string]string{
		"main.tf": c.configuration(resources(n), w.servers),
		"rc": fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
			registry+c.source, filepath.Dir(c.binary)),
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("writing the configuration: %w", err)
		}
	}
	return nil
}

func (w *workspace) close() {
	w.servers.Close()
	if w.backend != nil {
		w.backend.close()
	}
	_ = os.RemoveAll(w.dir)
}

// measure runs one command that must succeed.
func (w *workspace) measure(ctx context.Context, args ...string) (measurement, error) {
	w.servers.Log.Reset()
	command := exec.CommandContext(ctx, w.terraform, append(args, "-no-color")...)
	command.Dir = w.dir
	command.Env = append(environment(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(w.dir, "rc"), "CHECKPOINT_DISABLE=1",
		"TF_VAR_token="+w.servers.GitLab.Token("personal-api").Value, "TF_VAR_instance_url="+w.servers.GitLab.URL(),
		"TF_VAR_gitlab_project="+strconv.Itoa(w.servers.GitLab.Project("acme/app").ID))
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	if err := command.Start(); err != nil {
		return measurement{}, fmt.Errorf("starting the CLI: %w", err)
	}
	watch := watchProviders(command.Process.Pid, w.contender.binary)
	provider := ended(command.Process.Pid)
	err := command.Wait()
	m := measurement{wall: time.Since(began), provider: provider, memory: watch.end()}
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

// A watch looks at how much memory the providers hold that a CLI starts. It reads /proc, and sees nothing where there
// is none.
type watch struct {
	cli    int
	binary string
	stop   chan struct{}
	done   sync.WaitGroup
	memory int64
}

// watchEvery is often enough to miss little of a process, and seldom enough not to disturb what is measured.
const watchEvery = 20 * time.Millisecond

func watchProviders(cli int, binary string) *watch {
	if resolved, err := filepath.EvalSymlinks(binary); err == nil {
		binary = resolved
	}
	w := &watch{cli: cli, binary: binary, stop: make(chan struct{})}
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

// end returns the most memory that one of the providers held.
func (w *watch) end() int64 {
	close(w.stop)
	w.done.Wait()
	return w.memory
}

// look reads what is said of each process that the CLI has started: https://man7.org/linux/man-pages/man5/proc.5.html.
func (w *watch) look() {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", w.cli))
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for child := range strings.FieldsSeq(string(children)) {
			if executable, _ := os.Readlink("/proc/" + child + "/exe"); executable == w.binary {
				w.memory = max(w.memory, peakMemory(child))
			}
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
