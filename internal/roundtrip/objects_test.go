package roundtrip_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// block is a configuration, or a nested object of one.
type block = map[string]any

// An object is one that can be written in several ways, with values of its attributes to draw.
type object struct {
	typeName string
	// plain is a configuration that works, with a number in its name.
	plain func(w *world, n int) block
	// draws are the attributes, by path.
	draws map[string]draw
	// stored are what a path reads as in all ways but the apply; nil for as it is written.
	stored map[string]func(w *world, value any) any
	// local are not sent to Infisical, and come back by the apply only.
	local []string
	// generated completes what generated configuration leaves out.
	generated block
}

type draw func(w *world) any

// world is a pair of servers.
type world struct {
	*source
	servers    *acctest.Servers
	infisical  *infisical.Server
	gitlab     *gitlab.Server
	connection infisical.Connection
}

// spelled are projects and groups of GitLab, by path, with their ids.
var spelled = map[string]func(g *gitlab.Server) int{
	"acme/app":               func(g *gitlab.Server) int { return g.Project("acme/app").ID },
	"acme/platform/apps/api": func(g *gitlab.Server) int { return g.Project("acme/platform/apps/api").ID },
}

func (w *world) target() block {
	path := of(w.source, slices.Sorted(maps.Keys(spelled))...)
	return of(w.source,
		block{"project": path}, block{"project": fmt.Sprint(spelled[path](w.gitlab))},
		block{"group": "acme/platform"}, block{"group": fmt.Sprint(w.gitlab.Group("acme/platform").ID)}, block{"project": w.text()}, block{"group": w.text()})
}

func texts(w *world) any { return w.text() }

func flag(w *world) any { return w.IntN(2) == 0 }

func oneOf(words ...string) draw {
	return func(w *world) any {
		return of(w.source, append(words, w.text(), strings.ToUpper(words[0]), words[0]+" ")...)
	}
}

func names(w *world) any { return w.slug() }

// trimmed is how Infisical stores a description.
func trimmed(_ *world, value any) any {
	return strings.TrimFunc(value.(string), func(r rune) bool { return r != '\u0085' && strings.TrimSpace(string(r)) == "" || r == '\ufeff' })
}

func durations(w *world) any {
	return of(w.source, "5m", "45s", "1h0m30s", "0.5h", "1m ", "300000ms", "1.5m", "+5m", "5 m", "-5m", "0", w.text())
}

var connections = object{
	typeName: "infisical_gitlab_connection",
	plain: func(w *world, n int) block {
		return block{"name": fmt.Sprintf("c-%d", n), "access_token": block{"type": "group", "value_wo": w.servers.Token}}
	},
	draws: map[string]draw{
		"name":        names,
		"description": texts,
		"project_id": func(w *world) any {
			return of(w.source, w.servers.ProjectID, strings.ToUpper(w.servers.ProjectID), w.text())
		},
		"token_validation": oneOf("off", "warn", "enforce"),
		"instance_url": func(w *world) any {
			at := w.servers.InstanceURL
			return of(w.source, at, at+"/", strings.ToUpper(at), " "+at, at+"//", at+"/"+w.text(), at)
		},
		"use_cases": func(w *world) any {
			uses := []string{"project_secret_sync", "group_secret_sync", "project_secret_scanning", "group_secret_scanning"}
			w.Shuffle(len(uses), func(i, j int) { uses[i], uses[j] = uses[j], uses[i] })
			return append(uses[:w.IntN(5)], of(w.source, [][]string{nil, nil, nil, {w.text()}}...)...)
		},
		"access_token.value_wo_version": func(w *world) any { return of(w.source, 0, 1, 7, 1<<31, -1) },
		"access_token.value_wo":         func(w *world) any { return of(w.source, w.servers.Token, w.servers.Token+"\n", " "+w.servers.Token) },
	},
	stored:    map[string]func(*world, any) any{"description": trimmed},
	local:     []string{"token_validation", "use_cases", "access_token.value_wo_version", "access_token.value_wo"},
	generated: block{"access_token": block{"type": "group"}},
}

var managed = object{
	typeName: connections.typeName,
	plain: func(_ *world, n int) block {
		return block{"name": fmt.Sprintf("m-%d", n), "use_cases": []string{"group_secret_sync"}, "managed_access_token": block{"group": "acme/platform"}}
	},
	draws: map[string]draw{
		"name":        names,
		"description": texts,
		"managed_access_token.group": func(w *world) any {
			return of(w.source, "acme", "acme/platform", "Acme/Platform", fmt.Sprint(w.gitlab.Group("acme/platform").ID), w.text())
		},
		"managed_access_token.access_level":       oneOf("owner", "maintainer"),
		"managed_access_token.expiration_days":    func(w *world) any { return of(w.source, 1, 2, 60, 90, 200, 364, 365, 366) },
		"managed_access_token.rotate_before_days": func(w *world) any { return of(w.source, 0, 1, 30, 59, 100, 364) },
		"managed_access_token.scopes": func(w *world) any {
			return of(w.source, []string{}, []string{"api"}, []string{"api", "read_repository"}, []string{"self_rotate", "api"}, []string{w.text()})
		},
		"managed_access_token.rotation_triggers": func(w *world) any {
			triggers := block{}
			for range w.IntN(4) {
				triggers[w.text()] = w.text()
			}
			return triggers
		},
	},
	stored: map[string]func(*world, any) any{"description": trimmed},
	local: []string{
		"managed_access_token.group", "managed_access_token.access_level", "managed_access_token.expiration_days", "managed_access_token.rotate_before_days",
		"managed_access_token.scopes", "managed_access_token.rotation_triggers",
	},
	generated: block{"access_token": block{"type": "group"}},
}

