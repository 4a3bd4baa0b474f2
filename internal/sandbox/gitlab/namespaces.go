package gitlab

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Visibility of projects and groups.
const (
	Private  = "private"
	Internal = "internal" // for everybody who is signed in
	Public   = "public"
)

// An Ability is what a custom role adds to the access level that it is based on.
// https://docs.gitlab.com/user/custom_roles/abilities/
type Ability string

// The abilities that matter to a connection.
const (
	AdminCICDVariables Ability = "admin_cicd_variables"
	AdminWebHook       Ability = "admin_web_hook"
)

// condition is what can be the matter with a project or group, beyond its name and members.
type condition struct {
	visibility string
	archived   bool
	// tokensForbidden: there are no project and group access tokens, see ForbidAccessTokens.
	tokensForbidden bool
	deletionDate    string   // YYYY-MM-DD, when it is marked for deletion
	cicdOff         bool     // builds_access_level is "disabled"
	oldPaths        []string // of a project, which redirect
	invited         []invitation
	abilities       map[int][]Ability // of custom roles, by user
	variables       []Variable
	hooks           []*Hook
}

// An invitation gives the direct members of a group a role, but none higher than their own.
// https://docs.gitlab.com/user/project/members/sharing_projects_groups/
type invitation struct{ groupID, accessLevel int }

func (g *Server) conditionOf(key resourceKey) *condition {
	if g.conditions[key] == nil {
		g.conditions[key] = &condition{visibility: Private, abilities: map[int][]Ability{}}
	}
	return g.conditions[key]
}

func (g *Server) change(r Resource, f func(*condition)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(g.conditionOf(r.key()))
}

// AddPersonalProject makes a project in the namespace of a person, who owns it.
func (g *Server) AddPersonalProject(owner User, path string) Project {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lastProjectID++
	p := &Project{ID: g.lastProjectID, Name: title(path), Path: path, FullPath: owner.Username + "/" + path, OwnerID: owner.ID}
	g.projects = append(g.projects, p)
	g.setMember(p.key(), owner.ID, OwnerAccess)
	return *p
}

// SetVisibility makes a project or group Private, which it is at first, Internal or Public.
func (g *Server) SetVisibility(r Resource, visibility string) {
	g.change(r, func(c *condition) { c.visibility = visibility })
}

// InviteGroup gives the direct members of a group a role in a project or another group.
func (g *Server) InviteGroup(to Resource, invited Group, accessLevel int) {
	g.change(to, func(c *condition) { c.invited = append(c.invited, invitation{invited.ID, accessLevel}) })
}

// Grant gives a user the abilities of a custom role in a project or group.
func (g *Server) Grant(in Resource, user User, abilities ...Ability) {
	g.change(in, func(c *condition) { c.abilities[user.ID] = abilities })
}

// MakeAdmin makes a user an administrator, who may do everything everywhere and is no member anywhere.
func (g *Server) MakeAdmin(user User) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admins = append(g.admins, user.ID)
}

// Archive archives a project, or a group with everything below it.
func (g *Server) Archive(r Resource) { g.change(r, func(c *condition) { c.archived = true }) }

// SwitchCICDOff switches CI/CD off in a project.
func (g *Server) SwitchCICDOff(p Project) { g.change(p, func(c *condition) { c.cicdOff = true }) }

// RenameProject gives a project another full path in the same namespace. Its old one redirects, until another project
// takes it.
// https://docs.gitlab.com/user/project/repository/#repository-path-changes
func (g *Server) RenameProject(from, to string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.projects {
		if p.FullPath == from {
			g.renameProject(p, to)
			return
		}
	}
	panic("sandbox: no project " + from)
}

func (g *Server) renameProject(p *Project, to string) {
	g.takePath(to)
	condition := g.conditionOf(p.key())
	condition.oldPaths = append(condition.oldPaths, p.FullPath)
	p.FullPath, p.Path = to, to[strings.LastIndex(to, "/")+1:]
}

