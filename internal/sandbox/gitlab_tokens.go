package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A TokenKind is what GitLab's manual calls a type of token.
type TokenKind string

// The kinds of token that a GitLab connection may be given.
const (
	PersonalToken       TokenKind = "personal"
	ProjectToken        TokenKind = "project"
	GroupToken          TokenKind = "group"
	ServiceAccountToken TokenKind = "service_account"
	ImpersonationToken  TokenKind = "impersonation"
	GranularToken       TokenKind = "granular" // fine-grained personal access token
	OAuthToken          TokenKind = "oauth"    // OAuth access token
)

// A Token is an access token as GitLab knows it, with its value: do not print it whole.
type Token struct {
	ID           int
	Name         string
	Description  *string
	Value        string
	Kind         TokenKind
	Scopes       []string
	Permissions  []string // of a fine-grained token, such as "read_personal_access_token"
	UserID       int      // the bot's for project and group tokens
	AccessLevel  int      // of project and group tokens, in their resource; else 0
	ResourceType string   // "project", "group" or ""
	ResourceID   int
	ExpiresAt    *string // YYYY-MM-DD, dead from 00:00 UTC of that day; nil is never, or an OAuth token
	Revoked      bool
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero is never

	previousID   int       // the token that was rotated into this one
	expires      time.Time // OAuth tokens only
	refreshToken string    // OAuth tokens only
	clientID     string    // OAuth tokens only
}

// clone copies a token so that the caller cannot reach the store.
func (t *Token) clone() Token {
	c := *t
	c.Scopes, c.Permissions = slices.Clone(t.Scopes), slices.Clone(t.Permissions)
	return c
}

func (t *Token) resource() resourceKey {
	return resourceKey{resourceType(t.ResourceType), t.ResourceID}
}

// A TokenSpec says what token AddToken makes.
type TokenSpec struct {
	Name        string
	Kind        TokenKind // default: project or group by Resource, else personal
	User        User      // who holds it; project and group tokens get a bot
	Resource    Resource  // of project and group tokens
	AccessLevel int       // of project and group tokens; default Maintainer
	Scopes      []string  // default api
	Permissions []string  // of a fine-grained token
	Description *string
	ExpiresAt   *string // YYYY-MM-DD, not checked; nil is never
	Revoked     bool
	Value       string // default random
}

// Tokens returns a copy of all tokens, revoked and expired ones included, in order of creation.
func (g *GitLab) Tokens() []Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.copyTokens(func(*Token) bool { return true })
}

// LiveTokens returns a copy of the tokens that are neither revoked nor expired.
func (g *GitLab) LiveTokens() []Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.copyTokens(g.active)
}

func (g *GitLab) copyTokens(which func(*Token) bool) []Token {
	chosen := []Token{}
	for _, t := range g.tokens {
		if which(t) {
			chosen = append(chosen, t.clone())
		}
	}
	return chosen
}

// Token returns the first token of a name, such as one of the seeds. It panics when there is none.
func (g *GitLab) Token(name string) Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.tokens {
		if t.Name == name {
			return t.clone()
		}
	}
	panic("sandbox: no token is named " + name)
}

// TokenByID returns a token by its id.
func (g *GitLab) TokenByID(id int) (Token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.tokenByID(id); t != nil {
		return t.clone(), true
	}
	return Token{}, false
}

// TokenByValue returns a token by its value, dead or alive.
func (g *GitLab) TokenByValue(value string) (Token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.tokenByValue(value); t != nil {
		return t.clone(), true
	}
	return Token{}, false
}

// AddToken makes a token, unchecked.
func (g *GitLab) AddToken(spec TokenSpec) Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.addToken(spec).clone()
}

func (g *GitLab) addToken(spec TokenSpec) *Token {
	g.lastTokenID++
	t := &Token{
		ID: g.lastTokenID, Name: spec.Name, Description: spec.Description, Kind: spec.Kind, UserID: spec.User.ID,
		Scopes: slices.Clone(spec.Scopes), Permissions: slices.Clone(spec.Permissions), ExpiresAt: spec.ExpiresAt,
		Revoked: spec.Revoked, CreatedAt: g.now(), Value: cmp.Or(spec.Value, newTokenValue(cmp.Or(spec.Name, "token"))),
	}
	if t.Scopes == nil {
		t.Scopes = []string{"api"}
	}
	if spec.Kind == GranularToken {
		t.Scopes = []string{"granular"}
	}
	if spec.Resource != nil {
		key := spec.Resource.key()
		t.Kind, t.ResourceType, t.ResourceID = TokenKind(key.kind), string(key.kind), key.id
		t.AccessLevel = cmp.Or(spec.AccessLevel, MaintainerAccess)
		t.UserID = g.addBot(key, spec.Name, t.AccessLevel).ID
	}
	t.Kind = cmp.Or(t.Kind, PersonalToken)
	g.tokens = append(g.tokens, t)
	return t
}

