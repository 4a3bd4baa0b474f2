package provider

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/cloudidentity"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

const (
	envAuthMethod       = "INFISICAL_AUTH_METHOD"
	envToken            = "INFISICAL_TOKEN" //nolint:gosec // The name of a variable, not its value.
	envClientID         = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
	envClientSecret     = "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET" //nolint:gosec // As above.
	envOrganizationSlug = "INFISICAL_AUTH_ORGANIZATION_SLUG"
)

// proofTimeout bounds what a cloud is asked to prove this machine's identity. Metadata services answer within
// milliseconds.
const proofTimeout = 15 * time.Second

func (p *infisicalProvider) proofTimeout() time.Duration {
	return cmp.Or(p.environment.ProofTimeout, proofTimeout)
}

// auth is the provider's auth block.
type auth struct {
	provider *infisicalProvider
	values   map[string]attr.Value
	// cloud makes the client for what is asked of a cloud.
	cloud func() *http.Client
}

// login chooses how to log in: by the method of the auth block, else by INFISICAL_AUTH_METHOD, else by the variables
// that are set.
func (a auth) login(diags *diag.Diagnostics) infisical.Login {
	name := a.chosen()
	at := path.Root("auth")
	if name == accessToken {
		token := a.given(authBlock, at, a.values, diags).required(accessToken, "")
		return infisical.AccessToken(token.Value, token.Source)
	}
	for _, method := range methods {
		if method.name != name {
			continue
		}
		block, _ := a.values[name].(types.Object)
		return infisical.LogInBy(method.api, method.prove(a.given(method, at.AtName(name), block.Attributes(), diags)))
	}
	if name != "" {
		diags.AddAttributeError(at, "Unknown method to log in to Infisical",
			"The environment variable "+envAuthMethod+" is "+name+", which this provider does not know. Set it to one of: "+strings.Join(methodNames(),
				", ")+".")
		return infisical.Login{}
	}
	detail := "The provider block sets no method in auth, and the environment holds no credentials. Set one of the methods in auth, such as auth.universal " +
		"with the client " +
		"id and secret of a machine identity, or the environment variables " + envClientID + " and " + envClientSecret + ", or " + envToken + ", or " +
		envAuthMethod + " to a method."
	if a.provider.environment.Getenv("INFISICAL_SERVICE_TOKEN") != "" {
		detail += " INFISICAL_SERVICE_TOKEN is set, but service tokens cannot manage App Connections."
	}
	diags.AddAttributeError(at, "No way to log in to Infisical", detail)
	return infisical.Login{}
}

// organization is the slug of the organization to log in to, empty for the identity's own.
func (a auth) organization(diags *diag.Diagnostics) infisical.Field {
	return a.given(authBlock, path.Root("auth"), a.values, diags).optional("organization_slug", "")
}

// chosen is the name of the method; empty when there is none. It is the order of Infisical's own provider, so that one
// environment serves both:
// https://github.com/Infisical/terraform-provider-infisical/blob/main/internal/provider/provider.go.
func (a auth) chosen() string {
	if set := methodsOf(a.values); len(set) > 0 {
		return set[0]
	}
	getenv := func(name string) string { return strings.TrimSpace(a.provider.environment.Getenv(name)) }
	switch {
	case getenv(envAuthMethod) != "":
		return getenv(envAuthMethod)
	case getenv(envToken) != "":
		return accessToken
	case getenv(envClientID) != "", getenv(envClientSecret) != "":
		return "universal"
	}
	return ""
}

// methodsOf are the methods that an auth block sets, known or not. A blank token is none.
func methodsOf(values map[string]attr.Value) []string {
	return slices.DeleteFunc(methodNames(), func(name string) bool {
		token, isText := values[name].(types.String)
		blank := isText && !token.IsUnknown() && strings.TrimSpace(token.ValueString()) == ""
		return values[name] == nil || values[name].IsNull() || blank
	})
}

// given is what the configuration and the environment give to a method.
type given struct {
	auth   auth
	method method
	// at is where values, the method's attributes, are.
	at     path.Path
	values map[string]attr.Value
	diags  *diag.Diagnostics
}

func (a auth) given(method method, at path.Path, values map[string]attr.Value, diags *diag.Diagnostics) *given {
	return &given{auth: a, method: method, at: at, values: values, diags: diags}
}

// machine is the one we run on, for methods that ask its cloud.
func (g *given) machine() *cloudidentity.Machine {
	environment := g.auth.provider.environment
	return cloudidentity.New(cloudidentity.Config{
		HTTP: g.auth.cloud(), Now: environment.Now, Timeout: g.auth.provider.proofTimeout(),
		Remember: g.auth.provider.secrets.Remember,
	})
}

func (g *given) getenv(name string) string { return g.auth.provider.environment.Getenv(name) }

func (g *given) missing(at path.Path, detail string) {
	g.diags.AddAttributeError(at, "Incomplete authentication", detail)
}

// optional is the value of an input, as a field of the login request.
func (g *given) optional(name, field string) infisical.Field {
	input := g.method.input(name)
	attribute, _ := g.values[name].(types.String)
	if value := input.read(attribute.ValueString()); value != "" {
		return infisical.Field{Name: field, Value: value, Source: g.at.AtName(name).String()}
	}
	if value := input.read(g.getenv(input.variable)); value != "" {
		return infisical.Field{Name: field, Value: value, Source: "the environment variable " + input.variable}
	}
	return infisical.Field{Name: field, Value: input.fallback, Source: g.at.AtName(name).String()}
}

// read is a value as the user means it: without surrounding white space, which files and CI variables often end with,
// and empty when it is blank.
func (i input) read(value string) string {
	trimmed := strings.TrimSpace(value)
	if i.verbatim && trimmed != "" {
		return value
	}
	return trimmed
}

// required is optional for values that must be set.
func (g *given) required(name, field string) infisical.Field {
	found := g.optional(name, field)
	if found.Value == "" {
		at := g.at.AtName(name)
		g.missing(at, "Set "+at.String()+", or the environment variable "+g.method.input(name).variable+".")
	}
	return found
}

// identity is the id of the machine identity.
func (g *given) identity() infisical.Field {
	found := g.required(identityID.name, "identityId")
	if found.Value != "" && !isUUID(found.Value) {
		g.diags.Append(notAnIdentityID(g.at.AtName(identityID.name), found.Source, found.Value))
	}
	return found
}

// proveJWT proves an identity by a JWT that get obtains for each login. source says where from, for errors.
func (g *given) proveJWT(identity infisical.Field, source string, get func(context.Context) (string, error)) infisical.Proof {
	return func(ctx context.Context) ([]infisical.Field, error) {
		jwt, err := get(ctx)
		if err != nil {
			return nil, err
		}
		return []infisical.Field{identity, {Name: "jwt", Value: strings.TrimSpace(jwt), Source: source, Secret: true}}, nil
	}
}