// takePath ends the redirects from a path that a project gets, for good.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/route.rb (delete_conflicting_redirects)
func (g *Server) takePath(path string) {
	for _, condition := range g.conditions {
		condition.oldPaths = slices.DeleteFunc(condition.oldPaths, func(old string) bool { return strings.EqualFold(old, path) })
	}
}

// MarkForDeletion marks a project or group as one that GitLab deletes on a day. As newer versions do, it gives the path
// a suffix, so that a group is not found by its old one any more, and a project redirects.
// https://docs.gitlab.com/user/project/working_with_projects/#delete-a-project
func (g *Server) MarkForDeletion(r Resource, date string) {
	g.change(r, func(c *condition) { c.deletionDate = date })
	if g.older {
		return
	}
	switch r := r.(type) {
	case Project:
		g.RenameProject(r.FullPath, fmt.Sprintf("%s-deletion_scheduled-%d", r.FullPath, r.ID))
	case Group:
		g.RenameGroup(r.FullPath, fmt.Sprintf("%s-deletion_scheduled-%d", r.FullPath, r.ID))
	}
}

// Delete deletes a project, or a group with everything below it.
func (g *Server) Delete(r Resource) {
	g.mu.Lock()
	defer g.mu.Unlock()
	gone := func(path string) bool { return path == g.pathOf(r) || strings.HasPrefix(path, g.pathOf(r)+"/") }
	deleted := r.key()
	if deleted.kind == groupType {
		g.projects = slices.DeleteFunc(g.projects, func(p *Project) bool { return gone(p.FullPath) })
		g.groups = slices.DeleteFunc(g.groups, func(group *Group) bool { return group.ID != deleted.id && gone(group.FullPath) })
		g.groups = slices.DeleteFunc(g.groups, func(group *Group) bool { return group.ID == deleted.id })
		return
	}
	g.projects = slices.DeleteFunc(g.projects, func(p *Project) bool { return p.ID == deleted.id })
}

// pathOf is the full path of today: r may be a copy from before a rename.
func (g *Server) pathOf(r Resource) string {
	switch now := g.findResource(r.key().kind, strconv.Itoa(r.key().id)).(type) {
	case Project:
		return now.FullPath
	case Group:
		return now.FullPath
	default:
		panic(fmt.Sprintf("sandbox: no %s %d", r.key().kind, r.key().id))
	}
}

// SeenAs makes GitLab take itself for another address, as it does behind a proxy that does not tell it. It is in
// redirects and links.
func (g *Server) SeenAs(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ownAddress = address
}

// address is what GitLab takes for its own URL.
func (g *Server) address() string {
	if g.ownAddress != "" {
		return g.ownAddress
	}
	return g.URL()
}

// isAdmin reports an administrator.
func (g *Server) isAdmin(userID int) bool { return slices.Contains(g.admins, userID) }

// may reports whether a user has a role, by whatever way, or an ability that stands in for it.
func (g *Server) may(userID int, in Resource, least int, ability Ability) bool {
	if g.isAdmin(userID) || g.role(userID, in) >= least {
		return true
	}
	return slices.ContainsFunc(g.ancestry(in), func(key resourceKey) bool {
		condition := g.conditions[key]
		return condition != nil && slices.Contains(condition.abilities[userID], ability)
	})
}

// invitedRole is the highest role that invited groups give to a user in one of the places.
func (g *Server) invitedRole(userID int, places []resourceKey) int {
	highest := 0
	for _, key := range places {
		condition := g.conditions[key]
		if condition == nil {
			continue
		}
		for _, invited := range condition.invited {
			own := g.members[resourceKey{groupType, invited.groupID}][userID]
			highest = max(highest, min(own, invited.accessLevel))
		}
	}
	return highest
}

// archived reports whether a place or, for groups, one above it is archived. A project is not archived with its group
// in the answer for the project: lib/api/entities/project.rb shows the column.
func (g *Server) archived(r Resource) bool {
	if r.key().kind == projectType {
		return g.conditionOf(r.key()).archived
	}
	return slices.ContainsFunc(g.ancestry(r), func(key resourceKey) bool { return g.conditionOf(key).archived })
}

