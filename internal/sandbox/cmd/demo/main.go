// Command demo shows the life of a GitLab connection: a real Terraform or OpenTofu applies, with the built provider,
// against an Infisical and a GitLab on loopback. Run it by `make demo`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		os.Exit(1)
	}
	fmt.Println("\nThat was the demo. `make sandbox` keeps the servers running for a configuration of your own.")
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "infisical-demo-")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	demo := &demo{dir: dir}
	servers, err := sandbox.Start(sandbox.WithClock(demo.now))
	if err != nil {
		return fmt.Errorf("starting the servers: %w", err)
	}
	defer servers.Close()
	demo.servers, demo.terraform = servers, os.Getenv("TF_ACC_TERRAFORM_PATH")
	if demo.terraform == "" {
		return errors.New("TF_ACC_TERRAFORM_PATH does not say where Terraform or OpenTofu is; run `make demo`")
	}
	servers.Infisical.DelayRuns(0) // Real ones begin within ten seconds.
	fmt.Printf("%d scenes, which take about a minute. An Infisical runs at %s and a GitLab at %s.\n",
		len(scenes), servers.Infisical.URL(), servers.GitLab.URL())
	for _, scene := range scenes {
		if err := demo.play(ctx, scene); err != nil {
			return fmt.Errorf("%s: %w", scene.title, err)
		}
	}
	return nil
}

// scene is one step: something happens, a command runs, and the servers have seen certain requests.
type scene struct {
	title string
	// before happens outside of Terraform; nil for nothing.
	before func(*demo)
	// args is the command; failure is what it says when it must fail, empty when it must succeed.
	args    []string
	failure string
	// requests are those of the provider, without the logins, what it asks about the user's token at GitLab, and looks
	// at a sync that follow each other.
	requests []string
	// says is what must stand in the output.
	says string
	// hurry lets the servers' time pass twenty times as fast meanwhile, so that nobody waits for what they do for long.
	hurry bool
	// check looks at the servers afterwards; nil for nothing.
	check func(*demo) error
}

// demo is the state that the scenes share.
type demo struct {
	servers     *sandbox.Sandbox
	terraform   string
	dir         string
	token       string
	description string
	managed     bool
	quarter     string
	// variables are the sync's settings of them; empty while there is no sync.
	variables string
	// ahead is how much later it is for the servers.
	ahead atomic.Int64
}

// now is the servers' clock.
func (d *demo) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

// later lets a time pass for the servers.
func (d *demo) later(by time.Duration) { d.ahead.Add(int64(by)) }

// hurry lets the servers' time pass twenty times as fast until stop is called.
func (d *demo) hurry() (stop func()) {
	const tick = 100 * time.Millisecond
	ticker, done := time.NewTicker(tick), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				d.later(19 * tick)
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}

// play runs a scene and compares what the servers saw with what was promised.
func (d *demo) play(ctx context.Context, scene scene) error {
	fmt.Println("\n" + emphasize(scene.title, colored(os.Stdout)))
	if scene.before != nil {
		scene.before(d)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "main.tf"), []byte(d.configuration()), 0o600); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	d.servers.Log.Reset()
	stop := func() {}
	if scene.hurry {
		stop = d.hurry()
	}
	output, err := d.command(ctx, scene.args)
	stop()
	fmt.Printf("  $ %s %s\n", filepath.Base(d.terraform), strings.Join(scene.args, " "))
	for _, line := range telling(output) {
		fmt.Println("    " + gently(line))
	}
	switch {
	case scene.failure == "" && err != nil:
		return fmt.Errorf("%w\n%s", err, output)
	case scene.failure != "" && (err == nil || !says(output, scene.failure)):
		return fmt.Errorf("expected it to fail with %q\n%s", scene.failure, output)
	case !says(output, scene.says):
		return fmt.Errorf("expected it to say %q\n%s", scene.says, output)
	}
	if err := d.compareRequests(scene.requests); err != nil {
		return err
	}
	if scene.check != nil {
		return scene.check(d)
	}
	return nil
}

func (d *demo) compareRequests(want []string) error {
	var got []string
	for _, line := range d.servers.Log.Provider() {
		again := line == getSync && len(got) > 0 && got[len(got)-1] == line
		if !strings.HasSuffix(line, "/login") && !asksAboutToken(line) && !again {
			got = append(got, line)
			fmt.Println("    > " + line)
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the servers saw %q, expected %q", got, want)
	}
	return nil
}

func asksAboutToken(line string) bool {
	return line == "GET /api/v4/personal_access_tokens/self" || line == "GET /api/v4/user" || strings.Contains(line, "/members/")
}

func (d *demo) command(ctx context.Context, args []string) (string, error) {
	command := exec.CommandContext(ctx, d.terraform, append(slices.Clone(args), "-no-color", "-input=false")...) //nolint:gosec // The path is make's.
	command.Dir = d.dir
	command.Env = append(os.Environ(),
		"INFISICAL_HOST="+d.servers.Infisical.URL(),
		"INFISICAL_AUTH_METHOD=universal",
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID="+d.servers.Infisical.ClientID,
		"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET="+d.servers.Infisical.ClientSecret,
		"GITLAB_BASE_URL="+d.servers.GitLab.URL(),
		"GITLAB_TOKEN="+d.servers.GitLab.Token("admin-management").Value,
		"TF_VAR_gitlab_token="+d.token,
	)
	output, err := command.CombinedOutput()
	return string(output), err
}

// colored reports whether the demo may color what it prints: into a terminal, or where CLICOLOR_FORCE asks for it
// (https://bixense.com/clicolors), as for README's picture; and not where NO_COLOR is set (https://no-color.org).
func colored(out *os.File) bool {
	if os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return terminal || os.Getenv("CLICOLOR_FORCE") != ""
}

// emphasize makes a title stand out.
func emphasize(title string, colored bool) string {
	if !colored {
		return title
	}
	return "\033[1;36m" + title + "\033[0m"
}

// gently puts what Terraform says so that nobody takes a warning, or an error that the scene is about, for a failure of
// the demo: any other error ends it.
func gently(line string) string {
	if rest, ok := strings.CutPrefix(line, "Warning:"); ok {
		return "Terraform warns:" + rest
	}
	if rest, ok := strings.CutPrefix(line, "Error:"); ok {
		return "Refused, as it should be:" + rest
	}
	return line
}

// telling picks, of Terraform's output, the lines that say what happened.
func telling(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		for _, start := range []string{"No changes.", "Plan:", "Apply complete!", "Destroy complete!", "Error:", "Warning:", "  # infisical"} {
			if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "│ "), "│"), start) && !strings.Contains(line, "development overrides") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// says looks for a text however Terraform has broken its lines.
func says(output, text string) bool {
	return strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(output, "│", "")), " "), text)
}

// connection is the single GitLab connection at Infisical, false when there is none.
func (d *demo) connection() (infisical.Connection, bool) {
	for _, connection := range d.servers.Infisical.Connections() {
		if connection.App == "gitlab" {
			return connection, true
		}
	}
	return infisical.Connection{}, false
}
