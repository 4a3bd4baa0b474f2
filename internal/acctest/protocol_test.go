package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/provider"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// recorder writes down what is asked of a provider, such as "plan delete of connection 1 with ledger, last_write".
type recorder struct {
	tfprotov6.ProviderServer

	valueType tftypes.Type

	mu    sync.Mutex
	calls []string
	ids   []string
	// dies lets the next application end without an answer; killed tells so, unless an error does.
	dies   bool
	killed func()
}

func (r *recorder) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	r.record("configure", nil, nil)
	return r.ProviderServer.ConfigureProvider(ctx, req)
}

func (r *recorder) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	r.record("read", req.CurrentState, req.Private)
	return r.ProviderServer.ReadResource(ctx, req)
}

func (r *recorder) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	r.record("plan "+r.change(req.PriorState, req.ProposedNewState), req.PriorState, req.PriorPrivate)
	return r.ProviderServer.PlanResourceChange(ctx, req)
}

func (r *recorder) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r.record("apply "+r.change(req.PriorState, req.PlannedState), req.PriorState, req.PlannedPrivate)
	r.mu.Lock()
	dies := r.dies
	r.dies = false
	r.mu.Unlock()
	switch {
	case !dies:
		return r.ProviderServer.ApplyResourceChange(ctx, req)
	case r.killed == nil:
		return nil, errors.New("the plugin is dead")
	}
	r.killed()
	return &tfprotov6.ApplyResourceChangeResponse{}, nil
}

func (r *recorder) change(prior, planned *tfprotov6.DynamicValue) string {
	switch {
	case r.value(prior).IsNull():
		return "create"
	case r.value(planned).IsNull():
		return "delete"
	default:
		return "update"
	}
}

func (r *recorder) value(value *tfprotov6.DynamicValue) tftypes.Value {
	return must(value.Unmarshal(r.valueType))
}

func (r *recorder) record(what string, state *tfprotov6.DynamicValue, private []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if state != nil && !r.value(state).IsNull() {
		var id string
		check(fields(r.value(state))["id"].As(&id))
		if !slices.Contains(r.ids, id) {
			r.ids = append(r.ids, id)
		}
		what += fmt.Sprintf(" of connection %d", slices.Index(r.ids, id)+1)
	}
	if len(private) > 0 {
		keys := map[string]any{}
		check(json.Unmarshal(private, &keys))
		what += " with " + strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
	}
	if !slices.Equal(r.calls[max(0, len(r.calls)-1):], []string{what}) { // The CLI configures a provider to apply an empty plan, too.
		r.calls = append(r.calls, what)
	}
}

// said returns what was recorded since the last time. Deposed objects are read and planned in no defined order.
func (r *recorder) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	for rest := calls; len(rest) > 0; {
		end := len(rest)
		if next := slices.Index(rest[1:], "configure"); next >= 0 {
			end = next + 1
		}
		slices.Sort(rest[:end])
		rest = rest[end:]
	}
	return calls
}

// user is somebody with a command line, real or not, who has one managed connection.
type user struct {
	servers *Servers
	*recorder
	// Run commands, and report whether they succeeded.
	apply, replace func(settings) bool
	destroy        func(settings) bool
	remove         func() bool
	taint          func()
}

// settings are a user's configuration.
type settings struct {
	trigger             string
	project             bool
	createBeforeDestroy bool
}

