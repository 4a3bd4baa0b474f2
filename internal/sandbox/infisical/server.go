// Package infisical is the Infisical of a sandbox.
package infisical

import (
	"cmp"
	"crypto/rand"
	"hash/fnv"
	"html"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/cloud"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// Server is the Infisical server of a sandbox. Its routes are those of /api/v1/app-connections, of /api/v1/secret-syncs
// to GitLab, of /api/v2/secret-scanning for GitLab, and of machine identity login; see
// https://infisical.com/docs/api-reference/endpoints/app-connections/gitlab/create.
type Server struct {
	// ClientID and ClientSecret are the universal auth credentials of an identity that may do everything.
	ClientID, ClientSecret string
	// ReadOnlyClientID and ReadOnlyClientSecret are those of an identity that may only read.
	ReadOnlyClientID, ReadOnlyClientSecret string
	// IdentityID is the identity of ClientID, which also logs in by the methods of logins.go.
	IdentityID string
	// OrganizationID and OrganizationSlug are the organization of both identities.
	OrganizationID, OrganizationSlug string
	// Projects are two projects of the organization, by UUID.
	Projects []string
	// ScanningProject is the organization's project of the type secret-scanning.
	ScanningProject string
	// OtherOrganizationID is another organization, and OtherProject a project of it. OtherClientID and
	// OtherClientSecret are the universal auth credentials of an identity that may do everything there, and sees
	// nothing of the first organization.
	OtherOrganizationID, OtherProject string
	OtherClientID, OtherClientSecret  string

	server    *server.Server
	network   *server.Network
	gitlabURL func() string
	cloud     *cloud.Server
	client    *http.Client // for calls to GitLab
	now       func() time.Time
	routes    *http.ServeMux
	jwtKey    []byte
	older     bool // see Settings
	// readsPerMinute and writesPerMinute are the rate limits of each route.
	readsPerMinute, writesPerMinute int
	// window is the minute that they are for.
	window time.Duration

	mu           sync.Mutex
	identities   []*identity
	tokens       map[string]*identityToken
	logins       loginSettings
	accessTokens accessTokenSettings
	projects     []project
	connections  []*storedConnection
	folders      []*folder
	syncs        []*Sync
	jobs         []*syncJob
	nextRetry    time.Time // of the daily retry of failed syncs
	syncRules    syncRules
	learned      map[string][]string // see Learn
	dataSources  []*DataSource
	scans        []scan
	scanFailure  string
	methods      []string
	oauth        *oauthEnvironment
	dropProject  bool
	// scanningUnlicensed: the plan lacks Secret Scanning.
	scanningUnlicensed bool
	// anonymousTokens: access tokens do not name their organization.
	anonymousTokens bool
	// replica answers reads while it lags behind; nil when it does not.
	replica *replica
	// behind is how far reads lag, and snapshots are what they see then; see LagBy.
	behind    time.Duration
	snapshots []snapshot

	// jobsMu is held, before mu, while jobs are done.
	jobsMu sync.Mutex
}

type project struct {
	ID, Name, Slug, OrgID string
	// scanning: it is of the type secret-scanning, of which an organization has one at most.
	scanning bool
}

func (p project) kind() string {
	if p.scanning {
		return "secret-scanning"
	}
	return "secret-manager"
}

// IsOlder reports that this is an Infisical of before May 2026.
func (i *Server) IsOlder() bool { return i.older }

// Settings change how Infisical starts.
type Settings struct {
	Address string // loopback host:port; "" is a free port of 127.0.0.1
	Older   bool   // an Infisical of before May 2026

	// GitLabURL is where the sandbox's GitLab is, and Cloud where STS is.
	GitLabURL func() string
	Cloud     *cloud.Server
	// GitLabDotCom: GitLabURL also stands for https://gitlab.com, which cannot be reached otherwise.
	GitLabDotCom bool

	ReadsPerMinute, WritesPerMinute int           // of each route; 0 is no limit
	RateLimitWindow                 time.Duration // what that minute is; 0 is a minute
	AnswerWithin                    time.Duration // 0 is 30 seconds
	Latency                         time.Duration
}

// Start starts an Infisical with its seeds. It ends with its network.
func Start(network *server.Network, settings Settings) (*Server, error) {
	i := &Server{
		network: network, gitlabURL: settings.GitLabURL, cloud: settings.Cloud, now: network.Now, older: settings.Older,
		readsPerMinute: settings.ReadsPerMinute, writesPerMinute: settings.WritesPerMinute,
		window: cmp.Or(settings.RateLimitWindow, time.Minute), jwtKey: server.RandomBytes(32),
		tokens: map[string]*identityToken{}, methods: []string{methodOAuth, methodAccessToken},
		logins:       loginSettings{absent: map[string]bool{}, gcpType: "gce", ldapPassword: secrets.New("ldap-" + server.RandomHex(12))},
		accessTokens: accessTokenSettings{lifetime: identityTokenLifetime},
	}
	i.server = network.Add(server.Config{
		Name: server.Infisical, Address: cmp.Or(settings.Address, "127.0.0.1:0"), Latency: settings.Latency,
		AnswerWithin: cmp.Or(settings.AnswerWithin, 30*time.Second), Handler: http.HandlerFunc(i.serve), NaturalAnswer: i.naturalAnswer,
	})
	i.client = &http.Client{Transport: &gitLabDotCom{next: network.Transport(), gitlabURL: i.gitlabURL, reachable: settings.GitLabDotCom}}
	i.nextRetry = midnightAfter(i.now())
	i.route()
	i.seed()
	return i, i.server.Start()
}

// URL is the host to configure a client with.
func (i *Server) URL() string { return i.server.URL() }

// Stop makes the server refuse connections; those that are open break.
func (i *Server) Stop() { i.server.Stop() }

// Restart listens again, on the same port and with the same data.
func (i *Server) Restart() error { return i.server.Start() }

// An call is one request on its way to a handler. Its identity is nil for routes without authentication.
type call struct {
	*http.Request
	body     []byte
	identity *identity
}

type handler func(*call) server.Reply

func (i *Server) route() {
	const connections = "/api/v1/app-connections/gitlab"
	i.routes = http.NewServeMux()
	reads := func(pattern string, h handler) {
		i.handle(pattern, i.authenticated(i.limited(&i.readsPerMinute, h)))
	}
	writes := func(pattern string, h handler) {
		i.handle(pattern, i.authenticated(i.limited(&i.writesPerMinute, h)))
	}
	login := func(method string, h handler) {
		i.handle("POST /api/v1/auth/"+method+"-auth/login", i.limited(&i.writesPerMinute, h))
	}

	reads("GET /api/v1/app-connections/options", i.options)
	reads("GET "+connections, i.list)
	reads("GET "+connections+"/{connectionId}", i.get)
	reads("GET "+connections+"/connection-name/{connectionName}", i.getByName)
	writes("POST "+connections, i.create)
	writes("PATCH "+connections+"/{connectionId}", i.update)
	writes("DELETE "+connections+"/{connectionId}", i.delete)

	const syncs = "/api/v1/secret-syncs/gitlab"
	reads("GET "+syncs, i.listSyncs)
	reads("GET "+syncs+"/{syncId}", i.getSync)
	reads("GET "+syncs+"/sync-name/{syncName}", i.getSyncByName)
	writes("POST "+syncs, i.createSync)
	writes("PATCH "+syncs+"/{syncId}", i.updateSync)
	writes("DELETE "+syncs+"/{syncId}", i.deleteSync)
	writes("POST "+syncs+"/{syncId}/sync-secrets", i.triggerSync)
	reads("POST "+syncs+"/check-destination", i.checkDestination)
	i.routeDataSources(reads, writes)

	reads("GET /api/v1/identities/details", i.details)
	login("universal", i.loginUniversal)
	for method, accept := range map[string]acceptance{
		MethodOIDC: i.acceptOIDC, MethodJWT: i.acceptJWT, MethodKubernetes: i.acceptKubernetes, MethodAzure: i.acceptAzure, MethodGCP: i.acceptGCP,
	} {
		login(method, i.loginJWT(method, accept))
	}
	login("aws", i.loginAWS)
	login("ldap", i.loginLDAP)

	i.handle("GET "+oauthCallbackPath, i.oauthCallback)
	i.handle("/", noRoute)
}

// contentType is the content type of its JSON answers.
const contentType = "application/json; charset=utf-8"

func (i *Server) handle(pattern string, h handler) {
	i.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // from memory
		i.takeSnapshot()
		answer := server.Record(func(w http.ResponseWriter) { h(&call{Request: r, body: body}).Send(w, contentType) })
		// The server has @fastify/etag, and with it every answer: https://github.com/fastify/fastify-etag.
		tag := entityTag(answer.Body)
		answer.Header().Set("Etag", tag)
		if r.Header.Get("If-None-Match") == tag {
			answer.Status, answer.Body = http.StatusNotModified, nil
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Status)
		_, _ = w.Write(answer.Body) // a recording never fails
	})
}

