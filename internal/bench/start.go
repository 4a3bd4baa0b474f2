package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

// rounds is how often each contender is started.
const rounds = 15

// A beginning is how long a contender takes before anything is done with it.
type beginning struct {
	// answer is the time from the start of the process to its first answer; schema that of a command of the CLI that
	// shows the schemas.
	answer, schema []float64
}

// start measures beginnings, the contenders taking turns.
func (r *report) start(ctx context.Context) error {
	r.beginnings = map[string]*beginning{}
	names := []string{ours, official, floor}
	for round := range rounds {
		for i := range names {
			name := names[(i+round)%len(names)]
			c := r.contenders[name]
			if c == nil {
				continue
			}
			answer, err := firstAnswer(ctx, c.binary)
			if err != nil {
				return fmt.Errorf("starting %s: %w", name, err)
			}
			schema, err := r.schema(ctx, c)
			if err != nil {
				return err
			}
			if r.beginnings[name] == nil {
				r.beginnings[name] = &beginning{}
			}
			r.beginnings[name].answer = append(r.beginnings[name].answer, answer.Seconds())
			r.beginnings[name].schema = append(r.beginnings[name].schema, schema.Seconds())
		}
	}
	return nil
}

func (r *report) schema(ctx context.Context, c *contender) (time.Duration, error) {
	w, err := newWorkspace(ctx, r.settings, scenario{}, c, 1)
	if err != nil {
		return 0, err
	}
	defer w.close()
	cost, err := w.measure(ctx, "providers", "schema", "-json")
	return cost.wall, err
}

// firstAnswer starts a provider as the CLI does, asks whether it is there, and ends it.
func firstAnswer(ctx context.Context, binary string) (time.Duration, error) {
	command := exec.CommandContext(ctx, binary)
	command.Env = environment()
	began := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		// https://github.com/hashicorp/terraform-plugin-go/blob/v0.31.0/tfprotov6/tf6server/server.go (Serve).
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE", MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{5: {}, 6: {}},
		Cmd:              command,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Logger:           hclog.NewNullLogger(),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		return 0, fmt.Errorf("connecting: %w", err)
	}
	if err := protocol.Ping(); err != nil {
		return 0, fmt.Errorf("asking: %w", err)
	}
	return time.Since(began), nil
}