// namespace answers GET /namespaces/:id for groups. Only GitLab.com knows plans, and tells them to Owners alone.
// https://docs.gitlab.com/api/namespaces/#retrieve-details-of-a-namespace
func (g *Server) namespace(c *call) server.Reply {
	r, isGroup := g.findResource(groupType, c.PathValue("id")).(Group)
	if !isGroup || !g.sees(c.user.ID, r) {
		return message(http.StatusNotFound, "404 Namespace Not Found")
	}
	shown := map[string]any{
		"id": r.ID, "name": r.Name, "path": r.Path, "kind": "group", "full_path": r.FullPath, "parent_id": r.ParentID, "avatar_url": nil,
		"web_url": g.URL() + "/groups/" + r.FullPath,
	}
	if g.may(c.user.ID, r, OwnerAccess, "") {
		shown["plan"] = "premium"
		if g.unlicensed {
			shown["plan"] = "free"
		}
	}
	return server.Reply{Status: http.StatusOK, Body: shown}
}

// moved finds the project that had a path before, for those who may see it. Reading is redirected to its id, all else
// refused.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/helpers.rb (find_project!)
func (g *Server) moved(c *call, path string) (server.Reply, bool) {
	for _, p := range g.projects {
		condition := g.conditions[p.key()]
		had := condition != nil && slices.ContainsFunc(condition.oldPaths, func(old string) bool { return strings.EqualFold(old, path) })
		if !had || !g.sees(c.user.ID, *p) {
			continue
		}
		if c.Method != http.MethodGet {
			return message(http.StatusMethodNotAllowed, "Non GET methods are not allowed for moved projects"), true
		}
		location := g.address() + apiRoot + "/projects/" + strconv.Itoa(p.ID) + belowProject(c.URL)
		return server.Reply{
			Status: http.StatusMovedPermanently, Raw: []byte("This resource has been moved permanently to " + location),
			Header: http.Header{"Location": {location}, "Content-Type": {"text/plain"}},
		}, true
	}
	return server.Reply{}, false
}

// belowProject is what follows the project in the address of a request, query included.
func belowProject(asked *url.URL) string {
	below := ""
	if segments := strings.SplitN(strings.TrimPrefix(asked.EscapedPath(), apiRoot+"/projects/"), "/", 2); len(segments) == 2 {
		below = "/" + segments[1]
	}
	if asked.RawQuery != "" {
		below += "?" + asked.RawQuery
	}
	return below
}

// describeCondition adds to an answer what the caller is told of a project or group.
func (g *Server) describeCondition(c *call, r Resource, shown map[string]any) {
	condition := g.conditionOf(r.key())
	var date any
	if condition.deletionDate != "" {
		date = condition.deletionDate
	}
	shown["visibility"], shown["archived"], shown["marked_for_deletion_on"] = condition.visibility, g.archived(r), date
	invited := []any{}
	for _, invitation := range condition.invited {
		group := g.groupByID(invitation.groupID)
		if group == nil || !g.sees(c.user.ID, *group) {
			continue
		}
		invited = append(invited, map[string]any{
			"group_id": group.ID, "group_name": group.Name, "group_full_path": group.FullPath, "group_access_level": invitation.accessLevel, "expires_at": nil,
		})
	}
	shown["shared_with_groups"] = invited
	if project, ok := r.(Project); ok {
		shown["marked_for_deletion_at"] = date
		shown["builds_access_level"], shown["repository_access_level"] = "enabled", "enabled"
		if condition.cicdOff {
			shown["builds_access_level"] = "disabled"
		}
		shown["jobs_enabled"] = !condition.cicdOff && g.may(c.user.ID, project, DeveloperAccess, "")
	}
	if g.may(c.user.ID, r, leastManager(r), "") {
		// A secret that only those are told who may register runners.
		shown["runners_token"] = g.runnersToken
	}
}
