package gitlab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// resourceScopes are those a project or group token may have:
// https://docs.gitlab.com/security/tokens/access_token_scopes/.
var resourceScopes = []string{
	"api", "read_api", "read_repository", "write_repository", "read_registry", "write_registry", "read_virtual_registry",
	"write_virtual_registry", "create_runner", "manage_runner", "ai_features", "k8s_proxy", "self_rotate",
}

// leastManager is the role that may see and manage the access tokens of a resource.
func leastManager(r Resource) int {
	if r.key().kind == groupType {
		return OwnerAccess
	}
	return MaintainerAccess
}

// manages tells whether the caller may create, rotate and revoke tokens of r; bots never may.
func (g *Server) manages(c *call, r Resource) bool {
	return !c.user.resourceBot && g.rules(c.user.ID, r) >= leastManager(r)
}

// rules is role, with that of an administrator, who may do what an Owner may.
func (g *Server) rules(userID int, in Resource) int {
	if g.isAdmin(userID) {
		return OwnerAccess
	}
	return g.role(userID, in)
}

func (g *Server) tokensOf(r Resource) []*Token {
	key := r.key()
	return slices.DeleteFunc(slices.Clone(g.tokens), func(t *Token) bool { return t.resource() != key })
}

// tokenOf finds the token of a call among those of r.
func (g *Server) tokenOf(c *call, r Resource) *Token {
	id, err := strconv.Atoi(c.PathValue("token_id"))
	if err != nil {
		return nil
	}
	t := g.tokenByID(id)
	if t == nil || t.resource() != r.key() {
		return nil
	}
	return t
}

// noSuchToken is not_found! of lib/api/resource_access_tokens.rb, which appends "Not Found" to what it is given.
func (g *Server) noSuchToken(c *call, r Resource) server.Reply {
	kind := string(r.key().kind)
	if g.older {
		return message(http.StatusNotFound, "404 Could not find "+kind+" access token with token_id: "+c.PathValue("token_id")+" Not Found")
	}
	return message(http.StatusNotFound, "404 "+kind+" Access Token Not Found")
}

func (g *Server) listTokens(c *call, r Resource) server.Reply {
	if g.rules(c.user.ID, r) < leastManager(r) {
		return unknownToken
	}
	query := c.URL.Query()
	if state := query.Get("state"); state != "" && state != "active" && state != "inactive" {
		return grapeError("state does not have a valid value")
	}
	shown := []any{}
	for _, t := range g.tokensOf(r) {
		if g.listed(t, query) {
			shown = append(shown, withLastUsedIPs(g.showResource(t), t))
		}
	}
	page, header := paginate(c, shown)
	return server.Reply{Status: http.StatusOK, Header: header, Body: page}
}

func (g *Server) listed(t *Token, query url.Values) bool {
	if state := query.Get("state"); state != "" && g.active(t) != (state == "active") {
		return false
	}
	if revoked, err := strconv.ParseBool(query.Get("revoked")); err == nil && t.Revoked != revoked {
		return false
	}
	return strings.Contains(strings.ToLower(t.Name), strings.ToLower(query.Get("search")))
}

func (g *Server) showToken(c *call, r Resource) server.Reply {
	if g.rules(c.user.ID, r) < leastManager(r) {
		return unknownToken
	}
	t := g.tokenOf(c, r)
	if t == nil {
		return g.noSuchToken(c, r)
	}
	return server.Reply{Status: http.StatusOK, Body: withLastUsedIPs(g.showResource(t), t)}
}

// ForbidAccessTokens switches off, in the settings of a group, project and group access tokens there and below.
// GitLab.com without Premium answers the same.
// https://docs.gitlab.com/user/project/settings/project_access_tokens/
func (g *Server) ForbidAccessTokens(r Group) {
	g.change(r, func(c *condition) { c.tokensForbidden = true })
}

func (g *Server) forbidsTokens(r Resource) bool {
	return slices.ContainsFunc(g.ancestry(r), func(key resourceKey) bool { return g.conditionOf(key).tokensForbidden })
}

// createToken mints a token with a bot user of its own.
func (g *Server) createToken(c *call, r Resource) server.Reply {
	spec, failure := tokenParameters(c.params)
	if failure != nil {
		return *failure
	}
	asked, failure := expiryParameter(c)
	if failure != nil {
		return *failure
	}
	kind := string(r.key().kind)
	if !g.manages(c, r) || g.forbidsTokens(r) {
		return badRequest("User does not have permission to create " + kind + " access token")
	}
	if spec.AccessLevel > g.rules(c.user.ID, r) {
		return badRequest("Access level of the token contains permissions not held by the creating user")
	}
	if wrong := wrongName(spec.Name); len(wrong) > 0 { // The bot user comes first.
		return badRequest(sentence(wrong))
	}
	expiresAt, wrong := g.expiry(asked, 365)
	if g.refusesCreation {
		wrong = creationRefused
	}
	if wrong != "" {
		return badRequest(wrong)
	}
	spec.Resource, spec.ExpiresAt = r, expiresAt
	t := g.addToken(spec)
	return server.Reply{Status: http.StatusCreated, Body: withValue(g.showResource(t), t)}
}

