package gitlab

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A User is a person, a service account, or the bot of a project or group token.
type User struct {
	ID             int
	Username, Name string
	Bot            bool
	CreatedAt      time.Time
	resourceBot    bool // of a project or group token; not a service account
	serviceAccount bool
	groupID        int // of a group's service account
}

// A Group is a group or a subgroup.
type Group struct {
	ID                   int
	Name, Path, FullPath string
	ParentID             *int // nil at the top
}

// A Project belongs to a group, or to a person.
type Project struct {
	ID                   int
	Name, Path, FullPath string
	GroupID              int // 0 in a personal namespace
	OwnerID              int // the person's, there
}

type resourceType string

const (
	projectType resourceType = "project"
	groupType   resourceType = "group"
)

type resourceKey struct {
	kind resourceType
	id   int
}

// A Resource is a Project or a Group: what has members and access tokens.
type Resource interface{ key() resourceKey }

func (p Project) key() resourceKey { return resourceKey{projectType, p.ID} }
func (g Group) key() resourceKey   { return resourceKey{groupType, g.ID} }

// AddUser makes a person.
func (g *Server) AddUser(username string) User {
	g.mu.Lock()
	defer g.mu.Unlock()
	return *g.addUser(username)
}

func (g *Server) addUser(username string) *User {
	g.lastUserID++
	u := &User{ID: g.lastUserID, Username: username, Name: username, CreatedAt: g.now()}
	g.users = append(g.users, u)
	return u
}

// AddGroup makes a group, and those above it that are missing.
func (g *Server) AddGroup(fullPath string) Group {
	g.mu.Lock()
	defer g.mu.Unlock()
	return *g.ensureGroup(fullPath)
}

func (g *Server) ensureGroup(fullPath string) *Group {
	for _, group := range g.groups {
		if group.FullPath == fullPath {
			return group
		}
	}
	group := &Group{FullPath: fullPath, Path: fullPath}
	if cut := strings.LastIndex(fullPath, "/"); cut >= 0 {
		group.ParentID = new(g.ensureGroup(fullPath[:cut]).ID)
		group.Path = fullPath[cut+1:]
	}
	g.lastGroupID++
	group.ID = g.lastGroupID
	group.Name = title(group.Path)
	g.groups = append(g.groups, group)
	return group
}

// AddProject makes a project in a group, which is made if missing. The path has at least two segments.
func (g *Server) AddProject(fullPath string) Project {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.projects {
		if p.FullPath == fullPath {
			return *p
		}
	}
	cut := strings.LastIndex(fullPath, "/")
	if cut < 0 {
		panic("sandbox: a project needs a group: " + fullPath)
	}
	g.takePath(fullPath)
	g.lastProjectID++
	p := &Project{
		ID: g.lastProjectID, FullPath: fullPath, Path: fullPath[cut+1:], GroupID: g.ensureGroup(fullPath[:cut]).ID,
	}
	p.Name = title(p.Path)
	g.projects = append(g.projects, p)
	return *p
}

func title(path string) string { return strings.ToUpper(path[:1]) + path[1:] }

// Project finds a project by full path. It panics when there is none.
func (g *Server) Project(fullPath string) Project {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.projects {
		if p.FullPath == fullPath {
			return *p
		}
	}
	panic("sandbox: no project " + fullPath)
}

// Group finds a group by full path. It panics when there is none.
func (g *Server) Group(fullPath string) Group {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, group := range g.groups {
		if group.FullPath == fullPath {
			return *group
		}
	}
	panic("sandbox: no group " + fullPath)
}

// RenameGroup gives a group another full path, and everything below it with it. Unlike projects, groups are not found
// by their old paths: https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/helpers.rb (find_group).
func (g *Server) RenameGroup(from, to string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	rename := func(path *string) {
		if below, ok := strings.CutPrefix(*path, from); ok && (below == "" || below[0] == '/') {
			*path = to + below
		}
	}
	for _, group := range g.groups {
		rename(&group.FullPath)
		group.Path = group.FullPath[strings.LastIndex(group.FullPath, "/")+1:]
	}
	for _, project := range g.projects {
		rename(&project.FullPath)
	}
}

// AddMember gives a user a role in a project or a group, in place of any other there.
func (g *Server) AddMember(in Resource, user User, accessLevel int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setMember(in.key(), user.ID, accessLevel)
}

// RemoveMember takes away the direct membership of a user.
func (g *Server) RemoveMember(in Resource, user User) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members[in.key()], user.ID)
}

func (g *Server) setMember(in resourceKey, userID, accessLevel int) {
	if g.members[in] == nil {
		g.members[in] = map[int]int{}
	}
	g.members[in][userID] = accessLevel
}

