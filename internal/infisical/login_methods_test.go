package infisical_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// jwtProof is that of the methods that send an identity and a JWT.
func jwtProof(identity, jwt string) infisical.Proof {
	return infisical.Fixed(
		infisical.Field{Name: "identityId", Value: identity, Source: "the identity's id"},
		infisical.Field{Name: "jwt", Value: jwt, Source: "the JWT", Secret: true},
	)
}

// Each refusal is one login, and its error names the method, the server's reason and what to look at.
func TestLogin_refusals(t *testing.T) {
	t.Parallel()
	const unknownIdentity = "5e2c5f2e-6a39-4b41-a7a5-2d1f6f5a2f10"
	universal := func(id, secret string) infisical.Login {
		return infisical.LogInBy(infisical.Universal, infisical.Fixed(
			infisical.Field{Name: "clientId", Value: id, Source: "the id"},
			infisical.Field{Name: "clientSecret", Value: secret, Source: "the secret", Secret: true}))
	}
	for name, tc := range map[string]struct {
		login func(*sandboxinfisical.Server) infisical.Login
		slug  string
		says  string
	}{
		"universal, wrong secret": {
			login: func(i *sandboxinfisical.Server) infisical.Login { return universal(i.ClientID, "wrong") },
			says:  "Universal Auth: Invalid credentials (HTTP 401 UnauthorizedError, reqId REQ). Check the id and the secret.",
		},
		"universal, no client id": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.Universal, infisical.Fixed(infisical.Field{Name: "clientSecret", Value: i.ClientSecret, Source: "the secret",
					Secret: true}))
			},
			says: "Universal Auth: clientId: Required (HTTP 422 ValidationFailure, reqId REQ)",
		},
		"oidc, unknown identity": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.OIDC, jwtProof(unknownIdentity, i.IDToken(nil)))
			},
			says: "OIDC Auth: OIDC auth method not found for identity, did you configure OIDC auth? (HTTP 404 NotFound, reqId REQ). " +
				"The identity does not exist on this server, or this method is not configured for it. Check the identity's id.",
		},
		"oidc, wrong audience": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.OIDC, jwtProof(i.IdentityID, i.IDToken(map[string]any{"aud": "x"})))
			},
			says: "OIDC Auth: Access denied: OIDC audience not allowed. (HTTP 401 UnauthorizedError, reqId REQ). " +
				"The audience configured for the identity's method must match that of the token. Check the JWT. " +
				`It says: iss = "https://gitlab.example.com", aud = "x", sub = "project_path:acme/app:ref_type:branch:ref:main".`,
		},
		"oidc, wrong subject": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.OIDC, jwtProof(i.IdentityID, i.IDToken(map[string]any{"sub": "x"})))
			},
			says: "OIDC Auth: Access denied: OIDC subject not allowed. (HTTP 403 ForbiddenError, reqId REQ). Check the JWT. " +
				`It says: iss = "https://gitlab.example.com", aud = "https://app.infisical.com", sub = "x".`,
		},
		"jwt, expired": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.JWT, jwtProof(i.IdentityID, i.IDToken(map[string]any{"exp": 1})))
			},
			says: "JWT Auth: Access denied: JWT verification failed with all keys. Errors - jwt expired (HTTP 401 UnauthorizedError, reqId REQ). Check the JWT. " +
				`It says: iss = "https://gitlab.example.com", aud = "https://app.infisical.com", sub = "project_path:acme/app:ref_type:branch:ref:main".`,
		},
		"kubernetes, not authenticated": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.Kubernetes, jwtProof(i.IdentityID, "x"))
			},
			says: "Kubernetes Auth: Kubernetes token not authenticated (HTTP 401 KubernetesTokenReviewError, reqId REQ). Check the JWT.",
		},
		"ldap, identity no UUID": {
			login: func(*sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.LDAP, infisical.Fixed(
					infisical.Field{Name: "identityId", Value: "x", Source: "the identity's id"},
					infisical.Field{Name: "username", Value: "u", Source: "the user name"},
					infisical.Field{Name: "password", Value: "p", Source: "the password", Secret: true}))
			},
			says: "LDAP Auth: identityId: Invalid uuid (HTTP 422 ValidationFailure, reqId REQ). Check the identity's id.",
		},
		"aws, STS refuses": {
			login: func(i *sandboxinfisical.Server) infisical.Login {
				return infisical.LogInBy(infisical.AWS, infisical.Fixed(
					infisical.Field{Name: "identityId", Value: i.IdentityID}, infisical.Field{Name: "iamRequestBody", Value: "QQ=="},
					infisical.Field{Name: "iamRequestHeaders", Value: "no base64!", Source: "the credentials", Secret: true}))
			},
			says: "AWS Auth: Something went wrong (HTTP 500 InternalServerError, reqId REQ). " +
				"Infisical gives the same answer when AWS refuses the signed request: check the credentials.",
		},
		"unknown organization": {
			login: func(i *sandboxinfisical.Server) infisical.Login { return universal(i.ClientID, i.ClientSecret) }, slug: "nobodys",
			says: "Universal Auth: Sub organization with slug nobodys not found (HTTP 404 NotFound, reqId REQ). Check the slug.",
		},
		"slug of the wrong form": {
			login: func(i *sandboxinfisical.Server) infisical.Login { return universal(i.ClientID, i.ClientSecret) }, slug: "No Slug",
			says: "Universal Auth: organizationSlug: organizationSlug field can only contain lowercase letters, numbers, and hyphens " +
				"(HTTP 422 ValidationFailure, reqId REQ). Check the slug.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := start(t)
			client := newClient(t, sb, func(c *infisical.Config) {
				c.Login = tc.login(sb.Infisical)
				c.OrganizationSlug, c.OrganizationSlugSource = tc.slug, "the slug"
			})
			_, err := client.Connections.List(t.Context(), "")
			var failure *infisical.Error
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			want := "could not log in to Infisical with " + strings.Replace(tc.says, "REQ", string(failure.RequestID), 1)
			same(t, "error", err.Error(), want)
			if len(failure.Issues) > 0 || infisical.IsAmbiguous(err) || infisical.IsForbidden(err) || infisical.IsNotFound(err) {
				t.Errorf("the failure counts as one of the call that was to follow: %+v", failure)
			}
			if failure.Status < 500 {
				_, _ = client.Connections.List(t.Context(), "")
			}
			same(t, "requests", len(asked(sb)), 1)
		})
	}
}