// wrongName is what app/models/user.rb has against the name of a token's bot user, which is that of the token:
// "validates :name, presence: true, length: { maximum: 255 }", first and last name at most 127 characters, and the last
// name is all but the first word.
func wrongName(name string) []string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return []string{"Name can't be blank"}
	}
	var wrong []string
	for _, one := range []struct {
		what, text string
		most       int
	}{
		{"Name", name, 255}, {"First name", words[0], 127}, {"Last name", strings.Join(words[1:], " "), 127},
	} {
		if utf8.RuneCountInString(one.text) > one.most {
			wrong = append(wrong, fmt.Sprintf("%s is too long (maximum is %d characters)", one.what, one.most))
		}
	}
	return wrong
}

// sentence is Rails' Array#to_sentence.
func sentence(parts []string) string {
	if len(parts) < 3 {
		return strings.Join(parts, " and ")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + ", and " + parts[last]
}

// tokenParameters reads what Grape declares for a new token, apart from expires_at.
func tokenParameters(params map[string]any) (TokenSpec, *server.Reply) {
	spec := TokenSpec{AccessLevel: MaintainerAccess}
	refuse := func(reason string) (TokenSpec, *server.Reply) {
		failure := grapeError(reason)
		return TokenSpec{}, &failure
	}
	missing := []string{}
	for _, name := range []string{"name", "scopes"} {
		if _, given := params[name]; !given {
			missing = append(missing, name+" is missing")
		}
	}
	if len(missing) > 0 {
		return refuse(strings.Join(missing, ", "))
	}
	name, isText := params["name"].(string)
	if !isText {
		return refuse("name is invalid")
	}
	spec.Name = name
	scopes, isList := params["scopes"].([]any)
	if !isList {
		return refuse("scopes is invalid")
	}
	for _, scope := range scopes {
		text, _ := scope.(string)
		if !slices.Contains(resourceScopes, text) {
			return refuse("scopes does not have a valid value")
		}
		spec.Scopes = append(spec.Scopes, text)
	}
	if len(spec.Scopes) == 0 {
		failure := badRequest("Scopes can't be blank")
		return TokenSpec{}, &failure
	}
	if level, given := params["access_level"]; given {
		spec.AccessLevel = wholeNumber(level)
		if !slices.Contains([]int{GuestAccess, PlannerAccess, ReporterAccess, DeveloperAccess, MaintainerAccess, OwnerAccess}, spec.AccessLevel) {
			return refuse("access_level does not have a valid value")
		}
	}
	if description, given := params["description"].(string); given {
		spec.Description = &description
	}
	return spec, nil
}

// wholeNumber reads a number or its text; -1 when it is neither.
func wholeNumber(value any) int {
	text := ""
	switch value := value.(type) {
	case json.Number:
		text = value.String()
	case string:
		text = value
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// revokeToken answers a token that is revoked already like one that was not: GitLab keeps the bot until the token is
// deleted.
func (g *Server) revokeToken(c *call, r Resource) server.Reply {
	t := g.tokenOf(c, r)
	if t == nil {
		return g.noSuchToken(c, r)
	}
	if !g.manages(c, r) || g.forbidsTokens(r) {
		return badRequest(c.user.Name + " cannot delete " + g.userByID(t.UserID).Name)
	}
	t.Revoked = true
	return server.Reply{Status: http.StatusNoContent}
}

// paginate cuts a list and describes the cut: https://docs.gitlab.com/api/rest/#offset-based-pagination.
func paginate(c *call, all []any) ([]any, http.Header) {
	query := c.URL.Query()
	page, perPage := positive(query.Get("page"), 1), min(positive(query.Get("per_page"), 20), 100)
	pages := max(1, (len(all)+perPage-1)/perPage)
	from := min((page-1)*perPage, len(all))
	cut := all[from:min(from+perPage, len(all))]
	header := http.Header{
		"X-Page": {strconv.Itoa(page)}, "X-Per-Page": {strconv.Itoa(perPage)},
		"X-Total": {strconv.Itoa(len(all))}, "X-Total-Pages": {strconv.Itoa(pages)},
		"X-Next-Page": {""}, "X-Prev-Page": {""},
	}
	if page < pages {
		header.Set("X-Next-Page", strconv.Itoa(page+1))
	}
	if page > 1 {
		header.Set("X-Prev-Page", strconv.Itoa(page-1))
	}
	return cut, header
}

func positive(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}
