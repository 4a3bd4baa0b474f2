package gitlab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A GranularScope is what a fine-grained token may do, and where:
// lib/api/entities/personal_access_token_granular_scope.rb.
type GranularScope struct {
	Access      string // user, instance, all_memberships, personal_projects or selected_memberships
	Permissions []string
	ProjectID   int // of selected memberships; 0 otherwise
	GroupID     int
}

// UserScope holds for the token's user.
func UserScope(permissions ...string) GranularScope {
	return GranularScope{Access: "user", Permissions: permissions}
}

// MembershipScope holds in every project and group of the user.
func MembershipScope(permissions ...string) GranularScope {
	return GranularScope{Access: "all_memberships", Permissions: permissions}
}

// PersonalScope holds in the projects of the user's own namespace.
func PersonalScope(permissions ...string) GranularScope {
	return GranularScope{Access: "personal_projects", Permissions: permissions}
}

// SelectedScope holds in a project, or in a group and what is in it.
func SelectedScope(in Resource, permissions ...string) GranularScope {
	scope := GranularScope{Access: "selected_memberships", Permissions: permissions}
	if key := in.key(); key.kind == projectType {
		scope.ProjectID = key.id
	} else {
		scope.GroupID = key.id
	}
	return scope
}

func showGranular(scopes []GranularScope) []any {
	shown := make([]any, len(scopes))
	for i, scope := range scopes {
		one := map[string]any{"access": scope.Access, "permissions": scope.Permissions, "project_id": nil, "group_id": nil}
		if scope.ProjectID != 0 {
			one["project_id"] = scope.ProjectID
		}
		if scope.GroupID != 0 {
			one["group_id"] = scope.GroupID
		}
		shown[i] = one
	}
	return shown
}

// KeepGranularScopes makes GitLab one of before 19.5, which does not tell what a fine-grained token may do.
func (g *Server) KeepGranularScopes() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keepsGranularScopes = true
}

// EnforceGranular makes GitLab take no classic personal tokens any more, of people: those of bots are exempt. Where the
// group is given, only in it, as a top-level group of gitlab.com does; what has no place, such as the token's own entry
// and its user, is then open to classic tokens as before.
//
// Without a group, all of this GitLab refuses them. The manual says less of a self-managed GitLab: that it refuses to
// create and to rotate classic tokens, see RefuseClassicTokens. That one may still describe itself is not established.
// https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/#enforce-fine-grained-personal-access-tokens
func (g *Server) EnforceGranular(in ...Group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.enforced = &enforcement{everywhere: len(in) == 0}
	for _, group := range in {
		g.enforced.groups = append(g.enforced.groups, group.key())
	}
}

// RefuseClassicTokens makes GitLab create no classic tokens any more, not even for bots, as a self-managed GitLab did
// that enforces fine-grained ones, until bots were exempt. Those that there are live on. The answer is an inference
// from the one to a rotation, in app/services/personal_access_tokens/rotate_service.rb.
func (g *Server) RefuseClassicTokens() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusesCreation = true
}

const creationRefused = "Creation of legacy personal access tokens is disabled. Use a fine-grained token instead."

// enforcement of fine-grained tokens.
type enforcement struct {
	everywhere bool
	groups     []resourceKey
}

// refusesClassic is the answer to a classic token, where fine-grained ones are enforced.
func (g *Server) refusesClassic(token *Token, e endpoint, r *http.Request) *server.Reply {
	if g.enforced == nil || e.permission == readSelf || token.Kind == OAuthToken || token.Kind == GranularToken || g.isBot(token) {
		return nil
	}
	if !g.enforced.everywhere && !slices.ContainsFunc(g.placesOf(e, r), func(place resourceKey) bool { return slices.Contains(g.enforced.groups, place) }) {
		return nil
	}
	return refusesScope(e)
}

// refusesScope is one answer for two reasons: a classic token where fine-grained ones are enforced, and a fine-grained
// one without the permission: access_denied_error of app/services/authz/tokens/authorize_granular_scopes_service.rb.
func refusesScope(e endpoint) *server.Reply {
	boundary := string(e.of)
	if boundary == "" {
		boundary = "user"
	}
	failure := rackError(http.StatusForbidden, "insufficient_granular_scope", fmt.Sprintf(
		"Access denied: This operation requires a fine-grained personal access token with the following %s permissions: [%s].",
		boundary, permissionTitle(e.permission)))
	return &failure
}

func (g *Server) isBot(token *Token) bool {
	user := g.userByID(token.UserID)
	return user != nil && user.Bot
}

// permissionTitle is "Personal Access Token: Read" for read_personal_access_token.
func permissionTitle(permission string) string {
	words := strings.Split(permission, "_")
	for i, word := range words {
		words[i] = title(word)
	}
	return strings.Join(words[1:], " ") + ": " + words[0]
}

// lacksPermission is the answer to a fine-grained token that may not make a call.
func (g *Server) lacksPermission(token *Token, e endpoint, r *http.Request) *server.Reply {
	if e.permission == "" || slices.ContainsFunc(token.Granular, func(scope GranularScope) bool {
		return slices.Contains(scope.Permissions, e.permission) && g.holds(scope, token, e, r)
	}) {
		return nil
	}
	return refusesScope(e)
}

// holds: a scope on a group authorizes what is in it.
func (g *Server) holds(scope GranularScope, token *Token, e endpoint, r *http.Request) bool {
	if e.of == "" {
		return scope.Access == "user"
	}
	resource := g.findResource(e.of, r.PathValue("id"))
	if resource == nil {
		return scope.Access != "user" // So that the answer is 404.
	}
	switch scope.Access {
	case "instance":
		return true
	case "all_memberships":
		return g.membership(token.UserID, resource) > 0
	case "personal_projects":
		project, ok := resource.(Project)
		return ok && project.OwnerID == token.UserID
	case "selected_memberships":
		return slices.ContainsFunc(g.placesOf(e, r), func(place resourceKey) bool {
			return place == resourceKey{projectType, scope.ProjectID} || place == resourceKey{groupType, scope.GroupID}
		})
	default:
		return false
	}
}

// placesOf a call are its project or group, and the groups above.
func (g *Server) placesOf(e endpoint, r *http.Request) []resourceKey {
	if e.of == "" {
		return nil
	}
	resource := g.findResource(e.of, r.PathValue("id"))
	if resource == nil {
		return nil
	}
	return g.ancestry(resource)
}
