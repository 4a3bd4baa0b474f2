package gitlab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/infisical-community/terraform-provider-infisical/internal/figures"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/hostile"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

func init() {
	log.SetOutput(io.Discard) // Into it net/http writes what comes behind an answer; so does the provider's main.
}

// hostileToken is of the form that GitLab makes; the sandbox writes words into
// its own.
const hostileToken = "glpat-Zk3x_VbQ9rT-2LmNpW8sJ4hU"

// requestsToGitLab are all that this client makes.
var requestsToGitLab = map[string]func(context.Context, *Session) (any, error){
	"self": func(ctx context.Context, s *Session) (any, error) {
		return s.Describe(ctx, DescribeOptions{AccessLevel: true})
	},
	"user": func(ctx context.Context, s *Session) (any, error) {
		found := s.findOwner(ctx, Token{Scopes: []string{"api"}})
		return Token{Username: found.username, Kind: found.kind}, asNil(found.failure)
	},
	"member": func(ctx context.Context, s *Session) (any, error) {
		found := s.findRole(ctx, Token{Scopes: []string{"api"}, Kind: KindGroup, ResourceID: 87, UserID: 3})
		return found.accessLevel, asNil(found.failure)
	},
	"resource": func(ctx context.Context, s *Session) (any, error) {
		return s.FindResource(ctx, Resource{Kind: KindGroup, ID: "acme"})
	},
	"target": func(ctx context.Context, s *Session) (any, error) {
		group := Resource{Kind: KindGroup, ID: "acme"}
		described, err := s.DescribeTarget(ctx, TargetQuestion{Resource: group})
		if err != nil {
			return nil, err
		}
		return []any{described.Path, described.Name, described.DeletionDate, described.InvitedGroups}, asNil(described.Failure)
	},
	"variables": func(ctx context.Context, s *Session) (any, error) {
		look := targetLook{
			Session: s, question: TargetQuestion{Resource: Resource{Kind: KindProject, ID: "7"}}, remembered: &describedTarget{},
		}
		probed := look.probeVariables(ctx, TargetDescription{Asked: look.question.Resource, ID: 7})
		return probed.Granted, asNil(probed.Failure)
	},
	"webhooks": func(ctx context.Context, s *Session) (any, error) {
		list, err := s.GlanceHooks(ctx, Resource{Kind: KindProject, ID: "7"})
		if err != nil {
			return nil, err
		}
		return list.Hooks, asNil(list.Failure)
	},
	"accounts": func(ctx context.Context, s *Session) (any, error) {
		return s.FindAccount(ctx, Resource{Kind: KindGroup, ID: "87"}, "deployer")
	},
	"read of an account": func(ctx context.Context, s *Session) (any, error) {
		return s.Get(ctx, Resource{Kind: KindGroup, ID: "87", Account: Account{ID: 7}}, 7)
	},
	"mint for an account": func(ctx context.Context, s *Session) (any, error) {
		minted, err := s.Mint(ctx, Resource{Kind: KindGroup, ID: "87", Account: Account{ID: 7}}, options())
		return minted.Token, err
	},
	"list": func(ctx context.Context, s *Session) (any, error) {
		return s.ListActive(ctx, Resource{Kind: KindGroup, ID: "87"}, "infisical")
	},
	"read": func(ctx context.Context, s *Session) (any, error) {
		return s.Get(ctx, Resource{Kind: KindGroup, ID: "87"}, 7)
	},
	"mint": func(ctx context.Context, s *Session) (any, error) {
		minted, err := s.Mint(ctx, Resource{Kind: KindGroup, ID: "87"}, options())
		return minted.Token, err
	},
	"revoke": func(ctx context.Context, s *Session) (any, error) {
		return nil, s.Revoke(ctx, Resource{Kind: KindGroup, ID: "87"}, 7)
	},
}

func asNil(failure *Error) error {
	if failure == nil {
		return nil
	}
	return failure
}

// attempt makes one request, which is answered by answer, and returns all that
// comes of it and is shown: the error, the words in the result, and the log.
func attempt(t *testing.T, sb *sandbox.Sandbox, name string, answer func(net.Conn), change ...func(*transport.Config)) string {
	t.Helper()
	lift := sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRaw, Raw: func(connection net.Conn, _ *server.Request) { answer(connection) }})
	defer lift()
	client := newClient(t, change...)
	client.credentialsTimeout = 0
	var logged bytes.Buffer
	result, err := requestsToGitLab[name](tflogtest.RootLogger(t.Context(), &logged), client.At(sb.GitLab.URL(), hostileToken))
	return fmt.Sprintf("%v\n%+v\n%#v\n%s\n%s", err, err, err, hostile.Words(result), &logged)
}

func sends(text string) func(net.Conn) {
	return func(connection net.Conn) { _, _ = io.WriteString(connection, text) }
}

// Whatever a server repeats of what it was sent, in whatever place and form, is in
// no error, no words and no log.
func TestHostile_echoes(t *testing.T) {
	t.Parallel()
	channels, disguises := hostile.Channels(server.GitLab), hostile.Disguises()
	var tried atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d answers: %d requests, %d channels, %d disguises", tried.Load(), len(requestsToGitLab), len(channels), len(disguises))
		figures.Add(t, figures.Hostile, tried.Load())
	})
	for name := range requestsToGitLab {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			for channel, answer := range channels {
				for disguise, disguised := range disguises {
					// Every disguise in every channel of two requests, and every request with those that are nearest to
					// hand.
					if name != "self" && name != "mint" && disguise != "plain" && disguise != "percent" && disguise != "base64" {
						continue
					}
					said := attempt(t, sb, name, sends(answer(disguised(hostileToken))))
					tried.Add(1)
					if shown := hostile.Shown(said, hostileToken); shown != "" {
						t.Errorf("%s, %s: %q shows in %s", channel, disguise, shown, said)
					}
				}
			}
		})
	}
}

