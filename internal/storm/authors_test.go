package storm_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
)

const (
	connectionType = "infisical_gitlab_connection"
	syncType       = "infisical_gitlab_secret_sync"
	scanType       = "infisical_gitlab_secret_scanning_data_source"

	mostConnections, mostSyncs, mostScans = 2, 4, 2
)

type object = map[string]any

// edit is what the author of a configuration does, of which the next apply of that workspace makes something.
func (w *world) edit(ws *workspace) {
	edits := map[string]func(*workspace){
		"add sync":          w.addSync,
		"add scan":          w.addScan,
		"drop block":        w.dropBlock,
		"rename block":      w.renameBlock,
		"change sync":       w.changer(syncType, syncAttributes),
		"change sync again": w.changer(syncType, syncAttributes), // There is most to change of these.
		"change scan":       w.changer(scanType, scanAttributes),
		"change connection": w.changer(connectionType, connectionAttributes),
		"change lifecycle":  w.changeLifecycle,
	}
	edits[choose(w, "edit", slices.Sorted(maps.Keys(edits))...)](ws)
}

// attribute is one of a block, and what its author may write there.
type attribute struct {
	path string
	// draw returns the value; of a target, it replaces the place alone.
	draw func(*world, *workspace) any
}

func oneOf(values ...any) func(*world, *workspace) any {
	return func(w *world, _ *workspace) any { return choose(w, "value", values...) }
}

var folders = []string{"/", "/app"}

var syncAttributes = []attribute{
	{"target.place", func(w *world, _ *workspace) any { return w.drawPlace(true) }},
	{"target.environment_scope", oneOf("*", "*", "production")},
	{"source.secret_path", oneOf("/", "/app")},
	{"source.environment", oneOf("prod", "prod", "staging")},
	{"source.include_subfolders", oneOf(nil, true)},
	{"variables.unmanaged", oneOf("keep", "keep", "delete")},
	{"variables.key_schema", oneOf(nil, nil, "INF_{{secretKey}}")},
	{"variables.protected", oneOf(nil, true)},
	{"variables.masked", oneOf(nil, true)},
	{"variables.hidden", oneOf(nil, nil, true)},
	{"on_destroy", oneOf(nil, "keep", "remove_variables", "remove_variables")},
	{"connection_id", func(w *world, ws *workspace) any { return w.connection(ws) }},
	{"name", oneOf("a", "b", "new")},
	{"description", oneOf(nil, "one", "two")},
	{"auto_sync", oneOf(nil, true, false)},
	{"wait_for_sync", oneOf(nil, true, false)},
	{"token_validation", oneOf(nil, "warn", "off")},
	{"timeouts", oneOf(nil, object{"create": "2s", "update": "2s", "delete": "2s"})},
}

// drawnAtFirst are those of a new sync.
var drawnAtFirst = []string{
	"target.place", "target.environment_scope", "source.secret_path", "variables.unmanaged", "variables.key_schema", "on_destroy", "connection_id",
}

var scanAttributes = []attribute{
	{"target.place", func(w *world, _ *workspace) any { return w.drawPlace(false) }},
	{"connection_id", func(w *world, ws *workspace) any { return w.connection(ws) }},
	{"name", oneOf("x", "y", "new")},
	{"description", oneOf(nil, "one", "two")},
	{"auto_scan", oneOf(nil, true, false)},
	{"token_validation", oneOf(nil, "warn", "off")},
}

var connectionAttributes = []attribute{
	{"name", oneOf("c", "d", "new")},
	{"description", oneOf(nil, "one", "two")},
	{"use_cases", oneOf(everyUse, append([]string{"group_secret_scanning"}, everyUse...))},
	{"token_validation", oneOf(nil, "warn", "off")},
	{"token", (*world).drawToken},
}

// set gives an attribute another value.
func (w *world) set(ws *workspace, config object, a attribute) {
	value, path := a.draw(w, ws), strings.Split(a.path, ".")
	switch a.path {
	case "name":
		value = ws.name + "-" + value.(string)
	case "timeouts":
		w.hasty = w.hasty || value != nil
	case "token": // One or the other.
		delete(config, "access_token")
		delete(config, "managed_access_token")
		maps.Copy(config, value.(object))
		return
	case "target.place":
		place := maps.Clone(value.(object))
		if before, ok := config["target"].(object); ok && before["environment_scope"] != nil {
			place["environment_scope"] = before["environment_scope"]
		}
		config["target"] = place
		return
	}
	if len(path) == 1 {
		config[path[0]] = value
		return
	}
	nested := object{}
	if before, ok := config[path[0]].(object); ok {
		nested = maps.Clone(before)
	}
	nested[path[1]], config[path[0]] = value, nested
}