func (g *Server) userByID(id int) *User {
	n := slices.IndexFunc(g.users, func(u *User) bool { return u.ID == id })
	if n < 0 {
		return nil
	}
	return g.users[n]
}

func (g *Server) groupByID(id int) *Group {
	n := slices.IndexFunc(g.groups, func(group *Group) bool { return group.ID == id })
	if n < 0 {
		return nil
	}
	return g.groups[n]
}

// ancestry is the resource and the groups above it, nearest first.
func (g *Server) ancestry(of Resource) []resourceKey {
	keys := []resourceKey{of.key()}
	var above *int
	switch r := of.(type) {
	case Project:
		if r.GroupID != 0 {
			above = &r.GroupID
		}
	case Group:
		above = r.ParentID
	}
	for above != nil {
		group := g.groupByID(*above)
		keys = append(keys, group.key())
		above = group.ParentID
	}
	return keys
}

// role is the highest access level of a user in a resource, inherited and by invitation included; 0 is none.
func (g *Server) role(userID int, in Resource) int {
	return max(g.membership(userID, in), g.invitedRole(userID, g.ancestry(in)))
}

// membership is role without invitations.
func (g *Server) membership(userID int, in Resource) int {
	highest := 0
	for _, key := range g.ancestry(in) {
		highest = max(highest, g.members[key][userID])
	}
	return highest
}

// sees tells whether a user may know of a resource. A group is also seen by those who see a project below it.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/policies/group_policy.rb (has_projects)
func (g *Server) sees(userID int, r Resource) bool {
	if g.conditionOf(r.key()).visibility != Private || g.isAdmin(userID) || g.role(userID, r) > 0 {
		return true
	}
	group, isGroup := r.(Group)
	return isGroup && slices.ContainsFunc(g.projects, func(p *Project) bool {
		return strings.HasPrefix(p.FullPath, group.FullPath+"/") && g.sees(userID, *p)
	})
}

// findResource looks a resource up by numeric id or full path.
func (g *Server) findResource(kind resourceType, idOrPath string) Resource {
	id, err := strconv.Atoi(idOrPath)
	byID := err == nil
	if kind == projectType {
		for _, p := range g.projects {
			if byID && p.ID == id || strings.EqualFold(p.FullPath, idOrPath) {
				return *p
			}
		}
		return nil
	}
	for _, group := range g.groups {
		if byID && group.ID == id || strings.EqualFold(group.FullPath, idOrPath) {
			return *group
		}
	}
	return nil
}

type resourceHandler func(*call, Resource) server.Reply

// ofResource finds the project or group of a call. One that the caller may not see is not there.
func (g *Server) ofResource(kind resourceType, next resourceHandler) handler {
	return func(c *call) server.Reply {
		r := g.findResource(kind, c.PathValue("id"))
		if r == nil && c.user != nil && kind == projectType {
			if redirect, ok := g.moved(c, c.PathValue("id")); ok {
				return redirect
			}
		}
		if r == nil || c.user == nil || !g.sees(c.user.ID, r) {
			return message(http.StatusNotFound, "404 "+title(string(kind))+" Not Found")
		}
		return next(c, r)
	}
}

func (g *Server) currentUser(c *call) server.Reply {
	u := c.user
	shown := g.showUser(u)
	host := g.host()
	email := u.Username + "@example.com"
	if u.Bot {
		email = u.Username + "@noreply." + host
	}
	for key, value := range map[string]any{
		"created_at": server.JSONTime(u.CreatedAt), "bio": "", "location": "", "linkedin": "", "twitter": "", "website_url": "",
		"organization": "", "job_title": "", "pronouns": nil, "bot": u.Bot, "work_information": nil, "local_time": nil,
		"last_sign_in_at": nil, "confirmed_at": server.JSONTime(u.CreatedAt), "last_activity_on": g.now().UTC().Format(time.DateOnly),
		"email": email, "theme_id": 3, "color_scheme_id": 1, "projects_limit": 0, "current_sign_in_at": nil,
		"identities": []any{}, "can_create_group": false, "can_create_project": false, "two_factor_enabled": false,
		"external": u.resourceBot, "private_profile": false, "commit_email": email,
	} {
		shown[key] = value
	}
	if g.isAdmin(u.ID) { // lib/api/users.rb: UserWithAdmin for those who can_admin_all_resources.
		shown["is_admin"] = true
	}
	return server.Reply{Status: http.StatusOK, Body: shown}
}

func (g *Server) showUser(u *User) map[string]any {
	return map[string]any{
		"id": u.ID, "username": u.Username, "public_email": nil, "name": u.Name, "state": "active", "locked": false,
		"avatar_url": nil, "web_url": g.URL() + "/" + u.Username,
	}
}

