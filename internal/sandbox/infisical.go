package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
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

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Infisical is the Infisical server of a sandbox. Its routes are those of /api/v1/app-connections and of machine identity
// login; see https://infisical.com/docs/api-reference/endpoints/app-connections/gitlab/create.
type Infisical struct {
	// ClientID and ClientSecret are the universal auth credentials of an identity that may do everything.
	ClientID, ClientSecret string
	// ReadOnlyClientID and ReadOnlyClientSecret are those of an identity that may only read.
	ReadOnlyClientID, ReadOnlyClientSecret string
	// IdentityID is the identity of ClientID, which also logs in by the methods of infisical_logins.go.
	IdentityID string
	// OrganizationID and OrganizationSlug are the organisation of both identities.
	OrganizationID, OrganizationSlug string
	// Projects are two projects of the organisation, by UUID.
	Projects []string
	// OtherOrganizationID is another organisation, and OtherProject a project of it. OtherClientID and OtherClientSecret are the universal
	// auth credentials of an identity that may do everything there, and sees nothing of the first organisation.
	OtherOrganizationID, OtherProject string
	OtherClientID, OtherClientSecret  string

	server *server
	gitlab *GitLab
	cloud  *Cloud
	client *http.Client // for calls to GitLab
	now    func() time.Time
	routes *http.ServeMux
	jwtKey []byte
	older  bool // see WithOlderInfisical
	// readsPerMinute and writesPerMinute are the rate limits of each route.
	readsPerMinute, writesPerMinute int
	// window is the minute that they are for.
	window time.Duration

	mu           sync.Mutex
	identities   []*identity
	tokens       map[string]*identityToken
	logins       loginSettings
	accessTokens accessTokenSettings
	projects     []infisicalProject
	connections  []*storedConnection
	methods      []string
	oauth        *oauthEnvironment
	dropProject  bool
	// anonymousTokens: access tokens do not name their organisation.
	anonymousTokens bool
	// replica answers reads while it lags behind; nil when it does not.
	replica *replica
}

type infisicalProject struct {
	ID, Name, Slug, OrgID string
}

func newInfisical(ctx context.Context, sb *Sandbox, o options) (*Infisical, error) {
	i := &Infisical{
		gitlab: sb.GitLab, cloud: sb.Cloud, now: o.now, jwtKey: randomBytes(32), older: o.olderInfisical,
		readsPerMinute: o.readLimit, writesPerMinute: o.writeLimit, window: o.window,
		tokens: map[string]*identityToken{}, methods: []string{methodOAuth, methodAccessToken},
		logins:       loginSettings{absent: map[string]bool{}, boundSubject: JWTSubject, gcpType: "gce", ldapPassword: "ldap-" + randomHex(12)},
		accessTokens: accessTokenSettings{lifetime: identityTokenLifetime},
	}
	i.server = &server{
		name: ServerInfisical, address: o.infisicalAddress, handler: http.HandlerFunc(i.serve),
		naturalAnswer: i.naturalAnswer, answerWithin: o.answerWithin, latency: o.latency, sandbox: sb, ctx: ctx, now: o.now,
	}
	i.client = gitLabClient(sb, o.gitLabDotCom)
	i.route()
	i.seed()
	return i, i.server.start()
}

// URL is the host to configure a client with.
func (i *Infisical) URL() string { return i.server.url() }

// Stop makes the server refuse connections; those that are open break.
func (i *Infisical) Stop() { i.server.stop() }

// Restart listens again, on the same port and with the same data.
func (i *Infisical) Restart() error { return i.server.start() }

// An infisicalCall is one request on its way to a handler. Its identity is nil for routes without authentication.
type infisicalCall struct {
	*http.Request
	body     []byte
	identity *identity
}

type infisicalHandler func(*infisicalCall) reply

