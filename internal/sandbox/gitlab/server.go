// Package gitlab is the GitLab of a sandbox.
package gitlab

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// apiRoot is GitLab's REST API below the instance URL.
const apiRoot = "/api/v4"

// Access levels: https://docs.gitlab.com/api/access_requests/#valid-access-levels.
const (
	GuestAccess      = 10
	PlannerAccess    = 15
	ReporterAccess   = 20
	DeveloperAccess  = 30
	MaintainerAccess = 40
	OwnerAccess      = 50
)

// Server is the GitLab server of a sandbox. Its routes are what a client needs that describes, mints and revokes
// access tokens, and OAuth; see https://docs.gitlab.com/api/rest/.
type Server struct {
	server *server.Server
	now    func() time.Time
	limit  server.RateLimit
	routes *http.ServeMux
	older  bool // see Settings
	ce     bool // see Settings

	mu              sync.Mutex
	users           []*User
	groups          []*Group
	projects        []*Project
	members         map[resourceKey]map[int]int // access level by user
	conditions      map[resourceKey]*condition
	admins          []int
	tokens          []*Token
	applications    []*Application
	codes           []*authorizationCode
	maxLifetimeDays int
	ownAddress      string // see SeenAs
	variableLimits  map[resourceType]int
	unlicensed      bool
	adminsOnly      bool // see RestrictServiceAccounts
	enforced        *enforcement

	refusesCreation     bool // see RefuseClassicTokens
	keepsGranularScopes bool // see KeepGranularScopes

	runnersToken  string
	lastUserID    int
	lastGroupID   int
	lastProjectID int
	lastBotID     int
	lastTokenID   int
	lastHookID    int
}

// Settings change how GitLab starts.
type Settings struct {
	Address string // loopback host:port; "" is a free port of 127.0.0.1
	Path    string // a relative root such as "/gitlab"
	Older   bool   // a GitLab of before 18

	Community bool // a community edition, which has no webhooks of groups

	RequestsPerMinute int           // by token; 0 is no limit
	RateLimitWindow   time.Duration // what that minute is; 0 is a minute
	Latency           time.Duration
}

// Start starts a GitLab with the seeds of seed.go. It ends with its network.
func Start(network *server.Network, settings Settings) (*Server, error) {
	root := strings.TrimSuffix(settings.Path, "/")
	if root != "" && !strings.HasPrefix(root, "/") {
		root = "/" + root
	}
	g := &Server{
		now: network.Now, older: settings.Older, ce: settings.Community, maxLifetimeDays: 365,
		members: map[resourceKey]map[int]int{}, conditions: map[resourceKey]*condition{},
		variableLimits: map[resourceType]int{projectType: 8000, groupType: 30000}, runnersToken: secrets.New("GR1348941" + server.RandomHex(10)),
		limit: server.RateLimit{PerMinute: settings.RequestsPerMinute, Window: cmp.Or(settings.RateLimitWindow, time.Minute)},
	}
	g.server = network.Add(server.Config{
		Name: server.GitLab, Root: root, Address: cmp.Or(settings.Address, "127.0.0.1:0"), Latency: settings.Latency,
		Handler: http.HandlerFunc(g.serve), NaturalAnswer: g.naturalAnswer,
	})
	g.route()
	g.seed()
	return g, g.server.Start()
}

// URL is the instance URL, with the relative root if there is one.
func (g *Server) URL() string { return g.server.URL() }

// Stop makes the server refuse connections; those that are open break.
func (g *Server) Stop() { g.server.Stop() }

// SetMaxLifetimeDays sets how far ahead an expires_at may be; 365 by default.
func (g *Server) SetMaxLifetimeDays(days int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.maxLifetimeDays = days
}

// A call is one request on its way to a handler. Token and user are nil when it carries no token.
type call struct {
	*http.Request
	params map[string]any // query, then form or JSON body
	token  *Token
	user   *User
}

type handler func(*call) server.Reply

// An endpoint says what a token must have to call a handler.
type endpoint struct {
	scopes     []string // any of them; nil is any scope at all
	permission string   // of fine-grained tokens; "" is none
	anonymous  bool     // may be called without a token
	handler    handler
	of         resourceType // whose {id} is in the path; "" is none
}