// drawPlace names a project, or a group, by its id, by its path, or by a path that is known only in the apply.
func (w *world) drawPlace(groups bool) object {
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(w.places)) {
		if _, isGroup := w.places[path].(gitlab.Group); groups || !isGroup {
			paths = append(paths, path)
		}
	}
	path := choose(w, "place", paths...)
	kind := "project"
	if _, isGroup := w.places[path].(gitlab.Group); isGroup {
		kind = "group"
	}
	switch choose(w, "named by", "path", "id", "path", "id", "later") {
	case "id":
		return object{kind: strconv.Itoa(idOf(w.places[path]))}
	case "later":
		return object{kind: acctest.Later{Value: path}}
	}
	return object{kind: path}
}

// drawToken is one of the user's own, or one that the connection manages.
func (w *world) drawToken(*workspace) any {
	if w.providerToken && w.maybe(2, "managed") {
		return object{"managed_access_token": object{"group": "acme", "rotation_triggers": object{"turn": choose(w, "turn", "1", "2")}}}
	}
	return object{"access_token": w.ownToken(choose(w, "token", "personal", "personal", "group", "personal without an end"))}
}

// ownToken is a new one, which nobody else uses.
func (w *world) ownToken(kind string) object {
	kind, rest, _ := strings.Cut(kind, " ")
	spec := gitlab.TokenSpec{Name: fmt.Sprintf("own %d", len(w.gitlab.Tokens())), Scopes: []string{"api", "read_repository"}}
	if spec.User = w.gitlab.User("ada"); kind == "group" {
		spec.Resource, spec.AccessLevel = w.gitlab.Group("acme"), gitlab.OwnerAccess
	}
	if rest == "" {
		spec.ExpiresAt = new(w.clock.Now().AddDate(0, 0, 180).Format(time.DateOnly))
	}
	return object{"type": kind, "value_wo": w.gitlab.AddToken(spec).Value}
}

var everyUse = []string{"project_secret_sync", "group_secret_sync", "project_secret_scanning"}

// connection refers to one of the workspace's, which is added if it is missing.
func (w *world) connection(ws *workspace) acctest.Reference {
	for i := range mostConnections {
		address := fmt.Sprintf("%s.c%d", connectionType, i+1)
		if ws.blocks[address] != nil && (i == mostConnections-1 || w.maybe(2, "this connection")) {
			return acctest.Reference{Address: address, Attribute: "id"}
		}
		if ws.blocks[address] == nil {
			config := object{"name": fmt.Sprintf("%s-c%d", ws.name, i+1), "use_cases": everyUse}
			w.set(ws, config, connectionAttributes[len(connectionAttributes)-1])
			w.add(ws, address, config)
			return acctest.Reference{Address: address, Attribute: "id"}
		}
	}
	panic("there is always a last one")
}

func (w *world) add(ws *workspace, address string, config object) {
	ws.blocks[address] = &acctest.Block{Address: address, Config: config}
	w.tells("%s adds %s: %s", ws.name, address, shown(config))
}

func (w *world) addSync(ws *workspace) {
	key := choose(w, "sync", "a", "b", "c", "d")
	if len(ws.blocksOf(syncType)) == mostSyncs || ws.blocks[syncType+"."+key] != nil {
		return
	}
	config := object{"name": ws.name + "-" + key, "project_id": w.project, "source": object{"environment": "prod"}}
	for _, a := range syncAttributes {
		if slices.Contains(drawnAtFirst, a.path) {
			w.set(ws, config, a)
		}
	}
	if rival := w.rival(); rival != nil {
		config["source"], config["target"], config["variables"] = rival["source"], rival["target"], rival["variables"]
		w.set(ws, config, attributeOf(syncAttributes, choose(w, "differs in", "variables.unmanaged", "source.secret_path", "variables.key_schema")))
	}
	w.add(ws, syncType+"."+key, config)
}