func (i *Infisical) route() {
	const connections = "/api/v1/app-connections/gitlab"
	i.routes = http.NewServeMux()
	reads := func(pattern string, h infisicalHandler) {
		i.handle(pattern, i.authenticated(i.limited(&i.readsPerMinute, h)))
	}
	writes := func(pattern string, h infisicalHandler) {
		i.handle(pattern, i.authenticated(i.limited(&i.writesPerMinute, h)))
	}
	login := func(method string, h infisicalHandler) {
		i.handle("POST /api/v1/auth/"+method+"-auth/login", i.limited(&i.writesPerMinute, h))
	}

	reads("GET /api/v1/app-connections/options", i.options)
	reads("GET /api/v1/app-connections", i.listAll)
	reads("GET "+connections, i.list)
	reads("GET "+connections+"/{connectionId}", i.get)
	reads("GET "+connections+"/connection-name/{connectionName}", i.getByName)
	writes("POST "+connections, i.create)
	writes("PATCH "+connections+"/{connectionId}", i.update)
	writes("DELETE "+connections+"/{connectionId}", i.delete)

	reads("GET /api/v1/identities/details", i.details)
	login("universal", i.loginUniversal)
	for method, accept := range map[string]func(fields, jwt.MapClaims, error) *reply{
		MethodOIDC: i.acceptOIDC, MethodJWT: i.acceptJWT, MethodKubernetes: i.acceptKubernetes, MethodAzure: i.acceptAzure, MethodGCP: i.acceptGCP,
	} {
		login(method, i.loginJWT(method, accept))
	}
	login("aws", i.loginAWS)
	login("ldap", i.loginLDAP)

	i.handle("GET /api/status", i.status)
	i.handle("GET "+oauthCallbackPath, i.oauthCallback)
	i.handle("/", noRoute)
}

// infisicalJSON is the content type of its JSON answers.
const infisicalJSON = "application/json; charset=utf-8"

func (i *Infisical) handle(pattern string, h infisicalHandler) {
	i.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // from memory
		answer := record(func(w http.ResponseWriter) { h(&infisicalCall{Request: r, body: body}).write(w, infisicalJSON) })
		// The server has @fastify/etag, and with it every answer: https://github.com/fastify/fastify-etag.
		tag := entityTag(answer.body)
		answer.header.Set("Etag", tag)
		if r.Header.Get("If-None-Match") == tag {
			answer.status, answer.body = http.StatusNotModified, nil
		}
		maps.Copy(w.Header(), answer.header)
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body) // a recording never fails
	})
}

func entityTag(body []byte) string {
	hash := fnv.New64a()
	_, _ = hash.Write(body) // never fails, by its documentation
	return `"` + strconv.FormatUint(hash.Sum64(), 36) + `"`
}

// limited counts the requests of one route, as @fastify/rate-limit does where it is registered for a route: by client address, of which
// a sandbox has one, and only those that have been let in. See https://github.com/fastify/fastify-rate-limit#options-on-the-endpoint-itself.
func (i *Infisical) limited(most *int, next infisicalHandler) infisicalHandler {
	limit := &rateLimit{window: i.window}
	return func(c *infisicalCall) reply {
		perMinute, now := *most, i.now()
		if perMinute == 0 {
			return next(c)
		}
		used, ends := limit.take("", now)
		wait := strconv.Itoa(secondsUntil(ends, now))
		headers := http.Header{
			"X-Ratelimit-Limit":     {strconv.Itoa(perMinute)},
			"X-Ratelimit-Remaining": {strconv.Itoa(max(0, perMinute-used))},
			"X-Ratelimit-Reset":     {wait},
		}
		var answer reply
		if used <= perMinute {
			answer = next(c)
		} else {
			headers.Set("Retry-After", wait)
			answer = infisicalError(http.StatusTooManyRequests, "RateLimitExceeded", "Rate limit exceeded. Please try again in "+wait+" seconds")
		}
		maps.Copy(headers, answer.header)
		answer.header = headers
		return answer
	}
}

// serve ignores a trailing slash, as the server does.
func (i *Infisical) serve(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; len(p) > 1 && strings.HasSuffix(p, "/") {
		r = r.Clone(r.Context())
		r.URL.Path = strings.TrimSuffix(p, "/")
		r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/")
	}
	i.routes.ServeHTTP(w, r)
}

func noRoute(c *infisicalCall) reply {
	return reply{status: http.StatusNotFound, body: map[string]any{
		"message": "Route " + c.Method + ":" + c.URL.RequestURI() + " not found", "error": "Not Found", "statusCode": http.StatusNotFound,
	}}
}

// The envelope of every error: https://infisical.com/docs/api-reference/overview/authentication and server/plugins/error-handler.ts.
func infisicalError(status int, name string, message any) reply {
	return infisicalErrorWith(status, name, message, nil)
}

func infisicalErrorWith(status int, name string, message any, details map[string]any) reply {
	body := map[string]any{"reqId": "req-" + rand.Text()[:14], "statusCode": status, "message": message, "error": name}
	maps.Copy(body, details)
	return reply{status: status, body: body}
}