// A token that was made earlier is hidden, too.
func TestHostile_lateEchoes(t *testing.T) {
	t.Parallel()
	sb := startSandbox(t)
	client := newClient(t)
	group := Resource{Kind: KindGroup, ID: "acme"}
	minted, err := client.At(sb.GitLab.URL(), sb.GitLab.Token("admin-management").Value).Mint(t.Context(), group, options())
	if err != nil {
		t.Fatal(err)
	}
	for channel, answer := range hostile.Channels(server.GitLab) {
		lift := sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRaw, Raw: func(connection net.Conn, _ *server.Request) {
			_, _ = io.WriteString(connection, answer(minted.Value()))
		}})
		err := client.At(sb.GitLab.URL(), hostileToken).Revoke(t.Context(), group, 7)
		if strings.Contains(fmt.Sprint(err), minted.Value()[12:]) {
			t.Errorf("%s: it shows in %v", channel, err)
		}
		lift()
	}
}

// A credential that a server quotes is hidden, though this process has never seen
// it.
func TestHostile_unknownCredentials(t *testing.T) {
	t.Parallel()
	sb, tried := startSandbox(t), 0
	for _, name := range []string{"self", "target", "list", "mint", "revoke"} {
		for channel, answer := range hostile.OwnChannels(server.GitLab) {
			for credential, quoted := range hostile.Unknown() {
				said := attempt(t, sb, name, sends(answer(quoted.Text)))
				tried++
				if shown := hostile.Shown(said, quoted.Secret); shown != "" {
					t.Errorf("%s, %s, %s: %q shows in %s", name, channel, credential, shown, said)
				}
			}
		}
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}

// No character that a terminal obeys comes through.
func TestHostile_terminal(t *testing.T) {
	t.Parallel()
	sb, tried := startSandbox(t), 0
	for name := range requestsToGitLab {
		for channel, answer := range hostile.Channels(server.GitLab) {
			said := attempt(t, sb, name, sends(answer(hostile.Obeyed)))
			tried++
			if obeyed := hostile.ObeyedIn(said); obeyed != "" {
				t.Errorf("%s, %s: %+q comes through in %q", name, channel, obeyed, said)
			}
		}
	}
	t.Logf("%d answers", tried)
	figures.Add(t, figures.Hostile, int64(tried))
}

// What an answer makes this process allocate is bounded, however it is made. The
// sandbox is in this process, too, and nothing runs beside.
func TestHostile_bombs(t *testing.T) { //nolint:paralleltest // It measures.
	const limit = 200 << 20
	sb := startSandbox(t)
	bombs, most := hostile.Bombs(), uint64(0)
	for _, bomb := range slices.Sorted(maps.Keys(bombs)) {
		for _, name := range []string{"self", "list", "mint", "target", "variables"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			said := attempt(t, sb, name, bombs[bomb])
			runtime.ReadMemStats(&after)
			cost := after.TotalAlloc - before.TotalAlloc
			if most = max(most, cost); cost > limit {
				t.Errorf("%s, %s: %d MiB", bomb, name, cost>>20)
			}
			if len(said) > 100_000 {
				t.Errorf("%s, %s: it is told in %d bytes", bomb, name, len(said))
			}
		}
	}
	t.Logf("%d answers; the dearest takes %d MiB", 5*len(bombs), most>>20)
	figures.Add(t, figures.Hostile, int64(5*len(bombs)))
}

// No answer takes longer than the request's timeout.
func TestHostile_endless(t *testing.T) {
	t.Parallel()
	const timeout = 300 * time.Millisecond
	for answer, send := range hostile.Endless() {
		for _, name := range []string{"self", "list", "mint", "target", "variables"} {
			t.Run(answer+", "+name, func(t *testing.T) {
				t.Parallel()
				began := time.Now()
				attempt(t, startSandbox(t), name, send, waitAtMost(timeout))
				if took := time.Since(began); took > timeout+5*time.Second {
					t.Errorf("it takes %s", took)
				}
			})
		}
	}
}

// A list ends at an empty page, and at some page in any case.
func TestHostile_pages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		page  string
		pages int64
		fails bool
	}{
		"empty":     {page: "[]", pages: 1},
		"for ever":  {page: `[{"id":7,"name":"infisical","scopes":["api"],"active":true}]`, pages: maxPages, fails: true},
		"null":      {page: "null", pages: 1},
		"no tokens": {page: `[{}]`, pages: 1, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := startSandbox(t)
			var pages atomic.Int64
			sb.Fail(server.Fault{Server: server.GitLab, Kind: server.FaultRaw, Raw: func(connection net.Conn, _ *server.Request) {
				_, _ = io.WriteString(connection, hostile.HTTP(200, "application/json", tc.page, fmt.Sprintf("X-Next-Page: %d", pages.Add(1)+1)))
			}})
			_, err := newClient(t).At(sb.GitLab.URL(), hostileToken).ListActive(t.Context(), Resource{Kind: KindGroup, ID: "87"}, "infisical")
			if pages.Load() != tc.pages || (err != nil) != tc.fails {
				t.Errorf("%d pages and %v, want %d", pages.Load(), err, tc.pages)
			}
		})
	}
}