// readSelf is the permission to read the token itself.
const readSelf = "read_personal_access_token"

func (g *Server) route() {
	g.routes = http.NewServeMux()
	g.api("GET /user", endpoint{scopes: []string{"api", "read_api", "read_user"}, permission: "read_user", handler: g.currentUser})

	readScopes, writeScopes := []string{"api", "read_api"}, []string{"api"}
	g.api("GET /personal_access_tokens/self", endpoint{permission: readSelf, handler: g.describeSelf})

	for _, kind := range []resourceType{projectType, groupType} {
		root := "/" + string(kind) + "s/{id}"
		read := func(pattern, permission string, anonymous bool, h resourceHandler) {
			g.api("GET "+root+pattern, endpoint{readScopes, permission, anonymous, g.ofResource(kind, h), kind})
		}
		write := func(method, pattern, permission string, h resourceHandler) {
			g.api(method+" "+root+pattern, endpoint{writeScopes, permission, false, g.ofResource(kind, h), kind})
		}
		read("", "read_"+string(kind), true, g.resource)
		read("/members/all/{user_id}", "read_member", true, g.member)
		read("/variables", "read_variable", false, g.managingVariables(g.listVariables))
		read("/variables/{key}", "read_variable", false, g.managingVariables(g.showVariable))
		write("POST", "/variables", "create_variable", g.managingVariables(g.createVariable))
		write("PUT", "/variables/{key}", "update_variable", g.managingVariables(g.updateVariable))
		write("DELETE", "/variables/{key}", "delete_variable", g.managingVariables(g.deleteVariable))
		if kind == projectType || !g.ce {
			read("/hooks", "read_webhook", false, g.managingHooks(g.listHooks))
			write("POST", "/hooks", "create_webhook", g.managingHooks(g.createHook))
			write("PUT", "/hooks/{hook_id}", "update_webhook", g.ofHook(g.updateHook))
			write("DELETE", "/hooks/{hook_id}", "delete_webhook", g.ofHook(g.deleteHook))
		}
		read("/access_tokens", "read_resource_access_token", false, g.listTokens)
		read("/access_tokens/{token_id}", "read_resource_access_token", false, g.showToken)
		write("POST", "/access_tokens", "create_resource_access_token", g.createToken)
		write("DELETE", "/access_tokens/{token_id}", "delete_resource_access_token", g.revokeToken)
	}
	g.routeServiceAccounts()
	g.api("GET /namespaces/{id}", endpoint{scopes: readScopes, permission: "read_namespace", handler: g.namespace})
	g.routeOAuth()
	g.routeIDTokens()
	g.routeUnknown()
}

// contentType is the content type of its JSON answers.
const contentType = "application/json"

