package gitlab

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
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
	Granular     []GranularScope // of a fine-grained token
	UserID       int             // the bot's for project and group tokens
	AccessLevel  int             // of project and group tokens, in their resource; else 0
	ResourceType string          // "project", "group" or ""
	ResourceID   int
	ExpiresAt    *string // YYYY-MM-DD, dead from 00:00 UTC of that day; nil is never, or an OAuth token
	Revoked      bool
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero is never

	expires      time.Time // OAuth tokens only
	refreshToken string    // OAuth tokens only
	clientID     string    // OAuth tokens only
}

// clone copies a token so that the caller cannot reach the store.
func (t *Token) clone() Token {
	c := *t
	c.Scopes, c.Granular = slices.Clone(t.Scopes), slices.Clone(t.Granular)
	return c
}

func (t *Token) resource() resourceKey {
	return resourceKey{resourceType(t.ResourceType), t.ResourceID}
}

// A TokenSpec says what token AddToken makes.
type TokenSpec struct {
	Name        string
	Kind        TokenKind       // default: project or group by Resource, else personal
	User        User            // who holds it; project and group tokens get a bot
	Resource    Resource        // of project and group tokens
	AccessLevel int             // of project and group tokens; default Maintainer
	Scopes      []string        // default api
	Granular    []GranularScope // of a fine-grained token
	Description *string
	ExpiresAt   *string // YYYY-MM-DD, not checked; nil is never
	Revoked     bool
	Value       string // default random
}

// Tokens returns a copy of all tokens, revoked and expired ones included, in order of creation.
func (g *Server) Tokens() []Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.copyTokens(func(*Token) bool { return true })
}

// LiveTokens returns a copy of the tokens that are neither revoked nor expired.
func (g *Server) LiveTokens() []Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.copyTokens(g.active)
}

func (g *Server) copyTokens(which func(*Token) bool) []Token {
	chosen := []Token{}
	for _, t := range g.tokens {
		if which(t) {
			chosen = append(chosen, t.clone())
		}
	}
	return chosen
}

// Token returns the first token of a name, such as one of the seeds. It panics when there is none.
func (g *Server) Token(name string) Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.tokens {
		if t.Name == name {
			secrets.Register(t.Value)
			return t.clone()
		}
	}
	panic("sandbox: no token is named " + name)
}

// TokenByValue returns a token by its value, dead or alive.
func (g *Server) TokenByValue(value string) (Token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.tokenByValue(value); t != nil {
		return t.clone(), true
	}
	return Token{}, false
}

// AddToken makes a token, unchecked.
func (g *Server) AddToken(spec TokenSpec) Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	if spec.User.ID == 0 && spec.Resource == nil {
		panic("sandbox: a token needs a User or a Resource")
	}
	t := g.addToken(spec)
	secrets.Register(t.Value)
	return t.clone()
}

func (g *Server) addToken(spec TokenSpec) *Token {
	g.lastTokenID++
	t := &Token{
		ID: g.lastTokenID, Name: spec.Name, Description: spec.Description, Kind: spec.Kind, UserID: spec.User.ID,
		Scopes: slices.Clone(spec.Scopes), Granular: slices.Clone(spec.Granular), ExpiresAt: spec.ExpiresAt,
		Revoked: spec.Revoked, CreatedAt: g.now(), Value: cmp.Or(spec.Value, newTokenValue()),
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

// newTokenValue is of the form that GitLab gives to tokens. Nothing in it is a word, so that whatever looks for one
// finds the token alone.
func newTokenValue() string {
	return "glpat-" + base64.RawURLEncoding.EncodeToString(server.RandomBytes(15))
}

// longestToken is a routable token of 316 characters, the most there are: its payload, its version, and their length
// and checksum. https://gitlab.com/gitlab-org/gitlab/-/merge_requests/169322
func longestToken() string {
	const rest = ".01.abcdefghi"
	payload := base64.RawURLEncoding.EncodeToString(server.RandomBytes(300))
	return ("glpat-" + payload)[:316-len(rest)] + rest
}

// addBot makes the bot user that a project or group token acts as.
func (g *Server) addBot(of resourceKey, name string, accessLevel int) *User {
	g.lastBotID++
	bot := &User{
		ID: g.lastBotID, Name: name, Bot: true, resourceBot: true, CreatedAt: g.now(),
		Username: fmt.Sprintf("%s_%d_bot_%s", of.kind, of.id, server.RandomHex(16)),
	}
	g.users = append(g.users, bot)
	g.setMember(of, bot.ID, accessLevel)
	return bot
}

// Revoke revokes a token out of band. It stays known as revoked.
func (g *Server) Revoke(id int) { g.changeToken(id, func(t *Token) { t.Revoked = true }) }

// Expire moves the expiry of a token to yesterday, or that of an OAuth token to now.
func (g *Server) Expire(id int) {
	g.changeToken(id, func(t *Token) {
		t.expires = g.now()
		if t.Kind != OAuthToken {
			t.ExpiresAt = new(g.now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
		}
	})
}

// SetExpiresAt sets the expiry date, YYYY-MM-DD; nil is never.
func (g *Server) SetExpiresAt(id int, date *string) {
	g.changeToken(id, func(t *Token) { t.ExpiresAt = date })
}

// SetScopes changes the scopes of a token.
func (g *Server) SetScopes(id int, scopes ...string) {
	g.changeToken(id, func(t *Token) { t.Scopes = slices.Clone(scopes) })
}

// SetAccessLevel changes the role of a project or group token's bot in its resource. It panics for other tokens.
func (g *Server) SetAccessLevel(id, accessLevel int) {
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
func (g *Server) DeleteToken(id int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = slices.DeleteFunc(g.tokens, func(t *Token) bool { return t.ID == id })
}

func (g *Server) changeToken(id int, f func(*Token)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.tokenByID(id)
	if t == nil {
		panic("sandbox: no token has the id " + strconv.Itoa(id))
	}
	f(t)
}

func (g *Server) tokenByID(id int) *Token {
	n := slices.IndexFunc(g.tokens, func(t *Token) bool { return t.ID == id })
	if n < 0 {
		return nil
	}
	return g.tokens[n]
}

func (g *Server) tokenByValue(value string) *Token {
	n := slices.IndexFunc(g.tokens, func(t *Token) bool { return t.Value == value })
	if n < 0 {
		return nil
	}
	return g.tokens[n]
}

func (g *Server) active(t *Token) bool { return !t.Revoked && !g.expired(t) }

// showPersonal is Entities::PersonalAccessToken.
func (g *Server) showPersonal(t *Token) map[string]any {
	shown := map[string]any{
		"id": t.ID, "name": t.Name, "revoked": t.Revoked, "created_at": server.JSONTime(t.CreatedAt), "description": t.Description,
		"scopes": t.Scopes, "user_id": t.UserID, "last_used_at": nil, "active": g.active(t), "expires_at": t.ExpiresAt,
	}
	if !t.LastUsedAt.IsZero() {
		shown["last_used_at"] = server.JSONTime(t.LastUsedAt)
	}
	if t.Kind == GranularToken && !g.older && !g.keepsGranularScopes {
		shown["granular"], shown["granular_scopes"] = true, showGranular(t.Granular)
	}
	return shown
}

// showResource is Entities::ResourceAccessToken.
func (g *Server) showResource(t *Token) map[string]any {
	shown := g.showPersonal(t)
	shown["access_level"] = t.AccessLevel
	if !g.older {
		shown["resource_type"], shown["resource_id"] = t.ResourceType, t.ResourceID
	}
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
	shown["token"] = secrets.New(t.Value)
	return shown
}