func badRequest(message string) reply {
	return infisicalError(http.StatusBadRequest, "BadRequest", message)
}

func unauthorized(message string) reply {
	return infisicalError(http.StatusUnauthorized, "UnauthorizedError", message)
}

func notFound(message string) reply {
	return infisicalError(http.StatusNotFound, "NotFound", message)
}

func internalServerError(message string) reply {
	return infisicalError(http.StatusInternalServerError, "InternalServerError", message)
}

// databaseError is what becomes of an error of PostgreSQL, by the name of the operation; what the database said stays in the server's
// log. See DatabaseError in backend/src/lib/knex/index.ts.
func databaseError(operation string) reply {
	return infisicalError(http.StatusInternalServerError, operation, "Something went wrong")
}

func invalid(issues []issue) reply {
	return infisicalError(http.StatusUnprocessableEntity, "ValidationFailure", issues)
}

// naturalAnswer is what the server, or the proxy in front of it, says with a status.
func (i *Infisical) naturalAnswer(status int) reply {
	switch status {
	case http.StatusBadRequest:
		return badRequest("Bad request")
	case http.StatusUnauthorized:
		return unauthorized("You are not allowed to access this resource")
	case http.StatusForbidden:
		return infisicalError(status, "ForbiddenError", "You are not allowed to access this resource")
	case http.StatusNotFound:
		return notFound("Resource not found")
	case http.StatusTooManyRequests:
		a := infisicalError(status, "RateLimitExceeded", "Rate limit exceeded. Please try again in 1 seconds")
		a.header = http.Header{"Retry-After": {"1"}}
		return a
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return gatewayPage(status)
	case http.StatusGatewayTimeout:
		return infisicalError(status, "GatewayTimeoutError", "Gateway timeout")
	default:
		return infisicalError(status, "InternalServerError", "Something went wrong")
	}
}

// decode reads the body of a call as Fastify does. A failure is one of those that its error handler does not know: 500.
func (c *infisicalCall) decode() (value any, failure *reply) {
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
		value, err := decodeJSON(c.body)
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

var errTrailingData = errors.New("data after the JSON value")

func decodeJSON(body []byte) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailingData
	}
	return value, nil
}

func (i *Infisical) status(*infisicalCall) reply {
	return reply{status: http.StatusOK, body: map[string]any{
		"date": jsonTime(i.now()), "message": "Ok", "emailConfigured": false, "inviteOnlySignup": true,
		"redisConfigured": true, "secretScanningConfigured": false,
	}}
}

// oauthCallback stands for the web page that GitLab sends a user back to. It shows the code and does not spend it.
func (i *Infisical) oauthCallback(c *infisicalCall) reply {
	return htmlReply(http.StatusOK, "GitLab OAuth", "Authorization code: <code>"+html.EscapeString(c.URL.Query().Get("code"))+"</code>")
}

func (i *Infisical) seed() {
	i.OrganizationID, i.OtherOrganizationID = uuid.NewString(), uuid.NewString()
	i.OrganizationSlug = "acme-org"
	for _, name := range []string{"project-alpha", "project-beta"} {
		i.Projects = append(i.Projects, i.addProject(i.OrganizationID, name))
	}
	i.OtherProject = i.addProject(i.OtherOrganizationID, "project-other")

	everything := []string{"read", "create", "edit", "delete", "connect"}
	admin := i.addIdentity("terraform", i.OrganizationID, everything...)
	i.IdentityID, i.ClientID, i.ClientSecret = admin.id, admin.clientID, admin.clientSecret
	readOnly := i.addIdentity("read-only", i.OrganizationID, "read")
	i.ReadOnlyClientID, i.ReadOnlyClientSecret = readOnly.clientID, readOnly.clientSecret
	other := i.addIdentity("terraform", i.OtherOrganizationID, everything...)
	i.OtherClientID, i.OtherClientSecret = other.clientID, other.clientSecret
}

func (i *Infisical) addProject(orgID, name string) string {
	p := infisicalProject{ID: uuid.NewString(), Name: name, Slug: name + "-" + randomHex(2), OrgID: orgID}
	i.projects = append(i.projects, p)
	return p.ID
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its documentation
	return b
}

func randomHex(n int) string { return hex.EncodeToString(randomBytes(n)) }

// jsonTime is a time as both servers' JSON has it.
func jsonTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
