package infisical

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Method is a way in which a machine identity proves who it is,
// https://infisical.com/docs/documentation/platform/identities/machine-identities: by POST /api/v1/auth/<route>/login.
type Method struct {
	// Title is its name in Infisical.
	Title string
	route string
}

// The methods of logging in.
var (
	Universal  = Method{Title: "Universal Auth", route: "universal-auth"}
	OIDC       = Method{Title: "OIDC Auth", route: "oidc-auth"}
	JWT        = Method{Title: "JWT Auth", route: "jwt-auth"}
	Kubernetes = Method{Title: "Kubernetes Auth", route: "kubernetes-auth"}
	AWS        = Method{Title: "AWS Auth", route: "aws-auth"}
	Azure      = Method{Title: "Azure Auth", route: "azure-auth"}
	GCP        = Method{Title: "GCP Auth", route: "gcp-auth"}
	LDAP       = Method{Title: "LDAP Auth", route: "ldap-auth"}
)

// Field is one field of a login request.
type Field struct {
	// Name is the request's, such as identityId.
	Name  string
	Value string
	// Source says where the value came from, such as "the environment variable INFISICAL_AUTH_JWT", for errors.
	Source string
	// Secret values are in no error.
	Secret bool
}

// Format keeps the value out of every fmt verb.
func (f Field) Format(state fmt.State, _ rune) { _, _ = fmt.Fprintf(state, "{%s}", f.Name) }

// Proof obtains the fields of a login. It is called for each login, because what proves an identity may be short-lived.
type Proof func(context.Context) ([]Field, error)

// Fixed is a proof that is always the same.
func Fixed(fields ...Field) Proof {
	return func(context.Context) ([]Field, error) { return fields, nil }
}

// Login is how an identity proves itself to Infisical. Make one with AccessToken, UniversalAuth or LogInBy.
type Login struct {
	method Method
	proof  Proof
	// token is used as it is, when there is no proof; source says where it came from.
	token, source string
}

// Format keeps the token out of every fmt verb.
func (l Login) Format(state fmt.State, _ rune) { _, _ = fmt.Fprintf(state, "{%s}", l.method.Title) }

// LogInBy logs in by a method, with the fields that prove obtains.
func LogInBy(method Method, prove Proof) Login { return Login{method: method, proof: prove} }

// UniversalAuth logs in with a client secret.
func UniversalAuth(clientID, clientSecret string) Login {
	return LogInBy(Universal, Fixed(
		Field{Name: "clientId", Value: clientID, Source: "the client id"},
		Field{Name: "clientSecret", Value: clientSecret, Source: "the client secret", Secret: true},
	))
}

// AccessToken uses an access token that was obtained elsewhere and cannot be renewed. source says where it came from,
// for errors.
func AccessToken(token, source string) Login {
	// Files and CI variables end with a new line, which no header may hold.
	return Login{method: Method{Title: "an access token"}, token: strings.TrimSpace(token), source: source}
}

// grant is what a login returns.
type grant struct {
	token string
	// lifetime is 0 when the server sets none.
	lifetime time.Duration
}

// longestLifetime exceeds any that an identity can have; 315360000 s is the server's limit.
const longestLifetime = 10 * 365 * 24 * time.Hour

// login logs in. Every error is one of the login.
func (c *Client) login(ctx context.Context) (grant, error) {
	method := c.config.Login.method
	operation := "log in to Infisical with " + method.Title
	fields, err := c.config.Login.proof(ctx)
	if err != nil {
		return grant{}, &Error{Operation: operation, login: true, unproven: ctx.Err() == nil, cause: c.config.HTTP.Secrets.Shown(err)}
	}
	if c.config.OrganizationSlug != "" {
		fields = append(fields[:len(fields):len(fields)], Field{
			Name: "organizationSlug", Value: c.config.OrganizationSlug, Source: c.config.OrganizationSlugSource,
		})
	}
	call := call{operation: operation, method: http.MethodPost, path: "/api/v1/auth/" + method.route + "/login"}
	body := map[string]string{}
	for _, field := range fields {
		body[field.Name] = field.Value
		if field.Secret {
			call.secrets = append(call.secrets, field.Value)
		}
	}
	call.body = body
	var reply struct {
		AccessToken string  `json:"accessToken"`
		ExpiresIn   float64 `json:"expiresIn"` // seconds
	}
	_, err = c.send(ctx, call, "", &reply)
	if e, ok := asError(err); ok {
		return grant{}, c.withClaims(e.ofLogin(method, fields), fields)
	}
	if reply.AccessToken == "" {
		return grant{}, &Error{Operation: operation, Status: http.StatusOK, login: true, cause: errors.New("the answer holds no access token")}
	}
	c.config.HTTP.Secrets.Remember(reply.AccessToken)
	granted := grant{token: reply.AccessToken}
	if reply.ExpiresIn > 0 && reply.ExpiresIn < longestLifetime.Seconds() {
		granted.lifetime = time.Duration(reply.ExpiresIn * float64(time.Second))
	}
	return granted, nil
}
