package connection_test

import (
	"maps"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// block is a configuration, or a nested object of one.
type block = map[string]any

// managed is the configuration of a connection that makes its own token; changes replace settings of
// managed_access_token.
func managed(changes ...block) block {
	token := block{"group": "acme"}
	for _, change := range changes {
		maps.Copy(token, change)
	}
	return block{"name": "platform", "use_cases": []string{"group_secret_sync"}, "managed_access_token": token}
}

// given is the configuration of a connection with a token of the user's.
func given(servers *acctest.Servers) block {
	return block{"name": "platform", "access_token": block{"type": "group", "value_wo": servers.Token}}
}

// workspace is a connection in a workspace of its own.
type workspace struct {
	*acctest.Workspace
	t *testing.T
	// before are the connections that an operation begins with, none if one of them is deposed.
	before []infisical.Connection
	// application is Infisical's at GitLab; empty when there is none.
	application gitlab.Application
}

func newWorkspace(t *testing.T, options ...sandbox.Option) *workspace {
	t.Helper()
	return &workspace{Workspace: acctest.NewWorkspace(t, resourceType, options...), t: t}
}

// newManaging is a workspace whose provider has a GitLab token, for stories that are about one.
func newManaging(t *testing.T, options ...sandbox.Option) *workspace {
	t.Helper()
	w := newWorkspace(t, options...)
	w.HoldToken()
	return w
}

func holdsToken(w *workspace) { w.HoldToken() }

// beside is another workspace with the same servers, and with the GitLab token that this one's provider has.
func (w *workspace) beside() *workspace {
	other := newWorkspace(w.t)
	other.Servers, other.Clock = w.Servers, w.Clock
	other.Environment, other.Configuration = other.Hasty(), other.Settings()
	settings, _ := w.Configuration["gitlab"].(block)
	other.Manage(block{"token": settings["token"]})
	return other
}