func entityTag(body []byte) string {
	hash := fnv.New64a()
	_, _ = hash.Write(body) // never fails, by its documentation
	return `"` + strconv.FormatUint(hash.Sum64(), 36) + `"`
}

// limited counts the requests of one route, as @fastify/rate-limit does where it is registered for a route: by client
// address, of which a sandbox has one, and only those that have been let in. See
// https://github.com/fastify/fastify-rate-limit#options-on-the-endpoint-itself.
func (i *Server) limited(most *int, next handler) handler {
	limit := &server.RateLimit{Window: i.window}
	return func(c *call) server.Reply {
		perMinute, now := *most, i.now()
		if perMinute == 0 {
			return next(c)
		}
		used, ends := limit.Take("", now)
		wait := strconv.Itoa(server.SecondsUntil(ends, now))
		headers := http.Header{
			"X-Ratelimit-Limit":     {strconv.Itoa(perMinute)},
			"X-Ratelimit-Remaining": {strconv.Itoa(max(0, perMinute-used))},
			"X-Ratelimit-Reset":     {wait},
		}
		var answer server.Reply
		if used <= perMinute {
			answer = next(c)
		} else {
			headers.Set("Retry-After", wait)
			answer = apiError(http.StatusTooManyRequests, "RateLimitExceeded", "Rate limit exceeded. Please try again in "+wait+" seconds")
		}
		maps.Copy(headers, answer.Header)
		answer.Header = headers
		return answer
	}
}