func TestLogin_lockedOut(t *testing.T) {
	t.Parallel()
	sb := start(t)
	wrong := func() error {
		client := newClient(t, sb, func(c *infisical.Config) { c.Login = infisical.UniversalAuth(sb.Infisical.ClientID, "wrong") })
		_, err := client.Connections.List(t.Context(), "")
		return err
	}
	for range 3 {
		_ = wrong()
	}
	const want = "Too many logins failed. Infisical unlocks the identity after five minutes, unless configured otherwise."
	if err := wrong(); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// A proof that cannot be had is not waited for again by each call; one that a caller gave up is.
func TestLogin_unproven(t *testing.T) {
	t.Parallel()
	sb := start(t)
	attempts := 0
	client := newClient(t, sb, func(c *infisical.Config) {
		c.Login = infisical.LogInBy(infisical.Azure, func(ctx context.Context) ([]infisical.Field, error) {
			attempts++
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, errors.New("the metadata service does not answer")
		})
	})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		// The first select may see either that it is its turn or that the context has ended.
		if _, err := client.Connections.List(canceled, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	}
	attempts = 0
	for range 3 {
		_, err := client.Connections.List(t.Context(), "")
		if err == nil || err.Error() != "could not log in to Infisical with Azure Auth: the metadata service does not answer" {
			t.Errorf("got %v", err)
		}
	}
	same(t, "attempts", attempts, 1)
	same(t, "what was asked", asked(sb), []string{})
}

// What proves an identity is asked for anew at each login, because it may have changed.
func TestLogin_freshProof(t *testing.T) {
	t.Parallel()
	sb, _, now := limited(t)
	client := newClient(t, sb, func(c *infisical.Config) {
		c.Now = now.Now
		c.Login = infisical.LogInBy(infisical.Kubernetes, func(ctx context.Context) ([]infisical.Field, error) {
			return jwtProof(sb.Infisical.IdentityID, sb.Infisical.ServiceAccountToken(nil))(ctx)
		})
	})
	for range 3 {
		succeed[[]infisical.Connection](t)(client.Connections.List(t.Context(), ""))
		now.Advance(2 * time.Hour) // Above the life of such a token.
	}
}

// What a cloud says is foreign text, too.
func TestLogin_unprovenByForeignText(t *testing.T) {
	t.Parallel()
	sb := start(t)
	client := newClient(t, sb, func(c *infisical.Config) {
		c.HTTP.Secrets.Remember(clientSecret)
		c.Login = infisical.LogInBy(infisical.AWS, func(context.Context) ([]infisical.Field, error) {
			return nil, errors.New("\x1b[31mit said\n" + clientSecret + strings.Repeat("x", 5000))
		})
	})
	_, err := client.Connections.List(t.Context(), "")
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 1200 || strings.Contains(err.Error(), clientSecret[:12]) {
		t.Errorf("got %q", err)
	}
}
