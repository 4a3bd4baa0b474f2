package gitlab

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A Variable is a CI/CD variable of a project or group.
type Variable struct {
	Key, Value       string
	Type             string // env_var or file
	Description      string // "" is none
	EnvironmentScope string

	Protected, Masked, Hidden, Raw bool
}

// AddVariable adds a CI/CD variable to a project or group, unchecked.
func (g *Server) AddVariable(r Resource, v Variable) {
	v.EnvironmentScope, v.Type = cmp.Or(v.EnvironmentScope, "*"), cmp.Or(v.Type, "env_var")
	g.change(r, func(c *condition) { c.variables = append(c.variables, v) })
}

// SetVariableValue changes the value of the variables with a key, as somebody does by hand.
func (g *Server) SetVariableValue(r Resource, key, value string) {
	g.change(r, func(c *condition) {
		for i := range c.variables {
			if c.variables[i].Key == key {
				c.variables[i].Value = value
			}
		}
	})
}

// RemoveVariable deletes the variables with a key, as somebody does by hand.
func (g *Server) RemoveVariable(r Resource, key string) {
	g.change(r, func(c *condition) {
		c.variables = slices.DeleteFunc(c.variables, func(v Variable) bool { return v.Key == key })
	})
}

// Variables are those of a project or group, with their values, hidden or not.
func (g *Server) Variables(r Resource) []Variable {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.conditionOf(r.key()).variables)
}

// SetVariableLimits sets how many variables a project and a group may have: 8000 and 30000, as GitLab's defaults are.
// https://docs.gitlab.com/administration/instance_limits/#cicd-variable-limits
func (g *Server) SetVariableLimits(ofProject, ofGroup int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.variableLimits = map[resourceType]int{projectType: ofProject, groupType: ofGroup}
}

// EndLicense makes GitLab one on the free plan, of GitLab.com or self-managed, which drops the environment scope of
// group variables without a word: they are all in the scope *.
// https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
func (g *Server) EndLicense() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unlicensed = true
}

// RunnersToken is a secret that GitLab puts into the entry of a project or group for those who may manage it.
func (g *Server) RunnersToken() string { return g.runnersToken }

// managingVariables lets those through who may change the variables: Maintainers of a project, Owners of a group, and
// custom roles with admin_cicd_variables. A token with read_api alone may list them, too, and change none.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/ci/variables.rb and group_variables.rb
//
// A project without CI/CD: the newest versions refuse, those around 17 did not. What an archived or ending project
// answers is an inference from config/authz/permission_groups/internal/project/archived.yml, which does not name the
// ability.
func (g *Server) managingVariables(next resourceHandler) resourceHandler {
	return func(c *call, r Resource) server.Reply {
		switch {
		case !g.may(c.user.ID, r, leastManager(r), AdminCICDVariables),
			g.conditionOf(r.key()).cicdOff && !g.older,
			r.key().kind == groupType && g.endsOrArchived(r):
			return message(http.StatusForbidden, "403 Forbidden")
		}
		if (g.unlicensed || g.ce) && r.key().kind == groupType {
			delete(c.params, "environment_scope")
		}
		return next(c, r)
	}
}

// endsOrArchived: config/authz/permission_groups/internal/group/archived.yml takes the abilities of an Owner away.
func (g *Server) endsOrArchived(r Resource) bool {
	return g.archived(r) || g.conditionOf(r.key()).deletionDate != ""
}

func (g *Server) listVariables(c *call, r Resource) server.Reply {
	shown := []any{}
	for _, v := range g.conditionOf(r.key()).variables {
		shown = append(shown, v.shown())
	}
	return g.pageOf(c, shown)
}

// shown hides the value of a hidden variable everywhere, in the answer to its creation, too.
func (v Variable) shown() map[string]any {
	var value, description any = v.Value, v.Description
	if v.Hidden {
		value = nil
	}
	if v.Description == "" {
		description = nil
	}
	return map[string]any{
		"variable_type": v.Type, "key": v.Key, "value": value, "hidden": v.Hidden, "protected": v.Protected, "masked": v.Masked,
		"raw": v.Raw, "environment_scope": v.EnvironmentScope, "description": description,
	}
}

func (g *Server) showVariable(c *call, r Resource) server.Reply {
	at, failure := g.variableOf(c, r, true)
	if failure != nil {
		return *failure
	}
	return server.Reply{Status: http.StatusOK, Body: g.conditionOf(r.key()).variables[at].shown()}
}

func (g *Server) createVariable(c *call, r Resource) server.Reply {
	v := Variable{Type: "env_var", EnvironmentScope: "*"}
	var missing []string
	for _, name := range []string{"key", "value"} {
		if _, ok := c.params[name].(string); !ok {
			missing = append(missing, name+" is missing")
		}
	}
	if missing != nil {
		return grapeError(strings.Join(missing, ", "))
	}
	if failure := v.take(c.params); failure != nil {
		return *failure
	}
	v.Key = strings.TrimSpace(text(c.params["key"]))
	if hidden, _ := boolean(c.params["masked_and_hidden"]); hidden {
		v.Masked, v.Hidden = true, true
	}
	condition := g.conditionOf(r.key())
	if limit := g.variableLimits[r.key().kind]; len(condition.variables) >= limit {
		return invalidVariable("base", fmt.Sprintf("Maximum number of %s ci variables (%d) exceeded", r.key().kind, limit))
	}
	if failure := g.checkVariable(r, v, -1); failure != nil {
		return *failure
	}
	condition.variables = append(condition.variables, v)
	return server.Reply{Status: http.StatusCreated, Body: v.shown()}
}

