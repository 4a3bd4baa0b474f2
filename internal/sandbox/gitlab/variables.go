package gitlab

import (
	"fmt"
	"maps"
	"net/http"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// RunnersToken is a secret that GitLab puts into the entry of a project or group for those who may manage it.
func (g *Server) RunnersToken() string { return g.runnersToken }

// listVariables shows them, with their values, to those who may change them: Maintainers of a project, Owners of a
// group, and custom roles with admin_cicd_variables. A token with read_api alone may list them, too, and change none.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/ci/variables.rb and group_variables.rb
//
// A project without CI/CD: the newest versions refuse, those around 17 did not. What an archived or ending project
// answers is an inference from config/authz/permission_groups/internal/project/archived.yml, which does not name the
// ability.
func (g *Server) listVariables(c *call, r Resource) server.Reply {
	condition := g.conditionOf(r.key())
	switch {
	case !g.may(c.user.ID, r, leastManager(r), AdminCICDVariables),
		condition.cicdOff && !g.older,
		r.key().kind == groupType && g.endsOrArchived(r):
		return message(http.StatusForbidden, "403 Forbidden")
	}
	shown := []any{}
	for _, v := range condition.variables {
		shown = append(shown, map[string]any{
			"variable_type": "env_var", "key": v.key, "value": v.value, "hidden": false, "protected": false, "masked": false, "raw": false,
			"environment_scope": "*", "description": nil,
		})
	}
	return g.pageOf(c, shown)
}

// endsOrArchived: config/authz/permission_groups/internal/group/archived.yml takes the abilities of an Owner away.
func (g *Server) endsOrArchived(r Resource) bool {
	return g.archived(r) || g.conditionOf(r.key()).deletionDate != ""
}

// listHooks shows them to those who may change them. Community editions have none for groups. Others list them for
// every Owner, licence or not; what the licence decides is whether they are delivered.
// https://docs.gitlab.com/api/project_webhooks/, https://docs.gitlab.com/api/group_webhooks/
func (g *Server) listHooks(c *call, r Resource) server.Reply {
	if !g.may(c.user.ID, r, leastManager(r), AdminWebHook) {
		return message(http.StatusForbidden, "403 Forbidden")
	}
	shown := []any{}
	for i, address := range g.conditionOf(r.key()).hookAddresses {
		shown = append(shown, map[string]any{"id": i + 1, "url": address, "push_events": true, "enable_ssl_verification": true})
	}
	return g.pageOf(c, shown)
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
