package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// starts is how often each contender is started.
const starts = 15

// start measures how long each contender takes from its start to its schema, as the CLI asks for it.
func (r *report) start(ctx context.Context) error {
	r.starts = map[string][]float64{}
	for range starts {
		for _, name := range []string{ours, official, floor} {
			c := r.contenders[name]
			if c == nil {
				continue
			}
			took, err := firstAnswer(ctx, c.binary)
			if err != nil {
				return fmt.Errorf("starting %s: %w", name, err)
			}
			r.starts[name] = append(r.starts[name], took.Seconds())
		}
	}
	return nil
}

// firstAnswer starts a provider as the CLI does, asks for its schemas, and ends it.
func firstAnswer(ctx context.Context, binary string) (time.Duration, error) {
	command := exec.CommandContext(ctx, binary)
	command.Env = environment()
	began := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		// https://github.com/hashicorp/terraform-plugin-go/blob/main/tfprotov6/tf6server/server.go (Serve).
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 6, MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{5: {"provider": connection{}}, 6: {"provider": connection{}}},
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
	dispensed, err := protocol.Dispense("provider")
	if err != nil {
		return 0, fmt.Errorf("connecting: %w", err)
	}
	method := "/tfplugin6.Provider/GetProviderSchema"
	if client.NegotiatedVersion() == 5 {
		method = "/tfplugin5.Provider/GetSchema"
	}
	var answer []byte
	options := []grpc.CallOption{grpc.ForceCodec(undecoded{}), grpc.MaxCallRecvMsgSize(64 << 20)}
	if err := dispensed.(*grpc.ClientConn).Invoke(ctx, method, []byte{}, &answer, options...); err != nil { //nolint:forcetypeassert // It is connection's.
		return 0, fmt.Errorf("asking for the schemas: %w", err)
	}
	if len(answer) == 0 {
		return 0, errors.New("the answer is empty")
	}
	return time.Since(began), nil
}

// connection is a plugin that leaves the calls to its user.
type connection struct {
	plugin.NetRPCUnsupportedPlugin
}

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("only a client")
}

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// undecoded is a codec that leaves messages as they are: an empty one is a request without arguments.
type undecoded struct{}

func (undecoded) Marshal(v any) ([]byte, error) { return v.([]byte), nil } //nolint:forcetypeassert // Its only user is firstAnswer.

func (undecoded) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...) //nolint:forcetypeassert // Its only user is firstAnswer.
	return nil
}

func (undecoded) Name() string { return "proto" }
