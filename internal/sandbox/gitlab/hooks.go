package gitlab

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A Hook is a webhook of a project or group.
type Hook struct {
	ID        int
	URL, Name string
	// Token and the values of CustomHeaders GitLab never shows.
	Token         string
	CustomHeaders map[string]string

	PushEvents, SSLVerification bool

	// GitLab switches a webhook off after failures in a row: until a time, and after many of them for good.
	DisabledUntil   time.Time
	DisabledForGood bool
}

// RemoveHook deletes a webhook, as somebody does by hand.
func (g *Server) RemoveHook(r Resource, id int) {
	g.change(r, func(c *condition) { c.hooks = slices.DeleteFunc(c.hooks, func(h *Hook) bool { return h.ID == id }) })
}

// ChangeHook changes a webhook, as failed calls do, or somebody by hand.
func (g *Server) ChangeHook(r Resource, id int, f func(*Hook)) {
	g.change(r, func(c *condition) {
		i := slices.IndexFunc(c.hooks, func(h *Hook) bool { return h.ID == id })
		if i < 0 {
			panic("sandbox: no webhook has the id " + strconv.Itoa(id))
		}
		f(c.hooks[i])
	})
}

// Hooks are the webhooks of a project or group.
func (g *Server) Hooks(r Resource) []Hook {
	g.mu.Lock()
	defer g.mu.Unlock()
	var hooks []Hook
	for _, hook := range g.conditionOf(r.key()).hooks {
		hooks = append(hooks, *hook)
	}
	return hooks
}

func (g *Server) addHook(r Resource, hook Hook) *Hook {
	g.lastHookID++
	hook.ID = g.lastHookID
	condition := g.conditionOf(r.key())
	condition.hooks = append(condition.hooks, &hook)
	return &hook
}

// shown is a webhook as GitLab answers. One that is off for good has no end of that.
// https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
func (h *Hook) shown(now time.Time) map[string]any {
	status, until := "executable", any(nil)
	switch {
	case h.DisabledForGood:
		status = "disabled"
	case h.DisabledUntil.After(now):
		status, until = "temporarily_disabled", h.DisabledUntil.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	headers := []any{}
	for key := range h.CustomHeaders {
		headers = append(headers, map[string]any{"key": key})
	}
	return map[string]any{
		"id": h.ID, "url": h.URL, "name": h.Name, "push_events": h.PushEvents, "enable_ssl_verification": h.SSLVerification,
		"custom_headers": headers, "alert_status": status, "disabled_until": until,
	}
}

// managingHooks lets those through who may change webhooks: Maintainers of a project, Owners of a group, and custom
// roles with admin_web_hook. Community editions have none for groups. Others list them for every Owner, license or not,
// and, which is an inference, create them; what the license decides is whether they are delivered.
// https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
func (g *Server) managingHooks(next resourceHandler) resourceHandler {
	return func(c *call, r Resource) server.Reply {
		if !g.may(c.user.ID, r, leastManager(r), AdminWebHook) {
			return message(http.StatusForbidden, "403 Forbidden")
		}
		return next(c, r)
	}
}

// ofHook finds the webhook of a call.
func (g *Server) ofHook(next func(*call, Resource, *Hook) server.Reply) resourceHandler {
	return g.managingHooks(func(c *call, r Resource) server.Reply {
		for _, hook := range g.conditionOf(r.key()).hooks {
			if strconv.Itoa(hook.ID) == c.PathValue("hook_id") {
				return next(c, r, hook)
			}
		}
		return message(http.StatusNotFound, "404 Not found")
	})
}

func (g *Server) listHooks(c *call, r Resource) server.Reply {
	shown := []any{}
	for _, hook := range g.conditionOf(r.key()).hooks {
		shown = append(shown, hook.shown(g.now()))
	}
	return g.pageOf(c, shown)
}

func (g *Server) createHook(c *call, r Resource) server.Reply {
	hook := Hook{PushEvents: true, SSLVerification: true}
	if failure := hook.take(c.params); failure != nil {
		return *failure
	}
	return server.Reply{Status: http.StatusCreated, Body: g.addHook(r, hook).shown(g.now())}
}

func (g *Server) updateHook(c *call, _ Resource, hook *Hook) server.Reply {
	changed := *hook
	if failure := changed.take(c.params); failure != nil {
		return *failure
	}
	*hook = changed
	return server.Reply{Status: http.StatusOK, Body: hook.shown(g.now())}
}

func (g *Server) deleteHook(_ *call, r Resource, hook *Hook) server.Reply {
	condition := g.conditionOf(r.key())
	condition.hooks = slices.DeleteFunc(condition.hooks, func(h *Hook) bool { return h == hook })
	return server.Reply{Status: http.StatusNoContent}
}

// take takes over the fields that are given. The address is required, also to change another field.
func (h *Hook) take(params map[string]any) *server.Reply {
	if text(params["url"]) == "" {
		return new(grapeError("url is missing"))
	}
	h.URL = text(params["url"])
	if name, given := params["name"]; given {
		h.Name = text(name)
	}
	if token, given := params["token"]; given {
		h.Token = text(token)
		secrets.Register(h.Token)
	}
	for name, field := range map[string]*bool{"push_events": &h.PushEvents, "enable_ssl_verification": &h.SSLVerification} {
		given, ok := params[name]
		if !ok {
			continue
		}
		value, valid := boolean(given)
		if !valid {
			return new(grapeError(name + " is invalid"))
		}
		*field = value
	}
	headers, _ := params["custom_headers"].([]any)
	for _, header := range headers {
		if header, ok := header.(map[string]any); ok {
			if h.CustomHeaders == nil {
				h.CustomHeaders = map[string]string{}
			}
			h.CustomHeaders[text(header["key"])] = text(header["value"])
		}
	}
	return nil
}