func userOfProtocol(t *testing.T) *user {
	t.Helper()
	u := &user{servers: StartSandbox(t), recorder: &recorder{}}
	protocol := NewProtocol(t, quiet(), "infisical_gitlab_connection", map[string]any{
		"host":        u.servers.Host,
		"auth":        map[string]any{"universal": map[string]any{"client_id": u.servers.ClientID, "client_secret": u.servers.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": u.servers.InstanceURL, "token": u.providerToken()},
		"max_retries": 0,
	})
	u.valueType, u.killed = protocol.valueType, protocol.Kill
	protocol.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		u.ProviderServer = server
		return u.recorder
	}
	run := func(config map[string]any, options ...PlanOption) bool {
		plan := protocol.Plan(t.Context(), config, options...)
		return !plan.Diagnostics.Failed() && !protocol.ApplyPlan(t.Context(), plan).Failed()
	}
	config := func(s settings) map[string]any {
		protocol.CreateBeforeDestroy = s.createBeforeDestroy
		config := map[string]any{
			"name": "platform", "use_cases": []string{"group_secret_sync"},
			"managed_access_token": map[string]any{"group": "acme", "rotation_triggers": map[string]any{"trigger": s.trigger}},
		}
		if s.project {
			config["project_id"] = u.servers.ProjectID
		}
		return config
	}
	u.apply = func(s settings) bool { return run(config(s)) }
	u.replace = func(s settings) bool { return run(config(s), Replacing) }
	u.destroy = func(s settings) bool { return run(config(s), Destroying) }
	u.remove = func() bool { return run(nil) }
	u.taint = protocol.Taint
	return u
}

func (u *user) providerToken() string {
	return u.servers.Sandbox.GitLab.Token("admin-management").Value
}

// quiet never waits.
func quiet() provider.Environment {
	environment := Environment()
	environment.Wait = NoWait
	environment.Backoff = func(int, *http.Response) time.Duration { return 0 }
	return environment
}

func userOfCLI(t *testing.T) *user {
	t.Helper()
	schema := must(providerSchemas()).ResourceSchemas["infisical_gitlab_connection"]
	u := &user{servers: StartSandbox(t), recorder: &recorder{valueType: schema.Block.ValueType()}}
	u.ProviderServer = must(Factories(quiet())["infisical"]())
	cli := NewCLI(t, "TF_REATTACH_PROVIDERS="+reattach(t, u.recorder))
	block := u.servers.Provider("max_retries = 0")
	block = strings.Replace(block, "instance_url", fmt.Sprintf("token = %q\n    instance_url", u.providerToken()), 1)
	run := func(args ...string) bool {
		output, err := cli.Try(args...)
		t.Logf("%v\n%s", args, output)
		return err == nil
	}
	write := func(s settings) {
		project := ""
		if s.project {
			project = fmt.Sprintf("project_id = %q", u.servers.ProjectID)
		}
		cli.Write(block + fmt.Sprintf(`
resource "infisical_gitlab_connection" "test" {
  name      = "platform"
  use_cases = ["group_secret_sync"]
  %s
  managed_access_token = {
    group             = "acme"
    rotation_triggers = { trigger = %q }
  }
  lifecycle {
    create_before_destroy = %t
  }
}
`, project, s.trigger, s.createBeforeDestroy))
	}
	apply := []string{"apply", "-auto-approve", "-input=false"}
	u.apply = func(s settings) bool { write(s); return run(apply...) }
	u.replace = func(s settings) bool {
		write(s)
		return run(append(apply, "-replace=infisical_gitlab_connection.test")...)
	}
	u.destroy = func(s settings) bool { write(s); return run("destroy", "-auto-approve", "-input=false") }
	u.remove = func() bool { cli.Write(block); return run(apply...) }
	u.taint = func() { cli.Run("taint", "infisical_gitlab_connection.test") }
	return u
}

// reattach serves a provider to command lines, and returns what they are to find in TF_REATTACH_PROVIDERS.
func reattach(t *testing.T, server tfprotov6.ProviderServer) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	go func() {
		serve := func() tfprotov6.ProviderServer { return server }
		check(tf6server.Serve(ProviderSource, serve, tf6server.WithDebug(ctx, configs, closed), tf6server.WithoutLogStderrOverride(),
			tf6server.WithLoggingSink(t)))
	}()
	config := <-configs
	t.Cleanup(func() { cancel(); <-closed })
	return string(must(json.Marshal(map[string]any{ProviderSource: map[string]any{
		"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
		"Addr": map[string]any{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}})))
}

// Whatever the user does, the provider hears the same from Protocol as from the real command line: how often it is
// asked, about which object, and with what private state.
func TestAccProtocol_asksAsTerraformDoes(t *testing.T) {
	t.Parallel()
	first, second := settings{trigger: "1"}, settings{trigger: "2"}
	inProject := settings{trigger: "1", project: true}
	deposing, deposingInProject := settings{trigger: "1", createBeforeDestroy: true}, settings{trigger: "1", project: true, createBeforeDestroy: true}
	deletionFails := server.Fault{Server: server.Infisical, Method: http.MethodDelete, Kind: server.FaultStatus, Status: 403}
	failing := func(u *user, fault server.Fault, f func(settings) bool, s settings) bool {
		defer u.servers.Sandbox.Fail(fault)()
		return f(s)
	}
	for name, story := range map[string]func(*user) []bool{
		"update and destroy": func(u *user) []bool {
			return []bool{u.apply(first), u.apply(second), u.apply(second), u.destroy(second)}
		},
		"removal":            func(u *user) []bool { return []bool{u.apply(first), u.remove()} },
		"taint":              func(u *user) []bool { u.apply(first); u.taint(); return []bool{u.apply(first)} },
		"taint and -replace": func(u *user) []bool { u.apply(first); u.taint(); return []bool{u.replace(first)} },
		"taint and destroy":  func(u *user) []bool { u.apply(first); u.taint(); return []bool{u.destroy(first)} },
		"taint and remove":   func(u *user) []bool { u.apply(first); u.taint(); return []bool{u.remove()} },
		"-replace":           func(u *user) []bool { return []bool{u.apply(first), u.replace(first), u.replace(second)} },
		"requires replace":   func(u *user) []bool { return []bool{u.apply(first), u.apply(inProject)} },
		"failed deletion": func(u *user) []bool {
			return []bool{u.apply(first), failing(u, deletionFails, u.apply, inProject), u.apply(inProject)}
		},
		"replaced by another": func(u *user) []bool { return []bool{u.apply(deposing), u.apply(deposingInProject)} },
		"deposed": func(u *user) []bool {
			return []bool{u.apply(deposing), failing(u, deletionFails, u.apply, deposingInProject), u.apply(deposingInProject)}
		},
		"deposed and destroy": func(u *user) []bool {
			return []bool{u.apply(deposing), failing(u, deletionFails, u.apply, deposingInProject), u.destroy(deposingInProject)}
		},
		"tainted and deposed": func(u *user) []bool {
			u.apply(deposing)
			u.taint()
			return []bool{failing(u, deletionFails, u.apply, deposingInProject), u.apply(deposingInProject)}
		},
		"dead in create": func(u *user) []bool { u.dies = true; return []bool{u.apply(first)} },
		"dead in update": func(u *user) []bool { u.apply(first); u.dies = true; return []bool{u.apply(second), u.destroy(second)} },
		"dead in destroy": func(u *user) []bool {
			u.apply(first)
			u.dies = true
			return []bool{u.destroy(second), u.destroy(second)}
		},
		"dead in replacement": func(u *user) []bool { u.apply(first); u.dies = true; return []bool{u.replace(first), u.destroy(first)} },
		"dead and deposing": func(u *user) []bool {
			u.apply(deposing)
			u.dies = true
			return []bool{u.replace(deposing), u.destroy(deposing)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform, protocol := userOfCLI(t), userOfProtocol(t)
			succeeded, want := story(protocol), story(terraform)
			if !slices.Equal(succeeded, want) {
				t.Errorf("commands succeeded: %t, by the CLI: %t", succeeded, want)
			}
			asked, wanted := protocol.said(), terraform.said()
			if !slices.Equal(asked, wanted) {
				t.Errorf("asked:\n%s\nby the CLI:\n%s", strings.Join(asked, "\n"), strings.Join(wanted, "\n"))
			}
		})
	}
}
