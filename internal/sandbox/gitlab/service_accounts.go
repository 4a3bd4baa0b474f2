package gitlab

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// personalScopes are those a personal access token may have:
// https://docs.gitlab.com/security/tokens/access_token_scopes/.
var personalScopes = slices.Concat(resourceScopes, []string{"read_user", "read_service_ping", "sudo", "admin_mode"})

// AddServiceAccount makes a service account of the instance: a bot that no project or group token owns.
func (g *Server) AddServiceAccount(username string) User {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.addUser(username)
	u.Bot, u.serviceAccount = true, true
	return *u
}

// AddGroupServiceAccount makes a service account of a group. It has no role anywhere, not even there.
func (g *Server) AddGroupServiceAccount(group Group, username string) User {
	return g.giveToGroup(g.AddServiceAccount(username), group)
}

func (g *Server) giveToGroup(account User, group Group) User {
	g.mu.Lock()
	defer g.mu.Unlock()
	u := g.userByID(account.ID)
	u.groupID = group.ID
	return *u
}

// User finds a user by name. It panics when there is none.
func (g *Server) User(username string) User {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := slices.IndexFunc(g.users, func(u *User) bool { return u.Username == username })
	if n < 0 {
		panic("sandbox: no user " + username)
	}
	return *g.users[n]
}

// Users counts all users, bots included.
func (g *Server) Users() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.users)
}

// RenameUser gives a user another username.
func (g *Server) RenameUser(user User, username string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.userByID(user.ID).Username = username
}

// DeleteUser deletes a user with all tokens and memberships.
func (g *Server) DeleteUser(user User) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.users = slices.DeleteFunc(g.users, func(u *User) bool { return u.ID == user.ID })
	g.tokens = slices.DeleteFunc(g.tokens, func(t *Token) bool { return t.UserID == user.ID })
	for _, members := range g.members {
		delete(members, user.ID)
	}
}

// RestrictServiceAccounts leaves service accounts to administrators, as a self-managed GitLab does whose setting "Allow
// top-level group owners to create service accounts" is off.
func (g *Server) RestrictServiceAccounts() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.adminsOnly = true
}

// routeServiceAccounts adds the routes of groups' service accounts, which a community edition does not have. Lists and
// revocations of their tokens came with 17.11, so that a GitLab of before 18 is taken for one of before that, too. The
// 405 for a known path is Grape's, from no recorded answer.
// https://docs.gitlab.com/api/service_accounts/
func (g *Server) routeServiceAccounts() {
	if g.ce {
		return
	}
	const accounts = "/groups/{id}/service_accounts"
	route := func(pattern, permission string, h resourceHandler) {
		g.api(pattern, endpoint{[]string{"api"}, permission, false, g.ofResource(groupType, g.managingAccounts(h)), groupType})
	}
	route("GET "+accounts, "read_service_account", g.listAccounts)
	tokens := accounts + "/{user_id}/personal_access_tokens"
	route("POST "+tokens, "create_service_account_personal_access_token", g.ofAccount(g.createAccountToken))
	if g.older {
		g.routes.HandleFunc("GET "+apiRoot+tokens, func(w http.ResponseWriter, _ *http.Request) {
			server.Reply{Status: http.StatusMethodNotAllowed, Body: map[string]any{"error": "405 Not Allowed"}}.Send(w, contentType)
		})
		return
	}
	route("GET "+tokens, "read_service_account_personal_access_token", g.ofAccount(g.listAccountTokens))
	route("DELETE "+tokens+"/{token_id}", "delete_service_account_personal_access_token", g.ofAccount(g.revokeAccountToken))
}

// managingAccounts lets those through who may manage the service accounts of a group: its owners and administrators.
// Until 18.11 that took Premium, and a top-level group; that both are refused with 403 is not recorded anywhere.
func (g *Server) managingAccounts(next resourceHandler) resourceHandler {
	return func(c *call, r Resource) server.Reply {
		group, _ := r.(Group)
		allowed := g.isAdmin(c.user.ID) || !g.adminsOnly && !c.user.resourceBot && g.role(c.user.ID, r) >= OwnerAccess
		if !allowed || g.older && (g.unlicensed || group.ParentID != nil) {
			return message(http.StatusForbidden, "403 Forbidden")
		}
		return next(c, r)
	}
}

func (g *Server) listAccounts(c *call, r Resource) server.Reply {
	shown := []any{}
	for _, u := range g.users {
		if u.serviceAccount && u.groupID == r.key().id {
			shown = append(shown, map[string]any{
				"id": u.ID, "username": u.Username, "name": u.Name, "email": u.Username + "@noreply." + g.host(), "public_email": nil,
			})
		}
	}
	return g.pageOf(c, shown)
}

