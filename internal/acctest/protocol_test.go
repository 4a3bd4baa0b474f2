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

// recorder writes down what is asked of a provider, such as "plan delete of gitlab_connection 1 with ledger,
// last_write".
type recorder struct {
	tfprotov6.ProviderServer

	mu    sync.Mutex
	calls []string
	// ids are what objects are called at the servers, by type, in the order in which they were heard of.
	ids map[string][]string
	// dies lets the next application end without an answer; killed tells so, unless an error does.
	dies   bool
	killed func()
	// unordered: applies, too, do things in no defined order.
	unordered bool
}

func (r *recorder) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	r.record("configure", "", nil, nil)
	return r.ProviderServer.ConfigureProvider(ctx, req)
}

func (r *recorder) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	r.record("read", req.TypeName, req.CurrentState, req.Private)
	return r.ProviderServer.ReadResource(ctx, req)
}

func (r *recorder) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	r.record("plan "+change(req.TypeName, req.PriorState, req.ProposedNewState), req.TypeName, req.PriorState, req.PriorPrivate)
	return r.ProviderServer.PlanResourceChange(ctx, req)
}

func (r *recorder) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r.record("apply "+change(req.TypeName, req.PriorState, req.PlannedState), req.TypeName, req.PriorState, req.PlannedPrivate)
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

func change(typeName string, prior, planned *tfprotov6.DynamicValue) string {
	switch of := kindOf(typeName); {
	case of.read(prior).IsNull():
		return "create"
	case of.read(planned).IsNull():
		return "delete"
	default:
		return "update"
	}
}

func (r *recorder) record(what, typeName string, state *tfprotov6.DynamicValue, private []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if typeName != "" {
		what += " " + strings.TrimPrefix(typeName, "infisical_")
	}
	if state != nil {
		what += r.numbered(typeName, fields(kindOf(typeName).read(state))["id"])
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

// numbered tells objects apart whose ids are others at each server.
func (r *recorder) numbered(typeName string, id tftypes.Value) string {
	if id.Type() == nil || !id.IsKnown() || id.IsNull() {
		return ""
	}
	text := textOf(id)
	if r.ids == nil {
		r.ids = map[string][]string{}
	}
	if !slices.Contains(r.ids[typeName], text) {
		r.ids[typeName] = append(r.ids[typeName], text)
	}
	return fmt.Sprintf(" %d", slices.Index(r.ids[typeName], text)+1)
}

// said returns what was recorded since the last time. A plan reads and plans in no defined order what does not depend
// on one another. In an apply all that it does here does, unless it is unordered.
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
		if r.unordered || !slices.ContainsFunc(rest[:end], func(call string) bool { return strings.HasPrefix(call, "apply") }) {
			slices.Sort(rest[:end])
		}
		rest = rest[end:]
	}
	return calls
}

// user is somebody with a command line, real or not, who has a managed connection and perhaps a sync that uses it.
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
	// sync is the name of the sync, empty for none, and target is its.
	sync, target string
}

const (
	connectionAddress = "infisical_gitlab_connection.test"
	syncAddress       = "infisical_gitlab_secret_sync.test"
)

func userOfModule(t *testing.T) *user {
	t.Helper()
	u := &user{servers: StartSandbox(t), recorder: &recorder{}}
	module := NewModule(t, quiet(), map[string]any{
		"host":        u.servers.Host,
		"auth":        map[string]any{"universal": map[string]any{"client_id": u.servers.ClientID, "client_secret": u.servers.ClientSecret}},
		"gitlab":      map[string]any{"instance_url": u.servers.InstanceURL, "token": u.providerToken()},
		"max_retries": 0,
	})
	u.killed = module.Kill
	module.observe = func(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		u.ProviderServer = server
		return u.recorder
	}
	run := func(blocks []Block, options ...PlanOption) bool {
		plan := module.Plan(t.Context(), blocks, options...)
		diags := plan.Diagnostics
		if !diags.Failed() {
			diags = append(diags, module.ApplyPlan(t.Context(), plan)...)
		}
		t.Log(diags)
		return !diags.Failed()
	}
	u.apply = func(s settings) bool { return run(u.blocks(s)) }
	u.replace = func(s settings) bool { return run(u.blocks(s), ReplacingAt(connectionAddress)) }
	u.destroy = func(s settings) bool { return run(u.blocks(s), Destroying) }
	u.remove = func() bool { return run(nil) }
	u.taint = func() { module.Taint(connectionAddress) }
	return u
}

