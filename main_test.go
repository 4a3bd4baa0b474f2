package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func TestMain(m *testing.M) {
	os.Exit(acctest.Run(m))
}

const configuration = acctest.TokenVariable + `
provider "infisical" {}

resource "infisical_gitlab_connection" "test" {
  name         = "platform"
  access_token = { value_wo = var.token }
}
`

// What Terraform would throw away is not even written to it, and what is asked for is there.
func TestAccLogs(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token, "TF_LOG=")...)
	cli.Write(configuration)
	cli.Run("apply", "-auto-approve", "-input=false")
	cli.Write(strings.Replace(configuration, `"platform"`, `"renamed"`, 1)) // The framework has no part in a plan with nothing to do.
	stderr := cli.CaptureStderr()
	for name, tc := range map[string]struct { //nolint:paralleltest // One state file, and one captured stderr.
		env []string
		// requests: there is a line for each request. The other loggers are those of the SDK by their @module.
		requests, protocol, framework, plugin bool
	}{
		"nothing asked for":                {},
		"nothing to be shown":              {env: []string{"TF_LOG=OFF"}},
		"all":                              {env: []string{"TF_LOG=trace"}, requests: true, protocol: true, framework: true, plugin: true},
		"all, as JSON":                     {env: []string{"TF_LOG=JSON"}, requests: true, protocol: true, framework: true, plugin: true},
		"what debugging needs":             {env: []string{"TF_LOG=DEBUG"}, requests: true, framework: true, plugin: true},
		"less than requests":               {env: []string{"TF_LOG=WARN"}},
		"Terraform's own":                  {env: []string{"TF_LOG_CORE=TRACE"}},
		"providers":                        {env: []string{"TF_LOG_PROVIDER=DEBUG"}, requests: true, framework: true, plugin: true},
		"providers less than Terraform":    {env: []string{"TF_LOG=TRACE", "TF_LOG_PROVIDER=ERROR"}},
		"this provider":                    {env: []string{"TF_LOG_PROVIDER_INFISICAL=DEBUG"}, requests: true},
		"this provider, and others not":    {env: []string{"TF_LOG=TRACE", "TF_LOG_PROVIDER_INFISICAL=OFF"}, protocol: true, framework: true, plugin: true},
		"the SDK":                          {env: []string{"TF_LOG_SDK=TRACE"}, protocol: true, framework: true},
		"the protocol":                     {env: []string{"TF_LOG_SDK_PROTO=TRACE"}, protocol: true},
		"the framework":                    {env: []string{"TF_LOG_SDK_FRAMEWORK=DEBUG"}, framework: true},
		"all of the SDK but its framework": {env: []string{"TF_LOG_SDK=TRACE", "TF_LOG_SDK_FRAMEWORK=OFF"}, protocol: true},
	} {
		t.Run(name, func(t *testing.T) {
			servers.Sandbox.Log.Reset()
			if output, err := cli.TryWith(tc.env, "plan", "-input=false"); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			said := stderr()
			requests := 0
			if tc.requests {
				requests = len(servers.Lines(server.Infisical)) + len(servers.Lines(server.GitLab))
			}
			if got := strings.Count(said, `"@message":"HTTP request"`); got != requests {
				t.Errorf("%d lines of requests, want %d", got, requests)
			}
			for module, want := range map[string]bool{
				`"@module":"sdk.proto"`: tc.protocol, `"@module":"sdk.framework"`: tc.framework, `"@message":"plugin address"`: tc.plugin,
			} {
				if got := strings.Contains(said, module); got != want {
					t.Errorf("lines with %s: %t, want %t", module, got, want)
				}
			}
			if !tc.requests && !tc.protocol && !tc.framework && !tc.plugin && said != "" {
				t.Errorf("written for nobody: %s", said)
			}
		})
	}
}

// Lines that Terraform shows are those it showed before the loggers knew what it shows.
func TestAccLogs_shown(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	cli.Write(configuration)
	output, err := cli.TryWith([]string{"TF_LOG=DEBUG", "TF_LOG_PATH="}, "apply", "-auto-approve", "-input=false")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	requests := append(servers.Lines(server.Infisical), servers.Lines(server.GitLab)...)
	if got := strings.Count(output, "provider.terraform-provider-infisical: HTTP request"); got != len(requests) {
		t.Errorf("%d lines of requests for %q", got, requests)
	}
	if strings.Contains(output, "[TRACE]") {
		t.Error("TRACE lines are shown at DEBUG")
	}
}