// ofAccount finds the service account of a call in the group. Where GitLab says 400 and where 404 to a user who is none
// is not recorded; https://gitlab.com/gitlab-org/gitlab/-/blob/master/ee/lib/api/group_service_accounts.rb has both.
func (g *Server) ofAccount(next func(*call, *User) server.Reply) resourceHandler {
	return func(c *call, r Resource) server.Reply {
		id, err := strconv.Atoi(c.PathValue("user_id"))
		if err != nil {
			return grapeError("user_id is invalid")
		}
		u := g.userByID(id)
		switch {
		case u != nil && !u.serviceAccount:
			return badRequest("User is not of type Service Account")
		case u == nil || u.groupID != r.key().id:
			return message(http.StatusNotFound, "404 User Not Found")
		}
		return next(c, u)
	}
}

func (g *Server) tokensOfUser(u *User) []*Token {
	return slices.DeleteFunc(slices.Clone(g.tokens), func(t *Token) bool { return t.UserID != u.ID || t.Kind == ImpersonationToken })
}

// listAccountTokens is sorted by age, oldest first unless asked otherwise.
func (g *Server) listAccountTokens(c *call, u *User) server.Reply {
	query := c.URL.Query()
	if state := query.Get("state"); state != "" && state != "active" && state != "inactive" {
		return grapeError("state does not have a valid value")
	}
	shown := []any{}
	for _, t := range g.tokensOfUser(u) {
		if g.listed(t, query) {
			shown = append(shown, withLastUsedIPs(g.showPersonal(t), t))
		}
	}
	if query.Get("sort") == "created_desc" {
		slices.Reverse(shown)
	}
	return g.pageOf(c, shown)
}

// createAccountToken mints a personal access token of the account. Grape wants name and scopes; what the model refuses
// is a 422 with its words.
func (g *Server) createAccountToken(c *call, u *User) server.Reply {
	asked, failure := expiryParameter(c)
	if failure != nil {
		return *failure
	}
	missing := []string{}
	for _, name := range []string{"name", "scopes"} {
		if _, given := c.params[name]; !given {
			missing = append(missing, name+" is missing")
		}
	}
	if len(missing) > 0 {
		return grapeError(strings.Join(missing, ", "))
	}
	name, _ := c.params["name"].(string)
	spec := TokenSpec{Name: name, Kind: ServiceAccountToken, User: *u, Scopes: scopesParameter(c.params["scopes"])}
	if description, given := c.params["description"].(string); given {
		spec.Description = &description
	}
	expiresAt, tooLate := g.expiry(asked, 365)
	if wrong := wrongPersonalToken(spec, tooLate); len(wrong) > 0 {
		return message(http.StatusUnprocessableEntity, sentence(wrong))
	}
	if g.refusesCreation {
		return badRequest(creationRefused)
	}
	spec.ExpiresAt = expiresAt
	t := g.addToken(spec)
	return server.Reply{Status: http.StatusCreated, Body: withValue(g.showPersonal(t), t)}
}

// scopesParameter is a list, or its elements with commas.
func scopesParameter(sent any) []string {
	scopes := []string{}
	switch sent := sent.(type) {
	case string:
		for scope := range strings.SplitSeq(sent, ",") {
			scopes = append(scopes, strings.TrimSpace(scope))
		}
	case []any:
		for _, scope := range sent {
			text, _ := scope.(string)
			scopes = append(scopes, text)
		}
	}
	return scopes
}

// wrongPersonalToken is what app/models/personal_access_token.rb has against a token.
func wrongPersonalToken(spec TokenSpec, tooLate string) []string {
	var wrong []string
	if tooLate != "" {
		wrong = append(wrong, tooLate)
	}
	switch {
	case strings.TrimSpace(spec.Name) == "":
		wrong = append(wrong, "Name can't be blank")
	case utf8.RuneCountInString(spec.Name) > 255:
		wrong = append(wrong, "Name is too long (maximum is 255 characters)")
	}
	switch {
	case len(spec.Scopes) == 0:
		wrong = append(wrong, "Scopes can't be blank")
	case slices.ContainsFunc(spec.Scopes, func(scope string) bool { return !slices.Contains(personalScopes, scope) }):
		wrong = append(wrong, "Scopes can only contain available scopes")
	}
	return wrong
}

// revokeAccountToken answers a token that is revoked already like one that was not.
func (g *Server) revokeAccountToken(c *call, u *User) server.Reply {
	id, err := strconv.Atoi(c.PathValue("token_id"))
	if err != nil {
		return grapeError("token_id is invalid")
	}
	at := slices.IndexFunc(g.tokensOfUser(u), func(t *Token) bool { return t.ID == id })
	if at < 0 {
		return message(http.StatusNotFound, "404 Personal Access Token Not Found")
	}
	g.tokensOfUser(u)[at].Revoked = true
	return server.Reply{Status: http.StatusNoContent}
}