var syncs = object{
	typeName: "infisical_gitlab_secret_sync",
	plain: func(w *world, n int) block {
		return block{
			"name": fmt.Sprintf("s-%d", n), "project_id": w.servers.ProjectID, "connection_id": w.connection.ID, "source": block{"environment": "prod"},
			"target": block{"project": "acme/app"}, "variables": block{"unmanaged": "keep"},
		}
	},
	draws: map[string]draw{
		"name":             names,
		"description":      texts,
		"auto_sync":        flag,
		"wait_for_sync":    flag,
		"on_destroy":       oneOf("keep", "keep", "remove_variables"),
		"token_validation": oneOf("off", "warn", "enforce"),
		"source.environment": func(w *world) any {
			slug := w.slug()
			w.infisical.AddEnvironment(w.servers.ProjectID, slug)
			return of(w.source, slug, slug, "prod", "dev", "PROD")
		},
		"source.secret_path": func(w *world) any {
			var path strings.Builder
			for range w.IntN(4) {
				path.WriteString("/" + of(w.source, w.text, w.word, w.slug)())
			}
			return of(w.source, "/", "/api", asTerraform(path.String()), asTerraform(path.String()), path.String()+"/")
		},
		"source.include_subfolders": flag,
		"target":                    func(w *world) any { return w.target() },
		"target.environment_scope": func(w *world) any {
			return of(w.source, "*", "prod  uction", "review/*", "production ", " *", "${CI}", w.made("aZ09_/${}.* -"), w.made("aZ09_/${}.* -"), w.text())
		},
		"variables.protected": flag,
		"variables.masked":    flag,
		"variables.hidden":    flag,
		"variables.unmanaged": oneOf("keep", "delete"),
		"variables.key_schema": func(w *world) any {
			return of(w.source, w.made("AZ_09"), w.word(), "", w.text()) + "{{secretKey}}" + of(w.source, "", "_{{environment}}", w.made("_A"), w.text())
		},
		"timeouts.create": durations,
		"timeouts.update": durations,
		"timeouts.delete": durations,
	},
	stored: map[string]func(*world, any) any{"description": trimmed, "target": byID},
	local:  []string{"wait_for_sync", "on_destroy", "token_validation", "timeouts.create", "timeouts.update", "timeouts.delete"},
}

// byID is a target as Infisical knows it.
func byID(w *world, value any) any {
	named := value.(block) //nolint:forcetypeassert // It is what target draws.
	for kind, name := range named {
		switch id := spelled[fmt.Sprint(name)]; {
		case id != nil:
			return block{kind: fmt.Sprint(id(w.gitlab))}
		case name == "acme/platform":
			return block{kind: fmt.Sprint(w.gitlab.Group("acme/platform").ID)}
		}
	}
	return named
}

var scans = object{
	typeName: "infisical_gitlab_secret_scanning_data_source",
	plain: func(w *world, n int) block {
		return block{
			"name": fmt.Sprintf("d-%d", n), "project_id": w.infisical.ScanningProject, "connection_id": w.connection.ID,
			"target": block{"group": "acme/platform"},
		}
	},
	draws: map[string]draw{
		"name":             names,
		"description":      texts,
		"auto_scan":        flag,
		"token_validation": oneOf("off", "warn", "enforce"),
		"target":           func(w *world) any { return w.target() },
		"target.include_projects": func(w *world) any {
			paths := []string{}
			for range w.IntN(4) {
				paths = append(paths, of(w.source, "acme/platform/apps/api", "*", "acme/"+w.made("abc-_.")+"x", "acme/platform/a.b_c", w.text()))
			}
			slices.Sort(paths)
			return slices.Compact(paths)
		},
	},
	stored: map[string]func(*world, any) any{"description": trimmed, "target": byID},
	local:  []string{"token_validation"},
}

// at is the value at a path such as "source.secret_path".
func at(value tftypes.Value, path string) tftypes.Value {
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]tftypes.Value
		if value.IsNull() || value.As(&members) != nil {
			return value
		}
		value = members[name]
	}
	return value
}

// put writes a value at a path, or removes it when that is nil. A block is merged with what is there.
func put(config block, path string, value any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, _ := config[name].(block)
		inner = maps.Clone(inner)
		if inner == nil {
			inner = block{}
		}
		config[name] = inner
		config = inner
	}
	last := names[len(names)-1]
	if value == nil {
		delete(config, last)
		return
	}
	config[last] = value
}