// rival is the configuration of a sync of any workspace that a new one shares its destination with; nil mostly.
func (w *world) rival() object {
	var there []object
	for _, ws := range w.workspaces {
		for _, block := range ws.blocksOf(syncType) {
			there = append(there, block.Config)
		}
	}
	if len(there) == 0 || !w.maybe(2, "a rival") {
		return nil
	}
	return there[rapid.IntRange(0, len(there)-1).Draw(w.T, "of")]
}

func attributeOf(attributes []attribute, path string) attribute {
	return attributes[slices.IndexFunc(attributes, func(a attribute) bool { return a.path == path })]
}

func (w *world) addScan(ws *workspace) {
	key := choose(w, "scan", "x", "y")
	if len(ws.blocksOf(scanType)) == mostScans || ws.blocks[scanType+"."+key] != nil {
		return
	}
	config := object{"name": ws.name + "-" + key, "project_id": w.infisical.ScanningProject}
	w.set(ws, config, scanAttributes[0])
	w.set(ws, config, scanAttributes[1])
	w.add(ws, scanType+"."+key, config)
}

// dropBlock drops a block, and with a connection all that refers to it.
func (w *world) dropBlock(ws *workspace) {
	dropped := w.blockOf(ws, connectionType, syncType, scanType)
	if dropped == nil {
		return
	}
	w.tells("%s drops %s", ws.name, dropped.Address)
	delete(ws.blocks, dropped.Address)
	for address, block := range ws.blocks {
		if of, ok := block.Config["connection_id"].(acctest.Reference); ok && of.Address == dropped.Address {
			delete(ws.blocks, address)
		}
	}
}

// renameBlock gives a sync or scan another address, with a moved block or without, and then perhaps with another name.
func (w *world) renameBlock(ws *workspace) {
	block := w.blockOf(ws, syncType, scanType)
	if block == nil {
		return
	}
	old, renamed := block.Address, block.Address+"_2"
	if ws.blocks[renamed] != nil || strings.HasSuffix(old, "_2") || ws.module.InState(renamed) {
		return
	}
	delete(ws.blocks, old)
	block.Address, ws.blocks[renamed] = renamed, block
	if w.maybe(2, "moved") {
		w.tells("%s moves %s to %s", ws.name, old, renamed)
		if ws.module.InState(old) {
			ws.module.Moved(old, renamed)
		}
		return
	}
	w.tells("%s renames %s to %s, without a moved block", ws.name, old, renamed)
	block.Config = maps.Clone(block.Config)
	block.Config["name"] = block.Config["name"].(string) + "-2"
}

func (w *world) changeLifecycle(ws *workspace) {
	if block := w.blockOf(ws, connectionType, syncType, scanType); block != nil {
		block.CreateBeforeDestroy = !block.CreateBeforeDestroy
		w.tells("%s sets create_before_destroy = %t of %s", ws.name, block.CreateBeforeDestroy, block.Address)
	}
}

// changer changes an attribute of a block.
func (w *world) changer(typeName string, attributes []attribute) func(*workspace) {
	return func(ws *workspace) {
		block := w.blockOf(ws, typeName)
		if block == nil {
			return
		}
		var paths []string
		for _, a := range attributes {
			paths = append(paths, a.path)
		}
		changed := attributeOf(attributes, choose(w, "attribute", paths...))
		config := maps.Clone(block.Config)
		w.set(ws, config, changed)
		block.Config = config
		w.tells("%s changes %s of %s: %s", ws.name, changed.path, block.Address, shown(config))
	}
}

// blockOf chooses a block; nil when there is none.
func (w *world) blockOf(ws *workspace, types ...string) *acctest.Block {
	var addresses []string
	for _, block := range ws.blocksOf(types...) {
		addresses = append(addresses, block.Address)
	}
	if len(addresses) == 0 {
		return nil
	}
	return ws.blocks[choose(w, "block", addresses...)]
}

// shown is a configuration without what says nothing.
func shown(config object) string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(config)) {
		switch value := config[name].(type) {
		case nil:
		case object:
			said = append(said, fmt.Sprintf("%s = { %s }", name, shown(value)))
		case acctest.Reference:
			said = append(said, fmt.Sprintf("%s = %s.%s", name, value.Address, value.Attribute))
		default:
			if !strings.HasSuffix(name, "project_id") && name != "value_wo" {
				said = append(said, fmt.Sprintf("%s = %v", name, value))
			}
		}
	}
	return strings.Join(said, ", ")
}