var notInTokens = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// newTokenValue is a value that names its token when it turns up where it should not.
func newTokenValue(name string) string {
	label := notInTokens.ReplaceAllString(name, "-")
	return "glpat-" + label[:min(len(label), 20)] + "-" + base64.RawURLEncoding.EncodeToString(randomBytes(15))
}

// addBot makes the bot user that a project or group token acts as.
func (g *GitLab) addBot(of resourceKey, name string, accessLevel int) *User {
	g.lastBotID++
	bot := &User{
		ID: g.lastBotID, Name: name, Bot: true, resourceBot: true, CreatedAt: g.now(),
		Username: fmt.Sprintf("%s_%d_bot_%s", of.kind, of.id, randomHex(16)),
	}
	g.users = append(g.users, bot)
	g.setMember(of, bot.ID, accessLevel)
	return bot
}

// Revoke revokes a token out of band. It stays known as revoked.
func (g *GitLab) Revoke(id int) { g.changeToken(id, func(t *Token) { t.Revoked = true }) }

// Expire moves the expiry of a token to yesterday, or that of an OAuth token to now.
func (g *GitLab) Expire(id int) {
	g.changeToken(id, func(t *Token) {
		t.expires = g.now()
		if t.Kind != OAuthToken {
			t.ExpiresAt = new(g.now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
		}
	})
}

// SetExpiresAt sets the expiry date, YYYY-MM-DD; nil is never.
func (g *GitLab) SetExpiresAt(id int, date *string) {
	g.changeToken(id, func(t *Token) { t.ExpiresAt = date })
}

// SetScopes changes the scopes of a token.
func (g *GitLab) SetScopes(id int, scopes ...string) {
	g.changeToken(id, func(t *Token) { t.Scopes = slices.Clone(scopes) })
}

// SetAccessLevel changes the role of a project or group token's bot in its resource. It panics for other tokens.
func (g *GitLab) SetAccessLevel(id, accessLevel int) {
	g.changeToken(id, func(t *Token) {
		if t.ResourceType == "" {
			panic("sandbox: only project and group tokens have an access level")
		}
		for _, other := range g.tokens {
			if other.UserID == t.UserID {
				other.AccessLevel = accessLevel
			}
		}
		g.setMember(t.resource(), t.UserID, accessLevel)
	})
}

// DeleteToken removes a token as GitLab does a month after its end: nothing is known of it any more.
func (g *GitLab) DeleteToken(id int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = slices.DeleteFunc(g.tokens, func(t *Token) bool { return t.ID == id })
}

func (g *GitLab) changeToken(id int, f func(*Token)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tokenByID(id)
	if t == nil {
		panic("sandbox: no token has the id " + strconv.Itoa(id))
	}
	f(t)
}

func (g *GitLab) tokenByID(id int) *Token {
	n := slices.IndexFunc(g.tokens, func(t *Token) bool { return t.ID == id })
	if n < 0 {
		return nil
	}
	return g.tokens[n]
}

func (g *GitLab) tokenByValue(value string) *Token {
	n := slices.IndexFunc(g.tokens, func(t *Token) bool { return t.Value == value })
	if n < 0 {
		return nil
	}
	return g.tokens[n]
}

func (g *GitLab) active(t *Token) bool { return !t.Revoked && !g.expired(t) }

// showPersonal is Entities::PersonalAccessToken.
func (g *GitLab) showPersonal(t *Token) map[string]any {
	shown := map[string]any{
		"id": t.ID, "name": t.Name, "revoked": t.Revoked, "created_at": jsonTime(t.CreatedAt), "description": t.Description,
		"scopes": t.Scopes, "user_id": t.UserID, "last_used_at": nil, "active": g.active(t), "expires_at": t.ExpiresAt,
	}
	if !t.LastUsedAt.IsZero() {
		shown["last_used_at"] = jsonTime(t.LastUsedAt)
	}
	return shown
}

// showResource is Entities::ResourceAccessToken.
func (g *GitLab) showResource(t *Token) map[string]any {
	shown := g.showPersonal(t)
	shown["access_level"], shown["resource_type"], shown["resource_id"] = t.AccessLevel, t.ResourceType, t.ResourceID
	return shown
}

func withLastUsedIPs(shown map[string]any, t *Token) map[string]any {
	ips := []string{}
	if !t.LastUsedAt.IsZero() {
		ips = append(ips, "127.0.0.1")
	}
	shown["last_used_ips"] = ips
	return shown
}

func withValue(shown map[string]any, t *Token) map[string]any {
	shown["token"] = t.Value
	return shown
}

func (g *GitLab) describeSelf(c *gitlabCall) reply {
	if c.token.Kind == OAuthToken {
		return errNotPersonal
	}
	return reply{status: http.StatusOK, body: withLastUsedIPs(g.showPersonal(c.token), c.token)}
}

func (g *GitLab) revokeSelf(c *gitlabCall) reply {
	switch c.token.Kind {
	case OAuthToken:
		return errNotPersonal
	case ImpersonationToken: // only an admin may
		return gitlabMessage(http.StatusBadRequest, "400 Bad request")
	}
	c.token.Revoked = true
	return reply{status: http.StatusNoContent}
}

func (g *GitLab) rotateSelf(c *gitlabCall) reply {
	if c.token.Kind == OAuthToken {
		return gitlabMessage(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	rotated, failure := g.rotate(c, c.token)
	if failure != nil {
		return *failure
	}
	return reply{status: http.StatusOK, body: withValue(g.showPersonal(rotated), rotated)}
}

// rotate replaces a token: the old one dies at once, the new one has its user and scopes.
func (g *GitLab) rotate(c *gitlabCall, old *Token) (*Token, *reply) {
	asked, failure := expiryParameter(c)
	if failure != nil {
		return nil, failure
	}
	if old.Revoked {
		failure := gitlabBadRequest("Token already revoked")
		return nil, &failure
	}
	expiresAt, failure := g.expiry(asked, 7)
	if failure != nil {
		return nil, failure
	}
	old.Revoked = true
	g.lastTokenID++
	rotated := old.clone()
	rotated.ID, rotated.Value, rotated.previousID = g.lastTokenID, newTokenValue(old.Name), old.ID
	rotated.Revoked, rotated.CreatedAt, rotated.LastUsedAt, rotated.ExpiresAt = false, g.now(), time.Time{}, expiresAt
	g.tokens = append(g.tokens, &rotated)
	return &rotated, nil
}

// expiryParameter reads expires_at; the zero time is none.
func expiryParameter(c *gitlabCall) (time.Time, *reply) {
	sent, given := c.params["expires_at"]
	if !given || sent == nil || sent == "" {
		return time.Time{}, nil
	}
	text, _ := sent.(string)
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		failure := grapeError("expires_at is invalid")
		return time.Time{}, &failure
	}
	return date, nil
}

// expiry is the date a new token gets. One that asks for none gets so many days. There is no lower bound: a token of today is dead at once.
func (g *GitLab) expiry(asked time.Time, defaultDays int) (*string, *reply) {
	today := g.now().UTC().Truncate(24 * time.Hour)
	latest := today.AddDate(0, 0, g.maxLifetimeDays)
	if asked.IsZero() {
		asked = today.AddDate(0, 0, min(defaultDays, g.maxLifetimeDays))
	}
	if asked.After(latest) {
		failure := gitlabBadRequest("Expires at must be before " + latest.Format(time.DateOnly))
		return nil, &failure
	}
	return new(asked.Format(time.DateOnly)), nil
}

// associations lists what the token's user is a member of, at min_access_level or above, inherited roles included.
func (g *GitLab) associations(c *gitlabCall) reply {
	if c.token.Kind == OAuthToken {
		return errNotPersonal
	}
	least, err := strconv.Atoi(c.URL.Query().Get("min_access_level"))
	if err != nil || least < 1 {
		least = 1
	}
	groups, projects := []any{}, []any{}
	for _, group := range g.groups {
		if role := g.role(c.user.ID, *group); role >= least {
			groups = append(groups, map[string]any{
				"id": group.ID, "web_url": g.URL() + "/groups/" + group.FullPath, "name": group.Name, "parent_id": group.ParentID,
				"organization_id": 1, "access_levels": role, "visibility": "private",
			})
		}
	}
	for _, p := range g.projects {
		if g.role(c.user.ID, *p) < least {
			continue
		}
		shown := g.showProject(*p)
		shown["access_levels"] = map[string]any{
			"project_access_level": levelOrNull(g.members[p.key()][c.user.ID]),
			"group_access_level":   levelOrNull(g.role(c.user.ID, *g.groupByID(p.GroupID))),
		}
		projects = append(projects, shown)
	}
	shownGroups, _ := paginate(c, groups)
	shownProjects, header := paginate(c, projects)
	return reply{status: http.StatusOK, header: header, body: map[string]any{"groups": shownGroups, "projects": shownProjects}}
}

func levelOrNull(level int) any {
	if level == 0 {
		return nil
	}
	return level
}

// resourceScopes are those a project or group token may have: https://docs.gitlab.com/security/tokens/access_token_scopes/.
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
func (g *GitLab) manages(c *gitlabCall, r Resource) bool {
	return !c.user.resourceBot && g.role(c.user.ID, r) >= leastManager(r)
}

func (g *GitLab) tokensOf(r Resource) []*Token {
	key := r.key()
	return slices.DeleteFunc(slices.Clone(g.tokens), func(t *Token) bool { return t.resource() != key })
}

// tokenOf finds the token of a call among those of r.
func (g *GitLab) tokenOf(c *gitlabCall, r Resource) *Token {
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

func noSuchToken(r Resource) reply {
	return gitlabMessage(http.StatusNotFound, "404 "+string(r.key().kind)+" Access Token Not Found")
}

func (g *GitLab) listTokens(c *gitlabCall, r Resource) reply {
	if g.role(c.user.ID, r) < leastManager(r) {
		return errTokenUnknown
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
	return reply{status: http.StatusOK, header: header, body: page}
}

func (g *GitLab) listed(t *Token, query url.Values) bool {
	if state := query.Get("state"); state != "" && g.active(t) != (state == "active") {
		return false
	}
	if revoked, err := strconv.ParseBool(query.Get("revoked")); err == nil && t.Revoked != revoked {
		return false
	}
	return strings.Contains(strings.ToLower(t.Name), strings.ToLower(query.Get("search")))
}

func (g *GitLab) showToken(c *gitlabCall, r Resource) reply {
	if g.role(c.user.ID, r) < leastManager(r) {
		return errTokenUnknown
	}
	t := g.tokenOf(c, r)
	if t == nil {
		return noSuchToken(r)
	}
	return reply{status: http.StatusOK, body: withLastUsedIPs(g.showResource(t), t)}
}

// createToken mints a token with a bot user of its own.
func (g *GitLab) createToken(c *gitlabCall, r Resource) reply {
	spec, failure := tokenParameters(c.params)
	if failure != nil {
		return *failure
	}
	asked, failure := expiryParameter(c)
	if failure != nil {
		return *failure
	}
	kind := string(r.key().kind)
	if !g.manages(c, r) {
		return gitlabBadRequest("User does not have permission to create " + kind + " access token")
	}
	if spec.AccessLevel > g.role(c.user.ID, r) {
		return gitlabBadRequest("Access level of the token contains permissions not held by the creating user")
	}
	expiresAt, failure := g.expiry(asked, 365)
	if failure != nil {
		return *failure
	}
	if strings.TrimSpace(spec.Name) == "" {
		return gitlabBadRequest("Name can't be blank")
	}
	spec.Resource, spec.ExpiresAt = r, expiresAt
	t := g.addToken(spec)
	return reply{status: http.StatusCreated, body: withValue(g.showResource(t), t)}
}

// tokenParameters reads what Grape declares for a new token, apart from expires_at.
func tokenParameters(params map[string]any) (TokenSpec, *reply) {
	spec := TokenSpec{AccessLevel: MaintainerAccess}
	refuse := func(reason string) (TokenSpec, *reply) {
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
		failure := gitlabBadRequest("Scopes can't be blank")
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

// revokeToken answers a token that is revoked already like one that was not: GitLab keeps the bot until the token is deleted.
func (g *GitLab) revokeToken(c *gitlabCall, r Resource) reply {
	t := g.tokenOf(c, r)
	if t == nil {
		return noSuchToken(r)
	}
	if !g.manages(c, r) {
		return gitlabBadRequest(c.user.Name + " cannot delete " + g.userByID(t.UserID).Name)
	}
	t.Revoked = true
	return reply{status: http.StatusNoContent}
}

func (g *GitLab) rotateToken(c *gitlabCall, r Resource) reply {
	t := g.tokenOf(c, r)
	if t == nil || !g.manages(c, r) {
		return errTokenUnknown
	}
	return g.rotateResource(c, t)
}

// rotateResourceSelf is POST /projects|groups/:id/access_tokens/self/rotate, for that resource's own tokens only.
func (g *GitLab) rotateResourceSelf(c *gitlabCall, r Resource) reply {
	if c.token.resource() != r.key() {
		return gitlabMessage(http.StatusMethodNotAllowed, "405 Method Not Allowed")
	}
	return g.rotateResource(c, c.token)
}

func (g *GitLab) rotateResource(c *gitlabCall, t *Token) reply {
	rotated, failure := g.rotate(c, t)
	if failure != nil {
		return *failure
	}
	return reply{status: http.StatusOK, body: withValue(g.showResource(rotated), rotated)}
}

// paginate cuts a list and describes the cut: https://docs.gitlab.com/api/rest/#offset-based-pagination.
func paginate(c *gitlabCall, all []any) ([]any, http.Header) {
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