// serve ignores a trailing slash, as the server does.
func (i *Server) serve(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; len(p) > 1 && strings.HasSuffix(p, "/") {
		r = r.Clone(r.Context())
		r.URL.Path = strings.TrimSuffix(p, "/")
		r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	}
	i.routes.ServeHTTP(w, r)
}

func noRoute(c *call) server.Reply {
	return server.Reply{Status: http.StatusNotFound, Body: map[string]any{
		"message": "Route " + c.Method + ":" + c.URL.RequestURI() + " not found", "error": "Not Found", "statusCode": http.StatusNotFound,
	}}
}

// The envelope of every error: https://infisical.com/docs/api-reference/overview/authentication and
// server/plugins/error-handler.ts.
func apiError(status int, name string, message any) server.Reply {
	return apiErrorWith(status, name, message, nil)
}

func apiErrorWith(status int, name string, message any, details map[string]any) server.Reply {
	body := map[string]any{"reqId": "req-" + rand.Text()[:14], "statusCode": status, "message": message, "error": name}
	maps.Copy(body, details)
	return server.Reply{Status: status, Body: body}
}

func badRequest(message string) server.Reply {
	return apiError(http.StatusBadRequest, "BadRequest", message)
}

func unauthorized(message string) server.Reply {
	return apiError(http.StatusUnauthorized, "UnauthorizedError", message)
}

func notFound(message string) server.Reply {
	return apiError(http.StatusNotFound, "NotFound", message)
}

func internalServerError(message string) server.Reply {
	return apiError(http.StatusInternalServerError, "InternalServerError", message)
}

// databaseError is what becomes of an error of PostgreSQL, by the name of the operation; what the database said stays
// in the server's log. See DatabaseError in backend/src/lib/knex/index.ts.
func databaseError(operation string) server.Reply {
	return apiError(http.StatusInternalServerError, operation, "Something went wrong")
}

func invalid(issues []issue) server.Reply {
	return apiError(http.StatusUnprocessableEntity, "ValidationFailure", issues)
}