// updateVariable does not know masked_and_hidden: only new variables can be hidden. Of a group it takes the first of
// several with the key, where all else answers 409.
func (g *Server) updateVariable(c *call, r Resource) server.Reply {
	at, failure := g.variableOf(c, r, r.key().kind == projectType)
	if failure != nil {
		return *failure
	}
	changed := g.conditionOf(r.key()).variables[at]
	if failure := changed.take(c.params); failure != nil {
		return *failure
	}
	if changed.Hidden && !changed.Masked {
		return invalidVariable("base", "The visibility setting cannot be changed for masked and hidden variables.")
	}
	if failure := g.checkVariable(r, changed, at); failure != nil {
		return *failure
	}
	g.conditionOf(r.key()).variables[at] = changed
	return server.Reply{Status: http.StatusOK, Body: changed.shown()}
}

func (g *Server) deleteVariable(c *call, r Resource) server.Reply {
	at, failure := g.variableOf(c, r, true)
	if failure != nil {
		return *failure
	}
	condition := g.conditionOf(r.key())
	condition.variables = slices.Delete(condition.variables, at, at+1)
	return server.Reply{Status: http.StatusNoContent}
}

// variableOf finds the variable of a call by its key and, if given, the scope in filter. A filter that fits none finds
// none, even where there is only one such key.
func (g *Server) variableOf(c *call, r Resource, mustBeOne bool) (int, *server.Reply) {
	scope, filtered := scopeFilter(c.params)
	var found []int
	for i, v := range g.conditionOf(r.key()).variables {
		if v.Key == c.PathValue("key") && (!filtered || v.EnvironmentScope == scope) {
			found = append(found, i)
		}
	}
	switch {
	case len(found) == 0:
		name := map[resourceType]string{projectType: "Variable", groupType: "GroupVariable"}[r.key().kind]
		return 0, new(message(http.StatusNotFound, "404 "+name+" Not Found"))
	case len(found) > 1 && mustBeOne:
		return 0, new(message(http.StatusConflict, "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"))
	}
	return found[0], nil
}

// scopeFilter is filter[environment_scope], from the query or a form, or as an object of JSON.
func scopeFilter(params map[string]any) (string, bool) {
	if scope, ok := params["filter[environment_scope]"].(string); ok {
		return scope, true
	}
	filter, _ := params["filter"].(map[string]any)
	scope, ok := filter["environment_scope"].(string)
	return scope, ok
}

// take takes over the fields that are given, all but the key.
func (v *Variable) take(params map[string]any) *server.Reply {
	for name, field := range map[string]*bool{"protected": &v.Protected, "masked": &v.Masked, "raw": &v.Raw} {
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
	for name, field := range map[string]*string{
		"value": &v.Value, "description": &v.Description, "environment_scope": &v.EnvironmentScope, "variable_type": &v.Type,
	} {
		if _, ok := params[name]; ok {
			*field = text(params[name])
		}
	}
	v.EnvironmentScope = strings.TrimSpace(v.EnvironmentScope) // app/models/concerns/has_environment_scope.rb strips it.
	if v.Type != "env_var" && v.Type != "file" {
		return new(grapeError("variable_type does not have a valid value"))
	}
	return nil
}

// What GitLab accepts: app/models/concerns/ci/has_variable.rb, maskable.rb and has_environment_scope.rb.
var (
	variableKey      = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)
	environmentScope = regexp.MustCompile(`^[a-zA-Z0-9_/${}. *-]+$`)
	maskable         = regexp.MustCompile(`^[a-zA-Z0-9_+=/@:.~-]{8,}$`)
	maskableRaw      = regexp.MustCompile(`^\S{8,}$`)
)

// checkVariable returns why GitLab does not accept a variable; at is its place, -1 for a new one.
func (g *Server) checkVariable(r Resource, v Variable, at int) *server.Reply {
	taken := func(i int, other Variable) bool {
		return i != at && other.Key == v.Key && other.EnvironmentScope == v.EnvironmentScope
	}
	for i, other := range g.conditionOf(r.key()).variables {
		if taken(i, other) {
			return new(invalidVariable("key", "("+v.Key+") has already been taken"))
		}
	}
	fits := maskable
	if v.Raw {
		fits = maskableRaw
	}
	switch {
	case !variableKey.MatchString(v.Key):
		return new(invalidVariable("key", "can contain only letters, digits and '_'."))
	case len(v.Key) > 255:
		return new(invalidVariable("key", "is too long (maximum is 255 characters)"))
	case len(v.EnvironmentScope) > 255:
		return new(invalidVariable("environment_scope", "is too long (maximum is 255 characters)"))
	case !environmentScope.MatchString(v.EnvironmentScope):
		return new(invalidVariable("environment_scope", "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces"))
	case v.Masked && !fits.MatchString(v.Value):
		return new(invalidVariable("value", "is invalid"))
	}
	return nil
}

func invalidVariable(field, reason string) server.Reply {
	return server.Reply{Status: http.StatusBadRequest, Body: map[string]any{"message": map[string]any{field: []string{reason}}}}
}

func text(param any) string {
	given, _ := param.(string)
	return given
}

// boolean takes what Grape takes for one.
func boolean(param any) (value, valid bool) {
	switch param := param.(type) {
	case bool:
		return param, true
	case string:
		value, err := strconv.ParseBool(param)
		return value, err == nil
	}
	return false, param == nil
}

// pageOf cuts a list and adds GitLab's headers, of which Link names the address that GitLab takes for its own.
func (g *Server) pageOf(c *call, all []any) server.Reply {
	shown, header := paginate(c, all)
	header = maps.Clone(header)
	if next := header.Get("X-Next-Page"); next != "" {
		query := c.URL.Query()
		query.Set("page", next)
		header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, g.address(), c.URL.EscapedPath(), query.Encode()))
	}
	return server.Reply{Status: http.StatusOK, Header: header, Body: shown}
}
