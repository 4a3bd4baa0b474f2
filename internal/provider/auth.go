package provider

import (
	"cmp"
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

const (
	envAuthMethod       = "INFISICAL_AUTH_METHOD"
	envToken            = "INFISICAL_TOKEN" //nolint:gosec // The name of a variable, not its value.
	envClientID         = "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"
	envClientSecret     = "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET" //nolint:gosec // As above.
	envOrganizationSlug = "INFISICAL_AUTH_ORGANIZATION_SLUG"
)

const (
	methodToken     = "token"
	methodUniversal = "universal"
)

// login chooses how to log in: by the method of the auth block, else by INFISICAL_AUTH_METHOD, else by the variables that are set.
// It also returns the slug of the organisation to log in to, empty for the identity's own.
func (p *infisicalProvider) login(ctx context.Context, block types.Object, diags *diag.Diagnostics) (infisical.Login, string) {
	var auth authModel
	diags.Append(block.As(ctx, &auth, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true})...)
	organizationSlug := p.setting(auth.OrganizationSlug, envOrganizationSlug)

	switch method := p.authMethod(auth); method {
	case methodToken:
		return infisical.AccessToken(p.required(auth.Token, envToken, path.Root("auth").AtName("token"), diags), "auth.token"), organizationSlug
	case methodUniversal:
		universal := auth.Universal
		if universal == nil {
			universal = &universalModel{}
		}
		at := path.Root("auth").AtName("universal")
		return infisical.UniversalAuth(
			p.required(universal.ClientID, envClientID, at.AtName("client_id"), diags),
			p.required(universal.ClientSecret, envClientSecret, at.AtName("client_secret"), diags),
		), organizationSlug
	case "":
		diags.AddAttributeError(path.Root("auth"), "No way to log in to Infisical",
			"The provider's auth block names no method and the environment holds no credentials. Set auth.universal to the client id and secret of a machine identity, "+
				"or the environment variables "+envClientID+" and "+envClientSecret+", or "+envToken+".")
	default:
		diags.AddAttributeError(path.Root("auth"), "Unknown method to log in to Infisical",
			"The environment variable "+envAuthMethod+" is "+method+". This provider knows: "+methodUniversal+", "+methodToken+".")
	}
	return infisical.Login{}, ""
}

func (p *infisicalProvider) authMethod(auth authModel) string {
	switch {
	case auth.Universal != nil:
		return methodUniversal
	case !auth.Token.IsNull():
		return methodToken
	case p.environment.Getenv(envAuthMethod) != "":
		return p.environment.Getenv(envAuthMethod)
	case p.environment.Getenv(envClientID) != "":
		return methodUniversal
	case p.environment.Getenv(envToken) != "":
		return methodToken
	}
	return ""
}

// setting is what is configured, else the value of an environment variable. Those that are filled from files, in CI for example, often end
// with a new line, which neither addresses nor headers may hold.
func (p *infisicalProvider) setting(configured types.String, variable string) string {
	return strings.TrimSpace(cmp.Or(configured.ValueString(), p.environment.Getenv(variable)))
}

func (p *infisicalProvider) required(configured types.String, variable string, at path.Path, diags *diag.Diagnostics) string {
	value := p.setting(configured, variable)
	if value == "" {
		diags.AddAttributeError(at, "Incomplete authentication", "Set "+at.String()+", or the environment variable "+variable+".")
	}
	return value
}