// api adds a route below the API root. Handlers run one at a time, under the store's lock.
func (g *Server) api(pattern string, e endpoint) {
	method, path, _ := strings.Cut(pattern, " ")
	g.routes.HandleFunc(method+" "+apiRoot+path, func(w http.ResponseWriter, r *http.Request) {
		headers, refused := g.limited(r)
		maps.Copy(w.Header(), headers)
		if refused != nil {
			refused.Send(w, contentType)
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.authorized(r, e).Send(w, contentType)
	})
}

// authorized lets a call through whose token may make it.
func (g *Server) authorized(r *http.Request, e endpoint) server.Reply {
	token, failure := g.authenticate(r, e)
	if failure != nil {
		return *failure
	}
	if token == nil && !e.anonymous {
		return message(http.StatusUnauthorized, "401 Unauthorized")
	}
	params, err := parameters(r)
	if err != nil {
		return grapeError(err.Error())
	}
	c := &call{Request: r, params: params, token: token}
	if token != nil {
		c.user = g.userByID(token.UserID)
		token.LastUsedAt = g.now()
	}
	return e.handler(c)
}

// limited is Rack::Attack's throttle_authenticated_api, by token. Newer GitLab sends the headers with every answer.
func (g *Server) limited(r *http.Request) (http.Header, *server.Reply) {
	if g.limit.PerMinute == 0 {
		return nil, nil
	}
	now := g.now()
	value, _ := sentToken(r)
	used, ends := g.limit.Take(value, now)
	headers := http.Header{
		"Ratelimit-Limit":     {strconv.Itoa(g.limit.PerMinute)},
		"Ratelimit-Name":      {"throttle_authenticated_api"},
		"Ratelimit-Observed":  {strconv.Itoa(used)},
		"Ratelimit-Remaining": {strconv.Itoa(max(0, g.limit.PerMinute-used))},
		"Ratelimit-Reset":     {strconv.FormatInt(ends.Unix(), 10)},
	}
	if used <= g.limit.PerMinute {
		return headers, nil
	}
	headers.Set("Ratelimit-Resettime", ends.UTC().Format(http.TimeFormat))
	headers.Set("Retry-After", strconv.Itoa(server.SecondsUntil(ends, now)))
	headers.Set("Content-Type", "text/plain")
	return headers, &server.Reply{Status: http.StatusTooManyRequests, Raw: []byte("Retry later\n")}
}

// serve takes the relative root off the path. What is not below it is not GitLab's.
func (g *Server) serve(w http.ResponseWriter, r *http.Request) {
	below, inRoot := strings.CutPrefix(r.URL.EscapedPath(), g.server.Root)
	if !inRoot || below != "" && below[0] != '/' {
		server.HTMLReply(http.StatusNotFound, "Not Found", "There is no GitLab here.").Send(w, contentType)
		return
	}
	if path, err := url.PathUnescape(below); err == nil {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = path, below
	}
	g.routes.ServeHTTP(w, r)
}

func (g *Server) routeUnknown() {
	g.routes.HandleFunc(apiRoot+"/", func(w http.ResponseWriter, _ *http.Request) {
		server.Reply{Status: http.StatusNotFound, Body: map[string]any{"error": "404 Not Found"}}.Send(w, contentType)
	})
	g.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		server.HTMLReply(http.StatusNotFound, "The page could not be found (404)", "GitLab").Send(w, contentType)
	})
}

// message is an error of Grape's helpers, such as {"message":"404 Project Not Found"}.
func message(status int, message string) server.Reply {
	return server.Reply{Status: status, Body: map[string]any{"message": message}}
}

func badRequest(reason string) server.Reply {
	return message(http.StatusBadRequest, "400 Bad request - "+reason)
}

// grapeError is a parameter that Grape refuses.
func grapeError(reason string) server.Reply {
	return server.Reply{Status: http.StatusBadRequest, Body: map[string]any{"error": reason}}
}

// rackError is one of rack-oauth2's: {"error":…,"error_description":…}.
func rackError(status int, name, description string) server.Reply {
	return server.Reply{Status: status, Body: map[string]any{"error": name, "error_description": description}}
}

// naturalAnswer is what the server, or the proxy in front of it, says with a status.
func (g *Server) naturalAnswer(status int) server.Reply {
	switch status {
	case http.StatusTooManyRequests:
		return server.Reply{
			Status: status, Raw: []byte("Retry later\n"),
			Header: http.Header{"Content-Type": {"text/plain"}, "Retry-After": {"1"}},
		}
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return server.GatewayPage(status)
	case http.StatusBadRequest:
		return message(status, "400 Bad request")
	case http.StatusNotFound:
		return message(status, "404 Not found")
	default:
		return message(status, strconv.Itoa(status)+" "+http.StatusText(status))
	}
}

// parameters merges the query with a JSON or form body, as Grape does.
func parameters(r *http.Request) (map[string]any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the Body: %w", err)
	}
	params := map[string]any{}
	set := func(values url.Values) {
		for name, all := range values {
			if plain, list := strings.CutSuffix(name, "[]"); list {
				params[plain] = anyOf(all)
			} else {
				params[name] = all[len(all)-1]
			}
		}
	}
	set(r.URL.Query())
	if len(body) == 0 {
		return params, nil
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("reading the form: %w", err)
		}
		set(form)
		return params, nil
	}
	decoded, err := server.DecodeJSON(body)
	if err != nil {
		return nil, fmt.Errorf("reading the JSON Body: %w", err)
	}
	if object, ok := decoded.(map[string]any); ok {
		maps.Copy(params, object)
	}
	return params, nil
}

func anyOf(values []string) []any {
	list := make([]any, 0, len(values))
	for _, v := range values {
		list = append(list, v)
	}
	return list
}