// net/http writes into the standard log what comes behind an answer.
func TestAccLogs_behindAnAnswer(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	cli.Write(configuration)
	const mark = "that is behind the answer"
	servers.Sandbox.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRaw, Raw: func(connection net.Conn, request *server.Request) {
		_, _ = fmt.Fprint(connection, "HTTP/1.1 500 Error\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"+request.Header.Get("Authorization")+", "+mark)
	}})
	output, err := cli.TryWith([]string{"TF_LOG=TRACE", "TF_LOG_PATH="}, "plan", "-input=false")
	if err == nil || !strings.Contains(output, "/personal_access_tokens/self") {
		t.Fatalf("%v: GitLab was not asked, or answered: %s", err, output)
	}
	if strings.Contains(output, servers.Token) || strings.Contains(output, mark) {
		t.Error("it is in Terraform's log")
	}
}

// -debug prints what makes Terraform attach, and logs where it was started.
func TestAccDebug(t *testing.T) {
	t.Parallel()
	servers := acctest.StartSandbox(t)
	cli := acctest.NewCLI(t, append(servers.Environment(), "TF_VAR_token="+servers.Token)...)
	cli.Write(configuration)
	ctx, stop := context.WithCancel(t.Context())
	provider := exec.CommandContext(ctx, cli.Provider, "-debug")
	provider.Env = append(os.Environ(), servers.Environment()...)
	provider.Cancel = func() error { return provider.Process.Signal(os.Interrupt) }
	var stderr strings.Builder
	provider.Stderr = &stderr
	stdout, err := provider.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Start(); err != nil {
		t.Fatal(err)
	}
	attach := ""
	for lines := bufio.NewScanner(stdout); attach == "" && lines.Scan(); {
		if variable, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "="); found {
			attach = variable + "=" + strings.Trim(value, "'")
		}
	}
	output, applyErr := cli.TryWith([]string{attach}, "apply", "-auto-approve", "-input=false")
	stop()
	_ = provider.Wait() // Interrupted.
	if applyErr != nil {
		t.Fatalf("with %s: %v\n%s", attach, applyErr, output)
	}
	if got := stderr.String(); !strings.Contains(got, `"@message":"HTTP request"`) || !strings.Contains(got, `"@module":"sdk.proto"`) {
		t.Errorf("the process that was started by hand logs %s", got)
	}
}

func TestLogWhatIsShown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		set  map[string]string
		want map[string]string
	}{
		"nothing set": {
			want: map[string]string{"TF_LOG_PROVIDER_INFISICAL": "OFF", "TF_LOG_SDK": "OFF", "TF_LOG_SDK_PROTO": "OFF", "TF_LOG_SDK_FRAMEWORK": "OFF"},
		},
		"a level that Terraform does not know": {
			set:  map[string]string{"TF_LOG": "loud"},
			want: map[string]string{"TF_LOG_PROVIDER_INFISICAL": "TRACE", "TF_LOG_SDK": "TRACE", "TF_LOG_SDK_PROTO": "TRACE", "TF_LOG_SDK_FRAMEWORK": "TRACE"},
		},
		"each of its own": {
			set: map[string]string{"TF_LOG": "ERROR", "TF_LOG_PROVIDER_INFISICAL": "INFO", "TF_LOG_SDK": "DEBUG", "TF_LOG_SDK_PROTO": "TRACE",
				"TF_LOG_SDK_FRAMEWORK": "OFF"},
		},
		"parts of the SDK follow it": {
			set:  map[string]string{"TF_LOG_SDK": "DEBUG"},
			want: map[string]string{"TF_LOG_PROVIDER_INFISICAL": "OFF", "TF_LOG_SDK_PROTO": "DEBUG", "TF_LOG_SDK_FRAMEWORK": "DEBUG"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[string]string{}
			logWhatIsShown(func(name string) string { return tc.set[name] }, func(name, value string) error { got[name] = value; return nil })
			if !maps.Equal(got, tc.want) {
				t.Errorf("sets %v, want %v", got, tc.want)
			}
		})
	}
}

func TestCollectGarbageLazily(t *testing.T) { //nolint:paralleltest // The collector is the process's.
	for name, tc := range map[string]struct { //nolint:paralleltest // As above.
		set         map[string]string
		wantPercent int
		wantLimit   int64
	}{
		"by itself":            {wantPercent: garbagePercent, wantLimit: memoryLimit},
		"the user's per cent":  {set: map[string]string{"GOGC": "50"}, wantPercent: 50, wantLimit: memoryLimit},
		"the user's own limit": {set: map[string]string{"GOMEMLIMIT": "1GiB"}, wantPercent: garbagePercent, wantLimit: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			// As the runtime has read them from the environment.
			percent, limit := debug.SetGCPercent(50), debug.SetMemoryLimit(1<<30)
			collectGarbageLazily(func(name string) string { return tc.set[name] })
			if got := debug.SetGCPercent(percent); got != tc.wantPercent {
				t.Errorf("%d per cent, want %d", got, tc.wantPercent)
			}
			if got := debug.SetMemoryLimit(limit); got != tc.wantLimit {
				t.Errorf("a limit of %d, want %d", got, tc.wantLimit)
			}
		})
	}
}