// blocks is a configuration.
func (u *user) blocks(s settings) []Block {
	connection := map[string]any{
		"name": "platform", "use_cases": []string{"group_secret_sync"},
		"managed_access_token": map[string]any{"group": "acme", "rotation_triggers": map[string]any{"trigger": s.trigger}},
	}
	if s.project {
		connection["project_id"] = u.servers.ProjectID
	}
	blocks := []Block{{Address: connectionAddress, Config: connection, CreateBeforeDestroy: s.createBeforeDestroy}}
	if s.sync != "" {
		blocks = append(blocks, Block{Address: syncAddress, Config: map[string]any{
			"name": s.sync, "project_id": u.servers.ProjectID, "connection_id": Reference{connectionAddress, "id"},
			"source": map[string]any{"environment": "prod"}, "target": map[string]any{"project": s.target},
			"variables": map[string]any{"unmanaged": "keep"},
		}})
	}
	return blocks
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
	u := &user{servers: StartSandbox(t), recorder: &recorder{}}
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
		sync := ""
		if s.sync != "" {
			sync = fmt.Sprintf(`
resource "infisical_gitlab_secret_sync" "test" {
  name          = %q
  project_id    = %q
  connection_id = infisical_gitlab_connection.test.id
  source        = { environment = "prod" }
  target        = { project = %q }
  variables     = { unmanaged = "keep" }
}
`, s.sync, u.servers.ProjectID, s.target)
		}
		cli.Write(block + sync + fmt.Sprintf(`
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
	asksAsTerraformDoes(t, map[string]func(*user) []bool{
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
			u.unordered = true
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
	})
}

// With a sync that refers to the connection, in the same order, too: what is created, changed and deleted before what.
func TestAccProtocol_asksAboutTwoAsTerraformDoes(t *testing.T) {
	t.Parallel()
	alone := settings{trigger: "1"}
	both := settings{trigger: "1", sync: "api", target: "acme/app"}
	with := func(change func(*settings)) settings {
		changed := both
		change(&changed)
		return changed
	}
	rotated := with(func(s *settings) { s.trigger = "2" })
	rotatedAlone := settings{trigger: "2"}
	renamed := with(func(s *settings) { s.sync = "renamed" })
	moved := with(func(s *settings) { s.target = "acme/platform/apps/api" })
	movedAndRotated := with(func(s *settings) { s.target, s.trigger = "acme/platform/apps/api", "2" })
	inProject := with(func(s *settings) { s.project = true })
	deposing := with(func(s *settings) { s.createBeforeDestroy = true })
	deposingInProject := with(func(s *settings) { s.project, s.createBeforeDestroy = true, true })
	refused := func(method, path string) server.Fault {
		return server.Fault{Server: server.Infisical, Method: method, Path: path, Kind: server.FaultStatus, Status: 403}
	}
	failing := func(u *user, fault server.Fault, f func(settings) bool, s settings) bool {
		defer u.servers.Sandbox.Fail(fault)()
		return f(s)
	}
	const connections, syncs = "/api/v1/app-connections/*", "/api/v1/secret-syncs/*"
	asksAsTerraformDoes(t, map[string]func(*user) []bool{
		"create, change and destroy": func(u *user) []bool {
			return []bool{u.apply(both), u.apply(both), u.apply(rotated), u.apply(renamed), u.destroy(renamed)}
		},
		"one after the other": func(u *user) []bool { return []bool{u.apply(alone), u.apply(both), u.apply(alone), u.remove()} },
		"remove":              func(u *user) []bool { return []bool{u.apply(both), u.remove()} },
		"move the sync":       func(u *user) []bool { return []bool{u.apply(both), u.apply(moved)} },
		"move and rotate":     func(u *user) []bool { u.apply(both); return []bool{u.apply(movedAndRotated)} },
		"delete and rotate":   func(u *user) []bool { return []bool{u.apply(both), u.apply(rotatedAlone)} },
		"replace the connection": func(u *user) []bool {
			return []bool{u.apply(both), u.replace(both), u.apply(inProject)}
		},
		"replace the connection by another": func(u *user) []bool {
			return []bool{u.apply(deposing), u.replace(deposing), u.apply(deposingInProject), u.destroy(deposingInProject)}
		},
		"no connection": func(u *user) []bool {
			return []bool{failing(u, refused(http.MethodPost, connections), u.apply, both), u.apply(both)}
		},
		"no sync": func(u *user) []bool {
			return []bool{failing(u, refused(http.MethodPost, syncs), u.apply, both), u.apply(both)}
		},
		"a sync that stays": func(u *user) []bool {
			return []bool{u.apply(both), failing(u, refused(http.MethodDelete, syncs), u.destroy, both), u.destroy(both)}
		},
		"a connection that stays": func(u *user) []bool {
			return []bool{u.apply(deposing), failing(u, refused(http.MethodDelete, connections), u.apply, deposingInProject), u.apply(deposingInProject)}
		},
		"a sync that is not changed": func(u *user) []bool {
			return []bool{u.apply(both), failing(u, refused(http.MethodPatch, syncs), u.apply, renamed), u.apply(renamed)}
		},
	})
}

func asksAsTerraformDoes(t *testing.T, stories map[string]func(*user) []bool) {
	t.Helper()
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform, protocol := userOfCLI(t), userOfModule(t)
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