// naturalAnswer is what the server, or the proxy in front of it, says with a status.
func (i *Server) naturalAnswer(status int) server.Reply {
	switch status {
	case http.StatusBadRequest:
		return badRequest("Bad request")
	case http.StatusUnauthorized:
		return unauthorized("You are not allowed to access this resource")
	case http.StatusForbidden:
		return apiError(status, "ForbiddenError", "You are not allowed to access this resource")
	case http.StatusNotFound:
		return notFound("Resource not found")
	case http.StatusTooManyRequests:
		a := apiError(status, "RateLimitExceeded", "Rate limit exceeded. Please try again in 1 seconds")
		a.Header = http.Header{"Retry-After": {"1"}}
		return a
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return server.GatewayPage(status)
	case http.StatusGatewayTimeout:
		return apiError(status, "GatewayTimeoutError", "Gateway timeout")
	default:
		return apiError(status, "InternalServerError", "Something went wrong")
	}
}

// decode reads the body of a call as Fastify does. A failure is one of those that its error handler does not know: 500.
func (c *call) decode() (value any, failure *server.Reply) {
	wrong := internalServerError("Something went wrong")
	contentType := c.Header.Get("Content-Type")
	if contentType == "" && len(c.body) == 0 {
		return absent, nil
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, &wrong
	}
	switch mediaType {
	case "application/json":
		value, err := server.DecodeJSON(c.body)
		if err != nil {
			return nil, &wrong
		}
		return value, nil
	case "text/plain":
		return string(c.body), nil
	default:
		return nil, &wrong
	}
}

// sent is the body of a call, which must fit the route's schema.
func (c *call) sent(fits schema) (fields, *server.Reply) {
	value, failure := c.decode()
	if failure != nil {
		return nil, failure
	}
	body := fits.parse(value, nil)
	if len(body.issues) > 0 {
		failure := invalid(body.issues)
		return nil, &failure
	}
	return body.fields(), nil
}

// oauthCallback stands for the web page that GitLab sends a user back to. It shows the code and does not spend it.
func (i *Server) oauthCallback(c *call) server.Reply {
	return server.HTMLReply(http.StatusOK, "GitLab OAuth", "Authorization code: <code>"+html.EscapeString(c.URL.Query().Get("code"))+"</code>")
}

func (i *Server) seed() {
	i.OrganizationID, i.OtherOrganizationID = uuid.NewString(), uuid.NewString()
	i.OrganizationSlug = "acme-org"
	for _, name := range []string{"project-alpha", "project-beta"} {
		i.Projects = append(i.Projects, i.addProject(i.OrganizationID, name))
	}
	i.OtherProject = i.addProject(i.OtherOrganizationID, "project-other")
	i.ScanningProject = uuid.NewString()
	i.projects = append(i.projects, project{ID: i.ScanningProject, Name: "scanning", Slug: "scanning", OrgID: i.OrganizationID, scanning: true})

	everything := []string{"read", "create", "edit", "delete", "connect"}
	admin := i.addIdentity("terraform", i.OrganizationID, everything...)
	admin.oidc = &OIDCAuth{Issuer: JWTIssuer, Audiences: []string{JWTAudience}, Subject: JWTSubject}
	i.IdentityID, i.ClientID, i.ClientSecret = admin.id, admin.clientID, admin.clientSecret
	readOnly := i.addIdentity("read-only", i.OrganizationID, "read")
	i.ReadOnlyClientID, i.ReadOnlyClientSecret = readOnly.clientID, readOnly.clientSecret
	other := i.addIdentity("terraform", i.OtherOrganizationID, everything...)
	i.OtherClientID, i.OtherClientSecret = other.clientID, other.clientSecret
}

// AddProject adds a project to the organization and returns its id.
func (i *Server) AddProject(name string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.addProject(i.OrganizationID, name)
}

func (i *Server) addProject(orgID, name string) string {
	p := project{ID: uuid.NewString(), Name: name, Slug: name + "-" + server.RandomHex(2), OrgID: orgID}
	i.projects = append(i.projects, p)
	for _, environment := range environments {
		i.addFolder(p.ID, environment, "/")
	}
	return p.ID
}