func (g *Server) host() string {
	u, err := url.Parse(g.URL())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// resource answers GET /projects/:id and GET /groups/:id.
func (g *Server) resource(c *call, r Resource) server.Reply {
	switch r := r.(type) {
	case Project:
		shown := g.showProject(r)
		shown["permissions"] = map[string]any{
			"project_access": accessOf(g.members[r.key()][c.user.ID]),
			"group_access":   accessOf(g.groupMembership(c.user.ID, r)),
		}
		g.describeCondition(c, r, shown)
		return server.Reply{Status: http.StatusOK, Body: shown}
	case Group:
		shown := map[string]any{
			"id": r.ID, "name": r.Name, "path": r.Path, "full_path": r.FullPath, "full_name": g.groupName(r), "parent_id": r.ParentID,
			"description": "", "web_url": g.URL() + "/groups/" + r.FullPath, "organization_id": 1,
			"created_at": server.JSONTime(seededAt),
		}
		g.describeCondition(c, r, shown)
		if c.URL.Query().Get("with_projects") != "false" {
			shown["projects"] = g.projectsOf(c, r)
		}
		return server.Reply{Status: http.StatusOK, Body: shown}
	default:
		panic("sandbox: a resource is a project or a group")
	}
}

// groupMembership is the highest role in the group of a project or one above it, which the entry of the project tells.
// One by invitation is not in it, says lib/api/entities/project_with_access.rb; no recorded answer was found that shows
// it.
func (g *Server) groupMembership(userID int, p Project) int {
	if p.GroupID == 0 {
		return 0
	}
	return g.membership(userID, *g.groupByID(p.GroupID))
}

// projectsOf lists the projects of a group, up to a hundred, unless that is declined.
func (g *Server) projectsOf(c *call, group Group) []any {
	shown := []any{}
	for _, p := range g.projects {
		if p.GroupID == group.ID && g.sees(c.user.ID, *p) && len(shown) < 100 {
			shown = append(shown, g.showProject(*p))
		}
	}
	return shown
}

func accessOf(level int) any {
	if level == 0 {
		return nil
	}
	return map[string]any{"access_level": level, "notification_level": 3}
}

func (g *Server) groupName(group Group) string {
	if group.ParentID == nil {
		return group.Name
	}
	return g.groupName(*g.groupByID(*group.ParentID)) + " / " + group.Name
}

func (g *Server) showProject(p Project) map[string]any {
	name, namespace := g.namespaceOf(p)
	return map[string]any{
		"id": p.ID, "description": nil, "name": p.Name, "name_with_namespace": name + " / " + p.Name,
		"path": p.Path, "path_with_namespace": p.FullPath, "created_at": server.JSONTime(seededAt),
		"visibility": g.conditionOf(p.key()).visibility, "web_url": g.URL() + "/" + p.FullPath,
		"namespace": namespace,
	}
}

func (g *Server) namespaceOf(p Project) (name string, shown map[string]any) {
	if p.GroupID == 0 {
		owner := g.userByID(p.OwnerID)
		return owner.Name, map[string]any{
			"id": personalNamespaceID + owner.ID, "name": owner.Name, "path": owner.Username, "kind": "user", "full_path": owner.Username, "parent_id": nil,
		}
	}
	group := g.groupByID(p.GroupID)
	return g.groupName(*group), map[string]any{
		"id": group.ID, "name": group.Name, "path": group.Path, "kind": "group", "full_path": group.FullPath, "parent_id": group.ParentID,
	}
}

// member answers members/all, with the highest of the memberships. Who is no member of a private group may not look
// into it; older versions did not check, and did not count groups that are invited to one above.
// https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/members.rb, lib/api/helpers/members_helpers.rb
func (g *Server) member(c *call, r Resource) server.Reply {
	if g.older {
		return g.showMember(c, func(userID int) int {
			return max(g.membership(userID, r), g.invitedRole(userID, []resourceKey{r.key()}))
		})
	}
	outsider := g.conditionOf(r.key()).visibility == Private && g.role(c.user.ID, r) == 0 && !g.isAdmin(c.user.ID)
	if outsider {
		return message(http.StatusForbidden, "403 Forbidden")
	}
	return g.showMember(c, func(userID int) int { return g.role(userID, r) })
}

func (g *Server) showMember(c *call, level func(userID int) int) server.Reply {
	id, err := strconv.Atoi(c.PathValue("user_id"))
	if err != nil {
		return grapeError("user_id is invalid")
	}
	u := g.userByID(id)
	if u == nil || level(id) == 0 {
		return message(http.StatusNotFound, "404 Not found")
	}
	shown := g.showUser(u)
	shown["access_level"], shown["created_at"] = level(id), server.JSONTime(u.CreatedAt)
	shown["expires_at"], shown["membership_state"] = nil, "active"
	return server.Reply{Status: http.StatusOK, Body: shown}
}
